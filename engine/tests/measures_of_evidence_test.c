/*
 * Measures that want evidence, each alone, all others off: an independent look finds what the mover
 * did wrong, wherever in the batch, and what was named hides nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"

static void target_forgets(struct world *world) {
    world->drops_every_second = true;
}

static void target_drops_dates(struct world *world) {
    world->drops_dates = true;
}

static void a_message_vanishes(struct world *world) {
    struct world_store *store = &world->mailboxes[2].target;
    store->messages[0] = store->messages[--store->count];
}

static void a_twin_vanishes(struct world *world) {
    struct world_store *store = &world->mailboxes[2].target;
    for (size_t i = 0; i < store->count; i++)
        if (strstr(store->messages[i].bytes, "twin") != NULL) {
            store->messages[i] = store->messages[--store->count];
            return;
        }
    fail();
}

static void a_message_cannot_be_read(struct world *world) {
    world->unreadable = true;
}

static void a_message_is_not_listed(struct world *world) {
    world->hides = true;
}

static void a_message_is_altered(struct world *world) {
    world->mailboxes[2].target.messages[0].bytes[9] ^= 1;
}

static void each_measure_alone_stops_its_fault(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"canary_wave,stop_all", {NULL}, wrong_mapping, "core", "person", 8},
        {"canary_wave,stop_all",
         {"core"},
         night_list_with_keys,
         "--mapping night.csv backfill",
         "person",
         24},
        {"blast_cap,stop_all",
         {"core"},
         night_list_with_keys,
         "--mapping night.csv backfill",
         "person",
         18},
        {"read_back", {NULL}, target_drops_dates, "core", "person", 0},
        {"read_back", {"core"}, target_forgets, "backfill", "person", 0},
        {"reconcile", {"core"}, a_message_vanishes, "verify", "person2@im.example", 0},
        {"reconcile", {"core", "backfill"}, a_twin_vanishes, "verify", "person2@im.example", 0},
        {"reconcile", {"core"}, a_message_is_altered, "verify", "person2@im.example", 1},
        {"reconcile",
         {"core", "backfill"},
         a_message_cannot_be_read,
         "close",
         "person2@im.example",
         0},
        {"reconcile", {"core"}, a_message_is_not_listed, "verify", "person2@im.example", 0},
    };
    faults_are_stopped(faults, sizeof faults / sizeof faults[0]);
}

/* A column that slipped by a row far down the list: canaries from the top alone would miss it. */
static void canaries_are_taken_from_all_over_the_list(void **state) {
    (void)state;
    struct world *world = world_new(12);
    struct buffer text = {0};
    buffer_append_text(&text, "source_address;target_login\n");
    for (size_t i = 0; i < 12; i++)
        buffer_printf(&text, "%s;%s\n", world->mailboxes[i].address,
                      world->mailboxes[i < 6 ? i : 6 + (i + 1) % 6].login);
    world_write(world, "mapping.csv", buffer_text(&text));
    buffer_release(&text);
    assert_int_equal(run_with(world, "canary_wave,stop_all", "core"), 2);
    assert_true(world_foreign(world) <= 4);
    assert_true(world_at_target(world) <= 8);
    world_free(&world);
}

/* What no target takes is named, and the rest goes on; that it was named hides nothing else. */
static void a_message_that_was_named_stops_no_batch_and_hides_no_other(void **state) {
    (void)state;
    static const char *const looks[] = {"canary_wave,stop_all", "blast_cap,stop_all"};
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        struct world *world = world_new(12);
        world->refuses = true;
        assert_int_equal(run_with(world, looks[i], "core"), 1);
        assert_int_equal(world_at_target(world), 12); /* the other recent one of each */
        assert_true(world_alarmed(world, "mover", "person0@im.example"));
        assert_false(world_alarmed(world, "stop_all", "-"));
        assert_non_null(strstr(buffer_text(&world->alarms), "the message of 2025-08-05T06:00:00Z"));
        world_free(&world);

        world = world_new(12);
        world->refuses = true;
        world_write_mapping(world, "mapping.csv", 1, false);
        assert_int_equal(run_with(world, looks[i], "core"), 2);
        assert_true(world_alarmed(world, "stop_all", "-"));
        assert_true(world_at_target(world) <= 4);
        world_free(&world);
    }
}

/* Types it, whose exit code must be 1, and says whether reconcile raised an alarm for person0. */
static bool alarms_again(struct world *world, const char *words) {
    int code = run_with(world, "all,-signed_plan,-phase_gates,-scoped_credential", words);
    if (code != 1)
        fail_msg("%s: exit code %d: %s", words, code, buffer_text(&world->alarms));
    return world_alarmed(world, "reconcile", "person0@im.example");
}

/* The mover named it with an alarm; who misses it later has nothing new to tell, but does not call
 * the mailbox complete either. */
static void what_the_mover_named_is_not_told_again(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->unreadable = true;
    assert_false(alarms_again(world, "core"));
    assert_true(world_alarmed(world, "mover", "person0@im.example"));
    assert_false(alarms_again(world, "verify"));
    assert_non_null(
        strstr(buffer_text(&world->said), "person0@im.example: named before, and still"));
    assert_non_null(strstr(world_claims(world), "\"claim\":\"mailbox_refused\""));
    assert_int_equal(run_with(world, "all,-signed_plan,-phase_gates", "backfill"), 0);
    assert_false(alarms_again(world, "close"));
    assert_null(strstr(world_claims(world), "\"claim\":\"consistent\""));
    /* One more that is not there is told, and told with it. */
    struct world_store *store = &world->mailboxes[0].target;
    store->messages[0] = store->messages[--store->count];
    assert_true(alarms_again(world, "close"));
    world_free(&world);
}

static void what_was_moved_after_all_is_missed_aloud(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->unreadable = true;
    assert_false(alarms_again(world, "core"));
    world->unreadable = false;
    size_t before = world->mailboxes[0].target.count;
    assert_int_equal(run_with(world, "all,-signed_plan,-phase_gates", "core"), 0);
    assert_int_equal(world->mailboxes[0].target.count, before + 1);
    world->mailboxes[0].target.count--; /* and is lost there */
    assert_true(alarms_again(world, "verify"));
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_measure_alone_stops_its_fault),
        cmocka_unit_test(what_the_mover_named_is_not_told_again),
        cmocka_unit_test(what_was_moved_after_all_is_missed_aloud),
        cmocka_unit_test(canaries_are_taken_from_all_over_the_list),
        cmocka_unit_test(a_message_that_was_named_stops_no_batch_and_hides_no_other),
    };
    return cmocka_run_group_tests_name("measures_of_evidence", tests, NULL, NULL);
}
