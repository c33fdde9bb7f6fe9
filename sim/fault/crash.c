/*
 * Family crash: the engine's process is killed, and the power may go with it. From its time on a
 * crash counts the durable steps, or APPENDs, of the first process of its phase, and strikes at the
 * `step`-th; what was not synced is left as `disk` says. It is healed when the phase ends well.
 */
#include <assert.h>
#include <string.h>

#include "../incarnation.h"
#include "fault.h"

#define RECOVERY "crash-during-recovery"

static_assert(DISK_CRASH_COUNT == 6, "the words of `disk` are those of enum disk_crash");

static bool crash_is_of(const struct fault *fault, const struct incarnation *incarnation) {
    return fault->spec->phase[0] == '\0' || strcmp(incarnation->phase, fault->spec->phase) == 0;
}

/* Counts once more; strikes when it is the one. Recovery is struck where its process was. */
static void crash_count(struct fault *fault, struct incarnation *incarnation) {
    bool again = strcmp(fault->type->name, RECOVERY) == 0;
    instant from = scenario_instant(fault->world->scenario, fault->spec->at);
    if (fault->fired || fault->world->clock.now < from || !crash_is_of(fault, incarnation))
        return;
    fault->fired_count++;
    if (fault->fired_count % fault->spec->step != 0)
        return;
    if (!again || fault->fired_count > fault->spec->step) {
        fault_fires(fault);
        fault_has_effect(fault, 0);
    }
    incarnation_strike(incarnation, (enum disk_crash)fault->spec->disk);
}

static void crash_ended(struct fault *fault, const struct incarnation *incarnation, int exit_code) {
    if (exit_code == 0 && crash_is_of(fault, incarnation))
        fault_heals(fault);
}

static enum status crash_arm(struct fault *fault, struct error *error) {
    const struct scenario_fault *spec = fault->spec;
    if (spec->step == 0)
        return error_set(error, STATUS_INVALID, "%s:%d:%d: a crash strikes at step 1 or later",
                         fault->world->scenario->path, spec->line, spec->column);
    fault->artefacts[0] = "state/ledger.db";
    if (fault->type->appended != NULL)
        fault_join_target(fault);
    return STATUS_OK;
}

#define CRASH_FAULT(fault_name, counts, says)                                                      \
    {                                                                                              \
        .name = fault_name, .sentence = says, .arm = crash_arm, .counts = crash_count,             \
        .ended = crash_ended                                                                       \
    }

const struct fault_type fault_crash_types[] = {
    CRASH_FAULT("batch-half-switched", durable_step,
                "the engine dies when some mailboxes are switched"),
    CRASH_FAULT(RECOVERY, durable_step, "it dies, and dies again while it takes up what was left"),
    CRASH_FAULT("killed-between-append-and-ledger", appended,
                "it dies when a message was stored and the ledger does not know"),
    CRASH_FAULT("ledger-torn", durable_step, "the power goes while the ledger is written"),
    {.name = NULL},
};
