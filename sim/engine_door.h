/*
 * How actors reach any engine: they type a command and see what it says. Rehearsal fills it; no
 * actor knows which engine stands behind it.
 */
#ifndef SIM_ENGINE_DOOR_H
#define SIM_ENGINE_DOOR_H

#include <stdint.h>

#include "../engine/base/status.h"
#include "../engine/base/str.h"

struct engine_door;

/* One run of a command; all pointers borrowed for the call. */
struct engine_run {
    const char *process;      /* its name in the history: "umzug backfill", "old script" */
    const char *const *words; /* what is typed, without the program's name; NULL-terminated */
    bool old_script;          /* not the engine of the day, but the script used before it */
    uint32_t attempt;         /* by whose plan; from 1 */
    /* What appears on the terminal, a line at a time. `alarm` lines come from standard error. */
    void (*line)(void *of, bool alarm, struct str line);
    void *of;
};

struct engine_door_type {
    /* Runs it to its end in the calling task; returns its exit code, −1 when it was killed. */
    int (*run)(struct engine_door *door, const struct engine_run *run);
    /* Kills all that runs under this process name. */
    void (*kill)(struct engine_door *door, const char *process);
};

struct engine_door {
    const struct engine_door_type *type;
    const char *const *measures; /* their names, NULL-terminated */
};

#endif
