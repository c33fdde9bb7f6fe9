/* See rest.h. Each kind of fact has one function; who did it decides whether truth changes. */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/base/check.h"
#include "../engine/base/table.h"

enum { REST_BASES_MAX = 32, REST_LACKING_MAX = 160 };

struct rest {
    const struct history *history; /* borrows */
    instant cut_off;               /* INSTANT_NEVER: none */
    struct pairs *pairs;           /* owns */
    struct table *bases;           /* owns; content → what it was before a hop */
    uint8_t *doers;                /* owns; by name: enum doer plus one, 0: not asked yet */
    uint32_t doer_capacity;
    instant last;
    bool rolled_back;     /* and nobody has been switched again since */
    uint64_t left_behind; /* by earlier attempts */
    char lacking[REST_LACKING_MAX];
};

struct rest *rest_new(const struct history *history, instant cut_off) {
    struct rest *rest = memory_new(1, sizeof *rest);
    rest->history = history;
    rest->cut_off = cut_off;
    rest->pairs = pairs_new();
    rest->bases = table_new();
    rest->last = INT64_MIN;
    return rest;
}

void rest_close(struct rest **rest) {
    if (*rest == NULL)
        return;
    pairs_close(&(*rest)->pairs);
    table_close(&(*rest)->bases);
    free((*rest)->doers);
    free(*rest);
    *rest = NULL;
}

const struct pairs *rest_pairs(const struct rest *rest) {
    return rest->pairs;
}

const char *rest_lacking(const struct rest *rest) {
    return rest->lacking;
}

static void rest_lack(struct rest *rest, uint64_t row, const char *why) {
    if (rest->lacking[0] == '\0')
        snprintf(rest->lacking, sizeof rest->lacking, "fact %llu: %s", (unsigned long long)row,
                 why);
}

/* ---- What a fact's numbers mean ---- */

void rest_know(struct rest *rest, const struct history_content *content) {
    if (content->base != 0 && content->content >= REST_CONTENT_LEARNED)
        *table_at(rest->bases, content->content) = content->base;
}

uint32_t rest_base(const struct rest *rest, uint32_t content) {
    for (int i = 0; i < REST_BASES_MAX && content >= REST_CONTENT_LEARNED; i++) {
        const uint64_t *base = table_find(rest->bases, content);
        if (base == NULL)
            break;
        content = (uint32_t)*base;
    }
    return content;
}

static bool text_has_word(struct str text, const char *word) {
    while (text.length > 0)
        if (str_equal_text(str_cut(&text, ' '), word))
            return true;
    return false;
}

static enum doer rest_doer_of(struct str process) {
    if (str_starts_with(process, "person:"))
        return DOER_PERSON;
    if (text_has_word(process, "core"))
        return DOER_CORE;
    if (text_has_word(process, "backfill"))
        return DOER_BACKFILL;
    if (text_has_word(process, "rollback"))
        return DOER_ROLLBACK;
    if (text_has_word(process, "cleanup"))
        return DOER_CLEANUP;
    return DOER_OTHER;
}

enum doer rest_doer(struct rest *rest, uint32_t process) {
    if (process >= rest->doer_capacity) {
        uint32_t capacity = process + 256;
        rest->doers = memory_grow(rest->doers, capacity, 1);
        memset(rest->doers + rest->doer_capacity, 0, capacity - rest->doer_capacity);
        rest->doer_capacity = capacity;
    }
    if (rest->doers[process] == 0)
        rest->doers[process] = (uint8_t)(rest_doer_of(history_text(rest->history, process)) + 1);
    return (enum doer)(rest->doers[process] - 1);
}

enum side rest_side(uint8_t system) {
    if (system == SYSTEM_EXCHANGE)
        return SIDE_SOURCE;
    return system == SYSTEM_OPENXCHANGE ? SIDE_TARGET : SIDE_COUNT;
}

uint32_t rest_foreign(const struct pair *pair) {
    if ((pair->bits & PAIR_EVER_DUE) != 0 || pair->content >= REST_CONTENT_LEARNED)
        return 0;
    return (uint32_t)pair->at[SIDE_SOURCE] + pair->at[SIDE_TARGET];
}

uint32_t rest_altered(const struct pair *pair) {
    if ((pair->bits & PAIR_EVER_DUE) != 0 || pair->content < REST_CONTENT_LEARNED)
        return 0;
    return (uint32_t)pair->at[SIDE_SOURCE] + pair->at[SIDE_TARGET];
}

uint32_t rest_surplus(const struct pair *pair, enum side side) {
    if ((pair->bits & PAIR_EVER_DUE) == 0 || pair->at[side] <= pair->due)
        return 0;
    return (uint32_t)pair->at[side] - pair->due;
}

uint32_t rest_absent(const struct pair *pair, enum side side) {
    return pair->due > pair->at[side] ? (uint32_t)pair->due - pair->at[side] : 0;
}

/* ---- Items ---- */

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

static void rest_due(struct rest *rest, struct step *step) {
    struct lying lying = {.pair = step->pair, .side = SIDE_COUNT, .row = step->row};
    pair_owe(rest, &lying, (struct item){.folder = step->fact->folder, .flags = ITEM_OPEN});
}

