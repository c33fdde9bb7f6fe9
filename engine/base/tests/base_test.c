/* The small things everything stands on: text, instants, chance, tables, names, JSON, digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../arena.h"
#include "../buffer.h"
#include "../chance.h"
#include "../digest.h"
#include "../instant.h"
#include "../json.h"
#include "../names.h"
#include "../table.h"
#include "../utf8.h"

static void instants_survive_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
        const char *printed; /* NULL: as read */
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, NULL},
        {"2025-08-07T06:00:00Z", 1754546400, NULL},
        {"2025-08-07T08:00:00+02:00", 1754546400, "2025-08-07T06:00:00Z"},
        {"2024-02-29T23:59:59Z", 1709251199, NULL},
        {"1969-12-31T23:59:59Z", -1, NULL},
        {"2000-03-01T00:00:00Z", 951868800, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        instant at;
        char text[INSTANT_TEXT_MAX];
        assert_true(instant_parse(str_of(cases[i].text), &at));
        assert_int_equal(at, cases[i].seconds * SECOND);
        assert_string_equal(instant_text(at, text),
                            cases[i].printed ? cases[i].printed : cases[i].text);
    }
}

static void instants_are_written_with_what_they_have(void **state) {
    (void)state;
    static const struct {
        instant at;
        const char *text;
    } cases[] = {
        {1754546400 * SECOND + 1, "2025-08-07T06:00:00.000001Z"},
        {1754546400 * SECOND + 123400, "2025-08-07T06:00:00.123400Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {INSTANT_NEVER, "294247-01-10T04:00:54.775807Z"},
        {-INSTANT_NEVER, "-290308-12-21T19:59:05.224193Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[INSTANT_TEXT_MAX];
        assert_string_equal(instant_text(cases[i].at, text), cases[i].text);
    }
}

static void instants_that_do_not_exist_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "2025-08-07",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-08-07T24:00:00Z",
        "2025-08-07T06:00:00",
        "2025-08-07T06:00:00.Z",
        "2025-08-07T06:00:00ZZ",
        "2025-08-07 06:00:00Z",
        "2025-08-07T06:00:00+2:00",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        instant at;
        assert_false(instant_parse(str_of(bad[i]), &at));
    }
}

/* Counted on from day to day, over the border of what is computed in 32 bits, and the other way. */
static void each_day_follows_the_one_before(void **state) {
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct civil expected = {.year = 1969, .month = 1, .day = 1, .weekday = 3};
    for (int64_t day = -365; expected.year < 2110; day++) {
        struct civil first = civil_of_instant(day * DAY);
        struct civil last = civil_of_instant((day + 1) * DAY - 1);
        assert_memory_equal(&first, &expected, sizeof first);
        assert_int_equal(last.year, expected.year);
        assert_int_equal(last.month, expected.month);
        assert_int_equal(last.day, expected.day);
        assert_int_equal(last.hour * 10000 + last.minute * 100 + last.second, 235959);
        assert_int_equal(last.microsecond, 999999);
        assert_int_equal(instant_of_civil(&first), day * DAY);
        bool is_leap =
            expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year == 2000);
        int length = lengths[expected.month - 1] + (is_leap && expected.month == 2 ? 1 : 0);
        expected.weekday = (expected.weekday + 1) % 7;
        if (++expected.day > length) {
            expected.day = 1;
            expected.month++;
        }
        if (expected.month > 12) {
            expected.month = 1;
            expected.year++;
        }
    }
}

