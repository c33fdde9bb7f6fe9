/*
 * Torture: a day is played once without a kill, and every durable step of the engine is noted. Then
 * it is played again, and before each step the whole simulator forks: in the copy the engine is
 * killed there, its machine's disk loses what the mode says, the operator starts it again, and the
 * copy plays on to its end, which is compared with the end of the day without a kill.
 *
 * A case is written core:17:torn — phase, step in that phase, mode — and, where the recovery is
 * killed too, core:17:torn,9:lost.
 */
#ifndef SIM_COMMAND_TORTURE_H
#define SIM_COMMAND_TORTURE_H

#include "../../reports/expect.h"
#include "../rehearsal/rehearsal.h"

/* The ways to die: those of the disk, and one between two steps, with an APPEND on its way. */
enum torture_mode { TORTURE_BETWEEN = DISK_CRASH_COUNT, TORTURE_MODE_COUNT };
enum { TORTURE_PHASES_MAX = 32, TORTURE_PHASE_MAX = 24, TORTURE_SAID_MAX = 240 };

struct torture_case {
    uint32_t phase;
    uint64_t step; /* of the phase, from 1, all its processes of the day without a kill counted */
    enum torture_mode mode;
    uint64_t again; /* the step of the recovery before which it dies again; 0: it does not */
    enum torture_mode again_mode;
};

struct torture_result { /* written by the copy that plays the case */
    bool ended;
    size_t like; /* another case left the same behind: its number, plus 1; 0: none did */
    bool played; /* its day to the end, all the same when it is like another */
    uint64_t differences;
    char said[TORTURE_SAID_MAX]; /* the first one */
};

struct alike;

struct torture {
    const struct scenario *scenario; /* borrows; as rehearsal_typed_twice() makes it */
    uint64_t seed;
    size_t jobs;
    char phases[TORTURE_PHASES_MAX][TORTURE_PHASE_MAX];
    uint64_t steps[TORTURE_PHASES_MAX];
    uint32_t phase_count;
    struct torture_gap { /* owns; each step's phase and the time until the next one */
        uint32_t phase;
        uint64_t step;
        instant at;
        int64_t gap;
    } * gaps;
    size_t gap_count, gap_capacity;
    struct buffer end; /* of the day without a kill, as the next two */
    int64_t numbers[NUMBER_COUNT];
    int exit_codes[TORTURE_PHASES_MAX]; /* of each phase's last command */
    struct torture_case *cases;         /* owns; in order of their steps */
    struct torture_result *results;     /* shared with the copies */
    size_t case_count;
    struct alike *alike; /* owns; NULL: each case is played */
    void (*progress)(const struct torture *torture, size_t done); /* of the cases; may be NULL */
    bool show; /* every difference on standard output, and what the operator read */
};

/* Plays the day without a kill: fills phases, steps and the end. */
NODISCARD enum status torture_learn(struct torture *torture, struct error *error);
/* Plays all cases, `jobs` at a time. */
NODISCARD enum status torture_play(struct torture *torture, struct error *error);
void torture_release(struct torture *torture);

const char *torture_mode_name(enum torture_mode mode);
/* Appends "core:17:torn,9:lost". */
void torture_case_text(const struct torture *torture, const struct torture_case *each,
                       struct buffer *out);

#endif
