/*
 * Family undoing: what goes wrong when a batch is set back. The operator takes the whole office
 * where only the batch is meant: colleagues who never moved are held, closed and set back too. The
 * rollback's process dies, or the directory goes away, when some of the batch are back and some
 * not; or the night run is still at work.
 */
#include <string.h>

#include "../../engine/base/check.h"
#include "../incarnation.h"
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

/* ---- Half of it is done ---- */

static uint32_t half_back(const struct world *world) {
    uint32_t back = 0;
    for (uint32_t i = 0; i < world->batch_count; i++)
        back += directory_party_home_now(world->directory, world->batch[i]) == SYSTEM_EXCHANGE;
    return back;
}

/* Whether so many are at home at Exchange again (half of them where `count` is 0), and not yet all.
 * Homes are counted, not steps: they are half way whatever the engine writes in between. */
static bool half_is_done(const struct fault *fault) {
    const struct world *world = fault->world;
    uint64_t count = fault->spec->count == 0 ? world->batch_count / 2 : fault->spec->count;
    uint32_t back = half_back(world);
    return world->clock.now >= scenario_instant(world->scenario, fault->spec->at) &&
           back >= count && back < world->batch_count;
}

static enum status half_arm(struct fault *fault, struct error *error) {
    (void)error;
    fault->artefacts[0] = "state/ledger.db";
    return STATUS_OK;
}

static void half_step(struct fault *fault, struct incarnation *incarnation) {
    if (fault->fired || strcmp(incarnation->phase, "rollback") != 0 || !half_is_done(fault))
        return;
    fault_fires(fault);
    fault_has_effect(fault, 0);
    incarnation_strike(incarnation, (enum disk_crash)fault->spec->disk);
}

static void half_ended(struct fault *fault, const struct incarnation *incarnation, int exit_code) {
    if (exit_code == 0 && strcmp(incarnation->phase, "rollback") == 0)
        fault_heals(fault);
}

/* ---- The directory goes away in the middle ---- */

static void directory_returns(void *of) {
    fault_heals(of);
}

static bool directory_is_away(void *of) {
    struct fault *fault = of;
    struct world *world = fault->world;
    if (!fault->fired) {
        if (world->incarnations == NULL || strcmp(world->incarnations->phase, "rollback") != 0 ||
            !half_is_done(fault))
            return false;
        fault_fires(fault);
        kernel_at(world->kernel, world->clock.now + fault->spec->lasts, directory_returns, fault);
    }
    if (!fault->healed)
        fault_has_effect(fault, 0);
    return !fault->healed;
}

static enum status directory_away_arm(struct fault *fault, struct error *error) {
    (void)error;
    scim_server_disturb(fault->world->scim, directory_is_away, fault);
    return STATUS_OK;
}

/* ---- The night run is still at work ---- */

static enum status race_arm(struct fault *fault, struct error *error) {
    (void)error;
    fault_draw_affected(fault);
    return STATUS_OK;
}

/* Two processes at the same mailboxes: from here on each acts on what the other has just done. */
static void race_typing(struct fault *fault, const struct scenario_step *step) {
    const struct incarnation *running = fault->world->incarnations;
    while (running != NULL && strcmp(running->phase, "backfill") != 0)
        running = running->next;
    if (running == NULL || !str_equal_text(scenario_step_phase(step), "rollback"))
        return;
    fault_fires(fault);
    fault_has_effect(fault, 0);
}

/* ---- The remains of the first attempt ---- */

static bool remains_lie_in(const struct world *world, uint32_t number) {
    struct store_mailbox *mailbox = store_mailbox(openxchange_store(world->openxchange), number);
    for (struct store_folder *folder = store_folder_first(mailbox); folder != NULL;
         folder = store_folder_next(folder))
        if (store_item_count(folder) > 0)
            return true;
    return false;
}

/* Which mailboxes it concerns shows when the attempt begins. */
static enum status remains_arm(struct fault *fault, struct error *error) {
    (void)error;
    (void)fault;
    return STATUS_OK;
}

/* Whoever has taken them away has healed it. */
static void remains_ended(struct fault *fault, const struct incarnation *incarnation,
                          int exit_code) {
    const struct world *world = fault->world;
    if (exit_code != 0 || strcmp(incarnation->phase, "cleanup") != 0)
        return;
    for (uint32_t i = 0; i < world->batch_count; i++)
        if (remains_lie_in(world, world->batch[i]))
            return;
    fault_heals(fault);
}

static void remains_typing(struct fault *fault, const struct scenario_step *step) {
    struct world *world = fault->world;
    if (fault->fired || step->attempt < 2 || step->engine != ENGINE_UMZUG)
        return;
    fault->affected = arena_take(world->arena, world->batch_count, sizeof *fault->affected);
    for (uint32_t i = 0; i < world->batch_count; i++)
        if (remains_lie_in(world, world->batch[i]))
            fault->affected[fault->affected_count++] = world->batch[i];
    if (fault->affected_count == 0)
        return;
    fault_fires(fault);
    fault_has_effect(fault, 0);
}

const struct fault_type fault_undoing_types[] = {
    {.name = "directory-away-half-way",
     .sentence = "the directory answers nobody for a while, when half of a rollback is done",
     .by_scenario = true,
     .arm = directory_away_arm},
    {.name = "rollback-half-done",
     .sentence = "the rollback dies when some mailboxes are back and some are not",
     .by_scenario = true,
     .arm = half_arm,
     .durable_step = half_step,
     .ended = half_ended},
    {.name = "remigration-after-rollback-duplicates",
     .sentence = "a further attempt meets what the first one left at the target",
     .by_scenario = true,
     .arm = remains_arm,
     .typing = remains_typing,
     .ended = remains_ended},
    {.name = "rollback-races-backfill",
     .sentence = "the rollback is typed while the night run still writes",
     .by_scenario = true,
     .arm = race_arm,
     .typing = race_typing},
    {.name = "rollback-touches-bystanders",
     .sentence = "the whole office is set back, where only the batch is meant",
     .by_scenario = true,
     .arm = office_arm,
     .typing = office_typing,
     .file_read = office_read},
    {.name = NULL},
};
