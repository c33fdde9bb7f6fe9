/*
 * Cut-off: is each message that lay at the source copied by exactly one of core and backfill? Core
 * takes what is as young as the cut-off or younger, backfill what is older: no gap, no overlap.
 *
 * Catches: a message that neither took although both phases ended well (two instants of cut-off
 * with a gap between them, a date field read differently); one that both took and that therefore
 * lies there twice. Mail that one of them copied and that was removed again is no gap: placement
 * counts it.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../oracle.h"

static void *cut_off_begin(struct trial *trial) {
    (void)trial;
    return NULL;
}

static void cut_off_found(struct trial *trial, enum finding_kind kind, const struct pair *pair,
                          uint32_t count, int64_t *sum) {
    struct finding *finding =
        finding_about(trial->findings, kind, pair->mailbox, trial->day->ended);
    if (finding->count == 0)
        finding->content = pair->content;
    finding->count += count;
    finding->at_end += count;
    *sum += count;
}

static void cut_off_end(void *self, struct trial *trial) {
    (void)self;
    const struct pairs *pairs = rest_pairs(trial->rest);
    const struct day *day = trial->day;
    bool both_ended = day_phase_done(day, "core") != INSTANT_NEVER &&
                      day_phase_done(day, "backfill") != INSTANT_NEVER;
    if (both_ended && day->cut_off == INSTANT_NEVER) {
        trial_lack(trial, "cut_off", "the history does not say where the cut-off was");
        return;
    }
    int64_t gap = 0, overlap = 0;
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        if ((pair->bits & (PAIR_OF_CORE | PAIR_OF_BACKFILL)) == 0 ||
            !day_is_of_batch(day, pair->mailbox) || day_home(day, pair->mailbox) != SIDE_TARGET)
            continue;
        int copied = pair->bits & (PAIR_CORE_COPIED | PAIR_BACKFILL_COPIED);
        uint32_t absent = rest_absent(pair, SIDE_TARGET);
        uint32_t surplus = rest_surplus(pair, SIDE_TARGET);
        if (both_ended && copied == 0 && absent > 0 && !trial_excuses(trial, pair->mailbox))
            cut_off_found(trial, FINDING_CUT_OFF_GAP, pair, absent, &gap);
        if (copied == (PAIR_CORE_COPIED | PAIR_BACKFILL_COPIED) && surplus > 0)
            cut_off_found(trial, FINDING_CUT_OFF_OVERLAP, pair, surplus, &overlap);
    }
    trial->numbers[NUMBER_CUT_OFF_GAP] = gap;
    trial->numbers[NUMBER_CUT_OFF_OVERLAP] = overlap;
}

const struct oracle oracle_cut_off = {
    .name = "cut_off",
    .question = "was each mail copied by exactly one of core and backfill?",
    .begin = cut_off_begin,
    .end = cut_off_end,
};
