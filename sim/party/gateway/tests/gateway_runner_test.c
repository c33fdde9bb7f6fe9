/*
 * The gateway on the world's network, between a sender, Exchange's door and Open-Xchange's LMTP,
 * each with a store of its own: mail gets where the table says, waits while nobody answers, and
 * outlives the gateway's process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../carrier.h"
#include "../../exchange_smtp.h"
#include "../../lmtp.h"
#include "../../mail_client.h"
#include "../gateway_runner.h"
#include "small_world.h"

static const struct network_place exchange_place = {NETWORK_IP(10, 0, 0, 1), 25};
static const struct network_place openxchange_place = {NETWORK_IP(10, 0, 0, 2), 24};
static const struct network_place gateway_place = {NETWORK_IP(10, 0, 0, 4), 25};
static const struct link link_of_5_ms = {.latency = 5 * MILLISECOND};

struct town { /* a small world with its servers on a network */
    struct small_world world;
    struct kernel *kernel;
    struct store *exchange, *openxchange;
    struct exchange_smtp *door;
    struct lmtp_server *lmtp;
    struct process *gateway;
    struct disk *disk;     /* NULL: nobody tells the gateway of changes */
    const char *recipient; /* of the letters that are being sent */
    unsigned letters;      /* to be sent, a minute apart */
    unsigned taken;
};

static uint32_t town_mailbox_of(void *of, struct str address) {
    struct town *town = of;
    return population_find_address(town->world.population, address);
}

