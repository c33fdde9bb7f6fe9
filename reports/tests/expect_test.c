/* Promises: read, printed and held against what was found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../expect.h"

static void promises_are_read_and_printed_alike(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *printed; /* printed NULL: as it was */
        int comparison;
        int64_t value;
    } cases[] = {
        {"missing", "0", NULL, COMPARISON_EQUAL, 0},
        {"missing", "at most 3", NULL, COMPARISON_AT_MOST, 3},
        {"missing", "<= 3", "at most 3", COMPARISON_AT_MOST, 3},
        {"foreign_at_rest_max", "at least 1", NULL, COMPARISON_AT_LEAST, 1},
        {"foreign_at_rest_max", ">= 18446", "at least 18446", COMPARISON_AT_LEAST, 18446},
        {"reachable_within", "10 min", NULL, COMPARISON_AT_MOST, 10 * MINUTE},
        {"reachable_within", "1 h 30 min", NULL, COMPARISON_AT_MOST, 90 * MINUTE},
        {"reachable_within", "exactly 90 min", "exactly 1 h 30 min", COMPARISON_EQUAL, 90 * MINUTE},
        {"complete_by", "07:00", NULL, COMPARISON_AT_MOST, 7 * HOUR},
        {"complete_by", "07:00 +2 d", NULL, COMPARISON_AT_MOST, 2 * DAY + 7 * HOUR},
        {"complete_by", " 07:30:30 ", "07:30", COMPARISON_AT_MOST,
         7 * HOUR + 30 * MINUTE + 30 * SECOND},
        {"one_home", "yes", NULL, COMPARISON_EQUAL, 1},
        {"calm", "no", NULL, COMPARISON_EQUAL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct promise promise;
        struct error error = {0};
        struct buffer printed = {0};
        if (promise_read(str_of(cases[i].name), str_of(cases[i].text), &promise, &error))
            fail_msg("%s", error.text);
        assert_string_equal(number_name(promise.name), cases[i].name);
        assert_int_equal(promise.comparison, cases[i].comparison);
        assert_int_equal(promise.value, cases[i].value);
        promise_print(&promise, &printed);
        assert_string_equal(buffer_text(&printed),
                            cases[i].printed != NULL ? cases[i].printed : cases[i].text);
        buffer_release(&printed);
    }
}

static void what_is_no_promise_is_refused_with_a_hint(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"misssing", "0", "did you mean \"missing\"?"},
        {"Missing", "0", "did you mean \"missing\"?"},
        {"foregn_at_rest_end", "0", "did you mean \"foreign_at_rest_end\"?"},
        {"the moon is full tonight", "0", "no such number"},
        {"missing", "", "expected a number"},
        {"missing", "-1", "expected a number"},
        {"missing", "99999999999999999999", "expected a number"},
        {"reachable_within", "10", "expected a span with its unit"},
        {"reachable_within", "", "expected a span with its unit"},
        {"reachable_within", "at most ", "expected a span with its unit"},
        {"reachable_within", "10 minutes", "expected a span with its unit"},
        {"reachable_within", "9223372036854775807 d", "expected a span with its unit"},
        {"complete_by", "07:00 +d", "expected a time of day"},
        {"complete_by", "07:00 +1 h", "expected a time of day"},
        {"complete_by", "7:00", "expected a time of day"},
        {"complete_by", "24:00", "expected a time of day"},
        {"complete_by", "07:00:00:00", "expected a time of day"},
        {"calm", "true", "expected yes or no"},
        {"alarm_says", "", "expected a text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        /* Of exact size, so that a byte read beyond the end is seen. */
        size_t length = strlen(cases[i].text);
        char *text = malloc(length == 0 ? 1 : length);
        memcpy(text, cases[i].text, length);
        struct promise promise;
        struct error error = {0};
        assert_int_not_equal(
            promise_read(str_of(cases[i].name), str_bytes(text, length), &promise, &error),
            STATUS_OK);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].says);
        free(text);
    }
}

