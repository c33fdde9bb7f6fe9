/* See rehearsal.h. */
#include "rehearsal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/stages.h"
#include "../actor/operator.h"
#include "../actor/person.h"
#include "../actor/postman.h"
#include "../fault/fault.h"
#include "deaths.h"
#include "door.h"
#include "expected.h"
#include "plan_writer.h"
#include "wall_clock.h"

#define SLICE          MINUTE /* between two looks for an interruption */
#define PROGRESS_EVERY (15 * MINUTE)

struct rehearsal {
    const struct rehearsal_options *options;
    struct history *history;
    struct world *world;
    struct faults *faults;
    struct deaths *deaths;
    struct umzug_door *door;
    struct operator* operator;
    struct postman *postman;
    struct people *people;
};

/* ---- what the history is told of the rehearsal itself ---- */

static void set_instant(struct history *history, const char *key, instant at) {
    char text[INSTANT_TEXT_MAX];
    history_set(history, key, str_of(instant_text(at, text)));
}

static void set_number(struct history *history, const char *key, uint64_t number) {
    struct buffer text = {0};
    buffer_append_u64(&text, number);
    history_set(history, key, buffer_str(&text));
    buffer_release(&text);
}

static void set_phases(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->options->scenario;
    struct buffer phases = {0};
    for (uint32_t i = 0; i < scenario->runbook.count; i++) {
        const struct scenario_step *step = scenario_step(scenario, i);
        if (phases.length > 0)
            buffer_append_byte(&phases, ' ');
        buffer_append_str(&phases, scenario_step_phase(step));
    }
    history_set(rehearsal->history, "phases", buffer_str(&phases));
    buffer_release(&phases);
}

static void set_promises(struct history *history, const char *prefix,
                         const struct scenario_list *list) {
    const struct scenario_promise *promises = list->items;
    for (uint32_t i = 0; i < list->count; i++) {
        struct buffer key = {0};
        buffer_printf(&key, "%s_%s", prefix, promises[i].name);
        history_set(history, buffer_text(&key), str_of(promises[i].value));
        buffer_release(&key);
    }
}

/* A canary's number may be left to the fixtures. */
static void set_expected(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->options->scenario;
    const struct scenario_promise *expect = scenario->expect.items;
    for (uint32_t i = 0; i < scenario->expect.count; i++) {
        if (strcmp(expect[i].value, EXPECT_BY_FIXTURES) != 0)
            continue;
        struct buffer key = {0};
        buffer_printf(&key, "expect_%s", expect[i].name);
        set_number(rehearsal->history, buffer_text(&key),
                   expected_number(rehearsal->world, expect[i].name));
        buffer_release(&key);
    }
}

static void rehearsal_tell(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->options->scenario;
    struct history *history = rehearsal->history;
    history_set(history, "scenario", str_of(scenario->name));
    set_number(history, "seed", rehearsal->options->seed);
    set_instant(history, "began", rehearsal->world->begins);
    set_instant(history, "cut_off", rehearsal->world->cut_off);
    set_number(history, "batch_planned", rehearsal->world->batch_count);
    set_phases(rehearsal);
    set_promises(history, "promise", &scenario->promises);
    set_promises(history, "expect", &scenario->expect);
    set_expected(rehearsal);
}

/* ---- the actors' callbacks ---- */

static void on_progress(void *of, const char *phase, int exit_code) {
    struct rehearsal *rehearsal = of;
    const struct rehearsal_options *options = rehearsal->options;
    if (options->progress != NULL)
        options->progress(options->of, rehearsal->world->clock.now, phase, exit_code);
}

static void on_line(void *of, bool alarm, struct str line) {
    struct rehearsal *rehearsal = of;
    const struct rehearsal_options *options = rehearsal->options;
    if (options->line != NULL)
        options->line(options->of, rehearsal->world->clock.now, alarm, line);
}

static void on_typing(void *of, const struct scenario_step *step) {
    faults_typing(((struct rehearsal *)of)->faults, step);
}

static void deed_restore(struct rehearsal *rehearsal) {
    faults_restore(rehearsal->faults);
}

