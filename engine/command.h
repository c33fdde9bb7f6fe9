/*
 * What stands behind `umzug`: words become a request, a request becomes a run, a run an exit code.
 * The doors to the servers are given, so that doubles can stand in for them.
 */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "engine.h"

enum umzug_exit {
    UMZUG_DONE = 0,
    UMZUG_REFUSED = 1, /* something was refused or is missing */
    UMZUG_STOPPED = 2,
    UMZUG_USAGE = 64,
    UMZUG_INPUT = 65,
    UMZUG_BUG = 70,
    UMZUG_STORAGE = 74, /* its own files could not be written */
    UMZUG_UNREACHABLE = 75,
};

/* umzug_run_as() with given doors. */
int command_run(struct platform *platform, const struct engine_adapters *adapters,
                const char *version, const char *const *words);

#endif
