/*
 * Held mail: accepted = delivered once + still held + given back with notice, for each queue
 * number of the gateway; and each reaches the home its mailbox has at that instant, in time.
 *
 * Catches: a mail that vanished between acceptance and delivery; one delivered twice; one delivered
 * to a system where none of route, login and directory say the mailbox lives; one held longer than
 * the budget, even when it was delivered in the end.
 * A mail accepted within the delivery grace before the end may still be on its way.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"
#include "../oracle.h"

struct mail {
    uint64_t row;                 /* of its acceptance */
    instant accepted, held_since; /* held_since INSTANT_NEVER: not held now */
    uint32_t mailbox, content;
    uint16_t delivered;
    bool bounced, held_now, late;
};

struct held {
    struct table *numbers; /* owns; queue number → place in the list plus one */
    struct mail *list;     /* owns */
    size_t count, capacity;
    int64_t budget;
    int64_t vanished, twice, late, misdelivered, bounced;
};

static void *held_begin(struct trial *trial) {
    struct held *held = memory_new(1, sizeof *held);
    held->numbers = table_new();
    held->budget = day_setting(trial->history, "hold_budget", 4 * HOUR);
    return held;
}

static struct mail *held_mail(struct held *held, const struct step *step) {
    uint64_t *place = table_at(held->numbers, step->fact->uid);
    if (*place != 0)
        return &held->list[*place - 1];
    if (held->count == held->capacity) {
        held->capacity = held->capacity == 0 ? 256 : held->capacity * 2;
        held->list = memory_grow(held->list, held->capacity, sizeof *held->list);
    }
    *place = held->count + 1;
    struct mail *mail = &held->list[held->count++];
    *mail = (struct mail){.row = step->row,
                          .accepted = step->fact->at,
                          .held_since = INSTANT_NEVER,
                          .mailbox = step->fact->mailbox,
                          .content = step->fact->content};
    return mail;
}

static void held_found(struct trial *trial, enum finding_kind kind, const struct step *step,
                       int64_t *count) {
    struct finding *finding =
        finding_about(trial->findings, kind, step->fact->mailbox, step->fact->at);
    finding->count++;
    finding_shown_by(finding, step->fact, step->row);
    *count += 1;
}

static void held_no_longer(struct held *held, struct trial *trial, const struct step *step,
                           struct mail *mail) {
    mail->held_now = false;
    int64_t span = step->fact->at - mail->held_since;
    if (span > trial->course.held_longest)
        trial->course.held_longest = span;
    if (mail->late || step->fact->at - mail->held_since <= held->budget)
        return;
    mail->late = true;
    held_found(trial, FINDING_HELD_LATE, step, &held->late);
}

static bool held_is_home(const struct day *day, const struct fact *fact) {
    enum side side = rest_side(fact->system);
    if (side == SIDE_COUNT || fact->mailbox == 0)
        return true; /* it left for the outside: edges.c */
    const struct day_home *home = &day->homes[fact->mailbox];
    return !home->known || home->aspect[HOME_ROUTE] == side || home->aspect[HOME_LOGIN] == side ||
           home->aspect[HOME_DIRECTORY] == side;
}

static void held_delivered(struct held *held, struct trial *trial, const struct step *step,
                           struct mail *mail) {
    if (mail->held_now)
        held_no_longer(held, trial, step, mail);
    if (mail->delivered == 1)
        held_found(trial, FINDING_HELD_TWICE, step, &held->twice);
    if (mail->delivered < UINT16_MAX)
        mail->delivered++;
    if (!held_is_home(trial->day, step->fact))
        held_found(trial, FINDING_MISDELIVERED, step, &held->misdelivered);
}

static void held_see(void *self, struct trial *trial, const struct step *step) {
    struct held *held = self;
    const struct fact *fact = step->fact;
    size_t known = held->count;
    struct mail *mail = held_mail(held, step);
    if (fact->kind == FACT_MAIL_ACCEPTED)
        return;
    if (held->count > known)
        trial_lack(trial, "held", "the gateway handled a mail that it never accepted");
    if (fact->kind == FACT_MAIL_HELD) {
        trial->course.held += mail->held_since == INSTANT_NEVER;
        mail->held_since = mail->held_now ? mail->held_since : fact->at;
        mail->held_now = true;
    } else if (fact->kind == FACT_MAIL_RELEASED) {
        if (mail->held_now)
            held_no_longer(held, trial, step, mail);
    } else if (fact->kind == FACT_MAIL_DELIVERED) {
        held_delivered(held, trial, step, mail);
    } else {
        held->bounced += !mail->bounced;
        mail->bounced = true;
        mail->held_now = false;
    }
}

/* A mail that is still somewhere between acceptance and its end. */
static void held_unfinished(struct held *held, struct trial *trial, const struct mail *mail,
                            int64_t grace) {
    instant ended = trial->day->ended;
    enum finding_kind kind;
    if (mail->held_now && !mail->late && ended - mail->held_since > held->budget) {
        kind = FINDING_HELD_LATE;
        held->late++;
    } else if (!mail->held_now && !mail->bounced && mail->delivered == 0 &&
               ended - mail->accepted > grace) {
        kind = FINDING_HELD_VANISHED;
        held->vanished++;
    } else {
        return;
    }
    struct finding *finding = finding_about(trial->findings, kind, mail->mailbox, mail->accepted);
    struct fact fact = {.content = mail->content};
    finding->count++;
    finding->at_end++;
    finding_shown_by(finding, &fact, mail->row);
}

static void held_end(void *self, struct trial *trial) {
    struct held *held = self;
    int64_t grace = day_setting(trial->history, "delivery_grace", 10 * MINUTE);
    for (size_t i = 0; i < held->count; i++)
        held_unfinished(held, trial, &held->list[i], grace);
    trial->numbers[NUMBER_HELD_VANISHED] = held->vanished;
    trial->numbers[NUMBER_HELD_TWICE] = held->twice;
    trial->numbers[NUMBER_HELD_LATE] = held->late;
    trial->numbers[NUMBER_MISDELIVERED] = held->misdelivered;
    trial->numbers[NUMBER_BOUNCED] = held->bounced;
    trial->numbers[NUMBER_HELD_IN_EQUALS_OUT] = held->vanished == 0 && held->twice == 0;
    table_close(&held->numbers);
    free(held->list);
    free(held);
}

const struct oracle oracle_held = {
    .name = "held",
    .question = "is all mail that the gateway accepted accounted for, and delivered home in time?",
    .kinds = KIND(MAIL_ACCEPTED) | KIND(MAIL_HELD) | KIND(MAIL_RELEASED) | KIND(MAIL_DELIVERED) |
             KIND(MAIL_BOUNCED),
    .begin = held_begin,
    .see = held_see,
    .end = held_end,
};
