/*
 * Clean-up and evidence: did only foreign mail go, and does the sealed evidence name as much
 * foreign mail, mailbox by mailbox, as it found there, from as early as it did?
 *
 * Catches: a clean-up that removes mail that was delivered there, that people made, or that core
 * had copied rightly by day, unless the batch was set back and it lies at the old home, too;
 * evidence that leaves out a mailbox or a message, or that lets the exposure begin later than it
 * began. Foreign mail that is still there is foreign_at_rest_end. More than truth finds foreign may
 * be sealed: a circular that came in by the wrong pair is named, though its reader may know it.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"

#include "../oracle.h"

struct cleaned_mailbox {
    int64_t foreign, found, sealed; /* now, when the clean-up came, and as it says */
    bool cleaned;
    instant since, sealed_from; /* INSTANT_NEVER: never */
};

struct cleanup_day {
    struct cleaned_mailbox *mailboxes; /* owns */
    struct table *brought;             /* owns; mailbox and content: copies a night run wrote */
    bool begun, may_come;
    int64_t native_removed;
};

/* Whether the runbook has a clean-up: without one nobody need remember who brought what, which at
 * full size is millions of copies. */
static bool cleanup_may_come(const struct history *history) {
    struct str phases = history_get(history, "phases");
    if (phases.length == 0)
        return true;
    while (phases.length > 0)
        if (str_equal_text(str_cut(&phases, ' '), "cleanup"))
            return true;
    return false;
}

static void *cleanup_begin(struct trial *trial) {
    struct cleanup_day *cleanup = memory_new(1, sizeof *cleanup);
    cleanup->mailboxes = trial_each_mailbox(trial, sizeof *cleanup->mailboxes);
    cleanup->brought = table_new();
    cleanup->may_come = cleanup_may_come(trial->history);
    for (uint32_t i = 0; i <= history_mailbox_count(trial->history); i++)
        cleanup->mailboxes[i].since = cleanup->mailboxes[i].sealed_from = INSTANT_NEVER;
    return cleanup;
}

/* A copy that truth allows, that was not one too many, and that no night run had put there. At a
 * home that was left only what does not lie at the other one is missed. */
static bool cleanup_is_native(const struct trial *trial, const struct step *step) {
    const struct pair *before = &step->before;
    bool at_home = day_home(trial->day, step->fact->mailbox) == SIDE_TARGET;
    return (before->bits & PAIR_EVER_DUE) != 0 &&
           rest_absent(step->pair, SIDE_TARGET) > rest_absent(before, SIDE_TARGET) &&
           (at_home || rest_absent(before, SIDE_SOURCE) > 0);
}

static void cleanup_see(void *self, struct trial *trial, const struct step *step) {
    struct cleanup_day *cleanup = self;
    const struct fact *fact = step->fact;
    if (fact->kind == FACT_PHASE_BEGUN) {
        cleanup->begun |= str_equal_text(history_text(trial->history, fact->name), "cleanup");
        return;
    }
    if (step->pair == NULL || fact->mailbox == 0 || !cleanup->may_come)
        return;
    struct cleaned_mailbox *mailbox = &cleanup->mailboxes[fact->mailbox];
    bool removes = fact->kind == FACT_ITEM_REMOVED && step->doer == DOER_CLEANUP;
    if (removes && !mailbox->cleaned)
        mailbox->found = mailbox->foreign;
    mailbox->cleaned |= removes;
    mailbox->foreign += (int64_t)rest_foreign(step->pair) - (int64_t)rest_foreign(&step->before);
    if (mailbox->foreign > 0 && mailbox->since == INSTANT_NEVER)
        mailbox->since = fact->at;
    uint64_t copy = (uint64_t)fact->mailbox << 32 | step->content;
    /* What core copied by day counts as its own: in no story so far was core wrong. */
    bool by_night = step->by_engine && step->doer != DOER_CORE;
    if (fact->kind == FACT_ITEM_STORED && rest_side(fact->system) == SIDE_TARGET && by_night)
        ++*table_at(cleanup->brought, copy);
    if (!removes)
        return;
    uint64_t *brought = table_find(cleanup->brought, copy);
    if (brought != NULL && *brought > 0) {
        --*brought;
        return;
    }
    if (!cleanup_is_native(trial, step))
        return;
    cleanup->native_removed++;
    struct finding *finding =
        finding_about(trial->findings, FINDING_NATIVE_REMOVED, fact->mailbox, fact->at);
    finding->count++;
    finding_shown_by(finding, fact, step->row);
}

static instant cleanup_claimed_from(struct str text) {
    static const char key[] = "\"from\":\"";
    instant at = INSTANT_NEVER;
    for (size_t i = 0; i + sizeof key - 1 <= text.length; i++) {
        if (memcmp(text.data + i, key, sizeof key - 1) != 0)
            continue;
        struct str rest =
            str_bytes(text.data + i + sizeof key - 1, text.length - i - sizeof key + 1);
        return instant_parse(str_cut(&rest, '"'), &at) ? at : INSTANT_NEVER;
    }
    return at;
}

static void cleanup_claim(void *self, struct trial *trial, const struct claim *claim) {
    struct cleanup_day *cleanup = self;
    if (claim->mailbox == 0 ||
        !str_equal_text(history_text(trial->history, claim->kind), "evidence"))
        return;
    struct cleaned_mailbox *mailbox = &cleanup->mailboxes[claim->mailbox];
    instant from = cleanup_claimed_from(claim->text);
    mailbox->sealed += claim->messages;
    mailbox->sealed_from = from < mailbox->sealed_from ? from : mailbox->sealed_from;
}

static void cleanup_end(void *self, struct trial *trial) {
    struct cleanup_day *cleanup = self;
    int64_t unsealed = 0;
    for (uint32_t i = 1; i <= history_mailbox_count(trial->history) && cleanup->begun; i++) {
        const struct cleaned_mailbox *mailbox = &cleanup->mailboxes[i];
        int64_t found = mailbox->cleaned ? mailbox->found : mailbox->foreign;
        bool late = found > 0 && mailbox->sealed_from > mailbox->since;
        if (mailbox->sealed >= found && !late)
            continue;
        unsealed++;
        struct finding *finding =
            finding_about(trial->findings, FINDING_EVIDENCE_SHORT, i, mailbox->since);
        finding->count = (uint32_t)found;
    }
    trial->numbers[NUMBER_NATIVE_REMOVED] = cleanup->native_removed;
    trial->numbers[NUMBER_EVIDENCE_SHORT] = unsealed;
    table_close(&cleanup->brought);
    free(cleanup->mailboxes);
    free(cleanup);
}

const struct oracle oracle_cleanup = {
    .name = "cleanup",
    .question = "did only foreign mail go, and does the evidence name all of it?",
    .kinds = KIND(ITEM_STORED) | KIND(ITEM_REMOVED) | KIND(MAIL_DUE) | KIND(PHASE_BEGUN),
    .begin = cleanup_begin,
    .see = cleanup_see,
    .claim = cleanup_claim,
    .end = cleanup_end,
};
