/* Opening an IMAP session and asking whose mailbox it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imap_script.h"

static void a_session_that_cannot_open_says_why(void **state) {
    (void)state;
    static const struct {
        struct scripted_step steps[4];
        enum status status;
    } cases[] = {
        {{{"", "* BYE too many\r\n", SCRIPTED_HANG_UP}}, STATUS_BUSY},
        {{{"", "* PREAUTH hello\r\n", 0}}, STATUS_PROTOCOL},
        {{{"", "SSH-2.0-OpenSSH\r\n", 0}}, STATUS_PROTOCOL},
        {{{"", NULL, SCRIPTED_HANG_UP}}, STATUS_NETWORK},
        {{{"", NULL, SCRIPTED_SILENT}}, STATUS_TIMEOUT},
        {{HELLO, {"LOGIN", "1 NO [AUTHENTICATIONFAILED] no\r\n", 0}}, STATUS_DENIED},
        {{HELLO, {"LOGIN", "1 NO [AUTHORIZATIONFAILED] no\r\n", 0}}, STATUS_DENIED},
        {{HELLO, {"LOGIN", "1 NO no\r\n", 0}}, STATUS_DENIED},
        {{HELLO, {"LOGIN", "1 NO [UNAVAILABLE] later\r\n", 0}}, STATUS_BUSY},
        {{HELLO, {"LOGIN", "7 OK done\r\n", 0}}, STATUS_PROTOCOL},
        {{HELLO, {"LOGIN", "* BYE gone\r\n", SCRIPTED_HANG_UP}}, STATUS_NETWORK},
        {{HELLO, LOGIN, {"CAPABILITY", "2 BAD what?\r\n", 0}}, STATUS_PROTOCOL},
        {{HELLO, LOGIN, {"CAPABILITY", "2 OK done\r\n", 0}}, STATUS_PROTOCOL}, /* by fuzzing */
        {{HELLO, LOGIN, {"CAPABILITY", "* CAPABILITY ((\r\n2 OK done\r\n", 0}}, STATUS_PROTOCOL},
        {{HELLO, {"LOGIN", "* CAPABILITY ((((((((((((((((((((((((((((((((((((((((((", 0}},
         STATUS_PROTOCOL},
        {{HELLO, {"LOGIN", "* LIST () {99999999}\r\n", 0}}, STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        imap_begin(cases[i].steps, 0, false);
        enum status status = target->type->open(target, "anna", &imap_session, &imap_error);
        if (status != cases[i].status)
            print_message("case %zu: %s\n", i, imap_error.text);
        assert_int_equal(status, cases[i].status);
        assert_null(imap_session);
        assert_non_null(strstr(imap_error.text, "127.0.0.1"));
        imap_finish(NULL);
    }
}

static void the_master_logs_in_for_the_mailbox(void **state) {
    (void)state;
    struct buffer heard = {0};
    static const struct scripted_step steps[] = {PLUS, LOGOUT, {0}};
    imap_begin_open(steps, 1, false);
    imap_finish(&heard);
    assert_non_null(strstr(buffer_text(&heard), "anna*umzug"));
    assert_non_null(strstr(buffer_text(&heard), "\"he\\\"ring\""));
    buffer_release(&heard);
}

static void the_key_is_what_the_server_says_of_inbox(void **state) {
    (void)state;
#define ASK(answer)                                                                                \
    { "3 GETMETADATA \"INBOX\" /shared/vendor/landesmail/mailbox-key\r\n", answer, 0 }
#define NAME TARGET_KEY_ANNOTATION
    static const struct {
        struct scripted_step ask;
        enum status status;
        const char *key;
    } cases[] = {
        {ASK("* METADATA INBOX (" NAME " \"k-1\")\r\n3 OK done\r\n"), STATUS_OK, "k-1"},
        {ASK("* METADATA \"INBOX\" (" NAME " {3}\r\nk-2)\r\n3 OK done\r\n"), STATUS_OK, "k-2"},
        {ASK("* 1 EXISTS\r\n* METADATA {5}\r\nINBOX (/x NIL " NAME " k-3)\r\n3 OK\r\n"), STATUS_OK,
         "k-3"},
        {ASK("3 OK done\r\n"), STATUS_NOT_FOUND, ""},
        {ASK("* METADATA INBOX (" NAME " NIL)\r\n3 OK done\r\n"), STATUS_NOT_FOUND, ""},
        {ASK("* METADATA INBOX (" NAME " \"\")\r\n3 OK done\r\n"), STATUS_NOT_FOUND, ""},
        {ASK("* METADATA Sent (" NAME " \"k\")\r\n3 OK done\r\n"), STATUS_PROTOCOL, ""},
        {ASK("* METADATA INBOX (" NAME " a " NAME " b)\r\n3 OK done\r\n"), STATUS_PROTOCOL, ""},
        {ASK("* METADATA INBOX (" NAME " \"k\r\n3 OK done\r\n"), STATUS_PROTOCOL, ""},
        {ASK("* METADATA INBOX (" NAME " \"a\tb\")\r\n3 OK done\r\n"), STATUS_PROTOCOL, ""},
        {ASK("3 NO [NOPERM] no\r\n"), STATUS_DENIED, ""},
        {ASK("4 OK done\r\n"), STATUS_PROTOCOL, ""},
        {ASK("+ go on\r\n"), STATUS_PROTOCOL, ""},
        {ASK("3 OK done\n"), STATUS_PROTOCOL, ""},
        {ASK("03 OK done\r\n"), STATUS_PROTOCOL, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 0; piece < 2; piece++) {
            struct scripted_step steps[] = {PLUS, cases[i].ask, {0}};
            char key[64];
            imap_begin_open(steps, piece, false);
            assert_int_equal(target->type->who(imap_session, key, sizeof key, &imap_error),
                             cases[i].status);
            assert_string_equal(key, cases[i].key);
            imap_finish(NULL);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_cannot_open_says_why),
        cmocka_unit_test(the_master_logs_in_for_the_mailbox),
        cmocka_unit_test(the_key_is_what_the_server_says_of_inbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
