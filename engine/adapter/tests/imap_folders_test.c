/* Folders of an IMAP mailbox and what lies in them: odd names, odd answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imap_script.h"

/* ---- folders -----------------------------------------------------------------------------------
 */

struct found {
    const char *levels[3];
    enum target_role role;
    enum status status;
    const char *name;
};

static void find_is(const struct found *found) {
    struct buffer name = {0};
    size_t count = 0;
    while (count < 3 && found->levels[count] != NULL)
        count++;
    enum status status =
        target->type->folder(imap_session, found->levels, count, found->role, &name, &imap_error);
    if (status != found->status)
        print_message("%s: %s %s\n", found->name, status_name(status), imap_error.text);
    assert_int_equal(status, found->status);
    if (status == STATUS_OK)
        assert_string_equal(buffer_text(&name), found->name);
    buffer_release(&name);
}

static void folders_are_found_by_role_or_path_else_made(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        HELLO,
        LOGIN,
        CAN("NAMESPACE LIST-EXTENDED SPECIAL-USE"),
        {"3 NAMESPACE\r\n",
         "* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"shared.\" \".\"))\r\n3 OK x\r\n", 0},
        {"4 LIST \"\" \"*\" RETURN (SPECIAL-USE)\r\n",
         "* LIST (\\HasChildren) \".\" INBOX\r\n"
         "* LIST (\\Sent \\HasNoChildren) \".\" \"INBOX.Sent Items\"\r\n"
         "* LIST (\\Sent) \".\" {10}\r\nINBOX.Sent\r\n"
         "* LIST (\\Junk \\Noselect) \".\" INBOX.Junk\r\n"
         "* LIST () \".\" INBOX.Entw&APw-rfe\r\n"
         "* LIST (\\NonExistent) \".\" INBOX.weg\r\n"
         "* LIST () \".\" shared.bernd\r\n4 OK x\r\n",
         0},
        {"5 CREATE \"INBOX.Archiv.2024\"\r\n", "5 OK x\r\n", 0},
        {"6 SUBSCRIBE \"INBOX.Archiv.2024\"\r\n", "6 OK x\r\n", 0},
        {"7 CREATE \"INBOX.weg\"\r\n", "7 NO [ALREADYEXISTS] x\r\n", 0},
        {"8 SUBSCRIBE \"INBOX.weg\"\r\n", "8 OK x\r\n", 0},
        {"9 CREATE \"INBOX.Nein\"\r\n", "9 NO [CANNOT] x\r\n", 0},
        {"10 CREATE \"INBOX.Voll\"\r\n", "10 NO [OVERQUOTA] x\r\n", 0},
        {"11 CREATE \"INBOX.Junk\"\r\n", "11 OK x\r\n", 0},
        {"12 SUBSCRIBE", "12 OK x\r\n", 0},
        LOGOUT,
        {0}};
    static const struct found found[] = {
        {{"Posteingang"}, TARGET_INBOX, STATUS_OK, "INBOX"},
        {{"inbox"}, TARGET_PLAIN, STATUS_OK, "INBOX"},
        {{"Gesendete Elemente"}, TARGET_SENT, STATUS_OK, "INBOX.Sent"},
        {{"Sent Items"}, TARGET_SENT, STATUS_OK, "INBOX.Sent Items"},
        {{"Entwürfe"}, TARGET_PLAIN, STATUS_OK, "INBOX.Entw&APw-rfe"},
        {{"Archiv", "2024"}, TARGET_PLAIN, STATUS_OK, "INBOX.Archiv.2024"},
        {{"Archiv", "2024"}, TARGET_PLAIN, STATUS_OK, "INBOX.Archiv.2024"},
        {{"weg"}, TARGET_PLAIN, STATUS_OK, "INBOX.weg"},
        {{"Nein"}, TARGET_PLAIN, STATUS_INVALID, ""},
        {{"Voll"}, TARGET_PLAIN, STATUS_QUOTA, ""},
        {{"Junk"}, TARGET_JUNK, STATUS_OK, "INBOX.Junk"},
        {{"a.b"}, TARGET_PLAIN, STATUS_INVALID, ""},
        {{""}, TARGET_PLAIN, STATUS_INVALID, ""},
        {{"a\nb"}, TARGET_PLAIN, STATUS_INVALID, ""},
        {{"\xff"}, TARGET_PLAIN, STATUS_INVALID, ""},
        {{NULL}, TARGET_PLAIN, STATUS_INVALID, ""},
    };
    imap_begin_open(steps, 0, false);
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
        find_is(&found[i]);
    imap_finish(NULL);
}

static enum status note_folder(void *of, const char *folder) {
    buffer_printf(of, "%s ", folder);
    return STATUS_OK;
}

