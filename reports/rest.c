/* See rest.h. Who did it decides whether truth changes; items are in rest_item.c. */
#include "rest_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/base/check.h"

enum { REST_BASES_MAX = 32 };

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

void rest_lack(struct rest *rest, uint64_t row, const char *why) {
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

/* ---- Facts ---- */

static void rest_queue(struct step *step) {
    struct pair *pair = step->pair;
    if (step->fact->kind == FACT_MAIL_ACCEPTED && pair->queued < PAIR_SMALL_MAX)
        pair->queued++;
    else if (step->fact->kind == FACT_MAIL_DELIVERED && pair->queued > 0)
        pair->queued--;
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
