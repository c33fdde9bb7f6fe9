/*
 * Family undoing: what goes wrong when a batch is set back. The operator takes the whole office
 * where only the batch is meant: colleagues who never moved are held, closed and set back too.
 */
#include <string.h>

#include "../../engine/base/check.h"
#include "fault.h"

#define OFFICE_LIST "gesamtes-amt.csv" /* everybody who sits there */

static enum status office_arm(struct fault *fault, struct error *error) {
    struct world *world = fault->world;
    struct buffer bytes = {0};
    struct mapping_row_spec *rows = arena_take(world->arena, world->mailbox_count, sizeof *rows);
    (void)error;
    fault->artefacts[0] = OFFICE_LIST;
    fault->affected = arena_take(world->arena, world->mailbox_count, sizeof *fault->affected);
    for (uint32_t number = 1; number <= world->mailbox_count; number++) {
        rows[number - 1] = (struct mapping_row_spec){number, number};
        if (world->roles[number] == ROLE_BYSTANDER)
            fault->affected[fault->affected_count++] = number;
    }
    struct list_spec list = {.rows = rows,
                             .row_count = world->mailbox_count,
                             .dialect = (enum list_dialect)world->scenario->plan.dialect,
                             .separator = ';'};
    population_list(world->population, &list, &bytes);
    enum status status = disk_replace(world->disk, OFFICE_LIST, buffer_str(&bytes));
    buffer_release(&bytes);
    return status;
}

static void office_typing(struct fault *fault, const struct scenario_step *step) {
    if (strstr(step->run, OFFICE_LIST) != NULL)
        fault_fires(fault);
}

static void office_read(struct fault *fault, const char *name) {
    if (fault->fired && strcmp(name, OFFICE_LIST) == 0)
        fault_has_effect(fault, 0);
}

const struct fault_type fault_undoing_types[] = {
    {.name = "rollback-touches-bystanders",
     .sentence = "the whole office is set back, where only the batch is meant",
     .by_scenario = true,
     .arm = office_arm,
     .typing = office_typing,
     .file_read = office_read},
    {.name = NULL},
};
