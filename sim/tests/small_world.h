/*
 * A world without any engine, for tests of what happens around it: parties that answer, a history
 * in memory, and whatever actors the test starts in it.
 */
#ifndef SIM_TESTS_SMALL_WORLD_H
#define SIM_TESTS_SMALL_WORLD_H

#include "../../reports/judge.h"
#include "../world.h"

struct small_world {
    struct arena *arena;
    const struct scenario *scenario;
    struct history *history;
    struct world *world;
    struct judgement *judgement; /* after small_world_judge() */
};

/* The world of that scenario, when its day begins. */
void small_world_open(struct small_world *small, const char *scenario, uint64_t seed);
/* Lets happen what happens up to that clock of the day, 24 * HOUR for the next midnight. */
void small_world_run(struct small_world *small, int64_t clock);
/* Ends the day and judges it. Actors must not be freed before. */
void small_world_judge(struct small_world *small);
int64_t small_world_number(const struct small_world *small, enum number number);
void small_world_close(struct small_world *small);

/* How many facts there are of that kind. A filter that is 0 or NULL lets everything pass; `process`
 * is the beginning of a name. */
struct fact_filter {
    enum fact_kind kind;
    const char *process;
    uint32_t mailbox;
    enum system system;
    int64_t a_at_least;
};
uint64_t small_world_count(const struct small_world *small, struct fact_filter filter);
/* The same for any history. */
uint64_t history_count(struct history *history, struct fact_filter filter);

#endif
