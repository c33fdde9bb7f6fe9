/*
 * Family engines: the engine itself is run wrongly. Two of it work on one batch: somebody thinks
 * that the first has died and starts another, or the first one's process does not run for longer
 * than its lease (SIGSTOP, a machine that is moved, a laptop that is shut) and then goes on where
 * it stood. Or the copy is typed as a mirror, which deletes.
 */
#include <string.h>

#include "../incarnation.h"
#include "fault.h"

static bool engines_is_of(const struct fault *fault, const struct incarnation *incarnation) {
    return fault->spec->phase[0] == '\0' || strcmp(incarnation->phase, fault->spec->phase) == 0;
}

/* ---- two-engines-one-mailbox ---- */

static enum status two_arm(struct fault *fault, struct error *error) {
    (void)error;
    fault_draw_affected(fault);
    fault_join_target(fault);
    return STATUS_OK;
}

/* The first one falls asleep at its `step`-th APPEND; never when `step` is 0. */
static void two_appended(struct fault *fault, struct incarnation *incarnation) {
    struct world *world = fault->world;
    instant from = scenario_instant(world->scenario, fault->spec->at);
    if (fault->fired || world->clock.now < from || !engines_is_of(fault, incarnation) ||
        ++fault->fired_count != fault->spec->step)
        return;
    fault_fires(fault);
    process_pause(incarnation->process, world->clock.now + fault->spec->lasts);
}

/* Two of them once the second takes its first step while the first one lives. */
static void two_step(struct fault *fault, struct incarnation *incarnation) {
    const struct incarnation *other = fault->world->incarnations;
    if (fault->effect || !engines_is_of(fault, incarnation))
        return;
    while (other != NULL && (other == incarnation || !engines_is_of(fault, other)))
        other = other->next;
    if (other == NULL)
        return;
    fault_fires(fault);
    fault_has_effect(fault, 0);
}

static void two_ended(struct fault *fault, const struct incarnation *incarnation, int exit_code) {
    const struct incarnation *other = fault->world->incarnations;
    (void)exit_code;
    while (other != NULL && !engines_is_of(fault, other))
        other = other->next;
    if (fault->effect && other == NULL && engines_is_of(fault, incarnation))
        fault_heals(fault);
}

/* ---- strict-sync-deletes-new-mail ---- */

#define MIRRORS "--surplus remove"

static enum status strict_arm(struct fault *fault, struct error *error) {
    (void)error;
    fault->artefacts[0] = "--surplus";
    fault_draw_affected(fault);
    return STATUS_OK;
}

/* It is the engine that acts on what is typed, at once. */
static void strict_typing(struct fault *fault, const struct scenario_step *step) {
    if (strstr(step->run, MIRRORS) == NULL)
        return;
    fault_fires(fault);
    fault_has_effect(fault, 0);
}

const struct fault_type fault_engines_types[] = {
    {.name = "strict-sync-deletes-new-mail",
     .sentence = "the copy is typed as a mirror: what the source does not have is removed",
     .by_scenario = true,
     .arm = strict_arm,
     .typing = strict_typing},
    {.name = "two-engines-one-mailbox",
     .sentence = "a second run is started while the first still works, or sleeps and goes on later",
     .by_scenario = true,
     .arm = two_arm,
     .durable_step = two_step,
     .appended = two_appended,
     .ended = two_ended},
    {.name = NULL},
};
