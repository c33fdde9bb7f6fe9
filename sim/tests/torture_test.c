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
#include "../command/torture_alike.h"
#include "../rehearsal/end_state.h"
#include "small_day.h"

static uint32_t phase_of(const struct torture *torture, const char *name) {
    uint32_t phase = 0;
    while (phase < torture->phase_count && strcmp(torture->phases[phase], name) != 0)
        phase++;
    assert_int_not_equal(phase, torture->phase_count);
    return phase;
}

struct death {
    const char *phase;
    uint64_t from, until; /* eighths of the phase's steps; nothing in between when equal */
    enum torture_mode mode;
    uint64_t again;
};

enum { DEATHS_EACH = 8 }; /* between `from` and `until` */

static void add_death(struct torture *torture, const struct death *death) {
    uint32_t phase = phase_of(torture, death->phase);
    uint64_t steps = torture->steps[phase], former = 0;
    assert_true(steps > 50);
    for (uint64_t i = 0; i < DEATHS_EACH; i++) {
        uint64_t span = (death->until - death->from) * i;
        uint64_t step = steps * (death->from * DEATHS_EACH + span) / 8 / DEATHS_EACH;
        if (step == former)
            continue;
        torture->cases[torture->case_count++] = (struct torture_case){
            phase, step, death->mode, death->again, (enum torture_mode)DISK_SECTORS};
        former = step;
    }
}

/* Kills that day at each of those, which stand in order of the day. */
static void kill_day(const struct scenario *scenario, const struct death *deaths, size_t count) {
    struct error error = {0};
    struct arena *arena = arena_new();
    struct torture torture = {.seed = 1, .jobs = 2};
    torture.scenario = rehearsal_typed_twice(arena, scenario);
    if (torture_learn(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    torture.cases = calloc(count, DEATHS_EACH * sizeof *torture.cases);
    for (size_t i = 0; i < count; i++)
        add_death(&torture, &deaths[i]);
    if (torture_play(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < torture.case_count; i++) {
        struct buffer text = {0};
        torture_case_text(&torture, &torture.cases[i], &text);
        if (!torture.results[i].ended || torture.results[i].differences > 0)
            fail_msg("%s: %s", buffer_text(&text), torture.results[i].said);
        buffer_release(&text);
    }
    torture_release(&torture);
    arena_close(&arena);
}

#define KILL_DAY(scenario, ...)                                                                    \
    do {                                                                                           \
        static const struct death deaths[] = {__VA_ARGS__};                                        \
        kill_day(scenario, deaths, sizeof deaths / sizeof deaths[0]);                              \
    } while (0)

static void killed_in_the_middle_a_day_comes_to_the_same_end(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    KILL_DAY(small_day_file(arena, "scenarios/smoke/small-day.yaml"),
             {"seal", 2, 2, (enum torture_mode)DISK_GARBAGE, 0},
             {"switch", 2, 2, (enum torture_mode)DISK_KEPT, 0},
             {"core", 2, 2, (enum torture_mode)DISK_TORN, 40},
             {"backfill", 2, 2, (enum torture_mode)DISK_LOST, 0});
    arena_close(&arena);
}

/* A colleague writes right after seven: whether he is at home at Exchange at that minute must not
 * decide which mail there is. */
static void a_late_switch_does_not_change_which_mail_is_written(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    KILL_DAY(small_day_of(arena, SMALL_WORLD SMALL_RUNBOOK),
             {"hold", 2, 2, (enum torture_mode)DISK_KEPT, 0},
             {"switch", 2, 2, (enum torture_mode)DISK_KEPT, 0});
    arena_close(&arena);
}

/* The evidence says from when on mail lay open, whoever settled that it did; what was removed and
 * not struck out is gone all the same; a torn line of evidence was never sealed. */
static void a_clean_up_may_die_anywhere(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    KILL_DAY(small_day_file(arena, "scenarios/drills/small-undone.yaml"),
             {"backfill", 1, 3, (enum torture_mode)DISK_LOST, 0},
             {"cleanup", 0, 2, (enum torture_mode)DISK_SECTORS, 0},
             {"cleanup", 2, 4, (enum torture_mode)DISK_GARBAGE, 0},
             {"cleanup", 4, 8, (enum torture_mode)DISK_KEPT, 0});
    arena_close(&arena);
}

static void a_rollback_may_die_anywhere(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    KILL_DAY(small_day_file(arena, "scenarios/drills/small-rolled-back.yaml"),
             {"rollback", 0, 4, (enum torture_mode)DISK_TORN, 30},
             {"rollback", 4, 8, (enum torture_mode)DISK_LOST, 0});
    arena_close(&arena);
}

/* Of one transaction's steps most leave the ledger as it was before, or as it is after. */
static void deaths_that_leave_the_same_are_played_once(void **state) {
    (void)state;
    enum { FROM = 100, STEPS = 40, MODES = 3 };
    static const enum disk_crash modes[MODES] = {DISK_KEPT, DISK_LOST, DISK_REORDERED};
    struct arena *arena = arena_new();
    struct error error = {0};
    struct torture torture = {.seed = 1, .jobs = 2, .alike = alike_new()};
    size_t played = 0, like = 0;
    torture.scenario =
        rehearsal_typed_twice(arena, small_day_file(arena, "scenarios/smoke/small-day.yaml"));
    if (torture_learn(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    torture.cases = calloc(STEPS * MODES, sizeof *torture.cases);
    for (uint64_t step = FROM; step < FROM + STEPS; step++)
        for (size_t i = 0; i < MODES; i++)
            torture.cases[torture.case_count++] = (struct torture_case){
                phase_of(&torture, "hold"), step, (enum torture_mode)modes[i], 0, 0};
    if (torture_play(&torture, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < torture.case_count; i++) {
        const struct torture_result *result = &torture.results[i];
        if (!result->ended || result->differences > 0)
            fail_msg("%llu: %s", (unsigned long long)torture.cases[i].step, result->said);
        played += result->played;
        like += result->like != 0;
    }
    assert_in_range(played, 4, 30); /* of 120, in three or four transactions */
    assert_true(played + like >= torture.case_count);
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
        cmocka_unit_test(deaths_that_leave_the_same_are_played_once),
        cmocka_unit_test(a_clean_up_may_die_anywhere),
        cmocka_unit_test(a_rollback_may_die_anywhere),
        cmocka_unit_test(a_late_switch_does_not_change_which_mail_is_written),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
