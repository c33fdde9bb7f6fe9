/* The IMAP target against a scripted server: what a real one seldom says, and what none should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../adapters.h"
#include "scripted.h"

#define HELLO                                                                                      \
    { "", "* OK ready\r\n", 0 }
#define LOGIN                                                                                      \
    { "LOGIN", "1 OK done\r\n", 0 }
#define CAN(what)                                                                                  \
    { "CAPABILITY\r\n", "* CAPABILITY IMAP4rev1 " what "\r\n2 OK done\r\n", 0 }
#define PLUS  HELLO, LOGIN, CAN("LITERAL+ UIDPLUS METADATA")
#define PLAIN HELLO, LOGIN, CAN("UIDPLUS")
#define LOGOUT                                                                                     \
    { "LOGOUT\r\n", "* BYE\r\n99 OK bye\r\n", 0 }

static struct target *target;
static struct target_session *session;
static struct scripted *server;
static struct error error;

static void begin(const struct scripted_step *steps, size_t piece, bool one_by_one) {
    error = (struct error){0};
    server = scripted_start(steps, piece);
    struct imap_target_options options = {.host = "127.0.0.1",
                                          .port = scripted_port(server),
                                          .master = "umzug",
                                          .password = "he\"ring",
                                          .one_by_one = one_by_one,
                                          .timeout = 300 * MILLISECOND};
    assert_int_equal(imap_target_open(&options, &target, &error), STATUS_OK);
}

static void begin_open(const struct scripted_step *steps, size_t piece, bool one_by_one) {
    begin(steps, piece, one_by_one);
    enum status status = target->type->open(target, "anna", &session, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
}

static void finish(struct buffer *heard) {
    target->type->close(&session);
    target->type->free(&target);
    assert_true(scripted_end(&server, heard));
}

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
        {{HELLO,
          LOGIN,
          {"CAPABILITY", "* CAPABILITY ((((((((((((((((((((((((((((((((((((((((((", 0}},
         STATUS_PROTOCOL},
        {{HELLO, LOGIN, {"CAPABILITY", "* LIST () {99999999}\r\n", 0}}, STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(cases[i].steps, 0, false);
        enum status status = target->type->open(target, "anna", &session, &error);
        if (status != cases[i].status)
            print_message("case %zu: %s\n", i, error.text);
        assert_int_equal(status, cases[i].status);
        assert_null(session);
        assert_non_null(strstr(error.text, "127.0.0.1"));
        finish(NULL);
    }
}

static void the_master_logs_in_for_the_mailbox(void **state) {
    (void)state;
    struct buffer heard = {0};
    static const struct scripted_step steps[] = {PLUS, LOGOUT, {0}};
    begin_open(steps, 1, false);
    finish(&heard);
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
            begin_open(steps, piece, false);
            assert_int_equal(target->type->who(session, key, sizeof key, &error), cases[i].status);
            assert_string_equal(key, cases[i].key);
            finish(NULL);
        }
}

/* ---- append -----------------------------------------------------------------------------------
 */

static const struct target_message three[] = {
    {.bytes = {"eins\r\n", 6},
     .received = 1754546400 * SECOND,
     .flags = TARGET_SEEN,
     .keywords = ""},
    {.bytes = {"zwei", 4}, .received = 0, .flags = 0, .keywords = "Rot Blau"},
    {.bytes = {"dr\nei\r", 6},
     .received = 0,
     .flags = TARGET_DELETED | TARGET_DRAFT,
     .keywords = ""},
};

struct outcome {
    enum status status;
    struct {
        enum status status;
        uint32_t validity, uid;
    } results[3];
};

static void append_is(const struct scripted_step *steps, size_t piece, bool one_by_one,
                      const struct outcome *outcome, struct buffer *heard) {
    struct target_result results[3];
    begin_open(steps, piece, one_by_one);
    enum status status = target->type->append(session, "Sent", three, 3, results, &error);
    if (status != outcome->status)
        print_message("%s: %s\n", status_name(status), error.text);
    assert_int_equal(status, outcome->status);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(results[i].status, outcome->results[i].status);
        assert_int_equal(results[i].uid_validity, outcome->results[i].validity);
        assert_int_equal(results[i].uid, outcome->results[i].uid);
    }
    /* What failed once never works again: an answer may still be on its way. */
    if (status != STATUS_OK)
        assert_int_equal(target->type->append(session, "Sent", three, 3, results, NULL),
                         STATUS_NETWORK);
    finish(heard);
}

