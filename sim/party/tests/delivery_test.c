/*
 * The two doors through which mail comes to rest: LMTP into Open-Xchange's store, SMTP into
 * Exchange. Dialogues whole, and what lies there afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../mail_trace.h"
#include "doors.h"

/* All that a session answers to `said`, behind its greeting and its answer to hello. */
static void say(struct session *session, const char *said, struct buffer *out) {
    buffer_clear(out);
    session->type->feed(session, said, strlen(said), out);
    session->type->close(session);
    const char *envelope = strstr(buffer_text(out), "8BITMIME\r\n");
    assert_non_null(envelope);
    buffer_consume(out, (size_t)(envelope - out->data) + 10);
}

static struct store_folder *inbox_of(struct doors *doors, uint32_t mailbox) {
    return store_folder_by_role(store_mailbox(doors->store, mailbox), FOLDER_INBOX);
}

#define LETTER_TO(recipients)                                                                      \
    "MAIL FROM:<s@b.test>\r\n" recipients "DATA\r\nSubject: x\r\n\r\n..\r\n.\r\n"

static void lmtp_answers_each_recipient_by_himself(void **state) {
    (void)state;
    struct doors doors;
    doors_open(&doors);
    struct buffer out = {0};
    say(lmtp_server_session(doors.lmtp, 1),
        "LHLO gateway\r\n" LETTER_TO("RCPT TO:<a@x>\r\nRCPT TO:<nobody@x>\r\n"
                                     "RCPT TO:<full@x>\r\nRCPT TO:<ga@x>\r\n"
                                     "RCPT TO:<b@x>\r\n"),
        &out);
    static const char *const lines[] = {
        "250 2.1.0 Ok",
        "250 2.1.5 OK",
        "550 5.1.1 <nobody@x> User doesn't exist: nobody@x",
        "250 2.1.5 OK",
        "550 5.1.1 <ga@x> User doesn't exist: ga@x",
        "250 2.1.5 OK",
        "354 End data with <CR><LF>.<CR><LF>",
        "250 2.0.0 <a@x> ",
        "452 4.2.2 <full@x> Quota exceeded (mailbox for user is full)",
        "250 2.0.0 <b@x> ",
    };
    struct str rest = buffer_str(&out);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_true(str_starts_with(str_trim(str_cut(&rest, '\n')), lines[i]));
    assert_int_equal(rest.length, 0);
    assert_int_equal(store_item_count(inbox_of(&doors, 1)), 1);
    assert_int_equal(store_item_count(inbox_of(&doors, 2)), 1);
    assert_int_equal(store_item_count(inbox_of(&doors, 3)), 0);

    struct lmtp_server *lmtp = lmtp_server_new(&(struct lmtp_options){
        .host = "ox.test",
        .store = doors.store,
        .clock = &doors.clock,
        .mailbox_of = doors_mailbox_of,
        .full_is_for_ever = true,
    });
    say(lmtp_server_session(lmtp, 1), "LHLO c\r\n" LETTER_TO("RCPT TO:<full@x>\r\n"), &out);
    assert_non_null(strstr(buffer_text(&out), "\r\n552 5.2.2 <full@x>"));
    lmtp_server_close(&lmtp);
    buffer_release(&out);
    doors_close(&doors);
}

static bool count_bases(void *of, const struct history_content *content) {
    *(int *)of += content->base != 0;
    return true;
}

static void what_lmtp_puts_before_a_message_is_recorded_as_a_prefix(void **state) {
    (void)state;
    struct doors doors;
    doors_open(&doors);
    struct buffer out = {0}, bytes = {0};
    uint32_t letter = contents_learn(doors.contents, STR("Subject: x\r\n\r\n.\r\n"));
    say(lmtp_server_session(doors.lmtp, 1),
        "LHLO gateway\r\n" LETTER_TO("RCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"), &out);
    const struct store_item *item = store_item_at(inbox_of(&doors, 1), 0);
    assert_int_not_equal(item->content, letter);
    assert_int_not_equal(item->content, store_item_at(inbox_of(&doors, 2), 0)->content);
    assert_int_equal(item->received, doors.clock.now);
    contents_render(doors.contents, item->content, &bytes);
    char *id = strstr(bytes.data, " id "); /* any number will do */
    assert_non_null(id);
    memset(id + 4, 'x', 16);
    assert_string_equal(bytes.data, "Return-Path: <s@b.test>\r\nDelivered-To: a@x\r\n"
                                    "Received: from gateway\r\n\tby ox.test with LMTP id "
                                    "xxxxxxxxxxxxxxxx\r\n\tfor <a@x>;\r\n"
                                    "\tThu, 07 Aug 2025 08:00:00 +0200\r\n"
                                    "Subject: x\r\n\r\n.\r\n");
    int bases = 0;
    assert_int_equal(history_each_content(doors.history, count_bases, &bases, NULL), STATUS_OK);
    assert_int_equal(bases, 2);
    buffer_release(&out);
    buffer_release(&bytes);
    doors_close(&doors);
}

