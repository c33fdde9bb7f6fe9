/*
 * Family disk: the disk under the engine's files is full for a while, from the `step`-th durable
 * step of its phase on. What is there can be read and written over; nothing grows, and no new file
 * gets any bytes.
 */
#include <string.h>

#include "../incarnation.h"
#include "fault.h"

#define ENGINE_FILES "state/"

static bool full_has_room(void *of, const char *name) {
    struct world *world = of;
    bool room = true;
    for (struct fault *fault = world->disk_faults; fault != NULL; fault = fault->next) {
        if (!fault->fired || fault->healed || !str_starts_with(str_of(name), ENGINE_FILES))
            continue;
        room = false;
        fault_has_effect(fault, 0);
    }
    return room;
}

static void full_ends(void *of) {
    fault_heals(of);
}

static void full_step(struct fault *fault, struct incarnation *incarnation) {
    struct world *world = fault->world;
    const struct scenario_fault *spec = fault->spec;
    bool of_phase = spec->phase[0] == '\0' || strcmp(incarnation->phase, spec->phase) == 0;
    if (fault->fired || !of_phase ||
        world->clock.now < scenario_instant(world->scenario, spec->at) ||
        ++fault->fired_count < spec->step)
        return;
    fault_fires(fault);
    kernel_at(world->kernel, world->clock.now + spec->lasts, full_ends, fault);
}

static enum status full_arm(struct fault *fault, struct error *error) {
    struct world *world = fault->world;
    (void)error;
    fault->artefacts[0] = ENGINE_FILES "ledger.db";
    fault->next = world->disk_faults;
    world->disk_faults = fault;
    disk_watch_room(world->disk, full_has_room, world);
    return STATUS_OK;
}

const struct fault_type fault_disk_types[] = {
    {.name = "disk-full",
     .sentence = "the disk under the engine's files is full",
     .arm = full_arm,
     .durable_step = full_step},
    {.name = NULL},
};
