/*
 * One home: do the route of mail, the login and the directory agree, at each instant, on where a
 * mailbox lives? While a phase that moves homes runs they may differ, and beside it for as long as
 * the grace (replication delays) lasts.
 *
 * Catches: a mailbox that was switched by half and stayed so; one whose switch was undone by half;
 * one split although nobody was switching.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../oracle.h"

struct home_split {
    instant since; /* INSTANT_NEVER: they agree */
    bool found;
};

struct homes {
    struct home_split *mailboxes; /* owns */
    int64_t grace, split;
};

static void *homes_begin(struct trial *trial) {
    struct homes *homes = memory_new(1, sizeof *homes);
    homes->mailboxes = trial_each_mailbox(trial, sizeof *homes->mailboxes);
    for (uint32_t i = 0; i <= history_mailbox_count(trial->history); i++)
        homes->mailboxes[i].since = INSTANT_NEVER;
    homes->grace = day_setting(trial->history, "home_grace", 15 * MINUTE);
    return homes;
}

/* How long it was split beside any switching, until `at`. */
static int64_t homes_span(const struct day *day, instant since, instant at) {
    if (day->switching > 0)
        return 0;
    return at - (day->switching_ended > since ? day->switching_ended : since);
}

static struct finding *homes_judge(struct homes *homes, struct trial *trial, uint32_t mailbox,
                                   instant at) {
    struct home_split *split = &homes->mailboxes[mailbox];
    if (split->since == INSTANT_NEVER || homes_span(trial->day, split->since, at) <= homes->grace)
        return NULL;
    struct finding *finding =
        finding_about(trial->findings, FINDING_HOME_SPLIT, mailbox, split->since);
    finding->count++;
    finding->until = at;
    homes->split += !split->found;
    split->found = true;
    return finding;
}

static void homes_see(void *self, struct trial *trial, const struct step *step) {
    struct homes *homes = self;
    uint32_t mailbox = step->fact->mailbox;
    if (mailbox == 0)
        return;
    const struct day_home *home = &trial->day->homes[mailbox];
    struct home_split *split = &homes->mailboxes[mailbox];
    bool agree = home->aspect[HOME_ROUTE] == home->aspect[HOME_LOGIN] &&
                 home->aspect[HOME_LOGIN] == home->aspect[HOME_DIRECTORY];
    if (!agree) {
        if (split->since == INSTANT_NEVER)
            split->since = step->fact->at;
        return;
    }
    struct finding *finding = homes_judge(homes, trial, mailbox, step->fact->at);
    if (finding != NULL)
        finding_shown_by(finding, step->fact, step->row);
    split->since = INSTANT_NEVER;
}

static void homes_end(void *self, struct trial *trial) {
    struct homes *homes = self;
    for (uint32_t i = 1; i <= history_mailbox_count(trial->history); i++) {
        struct finding *finding = homes_judge(homes, trial, i, trial->day->ended);
        if (finding == NULL)
            continue;
        finding->until = INSTANT_NEVER;
        finding->at_end = 1;
    }
    trial->numbers[NUMBER_HOMES_DISAGREEING] = homes->split;
    trial->numbers[NUMBER_ONE_HOME] = homes->split == 0;
    free(homes->mailboxes);
    free(homes);
}

const struct oracle oracle_home = {
    .name = "home",
    .question = "has each mailbox one home at each instant?",
    .kinds = KIND(HOME_SET),
    .begin = homes_begin,
    .see = homes_see,
    .end = homes_end,
};
