/*
 * How the engine dies: each of its processes is an incarnation whose durable steps are counted;
 * before each step the faults, and then whoever plays, may strike it. When it has unwound, the
 * files of its machine (those below "state") become what the crash leaves of them; the gateway's
 * table lies on another machine and is left alone.
 */
#ifndef SIM_REHEARSAL_DEATHS_H
#define SIM_REHEARSAL_DEATHS_H

#include "../fault/fault.h"
#include "../incarnation.h"

struct deaths;

struct deaths_options { /* all borrowed */
    struct world *world;
    struct faults *faults;
    /* Told of each durable step before it is made; may strike. May be NULL. */
    void (*durable_step)(void *of, struct incarnation *incarnation, const char *what,
                         const char *name);
    /* Told when one that was struck has unwound and its disk is what is left. May be NULL. */
    void (*died)(void *of, struct world *world);
    void *of;
};

/* Watches the world's disk from now on. */
struct deaths *deaths_new(const struct deaths_options *options);
void deaths_free(struct deaths **deaths);

/* A process of the engine begins and ends; for the door. */
void deaths_begin(struct deaths *deaths, struct process *process);
void deaths_end(struct deaths *deaths, struct process *process, int exit_code);

#endif
