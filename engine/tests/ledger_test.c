/* The ledger: what was stored is there, leases fence, a silent ledger takes nothing more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "doubles.h"

static struct ledger *open_ledger(struct world *world, int64_t attempt) {
    char path[96];
    struct ledger *ledger = NULL;
    struct error error;
    snprintf(path, sizeof path, "%s/ledger.db", world->ledger);
    struct ledger_batch batch = {"test", "17", attempt};
    assert_int_equal(ledger_open(&world->platform, path, &batch, &ledger, &error), STATUS_OK);
    return ledger;
}

static uint32_t mailbox_of(struct ledger *ledger, const char *source, const char *target) {
    struct ledger_pair pair = {0, source, target, ""};
    struct error error;
    assert_int_equal(ledger_mailbox(ledger, &pair, &error), STATUS_OK);
    return pair.mailbox;
}

static void items_are_kept_in_order_and_updated(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    struct ledger *ledger = open_ledger(world, 1);
    uint32_t mailbox = mailbox_of(ledger, "a@x", "a");
    struct ledger_item items[3] = {
        {.item = 7, .digest = {1, 2}, .state = LEDGER_INTENDED, .uid = 9},
        {.item = UINT64_MAX, .state = LEDGER_INTENDED},
        {.item = 5, .state = LEDGER_INTENDED}};
    struct ledger_write write = {mailbox, NULL, items, 3};
    assert_int_equal(ledger_store(ledger, &write, &error), STATUS_OK);
    assert_int_equal(items[2].number, 3);
    items[1].state = LEDGER_WRITTEN;
    items[1].uid = 42;
    assert_int_equal(
        ledger_store(ledger, &(struct ledger_write){mailbox, NULL, &items[1], 1}, &error),
        STATUS_OK);
    ledger_close(&ledger);
    ledger = open_ledger(world, 1);
    struct ledger_item *read = NULL;
    size_t count = 0;
    assert_int_equal(ledger_items(ledger, mailbox, &read, &count, &error), STATUS_OK);
    assert_int_equal(count, 3);
    assert_int_equal(read[0].item, 7);
    assert_int_equal(read[0].digest.low, 2);
    assert_true(read[1].item == UINT64_MAX && read[1].uid == 42);
    assert_int_equal(read[1].state, LEDGER_WRITTEN);
    free(read);
    assert_int_equal(ledger_items(ledger, mailbox + 1, &read, &count, &error), STATUS_OK);
    assert_int_equal(count, 0);
    free(read);
    ledger_close(&ledger);
    world_free(&world);
}

static void items_are_found_again_in_whatever_write_they_came(void **state) {
    (void)state;
    enum { COUNT = 200 };
    struct world *world = world_new(1);
    struct error error;
    struct ledger *ledger = open_ledger(world, 1);
    uint32_t before = mailbox_of(ledger, "a@x", "a"), mailbox = mailbox_of(ledger, "b@x", "b");
    struct ledger_item items[COUNT], other = {.item = 1, .state = LEDGER_REFUSED};
    assert_int_equal(ledger_store(ledger, &(struct ledger_write){before, NULL, &other, 1}, &error),
                     STATUS_OK);
    for (uint32_t i = 0; i < COUNT; i++)
        items[i] = (struct ledger_item){.folder = i,
                                        .item = i * 3,
                                        .digest = {i, ~(uint64_t)i},
                                        .size = i + 7,
                                        .state = LEDGER_INTENDED,
                                        .run = 2};
    /* One, then more than a pack holds, then the rest together with results of all before. */
    struct ledger_write writes[] = {
        {mailbox, NULL, items, 1}, {mailbox, NULL, items + 1, 149}, {mailbox, NULL, items, COUNT}};
    for (size_t w = 0; w < 3; w++) {
        for (uint32_t i = 0; w == 2 && i < 150; i++) {
            items[i].state = i % 3 == 0 ? LEDGER_REFUSED : LEDGER_WRITTEN;
            items[i].uid = 1000 + i;
            items[i].uid_validity = 77;
        }
        assert_int_equal(ledger_store(ledger, &writes[w], &error), STATUS_OK);
    }
    struct ledger_item *read = NULL;
    size_t count = 0;
    assert_int_equal(ledger_items(ledger, mailbox, &read, &count, &error), STATUS_OK);
    assert_int_equal(count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(items[i].number, i + 1);
        assert_memory_equal(&read[i], &items[i], sizeof read[i]);
    }
    free(read);
    struct ledger_totals totals;
    assert_int_equal(ledger_totals(ledger, &totals, &error), STATUS_OK);
    assert_int_equal(totals.intended, 50);
    assert_int_equal(totals.written, 100);
    assert_int_equal(totals.refused, 51);
    items[0].number = COUNT + 1;
    assert_int_equal(ledger_store(ledger, &writes[0], &error), STATUS_STORAGE);
    ledger_close(&ledger);
    world_free(&world);
}

