/* A whole batch over doubles: everything arrives once, whatever breaks on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static const char *const day[] = {"--by Jensen --and Petersen seal",
                                  "preflight",
                                  "hold",
                                  "switch",
                                  "release",
                                  "core",
                                  "verify",
                                  "backfill 17",
                                  "verify",
                                  "close"};

static void a_whole_day_moves_everything_once_and_is_calm(void **state) {
    (void)state;
    struct world *world = world_new(7);
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++) {
        int code = world_run(world, day[i]);
        if (code != 0)
            printf("%s: %s", day[i], buffer_text(&world->alarms));
        assert_int_equal(code, 0);
        assert_string_equal(buffer_text(&world->alarms), "");
        if (i == 5)
            assert_true(world_is_right(world, false));
    }
    assert_true(world_is_right(world, true));
    assert_int_equal(world_foreign(world), 0);
    world_free(&world);
}

static void a_second_run_writes_nothing(void **state) {
    (void)state;
    struct world *world = world_new(3);
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++)
        assert_int_equal(world_run(world, day[i]), 0);
    uint64_t appends = world->appends;
    assert_int_equal(world_run(world, "core"), 0);
    assert_int_equal(world_run(world, "backfill 17"), 0);
    assert_int_equal(world->appends, appends);
    assert_true(world_is_right(world, true));
    world_free(&world);
}

static void categories_become_keywords(void **state) {
    (void)state;
    struct world *world = world_new(1);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    assert_string_equal(world->mailboxes[0].target.messages[0].keywords, "Rueckfrage");
    assert_string_equal(world->mailboxes[0].target.messages[1].folder, "INBOX/Projekte_2024");
    world_free(&world);
}

static void with_all_measures_off_it_still_copies_well(void **state) {
    (void)state;
    struct world *world = world_new(5);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    assert_int_equal(world_run(world, "--measures none backfill"), 0);
    assert_true(world_is_right(world, true));
    assert_string_equal(buffer_text(&world->alarms), "");
    world_free(&world);
}

static void with_all_measures_off_it_does_what_it_is_told(void **state) {
    (void)state;
    struct world *world = world_new(5);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    world_write_mapping(world, "night.csv", 1, false);
    assert_int_equal(world_run(world, "--measures none --mapping night.csv backfill"), 0);
    assert_int_equal(world_foreign(world), 5 * 6); /* all that is old lies with the neighbour */
    assert_string_equal(buffer_text(&world->alarms), "");
    world_free(&world);
}

/* Each lost answer in turn, carried out or not: settled by looking, never doubled, never lost. */
static void a_lost_answer_is_settled_by_looking(void **state) {
    (void)state;
    for (int written = 0; written < 2; written++)
        for (int64_t lost = 0; lost < 8; lost++) {
            struct world *world = world_new(1);
            world->lose_answer_in = lost;
            world->lost_was_written = written;
            assert_int_equal(world_run(world, "--measures write_ahead core"), 0);
            assert_int_equal(world_run(world, "--measures write_ahead backfill"), 0);
            assert_true(world_is_right(world, true));
            world_free(&world);
        }
}

static void without_write_ahead_a_lost_answer_doubles(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->lose_answer_in = 0;
    world->lost_was_written = true;
    assert_int_equal(world_run(world, "--measures none core"), 0);
    assert_int_equal(world_at_target(world), 3); /* of two recent ones */
    world_free(&world);
}

/* The connection fails at each call in turn; patience and looking make up for it. */
static void a_cut_connection_costs_nothing(void **state) {
    (void)state;
    for (int64_t at = 0; at < 60; at++) {
        struct world *world = world_new(1);
        world->cut_in = at;
        int core = world_run(world, "--measures write_ahead,idempotency_key,lease core");
        world->cut_in = -1;
        if (core != 0)
            assert_int_equal(world_run(world, "--measures write_ahead,idempotency_key,lease core"),
                             0);
        assert_true(world_is_right(world, false));
        world_free(&world);
    }
}

