/*
 * What is due when: a queue ordered by instant, then by a tie-breaker, then by number, from which
 * anything can be taken back. A heap of four children a node, since sifting down touches half the
 * cache lines of a binary one.
 */
#ifndef SIM_KERNEL_SCHEDULE_H
#define SIM_KERNEL_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engine/base/instant.h"

struct schedule;

struct happening {
    instant at;
    uint64_t tie;
    uint64_t number;
    void (*happen)(void *of);
    void *of; /* borrows */
};

struct schedule *schedule_new(void);
void schedule_close(struct schedule **schedule);

/* Returns a ticket for schedule_cancel(); never 0. */
uint64_t schedule_add(struct schedule *schedule, const struct happening *happening);
/* False when it was taken or cancelled already. */
bool schedule_cancel(struct schedule *schedule, uint64_t ticket);

size_t schedule_count(const struct schedule *schedule);
/* INSTANT_NEVER when nothing is due. */
instant schedule_next(const struct schedule *schedule);
/* Takes the next one out. False when there is none. */
bool schedule_take(struct schedule *schedule, struct happening *happening_r);

#endif
