/*
 * One process of the engine: it lives from being typed to its end or its death, and the next one of
 * the same phase takes up what it left. Rehearsal keeps them; faults and whoever plays strike them.
 */
#ifndef SIM_INCARNATION_H
#define SIM_INCARNATION_H

#include "kernel/disk.h"
#include "kernel/process.h"

struct world;

#define INCARNATION_FILES "state" /* what the names of files on its machine begin with */

struct incarnation {
    struct world *world;     /* borrows */
    struct process *process; /* borrows */
    const char *phase;       /* "core"; the last word of the process's name */
    bool resumes;            /* the one before it, in the same phase, was killed */
    uint64_t steps;          /* changes of files, the one about to be made included */
    uint64_t appends;        /* APPENDs that came to rest */
    bool struck;
    enum disk_crash crash; /* once struck: what its machine's disk keeps */
    struct incarnation *next;
};

/* What the power's going decides at this step of the disk. */
static inline struct chance incarnation_chance(uint64_t seed, const struct disk *disk) {
    return chance_of(chance_mix(seed, disk_steps(disk)), "crash");
}

/* Kills it where it stands; once it has unwound, its machine's disk is what `crash` leaves. */
static inline void incarnation_strike(struct incarnation *incarnation, enum disk_crash crash) {
    if (incarnation->struck)
        return;
    incarnation->struck = true;
    incarnation->crash = crash;
    process_kill(incarnation->process);
}

#endif
