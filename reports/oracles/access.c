/*
 * Access: for each mailbox of the batch, how long could its people not get or send mail
 * (reachable), when after the switch was the core there (workable), and when everything (complete)?
 *
 * Catches: a mailbox that stays closed longer than promised, also when it never opens again; a core
 * that comes too late; mail that is not all there in the morning; a batch that was never moved.
 * Reachable counts from the first failed try to the next one that works, so it is as fine as people
 * try. Workable and complete leave out mailboxes that a counting alarm excuses.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../oracle.h"

enum { ACCESS_WAYS = 2 }; /* getting and sending mail */

struct access_mailbox {
    instant failing[ACCESS_WAYS]; /* since; INSTANT_NEVER: it works */
    int64_t unreachable;          /* the longest, which began at */
    instant unreachable_from;
    int64_t open_core, open_rest; /* messages still to come */
    instant workable, complete;   /* INSTANT_NEVER: not yet */
    uint64_t row;                 /* the first failed try of the longest */
};

struct access {
    struct access_mailbox *mailboxes; /* owns */
    bool tried;
    int64_t micros; /* for which mail could not be got, over all of them */
};

static void *access_begin(struct trial *trial) {
    struct access *access = memory_new(1, sizeof *access);
    access->mailboxes = trial_each_mailbox(trial, sizeof *access->mailboxes);
    for (uint32_t i = 0; i <= history_mailbox_count(trial->history); i++) {
        struct access_mailbox *mailbox = &access->mailboxes[i];
        mailbox->failing[0] = mailbox->failing[1] = INSTANT_NEVER;
        mailbox->workable = mailbox->complete = INSTANT_NEVER;
    }
    return access;
}

/* It works at `at`, after failing since `failing`. */
static void access_works(struct access_mailbox *mailbox, instant failing, instant at) {
    if (failing == INSTANT_NEVER || at - failing <= mailbox->unreachable)
        return;
    mailbox->unreachable = at - failing;
    mailbox->unreachable_from = failing;
}

static void access_tried(struct access *access, struct access_mailbox *mailbox,
                         const struct step *step) {
    const struct fact *fact = step->fact;
    if (fact->a < 0 || fact->a >= ACCESS_WAYS)
        return;
    access->tried = true;
    instant *failing = &mailbox->failing[fact->a];
    if (fact->b == 0) {
        if (*failing != INSTANT_NEVER)
            return;
        *failing = fact->at;
        mailbox->row = mailbox->row == 0 ? step->row : mailbox->row;
        return;
    }
    access_works(mailbox, *failing, fact->at);
    if (fact->a == 0 && *failing != INSTANT_NEVER)
        access->micros += fact->at - *failing;
    *failing = INSTANT_NEVER;
}

/* What the pair adds to the messages still to come. */
static void access_open(const struct pair *pair, struct access_mailbox *mailbox, int sign) {
    int64_t absent = (int64_t)rest_absent(pair, SIDE_TARGET) * sign;
    if ((pair->bits & PAIR_OF_CORE) != 0)
        mailbox->open_core += absent;
    else if ((pair->bits & PAIR_OF_BACKFILL) != 0)
        mailbox->open_rest += absent;
}

static void access_see(void *self, struct trial *trial, const struct step *step) {
    struct access *access = self;
    const struct fact *fact = step->fact;
    if (fact->mailbox == 0 || !day_is_of_batch(trial->day, fact->mailbox))
        return;
    struct access_mailbox *mailbox = &access->mailboxes[fact->mailbox];
    if (fact->kind == FACT_ACCESS_TRIED) {
        access_tried(access, mailbox, step);
        return;
    }
    if (step->pair != NULL) {
        access_open(&step->before, mailbox, -1);
        access_open(step->pair, mailbox, +1);
    }
    if (trial->day->homes[fact->mailbox].moved == INSTANT_NEVER)
        return;
    if (mailbox->workable == INSTANT_NEVER && mailbox->open_core == 0)
        mailbox->workable = fact->at;
    bool complete =
        mailbox->open_core == 0 && (mailbox->open_rest == 0 || !trial->day->backfill_planned);
    if (!complete)
        mailbox->complete = INSTANT_NEVER;
    else if (mailbox->complete == INSTANT_NEVER)
        mailbox->complete = fact->at;
}