/* Killed at each call in turn, before and after its effect; then the day goes on. */
static void a_kill_at_any_point_loses_and_doubles_nothing(void **state) {
    (void)state;
    static const char *const rest[] = {"core", "backfill 17"};
    uint64_t kills = 0;
    for (int after = 0; after < 2; after++)
        for (int64_t at = 0;; at++) {
            struct world *world = world_new(2);
            assert_int_equal(world_run(world, "--measures all,-canary_wave,-blast_cap "
                                              "--by A --and B seal"),
                             0);
            for (size_t i = 1; i < 5; i++) /* preflight to release */
                assert_int_equal(world_run(world, day[i]), 0);
            world->kill_in = at;
            world->kill_after = after;
            for (size_t i = 0; i < 2 && !world->dead; i++)
                world_run(world, rest[i]);
            bool killed = world->dead;
            kills += killed;
            world_wake(world);
            for (size_t i = 0; i < 2; i++) {
                int code = world_run(world, rest[i]);
                if (code != 0)
                    printf("kill at %d: %s\n", (int)at, buffer_text(&world->alarms));
                assert_int_equal(code, 0);
            }
            uint64_t appends = world->appends;
            assert_true(world_is_right(world, true));
            assert_int_equal(world_run(world, "core"), 0);
            assert_int_equal(world_run(world, "backfill 17"), 0);
            assert_int_equal(world->appends, appends);
            world_free(&world);
            if (!killed)
                break;
        }
    assert_true(kills > 200);
}

static void a_killed_run_says_nothing_more(void **state) {
    (void)state;
    struct world *world = world_new(2);
    world->kill_in = 25;
    world_run(world, "--measures write_ahead core");
    assert_true(world->dead);
    assert_null(strstr(world_claims(world), "run_ended"));
    assert_string_equal(buffer_text(&world->alarms), "");
    world_wake(world);
    assert_int_equal(world_run(world, "--measures write_ahead core"), 0);
    assert_non_null(strstr(world_claims(world), "run_ended"));
    world_free(&world);
}

/* A new attempt, or a lost ledger: what lies there already is found by its bytes, twins included.
 */
static void a_lost_ledger_doubles_nothing(void **state) {
    (void)state;
    struct world *world = world_new(2);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    assert_int_equal(world_run(world, "--measures none backfill"), 0);
    uint64_t appends = world->appends;
    assert_int_equal(world_run(world, "--measures idempotency_key backfill"), 0);
    assert_int_equal(world->appends, appends);
    assert_true(world_is_right(world, true));
    world_free(&world);
}

/* The new ledger has learnt of core, which was typed again, and knows nothing of the backfill. */
static void a_ledger_that_knows_core_alone_doubles_nothing(void **state) {
    (void)state;
    struct world *world = world_new(2);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    assert_int_equal(world_run(world, "--measures none backfill"), 0);
    uint64_t appends = world->appends;
    assert_int_equal(world_run(world, "--measures idempotency_key core"), 0);
    assert_int_equal(world_run(world, "--measures idempotency_key backfill"), 0);
    assert_int_equal(world->appends, appends);
    assert_true(world_is_right(world, true));
    world_free(&world);
}

/* More than any batch holds, so that results come together, whoever asks for them. */
static void a_long_folder_goes_through_under_any_measures(void **state) {
    (void)state;
    static const char *const measures[] = {"all,-phase_gates,-signed_plan",
                                           "all,-phase_gates,-signed_plan,-write_ahead",
                                           "idempotency_key", "write_ahead"};
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        struct world *world = world_new(1);
        char line[96];
        world_add_old(world, 150);
        /* Without the key a second run writes all of it again. */
        for (int times = strcmp(measures[i], "write_ahead") == 0; times < 2; times++) {
            snprintf(line, sizeof line, "--measures %s core", measures[i]);
            assert_int_equal(world_run(world, line), 0);
            snprintf(line, sizeof line, "--measures %s backfill", measures[i]);
            assert_int_equal(world_run(world, line), 0);
            assert_true(world_is_right(world, true));
        }
        world_free(&world);
    }
}

