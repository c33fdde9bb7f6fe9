/*
 * Calm: on a day on which no fault fires, does the engine leave people in peace?
 *
 * Catches: an alarm, or a phase that ends with another exit code than 0, before any fault fired.
 */
#include "../oracle.h"

static void *calm_begin(struct trial *trial) {
    (void)trial;
    return NULL;
}

static void calm_end(void *self, struct trial *trial) {
    (void)self;
    const struct day *day = trial->day;
    bool fired = false;
    int64_t refusals = 0;
    for (size_t i = 0; i < day->fault_count; i++)
        fired = fired || day->faults[i].fired_row != 0;
    for (size_t i = 0; i < day->phase_count; i++)
        refusals += day->phases[i].ended != INSTANT_NEVER && day->phases[i].exit_code != 0;
    for (size_t i = 0; i < day->alarm_count && !fired; i++) {
        const struct day_alarm *alarm = &day->alarms[i];
        struct finding *finding =
            finding_about(trial->findings, FINDING_FALSE_ALARM, alarm->mailbox, alarm->at);
        finding->count++;
        finding->until = alarm->at;
        finding->subject = alarm->measure;
        if (finding->row_count < FINDING_ROWS_MAX)
            finding->rows[finding->row_count++] = alarm->row;
    }
    trial->numbers[NUMBER_ALARMS] = (int64_t)day->alarms_seen;
    trial->numbers[NUMBER_CALM] = day->alarms_seen == 0 && refusals == 0;
}

const struct oracle auditor_calm = {
    .name = "calm",
    .question = "on a day without a fault, was there no alarm and no refusal?",
    .begin = calm_begin,
    .end = calm_end,
};
