/*
 * What an item's coming, going and changing does to the truth of its mailbox and to what lies
 * there. See rest.h.
 */
#include "rest_inside.h"

/* One item's change, unpacked. */
struct lying {
    struct pair *pair;
    enum side side;
    struct item item; /* with uid[side] only */
    uint64_t row;
    instant received;
    enum how how;
    bool by_person;
};

static struct lying lying_of(struct step *step, enum side side) {
    const struct fact *fact = step->fact;
    struct lying lying = {
        .pair = step->pair,
        .side = side,
        .row = step->row,
        .received = fact->a,
        .how = (enum how)fact->how,
        .by_person = step->doer == DOER_PERSON,
        .item = {.folder = fact->folder,
                 .date = (uint32_t)(fact->a / SECOND),
                 .keywords = fact->name & 0xffffff,
                 .flags = fact->b & 0x7f},
    };
    lying.item.uid[side] = fact->uid;
    return lying;
}

static bool item_is_as(const struct item *truth, const struct item *found) {
    return truth->folder == found->folder && truth->date == found->date &&
           truth->flags == found->flags && truth->keywords == found->keywords;
}

static void pair_owe(struct rest *rest, struct lying *lying, struct item truth) {
    if (lying->pair->due == PAIR_COUNT_MAX) {
        rest_lack(rest, lying->row, "one mailbox is due more copies of a mail than can be counted");
        return;
    }
    lying->pair->due++;
    lying->pair->bits |= PAIR_EVER_DUE;
    pairs_link(rest->pairs, &lying->pair->truths, pairs_item_new(rest->pairs, truth));
}

/* From the first time that truth's mail lies at the source it must be moved by core or backfill. */
static void pair_classify(const struct rest *rest, const struct lying *lying) {
    if (lying->side != SIDE_SOURCE || rest->cut_off == INSTANT_NEVER ||
        (lying->pair->bits & (PAIR_OF_CORE | PAIR_OF_BACKFILL)) != 0)
        return;
    lying->pair->bits |= lying->received >= rest->cut_off ? PAIR_OF_CORE : PAIR_OF_BACKFILL;
}

static void pair_stray(struct rest *rest, struct lying *lying, struct item item) {
    pairs_link(rest->pairs, &lying->pair->strays, pairs_item_new(rest->pairs, item));
}

/* Lets an item take its place in truth's rows, if one of them is free and as it is. */
static bool pair_attach(struct rest *rest, struct lying *lying) {
    struct item *open = NULL;
    for (uint32_t i = lying->pair->truths; i != 0; i = pairs_item(rest->pairs, i)->next) {
        struct item *truth = pairs_item(rest->pairs, i);
        if (truth->uid[lying->side] != 0)
            continue;
        if (truth->flags == ITEM_OPEN) {
            open = truth;
        } else if (item_is_as(truth, &lying->item)) {
            truth->uid[lying->side] = lying->item.uid[lying->side];
            return true;
        }
    }
    if (open == NULL || open->folder != lying->item.folder)
        return false;
    /* Mail on its way has arrived: what it looks like now is what it should look like. */
    open->uid[lying->side] = lying->item.uid[lying->side];
    open->date = lying->item.date;
    open->flags = lying->item.flags;
    open->keywords = lying->item.keywords;
    return true;
}

/* The other side still shows what truth was before a person changed it on this side. */
static void pair_leave_behind(struct rest *rest, struct lying *lying, struct item *truth) {
    enum side other = lying->side == SIDE_SOURCE ? SIDE_TARGET : SIDE_SOURCE;
    if (truth->uid[other] == 0)
        return;
    struct item old = *truth;
    old.uid[lying->side] = 0;
    truth->uid[other] = 0;
    pair_stray(rest, lying, old);
}

/* ---- Came to rest ---- */

