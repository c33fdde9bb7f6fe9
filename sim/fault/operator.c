/*
 * Family operator: what was typed is wrong in itself: a phase before its turn, a run on another
 * day than meant, the plan of another batch. The mistake stands in the scenario's runbook; the
 * fault sees it being typed.
 */
#include <stdio.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "fault.h"

#define OTHER_PLAN "vortag.conf" /* of the day before, with people who are not in this batch */
#define OTHER_LIST "vortag.csv"
#define TODAY_PLAN "plan.conf"

static enum status operator_arm(struct fault *fault, struct error *error) {
    (void)fault;
    (void)error;
    return STATUS_OK;
}

/* It is the engine that acts on what is typed, at once. */
static void operator_errs(struct fault *fault) {
    fault_fires(fault);
    fault_has_effect(fault, 0);
}

/* ---- phase-order-inverted ---- */

static const struct phase_need {
    const char *phase, *needs;
} phase_needs[] = {
    {"switch", "hold"}, {"release", "switch"}, {"core", "switch"},
    {"verify", "core"}, {"backfill", "core"},  {"close", "backfill"},
};
enum { PHASE_NEEDS = sizeof phase_needs / sizeof phase_needs[0] };

/* fired_count keeps one bit for each row of the table whose need was typed. */
static void order_typing(struct fault *fault, const struct scenario_step *step) {
    struct str phase = scenario_step_phase(step);
    for (size_t i = 0; i < PHASE_NEEDS; i++) {
        if (str_equal_text(phase, phase_needs[i].phase) && (fault->fired_count >> i & 1) == 0)
            operator_errs(fault);
        if (str_equal_text(phase, phase_needs[i].needs))
            fault->fired_count |= UINT64_C(1) << i;
    }
}

/* ---- cutoff-gap, cutoff-overlap ---- */

/* Whoever counts days back from the day of the run (UTC, as IMAP's SINCE) gets another cut-off as
 * soon as core and backfill are typed on two days. fired_count keeps the day of the first. */
static void cut_off_typing(struct fault *fault, const struct scenario_step *step) {
    struct str phase = scenario_step_phase(step);
    bool gap = strcmp(fault->type->name, "cutoff-gap") == 0;
    uint64_t today = (uint64_t)(fault->world->clock.now / DAY);
    if (str_equal_text(phase, gap ? "backfill" : "core") && fault->fired_count == 0)
        fault->fired_count = today;
    if (str_equal_text(phase, gap ? "core" : "backfill") && fault->fired_count != 0 &&
        fault->fired_count < today)
        operator_errs(fault);
}

/* ---- wrong-batch-or-environment-started ---- */

/* The lines of today's plan, but for those that name the batch, its list and its size. */
static void other_plan_lines(struct str plan, uint32_t count, struct buffer *out) {
    while (plan.length > 0) {
        struct str line = str_cut(&plan, '\n');
        if (str_starts_with(line, "batch = "))
            buffer_append_text(out, "batch = vortag");
        else if (str_starts_with(line, "mapping = "))
            buffer_append_text(out, "mapping = " OTHER_LIST);
        else if (str_starts_with(line, "mailboxes = "))
            buffer_printf(out, "mailboxes = %u", count);
        else
            buffer_append_str(out, line);
        buffer_append_byte(out, '\n');
    }
}

static void other_list_write(struct fault *fault) {
    struct world *world = fault->world;
    struct buffer bytes = {0};
    struct mapping_row_spec *rows = arena_take(world->arena, world->mailbox_count, sizeof *rows);
    fault->affected = arena_take(world->arena, world->mailbox_count, sizeof *fault->affected);
    for (uint32_t number = 1; number <= world->mailbox_count; number++) {
        if (world->roles[number] != ROLE_BYSTANDER)
            continue;
        rows[fault->affected_count] = (struct mapping_row_spec){number, number};
        fault->affected[fault->affected_count++] = number;
    }
    struct list_spec list = {.rows = rows,
                             .row_count = fault->affected_count,
                             .dialect = (enum list_dialect)world->scenario->plan.dialect,
                             .separator = ';'};
    population_list(world->population, &list, &bytes);
    check(disk_replace(world->disk, OTHER_LIST, buffer_str(&bytes)) == STATUS_OK);
    buffer_release(&bytes);
}

static void other_batch_typing(struct fault *fault, const struct scenario_step *step) {
    struct disk *disk = fault->world->disk;
    struct buffer today = {0};
    if (fault->fired || strstr(step->run, OTHER_PLAN) == NULL)
        return;
    fault->artefacts[0] = OTHER_PLAN;
    fault->artefacts[1] = OTHER_LIST;
    other_list_write(fault);
    check(disk_read(disk, TODAY_PLAN, &today) == STATUS_OK);
    other_plan_lines(buffer_str(&today), fault->affected_count, &fault->bytes);
    check(disk_replace(disk, OTHER_PLAN, buffer_str(&fault->bytes)) == STATUS_OK);
    buffer_release(&today);
    fault_fires(fault);
}

static void other_batch_read(struct fault *fault, const char *name) {
    if (fault->fired && strcmp(name, OTHER_PLAN) == 0)
        fault_has_effect(fault, 0);
}

const struct fault_type fault_operator_types[] = {
    {.name = "cutoff-gap",
     .sentence = "core runs on a later day than backfill, and days are counted back from today",
     .by_scenario = true,
     .arm = operator_arm,
     .typing = cut_off_typing},
    {.name = "cutoff-overlap",
     .sentence = "backfill runs on a later day than core, and days are counted back from today",
     .by_scenario = true,
     .arm = operator_arm,
     .typing = cut_off_typing},
    {.name = "phase-order-inverted",
     .sentence = "a phase is typed before the one it needs",
     .by_scenario = true,
     .arm = operator_arm,
     .typing = order_typing},
    {.name = "wrong-batch-or-environment-started",
     .sentence = "the plan of another batch is typed: people who are not to move today",
     .by_scenario = true,
     .arm = operator_arm,
     .typing = other_batch_typing,
     .file_read = other_batch_read},
    {.name = NULL},
};
