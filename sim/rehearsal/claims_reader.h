/*
 * What the engine says of itself, on its way into the history: each line is taken apart as
 * engine/base/claims.def has it. A line that is no claim (what a loss of power tore is none) is
 * kept too, as kind "not_a_claim", for the auditors to wonder at.
 */
#ifndef SIM_REHEARSAL_CLAIMS_READER_H
#define SIM_REHEARSAL_CLAIMS_READER_H

#include "../../fixtures/population.h"
#include "../../reports/history.h"

enum { CLAIM_BYTES_MAX = 64 * 1024 };

/* Reads whole lines; `process` is the name number of who said them. */
void claims_read(struct history *history, const struct population *population, uint32_t process,
                 instant at, struct str lines);

#endif
