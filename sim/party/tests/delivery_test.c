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

#include "../exchange_smtp.h"
#include "../lmtp.h"
#include "../mail_trace.h"

struct house { /* three mailboxes: 1 and 2 have room, 3 is full */
    struct clock clock;
    struct history *history;
    struct contents *contents;
    struct store *store;
    struct buffer delivered;
    enum status answer; /* of Exchange */
};

static uint32_t house_mailbox_of(void *of, struct str address) {
    (void)of;
    static const char *const addresses[] = {"one@a.test", "two@a.test", "full@a.test",
                                            "gone@a.test"};
    for (uint32_t i = 0; i < 4; i++)
        if (str_equal_caseless(address, str_of(addresses[i])))
            return i + 1;
    return str_equal_text(address, "eins@a.test") ? 1 : 0;
}

static void house_open(struct house *house) {
    *house = (struct house){.clock = {1754546400 * SECOND}};
    assert_int_equal(history_create(NULL, &house->history, NULL), STATUS_OK);
    history_name(house->history, STR("gateway"));
    house->contents = contents_new(NULL, house->history);
    house->store = store_new(&(struct store_options){.system = SYSTEM_OPENXCHANGE,
                                                     .clock = &house->clock,
                                                     .contents = house->contents,
                                                     .history = house->history});
    for (uint32_t number = 1; number <= 3; number++) {
        struct store_folder *inbox;
        struct store_folder_spec spec = {
            .name = STR("INBOX"), .path = STR("INBOX"), .role = FOLDER_INBOX, .uid_validity = 1};
        history_mailbox_add(house->history, &(struct history_mailbox){
                                                .number = number,
                                                .address = "",
                                                .display_name = "",
                                                .kind = "personal",
                                                .organisation = "",
                                                .office = "",
                                                .database = "",
                                                .node = "",
                                            });
        assert_int_equal(store_folder_add(store_mailbox_add(house->store, number, number == 3), 1,
                                          &spec, &inbox),
                         STATUS_OK);
    }
}

static void house_close(struct house *house) {
    store_close(&house->store);
    contents_close(&house->contents);
    history_close(&house->history);
    buffer_release(&house->delivered);
}

/* All that a session answers to `said`, behind its greeting and its answer to hello. */
static void house_say(struct session *session, const char *said, struct buffer *out) {
    buffer_clear(out);
    session->type->feed(session, said, strlen(said), out);
    session->type->close(session);
    const char *envelope = strstr(buffer_text(out), "8BITMIME\r\n");
    assert_non_null(envelope);
    buffer_consume(out, (size_t)(envelope - out->data) + 10);
}

static struct store_folder *house_inbox(struct house *house, uint32_t mailbox) {
    return store_folder_by_role(store_mailbox(house->store, mailbox), FOLDER_INBOX);
}

static struct lmtp_server *house_lmtp(struct house *house, bool full_is_for_ever) {
    return lmtp_server_new(&(struct lmtp_options){
        .host = "ox.test",
        .store = house->store,
        .clock = &house->clock,
        .mailbox_of = house_mailbox_of,
        .full_is_for_ever = full_is_for_ever,
    });
}

#define LETTER_TO(recipients)                                                                      \
    "MAIL FROM:<s@b.test>\r\n" recipients "DATA\r\nSubject: x\r\n\r\n..\r\n.\r\n"

