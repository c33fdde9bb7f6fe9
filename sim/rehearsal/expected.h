/* The exact wrong that a canary must find, computed and not read off a run. */
#ifndef SIM_REHEARSAL_EXPECTED_H
#define SIM_REHEARSAL_EXPECTED_H

#include "../fault/fault.h"

/* Foreign messages that the wrong list of the scenario's first fault brings, backfill alone. The
 * engine is not asked and nothing is played. */
uint64_t expected_foreign(struct world *world);

/* What a backfill copies: the batch's messages older than the cut-off. Copied twice, as many are
 * doubled. */
uint64_t expected_older(struct world *world);

/* People outside the batch in offices that have mailboxes in it: a reset of whole offices locks all
 * of them out, where all of them work. */
uint64_t expected_bystanders(struct world *world);

/* The number that a canary leaves to the fixtures under that name. */
uint64_t expected_number(struct world *world, const char *name);

#endif
