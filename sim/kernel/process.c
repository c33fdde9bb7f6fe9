/*
 * A killed process keeps its descriptor until the kernel closes: tasks, streams and the history may
 * still ask what it was.
 */
#include "process.h"

#include <stdio.h>

#include "../../engine/base/check.h"
#include "inside.h"

struct process *process_new(struct kernel *kernel, const char *name, uint32_t number) {
    struct process *process = memory_new(1, sizeof *process);
    process->kernel = kernel;
    process->number = number;
    process->stage = stages_present();
    process->pid = kernel->pid++;
    snprintf(process->name, sizeof process->name, "%s", name);
    if (kernel->processes_last == NULL)
        kernel->processes = process;
    else
        kernel->processes_last->next = process;
    kernel->processes_last = process;
    return process;
}

const char *process_name(const struct process *process) {
    return process->name;
}

uint32_t process_number(const struct process *process) {
    return process->number;
}

struct kernel *process_kernel(const struct process *process) {
    return process->kernel;
}

int process_pid(const struct process *process) {
    return process->pid;
}

void process_kill(struct process *process) {
    if (process->dead)
        return;
    process->dead = true;
    kernel_trace(process->kernel, (uint64_t)process->pid);
    stream_break_all(process);
    for (struct task *task = process->tasks; task != NULL; task = task->next)
        task_wake(task);
}

bool process_is_dead(const struct process *process) {
    return process->dead;
}

void process_pause(struct process *process, instant until) {
    kernel_trace(process->kernel, (uint64_t)until);
    process->paused_until = until > process->paused_until ? until : process->paused_until;
}

void process_charge(struct process *process, enum stage stage) {
    process->stage = stage;
}

size_t process_tasks(const struct process *process) {
    return process->task_count;
}

void process_join(struct process *process) {
    struct task *self = task_current();
    check(self != NULL && self->process != process);
    struct waiter waiter = {.task = self};
    while (process->task_count > 0) {
        waiter.next = process->joining;
        process->joining = &waiter;
        enum status status = task_park(INSTANT_NEVER);
        struct waiter **place = &process->joining;
        while (*place != &waiter)
            place = &(*place)->next;
        *place = waiter.next;
        if (status == STATUS_KILLED)
            return;
    }
}
