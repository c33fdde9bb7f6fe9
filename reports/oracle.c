/* What oracles share, and the list of them. See oracle.h. */
#include "oracle.h"

#include <stdio.h>

#include "../engine/base/check.h"

const struct oracle *const oracles[] = {
    &oracle_foreign,    &oracle_placement, &oracle_metadata,
    &oracle_held,       &oracle_home,      &oracle_cut_off,
    &oracle_bystanders, &oracle_access,    &oracle_edges,
    &oracle_rollback,   &oracle_cleanup,   &oracle_caches,
    &oracle_repetition, &auditor_honest,   &auditor_stop,
    &auditor_silence,   &auditor_calm,     NULL,
};

void trial_lack(struct trial *trial, const char *who, const char *why) {
    if (trial->lacking[0] == '\0')
        snprintf(trial->lacking, sizeof trial->lacking, "%s: %s", who, why);
}

void stretch_add(struct stretch *stretch, instant at) {
    if (stretch->count++ == 0)
        stretch->from = at;
    stretch->until = at;
}

int64_t trial_promised(const struct trial *trial, enum number number, int64_t otherwise) {
    for (size_t i = 0; i < trial->promise_count; i++)
        if (trial->promises[i].name == number)
            return trial->promises[i].value;
    return otherwise;
}

void *trial_each_mailbox(const struct trial *trial, size_t size) {
    return memory_new((size_t)history_mailbox_count(trial->history) + 1, size);
}

/* An alarm excuses the mailbox it names while a fault lasts that had fired before it and concerns
 * that mailbox: whoever names everybody and moves nothing is not excused. */
static bool alarm_excuses(const struct day *day, const struct day_alarm *alarm) {
    for (size_t i = 0; i < day->fault_count; i++) {
        const struct day_fault *fault = &day->faults[i];
        bool concerns = fault->mailboxes == 0 || day_fault_reached(day, i, alarm->mailbox);
        if (concerns && fault->fired_row != 0 && fault->fired_row < alarm->row &&
            fault->healed_row == 0)
            return true;
    }
    return false;
}

bool trial_excuses(struct trial *trial, uint32_t mailbox) {
    const struct day *day = trial->day;
    if (trial->excused == NULL) {
        trial->excused = trial_each_mailbox(trial, sizeof *trial->excused);
        for (size_t i = 0; i < day->alarm_count; i++)
            if (day->alarms[i].mailbox != 0 && alarm_excuses(day, &day->alarms[i]))
                trial->excused[day->alarms[i].mailbox] = true;
    }
    return trial->excused[mailbox];
}
