/*
 * Each measure alone, all others off: it fires on the fault it is for, naming whom or what, and it
 * is silent on a clean day. A row of the table is one fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

#define STATE "/dev/shm/umzug-test" /* where the seal lies */

/* ---- Faults, each planted before the last command ---- */

static void night_list(struct world *world) {
    world_write_mapping(world, "night.csv", 1, false);
}

static void night_list_with_keys(struct world *world) {
    world_write_mapping(world, "night.csv", 1, true);
}

static void wrong_mapping(struct world *world) {
    world_write_mapping(world, "mapping.csv", 1, false);
}

static void two_to_one(struct world *world) {
    struct buffer text = {0};
    buffer_append_text(&text, world_read(world, "mapping.csv"));
    buffer_printf(&text, "late@im.example;p0;00000000-0000-4000-8000-0000000000ff\n");
    world_write(world, "mapping.csv", buffer_text(&text));
    buffer_release(&text);
}

static void plan_adds(struct world *world, const char *line) {
    struct buffer text = {0};
    buffer_append_text(&text, world_read(world, "plan"));
    buffer_append_text(&text, line);
    world_write(world, "plan", buffer_text(&text));
    buffer_release(&text);
}

static void changed_plan(struct world *world) {
    plan_adds(world, "hold_max = 2 h\n");
}

static void target_opens_other(struct world *world) {
    world->opens_other = 3; /* p2's login opens p3's mailbox */
}

static void source_opens_other(struct world *world) {
    world->source_opens_other = 3;
}

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

static void other_cut_off(struct world *world) {
    struct buffer text = {0};
    struct str rest = str_of(world_read(world, "plan"));
    while (rest.length > 0) {
        struct str line = str_cut(&rest, '\n');
        if (str_starts_with(line, "cut_off"))
            line = STR("cut_off = 2025-07-30T06:00:00Z");
        buffer_printf(&text, "%.*s\n", STR_ARG(line));
    }
    world_write(world, "plan", buffer_text(&text));
    buffer_release(&text);
}

static void other_version(struct world *world) {
    world->version = "2";
}

static void sealed_anew(struct world *world) {
    wrong_mapping(world);
    assert_int_equal(world_run(world, "--measures none --by A --and B seal"), 0);
}

static void directory_conflict(struct world *world) {
    world->conflict_at_directory = true;
}

static void route_is_stale(struct world *world) {
    world->mailboxes[2].route = HOME_EXCHANGE;
}

static void held_mail_is_lost(struct world *world) {
    world->mailboxes[2].held_ever = 5;
    world->mailboxes[2].released = 4;
}

static void released_mail_vanishes(struct world *world) {
    world->mailboxes[2].accepted = 1;
}

static void held_mail_is_old(struct world *world) {
    world->mailboxes[2].held_ever = world->mailboxes[2].still_held = 1;
    world->mailboxes[2].oldest_held = world->now - DAY;
}

static void outside_is_open(struct world *world) {
    plan_adds(world, "outside_login = p4\n");
}

