/*
 * The operator: goes through the runbook step by step, types each command when its time has come
 * and the step before has ended, and reads what appears. A refusal or warning that reaches him he
 * records as an alarm, with the measure that spoke and whom or what it names. When a step was
 * refused he types what the runbook has for that case; when its process was killed he types it
 * again after a while, a few times at most. A step that is typed beside runs at another terminal,
 * and the runbook goes on meanwhile.
 *
 * What he reads as an alarm: a line "ALARM <measure> <mailbox, artefact or -> : <sentence>".
 */
#ifndef SIM_ACTOR_OPERATOR_H
#define SIM_ACTOR_OPERATOR_H

#include "../../fixtures/population.h"
#include "../../reports/history.h"
#include "../engine_door.h"
#include "../kernel/process.h"
#include "../scenario.h"

struct operator;

enum { OPERATOR_WORDS_MAX = 24 }; /* of one command */

struct operator_options { /* all borrowed */
    const struct scenario *scenario;
    const struct population *population;
    struct history *history;
    struct process *process; /* the operator's own */
    struct engine_door *door;
    /* Told when a phase begins (`exit_code` −1) and when it ends; may be NULL. */
    void (*progress)(void *of, const char *phase, int exit_code);
    /* Shown each line of the terminal; may be NULL. */
    void (*line)(void *of, bool alarm, struct str line);
    void *of;
    /* Does by hand what a step says, without any engine; false when nobody knows how. */
    bool (*by_hand)(void *of, const char *deed);
    /* Told right before a step is typed: its words may be faulty from here on. May be NULL. */
    void (*typing)(void *of, const struct scenario_step *step);
};

/* Starts work; freed by the caller when the world has ended. */
struct operator* operator_start(const struct operator_options *options);
void operator_free(struct operator** operator);

/* True once every step of the runbook was done. */
bool operator_is_done(const struct operator* operator);

#endif