static bool office_moves(const struct world *world, uint32_t office) {
    return scenario_office(world->scenario, office)->batch > 0;
}

/* Whole offices, whoever of them is in the batch: they were set back as a whole in August 2025. */
static void deed_lock(struct rehearsal *rehearsal, bool locked) {
    struct world *world = rehearsal->world;
    for (uint32_t i = 1; i <= world->mailbox_count; i++)
        if (office_moves(world, population_mailbox(world->population, i)->office))
            exchange_lock(world->exchange, i, locked);
}

static void deed_lock_offices(struct rehearsal *rehearsal) {
    deed_lock(rehearsal, true);
}

static void deed_unlock_offices(struct rehearsal *rehearsal) {
    deed_lock(rehearsal, false);
}

/* What seems the shortest way back: last night's backup of the target, when it was empty. */
static void deed_restore_target(struct rehearsal *rehearsal) {
    struct world *world = rehearsal->world;
    struct store *store = openxchange_store(world->openxchange);
    for (uint32_t i = 0; i < world->batch_count; i++)
        for (struct store_folder *folder =
                 store_folder_first(store_mailbox(store, world->batch[i]));
             folder != NULL; folder = store_folder_next(folder))
            store_folder_restore(folder, process_number(world->openxchange_process));
}

static const struct deed {
    const char *name;
    void (*act)(struct rehearsal *rehearsal);
} deeds[] = {
    {"restore", deed_restore},
    {"lock_offices", deed_lock_offices},
    {"unlock_offices", deed_unlock_offices},
    {"restore_target", deed_restore_target},
};

static const struct deed *deed_find(const char *name) {
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(name, deeds[i].name) == 0)
            return &deeds[i];
    return NULL;
}

bool rehearsal_knows_deed(const char *deed) {
    return deed_find(deed) != NULL;
}

static bool on_hand(void *of, const char *name) {
    const struct deed *deed = deed_find(name);
    if (deed != NULL)
        deed->act(of);
    return deed != NULL;
}

static void on_file_read(void *of, const char *name) {
    faults_file_read(((struct rehearsal *)of)->faults, name);
}

static void on_began(void *of, struct process *process, bool old_script) {
    (void)old_script;
    deaths_begin(((struct rehearsal *)of)->deaths, process);
}

static void on_ended(void *of, struct process *process, int exit_code) {
    deaths_end(((struct rehearsal *)of)->deaths, process, exit_code);
}

/* ---- playing ---- */

static enum status rehearsal_open(struct rehearsal *rehearsal, struct error *error) {
    const struct rehearsal_options *options = rehearsal->options;
    enum stage before = stage_enter(STAGE_BUILD);
    enum status status = history_create(options->history_path, &rehearsal->history, error);
    if (status == STATUS_OK)
        status = world_open(options->scenario, options->seed, rehearsal->history, &rehearsal->world,
                            error);
    if (status == STATUS_OK)
        rehearsal_tell(rehearsal);
    if (status == STATUS_OK)
        status = faults_open(rehearsal->world, &rehearsal->faults, error);
    if (status == STATUS_OK)
        status = plan_write(rehearsal->world, rehearsal->faults, error);
    stage_leave(before);
    return status;
}

