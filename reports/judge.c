/* See judge.h. The order matters: facts, claims, oracles' and auditors' ends, promises that need
 * no verdict, verdicts, the promises about verdicts. */
#include "judge.h"

#include <stdio.h>
#include <stdlib.h>

#include "../engine/base/arena.h"
#include "../engine/base/check.h"

enum { ORACLES_MAX = 32 };

/* One oracle at work. */
struct seat {
    const struct oracle *oracle;
    void *self;
};

struct court {
    struct trial *trial; /* borrows */
    struct seat seats[ORACLES_MAX];
    size_t seat_count;
    /* For each kind of fact the seats that want to see it. */
    struct seat *wanting[FACT_KIND_COUNT][ORACLES_MAX];
    size_t wanting_count[FACT_KIND_COUNT];
    uint64_t row;
};

static void court_open(struct court *court, struct trial *trial) {
    *court = (struct court){.trial = trial};
    for (size_t i = 0; oracles[i] != NULL; i++) {
        check_compare(i, <, ORACLES_MAX);
        struct seat *seat = &court->seats[court->seat_count++];
        *seat = (struct seat){oracles[i], oracles[i]->begin(trial)};
        for (int kind = 0; kind < FACT_KIND_COUNT; kind++)
            if (oracles[i]->see != NULL && (oracles[i]->kinds >> kind & 1) != 0)
                court->wanting[kind][court->wanting_count[kind]++] = seat;
    }
}

static bool court_fact(void *of, const struct fact *fact) {
    struct court *court = of;
    struct trial *trial = court->trial;
    struct step step = rest_see(trial->rest, fact, ++court->row);
    day_see(trial->day, fact, court->row);
    for (size_t i = 0; i < court->wanting_count[fact->kind]; i++) {
        struct seat *seat = court->wanting[fact->kind][i];
        seat->oracle->see(seat->self, trial, &step);
    }
    return true;
}

static bool court_claim(void *of, const struct claim *claim) {
    struct court *court = of;
    for (size_t i = 0; i < court->seat_count; i++)
        if (court->seats[i].oracle->claim != NULL)
            court->seats[i].oracle->claim(court->seats[i].self, court->trial, claim);
    return true;
}

static bool court_content(void *of, const struct history_content *content) {
    struct court *court = of;
    rest_know(court->trial->rest, content);
    return true;
}

static void court_close(struct court *court) {
    for (size_t i = 0; i < court->seat_count; i++)
        court->seats[i].oracle->end(court->seats[i].self, court->trial);
}

/* ---- Promises ---- */

void judge_promise(struct history *history, bool expected, struct str name, struct str text) {
    struct buffer key = {0};
    buffer_printf(&key, "%s_%.*s", expected ? "expect" : "promise", STR_ARG(name));
    history_set(history, buffer_text(&key), text);
    buffer_release(&key);
}

static void judge_read_promises(struct judgement *judgement, bool expected) {
    for (int number = 0; number <= NUMBER_COUNT; number++) {
        struct buffer key = {0};
        const char *name = number_name((enum number)number);
        buffer_printf(&key, "%s_%s", expected ? "expect" : "promise", name);
        struct str text = history_get(judgement->history, buffer_text(&key));
        buffer_release(&key);
        if (text.length == 0)
            continue;
        struct error error = {0};
        struct promise_judgement *row = &judgement->promises[judgement->promise_count];
        if (promise_read(str_of(name), text, &row->promise, &error) != STATUS_OK) {
            trial_lack(&judgement->trial, "promises", error.text);
            continue;
        }
        row->expected = expected;
        judgement->promise_count++;
    }
}

/* The oracles judge by what is promised, not by what a canary expects to go wrong. */
static void judge_take_promises(struct judgement *judgement) {
    size_t most = 2 * ((size_t)NUMBER_COUNT + 1);
    judgement->promises = arena_take(judgement->arena, most, sizeof *judgement->promises);
    judge_read_promises(judgement, false);
    struct promise *promised =
        arena_take(judgement->arena, judgement->promise_count + 1, sizeof *promised);
    for (size_t i = 0; i < judgement->promise_count; i++)
        promised[i] = judgement->promises[i].promise;
    judgement->trial.promises = promised;
    judgement->trial.promise_count = judgement->promise_count;
    judge_read_promises(judgement, true);
}

