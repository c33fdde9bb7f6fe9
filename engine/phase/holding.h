/* The book-keeping of held mail (hold_accounting), shared by release, close and rollback. */
#ifndef ENGINE_PHASE_HOLDING_H
#define ENGINE_PHASE_HOLDING_H

#include "../engine.h"

/* When this batch's hold began: what is counted is counted from then on. INSTANT_NEVER: never. */
NODISCARD enum status holding_since(struct engine *engine, instant *since_r, struct error *error);

/* Whether for one recipient what came in has gone out, stands still, or was given back, and nothing
 * has been held for too long. REFUSED says what does not add up. */
NODISCARD enum status holding_adds_up(struct engine *engine, const struct pair *pair, instant since,
                                      struct error *error);

/* Waits until nothing is held for anybody of the list any more, for ten minutes at the most. */
NODISCARD enum status holding_watch(struct engine *engine, const struct pair *const *pairs,
                                    size_t count, instant since, struct error *error);

#endif