static void access_found(struct trial *trial, enum finding_kind kind, uint32_t number, instant from,
                         const struct access_mailbox *mailbox) {
    struct finding *finding = finding_about(trial->findings, kind, number, from);
    finding->count = (uint64_t)(mailbox->open_core + mailbox->open_rest);
    finding->at_end = finding->count;
    if (kind == FINDING_UNREACHABLE) {
        bool still = mailbox->failing[0] != INSTANT_NEVER || mailbox->failing[1] != INSTANT_NEVER;
        finding->count = 1;
        finding->at_end = still;
        finding->until = still ? INSTANT_NEVER : from + mailbox->unreachable;
        if (mailbox->row != 0)
            finding->rows[finding->row_count++] = mailbox->row;
    }
}

static int64_t later(int64_t one, int64_t two) {
    return one > two ? one : two;
}

/* Reachable: the longest span, counted to the end of the day where it never ends. */
static int64_t access_reachable(struct trial *trial, struct access_mailbox *mailbox,
                                uint32_t number) {
    int64_t limit = trial_promised(trial, NUMBER_REACHABLE_WITHIN, INSTANT_NEVER);
    for (int way = 0; way < ACCESS_WAYS; way++)
        access_works(mailbox, mailbox->failing[way], trial->day->ended);
    if (mailbox->unreachable > limit)
        access_found(trial, FINDING_UNREACHABLE, number, mailbox->unreachable_from, mailbox);
    return mailbox->unreachable;
}

static void access_end(void *self, struct trial *trial) {
    struct access *access = self;
    const struct day *day = trial->day;
    int64_t workable_limit = trial_promised(trial, NUMBER_WORKABLE_WITHIN, INSTANT_NEVER);
    int64_t clock = trial_promised(trial, NUMBER_COMPLETE_BY, -1);
    instant deadline = clock < 0 ? INSTANT_NEVER : clock_next_morning(day->began, clock);
    int64_t unreachable = 0, workable = 0;
    instant complete = day->began;
    for (uint32_t i = 1; i <= history_mailbox_count(trial->history); i++) {
        struct access_mailbox *mailbox = &access->mailboxes[i];
        if (!day_is_of_batch(day, i))
            continue;
        if (mailbox->failing[0] != INSTANT_NEVER)
            access->micros += day->ended - mailbox->failing[0];
        unreachable = later(unreachable, access_reachable(trial, mailbox, i));
        if (trial_excuses(trial, i))
            continue;
        complete = later(complete, mailbox->complete);
        if (mailbox->complete > deadline)
            access_found(trial, FINDING_NOT_COMPLETE, i, deadline, mailbox);
        instant moved = day->homes[i].moved;
        if (moved == INSTANT_NEVER)
            continue;
        int64_t took =
            mailbox->workable == INSTANT_NEVER ? INSTANT_NEVER : mailbox->workable - moved;
        workable = later(workable, took);
        if (took > workable_limit)
            access_found(trial, FINDING_NOT_WORKABLE, i, moved, mailbox);
    }
    if (access->tried)
        trial->numbers[NUMBER_REACHABLE_WITHIN] = unreachable;
    if (access->tried)
        trial->numbers[NUMBER_BATCH_WITHOUT_MAIL] = access->micros;
    if (day->cut_off != INSTANT_NEVER) {
        trial->numbers[NUMBER_WORKABLE_WITHIN] = workable;
        trial->numbers[NUMBER_COMPLETE_BY] = complete;
    }
    free(access->mailboxes);
    free(access);
}

const struct oracle oracle_access = {
    .name = "access",
    .question = "when was each mailbox reachable, workable, complete?",
    .kinds = KIND(ACCESS_TRIED) | KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(MAIL_DUE) |
             KIND(HOME_SET),
    .begin = access_begin,
    .see = access_see,
    .end = access_end,
};