/* ---- Exchange ---- */

struct exchange_of_one { /* its door is ours, what lies behind it the test's */
    struct doors doors;
    struct buffer delivered;
    enum status answer;
};

static enum status keep_letter(void *of, const struct exchange_smtp_letter *letter) {
    struct exchange_of_one *house = of;
    buffer_printf(&house->delivered, "%.*s to", STR_ARG(letter->sender));
    for (size_t i = 0; i < letter->mailbox_count; i++)
        buffer_printf(&house->delivered, " %u", letter->mailboxes[i]);
    buffer_append_text(&house->delivered, ": ");
    contents_render(house->doors.contents, letter->content, &house->delivered);
    return house->answer;
}

static void exchange_gets_a_letter_once_for_each_mailbox(void **state) {
    (void)state;
    static const struct {
        enum status status;
        const char *answer;
    } cases[] = {
        {STATUS_OK, "250 2.6.0 "},
        {STATUS_QUOTA, "452 4.2.2 "},
        {STATUS_BUSY, "451 4.3.2 "},
        {STATUS_NOT_FOUND, "550 5.1.10 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct exchange_of_one house = {.answer = cases[i].status};
        doors_open(&house.doors);
        struct exchange_smtp *door = exchange_smtp_new(&(struct exchange_smtp_options){
            .host = "exchange.test",
            .clock = &house.doors.clock,
            .contents = house.doors.contents,
            .of = &house,
            .accepts = doors_mailbox_of,
            .deliver = keep_letter,
        });
        struct buffer out = {0};
        say(exchange_smtp_session(door, 1),
            "EHLO gw\r\n" LETTER_TO("RCPT TO:<b@x>\r\nRCPT TO:<a@x>\r\n"
                                    "RCPT TO:<nobody@x>\r\nRCPT TO:<alias@x>\r\n"),
            &out);
        assert_non_null(strstr(buffer_text(&out), "\r\n550 5.1.10 "));
        const char *last = strstr(buffer_text(&out), "\r\n354 ");
        assert_non_null(last);
        assert_memory_equal(strstr(last + 2, "\r\n") + 2, cases[i].answer, strlen(cases[i].answer));
        assert_string_equal(buffer_text(&house.delivered),
                            "s@b.test to 2 1: Received: from gw\r\n\tby exchange.test with "
                            "Microsoft SMTP Server id 0000000000000001;\r\n"
                            "\tThu, 07 Aug 2025 08:00:00 +0200\r\nSubject: x\r\n\r\n.\r\n");
        exchange_smtp_close(&door);
        buffer_release(&out);
        buffer_release(&house.delivered);
        doors_close(&house.doors);
    }
}

static void dates_are_germanys_on_both_sides_of_the_clock_change(void **state) {
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {1754546400, "Thu, 07 Aug 2025 08:00:00 +0200"},
        {1761440399, "Sun, 26 Oct 2025 02:59:59 +0200"},
        {1761440400, "Sun, 26 Oct 2025 02:00:00 +0100"},
        {1767221999, "Wed, 31 Dec 2025 23:59:59 +0100"},
    };
    struct buffer out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_clear(&out);
        mail_date_append(&out, cases[i].seconds * SECOND);
        assert_string_equal(buffer_text(&out), cases[i].text);
    }
    buffer_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lmtp_answers_each_recipient_by_himself),
        cmocka_unit_test(what_lmtp_puts_before_a_message_is_recorded_as_a_prefix),
        cmocka_unit_test(exchange_gets_a_letter_once_for_each_mailbox),
        cmocka_unit_test(dates_are_germanys_on_both_sides_of_the_clock_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
