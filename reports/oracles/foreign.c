/*
 * Foreign mail: does mail of others lie, at any instant, in a mailbox where truth never allowed
 * its content? Counted at each write, move and removal, so no instant is missed and each costs
 * constant time. Both systems count.
 *
 * Catches: a message copied into a colleague's mailbox; one that was there for a second only; one
 * still there in the evening; one that a person's program fetched; one that a person read.
 * Does not catch: a circular that both rightly own (placement calls its second copy doubled).
 *
 * Person-seconds: for each mailbox, the time during which any foreign mail lay there, times the
 * people who may open that mailbox.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../oracle.h"

struct foreign_mailbox {
    uint32_t now, worst;
    instant since; /* while now > 0 */
    bool downloaded, opened;
};

struct foreign {
    struct foreign_mailbox *mailboxes; /* owns */
    int64_t now, worst, mailboxes_ever;
    int64_t person_micros;
    int64_t downloaded, opened;
};

static void *foreign_begin(struct trial *trial) {
    struct foreign *foreign = memory_new(1, sizeof *foreign);
    foreign->mailboxes = trial_each_mailbox(trial, sizeof *foreign->mailboxes);
    return foreign;
}

static void foreign_exposed(struct foreign *foreign, const struct trial *trial, uint32_t mailbox,
                            instant until) {
    const struct history_mailbox *known = history_mailbox(trial->history, mailbox);
    int64_t people = known == NULL ? 1 : known->principals;
    foreign->person_micros += (until - foreign->mailboxes[mailbox].since) * people;
}

static void foreign_counted(struct foreign *foreign, struct trial *trial, const struct step *step,
                            int64_t change) {
    const struct fact *fact = step->fact;
    struct foreign_mailbox *mailbox = &foreign->mailboxes[fact->mailbox];
    if (mailbox->now == 0) {
        mailbox->since = fact->at;
        foreign->mailboxes_ever += mailbox->worst == 0;
    }
    stretch_add(&trial->course.at_rest, fact->at);
    mailbox->now = (uint32_t)((int64_t)mailbox->now + change);
    foreign->now += change;
    /* A move puts it into the new folder before it leaves the old one, at one instant. */
    bool moves = fact->kind == FACT_ITEM_STORED && fact->how == HOW_MOVED;
    if (mailbox->now > mailbox->worst && !moves)
        mailbox->worst = mailbox->now;
    if (foreign->now > foreign->worst && !moves)
        foreign->worst = foreign->now;
    struct finding *finding =
        finding_about(trial->findings, FINDING_FOREIGN, fact->mailbox, fact->at);
    finding->count = mailbox->worst;
    finding->until = mailbox->now > 0 ? INSTANT_NEVER : fact->at;
    if (change > 0)
        finding_shown_by(finding, fact, step->row);
    if (mailbox->now == 0)
        foreign_exposed(foreign, trial, fact->mailbox, fact->at);
}

static void foreign_read(struct foreign *foreign, struct trial *trial, const struct fact *fact,
                         bool opened) {
    struct foreign_mailbox *mailbox = &foreign->mailboxes[fact->mailbox];
    struct stretch *stretch = opened ? &trial->course.opened : &trial->course.downloaded;
    bool *before = opened ? &mailbox->opened : &mailbox->downloaded;
    *(opened ? &foreign->opened : &foreign->downloaded) += 1;
    stretch_add(stretch, fact->at);
    stretch->mailboxes += !*before;
    *before = true;
}

static void foreign_see(void *self, struct trial *trial, const struct step *step) {
    struct foreign *foreign = self;
    if (step->pair == NULL)
        return;
    uint32_t now = rest_foreign(step->pair);
    if (step->fact->kind == FACT_ITEM_DOWNLOADED || step->fact->kind == FACT_ITEM_OPENED) {
        bool opened = step->fact->kind == FACT_ITEM_OPENED;
        uint16_t bit = opened ? PAIR_OPENED : PAIR_DOWNLOADED;
        if (now == 0 || (step->pair->bits & bit) != 0)
            return;
        step->pair->bits |= bit;
        foreign_read(foreign, trial, step->fact, opened);
        return;
    }
    uint32_t before = rest_foreign(&step->before);
    if (now != before)
        foreign_counted(foreign, trial, step, (int64_t)now - before);
}

static void foreign_end(void *self, struct trial *trial) {
    struct foreign *foreign = self;
    uint32_t count = history_mailbox_count(trial->history);
    for (uint32_t i = 1; i <= count; i++) {
        if (foreign->mailboxes[i].now == 0)
            continue;
        foreign_exposed(foreign, trial, i, trial->day->ended);
        finding_find(trial->findings, FINDING_FOREIGN, i)->at_end = foreign->mailboxes[i].now;
    }
    struct stretch *at_rest = &trial->course.at_rest;
    at_rest->count = foreign->worst;
    at_rest->mailboxes = foreign->mailboxes_ever;
    at_rest->until = foreign->now > 0 ? trial->day->ended : at_rest->until;
    trial->numbers[NUMBER_FOREIGN_AT_REST_MAX] = foreign->worst;
    trial->numbers[NUMBER_FOREIGN_AT_REST_END] = foreign->now;
    trial->numbers[NUMBER_MAILBOXES_WITH_FOREIGN] = foreign->mailboxes_ever;
    trial->numbers[NUMBER_EXPOSED_PERSON_SECONDS] = (foreign->person_micros + SECOND - 1) / SECOND;
    trial->numbers[NUMBER_DOWNLOADED_FOREIGN] = foreign->downloaded;
    trial->numbers[NUMBER_OPENED_FOREIGN] = foreign->opened;
    free(foreign->mailboxes);
    free(foreign);
}

const struct oracle oracle_foreign = {
    .name = "foreign",
    .question = "did mail of others lie in a mailbox, at any instant?",
    .kinds = KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(ITEM_DOWNLOADED) | KIND(ITEM_OPENED) |
             KIND(MAIL_DUE),
    .begin = foreign_begin,
    .see = foreign_see,
    .end = foreign_end,
};
