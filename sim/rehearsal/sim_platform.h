/*
 * The engine's platform in the sim drive: threads are tasks, files lie on the simulated disk, the
 * clock is the world's, and what is said appears on the operator's terminal. One for each run of
 * the command, in a process of its own.
 */
#ifndef SIM_REHEARSAL_SIM_PLATFORM_H
#define SIM_REHEARSAL_SIM_PLATFORM_H

#include "../../engine/platform.h"
#include "../kernel/disk.h"
#include "../kernel/process.h"
#include "../kernel/task.h"

struct sim_platform {
    struct platform platform;
    struct process *process; /* borrows, as the disk */
    struct disk *disk;
    int64_t sync_time; /* how long making something durable takes; microseconds */
    void (*line)(void *of, bool alarm, struct str line);
    void *of;
    /* Sees what is appended to files, as it is appended: how claims become known. */
    void (*appended)(void *of, const char *path, struct str bytes);
    /* Told when code that knows of its process's death says or writes something all the same: to
     * the file of that name, or to the terminal. It comes to nothing. */
    void (*spoke_dead)(void *of, const char *to);
};

/* Fills in the functions. */
void sim_platform_begin(struct sim_platform *platform);

#endif