static void a_new_attempt_begins_with_nothing_proved(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    bool proved = false;
    struct ledger *ledger = open_ledger(world, 1);
    uint32_t mailbox = mailbox_of(ledger, "a@x", "a");
    assert_int_equal(ledger_prove(ledger, "core", &(struct ledger_proof){mailbox, 1, 1}, &error),
                     STATUS_OK);
    assert_int_equal(ledger_proved(ledger, "core", mailbox, &proved, &error), STATUS_OK);
    assert_true(proved);
    assert_int_equal(mailbox_of(ledger, "A@X", "a"), mailbox);
    assert_int_not_equal(mailbox_of(ledger, "a@x", "b"), mailbox);
    ledger_close(&ledger);
    ledger = open_ledger(world, 2);
    assert_int_not_equal(mailbox_of(ledger, "a@x", "a"), mailbox);
    ledger_close(&ledger);
    world_free(&world);
}

static void a_lease_keeps_others_out_and_fences_who_lost_it(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    instant ends = 0;
    size_t revoked = 0;
    struct ledger *one = open_ledger(world, 1), *other = open_ledger(world, 1);
    uint32_t mailbox = mailbox_of(one, "a@x", "a");
    struct ledger_lease mine = {mailbox, 0, "run-1", 0}, theirs = {mailbox, 0, "run-2", 0};
    assert_int_equal(ledger_lease_take(one, &mine, 0, MINUTE, &ends, &error), STATUS_OK);
    assert_int_equal(ledger_lease_take(other, &theirs, 1, MINUTE, &ends, &error), STATUS_CONFLICT);
    assert_int_equal(ends, MINUTE);
    assert_non_null(strstr(error.text, "run-1 holds this mailbox"));
    assert_int_equal(ledger_lease_take(one, &mine, 1, 2 * MINUTE, &ends, &error), STATUS_OK);
    /* It runs out; the other takes it; the first may write no more. */
    assert_int_equal(ledger_lease_take(other, &theirs, 3 * MINUTE, 5 * MINUTE, &ends, &error),
                     STATUS_OK);
    struct ledger_item item = {.item = 1};
    struct ledger_write write = {mailbox, &mine, &item, 1};
    assert_int_equal(ledger_store(one, &write, &error), STATUS_CONFLICT);
    assert_int_equal(ledger_lease_take(one, &mine, 3 * MINUTE, 9 * MINUTE, &ends, &error),
                     STATUS_CONFLICT);
    write.lease = &theirs;
    assert_int_equal(ledger_store(other, &write, &error), STATUS_OK);
    /* A stop takes it from whoever has it. */
    assert_int_equal(ledger_lease_revoke(one, &revoked, &error), STATUS_OK);
    assert_int_equal(revoked, 1);
    item.number = 0;
    assert_int_equal(ledger_store(other, &write, &error), STATUS_CONFLICT);
    ledger_close(&one);
    ledger_close(&other);
    world_free(&world);
}

static struct ledger *neighbour;
static struct ledger_lease neighbour_lease;

static void neighbour_renews(struct world *world) {
    struct error error;
    instant ends = 0;
    assert_int_equal(ledger_lease_take(neighbour, &neighbour_lease, world->now, world->now + MINUTE,
                                       &ends, &error),
                     STATUS_OK);
}

static void a_second_engine_is_refused_the_mailbox(void **state) {
    (void)state;
    struct world *world = world_new(1);
    neighbour = open_ledger(world, 1);
    neighbour_lease =
        (struct ledger_lease){mailbox_of(neighbour, "person0@im.example", "p0"), 0, "run-9", 0};
    neighbour_renews(world);
    world->on_sleep = neighbour_renews;
    assert_int_equal(world_run(world, "--measures lease core"), 1);
    assert_true(world_alarmed(world, "lease", "person0@im.example"));
    assert_int_equal(world_at_target(world), 0);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    ledger_close(&neighbour);
    world_free(&world);
}

/* The machine stands still right before the first message leaves: the lease ends, a neighbour takes
 * it, and this run knows nothing of that. */
static void sleeps_while_the_neighbour_takes_it(struct world *world) {
    world->on_append = NULL;
    world->now += 10 * MINUTE;
    neighbour_renews(world);
}

