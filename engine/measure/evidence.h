/*
 * Independent looks: source and target compared through sessions of their own, at the login that
 * the directory assigns, not the one the mapping names.
 */
#ifndef ENGINE_MEASURE_EVIDENCE_H
#define ENGINE_MEASURE_EVIDENCE_H

#include "../compare.h"
#include "../workers.h"

struct evidence_request {
    const struct pair *pair; /* borrows */
    struct source_range range;
    uint32_t sample;                            /* 0: all */
    void (*absent)(void *of, const char *item); /* as in compare_request */
    void *of;
};

/* Compares one mailbox, with the plan's patience for servers that fail. REFUSED when the target
 * opened another mailbox than the directory means. */
NODISCARD enum status evidence_compare(struct engine *engine,
                                       const struct evidence_request *request,
                                       struct comparison *comparison_r, struct error *error);
/* Whether that may pass, when `named` messages are known not to be there; else `error` says what is
 * wrong. */
bool evidence_right(const struct comparison *comparison, uint64_t named, struct error *error);

struct evidence_wave {
    const struct pair *pairs; /* borrows, as the next */
    const uint64_t *named;    /* of each: messages that the mover named as not moved */
    size_t count;
    struct source_range range;
    enum measure measure; /* that asks */
    bool whole;           /* every message, or a few of each mailbox */
};

/* Looks at each mailbox of a wave; what contradicts the mover is refused and stops the batch. */
enum status evidence_check_wave(struct engine *engine, const struct evidence_wave *wave);

#endif
