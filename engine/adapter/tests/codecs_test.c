/* The small codecs: base64, modified UTF-7, IMAP dates, ids of Exchange. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../base64.h"
#include "../ews.h"
#include "../imap_date.h"
#include "../modified_utf7.h"

/* Parsers get a buffer of exactly its size, so that a byte too far is seen by the tools. */
static struct str exact(const char *text, size_t length) {
    if (length == 0)
        return STR("");
    char *copy = malloc(length);
    memcpy(copy, text, length);
    return str_bytes(copy, length);
}

static void exact_free(struct str *piece) {
    if (piece->length > 0)
        free((void *)(uintptr_t)piece->data);
}

/* Feeds in pieces of `size`; NULL when refused. */
static const char *decoded(const char *text, size_t size, struct buffer *out) {
    struct base64_decoder decoder = {0};
    size_t length = strlen(text);
    buffer_clear(out);
    for (size_t at = 0; at < length; at += size) {
        struct str piece = exact(text + at, length - at < size ? length - at : size);
        bool good = base64_feed(&decoder, piece, out);
        exact_free(&piece);
        if (!good)
            return NULL;
    }
    return base64_is_whole(&decoder) ? buffer_text(out) : NULL;
}

static void base64_is_decoded_in_pieces_of_every_size(void **state) {
    (void)state;
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYmFyZm9vYmFy", "foobarfoobar"},
        {" Zm9v\r\nYmFy\r\n", "foobar"},
        {"Zm9vY\nmFy", "foobar"},
        {"Zg= =", "f"},
        {"Zg", NULL},
        {"Zg=", NULL},
        {"Z===", NULL},
        {"Z", NULL},
        {"====", NULL},
        {"Zg==Zg==", NULL},
        {"Zh==", NULL}, /* bits left over */
        {"Zm9=", NULL},
        {"Zm9v!", NULL},
        {"Zm9v\xc3\xa4==", NULL},
        {"Zm9vZm-v", NULL},
        {"Zm9vZm9vZg===", NULL},
    };
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t size = 1; size <= 9; size++) {
            const char *bytes = decoded(cases[i].text, size, &out);
            if (cases[i].bytes == NULL)
                assert_null(bytes);
            else
                assert_string_equal(bytes, cases[i].bytes);
        }
    buffer_release(&out);
}

/* Bulk is read sixteen digits at a time, so each byte is tried in each place of them. */
static void only_digits_are_taken_for_digits(void **state) {
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buffer out = {0};
    for (size_t place = 0; place < 32; place++) {
        for (unsigned byte = 1; byte < 256; byte++) {
            char text[33] = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", expected[25];
            memcpy(expected, "ABCDEFGHIJKLMNOPQRSTUVWX", sizeof expected);
            const char *digit = strchr(alphabet, (int)byte);
            bool space = strchr("\r\n \t", (int)byte) != NULL;
            text[place] = (char)byte;
            const char *found = decoded(text, 33, &out);
            if (digit == NULL || space) {
                assert_null(found); /* a blank leaves 31 digits */
                continue;
            }
            unsigned bits = 0;
            for (size_t i = 0; i < 4; i++)
                bits = bits << 6 | (unsigned)(strchr(alphabet, text[place / 4 * 4 + i]) - alphabet);
            for (size_t i = 0; i < 3; i++)
                expected[place / 4 * 3 + i] = (char)(bits >> (16 - 8 * i));
            assert_non_null(found);
            assert_int_equal(out.length, 24);
            assert_memory_equal(found, expected, 24);
        }
    }
    buffer_release(&out);
}

static void every_byte_survives_base64(void **state) {
    (void)state;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buffer text = {0}, out = {0};
    unsigned char bytes[768];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i % 256 ^ i / 256);
    for (size_t i = 0; i < sizeof bytes; i += 3) {
        uint32_t bits = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            buffer_append_byte(&text, digits[bits >> shift & 63]);
    }
    assert_non_null(decoded(buffer_text(&text), 7, &out));
    assert_int_equal(out.length, sizeof bytes);
    assert_memory_equal(out.data, bytes, sizeof bytes);
    buffer_release(&text);
    buffer_release(&out);
}

static void folder_names_have_one_encoding(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"", ""},
        {"INBOX", "INBOX"},
        {"Entwürfe", "Entw&APw-rfe"},
        {"Gelöschte Elemente", "Gel&APY-schte Elemente"},
        {"A & B", "A &- B"},
        {"&", "&-"},
        {"ÄÖÜ", "&AMQA1gDc-"},
        {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
        {"Büro – Ablage", "B&APw-ro &IBM- Ablage"},
        {"\xf0\x9f\x93\xac Post", "&2D3c7A- Post"},
        {"x\x01y", "x&AAE-y"},
    };
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str text = exact(cases[i].text, strlen(cases[i].text));
        struct str name = exact(cases[i].name, strlen(cases[i].name));
        buffer_clear(&out);
        assert_true(modified_utf7_encode(text, &out));
        assert_string_equal(buffer_text(&out), cases[i].name);
        buffer_clear(&out);
        assert_true(modified_utf7_decode(name, &out));
        assert_string_equal(buffer_text(&out), cases[i].text);
        exact_free(&text);
        exact_free(&name);
    }
    buffer_release(&out);
}