static void promises_are_kept_broken_or_unknown(void **state) {
    (void)state;
    instant began, ended;
    assert_true(instant_parse(STR("2025-08-07T04:00:00Z"), &began)); /* 06:00 in Germany */
    assert_true(instant_parse(STR("2025-08-08T05:00:00Z"), &ended)); /* 07:00 the morning after */
    const struct {
        const char *name, *text;
        int64_t found;
        enum kept kept;
    } cases[] = {
        {"missing", "0", 0, KEPT_YES},
        {"missing", "0", 1, KEPT_NO},
        {"missing", "0", NUMBER_UNKNOWN, KEPT_UNKNOWN},
        {"missing", "at most 2", 2, KEPT_YES},
        {"missing", "at most 2", 3, KEPT_NO},
        {"missing", "at least 2", 1, KEPT_NO},
        {"missing", "at least 2", 2, KEPT_YES},
        {"reachable_within", "10 min", 10 * MINUTE, KEPT_YES},
        {"reachable_within", "10 min", 10 * MINUTE + 1, KEPT_NO},
        {"reachable_within", "10 min", INSTANT_NEVER, KEPT_NO},
        {"complete_by", "07:00", ended, KEPT_YES},
        {"complete_by", "07:00", ended + 1, KEPT_NO},
        {"complete_by", "06:59:59", ended, KEPT_NO},
        {"complete_by", "07:00 +1 d", ended + DAY, KEPT_YES},
        {"complete_by", "07:00 +1 d", ended + DAY + 1, KEPT_NO},
        {"calm", "yes", 1, KEPT_YES},
        {"calm", "no", 1, KEPT_NO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t numbers[NUMBER_COUNT] = {0};
        struct promise promise;
        assert_int_equal(promise_read(str_of(cases[i].name), str_of(cases[i].text), &promise, NULL),
                         STATUS_OK);
        numbers[promise.name] = cases[i].found;
        struct outcome outcome = {.numbers = numbers, .began = began};
        assert_int_equal(promise_evaluate(&promise, &outcome), cases[i].kept);
    }
}

static void an_alarm_is_found_by_what_it_says(void **state) {
    (void)state;
    const struct str sentences[] = {STR("the mapping differs in row 7"), STR("stopped")};
    const struct outcome outcome = {.alarm_sentences = sentences, .alarm_sentence_count = 2};
    struct promise promise;
    assert_int_equal(promise_read(STR("alarm_says"), STR("row 7"), &promise, NULL), STATUS_OK);
    assert_int_equal(promise_evaluate(&promise, &outcome), KEPT_YES);
    assert_int_equal(promise_read(STR("alarm_says"), STR("row 8"), &promise, NULL), STATUS_OK);
    assert_int_equal(promise_evaluate(&promise, &outcome), KEPT_NO);
}

static void the_morning_after_follows_the_change_of_clocks(void **state) {
    (void)state;
    static const struct {
        const char *began, *morning;
    } cases[] = {
        {"2025-08-07T04:00:00Z", "2025-08-08T05:00:00Z"},
        {"2025-08-06T22:30:00Z", "2025-08-08T05:00:00Z"}, /* 00:30 on the 7th in Germany */
        {"2025-10-25T06:00:00Z", "2025-10-26T06:00:00Z"}, /* back to winter time at night */
        {"2025-03-29T07:00:00Z", "2025-03-30T05:00:00Z"}, /* on to summer time at night */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        instant began;
        char text[INSTANT_TEXT_MAX];
        assert_true(instant_parse(str_of(cases[i].began), &began));
        assert_string_equal(instant_text(clock_next_morning(began, 7 * HOUR), text),
                            cases[i].morning);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promises_are_read_and_printed_alike),
        cmocka_unit_test(what_is_no_promise_is_refused_with_a_hint),
        cmocka_unit_test(promises_are_kept_broken_or_unknown),
        cmocka_unit_test(an_alarm_is_found_by_what_it_says),
        cmocka_unit_test(the_morning_after_follows_the_change_of_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
