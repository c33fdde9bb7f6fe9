/* Tables as people export them: every dialect reads the same, every broken row is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../buffer.h"
#include "../chance.h"
#include "../csv.h"

/* Opens a copy that ends exactly where the bytes end, so that a checker sees an overrun. */
static enum status open_exact(struct str bytes, struct csv **csv_r, struct error *error) {
    char *copy = malloc(bytes.length > 0 ? bytes.length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.length);
    enum status status = csv_open(str_bytes(copy, bytes.length), csv_r, error);
    free(copy);
    return status;
}

/* All rows in one text: fields between '<' and '>', a row each line, '!' and column for broken. */
static void flatten(struct csv *csv, struct buffer *out) {
    struct csv_row row;
    struct error error;
    enum status status = csv_header(csv, &row, &error);
    while (status != STATUS_NOT_FOUND) {
        buffer_printf(out, "%u:", row.line);
        if (status == STATUS_INVALID)
            buffer_printf(out, "!%u", row.bad_column);
        for (uint32_t i = 0; status == STATUS_OK && i < row.field_count; i++)
            buffer_printf(out, "<%.*s>", STR_ARG(row.fields[i].text));
        buffer_append_byte(out, '\n');
        status = csv_next(csv, &row, &error);
    }
}

#define UTF16LE "\xFF\xFE"
#define UTF16BE "\xFE\xFF"

static void each_dialect_reads_the_same(void **state) {
    (void)state;
    static const char wanted[] = "1:<a><b>\n2:<K\u00F6hler><2>\n";
    static const struct {
        const char *encoding;
        struct str bytes;
    } cases[] = {
        {"UTF-8", {"a,b\nK\u00F6hler,2\n", 14}},
        {"UTF-8 with BOM",
         {"\xEF\xBB\xBF"
          "a;b\r\nK\u00F6hler;2\r\n",
          19}},
        {"UTF-8", {"a\tb\nK\u00F6hler\t2", 13}},
        {"Windows-1252", {"a,b\nK\xF6hler,2\n", 13}},
        {"UTF-16LE",
         {UTF16LE "a\0,\0b\0\n\0K\0\xF6\0h\0l\0e\0r\0,\0"
                  "2\0\n\0",
          28}},
        {"UTF-16BE",
         {UTF16BE "\0a\0,\0b\0\n\0K\0\xF6\0h\0l\0e\0r\0,\0"
                  "2\0\n",
          28}},
        {"UTF-8", {"\"a\",\"b\"\n\"K\u00F6hler\",\"2\"\n\n\n", 24}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct csv *csv;
        struct error error = {0};
        struct buffer out = {0};
        assert_int_equal(open_exact(cases[i].bytes, &csv, &error), STATUS_OK);
        assert_string_equal(csv_encoding(csv), cases[i].encoding);
        flatten(csv, &out);
        assert_string_equal(buffer_text(&out), wanted);
        buffer_release(&out);
        csv_close(&csv);
    }
}

static void rows_are_taken_apart(void **state) {
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"#TYPE Selected\na,b\n1,2\n", "2:<a><b>\n3:<1><2>\n"},
        {"a;b\n\"x;\"\"y\"\"\";z\n", "1:<a><b>\n2:<x;\"y\"><z>\n"},
        {"a,b\n,\n", "1:<a><b>\n2:<><>\n"},
        {"a,b\n\"open,2\n3,4\n", "1:<a><b>\n2:!1\n3:<3><4>\n"},
        {"a,b\nx\"y,2\n3,4\n", "1:<a><b>\n2:!2\n3:<3><4>\n"},
        {"a,b\n\"x\"y,2\n3,4\n", "1:<a><b>\n2:!4\n3:<3><4>\n"},
        {"a,b\n1\n\n1,2,3\n", "1:<a><b>\n2:<1>\n3:<>\n4:<1><2><3>\n"},
        {"a,b;c\n", "1:!1\n"},
        {"a b\n", "1:!1\n"},
        {"", "1:!1\n"},
        {"#TYPE x", "1:!1\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct csv *csv;
        struct error error = {0};
        struct buffer out = {0};
        assert_int_equal(open_exact(str_of(cases[i].text), &csv, &error), STATUS_OK);
        flatten(csv, &out);
        assert_string_equal(buffer_text(&out), cases[i].wanted);
        buffer_release(&out);
        csv_close(&csv);
    }
}

static void what_is_no_text_is_refused(void **state) {
    (void)state;
    static const struct str cases[] = {
        {"a,b\n\x81,2\n", 8}, /* not assigned in Windows-1252 */
        {"\xEF\xBB\xBF"
         "a,\xF6\n",
         7},                 /* says UTF-8 and is not */
        {UTF16LE "a\0,", 5}, /* half a unit */
        {UTF16LE "\x00\xD8"
                 "a\0",
         6},                /* half a pair */
        {"a,b\n1,\0\n", 8}, /* NUL */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct csv *csv;
        struct error error = {0};
        assert_int_equal(open_exact(cases[i], &csv, &error), STATUS_INVALID);
        assert_null(csv);
        assert_true(strlen(error.text) > 0);
    }
}

static void hostile_bytes_never_crash(void **state) {
    (void)state;
    static const char bytes[] = "a,b;\t\"\"\n\r#\xEF\xBB\xBF\xFF\xFE\0\xC3\xB6\x81";
    struct chance chance = chance_of(1, "csv");
    for (int round = 0; round < 20000; round++) {
        char text[40];
        size_t length = (size_t)chance_below(&chance, sizeof text);
        for (size_t i = 0; i < length; i++)
            text[i] = bytes[chance_below(&chance, sizeof bytes)];
        struct csv *csv;
        struct error error;
        if (open_exact(str_bytes(text, length), &csv, &error) != STATUS_OK)
            continue;
        struct buffer out = {0};
        flatten(csv, &out);
        buffer_release(&out);
        csv_close(&csv);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_dialect_reads_the_same),
        cmocka_unit_test(rows_are_taken_apart),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(hostile_bytes_never_crash),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
