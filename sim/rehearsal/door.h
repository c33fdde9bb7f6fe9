/*
 * The door to `umzug` in the sim drive: each command typed becomes a simulated process in which
 * umzug_run() is the first task. What it appends to its claims goes into the history; what it
 * prints goes to whoever typed.
 */
#ifndef SIM_REHEARSAL_DOOR_H
#define SIM_REHEARSAL_DOOR_H

#include "../../fixtures/population.h"
#include "../../reports/history.h"
#include "../engine_door.h"
#include "../kernel/disk.h"
#include "../kernel/process.h"

struct umzug_door;

struct umzug_door_options { /* all borrowed */
    struct kernel *kernel;
    struct disk *disk;
    struct history *history;
    const struct population *population;
    /* Put before what is typed: options that name the plan and the measures. NULL-terminated. The
     * plan of a further attempt takes the place of the last word. */
    const char *const *before;
    const char *const *before_old_script; /* the same for the old copying script */
    const char *const *version;           /* under which umzug runs now; *version NULL: its own */
    /* Told of every process that begins; may be NULL. */
    void (*began)(void *of, struct process *process, bool old_script);
    /* Told when nothing of it is left; may be NULL. */
    void (*ended)(void *of, struct process *process, int exit_code);
    void *of;
};

struct umzug_door *umzug_door_new(const struct umzug_door_options *options);
struct engine_door *umzug_door_engine(struct umzug_door *door);
void umzug_door_free(struct umzug_door **door);

#endif
