/*
 * SMTP and LMTP as dialogues: what is fed and what comes back, at once and byte by byte, from
 * buffers of exact size so that a tool sees each byte read too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../smtp.h"
#include "../smtp_path.h"

struct inbox { /* a receiver that writes down what it was given */
    struct buffer seen;
    unsigned refuse_code;
};

static void inbox_recipient(void *of, struct str address, struct smtp_answer *answer_r) {
    (void)of;
    if (str_starts_with(address, "nobody@"))
        smtp_answer_set(answer_r, 550, "5.1.1 <%.*s> unknown", STR_ARG(address));
    else
        smtp_answer_set(answer_r, 250, "2.1.5 Ok");
}

static void inbox_message(void *of, const struct smtp_message *message,
                          struct smtp_answer *answers_r) {
    struct inbox *inbox = of;
    buffer_printf(&inbox->seen, "[%.*s]", STR_ARG(message->sender));
    for (size_t i = 0; i < message->recipient_count; i++)
        buffer_printf(&inbox->seen, "(%.*s)", STR_ARG(message->recipients[i]));
    buffer_append_str(&inbox->seen, message->bytes);
    buffer_append_byte(&inbox->seen, '|');
    smtp_answer_set(&answers_r[0], 250, "2.0.0 Ok: queued");
    if (inbox->refuse_code != 0) /* LMTP: the last recipient is not served */
        smtp_answer_set(&answers_r[message->recipient_count - 1], inbox->refuse_code,
                        "4.2.2 <%.*s> full", STR_ARG(message->recipients[0]));
}

struct dialogue {
    const char *name;
    enum smtp_mode mode;
    unsigned refuse_code;
    const char *said, *answered, *seen;
    bool closed;
};

#define SMTP_GREETING "220 mx.test ESMTP\r\n"
#define SMTP_HELLO    "250 mx.test\r\n"

static const struct dialogue dialogues[] = {
    {"a letter", SMTP_MODE_SMTP, 0,
     "EHLO client.test\r\nMAIL FROM:<a@x.test> SIZE=5 BODY=8BITMIME\r\nRCPT TO:<b@y.test>\r\n"
     "RCPT TO:<nobody@y.test>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n",
     SMTP_GREETING
     "250-mx.test\r\n250-PIPELINING\r\n250-SIZE 2000\r\n250-ENHANCEDSTATUSCODES\r\n"
     "250 8BITMIME\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n550 5.1.1 <nobody@y.test> unknown\r\n"
     "354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued\r\n221 2.0.0 Bye\r\n",
     "[a@x.test](b@y.test)hello\r\n|", true},
    {"dots are unstuffed, bare line ends end nothing", SMTP_MODE_SMTP, 0,
     "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@y>\r\nDATA\r\n..a\r\n.b\r\n.\rc\r\nd\n.\ne\r.\rf\r\n"
     "..\r\n\r\r\n\n.\r\ng\r\n.\r\n",
     SMTP_GREETING SMTP_HELLO "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
                              "354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued\r\n",
     "[](b@y).a\r\nb\r\n\rc\r\nd\n.\ne\r.\rf\r\n.\r\n\r\r\n\n.\r\ng\r\n|", false},
    {"an empty message", SMTP_MODE_SMTP, 0,
     "HELO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<postmaster>\r\nDATA\r\n.\r\nNOOP\r\n",
     SMTP_GREETING SMTP_HELLO
     "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
     "354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued\r\n250 2.0.0 Ok\r\n",
     "[a@x](postmaster)|", false},
    {"wrong order and wrong words", SMTP_MODE_SMTP, 0,
     "MAIL FROM:<a@x>\r\nEHLO\r\nLHLO c\r\nHELO c\r\nRCPT TO:<b@y>\r\nDATA\r\n"
     "MAIL FROM:<a@x>\r\nMAIL FROM:<a@x>\r\nDATA\r\nRSET\r\nDATA now\r\nVRFY b\r\nVRFY\r\n",
     SMTP_GREETING
     "503 5.5.1 Say hello first\r\n501 5.5.4 A host name is missing\r\n500 5.5.2 Unknown "
     "command\r\n" SMTP_HELLO "503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n250 2.1.0 Ok\r\n"
     "503 5.5.1 Nested MAIL command\r\n503 5.5.1 No valid recipients\r\n250 2.0.0 Ok\r\n"
     "501 5.5.4 DATA takes no argument\r\n252 2.5.0 Try it and see\r\n"
     "501 5.5.4 An address is missing\r\n",
     "", false},
    {"a message announced too big", SMTP_MODE_SMTP, 0,
     "HELO c\r\nMAIL FROM:<a@x> SIZE=2001\r\nMAIL FROM:<a@x> SIZE=2000\r\nRSET\r\n"
     "MAIL FROM:<a@x> SIZE=-1\r\nMAIL FROM:<a@x> RET=FULL\r\n",
     SMTP_GREETING SMTP_HELLO
     "552 5.3.4 Message size exceeds fixed limit\r\n250 2.1.0 Ok\r\n250 2.0.0 Ok\r\n"
     "555 5.5.4 Unsupported option\r\n555 5.5.4 Unsupported option\r\n",
     "", false},
    {"LMTP answers for each recipient", SMTP_MODE_LMTP, 452,
     "LHLO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<nobody@y>\r\nRCPT TO:<c@y>\r\n"
     "DATA\r\nhi\r\n.\r\nHELO c\r\n",
     "220 mx.test Dovecot ready.\r\n250-mx.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n"
     "250 8BITMIME\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n550 5.1.1 <nobody@y> unknown\r\n"
     "250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued\r\n"
     "452 4.2.2 <b@y> full\r\n500 5.5.2 Unknown command\r\n",
     "[a@x](b@y)(c@y)hi\r\n|", false},
    {"two letters in one session share nothing", SMTP_MODE_SMTP, 0,
     "HELO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n1\r\n.\r\nRCPT TO:<c@y>\r\n"
     "MAIL FROM:<d@x>\r\nRCPT TO:<e@y>\r\nDATA\r\n2\r\n.\r\n",
     SMTP_GREETING SMTP_HELLO
     "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n"
     "250 2.0.0 Ok: queued\r\n503 5.5.1 MAIL first\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n"
     "354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued\r\n",
     "[a@x](b@y)1\r\n|[d@x](e@y)2\r\n|", false},
};

