/*
 * The client's half of a mail transfer: against scripted servers, and against the server's half, so
 * that any bytes put in at one end come out at the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../mail_dialogue.h"
#include "../smtp.h"

static const char *const recipients[] = {"b@y", "c@y", "d@y"};

struct script {
    enum mail_protocol protocol;
    const char *answers; /* of the server, in order */
    const char *said;    /* by the client */
    unsigned codes[3];
    enum mail_step step;
    bool in_doubt;
};

#define ENVELOPE "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nRCPT TO:<d@y>\r\n"
#define EHLO     "EHLO c\r\n"
#define LHLO     "LHLO c\r\n"

static const struct script scripts[] = {
    {MAIL_PROTOCOL_SMTP,
     "220 s\r\n250-s\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n"
     "250 queued\r\n221 bye\r\n",
     EHLO ENVELOPE "DATA\r\n..hi\r\n.\r\nQUIT\r\n",
     {250, 550, 250},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_SMTP,
     "220 s\r\n502 what\r\n250 s\r\n250 ok\r\n550 no\r\n551 no\r\n552 no\r\n221 bye\r\n",
     EHLO "HELO c\r\n" ENVELOPE "QUIT\r\n",
     {550, 551, 552},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_SMTP,
     "554 go away\r\n221\r\n",
     "QUIT\r\n",
     {554, 554, 554},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_SMTP,
     "220-a\r\n220 b\r\n250 s\r\n450 later\r\n221 bye\r\n",
     EHLO "MAIL FROM:<a@x>\r\nQUIT\r\n",
     {450, 450, 450},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_LMTP,
     "220 s\r\n250 s\r\n250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n250 one\r\n452 three\r\n"
     "221 bye\r\n",
     LHLO ENVELOPE "DATA\r\n..hi\r\n.\r\nQUIT\r\n",
     {250, 550, 452},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_LMTP, /* the answer for the third never comes */
     "220 s\r\n250 s\r\n250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n250 one\r\n",
     LHLO ENVELOPE "DATA\r\n..hi\r\n.\r\n",
     {250, 550, 0},
     MAIL_STEP_READ,
     true},
    {MAIL_PROTOCOL_SMTP, /* hangs up after RCPT */
     "220 s\r\n250 s\r\n250 ok\r\n250 ok\r\n250 ok\r\n421 closing\r\n",
     EHLO ENVELOPE,
     {421, 421, 421},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_SMTP,
     "220 s\r\n250 s\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n450 not now\r\n221 bye\r\n",
     EHLO ENVELOPE "DATA\r\nQUIT\r\n",
     {450, 450, 450},
     MAIL_STEP_DONE,
     false},
    {MAIL_PROTOCOL_SMTP, "HTTP/1.1 400 Bad Request\r\n", "", {0, 0, 0}, MAIL_STEP_BROKEN, false},
    {MAIL_PROTOCOL_SMTP, "99 x\r\n", "", {0, 0, 0}, MAIL_STEP_BROKEN, false},
    {MAIL_PROTOCOL_SMTP, "220x\r\n", "", {0, 0, 0}, MAIL_STEP_BROKEN, false},
    {MAIL_PROTOCOL_SMTP, "\r\n", "", {0, 0, 0}, MAIL_STEP_BROKEN, false},
};

static void answers_are_understood_in_pieces_of_any_size(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        for (size_t piece = 1; piece < 200; piece = piece * 3 + 1) {
            const struct script *script = &scripts[i];
            struct mail_dialogue *dialogue = mail_dialogue_new(
                &(struct mail_letter){script->protocol, "c", "a@x", recipients, 3, STR(".hi\r\n")});
            struct buffer said = {0};
            enum mail_step step = MAIL_STEP_READ;
            size_t length = strlen(script->answers);
            for (size_t at = 0; at < length && step == MAIL_STEP_READ; at += piece) {
                size_t count = length - at < piece ? length - at : piece;
                char *bytes = malloc(count);
                assert_non_null(bytes);
                memcpy(bytes, script->answers + at, count);
                step = mail_dialogue_feed(dialogue, str_bytes(bytes, count), &said);
                free(bytes);
            }
            assert_int_equal(step, script->step);
            assert_string_equal(buffer_text(&said), script->said);
            assert_int_equal(mail_dialogue_is_in_doubt(dialogue), script->in_doubt);
            for (size_t j = 0; j < 3; j++)
                assert_int_equal(mail_dialogue_reply(dialogue, j)->code, script->codes[j]);
            mail_dialogue_close(&dialogue);
            buffer_release(&said);
        }
}

