/*
 * The kernel of one world: its clock, its schedule and its chance. Nothing in a world happens but
 * by an event of this schedule; only the schedule moves the clock, and it moves it straight to the
 * next event, so that a day without work costs nothing.
 *
 * Events at the same instant happen in an order drawn by the seed, then in order of their making.
 * Same seed, same order: kernel_trace_digest() shows it. An event costs about 150 ns.
 *
 * There may be several kernels, one after the other or side by side, but only one runs at a time,
 * and none runs inside another's event.
 */
#ifndef SIM_KERNEL_KERNEL_H
#define SIM_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engine/base/arena.h"
#include "../../engine/base/chance.h"
#include "../../engine/base/instant.h"
#include "clock.h"

struct kernel;

enum {
    /* So many events or calls without the clock moving are an endless loop. */
    KERNEL_PATIENCE = 10 * 1000 * 1000,
    KERNEL_TIMERS_MAX = 4 * 1000 * 1000,
};

/* `clock`, which is borrowed and must outlive the kernel, is set to `start` and from then on
 * written by the kernel alone. Never NULL. */
struct kernel *kernel_new(uint64_t seed, instant start, struct clock *clock);

/* Kills every process, lets their tasks unwind, frees all that belongs to the world: processes,
 * listeners, streams that nobody closed. A task that does not unwind is abandoned. Comes before
 * the closing of whatever the tasks use; not to be called from inside a task. NULL behind. */
void kernel_close(struct kernel **kernel);

enum kernel_result {
    KERNEL_IDLE,    /* nothing is left to happen; the clock stands at `until` if one was given */
    KERNEL_UNTIL,   /* `until` is reached, and the clock stands there */
    KERNEL_STOPPED, /* kernel_stop() was called */
    KERNEL_ENDLESS, /* the clock did not move for KERNEL_PATIENCE events; see kernel_endless() */
};

/* Lets happen what is due up to and including `until`; INSTANT_NEVER: until nothing is left. May be
 * called again to go on. */
enum kernel_result kernel_run(struct kernel *kernel, instant until);

/* Lets kernel_run() return after the present event. */
void kernel_stop(struct kernel *kernel);

/* Who was running when the world was found to be endless: "task 'x' of process 'y'", "an
 * event outside of tasks"; "" before. */
const char *kernel_endless(const struct kernel *kernel);

instant kernel_now(const struct kernel *kernel);
/* Microseconds since the start of the world. */
int64_t kernel_age(const struct kernel *kernel);

/* Names one timer for kernel_cancel(). 0 is never given out. */
typedef uint64_t kernel_timer;

/* Calls `happen(of)` at `at`, at once if that is past, outside of any task. */
kernel_timer kernel_at(struct kernel *kernel, instant at, void (*happen)(void *of), void *of);
/* Takes a timer back. False when it has happened or was taken back already; 0 is allowed. */
bool kernel_cancel(struct kernel *kernel, kernel_timer timer);

/* Memory that lives as long as the kernel. */
struct arena *kernel_arena(struct kernel *kernel);

/* The chance of this world's random numbers: getrandom() and its kin draw from it. */
struct chance *kernel_chance(struct kernel *kernel);

/* Reads from streams are cut short in `percent` of 100 cases, so that programs that count on whole
 * reads show it. 0 at first. */
void kernel_set_short_reads(struct kernel *kernel, unsigned percent);
/* A task that takes a lock lets others go first in `percent` of 100 cases, so that races show.
 * 0 at first. */
void kernel_set_lock_yields(struct kernel *kernel, unsigned percent);
/* Replaces KERNEL_PATIENCE, for tests of what is endless. */
void kernel_set_patience(struct kernel *kernel, uint64_t events);

struct kernel_counts {
    uint64_t events;      /* happened */
    uint64_t tasks;       /* begun */
    uint64_t tasks_alive; /* now */
    uint64_t streams;     /* opened */
    uint64_t bytes;       /* written into streams */
    uint64_t abandoned;   /* tasks that would not unwind */
};
struct kernel_counts kernel_counts(const struct kernel *kernel);

/* Stands for the order of all events so far: their instants and numbers. */
uint64_t kernel_trace_digest(const struct kernel *kernel);
/* Stands for all that has happened so far and for all chance that is still to be drawn: two kernels
 * with the same one go on alike if nothing else differs. */
uint64_t kernel_fingerprint(const struct kernel *kernel);
/* Mixes a number of the caller's into the trace. */
void kernel_trace(struct kernel *kernel, uint64_t number);

#endif