static void germany_changes_its_clocks_on_the_last_sundays(void **state) {
    (void)state;
    static const struct {
        const char *utc, *german;
    } cases[] = {
        {"2025-03-30T00:59:59Z", "30.03.2025 01:59:59"},
        {"2025-03-30T01:00:00Z", "30.03.2025 03:00:00"},
        {"2025-10-26T00:59:59Z", "26.10.2025 02:59:59"},
        {"2025-10-26T01:00:00Z", "26.10.2025 02:00:00"},
        {"2025-08-07T06:00:00Z", "07.08.2025 08:00:00"},
        {"2025-02-28T23:30:00Z", "01.03.2025 00:30:00"},
        {"2025-04-01T00:00:00Z", "01.04.2025 02:00:00"},
        {"2025-11-01T00:00:00Z", "01.11.2025 01:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        instant at;
        char text[INSTANT_TEXT_MAX];
        assert_true(instant_parse(str_of(cases[i].utc), &at));
        assert_string_equal(instant_text_german(at, text), cases[i].german);
    }
}

static void spans_read_well(void **state) {
    (void)state;
    char text[INSTANT_TEXT_MAX];
    assert_string_equal(span_text(3 * HOUR + 12 * MINUTE, text), "3 h 12 min");
    assert_string_equal(span_text(45 * SECOND, text), "45 s");
    assert_string_equal(span_text(-120 * MILLISECOND, text), "-120 ms");
    assert_string_equal(span_text(0, text), "0 µs");
}

static void chance_repeats_for_equal_seeds_only(void **state) {
    (void)state;
    struct chance one = chance_of(7, "postman"), same = chance_of(7, "postman");
    struct chance other = chance_of(7, "faults");
    uint64_t first = chance_next(&one);
    assert_int_equal(first, chance_next(&same));
    assert_int_not_equal(first, chance_next(&other));
    /* Fixed for ever: a change here changes every history. */
    struct chance fixed = chance_of(1, "x");
    uint64_t sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += chance_below(&fixed, 1000);
    assert_in_range(sum, 450000, 550000);
    uint32_t order[100], seen[100] = {0};
    chance_shuffle(&one, order, 100);
    for (int i = 0; i < 100; i++)
        seen[order[i]]++;
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
}

static void tables_keep_what_they_are_given(void **state) {
    (void)state;
    struct table *table = table_new();
    for (uint64_t key = 0; key < 10000; key++)
        *table_at(table, key * 977) = key + 1;
    assert_int_equal(table_count(table), 10000);
    for (uint64_t key = 0; key < 10000; key++)
        assert_int_equal(*table_find(table, key * 977), key + 1);
    assert_null(table_find(table, 1));
    table_close(&table);
    assert_null(table);
}

static void names_are_numbered_in_order_of_arrival(void **state) {
    (void)state;
    struct names *names = names_new();
    char text[16];
    for (uint32_t i = 1; i <= 5000; i++) {
        int length = snprintf(text, sizeof text, "name %u", i);
        assert_int_equal(names_number(names, str_bytes(text, (size_t)length)), i);
    }
    assert_int_equal(names_number(names, STR("name 17")), 17);
    assert_int_equal(names_find(names, STR("nobody")), 0);
    assert_true(str_equal_text(names_text(names, 4999), "name 4999"));
    assert_int_equal(names_count(names), 5000);
    names_close(&names);
}

static void json_quotes_what_must_be_quoted(void **state) {
    (void)state;
    struct buffer out = {0};
    struct json json = json_to(&out);
    json_object(&json);
    json_key_text(&json, "text", str_bytes("ä\"\\\n\x01\xff", 7));
    json_key(&json, "list");
    json_array(&json);
    json_integer(&json, -5);
    json_boolean(&json, true);
    json_null(&json);
    json_array_end(&json);
    json_object_end(&json);
    assert_string_equal(buffer_text(&out),
                        "{\"text\":\"ä\\\"\\\\\\n\\u0001\xEF\xBF\xBD\",\"list\":[-5,true,null]}");
    buffer_release(&out);
}

static void utf8_refuses_long_forms_and_surrogates(void **state) {
    (void)state;
    assert_true(utf8_is_valid(STR("Köhler \xF0\x9F\x93\xAC")));
    assert_false(utf8_is_valid(STR("\xC0\xAF")));
    assert_false(utf8_is_valid(STR("\xED\xA0\x80")));
    assert_false(utf8_is_valid(STR("\xF4\x90\x80\x80")));
    assert_false(utf8_is_valid(STR("K\xF6hler")));
    assert_false(utf8_is_valid(STR("\xE2\x82")));
}

static void digests_in_pieces_equal_digests_at_once(void **state) {
    (void)state;
    char bytes[1000], hex[DIGEST_HEX_MAX], seal[SEAL_HEX_MAX];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    struct digest_stream *stream = digest_stream_new();
    for (size_t i = 0; i < sizeof bytes; i += 125)
        digest_stream_add(stream, bytes + i, 125);
    struct digest whole = digest_of(bytes, sizeof bytes), pieces = digest_stream_end(stream), back;
    assert_true(digest_equal(whole, pieces));
    assert_true(digest_from_hex(str_of(digest_hex(whole, hex)), &back));
    assert_true(digest_equal(whole, back));
    assert_false(digest_from_hex(STR("xyz"), &back));
    digest_stream_close(&stream);
    /* FIPS 180-4, the example "abc". */
    struct seal_digest abc = seal_digest_of(STR("abc"));
    assert_string_equal(seal_digest_hex(&abc, seal),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void pieces_are_cut_and_read(void **state) {
    (void)state;
    struct str rest = STR("a;b;;c");
    assert_true(str_equal_text(str_cut(&rest, ';'), "a"));
    assert_true(str_equal_text(str_cut(&rest, ';'), "b"));
    assert_true(str_equal_text(str_cut(&rest, ';'), ""));
    assert_true(str_equal_text(str_cut(&rest, ';'), "c"));
    assert_int_equal(rest.length, 0);
    uint64_t value;
    assert_true(str_to_u64(STR("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &value));
    assert_false(str_to_u64(STR("12a"), &value));
    assert_int_equal(str_distance(STR("bijektion"), STR("bijection"), 5), 1);
}

static void buffers_and_arenas_keep_bytes(void **state) {
    (void)state;
    struct buffer buffer = {0};
    for (int i = 0; i < 1000; i++)
        buffer_append_u64(&buffer, (uint64_t)i);
    assert_int_equal(buffer.length, 10 + 90 * 2 + 900 * 3);
    buffer_consume(&buffer, 10);
    assert_int_equal(buffer.data[0], '1');
    buffer_release(&buffer);
    struct arena *arena = arena_new();
    char *first = arena_text(arena, STR("first"));
    for (int i = 0; i < 10000; i++)
        arena_take(arena, 10, 10);
    assert_string_equal(first, "first");
    arena_close(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_survive_text),
        cmocka_unit_test(instants_are_written_with_what_they_have),
        cmocka_unit_test(instants_that_do_not_exist_are_refused),
        cmocka_unit_test(each_day_follows_the_one_before),
        cmocka_unit_test(germany_changes_its_clocks_on_the_last_sundays),
        cmocka_unit_test(spans_read_well),
        cmocka_unit_test(chance_repeats_for_equal_seeds_only),
        cmocka_unit_test(tables_keep_what_they_are_given),
        cmocka_unit_test(names_are_numbered_in_order_of_arrival),
        cmocka_unit_test(json_quotes_what_must_be_quoted),
        cmocka_unit_test(utf8_refuses_long_forms_and_surrogates),
        cmocka_unit_test(digests_in_pieces_equal_digests_at_once),
        cmocka_unit_test(pieces_are_cut_and_read),
        cmocka_unit_test(buffers_and_arenas_keep_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
