/*
 * Silence: does a process that was killed go on speaking? Code that unwinds believes that things
 * went on or ended, and whatever it says then is said of a world that it does not see any more.
 *
 * Catches: what code tries to say once it knows of its process's death (the rehearsal lets nothing
 * of it through, but sees it); and a claim that appears after its process has ended by a kill,
 * before one of that name is started again.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../oracle.h"

enum silence_state { SILENCE_LIVES, SILENCE_KILLED };

struct silence {
    struct turn { /* of a process of that name: it began, or was killed */
        instant at;
        uint32_t process;
        enum silence_state state;
    } * turns; /* owns */
    size_t count, capacity;
    int64_t spoke;
};

static void *silence_begin(struct trial *trial) {
    (void)trial;
    return memory_new(1, sizeof(struct silence));
}

static void silence_turn(struct silence *silence, const struct fact *fact,
                         enum silence_state state) {
    if (silence->count == silence->capacity) {
        silence->capacity = silence->capacity == 0 ? 32 : silence->capacity * 2;
        silence->turns = memory_grow(silence->turns, silence->capacity, sizeof *silence->turns);
    }
    silence->turns[silence->count++] = (struct turn){fact->at, fact->process, state};
}

static struct finding *silence_broken(struct silence *silence, struct trial *trial, instant at) {
    struct finding *finding = finding_about(trial->findings, FINDING_SPOKE_DEAD, 0, at);
    finding->count++;
    finding->until = at;
    silence->spoke++;
    return finding;
}

static void silence_see(void *self, struct trial *trial, const struct step *step) {
    struct silence *silence = self;
    const struct fact *fact = step->fact;
    if (fact->kind == FACT_PROCESS_STARTED) {
        silence_turn(silence, fact, SILENCE_LIVES);
    } else if (fact->kind == FACT_PROCESS_ENDED) {
        if (fact->a < 0)
            silence_turn(silence, fact, SILENCE_KILLED);
    } else {
        struct finding *finding = silence_broken(silence, trial, fact->at);
        finding->subject = fact->process;
        finding_shown_by(finding, fact, step->row);
    }
}

/* The last turn of that process before the claim came decides. */
static void silence_claim(void *self, struct trial *trial, const struct claim *claim) {
    struct silence *silence = self;
    for (size_t i = silence->count; i > 0; i--) {
        const struct turn *turn = &silence->turns[i - 1];
        if (turn->process != claim->process || turn->at > claim->at)
            continue;
        if (turn->state == SILENCE_KILLED && turn->at < claim->at)
            silence_broken(silence, trial, claim->at)->subject = claim->kind;
        return;
    }
}

static void silence_end(void *self, struct trial *trial) {
    struct silence *silence = self;
    trial->numbers[NUMBER_SPOKE_DEAD] = silence->spoke;
    free(silence->turns);
    free(silence);
}

const struct oracle auditor_silence = {
    .name = "silence",
    .question = "does a killed process go on speaking?",
    .kinds = KIND(SPOKE_DEAD) | KIND(PROCESS_STARTED) | KIND(PROCESS_ENDED),
    .begin = silence_begin,
    .see = silence_see,
    .claim = silence_claim,
    .end = silence_end,
};
