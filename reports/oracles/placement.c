/*
 * Placement: when the day ends, does each mail that truth allows lie in its present home, once for
 * each time that truth allows it, with the bytes it had?
 *
 * Catches: a message that was skipped (missing); one that nobody has any more, neither the other
 * system nor the gateway nor, as a surplus copy, another mailbox (lost); one copied twice, or
 * copied again after its owner deleted it (doubled); one whose bytes came back changed (altered;
 * the original is then missing, too).
 * Not missing: mail that its owner deleted or moved; mail on its way within the delivery grace;
 * old mail on a day without a backfill. Missing mail of mailboxes that a counting alarm names,
 * while the fault lasts, is excused and counted apart. Lost mail never is.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../../engine/base/table.h"
#include "../oracle.h"

struct placement {
    instant on_its_way_from;
    struct table *on_its_way; /* owns; mailbox and content → mails due late in the day */
    struct table *nowhere;    /* owns; content → copies that nobody has */
    int64_t missing, excused_count, lost, doubled, altered;
};

static uint64_t placement_key(uint32_t mailbox, uint32_t content) {
    return (uint64_t)mailbox << 32 | content;
}

static void *placement_begin(struct trial *trial) {
    struct placement *placement = memory_new(1, sizeof *placement);
    placement->on_its_way = table_new();
    placement->nowhere = table_new();
    placement->on_its_way_from = INSTANT_NEVER;
    if (trial->day->complete)
        placement->on_its_way_from =
            trial->day->ended - day_setting(trial->history, "delivery_grace", 10 * MINUTE);
    return placement;
}

static void placement_see(void *self, struct trial *trial, const struct step *step) {
    struct placement *placement = self;
    const struct fact *fact = step->fact;
    if (step->pair == NULL)
        return;
    if (fact->kind == FACT_MAIL_DUE) {
        if (fact->at >= placement->on_its_way_from)
            *table_at(placement->on_its_way, placement_key(fact->mailbox, step->content)) += 1;
        return;
    }
    enum side side = rest_side(fact->system);
    if (side == SIDE_COUNT)
        return;
    /* A move puts it into the new folder before it leaves the old one, at one instant. */
    if (fact->how != HOW_MOVED &&
        rest_surplus(step->pair, side) > rest_surplus(&step->before, side))
        finding_shown_by(finding_about(trial->findings, FINDING_DOUBLED, fact->mailbox, fact->at),
                         fact, step->row);
    if (rest_altered(step->pair) > rest_altered(&step->before))
        finding_shown_by(finding_about(trial->findings, FINDING_ALTERED, fact->mailbox, fact->at),
                         fact, step->row);
}

/* How many that truth allows should be at home and are not. */
static uint32_t placement_absent(const struct placement *placement, const struct day *day,
                                 const struct pair *pair) {
    enum side home = day_home(day, pair->mailbox);
    uint32_t absent = rest_absent(pair, home);
    if (absent == 0)
        return 0;
    if (!day->backfill_planned && home == SIDE_TARGET && (pair->bits & PAIR_OF_BACKFILL) != 0)
        return 0;
    const uint64_t *on_its_way =
        table_find(placement->on_its_way, placement_key(pair->mailbox, pair->content));
    if (on_its_way == NULL)
        return absent;
    return absent > *on_its_way ? absent - (uint32_t)*on_its_way : 0;
}

/* Those of them that neither the other system nor the gateway has. */
static uint32_t placement_nowhere(const struct pair *pair, uint32_t absent) {
    uint32_t most = pair->at[SIDE_SOURCE] > pair->at[SIDE_TARGET] ? pair->at[SIDE_SOURCE]
                                                                  : pair->at[SIDE_TARGET];
    uint32_t nowhere = pair->due > most ? (uint32_t)pair->due - most : 0;
    nowhere = nowhere > pair->queued ? nowhere - pair->queued : 0;
    return nowhere < absent ? nowhere : absent;
}

