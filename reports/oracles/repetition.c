/*
 * Repetition: does a phase that is typed again once it had ended well leave the world as it is?
 *
 * Catches: an item written, removed or flagged, a folder made or removed, a home moved by a process
 * of the name under which a phase had already ended with exit code 0.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../../engine/base/table.h"
#include "../oracle.h"

struct repetition {
    struct table *finished; /* owns; processes that once ended well */
    int64_t again;
};

static void *repetition_begin(struct trial *trial) {
    (void)trial;
    struct repetition *repetition = memory_new(1, sizeof *repetition);
    repetition->finished = table_new();
    return repetition;
}

static void repetition_found(struct trial *trial, enum finding_kind kind, const struct step *step) {
    const struct fact *fact = step->fact;
    struct finding *finding = finding_about(trial->findings, kind, fact->mailbox, fact->at);
    finding->count++;
    finding->until = fact->at;
    finding->subject = finding->subject == 0 ? fact->process : finding->subject;
    finding_shown_by(finding, fact, step->row);
}

static void repetition_see(void *self, struct trial *trial, const struct step *step) {
    struct repetition *repetition = self;
    const struct fact *fact = step->fact;
    if (fact->kind == FACT_PROCESS_ENDED) {
        if (fact->a == 0)
            *table_at(repetition->finished, fact->process) = 1;
        return;
    }
    if (table_find(repetition->finished, fact->process) != NULL) {
        repetition->again++;
        repetition_found(trial, FINDING_WROTE_AGAIN, step);
    }
}

static void repetition_end(void *self, struct trial *trial) {
    struct repetition *repetition = self;
    trial->numbers[NUMBER_WRITES_BY_SECOND_RUN] = repetition->again;
    table_close(&repetition->finished);
    free(repetition);
}

const struct oracle oracle_repetition = {
    .name = "repetition",
    .question = "does a second run write nothing?",
    .kinds = KIND(PROCESS_ENDED) | KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(ITEM_FLAGGED) |
             KIND(FOLDER_CREATED) | KIND(FOLDER_REMOVED) | KIND(HOME_SET),
    .begin = repetition_begin,
    .see = repetition_see,
    .end = repetition_end,
};
