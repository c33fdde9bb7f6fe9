/*
 * What a wrong list must do, from the fixtures alone (DESIGN.md §8): the sum over all wrong rows of
 * the source's messages older than the cut-off, each as often as it lies there, whose content truth
 * does not allow at the target. A circular that both rightly own would be doubled, not foreign, so
 * it does not count.
 */
#include "expected.h"

#include <string.h>

#include "../../engine/base/table.h"

/* Messages of `source` older than the cut-off that are not allowed at `target`. */
static uint64_t foreign_of_row(const struct population *population, uint32_t source,
                               uint32_t target, instant cut_off) {
    struct table *allowed = table_new();
    uint32_t count;
    uint64_t foreign = 0;
    const struct fixture_item *items = population_items(population, target, &count);
    for (uint32_t i = 0; i < count; i++)
        *table_at(allowed, items[i].content) = 1;
    items = population_items(population, source, &count);
    for (uint32_t i = 0; i < count; i++)
        if (items[i].received < cut_off && table_find(allowed, items[i].content) == NULL)
            foreign++;
    table_close(&allowed);
    return foreign;
}

uint64_t expected_foreign(struct world *world) {
    const struct mapping_row_spec *rows = fault_wrong_list(world);
    uint64_t messages = 0;
    for (uint32_t i = 0; i < world->batch_count; i++)
        if (rows[i].source != rows[i].target)
            messages +=
                foreign_of_row(world->population, rows[i].source, rows[i].target, world->cut_off);
    return messages;
}

uint64_t expected_older(struct world *world) {
    uint64_t older = 0;
    for (uint32_t i = 0; i < world->batch_count; i++) {
        uint32_t count;
        const struct fixture_item *items =
            population_items(world->population, world->batch[i], &count);
        for (uint32_t k = 0; k < count; k++)
            older += items[k].received < world->cut_off;
    }
    return older;
}

uint64_t expected_bystanders(struct world *world) {
    uint64_t people = 0;
    for (uint32_t i = 1; i <= world->mailbox_count; i++) {
        const struct fixture_mailbox *mailbox = population_mailbox(world->population, i);
        people += world->roles[i] == ROLE_BYSTANDER && mailbox->kind == MAILBOX_PERSONAL &&
                  scenario_office(world->scenario, mailbox->office)->batch > 0;
    }
    return people;
}

/* From the step that locks the offices to the one that lets people in again. Each of them tries
 * every so often, so it comes out even where that span is a multiple of it. */
static uint64_t expected_locked_minutes(const struct scenario *scenario) {
    int64_t locked = 0, unlocked = 0;
    for (uint32_t i = 0; i < scenario->runbook.count; i++) {
        const struct scenario_step *step = scenario_step(scenario, i);
        if (step->engine == ENGINE_BY_HAND && strcmp(step->run, "lock_offices") == 0)
            locked = step->at;
        if (step->engine == ENGINE_BY_HAND && strcmp(step->run, "unlock_offices") == 0)
            unlocked = step->at;
    }
    return (uint64_t)((unlocked - locked) / MINUTE);
}

uint64_t expected_number(struct world *world, const char *name) {
    if (strcmp(name, "bystanders_locked_out") == 0)
        return expected_bystanders(world);
    if (strcmp(name, "bystander_minutes") == 0)
        return expected_bystanders(world) * expected_locked_minutes(world->scenario);
    return strcmp(name, "doubled") == 0 ? expected_older(world) : expected_foreign(world);
}
