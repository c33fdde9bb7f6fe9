/*
 * The seam between unmodified libraries and the world: this executable answers libc's sockets,
 * clocks, sleeps and random numbers itself, so that libcurl, libetpan and SQLite run inside a task
 * on virtual time, without one system call for the network.
 *
 * It answers only while a task runs whose process has entered it; everything else, and every real
 * descriptor, goes straight to the system. Virtual descriptors begin at SEAM_DESCRIPTOR_FIRST, and
 * the process's own limit of open files is lowered to that, so that the two never meet and the
 * first 512 virtual ones can be used with select().
 *
 * seam-symbols.txt lists every function of libc that touches network, time, chance or threads, and
 * whether it is answered, passes or aborts; seam-lint.sh compares it with what the libraries use.
 */
#ifndef SIM_KERNEL_SEAM_H
#define SIM_KERNEL_SEAM_H

#include <sys/types.h>

#include "../../engine/base/status.h"
#include "process.h"

enum {
    SEAM_DESCRIPTOR_FIRST = 512,
    SEAM_DESCRIPTORS_MAX = 8192, /* virtual ones at a time; then EMFILE */
};

/* Proves that each function is really ours and answers, by address and by trying it; on failure
 * names those that vanished. To be called once at the start, before the first world. */
NODISCARD enum status seam_prove(struct error *error);

/* From now on libc answers from the world in all tasks of this process. */
void seam_enter(struct process *process);
/* Closes what the process left open, as its end would; a killed process's are closed by themselves
 * when its last task has unwound. */
void seam_leave(struct process *process);
/* fork() of the whole simulator with its world, allowed within a task: from there on the two worlds
 * share nothing, and the new one may take another course. */
pid_t seam_fork(void);
/* Virtual descriptors open now, in all worlds. */
size_t seam_descriptors(void);

#endif
