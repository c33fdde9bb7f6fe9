/*
 * Stop: after the engine has said that nothing writes any more, does anything still write? And how
 * long did wrong writing go on before an alarm?
 *
 * Catches: a worker that finishes its mailbox after the acknowledgement. A process started anew
 * after it may write again. The first wrong write is the first that the oracles blame on anyone:
 * foreign, altered or surplus mail, or a changed bystander.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"
#include "../oracle.h"

struct stop {
    uint64_t acknowledged; /* row of the last acknowledgement, 0: none */
    struct table *started; /* owns; process → row of its last start */
    int64_t writes;
};

static void *stop_begin(struct trial *trial) {
    (void)trial;
    struct stop *stop = memory_new(1, sizeof *stop);
    stop->started = table_new();
    return stop;
}

static void stop_see(void *self, struct trial *trial, const struct step *step) {
    struct stop *stop = self;
    const struct fact *fact = step->fact;
    if (fact->kind == FACT_STOP_ACKNOWLEDGED)
        stop->acknowledged = step->row;
    else if (fact->kind == FACT_PROCESS_STARTED)
        *table_at(stop->started, fact->process) = step->row;
    /* Who stops the others in order to undo is not meant by what he says of them. */
    bool undoes = step->doer == DOER_ROLLBACK || step->doer == DOER_CLEANUP;
    if (stop->acknowledged == 0 || !step->by_engine || undoes)
        return;
    const uint64_t *started = table_find(stop->started, fact->process);
    if (started != NULL && *started > stop->acknowledged)
        return;
    struct finding *finding =
        finding_about(trial->findings, FINDING_WROTE_AFTER_STOP, fact->mailbox, fact->at);
    finding->count++;
    finding->until = fact->at;
    finding->subject = fact->process;
    finding_shown_by(finding, fact, step->row);
    stop->writes++;
}

static instant first_wrong_write(const struct findings *findings) {
    instant first = INSTANT_NEVER;
    for (size_t i = 0; i < findings_count(findings); i++) {
        const struct finding *finding = findings_at(findings, i);
        bool wrong = finding->kind == FINDING_FOREIGN || finding->kind == FINDING_ALTERED ||
                     finding->kind == FINDING_DOUBLED || finding->kind == FINDING_BYSTANDER_CHANGED;
        if (wrong && finding->from < first)
            first = finding->from;
    }
    return first;
}

static int64_t alarm_after(const struct day *day, instant wrong) {
    if (wrong == INSTANT_NEVER)
        return 0;
    for (size_t i = 0; i < day->alarm_count; i++)
        if (day->alarms[i].at >= wrong)
            return day->alarms[i].at - wrong;
    return INSTANT_NEVER;
}

static void stop_end(void *self, struct trial *trial) {
    struct stop *stop = self;
    trial->numbers[NUMBER_WRITES_AFTER_STOP] = stop->writes;
    trial->numbers[NUMBER_ALARM_WITHIN] =
        alarm_after(trial->day, first_wrong_write(trial->findings));
    table_close(&stop->started);
    free(stop);
}

const struct oracle auditor_stop = {
    .name = "stop",
    .question = "did anything write after the engine said that nothing does?",
    .kinds = KIND(STOP_ACKNOWLEDGED) | KIND(PROCESS_STARTED) | KIND(ITEM_STORED) |
             KIND(ITEM_REMOVED) | KIND(ITEM_FLAGGED),
    .begin = stop_begin,
    .see = stop_see,
    .end = stop_end,
};
