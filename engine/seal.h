/*
 * The seal: plan and mapping as two people approved them. `<state>/seal` holds their SHA-256
 * digests, the number of pairs, the cut-off and both names; `<state>/sealed-mapping` a copy of the
 * mapping, so that a later difference can be named row by row.
 */
#ifndef ENGINE_SEAL_H
#define ENGINE_SEAL_H

#include "engine.h"

struct seal { /* texts live in the engine's arena */
    const char *plan_digest, *mapping_digest;
    const char *by, *approved_by;
    uint64_t pairs;
    instant cut_off; /* INSTANT_NEVER: none was said */
};

/* NOT_FOUND when nothing was sealed; INVALID when the file is damaged. */
NODISCARD enum status seal_read(struct engine *engine, struct seal *seal_r, struct error *error);
NODISCARD enum status seal_write(struct engine *engine, const struct seal *seal,
                                 struct error *error);
/* The mapping as it was sealed; INVALID when the copy is not the one that was sealed. */
NODISCARD enum status seal_mapping(struct engine *engine, const struct seal *seal,
                                   struct mapping *mapping_r, struct error *error);

#endif
