/* The exact wrong that a canary must find, computed and not read off a run. */
#ifndef SIM_REHEARSAL_EXPECTED_H
#define SIM_REHEARSAL_EXPECTED_H

#include "../fault/fault.h"

/* Foreign messages that the wrong list of the scenario's first fault brings, backfill alone. The
 * engine is not asked and nothing is played. */
uint64_t expected_foreign(struct world *world);

#endif
