/*
 * Torture on a small day: the engine is killed in the middle of several phases, in each way, once
 * and twice, and every copy comes to the end of the day without a kill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../command/torture.h"
#include "../rehearsal/end_state.h"
#include "small_day.h"

static uint32_t phase_of(const struct torture *torture, const char *name) {
    uint32_t phase = 0;
    while (phase < torture->phase_count && strcmp(torture->phases[phase], name) != 0)
        phase++;
    assert_int_not_equal(phase, torture->phase_count);
    return phase;
}

struct death { /* at a quarter of a phase's steps */
    const char *phase;
    enum torture_mode mode;
    uint64_t again;
};

/* Kills that day at each of those, which stand in order of the day; `scenario` as it is played. */
static void kill_day(const struct scenario *scenario, const struct death *deaths, size_t count) {
    struct error error = {0};
    struct torture torture = {.seed = 1, .jobs = 2, .scenario = scenario};
    if (torture_learn(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    torture.cases = calloc(count, sizeof *torture.cases);
    for (size_t i = 0; i < count; i++) {
        uint32_t phase = phase_of(&torture, deaths[i].phase);
        assert_true(torture.steps[phase] > 50);
        torture.cases[torture.case_count++] =
            (struct torture_case){phase, torture.steps[phase] / 4, deaths[i].mode, deaths[i].again,
                                  (enum torture_mode)DISK_SECTORS};
    }
    if (torture_play(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < count; i++)
        if (!torture.results[i].ended || torture.results[i].differences > 0)
            fail_msg("%s: %s", deaths[i].phase, torture.results[i].said);
    torture_release(&torture);
}

static void killed_in_the_middle_a_day_comes_to_the_same_end(void **state) {
    (void)state;
    static const struct death deaths[] = {{"seal", (enum torture_mode)DISK_GARBAGE, 0},
                                          {"switch", (enum torture_mode)DISK_KEPT, 0},
                                          {"core", (enum torture_mode)DISK_TORN, 40},
                                          {"backfill", (enum torture_mode)DISK_LOST, 0}};
    struct arena *arena = arena_new();
    kill_day(rehearsal_typed_twice(arena, small_day_file(arena, "scenarios/smoke/small-day.yaml")),
             deaths, sizeof deaths / sizeof deaths[0]);
    arena_close(&arena);
}

/* A colleague writes right after seven: whether he is at home at Exchange at that minute must not
 * decide which mail there is. */
static void a_late_switch_does_not_change_which_mail_is_written(void **state) {
    (void)state;
    static const struct death deaths[] = {{"hold", (enum torture_mode)DISK_KEPT, 0},
                                          {"switch", (enum torture_mode)DISK_KEPT, 0}};
    struct arena *arena = arena_new();
    kill_day(rehearsal_typed_twice(arena, small_day_of(arena, SMALL_WORLD SMALL_RUNBOOK)), deaths,
             sizeof deaths / sizeof deaths[0]);
    arena_close(&arena);
}

static void count_line(void *of, bool expected, struct str line) {
    int *counts = of;
    assert_int_not_equal(line.length, 0);
    counts[expected]++;
}

static void lines_that_only_one_end_has_are_named(void **state) {
    (void)state;
    int counts[2] = {0, 0};
    assert_int_equal(
        end_state_compare(STR("a\nb\nb\nd\n"), STR("a\nb\nc\nd\ne\n"), count_line, counts), 3);
    assert_int_equal(counts[true], 1); /* the second b */
    assert_int_equal(counts[false], 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_only_one_end_has_are_named),
        cmocka_unit_test(killed_in_the_middle_a_day_comes_to_the_same_end),
        cmocka_unit_test(a_late_switch_does_not_change_which_mail_is_written),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
