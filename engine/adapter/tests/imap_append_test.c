/* APPEND: what is known of each message, whatever the server says or does not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imap_script.h"

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
    imap_begin_open(steps, piece, one_by_one);
    enum status status = target->type->append(imap_session, "Sent", three, 3, results, &imap_error);
    if (status != outcome->status)
        print_message("%s: %s\n", status_name(status), imap_error.text);
    assert_int_equal(status, outcome->status);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(results[i].status, outcome->results[i].status);
        assert_int_equal(results[i].uid_validity, outcome->results[i].validity);
        assert_int_equal(results[i].uid, outcome->results[i].uid);
    }
    /* What failed once never works again: an answer may still be on its way. */
    if (status != STATUS_OK)
        assert_int_equal(target->type->append(imap_session, "Sent", three, 3, results, NULL),
                         STATUS_NETWORK);
    imap_finish(heard);
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
    imap_begin_open(steps, 0, false);
    assert_int_equal(target->type->append(imap_session, "Sent", messages, 3, results, &imap_error),
                     STATUS_NETWORK);
    assert_int_equal(results[1].status, STATUS_NETWORK);
    assert_int_equal(results[2].status, STATUS_NETWORK);
    imap_finish(NULL);
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

static enum status lets_some_go(void *of) {
    int *left = of;
    return --*left >= 0 ? STATUS_OK : STATUS_CONFLICT;
}

/* Asked before each call that hands bytes over. What is on its way then is cut off in the middle,
 * and no answer is waited for: the server never says a word here. */
static void bytes_leave_only_while_they_may(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {
        PLAIN, {"{6}\r\n", "+ go\r\n", 0}, {"eins\r\n\r\n", "3 OK x\r\n", 0}, {"", NULL, 0}, {0}};
    static const enum status known[] = {STATUS_OK, STATUS_CONFLICT, STATUS_CONFLICT};
    struct target_result results[3];
    struct buffer heard = {0};
    int left = 2; /* a head and a body */
    imap_begin_open(steps, 0, false);
    target->type->guard(imap_session, lets_some_go, &left);
    assert_int_equal(target->type->append(imap_session, "Sent", three, 3, results, &imap_error),
                     STATUS_CONFLICT);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(results[i].status, known[i]);
    imap_finish(&heard);
    assert_null(strstr(buffer_text(&heard), "4 APPEND"));
    buffer_release(&heard);
}

static void a_whole_batch_is_kept_back(void **state) {
    (void)state;
    static const struct scripted_step steps[] = {PLUS, {"", NULL, 0}, {0}};
    struct target_result results[3];
    struct buffer heard = {0};
    int left = 0;
    imap_begin_open(steps, 0, false);
    target->type->guard(imap_session, lets_some_go, &left);
    assert_int_equal(target->type->append(imap_session, "Sent", three, 3, results, &imap_error),
                     STATUS_CONFLICT);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(results[i].status, STATUS_CONFLICT);
    imap_finish(&heard);
    assert_null(strstr(buffer_text(&heard), "APPEND"));
    buffer_release(&heard);
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
    imap_begin_open(steps, 0, false);
    assert_int_equal(target->type->append(imap_session, "Sent", messages, 7, results, &imap_error),
                     STATUS_OK);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(results[i].status, STATUS_UNMOVABLE);
    assert_int_equal(results[6].status, STATUS_OK);
    assert_int_equal(
        target->type->append(imap_session, "a\r\nb", messages, 1, results, &imap_error),
        STATUS_INVALID);
    imap_finish(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_leaves_at_once_and_each_answer_finds_its_message),
        cmocka_unit_test(each_refusal_is_its_messages_own),
        cmocka_unit_test(what_is_not_answered_is_ambiguous_and_nothing_else),
        cmocka_unit_test(what_never_left_completely_is_known_not_to_be_there),
        cmocka_unit_test(one_by_one_waits_for_each_literal),
        cmocka_unit_test(one_by_one_knows_what_was_sent),
        cmocka_unit_test(bytes_leave_only_while_they_may),
        cmocka_unit_test(a_whole_batch_is_kept_back),
        cmocka_unit_test(a_message_that_imap_cannot_carry_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