/* All of a long folder is found at the target, batch after batch. */
static void a_lost_ledger_finds_a_long_folder_again(void **state) {
    (void)state;
    static const char *const measures[] = {"idempotency_key,write_ahead", "idempotency_key"};
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        struct world *world = world_new(1);
        char line[96];
        world_add_old(world, 150);
        assert_int_equal(world_run(world, "--measures none core"), 0);
        assert_int_equal(world_run(world, "--measures none backfill"), 0);
        uint64_t appends = world->appends;
        snprintf(line, sizeof line, "--measures %s core", measures[i]);
        assert_int_equal(world_run(world, line), 0);
        snprintf(line, sizeof line, "--measures %s backfill", measures[i]);
        assert_int_equal(world_run(world, line), 0);
        assert_int_equal(world->appends, appends);
        world_free(&world);
    }
}

static void what_cannot_be_read_is_named_and_the_rest_goes_on(void **state) {
    (void)state;
    struct world *world = world_new(2);
    world->unreadable = true;
    assert_int_equal(world_run(world, "--measures none core"), 1);
    assert_int_equal(world_at_target(world), 2);
    assert_true(world_alarmed(world, "mover", "person0@im.example"));
    world_free(&world);
}

/* Each request gives one message before it breaks: who begins anew each time never ends. */
static void a_source_that_always_breaks_off_is_read_to_the_end(void **state) {
    (void)state;
    struct world *world = world_new(2);
    world->breaks = true;
    assert_int_equal(world_run(world, "--measures reconcile core"), 0);
    assert_int_equal(world_run(world, "--measures reconcile backfill"), 0);
    assert_int_equal(world_run(world, "--measures reconcile close"), 0);
    assert_true(world_is_right(world, true));
    world_free(&world);
}

/* Batches are of two here. Core: one of the inbox and one of the projects. Backfill: one of the
 * inbox with one of the sent ones, then two and two of the projects. */
static void small_folders_share_a_request(void **state) {
    (void)state;
    struct world *world = world_new(1);
    assert_int_equal(world_run(world, "--measures none core"), 0);
    assert_int_equal(world->fetches, 1);
    assert_int_equal(world_run(world, "--measures none backfill"), 0);
    assert_int_equal(world->fetches, 1 + 3);
    assert_true(world_is_right(world, true));
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_day_moves_everything_once_and_is_calm),
        cmocka_unit_test(a_second_run_writes_nothing),
        cmocka_unit_test(categories_become_keywords),
        cmocka_unit_test(with_all_measures_off_it_still_copies_well),
        cmocka_unit_test(with_all_measures_off_it_does_what_it_is_told),
        cmocka_unit_test(a_lost_answer_is_settled_by_looking),
        cmocka_unit_test(without_write_ahead_a_lost_answer_doubles),
        cmocka_unit_test(a_cut_connection_costs_nothing),
        cmocka_unit_test(a_kill_at_any_point_loses_and_doubles_nothing),
        cmocka_unit_test(a_killed_run_says_nothing_more),
        cmocka_unit_test(a_lost_ledger_doubles_nothing),
        cmocka_unit_test(a_ledger_that_knows_core_alone_doubles_nothing),
        cmocka_unit_test(a_long_folder_goes_through_under_any_measures),
        cmocka_unit_test(a_lost_ledger_finds_a_long_folder_again),
        cmocka_unit_test(what_cannot_be_read_is_named_and_the_rest_goes_on),
        cmocka_unit_test(a_source_that_always_breaks_off_is_read_to_the_end),
        cmocka_unit_test(small_folders_share_a_request),
    };
    return cmocka_run_group_tests_name("mover", tests, NULL, NULL);
}