static enum status town_deliver(void *of, const struct exchange_smtp_letter *letter) {
    struct town *town = of;
    for (size_t i = 0; i < letter->mailbox_count; i++) {
        struct store_mailbox *mailbox = store_mailbox(town->exchange, letter->mailboxes[i]);
        struct store_item item = {.content = letter->content, .received = town->world.clock.now};
        uint32_t uid;
        enum status status = store_item_add(store_folder_by_role(mailbox, FOLDER_INBOX),
                                            letter->process, HOW_DELIVERED, item, &uid);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static struct store *town_store(struct town *town, enum system system) {
    struct store *store = store_new(&(struct store_options){
        .system = system,
        .clock = &town->world.clock,
        .contents = town->world.contents,
        .history = town->world.history,
    });
    for (uint32_t number = 1; number <= SMALL_WORLD_MAILBOXES; number++) {
        struct store_folder *inbox;
        struct store_folder_spec spec = {
            .name = STR("INBOX"), .path = STR("INBOX"), .role = FOLDER_INBOX, .uid_validity = 1};
        assert_int_equal(store_folder_add(store_mailbox_add(store, number, 0), 1, &spec, &inbox),
                         STATUS_OK);
    }
    return store;
}

static void town_start_gateway(struct town *town, uint32_t name) {
    town->gateway = process_new(town->kernel, "gateway", name);
    gateway_runner_start(town->world.gateway, town->gateway,
                         &(struct gateway_runner_options){
                             .place = gateway_place,
                             .link = link_of_5_ms,
                             .exchange = exchange_place,
                             .openxchange = openxchange_place,
                             .workers = 4,
                             .look_span = 5 * SECOND,
                             .disk = town->disk,
                             .table = "table",
                             .patience = 30 * SECOND,
                         });
}

static void town_open(struct town *town) {
    memset(town, 0, sizeof *town);
    small_world_open(&town->world);
    town->kernel = kernel_new(1, town->world.clock.now, &town->world.clock);
    town->exchange = town_store(town, SYSTEM_EXCHANGE);
    town->openxchange = town_store(town, SYSTEM_OPENXCHANGE);
    town->door = exchange_smtp_new(&(struct exchange_smtp_options){
        .host = "exchange.test",
        .clock = &town->world.clock,
        .contents = town->world.contents,
        .of = town,
        .accepts = town_mailbox_of,
        .deliver = town_deliver,
    });
    town->lmtp = lmtp_server_new(&(struct lmtp_options){
        .host = "ox.test",
        .store = town->openxchange,
        .clock = &town->world.clock,
        .of = town,
        .mailbox_of = town_mailbox_of,
        .message_work = 20 * MILLISECOND,
    });
    carrier_listen(process_new(town->kernel, "exchange", 1), exchange_place, &link_of_5_ms,
                   exchange_smtp_session, town->door);
    carrier_listen(process_new(town->kernel, "open-xchange", 2), openxchange_place, &link_of_5_ms,
                   lmtp_server_session, town->lmtp);
    town_start_gateway(town, 3);
}

static void town_close(struct town *town) {
    kernel_close(&town->kernel);
    lmtp_server_close(&town->lmtp);
    exchange_smtp_close(&town->door);
    store_close(&town->exchange);
    store_close(&town->openxchange);
    small_world_close(&town->world);
}

static void town_send(void *of) {
    struct town *town = of;
    struct mail_client client = {task_process(task_current()), gateway_place, 30 * SECOND};
    for (unsigned i = 0; i < town->letters; i++) {
        char text[40];
        snprintf(text, sizeof text, "Subject: letter %u\r\n\r\n.text\r\n", i);
        struct mail_letter letter = {MAIL_PROTOCOL_SMTP, "sender", "a@x.test",
                                     &town->recipient,   1,        str_of(text)};
        struct mail_reply reply;
        if (mail_client_send(&client, &letter, &reply, NULL) == STATUS_OK && reply.code == 250)
            town->taken++;
        if (task_sleep(1 * MINUTE) != STATUS_OK)
            return;
    }
}

/* Sends so many letters to a mailbox, a minute apart, and runs the world for `span`. */
static void town_run(struct town *town, uint32_t mailbox, unsigned letters, int64_t span) {
    town->recipient = small_world_address(&town->world, mailbox);
    town->letters = letters;
    town->taken = 0;
    if (letters > 0)
        task_start(process_new(town->kernel, "sender", 5), "sender", town_send, town);
    assert_int_not_equal(kernel_run(town->kernel, kernel_now(town->kernel) + span), KERNEL_ENDLESS);
}

static size_t town_mail(struct store *store, uint32_t mailbox) {
    return store_item_count(store_folder_by_role(store_mailbox(store, mailbox), FOLDER_INBOX));
}

static void steer(struct town *town, const char *sql, uint32_t mailbox) {
    small_world_steer(&town->world, sql, small_world_address(&town->world, mailbox));
}

#define HOLD     "INSERT INTO access VALUES (?1, 'HOLD')"
#define ROUTE_OX "INSERT OR REPLACE INTO transport VALUES (?1, 'lmtp:[open-xchange]')"
#define RELEASE  "INSERT INTO release VALUES (?1)"

static void mail_goes_where_the_table_says(void **state) {
    (void)state;
    struct town town;
    town_open(&town);
    steer(&town, ROUTE_OX, 2);
    town_run(&town, 1, 3, 10 * MINUTE);
    assert_int_equal(town.taken, 3);
    town_run(&town, 2, 2, 10 * MINUTE);
    assert_int_equal(town.taken, 2);
    assert_int_equal(town_mail(town.exchange, 1), 3);
    assert_int_equal(town_mail(town.exchange, 2), 0);
    assert_int_equal(town_mail(town.openxchange, 2), 2);
    struct fact fact;
    assert_int_equal(small_world_facts(&town.world, FACT_ITEM_STORED, &fact), 5);
    assert_int_equal(fact.process, 3); /* the gateway opened the stream */
    assert_int_equal(fact.how, HOW_DELIVERED);
    assert_int_equal(fact.system, SYSTEM_OPENXCHANGE);

    /* What lies there is the letter behind what the hops put before it. */
    struct store_folder *inbox =
        store_folder_by_role(store_mailbox(town.openxchange, 2), FOLDER_INBOX);
    struct buffer bytes = {0};
    contents_render(town.world.contents, store_item_at(inbox, 1)->content, &bytes);
    static const char prefix[] = "Return-Path: <a@x.test>\r\nDelivered-To: ";
    static const char letter[] = "Subject: letter 1\r\n\r\n.text\r\n";
    assert_memory_equal(bytes.data, prefix, sizeof prefix - 1);
    assert_string_equal(bytes.data + bytes.length - (sizeof letter - 1), letter);
    assert_non_null(strstr(bytes.data, "by ox.test with LMTP"));
    assert_non_null(strstr(bytes.data, "by gateway.test with ESMTP"));
    buffer_release(&bytes);
    town_close(&town);
}

static void held_mail_is_released_within_one_look(void **state) {
    (void)state;
    struct town town;
    town_open(&town);
    steer(&town, HOLD, 1);
    town_run(&town, 1, 10, 1 * HOUR);
    assert_int_equal(town_mail(town.exchange, 1), 0);
    assert_int_equal(gateway_party_counts(town.world.gateway).held, 10);
    steer(&town, ROUTE_OX, 1);
    steer(&town, RELEASE, 1);
    town_run(&town, 1, 0, 7 * SECOND);
    assert_int_equal(town_mail(town.openxchange, 1), 10);
    assert_int_equal(town_mail(town.exchange, 1), 0);
    assert_int_equal(gateway_party_counts(town.world.gateway).held, 0);
    town_close(&town);
}

/* Where it is told of changes it looks at the next beat after one, and never else. */
static void a_gateway_that_is_told_of_changes_looks_then_only(void **state) {
    (void)state;
    struct town town;
    town_open(&town);
    process_kill(town.gateway);
    town_run(&town, 1, 0, 1 * SECOND);
    town.disk = disk_new(town.kernel, "told");
    town_start_gateway(&town, 3);
    steer(&town, HOLD, 1);
    town_run(&town, 1, 3, 1 * HOUR);
    steer(&town, RELEASE, 1);
    town_run(&town, 1, 0, 1 * HOUR);
    assert_int_equal(gateway_party_counts(town.world.gateway).held, 3); /* nobody told it */
    uint64_t events = kernel_counts(town.kernel).events;
    town_run(&town, 1, 0, 1 * HOUR);
    assert_true(kernel_counts(town.kernel).events - events < 10);
    assert_int_equal(disk_append(town.disk, "table", STR("x"), false), STATUS_OK);
    town_run(&town, 1, 0, 7 * SECOND);
    assert_int_equal(gateway_party_counts(town.world.gateway).held, 0);
    assert_int_equal(town_mail(town.exchange, 1), 3);
    process_kill(town.gateway);
    town_run(&town, 1, 0, 1 * SECOND);
    assert_int_equal(disk_append(town.disk, "table", STR("x"), false), STATUS_OK); /* to nobody */
    disk_close(&town.disk);
    town_close(&town);
}

static void mail_waits_while_nobody_answers(void **state) {
    (void)state;
    static const enum network_answer answers[] = {NETWORK_REFUSES, NETWORK_SILENT};
    for (size_t i = 0; i < 2; i++) {
        struct town town;
        town_open(&town);
        network_set_answer(town.kernel, exchange_place, answers[i]);
        town_run(&town, 1, 3, 10 * MINUTE);
        assert_int_equal(town_mail(town.exchange, 1), 0);
        assert_int_equal(gateway_party_counts(town.world.gateway).queued, 3);
        assert_true(gateway_party_counts(town.world.gateway).tries >= 3);
        network_set_answer(town.kernel, exchange_place, NETWORK_ACCEPTS);
        town_run(&town, 1, 0, 1 * HOUR);
        assert_int_equal(town_mail(town.exchange, 1), 3);
        assert_int_equal(gateway_party_counts(town.world.gateway).delivered, 3);
        town_close(&town);
    }
}

static void a_killed_gateway_goes_on_from_its_queue(void **state) {
    (void)state;
    struct town town;
    town_open(&town);
    steer(&town, HOLD, 1);
    network_set_answer(town.kernel, exchange_place, NETWORK_REFUSES);
    town_run(&town, 1, 4, 5 * MINUTE);
    town_run(&town, 2, 4, 5 * MINUTE);
    process_kill(town.gateway);
    town_run(&town, 1, 0, 1 * MINUTE);
    network_set_answer(town.kernel, exchange_place, NETWORK_ACCEPTS);
    town_start_gateway(&town, 4);
    town_run(&town, 1, 0, 1 * MINUTE);
    assert_int_equal(town_mail(town.exchange, 2), 4);
    steer(&town, RELEASE, 1);
    town_run(&town, 1, 0, 1 * MINUTE);
    assert_int_equal(town_mail(town.exchange, 1), 4);
    struct gateway_party_counts counts = gateway_party_counts(town.world.gateway);
    assert_int_equal(counts.accepted, 8);
    assert_int_equal(counts.delivered, 8);
    town_close(&town);
}

/* Killed at any moment of a delivery: nothing is lost, and what was in doubt comes twice at most.
 */
static void killed_at_any_moment_it_loses_nothing(void **state) {
    (void)state;
    unsigned doubled = 0;
    for (int64_t at = 0; at < 240 * MILLISECOND; at += 7 * MILLISECOND) {
        struct town town;
        town_open(&town);
        steer(&town, ROUTE_OX, 1);
        town_run(&town, 1, 1, 1); /* the letter has just set out */
        town_run(&town, 1, 0, at);
        process_kill(town.gateway);
        town_run(&town, 1, 0, 1 * MINUTE);
        bool accepted = small_world_facts(&town.world, FACT_MAIL_ACCEPTED, NULL) > 0;
        town_start_gateway(&town, 4);
        town_run(&town, 1, 0, 10 * MINUTE);
        size_t mail = town_mail(town.openxchange, 1);
        assert_true(accepted ? mail == 1 || mail == 2 : mail == 0);
        doubled += mail == 2;
        town_close(&town);
    }
    assert_true(doubled > 0); /* there is a moment when only the answer is missing */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_goes_where_the_table_says),
        cmocka_unit_test(held_mail_is_released_within_one_look),
        cmocka_unit_test(a_gateway_that_is_told_of_changes_looks_then_only),
        cmocka_unit_test(mail_waits_while_nobody_answers),
        cmocka_unit_test(a_killed_gateway_goes_on_from_its_queue),
        cmocka_unit_test(killed_at_any_moment_it_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