static const struct fault {
    const char *measure;
    const char *before[4]; /* what goes well */
    void (*plant)(struct world *);
    const char *then; /* what has to be refused */
    const char *subject;
    size_t foreign_max; /* messages that may have gone astray before it was noticed */
} faults[] = {
    {"signed_plan", {"--by A --and B seal"}, wrong_mapping, "core", "mapping.csv", 0},
    {"signed_plan", {"--by A --and B seal"}, changed_plan, "core", "plan", 0},
    {"signed_plan",
     {"--by A --and B seal", "core"},
     night_list,
     "--mapping night.csv backfill",
     "night.csv",
     0},
    {"signed_plan", {NULL}, NULL, "core", STATE, 0},
    {"signed_plan", {"--by A --and B seal"}, other_cut_off, "core", "plan", 0},
    {"signed_plan", {"--by A --and B seal"}, other_version, "core", STATE, 0},
    {"signed_plan", {"--by A --and B seal", "core"}, other_version, "backfill", STATE, 0},
    {"bijection", {NULL}, two_to_one, "core", "mapping.csv", 0},
    {"key_join", {NULL}, wrong_mapping, "core", "person", 0},
    {"key_join", {"core"}, night_list, "--mapping night.csv backfill", "person", 0},
    {"key_join", {"core"}, night_list_with_keys, "--mapping night.csv backfill", "person", 0},
    {"key_join", {NULL}, source_opens_other, "core", "person2@im.example", 0},
    {"cross_phase", {"core"}, night_list, "--mapping night.csv backfill", "night.csv", 0},
    {"cross_phase", {NULL}, NULL, "backfill", "mapping.csv", 0},
    {"cross_phase", {"core"}, other_version, "core", STATE, 0},
    {"cross_phase", {"core"}, other_version, "backfill", STATE, 0},
    {"cross_phase", {"--by A --and B seal", "core"}, sealed_anew, "core", STATE, 0},
    {"cross_phase", {"--by A --and B seal", "core"}, sealed_anew, "backfill", STATE, 0},
    {"core_overlap", {"core"}, night_list, "--mapping night.csv backfill", "person", 0},
    {"core_overlap", {"core"}, night_list_with_keys, "--mapping night.csv check", "person", 0},
    {"core_overlap", {NULL}, wrong_mapping, "check", "person", 0},
    {"who_am_i", {NULL}, wrong_mapping, "core", "person", 0},
    {"who_am_i", {"core"}, night_list_with_keys, "--mapping night.csv backfill", "person", 0},
    {"who_am_i", {NULL}, target_opens_other, "core", "person2@im.example", 0},
    {"who_am_i", {NULL}, source_opens_other, "core", "person2@im.example", 0},
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
    {"reconcile", {"core", "backfill"}, a_message_cannot_be_read, "close", "person2@im.example", 0},
    {"reconcile", {"core"}, a_message_is_not_listed, "verify", "person2@im.example", 0},
    {"one_cut_off", {"core"}, other_cut_off, "backfill", "plan", 0},
    {"one_cut_off", {"--by A --and B seal"}, other_cut_off, "core", "plan", 0},
    {"one_cut_off", {"backfill"}, other_cut_off, "backfill", "plan", 0},
    {"one_home", {"hold"}, directory_conflict, "switch", "person0@im.example", 0},
    {"one_home", {NULL}, NULL, "switch", "person0@im.example", 0}, /* nothing is held */
    {"one_home", {"hold", "switch"}, route_is_stale, "release", "person2@im.example", 0},
    {"hold_accounting", {"hold"}, held_mail_is_lost, "release", "person2@im.example", 0},
    {"hold_accounting", {"hold"}, released_mail_vanishes, "release", "person2@im.example", 0},
    {"hold_accounting", {"hold"}, held_mail_is_old, "release", "person2@im.example", 0},
    {"phase_gates", {NULL}, NULL, "hold", "mapping.csv", 0},
    {"phase_gates", {NULL}, NULL, "switch", "mapping.csv", 0},
    {"phase_gates", {"preflight", "hold"}, NULL, "release", "mapping.csv", 0},
    {"phase_gates", {NULL}, NULL, "backfill", "mapping.csv", 0},
    {"phase_gates", {"preflight", "hold", "rollback"}, NULL, "hold", "plan", 0},
    {"phase_gates", {"preflight", "hold", "switch", "rollback"}, NULL, "switch", "plan", 0},
    {"phase_gates", {"preflight", "hold", "switch", "rollback"}, NULL, "release", "plan", 0},
    {"phase_gates", {"preflight", "hold", "switch", "rollback"}, NULL, "core", "plan", 0},
    {"no_delete_path", {"core"}, NULL, "--surplus remove backfill", "--surplus", 0},
    {"scoped_credential", {NULL}, outside_is_open, "preflight", "p4", 0},
};

static int run_with(struct world *world, const char *measures, const char *words) {
    char line[256];
    snprintf(line, sizeof line, "--measures %s %s", measures, words);
    return world_run(world, line);
}

static void each_measure_alone_stops_its_fault(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *fault = &faults[i];
        struct world *world = world_new(6);
        for (size_t k = 0; k < 4 && fault->before[k] != NULL; k++)
            assert_int_equal(run_with(world, fault->measure, fault->before[k]), 0);
        if (fault->plant != NULL)
            fault->plant(world);
        int code = run_with(world, fault->measure, fault->then);
        char first[32];
        snprintf(first, sizeof first, "%.*s", (int)strcspn(fault->measure, ","), fault->measure);
        if (code == 0 || !world_alarmed(world, first, fault->subject) ||
            world_foreign(world) > fault->foreign_max) {
            printf("fault %zu (%s, %s): exit %d, %zu foreign\n%s", i, fault->measure, fault->then,
                   code, world_foreign(world), buffer_text(&world->alarms));
            fail();
        }
        world_free(&world);
    }
}

