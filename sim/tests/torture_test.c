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

static void killed_in_the_middle_a_day_comes_to_the_same_end(void **state) {
    (void)state;
    static const struct {
        const char *phase;
        enum torture_mode mode;
        uint64_t again;
    } cases[] = {/* in order of the day */
                 {"seal", (enum torture_mode)DISK_GARBAGE, 0},
                 {"switch", (enum torture_mode)DISK_KEPT, 0},
                 {"core", (enum torture_mode)DISK_TORN, 40},
                 {"backfill", (enum torture_mode)DISK_LOST, 0}};
    enum { COUNT = sizeof cases / sizeof cases[0] };
    struct arena *arena = arena_new();
    struct error error = {0};
    struct torture torture = {.seed = 1, .jobs = 2};
    torture.scenario =
        rehearsal_typed_twice(arena, small_day_file(arena, "scenarios/smoke/small-day.yaml"));
    if (torture_learn(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    torture.cases = calloc(COUNT, sizeof *torture.cases);
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t phase = phase_of(&torture, cases[i].phase);
        assert_true(torture.steps[phase] > 50);
        torture.cases[torture.case_count++] =
            (struct torture_case){phase, torture.steps[phase] / 4, cases[i].mode, cases[i].again,
                                  (enum torture_mode)DISK_SECTORS};
    }
    if (torture_play(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < COUNT; i++)
        if (!torture.results[i].ended || torture.results[i].differences > 0)
            fail_msg("%s: %s", cases[i].phase, torture.results[i].said);
    torture_release(&torture);
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
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
