/*
 * What lies in a target mailbox, and whose doing it is. Every message there is held against all
 * that the ledger says was written into that login, by whichever pair: first by UIDVALIDITY, UID
 * and digest, then, for what people have moved since, by digest against what is not in its place
 * any more. One row of the ledger answers for one message. What is left over is native: it was
 * delivered there, or its people made it.
 */
#ifndef ENGINE_REMAINS_H
#define ENGINE_REMAINS_H

#include "engine.h"

enum { REMAINS_ENTRIES_MAX = 1 << 22 };

struct remains_folder {
    const char *name; /* the server's */
    uint32_t uid_validity;
};

struct remains_entry {
    uint32_t folder; /* index */
    uint32_t uid, flags;
    uint32_t mailbox; /* the ledger's number of the pair that wrote it; 0: native */
    uint32_t run;     /* that wrote it */
    uint32_t row;     /* the item's number in the ledger */
    bool moved;       /* by people, since */
    instant received;
    uint64_t size;
    struct digest digest;
};

struct remains {
    struct arena *arena;            /* owns */
    struct remains_folder *folders; /* owns */
    struct remains_entry *entries;  /* owns */
    size_t folder_count, folder_capacity, entry_count, entry_capacity;
    uint32_t folder; /* being surveyed */
};

/* A pair that the ledger has a number for. */
struct remains_pair {
    uint32_t mailbox;
    const char *source, *target, *key;
};

struct remains_pairs {         /* all of this batch and attempt */
    struct remains_pair *list; /* owns; the texts live in the engine's arena */
    size_t count, capacity;
};
NODISCARD enum status remains_pairs_read(struct engine *engine, struct remains_pairs *pairs_r,
                                         struct error *error);
void remains_pairs_release(struct remains_pairs *pairs);
const struct remains_pair *remains_pair_find(const struct remains_pairs *pairs, uint32_t mailbox);

/* Reads all folders of the mailbox that `session` opened for `login`. Release it in any case. */
NODISCARD enum status remains_read(struct engine *engine, struct target_session *session,
                                   const struct remains_pairs *pairs, const char *login,
                                   struct remains *remains_r, struct error *error);
void remains_release(struct remains *remains);

#endif
