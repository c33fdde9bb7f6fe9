/*
 * All measures: each alone is silent on a clean day, together they refuse the founding incident,
 * and a stop stops. What each of them alone notices stands by family in measures_of_*_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"

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

static void one_refused_mailbox_stops_only_itself(void **state) {
    (void)state;
    struct world *world = world_new(6);
    world->mailboxes[2].closed_to_us = true;
    assert_int_equal(run_with(world, "all,-signed_plan,-phase_gates", "core"), 1);
    assert_int_equal(world_at_target(world), 5 * 2);
    assert_true(world_alarmed(world, "mover", "person2@im.example"));
    world_free(&world);
}

static void nothing_is_left_in_doubt_after_a_clean_run(void **state) {
    (void)state;
    struct world *world = world_new(2);
    assert_int_equal(run_with(world, "write_ahead", "core"), 0);
    assert_int_equal(run_with(world, "write_ahead", "status"), 0);
    assert_non_null(strstr(buffer_text(&world->said), "4 written, 0 in doubt"));
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
        cmocka_unit_test(each_measure_alone_is_silent_on_a_clean_day),
        cmocka_unit_test(the_founding_incident_is_refused_by_all_measures_together),
        cmocka_unit_test(a_lease_keeps_a_second_engine_out),
        cmocka_unit_test(a_stop_is_acknowledged_and_nothing_is_written_after_it),
        cmocka_unit_test(one_refused_mailbox_stops_only_itself),
        cmocka_unit_test(nothing_is_left_in_doubt_after_a_clean_run),
        cmocka_unit_test(the_list_of_measures_is_read_strictly),
    };
    return cmocka_run_group_tests_name("measures", tests, NULL, NULL);
}