static void each_measure_alone_is_silent_on_a_clean_day(void **state) {
    (void)state;
    static const char *const day[] = {"--by A --and B seal",
                                      "check",
                                      "preflight",
                                      "hold",
                                      "switch",
                                      "release",
                                      "core",
                                      "verify",
                                      "check",
                                      "backfill 17",
                                      "verify",
                                      "close"};
    for (size_t i = 0; i < MEASURE_COUNT; i++) {
        struct world *world = world_new(6);
        for (size_t k = 0; k < sizeof day / sizeof day[0]; k++) {
            int code = run_with(world, measure_row((enum measure)i)->name, day[k]);
            if (code != 0 || world->alarms.length > 0)
                printf("%s, %s: exit %d\n%s", measure_row((enum measure)i)->name, day[k], code,
                       buffer_text(&world->alarms));
            assert_int_equal(code, 0);
            assert_int_equal(world->alarms.length, 0);
        }
        assert_true(world_is_right(world, true));
        world_free(&world);
    }
}

/* The two faults that need a neighbour: another run, and time. */
static void a_lease_keeps_a_second_engine_out(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->kill_in = 12;
    run_with(world, "lease", "core");
    assert_true(world->dead);
    world_wake(world);
    instant before = world->now;
    assert_int_equal(run_with(world, "lease", "core"), 0); /* the dead one's lease runs out */
    assert_true(world->now - before >= MINUTE);
    world_free(&world);
}

static void a_stop_is_acknowledged_and_nothing_is_written_after_it(void **state) {
    (void)state;
    struct world *world = world_new(6);
    world_write_mapping(world, "mapping.csv", 1, false);
    assert_int_equal(run_with(world, "who_am_i,stop_all,lease", "core"), 2);
    assert_true(world_alarmed(world, "stop_all", "-"));
    const char *begun = strstr(world_claims(world), "stop_begun");
    const char *done = strstr(world_claims(world), "stop_done");
    assert_non_null(begun);
    assert_non_null(done);
    assert_true(begun < done);
    assert_int_equal(world_at_target(world), 0);
    world_free(&world);
}

