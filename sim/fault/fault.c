/* The registry and what all families share. See fault.h. */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"

static const struct fault_type *const families[] = {
    fault_crash_types,    fault_disk_types,    fault_engines_types,   fault_mapping_types,
    fault_operator_types, fault_undoing_types, fault_directory_types, fault_source_types,
    fault_target_types,   fault_network_types, fault_gateway_types,
};

struct faults {
    struct world *world;
    struct fault *list; /* owns */
    uint32_t count;
};

const struct fault_type *fault_type_at(size_t index) {
    for (size_t family = 0; family < sizeof families / sizeof families[0]; family++)
        for (const struct fault_type *type = families[family]; type->name != NULL; type++)
            if (index-- == 0)
                return type;
    return NULL;
}

const struct fault_type *fault_type(const char *name) {
    const struct fault_type *type;
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

static const char *fault_nearest(const char *name) {
    const struct fault_type *type;
    const char *nearest = "";
    size_t nearest_distance = 1000;
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++) {
        size_t distance = str_distance(str_of(name), str_of(type->name), 100);
        if (distance < nearest_distance) {
            nearest = type->name;
            nearest_distance = distance;
        }
    }
    return nearest;
}

enum status faults_check(const struct scenario *scenario, struct error *error) {
    for (uint32_t i = 0; i < scenario->faults.count; i++) {
        const struct scenario_fault *spec = scenario_fault(scenario, i);
        const struct fault_type *type = fault_type(spec->name);
        if (type == NULL)
            return error_set(
                error, STATUS_INVALID, "%s:%d:%d: there is no fault \"%s\"; did you mean \"%s\"?",
                scenario->path, spec->line, spec->column, spec->name, fault_nearest(spec->name));
        if (type->ways != 0 && !(type->ways & 1U << spec->way))
            return error_set(error, STATUS_INVALID,
                             "%s:%d:%d: the fault \"%s\" does not come in by this way",
                             scenario->path, spec->line, spec->column, spec->name);
    }
    return STATUS_OK;
}

/* ---- facts ---- */

static void fault_fact(const struct fault *fault, enum fact_kind kind, uint32_t mailbox,
                       const char *artefact) {
    struct history *history = fault->world->history;
    struct fact fact = {
        .at = kernel_now(fault->world->kernel),
        .kind = (uint8_t)kind,
        .name = fault->name,
        .mailbox = mailbox,
        .folder = history_name(history, str_of(artefact)),
    };
    history_fact(history, &fact);
}

/* One fact for each artefact and each mailbox that it is aimed at. */
void fault_fires(struct fault *fault) {
    if (fault->fired)
        return;
    fault->fired = true;
    if (fault->affected_count == 0 && fault->artefacts[0] == NULL)
        fault_fact(fault, FACT_FAULT_FIRED, 0, "");
    for (int i = 0; i < FAULT_ARTEFACTS_MAX && fault->artefacts[i] != NULL; i++)
        fault_fact(fault, FACT_FAULT_FIRED, 0, fault->artefacts[i]);
    for (uint32_t i = 0; i < fault->affected_count; i++)
        fault_fact(fault, FACT_FAULT_FIRED, fault->affected[i], "");
}

void fault_has_effect(struct fault *fault, uint32_t mailbox) {
    if (fault->effect)
        return;
    fault->effect = true;
    fault_fact(fault, FACT_FAULT_EFFECT, mailbox, "");
}

void fault_heals(struct fault *fault) {
    if (fault->healed || !fault->fired)
        return;
    fault->healed = true;
    fault_fact(fault, FACT_FAULT_HEALED, 0, "");
}

/* ---- lists ---- */

struct mapping_row_spec *fault_right_list(struct world *world) {
    struct mapping_row_spec *rows = arena_take(world->arena, world->batch_count, sizeof *rows);
    for (uint32_t i = 0; i < world->batch_count; i++)
        rows[i] = (struct mapping_row_spec){world->batch[i], world->batch[i]};
    return rows;
}

void fault_render_list(const struct fault *fault, const struct mapping_row_spec *rows,
                       struct buffer *out) {
    const struct scenario_plan *plan = &fault->world->scenario->plan;
    struct list_spec list = {
        .rows = rows,
        .row_count = fault->world->batch_count,
        .dialect = (enum list_dialect)plan->dialect,
        .separator = plan->separator == SEPARATOR_COMMA ? ',' : ';',
        .keys_follow_target = fault->spec->keys_follow != 0,
    };
    population_list(fault->world->population, &list, out);
}

