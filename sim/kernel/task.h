/*
 * Tasks: threads of a simulated process, coroutines in truth. A task runs until it waits; no other
 * task runs meanwhile, so that data shared among tasks needs no lock unless a wait lies between.
 *
 * A wait of a killed process's task returns STATUS_KILLED at once. Two waits end only when what
 * they wait for has happened, killed or not, since unwinding code depends on it: task_join() and
 * task_lock().
 */
#ifndef SIM_KERNEL_TASK_H
#define SIM_KERNEL_TASK_H

#include <stdbool.h>

#include "../../engine/base/status.h"
#include "process.h"

struct task;

enum { TASKS_MAX = 24 * 1000 }; /* at a time, in all; two mappings each, the system allows 65,530 */

/* Begins `run(of)` as a task of `process`, at this instant but not before the caller waits. `name`
 * is copied. In a dead process it still runs, since somebody may count on it to free `of`; all its
 * calls fail. The task must be given to task_join(), which frees it. */
struct task *task_spawn(struct process *process, const char *name, void (*run)(void *of), void *of);
/* Waits until the task has ended, frees it and leaves NULL behind. */
void task_join(struct task **task);
/* The same as task_spawn() for a task that nobody waits for; it frees itself. */
void task_start(struct process *process, const char *name, void (*run)(void *of), void *of);

/* The task that runs now; NULL outside of tasks. */
struct task *task_current(void);
struct process *task_process(const struct task *task);
const char *task_name(const struct task *task);

/* The following are for the running task. Spans are microseconds; 0 and less lets others go first
 * once. A wake-up does not shorten a sleep. */
NODISCARD enum status task_sleep(int64_t span);
NODISCARD enum status task_sleep_until(instant at);

/* Waits until another calls task_wake() or `until` comes. OK, TIMEOUT or KILLED. A wake-up may have
 * come for an earlier reason: whoever waits for a condition looks again. */
NODISCARD enum status task_park(instant until);
/* Ends the task's park at this instant; does nothing when it is not parked. */
void task_wake(struct task *task);

/* A lock among tasks, handed on in the order of asking. A zeroed one is free. */
struct task_lock {
    struct task *holder;       /* borrows */
    struct task *first, *last; /* those who wait, borrowed */
};

void task_lock(struct task_lock *lock);
void task_unlock(struct task_lock *lock); /* by its holder only */

/* Whether the calling task knows that its process was killed: it was told so, or it joined one that
 * was. From then on it unwinds, and code that unwinds has nothing to say to anybody. An error of
 * libc's tells nothing: it could be the network's. */
void task_tell(void);
bool task_was_told(void);

#endif
