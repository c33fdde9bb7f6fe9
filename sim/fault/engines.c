/*
 * Family engines: the engine itself is run wrongly. Two of it work on one batch: somebody thinks
 * that the first has died and starts another, or the first one's process does not run for longer
 * than its lease (SIGSTOP, a machine that is moved, a laptop that is shut) and then goes on where
 * it stood. Or the copy is typed as a mirror, which deletes; or the engine dies and comes back
 * as another one.
 */
#include <string.h>

#include "../../engine/base/check.h"
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

/* ---- resume-with-other-plan-or-version ---- */

#define PLAN         "plan.conf"
#define LIST         "mapping.csv"
#define SEAL         "state/seal"
#define NEXT_VERSION "2"

static enum status resume_arm(struct fault *fault, struct error *error) {
    const struct scenario_fault *spec = fault->spec;
    if (spec->step == 0)
        return error_set(error, STATUS_INVALID, "%s:%d:%d: it is killed at APPEND 1 or later",
                         fault->world->scenario->path, spec->line, spec->column);
    fault->artefacts[0] = spec->way == WAY_PLAN ? PLAN : spec->way == WAY_LIST ? LIST : SEAL;
    fault_join_target(fault);
    return STATUS_OK;
}

static void resume_appended(struct fault *fault, struct incarnation *incarnation) {
    instant from = scenario_instant(fault->world->scenario, fault->spec->at);
    if (fault->world->clock.now >= from && engines_is_of(fault, incarnation) &&
        ++fault->fired_count == fault->spec->step)
        incarnation_strike(incarnation, (enum disk_crash)fault->spec->disk);
}

/* Somebody sets the cut-off a week back, wherever a plan says it. */
static void resume_other_plan(struct fault *fault, struct str plan) {
    const struct world *world = fault->world;
    char cut_off[INSTANT_TEXT_MAX];
    while (plan.length > 0) {
        struct str line = str_cut(&plan, '\n');
        if (str_starts_with(line, "cut_off = "))
            buffer_printf(&fault->bytes, "cut_off = %s",
                          instant_text(world->cut_off - 7 * DAY, cut_off));
        else if (str_starts_with(line, "core_age = "))
            buffer_printf(&fault->bytes, "core_age = %lld h",
                          (long long)(world->scenario->plan.cut_off / HOUR + 7 * 24));
        else
            buffer_append_str(&fault->bytes, line);
        buffer_append_byte(&fault->bytes, '\n');
    }
}

static void resume_other_list(struct fault *fault) {
    struct mapping_row_spec *rows = fault_right_list(fault->world);
    uint32_t first = rows[0].target;
    rows[0].target = rows[1].target;
    rows[1].target = first;
    fault_render_list(fault, rows, &fault->bytes);
}

/* What the killed process left is not what the next one finds. */
static void resume_ended(struct fault *fault, const struct incarnation *incarnation,
                         int exit_code) {
    struct disk *disk = fault->world->disk;
    const char *file = fault->artefacts[0];
    (void)exit_code;
    if (fault->fired || !incarnation->struck || fault->fired_count < fault->spec->step)
        return;
    if (fault->spec->way == WAY_VERSION) {
        fault->world->engine_version = NEXT_VERSION;
        fault_fires(fault);
        return;
    }
    check(disk_read(disk, file, &fault->former) == STATUS_OK);
    if (fault->spec->way == WAY_PLAN)
        resume_other_plan(fault, buffer_str(&fault->former));
    else
        resume_other_list(fault);
    check(disk_replace(disk, file, buffer_str(&fault->bytes)) == STATUS_OK);
    fault_fires(fault);
}

static void resume_read(struct fault *fault, const char *name) {
    if (fault->fired && !fault->healed && strcmp(name, fault->artefacts[0]) == 0)
        fault_has_effect(fault, 0);
}

static void resume_restore(struct fault *fault) {
    fault->world->engine_version = NULL;
    if (fault->spec->way != WAY_VERSION)
        check(disk_replace(fault->world->disk, fault->artefacts[0], buffer_str(&fault->former)) ==
              STATUS_OK);
    fault_heals(fault);
}

/* ---- resume-with-lost-state ---- */

#define STATE       "state/" /* seal, ledger, claims */
#define LEDGER_FILE "state/ledger.db"

static enum status lost_arm(struct fault *fault, struct error *error) {
    enum status status = resume_arm(fault, error);
    fault->artefacts[0] = SEAL;
    fault->artefacts[1] = LEDGER_FILE;
    return status;
}

struct lost_names {
    struct arena *arena;
    struct lost_name {
        const char *name;
        struct lost_name *next;
    } * first;
};

static void lost_see(void *of, const char *name, struct str bytes) {
    struct lost_names *names = of;
    (void)bytes;
    if (!str_starts_with(str_of(name), STATE))
        return;
    struct lost_name *lost = arena_take(names->arena, 1, sizeof *lost);
    *lost = (struct lost_name){arena_text(names->arena, str_of(name)), names->first};
    names->first = lost;
}

/* The machine that takes its place knows nothing: the state lay on a disk that is gone. */
static void lost_ended(struct fault *fault, const struct incarnation *incarnation, int exit_code) {
    struct disk *disk = fault->world->disk;
    struct lost_names names = {.arena = fault->world->arena};
    if (exit_code == 0 && fault->effect && engines_is_of(fault, incarnation))
        fault_heals(fault);
    if (fault->fired || !incarnation->struck || fault->fired_count < fault->spec->step)
        return;
    disk_each(disk, lost_see, &names);
    for (const struct lost_name *lost = names.first; lost != NULL; lost = lost->next)
        check(disk_delete(disk, lost->name, true) == STATUS_OK);
    fault_fires(fault);
}

static void lost_step(struct fault *fault, struct incarnation *incarnation) {
    (void)incarnation;
    if (fault->fired)
        fault_has_effect(fault, 0);
}

const struct fault_type fault_engines_types[] = {
    {.name = "resume-with-lost-state",
     .sentence = "the engine is killed, and what it knew is gone with its machine",
     .by_scenario = true,
     .arm = lost_arm,
     .durable_step = lost_step,
     .appended = resume_appended,
     .ended = lost_ended},
    {.name = "resume-with-other-plan-or-version",
     .sentence = "the engine is killed, and comes back with another plan, list or version",
     .by_scenario = true,
     .ways = 1 << WAY_PLAN | 1 << WAY_LIST | 1 << WAY_VERSION,
     .arm = resume_arm,
     .file_read = resume_read,
     .appended = resume_appended,
     .ended = resume_ended,
     .restore = resume_restore},
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
