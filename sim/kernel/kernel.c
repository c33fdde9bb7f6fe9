/*
 * The loop: take the next event, move the clock to it, let it happen. What is endless is found by
 * counting events and calls since the clock last moved: a program that waits for time to pass by
 * asking the clock never lets it pass, and would hang without this.
 */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "inside.h"
#include "seam.h"

struct kernel *kernel_new(uint64_t seed, instant start, struct clock *clock) {
    struct kernel *kernel = memory_new(1, sizeof *kernel);
    kernel->clock = clock;
    kernel->start = start;
    clock->now = start;
    kernel->arena = arena_new();
    kernel->schedule = schedule_new();
    kernel->network = network_new();
    kernel->ties = chance_of(seed, "kernel ties");
    kernel->links = chance_of(seed, "kernel links");
    kernel->races = chance_of(seed, "kernel races");
    kernel->random = chance_of(seed, "kernel random");
    kernel->patience = KERNEL_PATIENCE;
    kernel->pid = FIRST_PID;
    return kernel;
}

/* ---- closing --------------------------------------------------------------------------------- */

/* Lets killed tasks unwind, with the same patience for each turn and for all turns together.
 * Whatever else was due is dropped: it belongs to people who may be gone. */
static void kernel_unwind(struct kernel *kernel) {
    for (struct process *process = kernel->processes; process != NULL; process = process->next)
        process_kill(process);
    struct happening next;
    uint64_t turns = 0;
    kernel->running = true;
    while (turns < kernel->patience && schedule_take(kernel->schedule, &next)) {
        if (next.happen != task_turn)
            continue;
        kernel->still = 0;
        turns++;
        next.happen(next.of);
    }
    kernel->running = false;
}

static void kernel_free_processes(struct kernel *kernel) {
    while (kernel->processes != NULL) {
        struct process *process = kernel->processes;
        kernel->processes = process->next;
        while (process->tasks != NULL)
            task_free(process->tasks);
        free(process);
    }
}

void kernel_close(struct kernel **kernel) {
    struct kernel *closed = *kernel;
    if (closed == NULL)
        return;
    check(!closed->running);
    check(task_current() == NULL);
    kernel_unwind(closed);
    for (struct process *process = closed->processes; process != NULL; process = process->next)
        seam_leave(process);
    network_close(&closed->network);
    kernel_free_processes(closed);
    schedule_close(&closed->schedule);
    arena_close(&closed->arena);
    free(closed);
    *kernel = NULL; /* last: unwinding tasks still ask what time it is */
}

/* ---- running --------------------------------------------------------------------------------- */

void kernel_spend(struct kernel *kernel) {
    if (++kernel->still < kernel->patience)
        return;
    struct task *task = task_current();
    const struct task *last = kernel->last_turn;
    if (!kernel->is_endless && last == NULL)
        snprintf(kernel->endless, sizeof kernel->endless, "an event outside of tasks");
    else if (!kernel->is_endless)
        snprintf(kernel->endless, sizeof kernel->endless, "task '%s' of process '%s'", last->name,
                 last->process->name);
    kernel->is_endless = true;
    if (task == NULL)
        return;
    task->state = TASK_ABANDONED;
    kernel->counts.abandoned++;
    coroutine_yield();
    check(!"an abandoned task was resumed");
}

static void kernel_step(struct kernel *kernel) {
    struct happening next;
    check(schedule_take(kernel->schedule, &next));
    check_compare(next.at, >=, kernel->clock->now);
    if (next.at > kernel->clock->now)
        kernel->still = 0;
    kernel->clock->now = next.at;
    kernel->counts.events++;
    kernel->trace = chance_mix(kernel->trace ^ (uint64_t)next.at, next.number);
    next.happen(next.of);
    kernel_spend(kernel);
}

enum kernel_result kernel_run(struct kernel *kernel, instant until) {
    check(!kernel->running);
    check(task_current() == NULL);
    kernel->running = true;
    kernel->stopped = false;
    kernel->is_endless = false;
    kernel->still = 0;
    enum kernel_result result = KERNEL_IDLE;
    for (;;) {
        instant next = schedule_next(kernel->schedule);
        if (next == INSTANT_NEVER && until == INSTANT_NEVER)
            break;
        if (next > until) {
            kernel->clock->now = until > kernel->clock->now ? until : kernel->clock->now;
            result = next == INSTANT_NEVER ? KERNEL_IDLE : KERNEL_UNTIL;
            break;
        }
        kernel_step(kernel);
        if (kernel->stopped || kernel->is_endless) {
            result = kernel->is_endless ? KERNEL_ENDLESS : KERNEL_STOPPED;
            break;
        }
    }
    kernel->running = false;
    return result;
}

void kernel_stop(struct kernel *kernel) {
    kernel->stopped = true;
}

const char *kernel_endless(const struct kernel *kernel) {
    return kernel->endless;
}

instant kernel_now(const struct kernel *kernel) {
    return kernel->clock->now;
}

int64_t kernel_age(const struct kernel *kernel) {
    return kernel->clock->now - kernel->start;
}

/* ---- timers ---------------------------------------------------------------------------------- */

kernel_timer kernel_at(struct kernel *kernel, instant at, void (*happen)(void *of), void *of) {
    check_compare(schedule_count(kernel->schedule), <, KERNEL_TIMERS_MAX);
    check(at != INSTANT_NEVER);
    struct happening next = {.at = at > kernel->clock->now ? at : kernel->clock->now,
                             .tie = chance_next(&kernel->ties),
                             .number = ++kernel->number,
                             .happen = happen,
                             .of = of};
    return schedule_add(kernel->schedule, &next);
}

bool kernel_cancel(struct kernel *kernel, kernel_timer timer) {
    return schedule_cancel(kernel->schedule, timer);
}

/* ---- what the world is like ------------------------------------------------------------------ */

struct arena *kernel_arena(struct kernel *kernel) {
    return kernel->arena;
}

struct chance *kernel_chance(struct kernel *kernel) {
    return &kernel->random;
}

void kernel_set_short_reads(struct kernel *kernel, unsigned percent) {
    check_compare(percent, <=, 100);
    kernel->short_reads = percent;
}

void kernel_set_lock_yields(struct kernel *kernel, unsigned percent) {
    check_compare(percent, <=, 100);
    kernel->lock_yields = percent;
}

void kernel_set_patience(struct kernel *kernel, uint64_t events) {
    check(events > 0);
    kernel->patience = events;
}

struct kernel_counts kernel_counts(const struct kernel *kernel) {
    return kernel->counts;
}

uint64_t kernel_trace_digest(const struct kernel *kernel) {
    return kernel->trace;
}

uint64_t kernel_fingerprint(const struct kernel *kernel) {
    const struct chance *const chances[] = {&kernel->ties, &kernel->links, &kernel->races,
                                            &kernel->random};
    uint64_t print = chance_mix(kernel->trace, kernel->number);
    for (size_t i = 0; i < sizeof chances / sizeof chances[0]; i++)
        for (size_t k = 0; k < sizeof chances[i]->state / sizeof chances[i]->state[0]; k++)
            print = chance_mix(print, chances[i]->state[k]);
    return chance_mix(print, (uint64_t)kernel->clock->now);
}

void kernel_trace(struct kernel *kernel, uint64_t number) {
    kernel->trace = chance_mix(kernel->trace, number);
}
