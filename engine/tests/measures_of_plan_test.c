/*
 * Measures over the plan, each alone, all others off: the list, the cut-off, the seal and the order
 * of phases are what was agreed, also after a kill and after a rollback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"

static void two_to_one(struct world *world) {
    struct buffer text = {0};
    buffer_append_text(&text, world_read(world, "mapping.csv"));
    buffer_printf(&text, "late@im.example;p0;00000000-0000-4000-8000-0000000000ff\n");
    world_write(world, "mapping.csv", buffer_text(&text));
    buffer_release(&text);
}

static void changed_plan(struct world *world) {
    plan_adds(world, "hold_max = 2 h\n");
}

static void sealed_anew(struct world *world) {
    wrong_mapping(world);
    assert_int_equal(world_run(world, "--measures none --by A --and B seal"), 0);
}

static void each_measure_alone_stops_its_fault(void **state) {
    (void)state;
    static const struct fault faults[] = {
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
        {"cross_phase", {"core"}, night_list, "--mapping night.csv backfill", "night.csv", 0},
        {"cross_phase", {NULL}, NULL, "backfill", "mapping.csv", 0},
        {"cross_phase", {"core"}, other_version, "core", STATE, 0},
        {"cross_phase", {"core"}, other_version, "backfill", STATE, 0},
        {"cross_phase", {"--by A --and B seal", "core"}, sealed_anew, "core", STATE, 0},
        {"cross_phase", {"--by A --and B seal", "core"}, sealed_anew, "backfill", STATE, 0},
        {"one_cut_off", {"core"}, other_cut_off, "backfill", "plan", 0},
        {"one_cut_off", {"--by A --and B seal"}, other_cut_off, "core", "plan", 0},
        {"one_cut_off", {"backfill"}, other_cut_off, "backfill", "plan", 0},
        {"phase_gates", {NULL}, NULL, "hold", "mapping.csv", 0},
        {"phase_gates", {NULL}, NULL, "switch", "mapping.csv", 0},
        {"phase_gates", {"preflight", "hold"}, NULL, "release", "mapping.csv", 0},
        {"phase_gates", {NULL}, NULL, "backfill", "mapping.csv", 0},
        {"phase_gates", {"preflight", "hold", "rollback"}, NULL, "hold", "plan", 0},
        {"phase_gates", {"preflight", "hold", "switch", "rollback"}, NULL, "switch", "plan", 0},
        {"phase_gates", {"preflight", "hold", "switch", "rollback"}, NULL, "release", "plan", 0},
        {"phase_gates", {"preflight", "hold", "switch", "rollback"}, NULL, "core", "plan", 0},
    };
    faults_are_stopped(faults, sizeof faults / sizeof faults[0]);
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

static void a_server_that_lists_too_much_does_not_move_the_cut_off(void **state) {
    (void)state;
    struct world *world = world_new(1);
    world->lists_all = true;
    assert_int_equal(run_with(world, "one_cut_off", "core"), 0);
    assert_true(world_is_right(world, false));
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_measure_alone_stops_its_fault),
        cmocka_unit_test(a_killed_backfill_goes_on_only_as_it_was),
        cmocka_unit_test(another_password_is_noticed_and_not_shown),
        cmocka_unit_test(after_a_rollback_only_another_attempt_goes_on),
        cmocka_unit_test(an_exchanged_seal_is_noticed),
        cmocka_unit_test(without_one_cut_off_mail_falls_into_the_gap),
        cmocka_unit_test(a_server_that_lists_too_much_does_not_move_the_cut_off),
    };
    return cmocka_run_group_tests_name("measures_of_plan", tests, NULL, NULL);
}
