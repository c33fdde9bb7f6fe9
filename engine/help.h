/* What `umzug help` says. */
#ifndef ENGINE_HELP_H
#define ENGINE_HELP_H

#include "platform.h"

/* `subject` is NULL or "measures". Returns the exit code. */
int help_say(struct platform *platform, const char *subject);

#endif