/* Those that only the verdicts can answer. */
static bool promise_is_about_verdicts(const struct promise *promise) {
    return promise->name == NUMBER_DETECTED || promise->name == NUMBER_CONTAINED;
}

static void judge_evaluate(struct judgement *judgement, bool about_verdicts) {
    const struct day *day = judgement->trial.day;
    struct str *sentences = arena_take(judgement->arena, day->alarm_count + 1, sizeof *sentences);
    for (size_t i = 0; i < day->alarm_count; i++)
        sentences[i] = history_text(judgement->history, day->alarms[i].sentence);
    struct outcome outcome = {.numbers = judgement->trial.numbers,
                              .began = day->began == INSTANT_NEVER ? 0 : day->began,
                              .alarm_sentences = sentences,
                              .alarm_sentence_count = day->alarm_count};
    for (size_t i = 0; i < judgement->promise_count; i++) {
        struct promise_judgement *row = &judgement->promises[i];
        if (promise_is_about_verdicts(&row->promise) != about_verdicts)
            continue;
        row->kept = promise_evaluate(&row->promise, &outcome);
        row->found = row->promise.name < NUMBER_COUNT ? judgement->trial.numbers[row->promise.name]
                                                      : NUMBER_UNKNOWN;
        if (row->kept == KEPT_UNKNOWN && !about_verdicts)
            trial_lack(&judgement->trial, number_name(row->promise.name),
                       "the history lacks the facts to count this");
    }
}

/* The scenario's limits: what is promised about the world, and how fast the alarm must come. */
static bool judge_within_limits(const struct judgement *judgement) {
    for (size_t i = 0; i < judgement->promise_count; i++) {
        const struct promise_judgement *row = &judgement->promises[i];
        bool limit = row->promise.name < NUMBER_ALARMS || row->promise.name == NUMBER_ALARM_WITHIN;
        if (limit && !row->expected && row->kept != KEPT_YES)
            return false;
    }
    return true;
}

/* ---- Verdicts ---- */

static bool artefacts_match(const struct judgement *judgement, uint32_t fault, uint32_t alarm) {
    if (fault == alarm)
        return true;
    /* One may give the path and the other the bare name. */
    struct str one = history_text(judgement->history, fault);
    struct str two = history_text(judgement->history, alarm);
    struct str shorter = one.length < two.length ? one : two;
    struct str longer = one.length < two.length ? two : one;
    size_t before = longer.length - shorter.length;
    return shorter.length > 0 && before > 0 && longer.data[before - 1] == '/' &&
           str_equal((struct str){longer.data + before, shorter.length}, shorter);
}

static bool mailbox_is_harmed(const struct judgement *judgement, uint32_t mailbox) {
    for (int kind = 0; kind < FINDING_KIND_COUNT; kind++)
        if (finding_is_harm((enum finding_kind)kind) &&
            finding_find(judgement->trial.findings, (enum finding_kind)kind, mailbox) != NULL)
            return true;
    return false;
}

/* An alarm counts for a fault after that fired, if it names an affected mailbox or artefact. A
 * fault that aims at nothing by name affects whatever an alarm may name. */
static bool alarm_counts(const struct judgement *judgement, const struct day_alarm *alarm,
                         size_t fault_index) {
    const struct day *day = judgement->trial.day;
    const struct day_fault *fault = &day->faults[fault_index];
    if (fault->fired_row == 0 || alarm->row < fault->fired_row)
        return false;
    if (alarm->mailbox != 0 && (day_fault_reached(day, fault_index, alarm->mailbox) ||
                                mailbox_is_harmed(judgement, alarm->mailbox)))
        return true;
    for (int i = 0; i < fault->artefact_count && alarm->artefact != 0; i++)
        if (artefacts_match(judgement, fault->artefacts[i], alarm->artefact))
            return true;
    return fault->mailboxes == 0 && fault->artefact_count == 0 &&
           (alarm->mailbox != 0 || alarm->artefact != 0);
}

