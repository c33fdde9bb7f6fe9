/* The words of IMAP, names of folders and structure of messages, each read from memory that ends
 * where the text ends, so that a step too far does not go unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../../engine/base/fuzz/exact.h"
#include "../imap_mailbox_names.h"
#include "../imap_parser.h"
#include "../mime_structure.h"

/* A copy without a byte behind it, until the next one. */
static char *exact(struct str text) {
    return exact_copy(EXACT_PIECE, text.data, text.length);
}

static void names_have_one_way_to_be_written(void **state) {
    (void)state;
    static const struct {
        const char *wire, *text; /* text NULL: refused */
    } cases[] = {
        {"INBOX", "INBOX"},
        {"Gel&APY-schte Elemente", "Gel\xc3\xb6schte Elemente"},
        {"A&-B", "A&B"},
        {"&2D3cqQ-", "\xf0\x9f\x92\xa9"},
        {"&AOQA9gD8-", "\xc3\xa4\xc3\xb6\xc3\xbc"},
        {"&AOQ-&-", "\xc3\xa4&"},
        {"&Jjo", NULL},       /* no end */
        {"&Jjo-&Jjo-", NULL}, /* two shifts could be one */
        {"&AGE-", NULL},      /* "a" needs no shift */
        {"&2D0-", NULL},      /* half a surrogate pair */
        {"&3KnYPQ-", NULL},   /* the wrong half first */
        {"&AOR-", NULL},      /* bits that must be zero */
        {"&A-", NULL},
        {"&AA-", NULL},
        {"a\xc3\xa4", NULL},
        {"a\x01", NULL},
        {"&/-", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer text = {0}, wire = {0};
        struct str given = str_of(cases[i].wire);
        const char *bytes = exact(given);
        bool good = mutf7_decode((struct str){bytes, given.length}, &text);
        if (good != (cases[i].text != NULL))
            fail_msg("%s", cases[i].wire);
        if (good) {
            assert_string_equal(buffer_text(&text), cases[i].text);
            mutf7_encode(buffer_str(&text), &wire);
            assert_string_equal(buffer_text(&wire), cases[i].wire);
        }
        buffer_release(&text);
        buffer_release(&wire);
    }
}

static void paths_are_what_names_mean(void **state) {
    (void)state;
    static const struct {
        bool prefix, no_dots;
        const char *name, *path; /* NULL: refused */
    } cases[] = {
        {false, false, "inbox", "INBOX"},
        {false, false, "inbox/Sub", "INBOX/Sub"},
        {false, false, "a/inbox", "a/inbox"},
        {false, false, "a.b/c", "a.b/c"},
        {false, false, "a/", "a"},
        {false, true, "a.b/c", NULL},
        {false, false, "a//b", NULL},
        {false, false, "a//", NULL},
        {false, false, "/a", NULL},
        {false, false, "/", NULL},
        {false, false, "", NULL},
        {false, false, "a/..", NULL},
        {false, false, "~root", NULL},
        {true, false, "INBOX", "INBOX"},
        {true, false, "INBOX.a.b", "a/b"},
        {true, false, "inbox.Sent", "Sent"},
        {true, false, "Sent", NULL},
        {true, false, "INBOX.a/b", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct openxchange_settings settings = {.inbox_prefix = cases[i].prefix,
                                                .dot_refused = cases[i].no_dots};
        struct buffer path = {0};
        bool at_end;
        const char *bytes = exact(str_of(cases[i].name));
        const char *wrong =
            imap_name_read(&settings, (struct str){bytes, strlen(cases[i].name)}, &path, &at_end);
        if ((wrong == NULL) != (cases[i].path != NULL))
            fail_msg("%s: %s", cases[i].name, wrong == NULL ? "taken" : wrong);
        if (wrong == NULL)
            assert_string_equal(buffer_text(&path), cases[i].path);
        buffer_release(&path);
    }
}

static void strings_are_read_whole_or_not_at_all(void **state) {
    (void)state;
    static const struct {
        const char *text, *string, *rest; /* string NULL: refused */
    } cases[] = {
        {"abc def", "abc", " def"}, {"a]*%b)", "a]*%b", ")"},
        {"\"a b\" c", "a b", " c"}, {"\"a\\\"\\\\\"", "a\"\\", ""},
        {"\"\"", "", ""},           {"{3}\r\na\"b c", "a\"b", " c"},
        {"{3+}\nabc", "abc", ""},   {"~{1+}\r\nx", "~", "{1+}\r\nx"},
        {"{0}\r\n", "", ""},        {"\"a", NULL, NULL},
        {"\"a\\", NULL, NULL},      {"\"a\\b\"", NULL, NULL},
        {"\"a\r\"", NULL, NULL},    {"{3}\r\nab", NULL, NULL},
        {"{3}ab", NULL, NULL},      {"{3", NULL, NULL},
        {"{-1}\r\n", NULL, NULL},   {"{99999999999999999999}\r\n", NULL, NULL},
        {"(a)", NULL, NULL},        {"", NULL, NULL},
    };
    struct arena *scratch = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str string, given = str_of(cases[i].text);
        const char *bytes = exact(given);
        struct imap_cursor cursor = imap_cursor_of((struct str){bytes, given.length}, scratch);
        bool good = imap_astring(&cursor, &string);
        if (good != (cases[i].string != NULL))
            fail_msg("%s", cases[i].text);
        if (good) {
            assert_true(str_equal_text(string, cases[i].string));
            assert_true(str_equal_text(imap_rest(&cursor), cases[i].rest));
        } else {
            assert_ptr_equal(cursor.at, bytes);
        }
    }
    arena_close(&scratch);
}

static void dates_are_instants(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* −1: refused */
    } cases[] = {
        {"\"07-Aug-2025 08:00:00 +0200\"", 1754546400},
        {"\" 7-aug-2025 06:00:00 +0000\"", 1754546400},
        {"\"07-Aug-2025 02:30:00 -0330\"", 1754546400},
        {"\"29-Feb-2024 00:00:00 +0000\"", 1709164800},
        {"\"29-Feb-2025 00:00:00 +0000\"", -1},
        {"\"07-Aug-2025 24:00:00 +0000\"", -1},
        {"\"07-Aug-2025 06:00:00\"", -1},
        {"\"00-Aug-2025 06:00:00 +0000\"", -1},
        {"\"07-Aug-2025 06:00:00 +0000", -1},
        {"\"07-Foo-2025 06:00:00 +0000\"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str given = str_of(cases[i].text);
        const char *bytes = exact(given);
        struct imap_cursor cursor = imap_cursor_of((struct str){bytes, given.length}, NULL);
        instant at = -SECOND;
        bool good = imap_date_time(&cursor, &at);
        if (good != (cases[i].seconds >= 0) || (good && at != cases[i].seconds * SECOND))
            fail_msg("%s", cases[i].text);
    }
    struct buffer out = {0};
    imap_append_date_time(&out, INT64_C(1754546400) * SECOND);
    assert_string_equal(buffer_text(&out), "\"07-Aug-2025 06:00:00 +0000\"");
    buffer_release(&out);
}

static void a_literal_is_announced_at_the_end_of_a_line(void **state) {
    (void)state;
    static const struct {
        const char *line;
        uint64_t bytes;
        bool is, waits;
        size_t length; /* of what stands before it */
    } cases[] = {
        {"a {5}", 5, true, true, 2},    {"a {5+}", 5, true, false, 2},
        {"a ~{5+}", 5, true, false, 2}, {"{0}", 0, true, true, 0},
        {"{}", 0, false, false, 0},     {"a 5}", 0, false, false, 0},
        {"a {5} ", 0, false, false, 0}, {"a {+}", 0, false, false, 0},
        {"}", 0, false, false, 0},      {"a {99999999999999999999}", 0, false, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *bytes = exact(str_of(cases[i].line));
        struct str line = {bytes, strlen(cases[i].line)};
        struct imap_literal literal = {0};
        assert_int_equal(imap_literal_at_end(&line, &literal), cases[i].is);
        if (cases[i].is) {
            assert_int_equal(literal.bytes, cases[i].bytes);
            assert_int_equal(literal.waits, cases[i].waits);
            assert_int_equal(line.length, cases[i].length);
        }
    }
}

static void every_message_has_a_structure(void **state) {
    (void)state;
    static const struct {
        const char *message, *structure;
    } cases[] = {
        {"", "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)"},
        {"\r\n", "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)"},
        {"no header at all", "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)"},
        {"Content-Type: text/html; charset=\"utf-8\"; format\r\n\r\n<p>\r\n",
         "(\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 1)"},
        {"Content-Type: image/png; name=\"a\\\"b\"\r\nContent-Transfer-Encoding: base64\r\n"
         "Content-ID: <1>\r\n\r\nAAAA",
         "(\"image\" \"png\" (\"name\" \"a\\\"b\") \"<1>\" NIL \"base64\" 4)"},
        {"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n--b--",
         "(\"multipart\" \"mixed\" NIL NIL NIL \"7bit\" 15)"},
        {"Content-Type: multipart/mixed;\r\n boundary=b\r\n\r\nvor --b\r\n--b\r\n\r\nx\r\n--b",
         "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 0)"
         "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0) \"mixed\")"},
        {"Content-Type: message/rfc822\r\n\r\nSubject: \"\r\n\r\n",
         "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 14 "
         "(NIL \"\\\"\" NIL NIL NIL NIL NIL NIL NIL NIL) "
         "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0) 2)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct buffer out = {0};
        const char *bytes = exact(str_of(cases[i].message));
        struct mime_part *part = mime_parse(arena, (struct str){bytes, strlen(cases[i].message)});
        mime_write_structure(&out, arena, part, false);
        assert_string_equal(buffer_text(&out), cases[i].structure);
        buffer_release(&out);
        arena_close(&arena);
    }
}

static void a_message_may_be_as_deep_as_it_likes(void **state) {
    (void)state;
    struct buffer message = {0}, out = {0};
    for (int i = 0; i < 2000; i++)
        buffer_append_text(&message, "Content-Type: message/rfc822\r\n\r\n");
    for (int i = 0; i < 2000; i++)
        buffer_append_text(&message, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n");
    struct arena *arena = arena_new();
    mime_write_structure(&out, arena, mime_parse(arena, buffer_str(&message)), true);
    assert_true(out.length < 1000000);
    buffer_release(&message);
    buffer_release(&out);
    arena_close(&arena);
}

static void odd_addresses_become_names(void **state) {
    (void)state;
    static const struct {
        const char *header, *envelope;
    } cases[] = {
        {"From: a@b\r\n\r\n", "(NIL NIL \"a\" \"b\")"},
        {"From: \"x, y\" <a@b> (c (d) e), <@r,@s:c@d>\r\n\r\n",
         "(\"x, y\" NIL \"a\" \"b\")(NIL NIL \"@r,@s:c\" \"d\")"},
        {"From: nobody\r\n\r\n", "(NIL NIL \"nobody\" \"\")"},
        {"From: \"unendlich\r\n\r\n", "(NIL NIL \"unendlich\" \"\")"},
        {"From: (((((\r\n\r\n", NULL},
        {"From: g: a@b, c@d;, e@f\r\n\r\n",
         "(NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")(NIL NIL NIL NIL)"
         "(NIL NIL \"e\" \"f\")"},
        {"From: ,,,;\r\n\r\n", "(NIL NIL NIL NIL)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct buffer out = {0}, expected = {0};
        const char *bytes = exact(str_of(cases[i].header));
        mime_write_envelope(&out, arena, (struct str){bytes, strlen(cases[i].header)});
        buffer_append_text(&expected, "(NIL NIL");
        for (int k = 0; k < 3; k++)
            if (cases[i].envelope == NULL)
                buffer_append_text(&expected, " NIL");
            else
                buffer_printf(&expected, " (%s)", cases[i].envelope);
        buffer_append_text(&expected, " NIL NIL NIL NIL NIL)");
        assert_string_equal(buffer_text(&out), buffer_text(&expected));
        buffer_release(&out);
        buffer_release(&expected);
        arena_close(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_one_way_to_be_written),
        cmocka_unit_test(paths_are_what_names_mean),
        cmocka_unit_test(strings_are_read_whole_or_not_at_all),
        cmocka_unit_test(dates_are_instants),
        cmocka_unit_test(a_literal_is_announced_at_the_end_of_a_line),
        cmocka_unit_test(every_message_has_a_structure),
        cmocka_unit_test(a_message_may_be_as_deep_as_it_likes),
        cmocka_unit_test(odd_addresses_become_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
