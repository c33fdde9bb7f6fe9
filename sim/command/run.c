/* `generalprobe run`: plays scenarios, some at a time, and ends in a table. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../../engine/base/json.h"
#include "../../engine/measures.h"
#include "../scenario.h"
#include "command.h"
#include "job.h"
#include "process.h"

enum { RUN_JOBS_MAX = 64, RUN_SEEDS_MAX = 100000 };

struct run {
    struct paths paths;
    uint64_t first_seed, last_seed, jobs_at_a_time;
    bool json;
    struct job_options job_options;
    struct job *jobs; /* owns */
    size_t job_count;
};

/* ---- Ctrl-C ---- */

static volatile sig_atomic_t run_interrupted;
static volatile pid_t running[RUN_JOBS_MAX]; /* those that play now; 0 where there is none */

/* Those that play are told to end their histories properly; whoever asks twice has no time. */
static void on_interrupt(int number) {
    (void)number;
    for (size_t i = 0; i < RUN_JOBS_MAX; i++)
        if (running[i] > 0)
            kill(running[i], run_interrupted ? SIGKILL : SIGINT);
    run_interrupted = 1;
}

/* ---- what was typed ---- */

static bool read_seeds(const char *text, struct run *run) {
    struct str rest = str_of(text), first = str_cut(&rest, '.');
    if (!str_to_u64(first, &run->first_seed))
        return false;
    run->last_seed = run->first_seed;
    if (rest.length == 0)
        return true;
    return rest.data[0] == '.' &&
           str_to_u64((struct str){rest.data + 1, rest.length - 1}, &run->last_seed) &&
           run->last_seed >= run->first_seed && run->last_seed - run->first_seed < RUN_SEEDS_MAX;
}

static bool read_size(const char *text, struct run *run) {
    struct str rest = str_of(text), part = str_cut(&rest, '/');
    return str_to_u64(part, &run->job_options.size_part) &&
           str_to_u64(rest, &run->job_options.size_whole) && run->job_options.size_part > 0 &&
           run->job_options.size_part <= run->job_options.size_whole;
}

static int read_measures(const char *list) {
    struct error error;
    uint32_t set;
    if (list == NULL)
        return usage_error("run", "--measures wants a list such as \"all, -cross_phase\"");
    if (measures_parse(str_of(list), &set, &error) != STATUS_OK)
        return usage_error("run", "--measures: %s", error.text);
    return EXIT_KEPT;
}

/* One option, or a path. EXIT_KEPT to go on. */
static int read_word(struct run *run, int count, char **words, int *at) {
    static const char *const known[] = {"--seed",    "--seeds",    "--jobs", "--size",
                                        "--json",    "--measures", "--keep", "--verbose",
                                        "--no-twin", "--profile",  NULL};
    const char *value = NULL, *word = words[*at];
    if (option_value(count, words, at, "--seed", &value) ||
        option_value(count, words, at, "--seeds", &value))
        return value != NULL && read_seeds(value, run)
                   ? EXIT_KEPT
                   : usage_error("run", "%s wants a number, or two as in 1..20", word);
    if (option_value(count, words, at, "--jobs", &value))
        return value != NULL && str_to_u64(str_of(value), &run->jobs_at_a_time) &&
                       run->jobs_at_a_time >= 1 && run->jobs_at_a_time <= RUN_JOBS_MAX
                   ? EXIT_KEPT
                   : usage_error("run", "--jobs wants a number from 1 to %d", RUN_JOBS_MAX);
    if (option_value(count, words, at, "--size", &value))
        return value != NULL && read_size(value, run)
                   ? EXIT_KEPT
                   : usage_error("run", "--size wants a part such as 1/10");
    if (option_value(count, words, at, "--measures", &run->job_options.measures))
        return read_measures(run->job_options.measures);
    *at += 1;
    if (strcmp(word, "--json") == 0)
        run->json = true;
    else if (strcmp(word, "--keep") == 0)
        run->job_options.keep = true;
    else if (strcmp(word, "--verbose") == 0)
        run->job_options.verbose = true;
    else if (strcmp(word, "--no-twin") == 0)
        run->job_options.twin = false;
    else if (strcmp(word, "--profile") == 0)
        run->job_options.profile = true;
    else if (word[0] == '-')
        return option_unknown("run", word, known);
    else if (!paths_add(&run->paths, word))
        return paths_unknown("run", word);
    return EXIT_KEPT;
}

/* Every scenario is read before the first is played. */
static int read_scenarios(const struct run *run) {
    int result = EXIT_KEPT;
    for (size_t i = 0; i < run->paths.count; i++) {
        struct arena *arena = arena_new();
        const struct scenario *scenario;
        struct error error;
        if (scenario_read(arena, run->paths.list[i], &scenario, &error) != STATUS_OK) {
            fprintf(stderr, "%s\n", error.text);
            result = EXIT_BAD_INPUT;
        } else if (!lint_names(scenario)) {
            result = EXIT_BAD_INPUT;
        }
        arena_close(&arena);
    }
    return result;
}