static bool how_makes_truth(const struct lying *lying) {
    const struct pair *pair = lying->pair;
    switch (lying->how) {
    case HOW_FIXTURE:
        /* What lay at both sides in the morning is one mail, moved on an earlier day. */
        return rest_absent(pair, lying->side) == 0;
    case HOW_SENT:
    case HOW_DRAFTED:
    case HOW_APPENDED:
        return lying->by_person;
    case HOW_COPIED:
        return lying->by_person && (pair->bits & PAIR_EVER_DUE) != 0;
    case HOW_MOVED:
        return lying->by_person && pair->moving > 0;
    case HOW_NONE:
    case HOW_DELIVERED:
    case HOW_EXPUNGED:
        return false;
    }
    return false;
}

static void rest_stored(struct rest *rest, struct lying *lying) {
    struct pair *pair = lying->pair;
    if (pair->at[lying->side] == PAIR_COUNT_MAX) {
        rest_lack(rest, lying->row, "more copies of a mail in one mailbox than can be counted");
        return;
    }
    if (how_makes_truth(lying)) {
        if (lying->how == HOW_MOVED)
            pair->moving--;
        pair_owe(rest, lying, lying->item);
    } else if (lying->how == HOW_MOVED && lying->by_person) {
        /* It must not stand in for a twin that has not come yet: it is the one that leaves next. */
        pair_stray(rest, lying, lying->item);
        pair->bits |= PAIR_MOVE_ARRIVED;
    } else if (!pair_attach(rest, lying)) {
        pair_stray(rest, lying, lying->item);
    }
    pair->at[lying->side]++;
    if (pair->due > 0)
        pair_classify(rest, lying);
}

/* ---- Left ---- */

static void pair_forgive(struct rest *rest, struct lying *lying, uint32_t number) {
    struct pair *pair = lying->pair;
    pair_leave_behind(rest, lying, pairs_item(rest->pairs, number));
    pairs_unlink(rest->pairs, &pair->truths, number);
    pairs_item_free(rest->pairs, number);
    pair->due--;
    if (lying->how == HOW_MOVED && pair->moving < PAIR_SMALL_MAX)
        pair->moving++;
}

/* A free row of truth on that side, or 0. */
static uint32_t pair_free_truth(const struct rest *rest, const struct lying *lying) {
    uint32_t i = lying->pair->truths;
    while (i != 0 && pairs_item(rest->pairs, i)->uid[lying->side] != 0)
        i = pairs_item(rest->pairs, i)->next;
    return i;
}

/* A person moved it and the copy was written first: truth follows to where the copy lies. */
static bool pair_follow(struct rest *rest, struct lying *lying, struct item *truth) {
    if (lying->how != HOW_MOVED || (lying->pair->bits & PAIR_MOVE_ARRIVED) == 0)
        return false;
    for (uint32_t i = lying->pair->strays; i != 0; i = pairs_item(rest->pairs, i)->next) {
        struct item *stray = pairs_item(rest->pairs, i);
        if (stray->uid[lying->side] == 0 || stray->date != truth->date)
            continue;
        pair_leave_behind(rest, lying, truth);
        uint32_t next = truth->next;
        *truth = *stray;
        truth->next = next;
        lying->pair->bits &= (uint16_t)~PAIR_MOVE_ARRIVED;
        pairs_unlink(rest->pairs, &lying->pair->strays, i);
        pairs_item_free(rest->pairs, i);
        return true;
    }
    return false;
}

