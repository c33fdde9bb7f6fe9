/*
 * Compares what one source mailbox holds with what one target mailbox holds, by the digest of the
 * messages' bytes, wherever in the mailbox they lie: people may have moved them. The measures that
 * trust no one's word ask through it: core_overlap, canary_wave, blast_cap, reconcile.
 */
#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine.h"

enum { COMPARE_ENTRIES_MAX = 1 << 22 };

struct compare_request {
    struct source_session *source; /* borrow */
    struct target_session *target;
    struct source_range range; /* of the source's items */
    instant settled;           /* at_target counts what arrived within the range and before this */
    uint32_t sample;           /* newest items to look for; 0: all */
    bool surplus; /* also counts what lies at the target more often than at the source */
    /* Told of each item that is missing or cannot be read, once all is compared; may be NULL. */
    void (*absent)(void *of, const char *item);
    void *of;
};

struct comparison {
    uint64_t looked_for; /* items of the source */
    uint64_t found, missing, altered, surplus, unreadable;
    uint64_t unlisted; /* items that the source counts and does not list; where all is looked for */
    uint64_t at_target; /* see `settled` */
    uint64_t named;     /* of the missing and unreadable ones: named before; for whoever asks */
    uint64_t bytes;
};

/* An item is altered when its bytes are nowhere, but a message that belongs to no item arrived at
 * the same second. `missing` does not count it. */
NODISCARD enum status compare_mailbox(struct engine *engine, const struct compare_request *request,
                                      struct comparison *comparison_r, struct error *error);

#endif