static void rehearsal_start_actors(struct rehearsal *rehearsal) {
    static const char *const before[] = {"--plan", PLAN_FILE, NULL};
    static const char *const before_old_script[] = {"--plan", PLAN_FILE_OLD, NULL};
    struct world *world = rehearsal->world;
    enum stage stage = stage_enter(STAGE_ACTORS); /* what is made now is an actor */
    disk_watch_reads(world->disk, on_file_read, rehearsal);
    rehearsal->deaths = deaths_new(&(struct deaths_options){
        .world = world,
        .faults = rehearsal->faults,
        .durable_step = rehearsal->options->durable_step,
        .died = rehearsal->options->died,
        .of = rehearsal->options->of,
    });
    rehearsal->door = umzug_door_new(&(struct umzug_door_options){
        .kernel = world->kernel,
        .disk = world->disk,
        .history = rehearsal->history,
        .population = world->population,
        .before = before,
        .before_old_script = before_old_script,
        .version = &world->engine_version,
        .began = on_began,
        .ended = on_ended,
        .of = rehearsal,
    });
    rehearsal->operator= operator_start(&(struct operator_options){
        .scenario = world->scenario,
        .population = world->population,
        .history = rehearsal->history,
        .process = process_new(world->kernel, "operator",
                               history_name(rehearsal->history, STR("operator"))),
        .door = umzug_door_engine(rehearsal->door),
        .progress = on_progress,
        .line = on_line,
        .by_hand = on_hand,
        .typing = on_typing,
        .of = rehearsal,
    });
    rehearsal->postman = postman_start(world);
    rehearsal->people = people_start(world);
    stage_leave(stage);
}

/* What was seen so far survives a kill of this program. */
static void rehearsal_shows(const struct rehearsal *rehearsal) {
    const struct rehearsal_options *options = rehearsal->options;
    history_sync(rehearsal->history);
    if (options->progress != NULL)
        options->progress(options->of, rehearsal->world->clock.now, NULL, 0);
}

/* Runs the day in slices, so that progress shows and an interruption is heard. */
static void rehearsal_run(struct rehearsal *rehearsal, struct rehearsal_result *result) {
    struct world *world = rehearsal->world;
    const struct rehearsal_options *options = rehearsal->options;
    enum kernel_result ended = KERNEL_UNTIL;
    instant shown = INSTANT_NEVER;
    while (ended == KERNEL_UNTIL && world->clock.now < world->ends) {
        if (shown == INSTANT_NEVER || world->clock.now >= shown + PROGRESS_EVERY) {
            rehearsal_shows(rehearsal);
            shown = world->clock.now;
        }
        instant until = world->clock.now + SLICE;
        enum stage before = stage_enter(STAGE_KERNEL);
        ended = kernel_run(world->kernel, until < world->ends ? until : world->ends);
        stage_leave(before);
        if (options->interrupted != NULL && *options->interrupted) {
            result->interrupted = true;
            break;
        }
    }
    result->endless = ended == KERNEL_ENDLESS;
    if (result->endless)
        snprintf(result->endless_where, sizeof result->endless_where, "%s",
                 kernel_endless(world->kernel));
    result->events = kernel_counts(world->kernel).events;
    store_tell_reading(exchange_store(world->exchange));
    store_tell_reading(openxchange_store(world->openxchange));
    /* An interrupted day has no end: its judgement says so. */
    if (!result->interrupted && !result->endless)
        set_instant(rehearsal->history, "ended", world->clock.now);
    /* What unwinds from here on belongs to no day. */
    history_freeze(rehearsal->history);
    if (options->at_end != NULL)
        options->at_end(options->of, world);
}

static void rehearsal_close(struct rehearsal *rehearsal) {
    if (rehearsal->world != NULL)
        kernel_close(&rehearsal->world->kernel);
    people_free(&rehearsal->people);
    postman_free(&rehearsal->postman);
    operator_free(&rehearsal->operator);
    umzug_door_free(&rehearsal->door);
    deaths_free(&rehearsal->deaths);
    faults_close(&rehearsal->faults);
    world_close(&rehearsal->world);
}

enum status rehearsal_play(const struct rehearsal_options *options,
                           struct rehearsal_result *result_r, struct error *error) {
    struct rehearsal rehearsal = {.options = options};
    *result_r = (struct rehearsal_result){0};
    double before = wall_clock_seconds();
    enum status status = rehearsal_open(&rehearsal, error);
    if (status == STATUS_OK) {
        rehearsal_start_actors(&rehearsal);
        rehearsal_run(&rehearsal, result_r);
    }
    rehearsal_close(&rehearsal);
    result_r->wall_seconds = wall_clock_seconds() - before;
    if (status == STATUS_OK)
        result_r->history = rehearsal.history;
    else
        history_close(&rehearsal.history);
    return status;
}
