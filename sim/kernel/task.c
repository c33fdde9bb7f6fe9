/*
 * Tasks on coroutines. A task is in its process's list from beginning to end; it has a turn when
 * its event comes (task_turn), and between turns it is queued, parked or deaf.
 */
#include "task.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "inside.h"
#include "seam.h"

static _Thread_local struct task *running;

struct task *task_current(void) {
    return running;
}

struct process *task_process(const struct task *task) {
    return task->process;
}

const char *task_name(const struct task *task) {
    return task->name;
}

/* ---- beginning and ending -------------------------------------------------------------------- */

static void task_main(void *of) {
    struct task *task = of;
    task->run(task->of);
}

static struct task *task_begin(struct process *process, const char *name, void (*run)(void *of),
                               void *of) {
    struct kernel *kernel = process->kernel;
    check_compare(kernel->counts.tasks_alive, <, TASKS_MAX);
    struct task *task = memory_new(1, sizeof *task);
    task->process = process;
    task->run = run;
    task->of = of;
    task->stage = process->stage;
    snprintf(task->name, sizeof task->name, "%s", name);
    task->coroutine = coroutine_new(task_main, task);
    check(task->coroutine != NULL);
    task->next = process->tasks;
    if (task->next != NULL)
        task->next->previous = task;
    process->tasks = task;
    process->task_count++;
    kernel->counts.tasks++;
    kernel->counts.tasks_alive++;
    task_queue(task);
    return task;
}

struct task *task_spawn(struct process *process, const char *name, void (*run)(void *of),
                        void *of) {
    return task_begin(process, name, run, of);
}

void task_start(struct process *process, const char *name, void (*run)(void *of), void *of) {
    task_begin(process, name, run, of)->detached = true;
}

void task_free(struct task *task) {
    struct process *process = task->process;
    if (task->previous == NULL)
        process->tasks = task->next;
    else
        task->previous->next = task->next;
    if (task->next != NULL)
        task->next->previous = task->previous;
    if (process->kernel->last_turn == task)
        process->kernel->last_turn = NULL;
    coroutine_close(&task->coroutine);
    free(task);
}

static void task_end(struct task *task) {
    struct process *process = task->process;
    task->state = TASK_ENDED;
    coroutine_close(&task->coroutine);
    process->kernel->counts.tasks_alive--;
    if (--process->task_count == 0 && process->dead)
        seam_leave(process);
    if (process->task_count == 0)
        for (struct waiter *waiter = process->joining; waiter != NULL; waiter = waiter->next)
            task_wake(waiter->task);
    if (task->joiner != NULL)
        task_queue(task->joiner);
    if (task->detached)
        task_free(task);
}

void task_join(struct task **task) {
    struct task *self = running;
    struct task *joined = *task;
    *task = NULL;
    check(self != NULL && joined != self);
    check(!joined->detached && joined->joiner == NULL);
    joined->joiner = self;
    while (joined->state != TASK_ENDED)
        task_wait_deaf();
    self->told |= joined->told && joined->process == self->process;
    task_free(joined);
}

void task_tell(void) {
    running->told = true;
}

bool task_was_told(void) {
    return running != NULL && running->told;
}

/* ---- turns ----------------------------------------------------------------------------------- */

void task_turn(void *of) {
    struct task *task = of;
    check(task->state == TASK_QUEUED);
    struct process *process = task->process;
    if (process->paused_until > process->kernel->clock->now && !process->dead) {
        kernel_at(process->kernel, process->paused_until, task_turn, task);
        return;
    }
    task->state = TASK_RUNNING;
    running = task;
    process->kernel->last_turn = task;
    enum stage before = stage_enter(task->stage);
    coroutine_resume(task->coroutine);
    task->stage = stage_enter(before);
    running = NULL;
    if (coroutine_has_ended(task->coroutine))
        task_end(task);
}

void task_queue(struct task *task) {
    struct kernel *kernel = task->process->kernel;
    if (task->state == TASK_ABANDONED)
        return;
    task->state = TASK_QUEUED;
    kernel_at(kernel, kernel->clock->now, task_turn, task);
}

static void task_time_out(void *of) {
    struct task *task = of;
    task->timer = 0;
    task->timed_out = true;
    task->state = TASK_QUEUED;
    task_turn(task);
}

/* Lets others go first, and goes on at the same instant. */
static void task_give_way(struct task *self) {
    task_queue(self);
    coroutine_yield();
}

enum status task_park(instant until) {
    struct task *self = running;
    check(self != NULL);
    struct kernel *kernel = self->process->kernel;
    kernel_spend(kernel);
    if (self->process->dead) {
        task_give_way(self);
        return STATUS_KILLED;
    }
    self->timed_out = false;
    self->state = TASK_PARKED;
    if (until != INSTANT_NEVER)
        self->timer = kernel_at(kernel, until, task_time_out, self);
    coroutine_yield();
    if (self->process->dead)
        return STATUS_KILLED;
    return self->timed_out ? STATUS_TIMEOUT : STATUS_OK;
}

void task_wake(struct task *task) {
    if (task->state != TASK_PARKED)
        return;
    kernel_cancel(task->process->kernel, task->timer);
    task->timer = 0;
    task_queue(task);
}

void task_wait_deaf(void) {
    running->state = TASK_DEAF;
    coroutine_yield();
}

enum status task_sleep_until(instant at) {
    for (;;) {
        enum status status = task_park(at);
        if (status != STATUS_OK)
            return status == STATUS_TIMEOUT ? STATUS_OK : status;
    }
}

enum status task_sleep(int64_t span) {
    check(running != NULL);
    instant now = running->process->kernel->clock->now;
    return task_sleep_until(span < INSTANT_NEVER - now ? now + span : INSTANT_NEVER);
}

/* ---- locks ----------------------------------------------------------------------------------- */

void task_lock(struct task_lock *lock) {
    struct task *self = running;
    check(self != NULL);
    check(lock->holder != self);
    struct kernel *kernel = self->process->kernel;
    kernel_spend(kernel);
    if (kernel->lock_yields > 0 && chance_is(&kernel->races, kernel->lock_yields, 100))
        task_give_way(self);
    if (lock->holder == NULL) {
        lock->holder = self;
        return;
    }
    self->waits = NULL;
    if (lock->last == NULL)
        lock->first = self;
    else
        lock->last->waits = self;
    lock->last = self;
    while (lock->holder != self)
        task_wait_deaf();
}

void task_unlock(struct task_lock *lock) {
    check(running != NULL && lock->holder == running);
    struct task *next = lock->first;
    lock->holder = next;
    if (next == NULL)
        return;
    lock->first = next->waits;
    if (lock->first == NULL)
        lock->last = NULL;
    next->waits = NULL;
    task_queue(next);
}
