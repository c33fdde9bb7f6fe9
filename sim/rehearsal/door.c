/* See door.h. */
#include "door.h"

#include <stdlib.h>
#include <string.h>

#include "../../engine/base/buffer.h"
#include "../../engine/base/check.h"
#include "../../engine/umzug.h"
#include "../kernel/seam.h"
#include "claims_reader.h"
#include "plan_writer.h"
#include "sim_platform.h"

enum { DOOR_WORDS_MAX = 48 };

struct umzug_door {
    struct engine_door door; /* first */
    struct umzug_door_options options;
    struct door_run *running; /* a list; each lies on its caller's stack */
};

/* One run, from typing to exit. */
struct door_run {
    struct sim_platform platform;
    struct umzug_door *door;
    const struct engine_run *run;
    const char *words[DOOR_WORDS_MAX + 1];
    char plan[PLAN_FILE_NAME_MAX];
    uint32_t process_name;
    int exit_code;
    struct door_run *next;
};

static void door_line(void *of, bool alarm, struct str line) {
    struct door_run *run = of;
    run->run->line(run->run->of, alarm, line);
}

static void door_appended(void *of, const char *path, struct str bytes) {
    struct door_run *run = of;
    static const char claims[] = "claims";
    size_t length = strlen(path);
    if (length < strlen(claims) || strstr(path, claims) == NULL)
        return;
    const struct umzug_door_options *options = &run->door->options;
    claims_read(options->history, options->population, run->process_name,
                kernel_now(options->kernel), bytes);
}

static void door_spoke_dead(void *of, const char *to) {
    struct door_run *run = of;
    struct history *history = run->door->options.history;
    struct fact fact = {
        .at = kernel_now(run->door->options.kernel),
        .kind = FACT_SPOKE_DEAD,
        .process = run->process_name,
        .folder = history_name(history, str_of(to)),
    };
    history_fact(history, &fact);
}

static void door_main(void *of) {
    struct door_run *run = of;
    const char *const *version = run->door->options.version;
    int exit_code =
        umzug_run_as(&run->platform.platform, version != NULL ? *version : NULL, run->words);
    run->exit_code = process_is_dead(run->platform.process) ? -1 : exit_code;
}

static void door_fact(const struct door_run *run, enum fact_kind kind, uint32_t name, int64_t a) {
    struct fact fact = {
        .at = kernel_now(run->door->options.kernel),
        .kind = (uint8_t)kind,
        .process = run->process_name,
        .name = name,
        .a = a,
    };
    history_fact(run->door->options.history, &fact);
}

/* The words of the options and of what was typed, in one line for the history. */
static void door_words(struct door_run *run, struct buffer *typed) {
    const struct umzug_door_options *options = &run->door->options;
    size_t count = 0;
    const char *const *before = run->run->old_script ? options->before_old_script : options->before;
    for (; *before != NULL; before++)
        run->words[count++] = *before;
    if (run->run->attempt > 1) {
        plan_file_name(run->run->attempt, run->plan);
        run->words[count - 1] = run->plan;
    }
    for (const char *const *word = run->run->words; *word != NULL; word++) {
        check_compare(count, <, DOOR_WORDS_MAX);
        run->words[count++] = *word;
        buffer_printf(typed, "%s%s", typed->length > 0 ? " " : "", *word);
    }
    run->words[count] = NULL;
}

static int door_run(struct engine_door *engine_door, const struct engine_run *engine_run) {
    struct umzug_door *door = (struct umzug_door *)engine_door;
    const struct umzug_door_options *options = &door->options;
    uint32_t name = history_name(options->history, str_of(engine_run->process));
    struct process *process = process_new(options->kernel, engine_run->process, name);
    process_charge(process, STAGE_ENGINE);
    struct door_run run = {.door = door, .run = engine_run, .process_name = name};
    run.platform.process = process;
    run.platform.disk = options->disk;
    run.platform.line = door_line;
    run.platform.appended = door_appended;
    run.platform.spoke_dead = door_spoke_dead;
    run.platform.of = &run;
    sim_platform_begin(&run.platform);
    struct buffer typed = {0};
    door_words(&run, &typed);
    door_fact(&run, FACT_PROCESS_STARTED, history_name(options->history, buffer_str(&typed)), 0);
    buffer_release(&typed);
    seam_enter(process);
    if (options->began != NULL)
        options->began(options->of, process, engine_run->old_script);
    run.next = door->running;
    door->running = &run;
    struct task *task = task_spawn(process, "main", door_main, &run);
    task_join(&task);
    struct door_run **place = &door->running;
    while (*place != &run)
        place = &(*place)->next;
    *place = run.next;
    if (options->ended != NULL)
        options->ended(options->of, process, run.exit_code);
    door_fact(&run, FACT_PROCESS_ENDED, 0, run.exit_code);
    return run.exit_code;
}

static void door_kill(struct engine_door *engine_door, const char *process) {
    struct umzug_door *door = (struct umzug_door *)engine_door;
    for (struct door_run *run = door->running; run != NULL; run = run->next)
        if (strcmp(process_name(run->platform.process), process) == 0)
            process_kill(run->platform.process);
}

static const struct engine_door_type door_functions = {.run = door_run, .kill = door_kill};

struct umzug_door *umzug_door_new(const struct umzug_door_options *options) {
    struct umzug_door *door = memory_new(1, sizeof *door);
    door->door.type = &door_functions;
    door->options = *options;
    return door;
}

struct engine_door *umzug_door_engine(struct umzug_door *door) {
    return &door->door;
}

void umzug_door_free(struct umzug_door **door) {
    free(*door);
    *door = NULL;
}