static void a_batch_leaves_at_once_and_each_answer_finds_its_message(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        PLUS,
        {"dr\nei\r\r\n",
         "* 1 EXISTS\r\n3 OK [APPENDUID 17 101] done\r\n* OK [HIGHESTMODSEQ 5] x\r\n"
         "5 OK [APPENDUID 17 103] done\r\n4 OK done\r\n",
         0},
        LOGOUT,
        {0}};
    for (size_t piece = 0; piece < 5; piece++) {
        struct buffer heard = {0};
        append_is(steps, piece, false,
                  &(struct outcome){.results = {{STATUS_OK, 17, 101}, {0}, {STATUS_OK, 17, 103}}},
                  &heard);
        assert_non_null(
            strstr(buffer_text(&heard),
                   "3 APPEND \"Sent\" (\\Seen) \"07-Aug-2025 06:00:00 +0000\" {6+}\r\neins\r\n\r\n"
                   "4 APPEND \"Sent\" (Rot Blau) \"01-Jan-1970 00:00:00 +0000\" {4+}\r\nzwei\r\n"
                   "5 APPEND \"Sent\" (\\Deleted \\Draft) \"01-Jan-1970 00:00:00 +0000\" {6+}\r\n"
                   "dr\nei\r\r\n"));
        buffer_release(&heard);
    }
}

static void each_refusal_is_its_messages_own(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        enum status status;
    } cases[] = {
        {"[OVERQUOTA] Quota exceeded", STATUS_QUOTA},
        {"Quota exceeded (mailbox for user is full)", STATUS_QUOTA},
        {"[TRYCREATE] Mailbox doesn't exist", STATUS_NOT_FOUND},
        {"[UNAVAILABLE] later", STATUS_BUSY},
        {"[INUSE] Timeout while waiting for lock", STATUS_BUSY},
        {"[SERVERBUG] Internal error occurred.", STATUS_BUSY},
        {"[TOOBIG] too big", STATUS_UNMOVABLE},
        {"[LIMIT] too big", STATUS_UNMOVABLE},
        {"[NOPERM] no", STATUS_DENIED},
        {"[NEVERHEARD of] no", STATUS_UNMOVABLE},
        {"no", STATUS_UNMOVABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char answer[200];
        snprintf(answer, sizeof answer, "3 OK x\r\n4 NO %s\r\n5 OK x\r\n", cases[i].answer);
        const struct scripted_step steps[] = {PLUS, {"dr\nei\r\r\n", answer, 0}, LOGOUT, {0}};
        append_is(steps, 0, false,
                  &(struct outcome){.results = {{0}, {cases[i].status, 0, 0}, {0}}}, NULL);
    }
}

