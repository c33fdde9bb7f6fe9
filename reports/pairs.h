/*
 * What lies where, by pair of mailbox and content: how often truth allows it, how often it is at
 * rest at the source and at the target, and with which folder, date, flags and keywords.
 *
 * A pair takes 24 bytes, each item that truth knows 24 more, the index 5 to 11: two million
 * messages fit into 120 MB. An item at rest that is as truth says is kept as the UID in truth's
 * own row; only one that differs, or is too many, gets a row of its own (a stray). Pairs keep
 * their order of first appearance, so walking over them can be played again.
 */
#ifndef REPORTS_PAIRS_H
#define REPORTS_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side { SIDE_SOURCE, SIDE_TARGET, SIDE_COUNT }; /* Exchange, Open-Xchange */

enum pair_bit {
    PAIR_EVER_DUE = 1,    /* truth allowed it once: from then on it is never foreign */
    PAIR_OF_CORE = 2,     /* it lay at the source and is younger than the cut-off */
    PAIR_OF_BACKFILL = 4, /* … or older */
    PAIR_CORE_COPIED = 8, /* a core run wrote it to the target */
    PAIR_BACKFILL_COPIED = 16,
    PAIR_DOWNLOADED = 32, /* by a person, while it was foreign */
    PAIR_OPENED = 64,
    PAIR_MOVE_ARRIVED = 128, /* a person's move put it into the new folder; the old one follows */
};

enum { PAIR_COUNT_MAX = UINT16_MAX, PAIR_SMALL_MAX = 63 };

struct pair {
    uint32_t mailbox : 20;
    uint32_t queued : 6; /* mails at the gateway, or given back with notice */
    uint32_t moving : 6; /* taken out by a person who is about to put them into another folder */
    uint32_t content;
    uint32_t truths, strays; /* heads of lists of items; 0: none */
    uint16_t due;            /* how often truth allows it now */
    uint16_t at[SIDE_COUNT]; /* how often it is at rest */
    uint16_t bits;           /* enum pair_bit */
};

enum item_bit { ITEM_OPEN = 128 }; /* truth does not know date and flags yet: mail on its way */

struct item {
    uint32_t uid[SIDE_COUNT]; /* 0: not there; a stray has one side only */
    uint32_t folder;          /* name */
    uint32_t date;            /* seconds since 1970 */
    uint32_t next;
    uint32_t keywords : 24; /* name */
    uint32_t flags : 8;     /* enum item_flag of history.h, and ITEM_OPEN */
};

struct pairs;

struct pairs *pairs_new(void);
void pairs_close(struct pairs **pairs);

/* The pair of that mailbox and content; made when it is new. Never moves. */
struct pair *pairs_at(struct pairs *pairs, uint32_t mailbox, uint32_t content);
/* NULL when there is none. */
struct pair *pairs_find(const struct pairs *pairs, uint32_t mailbox, uint32_t content);
uint32_t pairs_count(const struct pairs *pairs);
struct pair *pairs_index(const struct pairs *pairs, uint32_t index); /* from 0 */
size_t pairs_bytes(const struct pairs *pairs);

/* Items have numbers from 1; a freed one is used again. */
struct item *pairs_item(const struct pairs *pairs, uint32_t number);
uint32_t pairs_item_new(struct pairs *pairs, struct item item);
void pairs_item_free(struct pairs *pairs, uint32_t number);

/* Puts `number` in front of the list. */
void pairs_link(struct pairs *pairs, uint32_t *head, uint32_t number);
/* Takes it out of the list, in which it must be. */
void pairs_unlink(struct pairs *pairs, uint32_t *head, uint32_t number);
/* The item of the list that lies there, or 0. */
uint32_t pairs_lying(const struct pairs *pairs, uint32_t head, enum side side, uint32_t folder,
                     uint32_t uid);

#endif
