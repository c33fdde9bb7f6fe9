/* What `umzug help` says. */
#ifndef ENGINE_HELP_H
#define ENGINE_HELP_H

#include "platform.h"

/* `subject` is NULL, "plan", "measures" or a command; false when it is none of these. */
bool help_say(struct platform *platform, const char *subject);

#endif