static void only_own_folders_with_room_for_mail_are_told(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        HELLO,
        LOGIN,
        CAN("NAMESPACE"),
        {"3 NAMESPACE\r\n", "* NAMESPACE ((\"\" \"/\")) ((\"shared/\" \"/\")) NIL\r\n3 OK x\r\n",
         0},
        {"4 LIST \"\" \"*\"\r\n",
         "* LIST () \"/\" INBOX\r\n* LIST (\\Noselect) \"/\" a\r\n* LIST () \"/\" a/b\r\n"
         "* LIST () \"/\" shared/bernd\r\n* LIST () NIL \"q\\\"t\"\r\n4 OK x\r\n",
         0},
        LOGOUT,
        {0}};
    struct buffer seen = {0};
    imap_begin_open(steps, 1, false);
    assert_int_equal(target->type->folders(imap_session, note_folder, &seen, &imap_error),
                     STATUS_OK);
    assert_string_equal(buffer_text(&seen), "INBOX a/b q\"t ");
    imap_finish(NULL);
    buffer_release(&seen);
}

/* libetpan 1.9.4 crashes over the second of these, wherever it comes. */
static void a_broken_name_space_is_an_error(void **state) {
    (void)state;
    static const struct {
        const char *name_spaces;
        enum status status;
    } cases[] = {
        {"NIL NIL NIL", STATUS_OK},
        {"(({3}\r\nX.\" \".\")) NIL L", STATUS_PROTOCOL},
        {"((\"\" \"/\" \"X-PARAM\" (\"a\" \"b\"))(\"#mh/\" NIL)) NIL NIL", STATUS_OK},
        {"((\"\" \"/\")) NIL", STATUS_PROTOCOL},
        {"((\"\" \"/\") NIL NIL", STATUS_PROTOCOL},
        {"((NIL \"/\")) NIL NIL", STATUS_PROTOCOL},
        {"\"\" NIL NIL", STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char asked[120], unasked[120];
        snprintf(asked, sizeof asked, "* NAMESPACE %s\r\n3 OK x\r\n", cases[i].name_spaces);
        snprintf(unasked, sizeof unasked, "*  Namespace %s\r\n1 OK x\r\n", cases[i].name_spaces);
        const struct scripted_step steps[] = {
            HELLO,
            LOGIN,
            CAN("NAMESPACE"),
            {"3 NAMESPACE\r\n", asked, 0},
            {"4 LIST \"\" \"*\"\r\n", "* LIST () \"/\" INBOX\r\n4 OK x\r\n", 0},
            LOGOUT,
            {0}};
        const struct scripted_step broken[] = {HELLO, LOGIN, CAN("NAMESPACE"), steps[3], {0}};
        const struct scripted_step bold[] = {HELLO, {"LOGIN", unasked, 0}, {0}};
        struct buffer seen = {0};
        imap_begin_open(cases[i].status == STATUS_OK ? steps : broken, 1, false);
        assert_int_equal(target->type->folders(imap_session, note_folder, &seen, &imap_error),
                         cases[i].status);
        imap_finish(NULL);
        imap_begin(bold, 1, false);
        assert_int_equal(target->type->open(target, "anna", &imap_session, &imap_error),
                         STATUS_PROTOCOL);
        imap_finish(NULL);
        buffer_release(&seen);
    }
}

static void a_folder_state_is_whole_or_an_error(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        enum status status;
    } cases[] = {
        {"* STATUS \"Sent\" (MESSAGES 3 UIDNEXT 44 UIDVALIDITY 1754546400)\r\n3 OK x\r\n",
         STATUS_OK},
        {"* STATUS Sent (MESSAGES 3)\r\n3 OK x\r\n", STATUS_PROTOCOL},
        {"3 NO [NONEXISTENT] no\r\n", STATUS_NOT_FOUND},
        {"3 NO no\r\n", STATUS_NOT_FOUND},
        {"3 NO [UNAVAILABLE] no\r\n", STATUS_BUSY},
        {"* STATUS (((\r\n3 OK x\r\n", STATUS_PROTOCOL},
        {"3 OK x\r\n", STATUS_PROTOCOL}, /* found by imap_target_fuzz */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {PLUS, {"STATUS", cases[i].answer, 0}, {0}};
        struct target_folder_state folder;
        imap_begin_open(steps, 0, false);
        assert_int_equal(target->type->state(imap_session, "Sent", &folder, &imap_error),
                         cases[i].status);
        if (cases[i].status == STATUS_OK)
            assert_true(folder.messages == 3 && folder.uid_next == 44 &&
                        folder.uid_validity == 1754546400);
        imap_finish(NULL);
    }
}

/* ---- survey ------------------------------------------------------------------------------------
 */

static enum status note_seen(void *of, const struct target_seen *seen) {
    char hex[DIGEST_HEX_MAX];
    buffer_printf(of, "%u:%llu:f%x:%lld:%.8s ", seen->uid, (unsigned long long)seen->size,
                  seen->flags, (long long)(seen->received / SECOND), digest_hex(seen->digest, hex));
    return seen->uid == 666 ? STATUS_STOPPED : STATUS_OK;
}

#define EXAMINED                                                                                   \
    {                                                                                              \
        "3 EXAMINE \"Sent\"\r\n",                                                                  \
            "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n3 OK [READ-ONLY] x\r\n", 0                    \
    }
#define DATE "INTERNALDATE \"07-Aug-2025 08:00:00 +0200\""

