/*
 * Judging a rehearsal from its history alone: one pass over contents, one over facts, one over
 * claims; eight million facts take seconds, two million messages about 120 MB.
 */
#ifndef REPORTS_JUDGE_H
#define REPORTS_JUDGE_H

#include "oracle.h"
#include "verdict.h"

struct fault_judgement {
    struct str name;
    uint64_t fired; /* 0 or 1: whether it fired at all */
    bool effect, detected, contained;
    instant fired_at, effect_at, detected_at; /* INSTANT_NEVER: not at all */
    struct str detected_by;                   /* the measure; "" */
    struct str alarm_sentence;
    enum verdict verdict;
};

struct promise_judgement {
    struct promise promise;
    bool expected; /* a canary's expectation, not a promise */
    int64_t found;
    enum kept kept;
};

struct judgement {
    struct history *history; /* borrows */
    struct arena *arena;     /* owns the lists */
    struct trial trial;      /* numbers, findings, day, what was said */
    struct fault_judgement *faults;
    size_t fault_count;
    struct promise_judgement *promises; /* promises, then expectations */
    size_t promise_count;
    enum verdict verdict; /* on the day: the worst of its faults */
    bool harmed;          /* some oracle found harm */
    bool kept;            /* this rehearsal counts as passed */
};

struct judge_options {
    bool twin_harmed; /* or the history's setting "twin_harmed" is yes */
};

/* The history must outlive the judgement. INVALID or STORAGE when it cannot be read at all; what
 * merely lacks facts is judged inconclusive. */
NODISCARD enum status judge(struct history *history, const struct judge_options *options,
                            struct judgement **judgement_r, struct error *error);
void judgement_close(struct judgement **judgement);

/* Whether anything is harmed that prevention would have saved; for the twin. */
bool judgement_is_harmed(const struct judgement *judgement);

/* Puts a promise or expectation into the history, for judge() to find. */
void judge_promise(struct history *history, bool expected, struct str name, struct str text);

#endif
