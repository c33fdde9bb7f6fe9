/*
 * One rehearsal: a scenario played with a seed, from the first fact to the verdict. This folder
 * alone sees world, engine and judgement at once.
 */
#ifndef SIM_REHEARSAL_REHEARSAL_H
#define SIM_REHEARSAL_REHEARSAL_H

#include <signal.h>

#include "../../reports/history.h"
#include "../incarnation.h"
#include "../scenario.h"

struct world;

struct rehearsal_options {
    const struct scenario *scenario; /* borrows, as all pointers here */
    uint64_t seed;
    const char *history_path; /* NULL: in memory */
    /* Becomes true when the person at the terminal wants to end; may be NULL. */
    const volatile sig_atomic_t *interrupted;
    /* Told now and then; may be NULL. `phase` is NULL between phases; `exit_code` −1: it began. */
    void (*progress)(void *of, instant now, const char *phase, int exit_code);
    /* Shown what appears on the operator's terminal; may be NULL. */
    void (*line)(void *of, instant now, bool alarm, struct str line);
    /* Told of each durable step of the engine before it is made, and may strike; may be NULL. */
    void (*durable_step)(void *of, struct incarnation *incarnation, const char *what,
                         const char *name);
    /* Told when a process of the engine that was struck is dead and its disk is what is left; may
     * be NULL. */
    void (*died)(void *of, struct world *world);
    /* Shown the world when the day has ended and its history is frozen; may be NULL. */
    void (*at_end)(void *of, struct world *world);
    void *of;
};

struct rehearsal_result {
    struct history *history; /* owned by the caller: history_close() */
    bool interrupted;
    bool endless; /* the engine or a party ran in circles: `endless_where` */
    char endless_where[128];
    uint64_t events;
    double wall_seconds;
};

/* A copy of a scenario, in `arena`, with other measures (NULL: as they are); without the measure
 * scoped_credential the world's standing master credential is open. */
const struct scenario *rehearsal_with_measures(struct arena *arena, const struct scenario *scenario,
                                               const char *measures);
/* A copy with offices and batch shrunk to `part` of `whole`, at least two mailboxes of each kind
 * that there was. */
const struct scenario *rehearsal_of_size(struct arena *arena, const struct scenario *scenario,
                                         uint64_t part, uint64_t whole);

/* Whether a runbook may have that done by hand. */
bool rehearsal_knows_deed(const char *deed);

/* A copy in which every command of umzug is typed a second time once it is done, and people stay
 * away: what they do depends on the minute at which they find a mailbox. For torture. */
const struct scenario *rehearsal_typed_twice(struct arena *arena, const struct scenario *scenario);

/* Plays it. The history is complete and frozen; not yet judged. */
NODISCARD enum status rehearsal_play(const struct rehearsal_options *options,
                                     struct rehearsal_result *result_r, struct error *error);

#endif
