/* One mailbox compared, for verify and close. */
#ifndef ENGINE_PHASE_VERIFY_H
#define ENGINE_PHASE_VERIFY_H

#include "../compare.h"

/* OK when all is there; REFUSED says what is not. Claims what it found. */
NODISCARD enum status verify_pair(struct engine *engine, const struct pair *pair,
                                  struct comparison *comparison_r, struct error *error);
/* Refuses the mailbox for what verify_pair() found: with an alarm, unless every message that is not
 * there was named to the operator before, when it could not be moved. */
void verify_refuse(struct engine *engine, const struct pair *pair,
                   const struct comparison *comparison, const char *sentence);

#endif