struct outcome {
    struct inbox inbox;
    struct buffer out;
    enum session_next next;
};

static struct session *session_of(const struct dialogue *dialogue, struct inbox *inbox) {
    inbox->refuse_code = dialogue->refuse_code;
    return smtp_session_new(&(struct smtp_options){
        .mode = dialogue->mode,
        .host = "mx.test",
        .receiver = {inbox, inbox_recipient, inbox_message},
        .message_bytes_max = 2000,
    });
}

/* Feeds `length` bytes in pieces of `step`, each from a buffer that ends where the piece does. */
static void play(const struct dialogue *dialogue, const char *said, size_t length, size_t step,
                 struct outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    struct session *session = session_of(dialogue, &outcome->inbox);
    outcome->next = session->type->poll(session, &outcome->out);
    for (size_t at = 0; at < length && outcome->next == SESSION_READ; at += step) {
        size_t piece = length - at < step ? length - at : step;
        char *bytes = malloc(piece);
        assert_non_null(bytes);
        memcpy(bytes, said + at, piece);
        outcome->next = session->type->feed(session, bytes, piece, &outcome->out);
        free(bytes);
    }
    session->type->close(session);
}

static void outcome_release(struct outcome *outcome) {
    buffer_release(&outcome->out);
    buffer_release(&outcome->inbox.seen);
}

static void dialogues_are_the_same_in_pieces_of_any_size(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof dialogues / sizeof dialogues[0]; i++) {
        const struct dialogue *dialogue = &dialogues[i];
        for (size_t step = 1; step < 400; step = step * 2 + 1) {
            struct outcome outcome;
            play(dialogue, dialogue->said, strlen(dialogue->said), step, &outcome);
            assert_string_equal(buffer_text(&outcome.out), dialogue->answered);
            assert_string_equal(buffer_text(&outcome.inbox.seen), dialogue->seen);
            assert_int_equal(outcome.next, dialogue->closed ? SESSION_CLOSE : SESSION_READ);
            outcome_release(&outcome);
        }
    }
}

static void a_message_over_the_limit_is_refused_and_the_session_goes_on(void **state) {
    (void)state;
    struct buffer said = {0};
    buffer_append_text(&said, "HELO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n");
    for (int i = 0; i < 201; i++)
        buffer_append_text(&said, "12345678\r\n");
    buffer_append_text(&said, ".\r\nNOOP\r\n");
    for (size_t step = 1; step < 4000; step = step * 7 + 1) {
        struct outcome outcome;
        play(&dialogues[0], said.data, said.length, step, &outcome);
        assert_non_null(strstr(buffer_text(&outcome.out), "552 5.3.4"));
        assert_string_equal(buffer_text(&outcome.out) + outcome.out.length - 14,
                            "250 2.0.0 Ok\r\n");
        assert_int_equal(outcome.inbox.seen.length, 0);
        outcome_release(&outcome);
    }
    buffer_release(&said);
}

static void a_line_without_end_costs_no_memory_and_is_refused(void **state) {
    (void)state;
    struct buffer said = {0};
    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&said, 'A');
    buffer_append_text(&said, "\r\nNOOP\r\n");
    struct outcome outcome;
    play(&dialogues[0], said.data, said.length, 1000, &outcome);
    assert_string_equal(buffer_text(&outcome.out),
                        SMTP_GREETING "500 5.5.2 Line too long\r\n250 2.0.0 Ok\r\n");
    outcome_release(&outcome);
    buffer_release(&said);
}

