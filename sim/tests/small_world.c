/* See small_world.h. */
#include "small_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "small_day.h"

void small_world_open(struct small_world *small, const char *scenario, uint64_t seed) {
    struct error error = {0};
    *small = (struct small_world){.arena = arena_new()};
    small->scenario = small_day_of(small->arena, scenario);
    if (history_create(NULL, &small->history, &error) != STATUS_OK ||
        world_open(small->scenario, seed, small->history, &small->world, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

void small_world_run(struct small_world *small, int64_t clock) {
    enum kernel_result result =
        kernel_run(small->world->kernel, scenario_instant(small->scenario, clock));
    assert_int_not_equal(result, KERNEL_ENDLESS);
}

static void small_world_set(struct small_world *small, const char *key, instant at) {
    char text[INSTANT_TEXT_MAX];
    history_set(small->history, key, str_of(instant_text(at, text)));
}

void small_world_judge(struct small_world *small) {
    struct error error = {0};
    small_world_set(small, "began", small->world->begins);
    small_world_set(small, "cut_off", small->world->cut_off);
    small_world_set(small, "ended", small->world->clock.now);
    history_freeze(small->history);
    kernel_close(&small->world->kernel);
    if (judge(small->history, NULL, &small->judgement, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

int64_t small_world_number(const struct small_world *small, enum number number) {
    return small->judgement->trial.numbers[number];
}

void small_world_close(struct small_world *small) {
    judgement_close(&small->judgement);
    world_close(&small->world);
    history_close(&small->history);
    arena_close(&small->arena);
}

struct counting {
    const struct history *history;
    struct fact_filter filter;
    uint64_t count;
};

static bool count_fact(void *of, const struct fact *fact) {
    struct counting *counting = of;
    const struct fact_filter *filter = &counting->filter;
    if (fact->kind == filter->kind && (filter->mailbox == 0 || fact->mailbox == filter->mailbox) &&
        (filter->system == SYSTEM_NONE || fact->system == filter->system) &&
        fact->a >= filter->a_at_least &&
        (filter->process == NULL ||
         str_starts_with(history_text(counting->history, fact->process), filter->process)))
        counting->count++;
    return true;
}

uint64_t history_count(struct history *history, struct fact_filter filter) {
    struct counting counting = {.history = history, .filter = filter};
    struct error error = {0};
    assert_int_equal(history_each_fact(history, count_fact, &counting, &error), STATUS_OK);
    return counting.count;
}

uint64_t small_world_count(const struct small_world *small, struct fact_filter filter) {
    return history_count(small->history, filter);
}
