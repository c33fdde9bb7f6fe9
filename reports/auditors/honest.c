/*
 * Honest: does the engine's account of itself agree with the world? It also counts what was
 * claimed, so that a report can put both side by side.
 *
 * Catches: "mailbox done", "consistent" or "verified: nothing missing" for a mailbox in which the
 * oracles found foreign, altered, surplus or missing mail; a run that ends with exit code 0
 * although a mailbox is so. What is missing counts against the phases that are meant to finish,
 * not against core, nor against a verify that follows core: it looked at what core copies, and the
 * older rest is still to come. What lies wrongly counts against any claim made while it lay there.
 * An alarm excuses missing mail, but nobody who then calls that mailbox consistent. Two lies need
 * no harm: exit code 0 of a run that refused a mailbox, and "mailbox done" before its last write.
 * (The latter takes source and target for one mailbox, so a merge of two would need more care.)
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"
#include "../oracle.h"

struct run { /* of an engine's process */
    instant began;
    uint32_t process;
};

struct success { /* one claim that all is well */
    instant at;
    uint32_t mailbox, kind;
    bool finishes; /* nothing is to come after it */
    bool whole;    /* it speaks of all that belongs into the mailbox, excused or not */
    bool early;    /* the world, or the run itself, contradicts it already */
};

struct honest {
    struct success *list; /* owns */
    size_t count, capacity;
    int64_t contradicted;
    struct run *runs; /* owns */
    size_t run_count, run_capacity;
    struct table *run_of;     /* owns; process → its last run + 1 */
    struct table *last_write; /* owns; run and mailbox → instant */
    struct table *refused;    /* owns; process → mailboxes that its present run refused */
    struct table *backfilled; /* owns; mailbox → 1 since its backfill was claimed done, else 0 */
    bool backfill_ended;      /* and that of the batch, well */
};

static void *honest_begin(struct trial *trial) {
    struct honest *honest = memory_new(1, sizeof *honest);
    trial->said.exit_code = -1;
    honest->run_of = table_new();
    honest->last_write = table_new();
    honest->refused = table_new();
    honest->backfilled = table_new();
    return honest;
}

static uint64_t run_and_mailbox(uint64_t run, uint32_t mailbox) {
    return run << 32 | mailbox;
}

static void honest_see(void *self, struct trial *trial, const struct step *step) {
    struct honest *honest = self;
    const struct fact *fact = step->fact;
    (void)trial;
    if (fact->kind == FACT_PROCESS_STARTED) {
        if (honest->run_count == honest->run_capacity) {
            honest->run_capacity = honest->run_capacity == 0 ? 16 : honest->run_capacity * 2;
            honest->runs = memory_grow(honest->runs, honest->run_capacity, sizeof *honest->runs);
        }
        honest->runs[honest->run_count++] = (struct run){fact->at, fact->process};
        *table_at(honest->run_of, fact->process) = honest->run_count;
        return;
    }
    const uint64_t *run = table_find(honest->run_of, fact->process);
    if (step->by_engine && run != NULL)
        *table_at(honest->last_write, run_and_mailbox(*run, fact->mailbox)) = (uint64_t)fact->at;
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
        (struct success){claim->at, claim->mailbox, claim->kind, finishes, false, false};
}

/* When it was said. Claims are read when they are written out, which is later. */
static instant claim_said(const struct claim *claim) {
    static const char key[] = "\"at\":\"";
    const char *end = claim->text.data + claim->text.length;
    const char *at = memmem(claim->text.data, claim->text.length, key, sizeof key - 1);
    const char *from = at == NULL ? NULL : at + sizeof key - 1;
    const char *quote = at == NULL ? NULL : memchr(from, '"', (size_t)(end - from));
    instant said = claim->at;
    if (quote != NULL && !instant_parse(str_bytes(from, (size_t)(quote - from)), &said))
        said = claim->at;
    return said;
}

/* Did the run that calls the mailbox done still write into it afterwards? */
static bool honest_writes_later(const struct honest *honest, const struct claim *claim) {
    instant said = claim_said(claim);
    for (size_t i = honest->run_count; i > 0; i--) {
        const struct run *run = &honest->runs[i - 1];
        if (run->process != claim->process || run->began > said)
            continue;
        const uint64_t *last = table_find(honest->last_write, run_and_mailbox(i, claim->mailbox));
        return last != NULL && (instant)*last > said;
    }
    return false;
}