static void the_twentieth_mistake_ends_the_session(void **state) {
    (void)state;
    struct buffer said = {0};
    for (int i = 0; i < 30; i++)
        buffer_append_text(&said, "HELP\r\n");
    struct outcome outcome;
    play(&dialogues[0], said.data, said.length, said.length, &outcome);
    assert_int_equal(outcome.next, SESSION_CLOSE);
    size_t refused = 0;
    for (const char *at = buffer_text(&outcome.out); (at = strstr(at, "500 ")) != NULL; at++)
        refused++;
    assert_int_equal(refused, SMTP_MISTAKES_MAX);
    assert_non_null(strstr(buffer_text(&outcome.out), "421 4.7.0"));
    outcome_release(&outcome);
    buffer_release(&said);
}

static void the_recipient_after_the_last_is_put_off(void **state) {
    (void)state;
    struct buffer said = {0};
    buffer_append_text(&said, "HELO c\r\nMAIL FROM:<a@x>\r\n");
    for (int i = 0; i <= SMTP_RECIPIENTS_MAX; i++)
        buffer_printf(&said, "RCPT TO:<r%d@y>\r\n", i);
    struct outcome outcome;
    play(&dialogues[0], said.data, said.length, said.length, &outcome);
    assert_string_equal(buffer_text(&outcome.out) + outcome.out.length - 31,
                        "452 4.5.3 Too many recipients\r\n");
    outcome_release(&outcome);
    buffer_release(&said);
}

static void hostile_bytes_are_answered_or_refused_but_never_obeyed(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define CASE(literal) {literal, sizeof(literal) - 1}
        CASE("\0\0\0\0\r\n\0\r\n"),
        CASE("HELO c\r\nMAIL FROM:<a\0b@x>\r\nRCPT TO:<b@y>\r\n"),
        CASE("HELO c\r\nMAIL FROM:<\xff\xfe@x>\r\nMAIL FROM:<a@\xc3\xa4>\r\n"),
        CASE("HELO c\r\nMAIL FROM:<\"a\r\nRCPT TO:<x@y>\r\n"),
        CASE("HELO \x01\x02\r\nMAIL FROM:<@,@:@>\r\nMAIL FROM:<@x:>\r\nMAIL FROM:\r\n"),
        CASE("HELO c\r\nMAIL FROM:<a@x>garbage\r\nMAIL FROM:<a@x> =\r\nMAIL FROM:<a@b@c>\r\n"),
        CASE("\r\n\r\n\n\n\r\r\r\n"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t step = 1; step < 100; step = step * 5 + 2) {
            struct outcome outcome;
            play(&dialogues[0], cases[i].bytes, cases[i].length, step, &outcome);
            assert_int_equal(outcome.inbox.seen.length, 0);
            assert_null(strstr(buffer_text(&outcome.out), "250 2.1.0"));
            outcome_release(&outcome);
        }
}

static void paths_are_read_as_the_rfc_writes_them(void **state) {
    (void)state;
    static const struct {
        const char *text, *address; /* NULL: refused */
    } cases[] = {
        {"<a@x.test>", "a@x.test"},
        {"  <a@x.test>  SIZE=1 ", "a@x.test"},
        {"<\"a b>\\\"\"@x>", "\"a b>\\\"\"@x"},
        {"<@relay.test,@other.test:a@x.test>", "a@x.test"},
        {"<a@[127.0.0.1]>", "a@[127.0.0.1]"},
        {"<a@[IPv6:::1]>", "a@[IPv6:::1]"},
        {"<>", ""},
        {"<Postmaster>", "Postmaster"},
        {"<a>", NULL},
        {"a@x.test", NULL},
        {"<a@x.test", NULL},
        {"<a@>", NULL},
        {"<@x>", NULL},
        {"<a b@x>", NULL},
        {"<\"a@x>", NULL},
        {"<a@[]>", NULL},
        {"<a@x>SIZE=1", NULL},
        {"<", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct smtp_path path;
        size_t length = strlen(cases[i].text);
        char *text = malloc(length + (length == 0));
        assert_non_null(text);
        memcpy(text, cases[i].text, length);
        bool read = smtp_path_read(str_bytes(text, length), true, &path);
        assert_int_equal(read, cases[i].address != NULL);
        if (read)
            assert_true(str_equal_text(path.address, cases[i].address));
        free(text);
    }
    struct smtp_path path;
    assert_false(smtp_path_read(STR("<>"), false, &path));
    assert_true(str_equal_text(smtp_path_domain(STR("\"a@b\"@c")), "c"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialogues_are_the_same_in_pieces_of_any_size),
        cmocka_unit_test(a_message_over_the_limit_is_refused_and_the_session_goes_on),
        cmocka_unit_test(a_line_without_end_costs_no_memory_and_is_refused),
        cmocka_unit_test(the_twentieth_mistake_ends_the_session),
        cmocka_unit_test(the_recipient_after_the_last_is_put_off),
        cmocka_unit_test(hostile_bytes_are_answered_or_refused_but_never_obeyed),
        cmocka_unit_test(paths_are_read_as_the_rfc_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
