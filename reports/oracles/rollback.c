/*
 * Rollback: is exactly the batch as if it had never left, with all that has arrived since? And is
 * the source, on any day, changed by nobody but people, arriving mail, and mail that is brought
 * back?
 *
 * Catches: a mailbox outside the batch whose home, login or route a rollback touches, or
 * whose mail it holds; one of the
 * batch that stays at the new home, wholly or in one aspect, after a rollback that says it is done;
 * mail that reached the new home and does not lie at the old one afterwards; mail removed, changed
 * or doubled at the source by an engine, or brought to a mailbox to which it does not belong.
 * Whether a rollback was exact stays unknown on a day without one.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../oracle.h"

struct rollback_day {
    bool *beyond; /* owns; by mailbox */
    bool *back;   /* owns; by mailbox: its directory entry was set back */
    bool *closed; /* owns; by mailbox: its login was closed */
    bool begun;
    bool settled; /* the batch was switched again since; what the rollback left is counted */
    int64_t beyond_count, source_changed, fell_short, left;
};

static int64_t rollback_short(struct trial *trial);
static int64_t rollback_left(struct trial *trial);

static void *rollback_begin(struct trial *trial) {
    struct rollback_day *rollback = memory_new(1, sizeof *rollback);
    rollback->beyond = trial_each_mailbox(trial, sizeof *rollback->beyond);
    rollback->back = trial_each_mailbox(trial, sizeof *rollback->back);
    rollback->closed = trial_each_mailbox(trial, sizeof *rollback->closed);
    return rollback;
}

static void rollback_finds_beyond(struct rollback_day *rollback, struct trial *trial,
                                  const struct step *step) {
    uint32_t mailbox = step->fact->mailbox;
    if (rollback->beyond[mailbox])
        return;
    rollback->beyond[mailbox] = true;
    rollback->beyond_count++;
    struct finding *finding =
        finding_about(trial->findings, FINDING_ROLLED_BACK_BEYOND, mailbox, step->fact->at);
    finding->count++;
    finding_shown_by(finding, step->fact, step->row);
}

/* What an engine did to the source that is not bringing back what is due there. */
static bool rollback_source_wrong(const struct step *step) {
    const struct fact *fact = step->fact;
    if (fact->kind != FACT_ITEM_STORED || step->doer != DOER_ROLLBACK)
        return true;
    return (step->pair->bits & PAIR_EVER_DUE) == 0 ||
           rest_surplus(step->pair, SIDE_SOURCE) > rest_surplus(&step->before, SIDE_SOURCE);
}

/* What it left is counted when the day ends, or when the batch leaves again. */
static void rollback_settle(struct rollback_day *rollback, struct trial *trial) {
    if (day_phase_done(trial->day, "rollback") == INSTANT_NEVER || rollback->settled)
        return;
    rollback->settled = true;
    rollback->fell_short += rollback_short(trial);
    rollback->left += rollback_left(trial);
}

static void rollback_phase(struct rollback_day *rollback, struct trial *trial, struct str phase) {
    if (str_equal_text(phase, "rollback")) {
        rollback->begun = true;
        rollback->settled = false;
    } else if (rollback->begun && str_equal_text(phase, "switch")) {
        rollback_settle(rollback, trial);
    }
}

/* For the report: what was closed, set back and brought back, and when. */
static void rollback_note(struct rollback_day *rollback, struct trial *trial,
                          const struct step *step) {
    const struct fact *fact = step->fact;
    struct course *course = &trial->course;
    bool left = fact->kind == FACT_HOME_SET && rest_side(fact->system) == SIDE_SOURCE &&
                fact->at > trial->day->began &&
                trial->day->homes[fact->mailbox].moved != INSTANT_NEVER;
    if (left && fact->a == HOME_LOGIN) {
        stretch_add(&course->closed, fact->at);
        course->closed.mailboxes += !rollback->closed[fact->mailbox];
        rollback->closed[fact->mailbox] = true;
    } else if (left && fact->a == HOME_DIRECTORY) {
        stretch_add(&course->set_back, fact->at);
        course->set_back.mailboxes += !rollback->back[fact->mailbox];
        rollback->back[fact->mailbox] = true;
    } else if (fact->kind == FACT_ITEM_STORED && step->doer == DOER_ROLLBACK &&
               rest_side(fact->system) == SIDE_SOURCE) {
        stretch_add(&course->returned, fact->at);
    }
}

