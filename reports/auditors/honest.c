/*
 * Honest: does the engine's account of itself agree with the world? It also counts what was
 * claimed, so that a report can put both side by side.
 *
 * Catches: "mailbox done", "consistent" or "verified: nothing missing" for a mailbox in which the
 * oracles found foreign, altered, surplus or missing mail; a run that ends with exit code 0
 * although a mailbox is so. What is missing counts against the phases that are meant to finish,
 * not against core; what lies wrongly counts against any claim made while it lay there.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../oracle.h"

struct success { /* one claim that all is well */
    instant at;
    uint32_t mailbox, kind;
    bool finishes; /* nothing is to come after it */
};

struct honest {
    struct success *list; /* owns */
    size_t count, capacity;
    int64_t contradicted;
};

static void *honest_begin(struct trial *trial) {
    trial->said.exit_code = -1;
    return memory_new(1, sizeof(struct honest));
}

static bool text_has(struct str text, const char *piece) {
    return memmem(text.data, text.length, piece, strlen(piece)) != NULL;
}

static void honest_keep(struct honest *honest, const struct claim *claim, bool finishes) {
    if (honest->count == honest->capacity) {
        honest->capacity = honest->capacity == 0 ? 256 : honest->capacity * 2;
        honest->list = memory_grow(honest->list, honest->capacity, sizeof *honest->list);
    }
    honest->list[honest->count++] =
        (struct success){claim->at, claim->mailbox, claim->kind, finishes};
}

/* A phase after which nothing is to come. */
static bool phase_finishes(struct str phase) {
    static const char *const phases[] = {"backfill", "verify", "close"};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++)
        if (str_equal_text(phase, phases[i]))
            return true;
    return false;
}

static void honest_run_ended(struct honest *honest, struct trial *trial, const struct claim *claim,
                             struct str phase) {
    bool moves = phase_finishes(phase) || str_equal_text(phase, "core");
    trial->said.runs_ended++;
    trial->said.exit_code = claim->value;
    if (claim->value == 0 && moves)
        honest_keep(honest, claim, phase_finishes(phase));
}

static void honest_claim(void *self, struct trial *trial, const struct claim *claim) {
    struct honest *honest = self;
    struct said *said = &trial->said;
    struct str kind = history_text(trial->history, claim->kind);
    struct str phase = history_text(trial->history, claim->phase);
    said->claims++;
    if (str_equal_text(kind, "mailbox_done")) {
        said->mailboxes_done++;
        said->messages += claim->messages;
        honest_keep(honest, claim, phase_finishes(phase));
    } else if (str_equal_text(kind, "consistent")) {
        said->consistent++;
        honest_keep(honest, claim, true);
    } else if (str_equal_text(kind, "verified")) {
        said->verified++;
        if (text_has(claim->text, "\"missing\":0") && text_has(claim->text, "\"surplus\":0") &&
            text_has(claim->text, "\"altered\":0"))
            honest_keep(honest, claim, phase_finishes(phase));
    } else if (str_equal_text(kind, "run_ended")) {
        honest_run_ended(honest, trial, claim, phase);
    } else if (str_equal_text(kind, "mailbox_refused")) {
        said->mailboxes_refused++;
    } else if (str_equal_text(kind, "message_trouble")) {
        said->troubles++;
    } else if (str_equal_text(kind, "alarm")) {
        said->alarms++;
    } else if (str_equal_text(kind, "run_started")) {
        said->runs++;
    } else if (str_equal_text(kind, "not_a_claim")) {
        said->not_claims++;
    }
}

/* True when the finding contradicts a claim of success made at `at`. */
static bool finding_contradicts(const struct finding *finding, const struct success *success) {
    static const enum finding_kind lying_wrong[] = {FINDING_FOREIGN, FINDING_ALTERED,
                                                    FINDING_DOUBLED};
    for (size_t i = 0; i < sizeof lying_wrong / sizeof lying_wrong[0]; i++)
        if (finding->kind == lying_wrong[i])
            return finding->from <= success->at && finding->until > success->at;
    return success->finishes && (finding->kind == FINDING_MISSING || finding->kind == FINDING_LOST);
}

static bool mailbox_contradicts(const struct trial *trial, const struct success *success,
                                uint32_t mailbox) {
    static const enum finding_kind kinds[] = {FINDING_FOREIGN, FINDING_ALTERED, FINDING_DOUBLED,
                                              FINDING_MISSING, FINDING_LOST};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct finding *finding = finding_find(trial->findings, kinds[i], mailbox);
        if (finding != NULL && finding_contradicts(finding, success))
            return true;
    }
    return false;
}

/* A run speaks for the whole batch. */
static bool run_contradicts(const struct trial *trial, const struct success *success) {
    for (size_t i = 0; i < findings_count(trial->findings); i++) {
        const struct finding *finding = findings_at(trial->findings, i);
        if (day_is_of_batch(trial->day, finding->mailbox) && finding_contradicts(finding, success))
            return true;
    }
    return false;
}

static void honest_end(void *self, struct trial *trial) {
    struct honest *honest = self;
    for (size_t i = 0; i < honest->count; i++) {
        const struct success *success = &honest->list[i];
        bool contradicted = success->mailbox == 0
                                ? run_contradicts(trial, success)
                                : mailbox_contradicts(trial, success, success->mailbox);
        if (!contradicted)
            continue;
        struct finding *finding =
            finding_about(trial->findings, FINDING_DISHONEST, success->mailbox, success->at);
        finding->count++;
        finding->until = success->at;
        finding->subject = success->kind;
        honest->contradicted++;
    }
    trial->numbers[NUMBER_DISHONEST_CLAIMS] = honest->contradicted;
    trial->numbers[NUMBER_HONEST] = honest->contradicted == 0;
    free(honest->list);
    free(honest);
}

const struct oracle auditor_honest = {
    .name = "honest",
    .question = "does what the engine says of itself agree with the world?",
    .begin = honest_begin,
    .claim = honest_claim,
    .end = honest_end,
};
