/*
 * Mail that reached the new home since the switch goes back to the old one: everything at the
 * target that the ledger does not prove to have come from the source. Each message is noted before
 * it is written and after; what was in doubt is looked for at the source by its bytes.
 */
#ifndef ENGINE_PHASE_BRING_BACK_H
#define ENGINE_PHASE_BRING_BACK_H

#include "../remains.h"

struct brought_back {
    uint64_t messages;  /* brought back now */
    uint64_t elsewhere; /* of those, to the inbox, since their folder is not at the source */
    uint64_t moved;     /* copied messages that people have put elsewhere: that is not undone */
};

/* Idempotent: what was brought back once is not brought back again. */
NODISCARD enum status bring_back(struct engine *engine, const struct pair *pair,
                                 const struct remains_pairs *pairs,
                                 struct brought_back *brought_back_r, struct error *error);

#endif