static void rollback_see(void *self, struct trial *trial, const struct step *step) {
    struct rollback_day *rollback = self;
    const struct fact *fact = step->fact;
    if (fact->kind == FACT_PHASE_BEGUN) {
        rollback_phase(rollback, trial, history_text(trial->history, fact->name));
        return;
    }
    if (fact->mailbox == 0)
        return;
    rollback_note(rollback, trial, step);
    bool touches =
        (fact->kind == FACT_HOME_SET && trial->day->switching > 0) || fact->kind == FACT_MAIL_HELD;
    if (touches && rollback->begun && !day_is_of_batch(trial->day, fact->mailbox))
        rollback_finds_beyond(rollback, trial, step);
    if (fact->kind == FACT_HOME_SET || rest_side(fact->system) != SIDE_SOURCE ||
        step->pair == NULL || !step->by_engine || !rollback_source_wrong(step))
        return;
    rollback->source_changed++;
    struct finding *finding =
        finding_about(trial->findings, FINDING_SOURCE_CHANGED, fact->mailbox, fact->at);
    finding->count++;
    finding->at_end++;
    finding_shown_by(finding, fact, step->row);
}

/* Mailboxes of the batch that were moved and are not wholly back. */
static int64_t rollback_short(struct trial *trial) {
    int64_t count = 0;
    for (uint32_t i = 1; i <= history_mailbox_count(trial->history); i++) {
        const struct day_home *home = &trial->day->homes[i];
        bool back = home->aspect[HOME_ROUTE] == SIDE_SOURCE &&
                    home->aspect[HOME_LOGIN] == SIDE_SOURCE &&
                    home->aspect[HOME_DIRECTORY] == SIDE_SOURCE;
        if (!day_is_of_batch(trial->day, i) || back)
            continue;
        count++;
        struct finding *finding = finding_about(trial->findings, FINDING_ROLLED_BACK_SHORT, i,
                                                day_phase_done(trial->day, "rollback"));
        finding->count = finding->at_end = 1;
    }
    return count;
}

/* Mail that lies at the home that was left, and not at the one that was returned to. */
static int64_t rollback_left(struct trial *trial) {
    const struct pairs *pairs = rest_pairs(trial->rest);
    int64_t count = 0;
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        if (trial->day->homes[pair->mailbox].moved == INSTANT_NEVER ||
            day_home(trial->day, pair->mailbox) != SIDE_SOURCE)
            continue;
        uint32_t absent = rest_absent(pair, SIDE_SOURCE);
        uint32_t there = pair->at[SIDE_TARGET] > pair->at[SIDE_SOURCE]
                             ? (uint32_t)pair->at[SIDE_TARGET] - pair->at[SIDE_SOURCE]
                             : 0;
        uint32_t left = absent < there ? absent : there;
        if (left == 0)
            continue;
        struct finding *finding = finding_about(trial->findings, FINDING_LEFT_AT_NEW_HOME,
                                                pair->mailbox, trial->day->ended);
        finding->content = finding->content == 0 ? pair->content : finding->content;
        finding->count += left;
        finding->at_end += left;
        count += left;
    }
    return count;
}

static void rollback_end(void *self, struct trial *trial) {
    struct rollback_day *rollback = self;
    trial->numbers[NUMBER_SOURCE_CHANGED] = rollback->source_changed;
    trial->numbers[NUMBER_ROLLED_BACK_BEYOND] = rollback->beyond_count;
    trial->numbers[NUMBER_ROLLED_BACK_SHORT] = trial->numbers[NUMBER_LEFT_AT_NEW_HOME] = 0;
    if (rollback->begun) {
        bool done = day_phase_done(trial->day, "rollback") != INSTANT_NEVER;
        if (done)
            rollback_settle(rollback, trial);
        else
            rollback->left = rollback_left(trial);
        trial->numbers[NUMBER_ROLLED_BACK_SHORT] = rollback->fell_short;
        trial->numbers[NUMBER_LEFT_AT_NEW_HOME] = rollback->left;
        trial->numbers[NUMBER_ROLLBACK_EXACT] = done && rollback->beyond_count == 0 &&
                                                rollback->fell_short == 0 && rollback->left == 0 &&
                                                rollback->source_changed == 0;
    }
    free(rollback->beyond);
    free(rollback->back);
    free(rollback->closed);
    free(rollback);
}

const struct oracle oracle_rollback = {
    .name = "rollback",
    .question = "is exactly the batch as it was, with all that has arrived since?",
    .kinds = KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(ITEM_FLAGGED) | KIND(HOME_SET) |
             KIND(MAIL_HELD) | KIND(PHASE_BEGUN),
    .begin = rollback_begin,
    .see = rollback_see,
    .end = rollback_end,
};
