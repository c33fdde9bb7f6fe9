/*
 * A simulated process of the operating system: a party, an actor, one incarnation of the engine. It
 * is the unit of killing. Its tasks share its life, and each stream knows the process that opened
 * it, which is how the history names who did what, whatever login was used.
 *
 * Killing: from that instant no effect leaves the process. Every call of its tasks fails with
 * STATUS_KILLED (the seam's with EIO), its parked tasks wake up and unwind along their error paths,
 * and its streams break: what was sent before still arrives, then the peer sees a reset.
 */
#ifndef SIM_KERNEL_PROCESS_H
#define SIM_KERNEL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engine/base/stages.h"
#include "kernel.h"

struct process;

/* `name` is copied; `number` is the caller's, e.g. the name's number in the history. The process
 * lives until the kernel closes, even after its death. Never NULL. */
struct process *process_new(struct kernel *kernel, const char *name, uint32_t number);

const char *process_name(const struct process *process);
uint32_t process_number(const struct process *process);
struct kernel *process_kernel(const struct process *process);
/* What getpid() says in it: given out in order of making, from 1000. */
int process_pid(const struct process *process);

/* Killing twice does nothing more. A task may kill its own process: it goes on, but to no effect.
 */
void process_kill(struct process *process);
bool process_is_dead(const struct process *process);

/* Stops all its tasks where they stand (SIGSTOP) until then: what they wait for comes about
 * meanwhile, and they find it when they go on. A later instant than before prolongs it. */
void process_pause(struct process *process, instant until);

/* The time of its tasks is charged to `stage`; else to the stage in which the process was made. */
void process_charge(struct process *process, enum stage stage);

/* Tasks begun and not ended. */
size_t process_tasks(const struct process *process);
/* Waits in the calling task, which must belong to another process, until none of `process`'s tasks
 * is left. Returns early only when the caller's own process is killed. */
void process_join(struct process *process);

#endif