void fault_note_affected(struct fault *fault, const struct mapping_row_spec *rows, uint32_t count) {
    struct world *world = fault->world;
    bool *wrong = memory_new(world->mailbox_count + 1, sizeof *wrong);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].source != rows[i].target)
            wrong[rows[i].source] = wrong[rows[i].target] = true;
    fault->affected = arena_take(world->arena, world->mailbox_count, sizeof *fault->affected);
    fault->affected_count = 0;
    for (uint32_t number = 1; number <= world->mailbox_count; number++)
        if (wrong[number])
            fault->affected[fault->affected_count++] = number;
    free(wrong);
}

/* ---- whom and when ---- */

static int by_number(const void *left, const void *right) {
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;
    return (one > other) - (one < other);
}

void fault_draw_affected(struct fault *fault) {
    struct world *world = fault->world;
    uint32_t *order = memory_new(world->batch_count, sizeof *order);
    chance_shuffle(&fault->chance, order, world->batch_count);
    uint64_t count = fault->spec->count == 0 ? world->batch_count : fault->spec->count;
    fault->affected_count = count < world->batch_count ? (uint32_t)count : world->batch_count;
    fault->affected = arena_take(world->arena, fault->affected_count, sizeof *fault->affected);
    for (uint32_t i = 0; i < fault->affected_count; i++)
        fault->affected[i] = world->batch[order[i]];
    qsort(fault->affected, fault->affected_count, sizeof *fault->affected, by_number);
    free(order);
}

bool fault_is_affected(const struct fault *fault, uint32_t mailbox) {
    return bsearch(&mailbox, fault->affected, fault->affected_count, sizeof mailbox, by_number) !=
           NULL;
}

bool fault_is_its_time(const struct fault *fault) {
    instant from = scenario_instant(fault->world->scenario, fault->spec->at);
    instant now = fault->world->clock.now;
    return now >= from && now < from + fault->spec->lasts;
}

/* ---- all of them ---- */

enum status faults_open(struct world *world, struct faults **faults_r, struct error *error) {
    struct faults *faults = memory_new(1, sizeof *faults);
    *faults_r = faults;
    faults->world = world;
    faults->count = world->scenario->faults.count;
    faults->list = memory_new(faults->count, sizeof *faults->list);
    for (uint32_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        fault->spec = scenario_fault(world->scenario, i);
        fault->type = fault_type(fault->spec->name);
        check(fault->type != NULL); /* faults_check() came before */
        fault->world = world;
        fault->name = history_name(world->history, str_of(fault->spec->name));
        fault->chance = chance_of(world->seed, fault->spec->name);
        enum status status = fault->type->arm(fault, error);
        if (status != STATUS_OK)
            return status;
        fault_fact(fault, FACT_FAULT_ARMED, 0, "");
    }
    return STATUS_OK;
}

void faults_close(struct faults **faults) {
    if (*faults == NULL)
        return;
    for (uint32_t i = 0; i < (*faults)->count; i++) {
        buffer_release(&(*faults)->list[i].bytes);
        buffer_release(&(*faults)->list[i].former);
    }
    free((*faults)->list);
    free(*faults);
    *faults = NULL;
}

void faults_rewrite_list(struct faults *faults, struct mapping_row_spec *rows, uint32_t count) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->rewrite_list != NULL)
            faults->list[i].type->rewrite_list(&faults->list[i], rows, count);
}

bool faults_keys_follow(const struct faults *faults) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->rewrite_list != NULL && faults->list[i].spec->keys_follow != 0)
            return true;
    return false;
}

void faults_typing(struct faults *faults, const struct scenario_step *step) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->typing != NULL)
            faults->list[i].type->typing(&faults->list[i], step);
}

void faults_file_read(struct faults *faults, const char *name) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->file_read != NULL)
            faults->list[i].type->file_read(&faults->list[i], name);
}

void faults_restore(struct faults *faults) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->restore != NULL && faults->list[i].fired)
            faults->list[i].type->restore(&faults->list[i]);
}

void faults_durable_step(struct faults *faults, struct incarnation *incarnation) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->durable_step != NULL)
            faults->list[i].type->durable_step(&faults->list[i], incarnation);
}

void faults_ended(struct faults *faults, const struct incarnation *incarnation, int exit_code) {
    for (uint32_t i = 0; i < faults->count; i++)
        if (faults->list[i].type->ended != NULL)
            faults->list[i].type->ended(&faults->list[i], incarnation, exit_code);
}
