/*
 * Bystanders: are the mailboxes outside the batch as if there were no migration? Nothing but their
 * own people and arriving mail may change them, nobody may move their home, and whoever works
 * there must get in at each try.
 *
 * Catches: a message written, removed or flagged by anybody else, a folder made or removed; a home
 * that changes; a failed try to get or send mail.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../oracle.h"

struct bystanders {
    bool *touched;       /* owns; by mailbox */
    uint8_t (*homes)[3]; /* owns; by mailbox and aspect: system, 0: never said */
    instant *failing;    /* owns; by mailbox: since when mail could not be got; 0: it can */
    bool *locked_out;    /* owns; by mailbox: ever */
    int64_t count, micros;
};

static void *bystanders_begin(struct trial *trial) {
    struct bystanders *bystanders = memory_new(1, sizeof *bystanders);
    bystanders->touched = trial_each_mailbox(trial, sizeof *bystanders->touched);
    bystanders->homes = trial_each_mailbox(trial, sizeof *bystanders->homes);
    bystanders->failing = trial_each_mailbox(trial, sizeof *bystanders->failing);
    bystanders->locked_out = trial_each_mailbox(trial, sizeof *bystanders->locked_out);
    return bystanders;
}

static void bystanders_found(struct bystanders *bystanders, struct trial *trial,
                             const struct step *step, enum finding_kind kind) {
    struct finding *finding =
        finding_about(trial->findings, kind, step->fact->mailbox, step->fact->at);
    finding->count++;
    finding->until = step->fact->at;
    finding_shown_by(finding, step->fact, step->row);
    bystanders->count += !bystanders->touched[step->fact->mailbox];
    bystanders->touched[step->fact->mailbox] = true;
}

static bool bystanders_home_moved(struct bystanders *bystanders, const struct trial *trial,
                                  const struct fact *fact) {
    if (fact->a < HOME_ROUTE || fact->a > HOME_DIRECTORY)
        return false;
    uint8_t *home = &bystanders->homes[fact->mailbox][fact->a];
    uint8_t before = *home;
    *home = fact->system;
    return before != 0 ? before != fact->system : fact->at > trial->day->began;
}

/* From the first try to get mail that fails to the next that works: as fine as people try. */
static void bystanders_tried(struct bystanders *bystanders, struct trial *trial,
                             const struct fact *fact) {
    instant *failing = &bystanders->failing[fact->mailbox];
    if (fact->a != 0 || (fact->b != 0) == (*failing == 0))
        return;
    stretch_add(&trial->course.locked_out, fact->at);
    if (fact->b != 0) {
        bystanders->micros += fact->at - *failing;
        *failing = 0;
        return;
    }
    *failing = fact->at;
    trial->course.locked_out.mailboxes += !bystanders->locked_out[fact->mailbox];
    bystanders->locked_out[fact->mailbox] = true;
}

static void bystanders_see(void *self, struct trial *trial, const struct step *step) {
    struct bystanders *bystanders = self;
    const struct fact *fact = step->fact;
    if (fact->mailbox == 0 || day_is_of_batch(trial->day, fact->mailbox))
        return;
    bool changed = step->by_engine;
    if (fact->kind == FACT_FOLDER_CREATED || fact->kind == FACT_FOLDER_REMOVED)
        changed = fact->at > trial->day->began && step->doer != DOER_PERSON;
    else if (fact->kind == FACT_HOME_SET)
        changed = bystanders_home_moved(bystanders, trial, fact);
    if (changed)
        bystanders_found(bystanders, trial, step, FINDING_BYSTANDER_CHANGED);
    if (fact->kind == FACT_ACCESS_TRIED)
        bystanders_tried(bystanders, trial, fact);
    if (fact->kind == FACT_ACCESS_TRIED && fact->b == 0)
        bystanders_found(bystanders, trial, step, FINDING_BYSTANDER_LOCKED_OUT);
}

static void bystanders_end(void *self, struct trial *trial) {
    struct bystanders *bystanders = self;
    for (uint32_t i = 1; i <= history_mailbox_count(trial->history); i++)
        if (bystanders->failing[i] != 0)
            bystanders->micros += trial->day->ended - bystanders->failing[i];
    trial->numbers[NUMBER_BYSTANDERS_TOUCHED] = bystanders->count;
    trial->numbers[NUMBER_BYSTANDERS_LOCKED_OUT] = trial->course.locked_out.mailboxes;
    trial->numbers[NUMBER_BYSTANDER_MINUTES] = (bystanders->micros + MINUTE - 1) / MINUTE;
    free(bystanders->failing);
    free(bystanders->locked_out);
    free(bystanders->touched);
    free(bystanders->homes);
    free(bystanders);
}

const struct oracle oracle_bystanders = {
    .name = "bystanders",
    .question = "are the mailboxes outside the batch as if there were no migration?",
    .kinds = KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(ITEM_FLAGGED) | KIND(FOLDER_CREATED) |
             KIND(FOLDER_REMOVED) | KIND(HOME_SET) | KIND(ACCESS_TRIED),
    .begin = bystanders_begin,
    .see = bystanders_see,
    .end = bystanders_end,
};