/* The means are gone, not only the wish: whatever a phase comes to want, the doors lack it. */
static void only_a_clean_up_removes_and_only_a_rollback_changes_the_source(void **state) {
    (void)state;
    static const struct {
        enum phase phase;
        const char *measures;
        bool removes, puts;
    } cases[] = {
        {PHASE_CORE, "no_delete_path", false, false},
        {PHASE_BACKFILL, "no_delete_path", false, false},
        {PHASE_VERIFY, "all", false, false},
        {PHASE_ROLLBACK, "no_delete_path", false, true},
        {PHASE_CLEANUP, "no_delete_path", true, false},
        {PHASE_CORE, "all, -no_delete_path", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_new(1);
        struct engine *engine = NULL;
        struct error error = {0};
        const struct engine_request request = {
            .phase = cases[i].phase, .plan = "plan", .measures = cases[i].measures, .typed = ""};
        const struct target_type *target = NULL;
        assert_int_equal(engine_open(&world->platform, &world_adapters, &request, &engine, &error),
                         STATUS_OK);
        target = engine->target->type;
        bool removes = target->remove == world_remove,
             puts = engine->source->type->put == world_put;
        assert_int_equal(removes, cases[i].removes);
        assert_int_equal(puts, cases[i].puts);
        if (!removes)
            assert_int_equal(target->remove(NULL, "INBOX", 1, NULL, 3, &error), STATUS_REFUSED);
        if (!puts)
            assert_int_equal(engine->source->type->put(NULL, "inbox", NULL, &error),
                             STATUS_REFUSED);
        engine_close(&engine, 0);
        world_free(&world);
    }
}

/* Killed, come back as another one, refused by name of both, nothing written; then as it was. */
static void a_killed_backfill_goes_on_only_as_it_was(void **state) {
    (void)state;
    static const struct {
        void (*plant)(struct world *);
        const char *measure, *subject, *both[2];
    } cases[] = {
        {other_cut_off, "signed_plan", "plan", {"\"2025-07-30T06:00:00Z\"", "sealed was"}},
        {wrong_mapping, "signed_plan", "mapping.csv", {"line 2", "p1"}},
        {other_version, "signed_plan", STATE, {"umzug 2", "umzug 1"}},
    };
    static const char *const before[] = {
        "--by A --and B seal", "preflight", "hold", "switch", "release", "core"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_new(3);
        for (size_t k = 0; k < sizeof before / sizeof before[0]; k++)
            assert_int_equal(world_run(world, before[k]), 0);
        struct buffer plan = {0}, mapping = {0};
        buffer_append_text(&plan, world_read(world, "plan"));
        buffer_append_text(&mapping, world_read(world, "mapping.csv"));
        world->kill_in = 40;
        world_run(world, "backfill 17");
        assert_true(world->dead);
        world_wake(world);
        uint64_t appends = world->appends;
        cases[i].plant(world);
        assert_int_equal(world_run(world, "backfill 17"), 1);
        assert_true(world_alarmed(world, cases[i].measure, cases[i].subject));
        for (int k = 0; k < 2; k++)
            assert_non_null(strstr(buffer_text(&world->alarms), cases[i].both[k]));
        assert_int_equal(world->appends, appends);
        world_write(world, "plan", buffer_text(&plan));
        world_write(world, "mapping.csv", buffer_text(&mapping));
        world->version = NULL;
        assert_int_equal(world_run(world, "backfill 17"), 0);
        assert_true(world_is_right(world, true));
        buffer_release(&plan);
        buffer_release(&mapping);
        world_free(&world);
    }
}

/* What a plan keeps secret is not shown where it differs. */
static void another_password_is_noticed_and_not_shown(void **state) {
    (void)state;
    struct world *world = world_new(1);
    struct buffer text = {0};
    assert_int_equal(world_run(world, "--by A --and B seal"), 0);
    buffer_append_text(&text, world_read(world, "plan"));
    char *found = strstr(buffer_text(&text), "target_password = ");
    assert_non_null(found);
    found[strlen("target_password = ")] = '#';
    world_write(world, "plan", buffer_text(&text));
    assert_int_equal(world_run(world, "core"), 1);
    assert_non_null(strstr(buffer_text(&world->alarms), "target_password is another one;"));
    buffer_release(&text);
    world_free(&world);
}

static void a_mirror_is_refused_before_it_begins(void **state) {
    (void)state;
    struct world *world = world_new(2);
    assert_int_equal(world_run(world, "--measures no_delete_path --surplus remove core"), 1);
    assert_true(world_alarmed(world, "no_delete_path", "--surplus"));
    assert_int_equal(world_at_target(world), 0);
    assert_int_equal(world_run(world, "--measures no_delete_path --surplus keep core"), 0);
    assert_int_equal(world_run(world, "--measures no_delete_path --surplus all core"), 65);
    world_free(&world);
}

static void one_refused_mailbox_stops_only_itself(void **state) {
    (void)state;
    struct world *world = world_new(6);
    world->mailboxes[2].closed_to_us = true;
    assert_int_equal(run_with(world, "all,-signed_plan,-phase_gates", "core"), 1);
    assert_int_equal(world_at_target(world), 5 * 2);
    assert_true(world_alarmed(world, "mover", "person2@im.example"));
    world_free(&world);
}

static void the_founding_incident_is_refused_by_all_measures_together(void **state) {
    (void)state;
    static const char *const day[] = {
        "--by A --and B seal", "preflight", "hold", "switch", "release", "core"};
    struct world *world = world_new(8);
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++)
        assert_int_equal(world_run(world, day[i]), 0);
    night_list(world);
    assert_int_equal(world_run(world, "backfill 17 --mapping night.csv"), 1);
    assert_int_equal(world_foreign(world), 0);
    assert_true(world_alarmed(world, "signed_plan", "night.csv"));
    assert_int_equal(world_run(world, "backfill 17"), 0);
    assert_true(world_is_right(world, true));
    world_free(&world);
}

/* The rollback need not have come to its end, nor to any mailbox. */
static void after_a_rollback_only_another_attempt_goes_on(void **state) {
    (void)state;
    static const char *const day[] = {"--by A --and B seal", "preflight", "hold", "switch"};
    struct world *world = world_new(3);
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++)
        assert_int_equal(world_run(world, day[i]), 0);
    assert_int_equal(world_run(world, "rollback 17"), 1); /* one person's order sets nothing back */
    assert_int_equal(world_run(world, "switch"), 0);
    world->conflict_at_directory = true; /* nobody's home can be set back */
    assert_int_not_equal(world_run(world, "--by A --and B rollback 17"), 0);
    world->conflict_at_directory = false;
    assert_int_equal(world_run(world, "switch"), 1);
    assert_non_null(strstr(buffer_text(&world->alarms), "write \"attempt = 2\" into the plan"));
    assert_int_equal(world_run(world, "--by A --and B rollback 17"), 0);
    assert_int_equal(world_run(world, "switch"), 1);
    assert_true(world_alarmed(world, "phase_gates", "plan"));
    for (size_t i = 0; i < world->count; i++)
        assert_int_equal(world->mailboxes[i].directory, HOME_EXCHANGE);
    plan_adds(world, "attempt = 2\n");
    for (size_t i = 0; i < sizeof day / sizeof day[0]; i++)
        assert_int_equal(world_run(world, day[i]), 0);
    world_free(&world);
}