static void rest_removed(struct rest *rest, struct lying *lying) {
    struct pair *pair = lying->pair;
    uint32_t folder = lying->item.folder, uid = lying->item.uid[lying->side];
    uint32_t truth = pairs_lying(rest->pairs, pair->truths, lying->side, folder, uid);
    uint32_t stray =
        truth != 0 ? 0 : pairs_lying(rest->pairs, pair->strays, lying->side, folder, uid);
    if ((truth == 0 && stray == 0) || pair->at[lying->side] == 0) {
        rest_lack(rest, lying->row, "something left a folder in which it never lay");
        return;
    }
    if (truth != 0 && !lying->by_person)
        pairs_item(rest->pairs, truth)->uid[lying->side] = 0;
    else if (truth != 0 && !pair_follow(rest, lying, pairs_item(rest->pairs, truth)))
        pair_forgive(rest, lying, truth);
    if (stray != 0) {
        pairs_unlink(rest->pairs, &pair->strays, stray);
        pairs_item_free(rest->pairs, stray);
        /* A person who deletes a surplus copy wants the other one to stay. */
        uint32_t unmet = pair_free_truth(rest, lying);
        if (lying->by_person && unmet != 0 && pair->at[lying->side] <= pair->due)
            pair_forgive(rest, lying, unmet);
    }
    pair->at[lying->side]--;
}

/* ---- Changed ---- */

static void rest_flagged(struct rest *rest, struct lying *lying) {
    struct pair *pair = lying->pair;
    uint32_t folder = lying->item.folder, uid = lying->item.uid[lying->side];
    uint32_t number = pairs_lying(rest->pairs, pair->truths, lying->side, folder, uid);
    if (number != 0) {
        struct item *truth = pairs_item(rest->pairs, number);
        lying->item.date = truth->date;
        if (lying->by_person) {
            pair_leave_behind(rest, lying, truth);
            truth->flags = lying->item.flags;
            truth->keywords = lying->item.keywords;
        } else {
            truth->uid[lying->side] = 0;
            if (!pair_attach(rest, lying))
                pair_stray(rest, lying, lying->item);
        }
        return;
    }
    number = pairs_lying(rest->pairs, pair->strays, lying->side, folder, uid);
    if (number == 0) {
        rest_lack(rest, lying->row, "flags changed on something that never lay there");
        return;
    }
    lying->item.date = pairs_item(rest->pairs, number)->date;
    uint32_t unmet = pair_free_truth(rest, lying);
    if (lying->by_person && unmet != 0) {
        pair_leave_behind(rest, lying, pairs_item(rest->pairs, unmet));
        pairs_item(rest->pairs, unmet)->flags = lying->item.flags;
        pairs_item(rest->pairs, unmet)->keywords = lying->item.keywords;
    }
    pairs_unlink(rest->pairs, &pair->strays, number);
    pairs_item_free(rest->pairs, number);
    if (!pair_attach(rest, lying))
        pair_stray(rest, lying, lying->item);
}

/* ---- Facts ---- */

void rest_due(struct rest *rest, struct step *step) {
    struct lying lying = {.pair = step->pair, .side = SIDE_COUNT, .row = step->row};
    pair_owe(rest, &lying, (struct item){.folder = step->fact->folder, .flags = ITEM_OPEN});
}

void rest_item(struct rest *rest, struct step *step) {
    const struct fact *fact = step->fact;
    enum side side = rest_side(fact->system);
    if (side == SIDE_COUNT || fact->uid == 0) {
        rest_lack(rest, step->row, "an item without a place");
        return;
    }
    struct lying lying = lying_of(step, side);
    if (fact->kind == FACT_ITEM_STORED)
        rest_stored(rest, &lying);
    else if (fact->kind == FACT_ITEM_REMOVED)
        rest_removed(rest, &lying);
    else
        rest_flagged(rest, &lying);
    bool expected = fact->how == HOW_FIXTURE || fact->how == HOW_DELIVERED ||
                    fact->how == HOW_SENT || fact->how == HOW_DRAFTED;
    step->by_engine = step->doer != DOER_PERSON && !expected;
    if (fact->kind != FACT_ITEM_STORED || side != SIDE_TARGET)
        return;
    if (step->doer == DOER_CORE)
        step->pair->bits |= PAIR_CORE_COPIED;
    if (step->doer == DOER_BACKFILL)
        step->pair->bits |= PAIR_BACKFILL_COPIED;
}
