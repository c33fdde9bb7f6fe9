/* Family directory: people change their names while they are being moved. */
#include <stdio.h>
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "fault.h"

/* Marriage: a new primary address; the old one stays as an alias, the key as it was. */
static void directory_rename(void *of) {
    struct fault *fault = of;
    struct world *world = fault->world;
    fault_fires(fault);
    for (uint32_t i = 0; i < fault->affected_count; i++) {
        uint32_t mailbox = fault->affected[i];
        struct str old = str_of(population_mailbox(world->population, mailbox)->address);
        struct str local = str_cut(&old, '@');
        char address[256];
        snprintf(address, sizeof address, "%.*s-neu@%.*s", STR_ARG(local), STR_ARG(old));
        check(directory_party_rename(world->directory, mailbox, address, NULL) == STATUS_OK);
        fault_has_effect(fault, mailbox);
    }
}

static enum status directory_arm(struct fault *fault, struct error *error) {
    (void)error;
    struct world *world = fault->world;
    fault_draw_affected(fault);
    kernel_at(world->kernel, scenario_instant(world->scenario, fault->spec->at), directory_rename,
              fault);
    return STATUS_OK;
}

const struct fault_type fault_directory_types[] = {
    {.name = "identity-renamed-mid-day",
     .sentence = "somebody gets a new address between core and backfill",
     .arm = directory_arm},
    {.name = NULL},
};
