/*
 * The command `umzug` as a function, so that a simulator can run it as a process of its own.
 * Returns the exit code: 0 done, 1 something was refused or is missing, 2 stopped, 64 usage,
 * 65 bad plan or mapping, 70 a bug here, 74 its own files could not be written, 75 a server could
 * not be reached.
 */
#ifndef ENGINE_UMZUG_H
#define ENGINE_UMZUG_H

#include "platform.h"

/* `words` is what was typed without the program's name, NULL-terminated. */
int umzug_run(struct platform *platform, const char *const *words);

/* The same, under the name of another version: what a rehearsal needs to play an update in the
 * middle of a day. NULL: its own. */
int umzug_run_as(struct platform *platform, const char *version, const char *const *words);

#endif
