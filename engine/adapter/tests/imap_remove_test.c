/* Reading one message and removing some: what is asked of the server, and what keeps us from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "imap_script.h"

#define OPENED(validity)                                                                           \
    {                                                                                              \
        "SELECT \"Trash\"\r\n",                                                                    \
            "* 3 EXISTS\r\n* OK [UIDVALIDITY " validity "] valid\r\n3 OK [READ-WRITE] done\r\n", 0 \
    }

static const uint32_t uids[] = {4, 7, 9};

static void exactly_the_named_messages_are_expunged(void **state) {
    (void)state;
    struct buffer heard = {0};
    static const struct scripted_step steps[] = {
        PLUS,
        OPENED("17"),
        {"UID STORE 4,7,9 +FLAGS.SILENT (\\Deleted)\r\n", "4 OK done\r\n", 0},
        {"UID EXPUNGE 4,7,9\r\n", "* 3 EXPUNGE\r\n* 1 EXPUNGE\r\n5 OK done\r\n", 0},
        LOGOUT,
        {0}};
    imap_begin_open(steps, 0, false);
    assert_int_equal(target->type->remove(imap_session, "Trash", 17, uids, 3, &imap_error),
                     STATUS_OK);
    imap_finish(&heard);
    assert_null(strstr(buffer_text(&heard), "\r\n5 EXPUNGE"));
    buffer_release(&heard);
}

static void under_another_uid_validity_nothing_is_removed(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {PLUS, OPENED("18"), LOGOUT, {0}};
    imap_begin_open(steps, 0, false);
    assert_int_equal(target->type->remove(imap_session, "Trash", 17, uids, 3, &imap_error),
                     STATUS_CONFLICT);
    imap_finish(NULL);
}

static void a_message_is_read_as_its_very_bytes(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        PLUS,
        {"EXAMINE \"Trash\"\r\n", "* 3 EXISTS\r\n3 OK done\r\n", 0},
        {"UID FETCH 7 (UID BODY.PEEK[])\r\n",
         "* 1 FETCH (FLAGS (\\Seen) UID 6)\r\n* 2 FETCH (UID 7 BODY[] {6}\r\na\r\nb\r\n)\r\n"
         "4 OK done\r\n",
         0},
        LOGOUT,
        {0}};
    for (size_t piece = 0; piece < 5; piece++) {
        struct buffer bytes = {0};
        imap_begin_open(steps, piece, false);
        assert_int_equal(target->type->fetch(imap_session, "Trash", 7, &bytes, &imap_error),
                         STATUS_OK);
        assert_string_equal(buffer_text(&bytes), "a\r\nb\r\n");
        imap_finish(NULL);
        buffer_release(&bytes);
    }
}

static void a_message_that_is_gone_is_not_found(void **state) {
    (void)state;
    struct buffer bytes = {0};
    static const struct scripted_step steps[] = {
        PLUS,
        {"EXAMINE \"Trash\"\r\n", "* 3 EXISTS\r\n3 OK done\r\n", 0},
        {"UID FETCH 7 (UID BODY.PEEK[])\r\n", "4 OK done\r\n", 0},
        LOGOUT,
        {0}};
    imap_begin_open(steps, 0, false);
    assert_int_equal(target->type->fetch(imap_session, "Trash", 7, &bytes, &imap_error),
                     STATUS_NOT_FOUND);
    assert_int_equal(bytes.length, 0);
    imap_finish(NULL);
    buffer_release(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_named_messages_are_expunged),
        cmocka_unit_test(under_another_uid_validity_nothing_is_removed),
        cmocka_unit_test(a_message_is_read_as_its_very_bytes),
        cmocka_unit_test(a_message_that_is_gone_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