static void rest_queue(struct step *step) {
    struct pair *pair = step->pair;
    if (step->fact->kind == FACT_MAIL_ACCEPTED && pair->queued < PAIR_SMALL_MAX)
        pair->queued++;
    else if (step->fact->kind == FACT_MAIL_DELIVERED && pair->queued > 0)
        pair->queued--;
}

static void rest_item(struct rest *rest, struct step *step) {
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

static void rest_read(const struct rest *rest, struct step *step) {
    step->content = rest_base(rest, step->fact->content);
    step->pair = pairs_find(rest->pairs, step->fact->mailbox, step->content);
    if (step->pair != NULL)
        step->before = *step->pair;
}

/* ---- A further attempt ---- */

/* Truth of one mail is what lies at the source again, whatever its people had made of it at the new
 * home: that has been lost with the rollback. */
static bool pair_follow_source(struct rest *rest, struct pair *pair, uint32_t number) {
    struct item *stray = pairs_item(rest->pairs, number);
    for (uint32_t i = pair->truths; i != 0; i = pairs_item(rest->pairs, i)->next) {
        struct item *truth = pairs_item(rest->pairs, i);
        if (truth->uid[SIDE_SOURCE] != 0 ||
            (truth->flags != ITEM_OPEN && truth->date != stray->date))
            continue;
        if (truth->uid[SIDE_TARGET] != 0) {
            struct item left = *truth;
            uint32_t made = pairs_item_new(rest->pairs, left);
            truth = pairs_item(rest->pairs, i);
            stray = pairs_item(rest->pairs, number);
            pairs_link(rest->pairs, &pair->strays, made);
        }
        uint32_t next = truth->next;
        *truth = *stray;
        truth->next = next;
        pairs_unlink(rest->pairs, &pair->strays, number);
        pairs_item_free(rest->pairs, number);
        return true;
    }
    return false;
}

/* A batch that was set back is switched again: what counts as copied, and what its mail should look
 * like, begins anew. */
static void rest_start_over(struct rest *rest) {
    for (uint32_t i = 0; i < pairs_count(rest->pairs); i++) {
        struct pair *pair = pairs_index(rest->pairs, i);
        pair->bits &= (uint16_t) ~(PAIR_CORE_COPIED | PAIR_BACKFILL_COPIED);
        for (uint32_t stray = pair->strays, next; stray != 0; stray = next) {
            next = pairs_item(rest->pairs, stray)->next;
            if (pairs_item(rest->pairs, stray)->uid[SIDE_SOURCE] != 0 &&
                pair_follow_source(rest, pair, stray))
                rest->left_behind++;
        }
    }
}

static void rest_phase(struct rest *rest, const struct fact *fact) {
    struct str phase = history_text(rest->history, fact->name);
    if (fact->kind == FACT_PHASE_ENDED && fact->a == 0 && str_equal_text(phase, "rollback")) {
        rest->rolled_back = true;
    } else if (fact->kind == FACT_PHASE_BEGUN && rest->rolled_back &&
               str_equal_text(phase, "switch")) {
        rest->rolled_back = false;
        rest_start_over(rest);
    }
}

uint64_t rest_left_behind(const struct rest *rest) {
    return rest->left_behind;
}

#define KINDS_OF_ITEMS   (KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(ITEM_FLAGGED))
#define KINDS_OF_QUEUE   (KIND(MAIL_ACCEPTED) | KIND(MAIL_DELIVERED))
#define KINDS_OF_READING (KIND(ITEM_DOWNLOADED) | KIND(ITEM_OPENED))
#define KINDS_WITH_PAIR  (KINDS_OF_ITEMS | KINDS_OF_QUEUE | KINDS_OF_READING | KIND(MAIL_DUE))

struct step rest_see(struct rest *rest, const struct fact *fact, uint64_t row) {
    struct step step = {.fact = fact, .row = row, .doer = rest_doer(rest, fact->process)};
    if (fact->at < rest->last)
        rest_lack(rest, row, "time runs backwards");
    rest->last = fact->at;
    uint64_t kind = UINT64_C(1) << fact->kind;
    if ((kind & (KIND(PHASE_BEGUN) | KIND(PHASE_ENDED))) != 0)
        rest_phase(rest, fact);
    if ((KINDS_WITH_PAIR & kind) == 0 || fact->mailbox == 0)
        return step;
    if ((KINDS_OF_READING & kind) != 0) {
        /* Nobody asks about an engine's reading, where it is told message by message at all. */
        if (step.doer == DOER_PERSON)
            rest_read(rest, &step);
        return step;
    }
    step.content = rest_base(rest, fact->content);
    if (step.content == 0) {
        rest_lack(rest, row, "an item without a content");
        return step;
    }
    step.pair = pairs_at(rest->pairs, fact->mailbox, step.content);
    step.before = *step.pair;
    if ((KINDS_OF_ITEMS & kind) != 0)
        rest_item(rest, &step);
    else if (fact->kind == FACT_MAIL_DUE)
        rest_due(rest, &step);
    else if ((KINDS_OF_QUEUE & kind) != 0)
        rest_queue(&step);
    return step;
}