static void what_is_not_answered_is_ambiguous_and_nothing_else(void **state) {
    (void)state;
    static const struct {
        struct scripted_step step;
        struct outcome outcome;
    } cases[] = {
        {{"dr\nei\r\r\n", "3 OK [APPENDUID 1 2] x\r\n", SCRIPTED_HANG_UP},
         {STATUS_NETWORK, {{STATUS_OK, 1, 2}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "4 NO [OVERQUOTA] x\r\n* BYE shutting down\r\n", SCRIPTED_HANG_UP},
         {STATUS_NETWORK,
          {{STATUS_AMBIGUOUS, 0, 0}, {STATUS_QUOTA, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "3 OK x\r\n4 OK x\r\n5 O", SCRIPTED_SILENT},
         {STATUS_TIMEOUT, {{0}, {0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "3 OK x\r\n6 OK x\r\n", 0},
         {STATUS_PROTOCOL, {{0}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "3 OK x\r\n3 OK x\r\n", 0},
         {STATUS_PROTOCOL, {{0}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "2 OK x\r\n", 0},
         {STATUS_PROTOCOL,
          {{STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "3 BAD what is that\r\n", 0},
         {STATUS_PROTOCOL,
          {{STATUS_PROTOCOL, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "3 OK x\r\n+ more please\r\n", 0},
         {STATUS_PROTOCOL, {{0}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
        {{"dr\nei\r\r\n", "3 OK x\r\nhello\r\n", 0},
         {STATUS_PROTOCOL, {{0}, {STATUS_AMBIGUOUS, 0, 0}, {STATUS_AMBIGUOUS, 0, 0}}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 0; piece < 2; piece++) {
            const struct scripted_step steps[] = {PLUS, cases[i].step, {0}};
            append_is(steps, piece, false, &cases[i].outcome, NULL);
        }
}

static void what_never_left_completely_is_known_not_to_be_there(void **state) {
    (void)state;
    /* Larger than the system's buffers, and the server stops reading. */
    enum { LARGE = 32 << 20 };
    char *large = malloc(LARGE);
    memset(large, 'x', LARGE);
    struct target_message messages[] = {three[0], three[0], three[0]};
    messages[1].bytes = str_bytes(large, LARGE);
    static const struct scripted_step steps[] = {
        PLUS, {"eins\r\n\r\n", "3 OK [APPENDUID 1 7] x\r\n", SCRIPTED_HANG_UP}, {0}};
    struct target_result results[3];
    begin_open(steps, 0, false);
    assert_int_equal(target->type->append(session, "Sent", messages, 3, results, &error),
                     STATUS_NETWORK);
    assert_int_equal(results[1].status, STATUS_NETWORK);
    assert_int_equal(results[2].status, STATUS_NETWORK);
    finish(NULL);
    free(large);
}

static void one_by_one_waits_for_each_literal(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        PLUS,
        {"{6}\r\n", "* 5 EXISTS\r\n* OK still here\r\n+ go\r\n", 0},
        {"eins\r\n\r\n", "3 OK [APPENDUID 9 1] x\r\n", 0},
        {"{4}\r\n", "4 NO [TRYCREATE] x\r\n", 0},
        {"{6}\r\n", "+ go\r\n", 0},
        {"dr\nei\r\r\n", "5 OK [APPENDUID 9 2] x\r\n", 0},
        LOGOUT,
        {0}};
    static const struct outcome outcome = {
        .results = {{STATUS_OK, 9, 1}, {STATUS_NOT_FOUND, 0, 0}, {STATUS_OK, 9, 2}}};
    for (size_t piece = 0; piece < 2; piece++)
        append_is(steps, piece, true, &outcome, NULL);
    struct scripted_step plain[sizeof steps / sizeof steps[0]];
    memcpy(plain, steps, sizeof steps);
    plain[2] = (struct scripted_step)CAN("UIDPLUS LITERAL-");
    append_is(plain, 0, false, &outcome, NULL);
}

static void one_by_one_knows_what_was_sent(void **state) {
    (void)state;
    static const struct scripted_step asked[] = {
        PLAIN, {"{6}\r\n", "+ go\r\n", 0}, {"eins\r\n\r\n", NULL, SCRIPTED_HANG_UP}, {0}};
    append_is(asked, 0, false,
              &(struct outcome){
                  STATUS_NETWORK,
                  {{STATUS_AMBIGUOUS, 0, 0}, {STATUS_NETWORK, 0, 0}, {STATUS_NETWORK, 0, 0}}},
              NULL);
    static const struct scripted_step never[] = {PLAIN, {"{6}\r\n", NULL, SCRIPTED_HANG_UP}, {0}};
    append_is(
        never, 0, false,
        &(struct outcome){STATUS_NETWORK,
                          {{STATUS_NETWORK, 0, 0}, {STATUS_NETWORK, 0, 0}, {STATUS_NETWORK, 0, 0}}},
        NULL);
}

static void a_message_that_imap_cannot_carry_is_not_sent(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        PLUS, {"3 APPEND \"Sent\" () ", NULL, 0}, {"gut\r\n", "3 OK x\r\n", 0}, LOGOUT, {0}};
    const struct target_message messages[] = {
        {.bytes = {"", 0}, .keywords = ""},
        {.bytes = {"a\0b", 3}, .keywords = ""},
        {.bytes = {"x", 1}, .keywords = "Rot  Blau"},
        {.bytes = {"x", 1}, .keywords = "Rot)\r\n9 DELETE INBOX"},
        {.bytes = {"x", 1}, .keywords = "\\Seen"},
        {.bytes = {"x", 1}, .received = 10000 * 366 * DAY, .keywords = ""},
        {.bytes = {"gut", 3}, .keywords = ""},
    };
    struct target_result results[7];
    begin_open(steps, 0, false);
    assert_int_equal(target->type->append(session, "Sent", messages, 7, results, &error),
                     STATUS_OK);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(results[i].status, STATUS_UNMOVABLE);
    assert_int_equal(results[6].status, STATUS_OK);
    assert_int_equal(target->type->append(session, "a\r\nb", messages, 1, results, &error),
                     STATUS_INVALID);
    finish(NULL);
}

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
        target->type->folder(session, found->levels, count, found->role, &name, &error);
    if (status != found->status)
        print_message("%s: %s %s\n", found->name, status_name(status), error.text);
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
    begin_open(steps, 0, false);
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
        find_is(&found[i]);
    finish(NULL);
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
    begin_open(steps, 1, false);
    assert_int_equal(target->type->folders(session, note_folder, &seen, &error), STATUS_OK);
    assert_string_equal(buffer_text(&seen), "INBOX a/b q\"t ");
    finish(NULL);
    buffer_release(&seen);
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
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {PLUS, {"STATUS", cases[i].answer, 0}, {0}};
        struct target_folder_state folder;
        begin_open(steps, 0, false);
        assert_int_equal(target->type->state(session, "Sent", &folder, &error), cases[i].status);
        if (cases[i].status == STATUS_OK)
            assert_true(folder.messages == 3 && folder.uid_next == 44 &&
                        folder.uid_validity == 1754546400);
        finish(NULL);
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
        begin_open(steps, piece, false);
        assert_int_equal(
            target->type->survey(session, "Sent", 5, 0, true, note_seen, &seen, &error), STATUS_OK);
        assert_string_equal(buffer_text(&seen), wanted);
        finish(NULL);
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
        begin_open(steps, 0, false);
        assert_int_equal(
            target->type->survey(session, "Sent", 1, 9, false, note_seen, &seen, &error),
            cases[i].status);
        finish(NULL);
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
        begin_open(steps, 0, false);
        enum status status =
            target->type->survey(session, "Sent", 1, 0, true, note_seen, &seen, &error);
        if (status != cases[i].status)
            print_message("case %zu: %s %s\n", i, status_name(status), error.text);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(target->type->state(session, "Sent", &folder, &error), STATUS_NETWORK);
        finish(NULL);
        buffer_release(&seen);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_that_cannot_open_says_why),
        cmocka_unit_test(the_master_logs_in_for_the_mailbox),
        cmocka_unit_test(the_key_is_what_the_server_says_of_inbox),
        cmocka_unit_test(a_batch_leaves_at_once_and_each_answer_finds_its_message),
        cmocka_unit_test(each_refusal_is_its_messages_own),
        cmocka_unit_test(what_is_not_answered_is_ambiguous_and_nothing_else),
        cmocka_unit_test(what_never_left_completely_is_known_not_to_be_there),
        cmocka_unit_test(one_by_one_waits_for_each_literal),
        cmocka_unit_test(one_by_one_knows_what_was_sent),
        cmocka_unit_test(a_message_that_imap_cannot_carry_is_not_sent),
        cmocka_unit_test(folders_are_found_by_role_or_path_else_made),
        cmocka_unit_test(only_own_folders_with_room_for_mail_are_told),
        cmocka_unit_test(a_folder_state_is_whole_or_an_error),
        cmocka_unit_test(a_survey_sees_flags_dates_and_digests),
        cmocka_unit_test(an_empty_or_missing_folder_is_not_fetched),
        cmocka_unit_test(a_survey_that_breaks_off_ends_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
