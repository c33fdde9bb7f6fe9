/* What the doubles share: each call outside may be the one at which the process is killed. */
#ifndef ENGINE_TESTS_DOUBLE_SERVERS_H
#define ENGINE_TESTS_DOUBLE_SERVERS_H

#include "doubles.h"

extern struct world *world_now;

/* OK, KILLED, or NETWORK when the connection fails at this call. */
enum status world_call(struct world *world, struct error *error);

#endif