static int run_that_sleeps(struct world *world, const char *line) {
    neighbour = open_ledger(world, 1);
    neighbour_lease =
        (struct ledger_lease){mailbox_of(neighbour, "person0@im.example", "p0"), 0, "run-9", 0};
    world->on_append = sleeps_while_the_neighbour_takes_it;
    int code = world_run(world, line);
    ledger_close(&neighbour);
    return code;
}

static void a_run_that_slept_past_its_lease_writes_nothing(void **state) {
    (void)state;
    static const struct {
        const char *line;
        int exit_code;
        bool writes;
    } cases[] = {
        {"--measures lease,fencing core", 1, false},
        {"--measures fencing core", 1, false},
        {"--measures lease,fencing,write_ahead,idempotency_key core", 1, false},
        {"--measures lease core", 0, true},
        {"--measures lease,write_ahead,idempotency_key core", 0, true},
        {"--measures none core", 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_new(1);
        assert_int_equal(run_that_sleeps(world, cases[i].line), cases[i].exit_code);
        assert_int_equal(world_at_target(world) > 0, cases[i].writes);
        assert_int_equal(world_alarmed(world, "fencing", "person0@im.example"), !cases[i].writes);
        world_free(&world);
    }
}

/* Nobody took the lease meanwhile: it is renewed, and the day goes on. */
static void sleeps_alone(struct world *world) {
    world->now += 10 * MINUTE;
}

static void a_run_that_slept_alone_goes_on(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->on_append = sleeps_alone;
    assert_int_equal(world_run(world, "--measures lease,fencing,write_ahead core"), 0);
    assert_true(world_is_right(world, false));
    world_free(&world);
}

/* Without `lease` the younger run waits for nobody. */
static void the_fence_alone_gives_the_mailbox_to_the_younger_run(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    neighbour = open_ledger(world, 1);
    neighbour_lease =
        (struct ledger_lease){mailbox_of(neighbour, "person0@im.example", "p0"), 0, "run-9", 0};
    neighbour_renews(world);
    assert_int_equal(world_run(world, "--measures fencing core"), 0);
    assert_true(world_is_right(world, false));
    assert_int_equal(ledger_lease_ask(neighbour, &neighbour_lease, &error), STATUS_CONFLICT);
    ledger_close(&neighbour);
    world_free(&world);
}

static void a_silent_ledger_takes_nothing(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    struct ledger *ledger = open_ledger(world, 1);
    uint32_t mailbox = mailbox_of(ledger, "a@x", "a");
    struct ledger_item item = {.item = 1};
    ledger_silence(ledger);
    assert_int_equal(ledger_store(ledger, &(struct ledger_write){mailbox, NULL, &item, 1}, &error),
                     STATUS_KILLED);
    ledger_close(&ledger);
    world_free(&world);
}

/* 200,000 intents and results in batches of 64; printed, not judged: machines differ. */
static void a_row_costs_about_a_microsecond(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    struct ledger *ledger = open_ledger(world, 1);
    uint32_t mailbox = mailbox_of(ledger, "a@x", "a");
    struct ledger_item items[64];
    clock_t began = clock();
    uint64_t rows = 0;
    for (int round = 0; round < 1500; round++) {
        memset(items, 0, sizeof items);
        for (int i = 0; i < 64; i++)
            items[i] = (struct ledger_item){.item = rows++ * 0x9E3779B97F4A7C15ULL,
                                            .state = LEDGER_INTENDED};
        struct ledger_write write = {mailbox, NULL, items, 64};
        assert_int_equal(ledger_store(ledger, &write, &error), STATUS_OK);
        for (int i = 0; i < 64; i++)
            items[i].state = LEDGER_WRITTEN;
        assert_int_equal(ledger_store(ledger, &write, &error), STATUS_OK);
    }
    printf("ledger: %lld ns of CPU for intent and result of one message\n",
           (long long)(clock() - began) * 1000000000 / CLOCKS_PER_SEC / (long long)rows);
    ledger_close(&ledger);
    world_free(&world);
}

/* Whoever undoes: those at work give back what was taken from them, those who come get nothing. */
static void a_stopped_run_gives_back_and_gets_nothing_more(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error;
    struct ledger *one = open_ledger(world, 1), *other = open_ledger(world, 1);
    uint32_t mailbox = mailbox_of(one, "a@x", "a"), next = mailbox_of(one, "b@x", "b");
    instant ends = 0;
    size_t held = 9;
    struct ledger_lease old = {mailbox, 0, "run-1", 1}, more = {next, 0, "run-1", 1};
    struct ledger_lease newer = {next, 0, "run-3", 3};
    struct ledger_item item = {.item = 7, .state = LEDGER_INTENDED};
    struct ledger_write write = {mailbox, &old, &item, 1};
    assert_int_equal(ledger_lease_take(one, &old, 0, MINUTE, &ends, &error), STATUS_OK);
    assert_int_equal(ledger_stop_runs(other, 2, &error), STATUS_OK);
    assert_int_equal(ledger_leases_held(other, SECOND, &held, &error), STATUS_OK);
    assert_int_equal(held, 1);
    assert_int_equal(ledger_store(one, &write, &error), STATUS_CONFLICT);
    assert_int_equal(ledger_lease_take(one, &more, 0, MINUTE, &ends, &error), STATUS_STOPPED);
    assert_int_equal(ledger_lease_give(one, &old, &error), STATUS_OK);
    assert_int_equal(ledger_leases_held(other, SECOND, &held, &error), STATUS_OK);
    assert_int_equal(held, 0);
    /* A later run goes on, until the attempt as a whole is over. */
    assert_int_equal(ledger_lease_take(one, &newer, 0, MINUTE, &ends, &error), STATUS_OK);
    assert_int_equal(ledger_stop_runs(other, LEDGER_EVERY_RUN, &error), STATUS_OK);
    assert_int_equal(ledger_leases_held(other, SECOND, &held, &error), STATUS_OK);
    assert_int_equal(held, 1);
    assert_int_equal(ledger_leases_held(other, MINUTE, &held, &error), STATUS_OK);
    assert_int_equal(held, 0); /* a dead holder's lease has ended */
    newer = (struct ledger_lease){next, 0, "run-4", 4};
    assert_int_equal(ledger_lease_take(one, &newer, MINUTE, HOUR, &ends, &error), STATUS_STOPPED);
    ledger_close(&one);
    ledger_close(&other);
    /* … of which a new attempt knows nothing. */
    one = open_ledger(world, 2);
    newer.mailbox = mailbox_of(one, "b@x", "b");
    newer.fence = 0;
    assert_int_equal(ledger_lease_take(one, &newer, MINUTE, HOUR, &ends, &error), STATUS_OK);
    ledger_close(&one);
    world_free(&world);
}

static enum status open_changed(struct world *world, const char *sql, struct error *error) {
    char path[96];
    sqlite3 *database = NULL;
    struct ledger *ledger = NULL;
    snprintf(path, sizeof path, "%s/ledger.db", world->ledger);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    struct ledger_batch batch = {"test", "17", 1};
    enum status status = ledger_open(&world->platform, path, &batch, &ledger, error);
    ledger_close(&ledger);
    return status;
}

static void a_ledger_of_another_version_is_refused(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct error error = {0};
    struct ledger *ledger = open_ledger(world, 1);
    ledger_close(&ledger);
    assert_int_equal(open_changed(world, "PRAGMA user_version=" LEDGER_SCHEMA_TEXT, &error),
                     STATUS_OK);
    assert_int_equal(open_changed(world, "PRAGMA user_version=7", &error), STATUS_INVALID);
    assert_non_null(strstr(
        error.text, "ledger.db: expected a ledger of version " LEDGER_SCHEMA_TEXT
                    ", found one of version 7: finish this batch with the umzug that began"));
    /* From before there were versions: tables, and none. */
    assert_int_equal(open_changed(world, "PRAGMA user_version=0", &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "found one of version 0"));
    /* An empty file is a new ledger. */
    assert_int_equal(open_changed(world,
                                  "PRAGMA writable_schema=1; DELETE FROM sqlite_schema;"
                                  "PRAGMA writable_schema=RESET; VACUUM",
                                  &error),
                     STATUS_OK);
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_kept_in_order_and_updated),
        cmocka_unit_test(items_are_found_again_in_whatever_write_they_came),
        cmocka_unit_test(a_new_attempt_begins_with_nothing_proved),
        cmocka_unit_test(a_lease_keeps_others_out_and_fences_who_lost_it),
        cmocka_unit_test(a_stopped_run_gives_back_and_gets_nothing_more),
        cmocka_unit_test(a_second_engine_is_refused_the_mailbox),
        cmocka_unit_test(a_run_that_slept_past_its_lease_writes_nothing),
        cmocka_unit_test(a_run_that_slept_alone_goes_on),
        cmocka_unit_test(the_fence_alone_gives_the_mailbox_to_the_younger_run),
        cmocka_unit_test(a_ledger_of_another_version_is_refused),
        cmocka_unit_test(a_silent_ledger_takes_nothing),
        cmocka_unit_test(a_row_costs_about_a_microsecond),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
