/*
 * The evidence of what lay where it should not: <state>/evidence.jsonl, one JSON object a line,
 * only ever appended to and durable before anything is removed. With audit_chain each line carries
 * the SHA-256 of the line before it, so that a line that is changed or taken out later shows.
 *
 * How far it is sealed stands in the ledger, noted after each line: what a kill left behind that
 * was never finished, maybe torn, and is cut off by the next run; what lies before it must be
 * there.
 */
#ifndef ENGINE_EVIDENCE_FILE_H
#define ENGINE_EVIDENCE_FILE_H

#include "engine.h"

struct evidence_file {
    struct ledger_evidence sealed;
};

/* Reads what stands there already, and cuts off what was never finished. REFUSED when the chain is
 * broken, with the line, or when less is there than was sealed. */
NODISCARD enum status evidence_file_open(struct engine *engine, struct evidence_file *file_r,
                                         struct error *error);

struct exposure {                /* whose mail lay in whose mailbox */
    const char *mailbox, *login; /* where: address and login of those who could see it */
    const char *owner;           /* whose: source address */
    uint64_t messages, seen;
    instant from, until;        /* at the widest: the run that wrote it began; it was sealed */
    const struct digest *items; /* borrows; `messages` of them */
};
/* Says that what was sealed of a mailbox is gone, and when: nobody has seen it after that. The
 * caller holds the engine's lock. Durable when it returns. */
NODISCARD enum status evidence_file_gone(struct engine *engine, struct evidence_file *file,
                                         const struct exposure *exposure, struct error *error);

/* The caller holds the engine's lock. Durable when it returns. */
NODISCARD enum status evidence_file_add(struct engine *engine, struct evidence_file *file,
                                        const struct exposure *exposure, struct error *error);

#endif