static void an_exchanged_seal_is_noticed(void **state) {
    (void)state;
    struct world *world = world_new(4);
    assert_int_equal(world_run(world, "--measures all,-phase_gates --by A --and B seal"), 0);
    assert_int_equal(world_run(world, "--measures all,-phase_gates core"), 0);
    world_write_mapping(world, "mapping.csv", 1, true);
    assert_int_equal(world_run(world, "--measures all,-phase_gates --by A --and B seal"), 0);
    assert_int_equal(world_run(world, "--measures all,-phase_gates backfill"), 1);
    assert_true(world_alarmed(world, "cross_phase", "/dev/shm/umzug-test"));
    assert_int_equal(world_foreign(world), 0);
    world_free(&world);
}

static void without_one_cut_off_mail_falls_into_the_gap(void **state) {
    (void)state;
    for (int with = 0; with < 2; with++) {
        struct world *world = world_new(1);
        world->mailboxes[0].source.messages[0].received = WORLD_NOW - 7 * DAY - 7 * HOUR;
        assert_int_equal(run_with(world, with ? "one_cut_off" : "none", "core"), 0);
        world->now -= DAY; /* a clock that was set wrong */
        assert_int_equal(run_with(world, with ? "one_cut_off" : "none", "backfill"), 0);
        assert_int_equal(world_at_target(world), with ? 8 : 7);
        world_free(&world);
    }
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

static void nothing_is_left_in_doubt_after_a_clean_run(void **state) {
    (void)state;
    struct world *world = world_new(2);
    assert_int_equal(run_with(world, "write_ahead", "core"), 0);
    assert_int_equal(run_with(world, "write_ahead", "status"), 0);
    assert_non_null(strstr(buffer_text(&world->said), "4 written, 0 in doubt"));
    world_free(&world);
}

static void a_server_that_lists_too_much_does_not_move_the_cut_off(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->lists_all = true;
    assert_int_equal(run_with(world, "one_cut_off", "core"), 0);
    assert_true(world_is_right(world, false));
    world_free(&world);
}

static void the_list_of_measures_is_read_strictly(void **state) {
    (void)state;
    static const struct {
        const char *list;
        uint32_t set;
    } cases[] = {
        {"all", (1u << MEASURE_COUNT) - 1},
        {"none", 0},
        {"bijection, key_join", 1u << MEASURE_BIJECTION | 1u << MEASURE_KEY_JOIN},
        {"all, -cross_phase", ((1u << MEASURE_COUNT) - 1) & ~(1u << MEASURE_CROSS_PHASE)},
        {"-cross_phase", ((1u << MEASURE_COUNT) - 1) & ~(1u << MEASURE_CROSS_PHASE)},
    };
    struct error error;
    uint32_t set;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(measures_parse(str_of(cases[i].list), &set, &error), STATUS_OK);
        assert_int_equal(set, cases[i].set);
    }
    assert_int_equal(measures_parse(STR("cros_phase"), &set, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "did you mean \"cross_phase\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_measure_alone_stops_its_fault),
        cmocka_unit_test(each_measure_alone_is_silent_on_a_clean_day),
        cmocka_unit_test(a_lease_keeps_a_second_engine_out),
        cmocka_unit_test(a_stop_is_acknowledged_and_nothing_is_written_after_it),
        cmocka_unit_test(only_a_clean_up_removes_and_only_a_rollback_changes_the_source),
        cmocka_unit_test(a_mirror_is_refused_before_it_begins),
        cmocka_unit_test(a_killed_backfill_goes_on_only_as_it_was),
        cmocka_unit_test(another_password_is_noticed_and_not_shown),
        cmocka_unit_test(one_refused_mailbox_stops_only_itself),
        cmocka_unit_test(the_founding_incident_is_refused_by_all_measures_together),
        cmocka_unit_test(after_a_rollback_only_another_attempt_goes_on),
        cmocka_unit_test(an_exchanged_seal_is_noticed),
        cmocka_unit_test(without_one_cut_off_mail_falls_into_the_gap),
        cmocka_unit_test(canaries_are_taken_from_all_over_the_list),
        cmocka_unit_test(a_message_that_was_named_stops_no_batch_and_hides_no_other),
        cmocka_unit_test(nothing_is_left_in_doubt_after_a_clean_run),
        cmocka_unit_test(a_server_that_lists_too_much_does_not_move_the_cut_off),
        cmocka_unit_test(the_list_of_measures_is_read_strictly),
    };
    return cmocka_run_group_tests_name("measures", tests, NULL, NULL);
}