static bool finding_is_after(const struct finding *finding, const struct day_fault *fault) {
    return fault->effect != INSTANT_NEVER && finding->from >= fault->effect;
}

/* Harm counts for a fault when it began after its effect. Where several faults had effects, harm
 * in a mailbox that one of them reached is that one's alone. */
static bool harm_is_of(const struct judgement *judgement, const struct finding *finding,
                       size_t fault_index) {
    const struct day *day = judgement->trial.day;
    if (!finding_is_harm(finding->kind) || !finding_is_after(finding, &day->faults[fault_index]))
        return false;
    if (finding->mailbox == 0 || day_fault_reached(day, fault_index, finding->mailbox))
        return true;
    for (size_t i = 0; i < day->fault_count; i++)
        if (i != fault_index && finding_is_after(finding, &day->faults[i]) &&
            day_fault_reached(day, i, finding->mailbox))
            return false;
    return true;
}

static void judge_fault(struct judgement *judgement, size_t index, struct grounds grounds) {
    const struct day *day = judgement->trial.day;
    const struct day_fault *fault = &day->faults[index];
    const struct findings *findings = judgement->trial.findings;
    struct fault_judgement *row = &judgement->faults[index];
    *row = (struct fault_judgement){.name = history_text(judgement->history, fault->name),
                                    .fired = fault->fired_row != 0,
                                    .effect = fault->effect != INSTANT_NEVER,
                                    .fired_at = fault->fired,
                                    .effect_at = fault->effect,
                                    .detected_at = INSTANT_NEVER};
    for (size_t i = 0; i < day->alarm_count && !row->detected; i++) {
        if (!alarm_counts(judgement, &day->alarms[i], index))
            continue;
        row->detected = true;
        row->detected_at = day->alarms[i].at;
        row->detected_by = history_text(judgement->history, day->alarms[i].measure);
        row->alarm_sentence = history_text(judgement->history, day->alarms[i].sentence);
    }
    grounds.effect = row->effect;
    grounds.alarm = row->detected;
    grounds.excused = judgement->trial.numbers[NUMBER_EXCUSED] > 0;
    for (size_t i = 0; i < findings_count(findings); i++) {
        const struct finding *finding = findings_at(findings, i);
        if (!harm_is_of(judgement, finding, index))
            continue;
        grounds.harm = true;
        grounds.left_at_end = grounds.left_at_end || finding->at_end > 0;
    }
    row->verdict = verdict_on_fault(&grounds);
    row->contained = row->verdict == VERDICT_CONTAINED || row->verdict == VERDICT_PREVENTED ||
                     row->verdict == VERDICT_TOLERATED;
}

/* The day apart from its faults: harm that is no fault's doing, or calm. */
static enum verdict judge_day(const struct judgement *judgement, struct grounds grounds) {
    const struct day *day = judgement->trial.day;
    const struct findings *findings = judgement->trial.findings;
    for (size_t i = 0; i < findings_count(findings); i++) {
        const struct finding *finding = findings_at(findings, i);
        bool explained = false;
        for (size_t k = 0; k < day->fault_count && !explained; k++)
            explained = harm_is_of(judgement, finding, k);
        if (!finding_is_harm(finding->kind) || explained)
            continue;
        grounds.harm = true;
        grounds.left_at_end = grounds.left_at_end || finding->at_end > 0;
    }
    grounds.alarm = day->fault_count == 0 || grounds.harm
                        ? judgement->trial.numbers[NUMBER_CALM] == 0
                        : false; /* alarms of a day with faults are judged with the faults */
    return verdict_on_calm_day(&grounds);
}