static void lmtp_answers_each_recipient_by_himself(void **state) {
    (void)state;
    struct house house;
    house_open(&house);
    struct lmtp_server *lmtp = house_lmtp(&house, false);
    struct buffer out = {0};
    house_say(lmtp_server_session(lmtp, 1),
              "LHLO gateway\r\n" LETTER_TO("RCPT TO:<one@a.test>\r\nRCPT TO:<nobody@a.test>\r\n"
                                           "RCPT TO:<full@a.test>\r\nRCPT TO:<gone@a.test>\r\n"
                                           "RCPT TO:<two@a.test>\r\n"),
              &out);
    static const char *const lines[] = {
        "250 2.1.0 Ok",
        "250 2.1.5 OK",
        "550 5.1.1 <nobody@a.test> User doesn't exist: nobody@a.test",
        "250 2.1.5 OK",
        "550 5.1.1 <gone@a.test> User doesn't exist: gone@a.test",
        "250 2.1.5 OK",
        "354 End data with <CR><LF>.<CR><LF>",
        "250 2.0.0 <one@a.test> ",
        "452 4.2.2 <full@a.test> Quota exceeded (mailbox for user is full)",
        "250 2.0.0 <two@a.test> ",
    };
    struct str rest = buffer_str(&out);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_true(str_starts_with(str_trim(str_cut(&rest, '\n')), lines[i]));
    assert_int_equal(rest.length, 0);
    assert_int_equal(store_item_count(house_inbox(&house, 1)), 1);
    assert_int_equal(store_item_count(house_inbox(&house, 2)), 1);
    assert_int_equal(store_item_count(house_inbox(&house, 3)), 0);
    lmtp_server_close(&lmtp);

    lmtp = house_lmtp(&house, true);
    house_say(lmtp_server_session(lmtp, 1), "LHLO c\r\n" LETTER_TO("RCPT TO:<full@a.test>\r\n"),
              &out);
    assert_non_null(strstr(buffer_text(&out), "\r\n552 5.2.2 <full@a.test>"));
    lmtp_server_close(&lmtp);
    buffer_release(&out);
    house_close(&house);
}

static bool count_bases(void *of, const struct history_content *content) {
    *(int *)of += content->base != 0;
    return true;
}

static void what_lmtp_puts_before_a_message_is_recorded_as_a_prefix(void **state) {
    (void)state;
    struct house house;
    house_open(&house);
    struct lmtp_server *lmtp = house_lmtp(&house, false);
    struct buffer out = {0}, bytes = {0};
    uint32_t letter = contents_learn(house.contents, STR("Subject: x\r\n\r\n.\r\n"));
    house_say(lmtp_server_session(lmtp, 1),
              "LHLO gateway\r\n" LETTER_TO("RCPT TO:<one@a.test>\r\nRCPT TO:<two@a.test>\r\n"),
              &out);
    const struct store_item *item = store_item_at(house_inbox(&house, 1), 0);
    assert_int_not_equal(item->content, letter);
    assert_int_not_equal(item->content, store_item_at(house_inbox(&house, 2), 0)->content);
    assert_int_equal(item->received, house.clock.now);
    contents_render(house.contents, item->content, &bytes);
    char *id = strstr(bytes.data, " id "); /* any number will do */
    assert_non_null(id);
    memset(id + 4, 'x', 16);
    assert_string_equal(bytes.data, "Return-Path: <s@b.test>\r\nDelivered-To: one@a.test\r\n"
                                    "Received: from gateway\r\n\tby ox.test with LMTP id "
                                    "xxxxxxxxxxxxxxxx\r\n\tfor <one@a.test>;\r\n"
                                    "\tThu, 07 Aug 2025 08:00:00 +0200\r\n"
                                    "Subject: x\r\n\r\n.\r\n");
    int bases = 0;
    assert_int_equal(history_each_content(house.history, count_bases, &bases, NULL), STATUS_OK);
    assert_int_equal(bases, 2);
    lmtp_server_close(&lmtp);
    buffer_release(&out);
    buffer_release(&bytes);
    house_close(&house);
}

/* ---- Exchange ---- */

static enum status house_deliver(void *of, const struct exchange_smtp_letter *letter) {
    struct house *house = of;
    buffer_printf(&house->delivered, "%.*s to", STR_ARG(letter->sender));
    for (size_t i = 0; i < letter->mailbox_count; i++)
        buffer_printf(&house->delivered, " %u", letter->mailboxes[i]);
    buffer_append_text(&house->delivered, ": ");
    contents_render(house->contents, letter->content, &house->delivered);
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
        struct house house;
        house_open(&house);
        house.answer = cases[i].status;
        struct exchange_smtp *door = exchange_smtp_new(&(struct exchange_smtp_options){
            .host = "exchange.test",
            .clock = &house.clock,
            .contents = house.contents,
            .of = &house,
            .accepts = house_mailbox_of,
            .deliver = house_deliver,
        });
        struct buffer out = {0};
        house_say(exchange_smtp_session(door, 1),
                  "EHLO gw\r\n" LETTER_TO("RCPT TO:<two@a.test>\r\nRCPT TO:<one@a.test>\r\n"
                                          "RCPT TO:<nobody@a.test>\r\nRCPT TO:<eins@a.test>\r\n"),
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
        house_close(&house);
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