static void placement_count(struct finding *finding, const struct pair *pair, uint32_t count) {
    if (finding->content == 0)
        finding->content = pair->content;
    finding->count += count;
    finding->at_end += count;
}

static void placement_judge(struct placement *placement, struct trial *trial,
                            const struct pair *pair) {
    const struct day *day = trial->day;
    uint32_t absent = placement_absent(placement, day, pair);
    if (absent > 0 && trial_excuses(trial, pair->mailbox)) {
        placement->excused_count += absent;
    } else if (absent > 0) {
        placement->missing += absent;
        placement_count(finding_about(trial->findings, FINDING_MISSING, pair->mailbox, day->ended),
                        pair, absent);
    }
    uint32_t nowhere = placement_nowhere(pair, absent);
    if (nowhere > 0)
        *table_at(placement->nowhere, pair->content) += nowhere;
    uint32_t surplus = rest_surplus(pair, day_home(day, pair->mailbox));
    if (surplus > 0) {
        placement->doubled += surplus;
        placement_count(finding_about(trial->findings, FINDING_DOUBLED, pair->mailbox, day->ended),
                        pair, surplus);
    }
    uint32_t altered = rest_altered(pair);
    if (altered > 0) {
        placement->altered += altered;
        placement_count(finding_about(trial->findings, FINDING_ALTERED, pair->mailbox, day->ended),
                        pair, altered);
    }
}

/* A surplus copy elsewhere can be given back: so much less is lost. */
static void placement_found_elsewhere(struct placement *placement, const struct trial *trial) {
    const struct pairs *pairs = rest_pairs(trial->rest);
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        uint64_t *nowhere = table_find(placement->nowhere, pair->content);
        if (nowhere == NULL)
            continue;
        uint32_t spare =
            rest_foreign(pair) + rest_surplus(pair, SIDE_SOURCE) + rest_surplus(pair, SIDE_TARGET);
        *nowhere -= spare < *nowhere ? spare : *nowhere;
    }
}

static void placement_count_lost(struct placement *placement, struct trial *trial) {
    const struct pairs *pairs = rest_pairs(trial->rest);
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        uint64_t *nowhere = table_find(placement->nowhere, pair->content);
        if (nowhere == NULL || *nowhere == 0)
            continue;
        uint32_t lost = placement_nowhere(pair, placement_absent(placement, trial->day, pair));
        lost = lost < *nowhere ? lost : (uint32_t)*nowhere;
        if (lost == 0)
            continue;
        *nowhere -= lost;
        placement->lost += lost;
        placement_count(
            finding_about(trial->findings, FINDING_LOST, pair->mailbox, trial->day->ended), pair,
            lost);
    }
}

static void placement_end(void *self, struct trial *trial) {
    struct placement *placement = self;
    const struct pairs *pairs = rest_pairs(trial->rest);
    for (uint32_t i = 0; i < pairs_count(pairs); i++)
        placement_judge(placement, trial, pairs_index(pairs, i));
    if (table_count(placement->nowhere) > 0) {
        placement_found_elsewhere(placement, trial);
        placement_count_lost(placement, trial);
    }
    trial->numbers[NUMBER_MISSING] = placement->missing;
    trial->numbers[NUMBER_EXCUSED] = placement->excused_count;
    trial->numbers[NUMBER_LOST] = placement->lost;
    trial->numbers[NUMBER_DOUBLED] = placement->doubled;
    trial->numbers[NUMBER_ALTERED] = placement->altered;
    table_close(&placement->on_its_way);
    table_close(&placement->nowhere);
    free(placement);
}

const struct oracle oracle_placement = {
    .name = "placement",
    .question = "is each mail at home at the end, once, and unaltered?",
    .kinds = KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(MAIL_DUE),
    .begin = placement_begin,
    .see = placement_see,
    .end = placement_end,
};
