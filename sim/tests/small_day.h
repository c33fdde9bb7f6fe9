/*
 * Small days for the tests of sim/: a scenario out of text, played within the test, judged, and
 * asked for its numbers.
 */
#ifndef SIM_TESTS_SMALL_DAY_H
#define SIM_TESTS_SMALL_DAY_H

#include "../../engine/base/arena.h"
#include "../../reports/judge.h"
#include "../rehearsal/rehearsal.h"

/* Two offices of seven mailboxes, five of each in the batch. */
#define SMALL_WORLD                                                                                \
    "story: a small day\nworld:\n  day: 2025-08-07\n  begins: \"06:00\"\n  lasts: 24 h\n"          \
    "  messages: 20\n  offices:\n"                                                                 \
    "    - organisation: Ministerium\n      name: Innenministerium\n"                              \
    "      domain: im.landsh.example\n      people: 6\n      functional: 1\n      batch: 5\n"      \
    "    - organisation: Finanzverwaltung\n      name: Finanzamt Plön\n"                          \
    "      domain: fa-ploen.landsh.example\n      people: 6\n      functional: 1\n"                \
    "      batch: 5\n"
#define SMALL_RUNBOOK                                                                              \
    "runbook:\n  - at: \"06:20\"\n    run: --by petersen --and hansen seal\n  - run: check\n"      \
    "  - run: preflight\n  - at: \"07:00\"\n    run: hold\n  - run: switch\n  - run: release\n"    \
    "  - at: \"07:20\"\n    run: core\n  - run: verify\n  - at: \"20:00\"\n    run: backfill\n"    \
    "  - at: \"05:00 +1 d\"\n    run: close\n"

/* Once in a test program, before the first day: libraries are woken, the seam is proved. */
int small_day_begin(void **state);

/* The scenario that stands in `text`, or in a file; the test fails when it cannot be read. */
const struct scenario *small_day_of(struct arena *arena, const char *text);
const struct scenario *small_day_file(struct arena *arena, const char *path);

/* A day played to its end and judged. */
struct played {
    struct rehearsal_result result;
    struct judgement *judgement;
    struct buffer terminal; /* what the operator read, alarms with "! " before them */
};
/* `history_path` may be NULL. The test fails when the day cannot be played. */
void small_day_play(struct played *played, const struct scenario *scenario, uint64_t seed,
                    const char *history_path);
void small_day_close(struct played *played);

int64_t small_day_number(const struct played *played, enum number number);
/* Its digest as text; static until the next call but one. */
const char *small_day_digest(const struct played *played);
/* The verdict on the first fault, or on the day when there is none. */
enum verdict small_day_verdict(const struct played *played);

#endif