static void what_is_no_folder_name_is_refused(void **state) {
    (void)state;
    static const char *const names[] = {
        "&",          "&APw",
        "&APw-&APw-", "&AGE-", /* "a" needs none */
        "&APx-",               /* bits left over */
        "&APwA-",     "Entw\xc3\xbcrfe",
        "a\x01",      "&2D0-", /* half a pair */
        "&3Kw-",      "&!-",
        "&A-",        "&AA-",
    };
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct str name = exact(names[i], strlen(names[i]));
        assert_false(modified_utf7_decode(name, &out));
        exact_free(&name);
    }
    assert_false(modified_utf7_encode(STR("\xff"), &out));
    assert_false(modified_utf7_encode(STR("\xed\xa0\x80"), &out));
    buffer_release(&out);
}

static void dates_survive_imap(void **state) {
    (void)state;
    static const struct {
        const char *date, *rfc3339;
    } cases[] = {
        {"07-Aug-2025 06:00:00 +0000", "2025-08-07T06:00:00Z"},
        {"07-aug-2025 08:00:00 +0200", "2025-08-07T06:00:00Z"},
        {" 7-Aug-2025 01:30:00 -0430", "2025-08-07T06:00:00Z"},
        {"29-Feb-2024 23:59:59 +0000", "2024-02-29T23:59:59Z"},
        {"01-Jan-1970 00:00:00 +0000", "1970-01-01T00:00:00Z"},
        {"31-Dec-1969 23:59:59 +0000", "1969-12-31T23:59:59Z"},
    };
    char text[IMAP_DATE_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        instant wanted, at;
        struct str date = exact(cases[i].date, strlen(cases[i].date));
        assert_true(instant_parse(str_of(cases[i].rfc3339), &wanted));
        assert_true(imap_date_parse(date, &at));
        assert_int_equal(at, wanted);
        assert_true(imap_date(wanted, text));
        assert_true(imap_date_parse(str_of(text), &at));
        assert_int_equal(at, wanted);
        exact_free(&date);
    }
    assert_true(imap_date(1754546400 * SECOND, text));
    assert_string_equal(text, "07-Aug-2025 06:00:00 +0000");
    assert_false(imap_date(10000 * 366 * DAY, text));
}

static void what_is_no_imap_date_is_refused(void **state) {
    (void)state;
    static const char *const dates[] = {
        "",
        "07-Aug-2025",
        "07-Aug-2025 06:00:00 +0000 ",
        "00-Aug-2025 06:00:00 +0000",
        "32-Aug-2025 06:00:00 +0000",
        "07-Xyz-2025 06:00:00 +0000",
        "07-Aug-2025 24:00:00 +0000",
        "07-Aug-2025 06:60:00 +0000",
        "07-Aug-2025 06:00:00 *0000",
        "07-Aug-2025 06:00:00 +00x0",
        "07/Aug/2025 06:00:00 +0000",
    };
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        instant at;
        struct str date = exact(dates[i], strlen(dates[i]));
        assert_false(imap_date_parse(date, &at));
        exact_free(&date);
    }
}

#define GUID "2f1b7a3c-0000-4c4d-8e8e-9a9a1a1a2b2b"

static void base64_of(const struct buffer *bytes, struct buffer *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes->length; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < bytes->length ? (unsigned char)bytes->data[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buffer_append_byte(out,
                               i + k <= bytes->length ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

/* What Exchange does to make an id shorter. */
static void compressed(struct str bytes, struct buffer *out) {
    for (size_t i = 0; i < bytes.length;) {
        size_t run = 1;
        while (i + run < bytes.length && run < 257 && bytes.data[i + run] == bytes.data[i])
            run++;
        buffer_append_byte(out, bytes.data[i]);
        if (run > 1) {
            buffer_append_byte(out, bytes.data[i]);
            buffer_append_byte(out, (char)(run - 2));
        }
        i += run;
    }
}

static void an_id_says_whose_mailbox_it_is_of(void **state) {
    (void)state;
    struct buffer plain = {0}, packed = {0}, id = {0};
    char key[64];
    buffer_append(&plain, "\x03\x24\x00" GUID "\x00\x2e\x00", 3 + 36 + 3);
    for (size_t i = 0; i < 46; i++)
        buffer_append_byte(&plain, (char)(i < 30 ? 0 : i));
    for (int compression = 0; compression < 2; compression++) {
        buffer_clear(&packed);
        buffer_clear(&id);
        buffer_append_byte(&packed, (char)compression);
        if (compression == 1)
            compressed(buffer_str(&plain), &packed);
        else
            buffer_append_str(&packed, buffer_str(&plain));
        base64_of(&packed, &id);
        assert_true(str_starts_with(buffer_str(&id), compression == 1 ? "AQMk" : "AAMk"));
        assert_int_equal(ews_id_mailbox(buffer_str(&id), key, sizeof key, NULL), STATUS_OK);
        assert_string_equal(key, GUID);
        assert_int_equal(ews_id_mailbox(buffer_str(&id), key, 36, NULL), STATUS_LIMIT);
    }
    static const char *const bad[] = {"",     "AAMk", "AAMkAG",  "not base64!",
                                      "AgMk", "AQAA", "AAMkADAw"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str piece = exact(bad[i], strlen(bad[i]));
        assert_int_equal(ews_id_mailbox(piece, key, sizeof key, NULL), STATUS_PROTOCOL);
        exact_free(&piece);
    }
    buffer_release(&plain);
    buffer_release(&packed);
    buffer_release(&id);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_decoded_in_pieces_of_every_size),
        cmocka_unit_test(only_digits_are_taken_for_digits),
        cmocka_unit_test(every_byte_survives_base64),
        cmocka_unit_test(folder_names_have_one_encoding),
        cmocka_unit_test(what_is_no_folder_name_is_refused),
        cmocka_unit_test(dates_survive_imap),
        cmocka_unit_test(what_is_no_imap_date_is_refused),
        cmocka_unit_test(an_id_says_whose_mailbox_it_is_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
