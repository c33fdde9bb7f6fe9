/*
 * The evidence of what lay where it should not: <state>/evidence.jsonl, one JSON object a line,
 * only ever appended to and durable before anything is removed. With audit_chain each line carries
 * the SHA-256 of the line before it, so that a line that is changed or taken out later shows.
 */
#ifndef ENGINE_EVIDENCE_FILE_H
#define ENGINE_EVIDENCE_FILE_H

#include "engine.h"

struct evidence_file {
    char last[SEAL_HEX_MAX]; /* the digest of the last line; "" at the beginning */
    uint64_t lines;
};

/* Reads what stands there already. REFUSED when the chain is broken, with the line. */
NODISCARD enum status evidence_file_open(struct engine *engine, struct evidence_file *file_r,
                                         struct error *error);

struct exposure {                /* whose mail lay in whose mailbox */
    const char *mailbox, *login; /* where: address and login of those who could see it */
    const char *owner;           /* whose: source address */
    uint64_t messages, seen;
    instant from, until;        /* at the widest: the run that wrote it began; it was sealed */
    const struct digest *items; /* borrows; `messages` of them */
};
/* The caller holds the engine's lock. Durable when it returns. */
NODISCARD enum status evidence_file_add(struct engine *engine, struct evidence_file *file,
                                        const struct exposure *exposure, struct error *error);

#endif