static void a_survey_sees_flags_dates_and_digests(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        PLUS,
        EXAMINED,
        {"4 UID FETCH 5:* (UID RFC822.SIZE FLAGS INTERNALDATE BODY.PEEK[])\r\n",
         "* 1 FETCH (UID 4 RFC822.SIZE 1 FLAGS () " DATE " BODY[] \"x\")\r\n"
         "* 2 FETCH (UID 5 FLAGS (\\Seen $Forwarded Rot) RFC822.SIZE 9 " DATE
         " MODSEQ (12) BODY[] {9}\r\nab\r\n) {3})\r\n"
         "* 2 FETCH (FLAGS (\\Deleted))\r\n* 3 EXISTS\r\n"
         "* 3 FETCH (BODY[] \"a\\\"b\" X-NEW (a (b {2}\r\n() c)) UID 7 RFC822.SIZE 3 FLAGS () " DATE
         ")\r\n4 OK x\r\n",
         0},
        LOGOUT,
        {0}};
    char hex[DIGEST_HEX_MAX], hex2[DIGEST_HEX_MAX], wanted[200];
    digest_hex(digest_of("ab\r\n) {3}", 9), hex);
    digest_hex(digest_of("a\"b", 3), hex2);
    snprintf(wanted, sizeof wanted, "5:9:f21:1754546400:%.8s 7:3:f0:1754546400:%.8s ", hex, hex2);
    for (size_t piece = 0; piece < 9; piece += 4) {
        struct buffer seen = {0};
        imap_begin_open(steps, piece, false);
        assert_int_equal(
            target->type->survey(imap_session, "Sent", 5, 0, true, note_seen, &seen, &imap_error),
            STATUS_OK);
        assert_string_equal(buffer_text(&seen), wanted);
        imap_finish(NULL);
        buffer_release(&seen);
    }
}

static void an_empty_or_missing_folder_is_not_fetched(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        enum status status;
    } cases[] = {
        {"* 0 EXISTS\r\n3 OK x\r\n", STATUS_OK},
        {"3 NO [NONEXISTENT] x\r\n", STATUS_NOT_FOUND},
        {"3 NO x\r\n", STATUS_NOT_FOUND},
        {"3 NO [INUSE] x\r\n", STATUS_BUSY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {PLUS, {"EXAMINE", cases[i].answer, 0}, LOGOUT, {0}};
        struct buffer seen = {0};
        imap_begin_open(steps, 0, false);
        assert_int_equal(
            target->type->survey(imap_session, "Sent", 1, 9, false, note_seen, &seen, &imap_error),
            cases[i].status);
        imap_finish(NULL);
        buffer_release(&seen);
    }
}

static void a_survey_that_breaks_off_ends_the_session(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        enum scripted_then then;
        enum status status;
    } cases[] = {
        {"* 1 FETCH (UID 5 RFC822.SIZE 9 FLAGS () " DATE " BODY[] {9}\r\nabc", SCRIPTED_HANG_UP,
         STATUS_NETWORK},
        {"* 1 FETCH (UID 5 RFC822.SIZE 9 FLAGS () " DATE " BODY[] {9}\r\nabc", SCRIPTED_SILENT,
         STATUS_TIMEOUT},
        {"* 1 FETCH (UID 666 RFC822.SIZE 9 FLAGS () " DATE " BODY[] abc)\r\n4 OK x\r\n", 0,
         STATUS_STOPPED},
        {"* 1 FETCH (UID 0)\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (UID 4294967296)\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (UID)\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH ()\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH UID 3\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (FLAGS (a b\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (INTERNALDATE \"gestern\")\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (INTERNALDATE \"a very long date that is not a date at all\")\r\n4 OK x\r\n", 0,
         STATUS_LIMIT},
        {"* 1 FETCH (X ((((((((((((((((((((\r\n4 OK x\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (BODY[] {99999999999}\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (BODY[] {18446744073709551616}\r\n", 0, STATUS_PROTOCOL},
        {"* 1 FETCH (BODY[] {-1}\r\n", 0, STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {
            PLUS, EXAMINED, {"UID FETCH", cases[i].answer, cases[i].then}, {0}};
        struct buffer seen = {0};
        struct target_folder_state folder;
        imap_begin_open(steps, 0, false);
        enum status status =
            target->type->survey(imap_session, "Sent", 1, 0, true, note_seen, &seen, &imap_error);
        if (status != cases[i].status)
            print_message("case %zu: %s %s\n", i, status_name(status), imap_error.text);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(target->type->state(imap_session, "Sent", &folder, &imap_error),
                         STATUS_NETWORK);
        imap_finish(NULL);
        buffer_release(&seen);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_found_by_role_or_path_else_made),
        cmocka_unit_test(only_own_folders_with_room_for_mail_are_told),
        cmocka_unit_test(a_broken_name_space_is_an_error),
        cmocka_unit_test(a_folder_state_is_whole_or_an_error),
        cmocka_unit_test(a_survey_sees_flags_dates_and_digests),
        cmocka_unit_test(an_empty_or_missing_folder_is_not_fetched),
        cmocka_unit_test(a_survey_that_breaks_off_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
