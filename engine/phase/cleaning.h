/*
 * What a clean-up does in one mailbox: it seals the evidence of what is wrong there, or removes it,
 * into quarantine first. cleanup.c decides which mailboxes those are, and in which order.
 */
#ifndef ENGINE_PHASE_CLEANING_H
#define ENGINE_PHASE_CLEANING_H

#include "../evidence_file.h"
#include "../remains.h"
#include "phase.h"

struct cleanup {
    struct remains_pairs pairs;
    bool *right;        /* by index of `pairs`: the directory assigns this login to this source */
    bool *back;         /* by index of `targets`: it was set back, and is at home at the source */
    bool *done;         /* by index of `targets`: proved clean, and nothing has come there since */
    instant *run_began; /* by number of run */
    uint32_t run_count;
    struct mapping targets; /* the right pairs whose login was written to by others, or by any */
    struct evidence_file evidence;
    bool removing; /* the second pass */
};

/* Whether the ledger's number stands for a pair that the directory does not confirm. */
bool cleanup_is_wrong_pair(const struct cleanup *cleanup, uint32_t mailbox);

/* Whether the item lies, or may lie, at the target. */
bool cleanup_is_live(const struct ledger_item *item);

/* Goes through the login of target `index`; counts, claims and proves, or says what failed. */
void cleaning_mailbox(struct engine *engine, struct cleanup *cleanup, size_t index);

#endif
