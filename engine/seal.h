/*
 * The seal: plan and mapping as two people approved them. `<state>/seal` holds their SHA-256
 * digests, the number of pairs, the cut-off, the engine's version and both names;
 * `<state>/sealed-mapping` and `<state>/sealed-plan` are copies, so that a later difference can be
 * named row by row and line by line.
 */
#ifndef ENGINE_SEAL_H
#define ENGINE_SEAL_H

#include "engine.h"

struct seal { /* texts live in the engine's arena */
    const char *plan_digest, *mapping_digest;
    const char *by, *approved_by;
    const char *version; /* of the engine that sealed */
    uint64_t pairs;
    instant cut_off; /* INSTANT_NEVER: none was said */
};

/* NOT_FOUND when nothing was sealed; INVALID when the file is damaged. */
NODISCARD enum status seal_read(struct engine *engine, struct seal *seal_r, struct error *error);
NODISCARD enum status seal_write(struct engine *engine, const struct seal *seal,
                                 struct error *error);
/* Says which setting of the plan is another one than it was sealed; passwords are not shown. False
 * when none is, or the copy is not the plan that was sealed. */
bool seal_plan_difference(struct engine *engine, const struct seal *seal, struct buffer *out);
/* The mapping as it was sealed; INVALID when the copy is not the one that was sealed. */
NODISCARD enum status seal_mapping(struct engine *engine, const struct seal *seal,
                                   struct mapping *mapping_r, struct error *error);

#endif