static void make_jobs(struct run *run) {
    uint64_t seeds = run->last_seed - run->first_seed + 1;
    run->job_count = run->paths.count * (size_t)seeds;
    run->jobs = memory_new(run->job_count, sizeof *run->jobs);
    struct job *job = run->jobs;
    for (size_t i = 0; i < run->paths.count; i++)
        for (uint64_t seed = run->first_seed; seed <= run->last_seed; seed++) {
            *job = (struct job){.path = run->paths.list[i], .seed = seed};
            snprintf(job->seed_text, sizeof job->seed_text, "%llu", (unsigned long long)seed);
            job++;
        }
}

/* A program that reads JSON gets its line even for a rehearsal that broke down. */
static void show_broken_json(const struct job *job) {
    struct buffer out = {0};
    struct json json = json_to(&out);
    json_object(&json);
    json_key_integer(&json, "schema", 1);
    json_key_text(&json, "scenario", str_of(job->row.scenario));
    json_key(&json, "seed");
    buffer_append_text(&out, job->seed_text);
    json.after_key = false;
    json_key_text(&json, "verdict", str_of(verdict_name(job->row.verdict)));
    json_key_boolean(&json, "kept", false);
    json_key_text(&json, "lacking", str_of(job->row.failure));
    json_object_end(&json);
    printf("%s\n", buffer_text(&out));
    buffer_release(&out);
}

static void show_job(const struct run *run, const struct job *job) {
    if (run->json && job->json.length == 0)
        show_broken_json(job);
    else if (run->json)
        fputs(buffer_text(&job->json), stdout);
    else if (run->job_count == 1)
        fputs(buffer_text(&job->text), stdout);
    else
        fprintf(stderr, "%s seed %s: %s\n", job->row.scenario, job->seed_text,
                job->row.exit_code == EXIT_KEPT ? "kept" : job->row.failure);
    fflush(stdout);
    if (job->row.exit_code != EXIT_OUR_BUG)
        return;
    struct buffer again = {0};
    job_again(job, &run->job_options, &again);
    fprintf(stderr, "generalprobe: %s: %s; to see it again: %s\n", job->path, job->row.failure,
            buffer_text(&again));
    buffer_release(&again);
}

static void show_table(const struct run *run, size_t count) {
    struct report_row *rows = memory_new(count, sizeof *rows);
    struct buffer out = {0};
    for (size_t i = 0; i < count; i++)
        rows[i] = job_report_row(&run->jobs[i]);
    report_table(rows, count, run->job_options.colour, &out);
    fputs(buffer_text(&out), stdout);
    buffer_release(&out);
    free(rows);
}

/* Begins as many as may run beside those not yet `shown`. */
static size_t begin_jobs(struct run *run, size_t begun, size_t shown) {
    while (begun < run->job_count && begun < shown + (size_t)run->jobs_at_a_time &&
           !run_interrupted) {
        struct job *job = &run->jobs[begun];
        if (!job_begin(job, &run->job_options))
            break;
        running[begun % RUN_JOBS_MAX] = job->pid;
        begun++;
    }
    return begun;
}

/* Keeps as many jobs running as told, and shows them in order. */
static int run_jobs(struct run *run) {
    size_t begun = 0, shown = 0;
    int worst = EXIT_KEPT;
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    process_prepare();
    while ((begun = begin_jobs(run, begun, shown)) > shown) {
        struct job *job = &run->jobs[shown];
        job_end(job);
        running[shown % RUN_JOBS_MAX] = 0;
        shown++;
        show_job(run, job);
        if (job->row.exit_code > worst)
            worst = job->row.exit_code;
    }
    if (!run->json && run->job_count > 1 && shown > 0)
        show_table(run, shown);
    if (run_interrupted)
        return EXIT_INTERRUPTED;
    if (shown == run->job_count)
        return worst;
    fprintf(stderr, "generalprobe: no process could be started\n");
    return EXIT_OUR_BUG;
}

static bool colour_wanted(int descriptor) {
    const char *no_colour = getenv("NO_COLOR");
    return isatty(descriptor) && (no_colour == NULL || no_colour[0] == '\0');
}

int run_command(int count, char **words) {
    struct run run = {
        .first_seed = 1,
        .last_seed = 1,
        .jobs_at_a_time = 1,
        .job_options = {.size_part = 1, .size_whole = 1, .twin = true},
    };
    int result = EXIT_KEPT;
    for (int at = 1; at < count && result == EXIT_KEPT;)
        result = read_word(&run, count, words, &at);
    if (result == EXIT_KEPT && run.paths.count == 0)
        result = usage_error("run", "expected a scenario or a folder of them");
    if (result == EXIT_KEPT)
        result = read_scenarios(&run);
    if (result == EXIT_KEPT) {
        make_jobs(&run);
        run.job_options.progress = run.job_count == 1 && !run.json;
        run.job_options.animate = run.job_options.progress && colour_wanted(STDERR_FILENO);
        run.job_options.colour = colour_wanted(STDOUT_FILENO);
        result = run_jobs(&run);
    }
    for (size_t i = 0; i < run.job_count; i++)
        job_release(&run.jobs[i]);
    free(run.jobs);
    paths_release(&run.paths);
    return result;
}
