/* Header fields as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../ews.h"

static void fields_are_unfolded_and_decoded(void **state) {
    (void)state;
    static const struct {
        const char *message, *value; /* NULL: there is no Subject */
    } cases[] = {
        {"Subject: Guten Tag\r\n\r\n", "Guten Tag"},
        {"From: a\r\nsubject:Guten\r\n Tag\r\n\r\nSubject: no\r\n", "Guten Tag"},
        {"Subject: =?utf-8?Q?R=C3=BCckfrage_offen?=\r\n\r\n", "Rückfrage offen"},
        {"Subject: =?UTF-8?B?UsO8Y2s=?=\r\n =?UTF-8?B?ZnJhZ2U=?=\r\n\r\n", "Rückfrage"},
        {"Subject: AW: =?iso-8859-1?Q?f=FCr?= alle\r\n\r\n", "AW: für alle"},
        {"Subject: =?koi8-r?Q?=C1?= x\r\n\r\n", "=?koi8-r?Q?=C1?= x"},
        {"Subject: =?utf-8?B?*?=\r\n\r\n", "=?utf-8?B?*?="},
        {"Subject: =?utf-8?Q?offen\r\n\r\n", "=?utf-8?Q?offen"},
        {"Subject:\r\n\r\n", ""},
        {"Subject", NULL},
        {"From: a\r\n\r\nSubject: no\r\n", NULL},
        {"", NULL},
        {"Subject: a\n", "a"},
        {"Subject: a=?=?utf-8?Q?b?=", "a=?b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer value = {0};
        size_t length = strlen(cases[i].message);
        char *exact =
            malloc(length > 0 ? length : 1); /* ends where the message ends, for memory checkers */
        assert_non_null(exact);
        memcpy(exact, cases[i].message, length);
        bool is_there = ews_header(str_bytes(exact, length), "Subject", &value);
        assert_int_equal(is_there, cases[i].value != NULL);
        if (is_there)
            assert_string_equal(buffer_text(&value), cases[i].value);
        buffer_release(&value);
        free(exact);
    }
}

static void what_is_written_is_always_xml(void **state) {
    (void)state;
    static const struct {
        const char *text, *escaped;
    } cases[] = {
        {"a<b>&\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;"},
        {"Köhler", "Köhler"},
        {"K\xf6hler\x01", "K\xef\xbf\xbdhler\xef\xbf\xbd"},
        {"\r\n\t", "&#xD;\n\t"},
        {"\xef\xbf\xbf\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        ews_escape(&out, str_of(cases[i].text));
        assert_string_equal(buffer_text(&out), cases[i].escaped);
        buffer_release(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_unfolded_and_decoded),
        cmocka_unit_test(what_is_written_is_always_xml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
