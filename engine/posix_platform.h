/*
 * The platform of a real machine: pthreads, POSIX files, the system's clocks, standard output and
 * standard error. Ctrl-C and SIGTERM ask the run to stop: workers leave off at the next batch.
 */
#ifndef ENGINE_POSIX_PLATFORM_H
#define ENGINE_POSIX_PLATFORM_H

#include "platform.h"

/* One in a process: it takes over SIGINT and SIGTERM, and ignores SIGPIPE. */
struct platform *posix_platform_new(void);
void posix_platform_free(struct platform **platform);

#endif