/* A phase after which nothing is to come, for one mailbox, or for the batch (0). */
static bool honest_finishes(const struct honest *honest, struct str phase, uint32_t mailbox) {
    if (str_equal_text(phase, "backfill") || str_equal_text(phase, "close"))
        return true;
    if (!str_equal_text(phase, "verify"))
        return false;
    const uint64_t *backfilled = table_find(honest->backfilled, mailbox);
    return mailbox == 0 ? honest->backfill_ended : backfilled != NULL && *backfilled != 0;
}

static void honest_run_ended(struct honest *honest, struct trial *trial, const struct claim *claim,
                             struct str phase) {
    static const char *const phases[] = {"core", "verify", "backfill", "close"};
    bool moves = false;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++)
        moves |= str_equal_text(phase, phases[i]);
    trial->said.runs_ended++;
    trial->said.exit_code = claim->value;
    honest->backfill_ended |= claim->value == 0 && str_equal_text(phase, "backfill");
    bool silent = claim->value == 0 && *table_at(honest->refused, claim->process) > 0;
    if (claim->value == 0 && (moves || silent)) {
        honest_keep(honest, claim, honest_finishes(honest, phase, 0));
        honest->list[honest->count - 1].early = silent;
    }
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
        if (str_equal_text(phase, "backfill"))
            *table_at(honest->backfilled, claim->mailbox) = 1;
        honest_keep(honest, claim, honest_finishes(honest, phase, claim->mailbox));
        honest->list[honest->count - 1].early = honest_writes_later(honest, claim);
    } else if (str_equal_text(kind, "consistent")) {
        said->consistent++;
        honest_keep(honest, claim, true);
        honest->list[honest->count - 1].whole = true;
    } else if (str_equal_text(kind, "verified")) {
        said->verified++;
        if (text_has(claim->text, "\"missing\":0") && text_has(claim->text, "\"surplus\":0") &&
            text_has(claim->text, "\"altered\":0"))
            honest_keep(honest, claim, honest_finishes(honest, phase, claim->mailbox));
    } else if (str_equal_text(kind, "run_ended")) {
        honest_run_ended(honest, trial, claim, phase);
    } else if (str_equal_text(kind, "mailbox_refused")) {
        said->mailboxes_refused++;
        ++*table_at(honest->refused, claim->process);
    } else if (str_equal_text(kind,
                              "rolled_back")) { /* all that is to be copied is to come again */
        *table_at(honest->backfilled, claim->mailbox) = 0;
        honest->backfill_ended = false;
    } else if (str_equal_text(kind, "message_trouble")) {
        said->troubles++;
    } else if (str_equal_text(kind, "alarm")) {
        said->alarms++;
    } else if (str_equal_text(kind, "run_started")) {
        said->runs++;
        *table_at(honest->refused, claim->process) = 0;
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

/* Mailboxes in whose home some mail is absent, for whatever reason. */
static bool *honest_absent(struct trial *trial) {
    bool *absent = trial_each_mailbox(trial, sizeof *absent);
    const struct pairs *pairs = rest_pairs(trial->rest);
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        if (rest_absent(pair, day_home(trial->day, pair->mailbox)) > 0)
            absent[pair->mailbox] = true;
    }
    return absent;
}

static void honest_end(void *self, struct trial *trial) {
    struct honest *honest = self;
    bool *absent = honest_absent(trial);
    for (size_t i = 0; i < honest->count; i++) {
        const struct success *success = &honest->list[i];
        bool contradicted = success->mailbox == 0
                                ? run_contradicts(trial, success)
                                : mailbox_contradicts(trial, success, success->mailbox);
        if (!contradicted && !success->early && !(success->whole && absent[success->mailbox]))
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
    table_close(&honest->run_of);
    table_close(&honest->last_write);
    table_close(&honest->refused);
    table_close(&honest->backfilled);
    free(honest->runs);
    free(honest->list);
    free(absent);
    free(honest);
}

const struct oracle auditor_honest = {
    .name = "honest",
    .question = "does what the engine says of itself agree with the world?",
    .kinds = KIND(PROCESS_STARTED) | KIND(ITEM_STORED),
    .begin = honest_begin,
    .see = honest_see,
    .claim = honest_claim,
    .end = honest_end,
};