static void judge_verdicts(struct judgement *judgement, bool twin_harmed) {
    const struct day *day = judgement->trial.day;
    struct grounds grounds = {
        .lacking = judgement->trial.lacking[0] != '\0',
        .twin_harmed =
            twin_harmed || str_equal_text(history_get(judgement->history, "twin_harmed"), "yes"),
        .within_limits = judge_within_limits(judgement),
    };
    int64_t detected = day->fault_count == 0 ? NUMBER_UNKNOWN : 1, contained = detected;
    judgement->fault_count = day->fault_count;
    judgement->faults =
        arena_take(judgement->arena, day->fault_count + 1, sizeof *judgement->faults);
    judgement->verdict = judge_day(judgement, grounds);
    for (size_t i = 0; i < day->fault_count; i++) {
        judge_fault(judgement, i, grounds);
        const struct fault_judgement *row = &judgement->faults[i];
        if (row->verdict > judgement->verdict)
            judgement->verdict = row->verdict;
        if (row->effect && !row->detected)
            detected = 0;
        if (!row->contained)
            contained = 0;
    }
    judgement->trial.numbers[NUMBER_DETECTED] = detected;
    judgement->trial.numbers[NUMBER_CONTAINED] = contained;
}

/* A canary passes when all it expects is found; any other when its promises and verdict are good.
 * What is inconclusive or vacuous never passes. */
static bool judge_kept(const struct judgement *judgement) {
    bool canary = false;
    for (size_t i = 0; i < judgement->promise_count; i++) {
        if (judgement->promises[i].kept != KEPT_YES)
            return false;
        canary = canary || judgement->promises[i].expected;
    }
    if (judgement->verdict == VERDICT_INCONCLUSIVE || judgement->verdict == VERDICT_VACUOUS)
        return false;
    return canary || verdict_is_good(judgement->verdict);
}

/* ---- All of it ---- */

static enum status judge_hear(struct judgement *judgement, struct error *error) {
    struct court *court = arena_take(judgement->arena, 1, sizeof *court);
    court_open(court, &judgement->trial);
    enum status status = history_each_content(judgement->history, court_content, court, error);
    if (status == STATUS_OK)
        status = history_each_fact(judgement->history, court_fact, court, error);
    if (status == STATUS_OK)
        status = history_each_claim(judgement->history, court_claim, court, error);
    if (judgement->trial.day->began == INSTANT_NEVER)
        judgement->trial.day->began = 0;
    if (judgement->trial.day->ended == INSTANT_NEVER)
        judgement->trial.day->ended = judgement->trial.day->began;
    court_close(court);
    return status;
}

enum status judge(struct history *history, const struct judge_options *options,
                  struct judgement **judgement_r, struct error *error) {
    struct judgement *judgement = memory_new(1, sizeof *judgement);
    struct trial *trial = &judgement->trial;
    judgement->arena = arena_new();
    judgement->history = trial->history = history;
    trial->day = day_new(history);
    trial->rest = rest_new(history, trial->day->cut_off);
    trial->findings = findings_new();
    for (int i = 0; i < NUMBER_COUNT; i++)
        trial->numbers[i] = NUMBER_UNKNOWN;
    judge_take_promises(judgement);
    enum status status = judge_hear(judgement, error);
    if (status != STATUS_OK) {
        judgement_close(&judgement);
        *judgement_r = NULL;
        return status;
    }
    if (!trial->day->complete)
        trial_lack(trial, "history", "it has no end: the rehearsal was cut off");
    if (rest_lacking(trial->rest)[0] != '\0')
        trial_lack(trial, "history", rest_lacking(trial->rest));
    findings_sort(trial->findings);
    judge_evaluate(judgement, false);
    judge_verdicts(judgement, options != NULL && options->twin_harmed);
    judge_evaluate(judgement, true);
    judgement->harmed = judgement_is_harmed(judgement);
    judgement->kept = judge_kept(judgement);
    *judgement_r = judgement;
    return STATUS_OK;
}

void judgement_close(struct judgement **judgement) {
    struct judgement *closing = *judgement;
    if (closing == NULL)
        return;
    rest_close(&closing->trial.rest);
    day_close(&closing->trial.day);
    findings_close(&closing->trial.findings);
    free(closing->trial.excused);
    arena_close(&closing->arena);
    free(closing);
    *judgement = NULL;
}

bool judgement_is_harmed(const struct judgement *judgement) {
    const struct findings *findings = judgement->trial.findings;
    for (size_t i = 0; i < findings_count(findings); i++)
        if (finding_is_harm(findings_at(findings, i)->kind))
            return true;
    return false;
}
