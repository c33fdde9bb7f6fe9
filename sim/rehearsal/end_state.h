/*
 * What a day came to, as lines of text in order: what lies in which folder, where each mailbox is
 * at home, what the gateway still holds, what the ledger knows. Two days that came to the same end
 * have the same lines, whenever and how often the engine was started.
 *
 * What may rightly differ is left out: the minute at which mail of the day arrived, whether it came
 * by way of Exchange, UIDs, and the numbers of runs.
 */
#ifndef SIM_REHEARSAL_END_STATE_H
#define SIM_REHEARSAL_END_STATE_H

#include "../../engine/base/buffer.h"
#include "../world.h"

/* Appends the lines, sorted, each with its end of line. For rehearsal_options.at_end. */
void end_state_append(struct world *world, struct buffer *out);

/* Lines that only one of the two has: calls `see` for each, in order; returns how many. */
size_t end_state_compare(struct str expected, struct str found,
                         void (*see)(void *of, bool expected, struct str line), void *of);

#endif