static void a_line_or_a_reply_without_end_is_given_up(void **state) {
    (void)state;
    struct buffer endless = {0}, said = {0};
    for (int i = 0; i < MAIL_LINE_MAX + 1; i++)
        buffer_append_byte(&endless, '2');
    for (int round = 0; round < 2; round++) {
        struct mail_dialogue *dialogue = mail_dialogue_new(
            &(struct mail_letter){MAIL_PROTOCOL_SMTP, "c", "a@x", recipients, 1, STR("")});
        assert_int_equal(mail_dialogue_feed(dialogue, buffer_str(&endless), &said),
                         MAIL_STEP_BROKEN);
        mail_dialogue_close(&dialogue);
        buffer_clear(&endless);
        for (int i = 0; i <= MAIL_REPLY_LINES_MAX; i++)
            buffer_append_text(&endless, "220-more\r\n");
    }
    buffer_release(&endless);
    buffer_release(&said);
}

/* ---- Both halves together ---- */

static void any_recipient(void *of, struct str address, struct smtp_answer *answer_r) {
    (void)of, (void)address;
    smtp_answer_set(answer_r, 250, "2.1.5 Ok");
}

static void keep_message(void *of, const struct smtp_message *message,
                         struct smtp_answer *answers_r) {
    buffer_append_str(of, message->bytes);
    smtp_answer_set(&answers_r[0], 250, "2.0.0 Ok");
}

static void every_message_that_ends_a_line_arrives_as_it_was(void **state) {
    (void)state;
    static const char *const messages[] = {
        "",        "\r\n",          ".\r\n",           "..\r\n",          ".a\r\n.b\r\n...\r\n",
        "a\r\n",   "a\n.\nb\r\n",   "\r\n.\r\n",       "a\r.\r\n",        "\r\r\n",
        "x\r\n\n", "x\r\n\n.y\r\n", "\n.\n.\r\n.\r\n", "\r\n\r\n.\n\r\n",
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct str bytes = str_of(messages[i]);
        bool ends_line = bytes.length == 0 ||
                         (bytes.length > 1 && strcmp(bytes.data + bytes.length - 2, "\r\n") == 0);
        struct buffer kept = {0}, to_client = {0}, to_server = {0};
        struct session *session = smtp_session_new(
            &(struct smtp_options){.host = "s", .receiver = {&kept, any_recipient, keep_message}});
        struct mail_dialogue *dialogue = mail_dialogue_new(
            &(struct mail_letter){MAIL_PROTOCOL_SMTP, "c", "a@x", recipients, 1, bytes});
        session->type->poll(session, &to_client);
        enum mail_step step = MAIL_STEP_READ;
        for (int turn = 0; turn < 20 && step == MAIL_STEP_READ; turn++) {
            step = mail_dialogue_feed(dialogue, buffer_str(&to_client), &to_server);
            buffer_clear(&to_client);
            session->type->feed(session, to_server.data, to_server.length, &to_client);
            buffer_clear(&to_server);
        }
        assert_int_equal(step, MAIL_STEP_DONE);
        assert_int_equal(mail_dialogue_reply(dialogue, 0)->code, 250);
        if (!ends_line)
            kept.length -= 2;
        assert_int_equal(kept.length, bytes.length);
        assert_memory_equal(buffer_text(&kept), bytes.data, bytes.length);
        session->type->close(session);
        mail_dialogue_close(&dialogue);
        buffer_release(&kept);
        buffer_release(&to_client);
        buffer_release(&to_server);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_understood_in_pieces_of_any_size),
        cmocka_unit_test(a_line_or_a_reply_without_end_is_given_up),
        cmocka_unit_test(every_message_that_ends_a_line_arrives_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
