/* `generalprobe run`: plays scenarios, some at a time, and ends in a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../scenario.h"
#include "command.h"
#include "job.h"

enum { RUN_JOBS_MAX = 64, RUN_SEEDS_MAX = 100000 };

struct run {
    struct paths paths;
    uint64_t first_seed, last_seed, jobs_at_a_time;
    bool json;
    struct job_options job_options;
    struct job *jobs; /* owns */
    size_t job_count;
};

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

/* One option, or a path. EXIT_KEPT to go on. */
static int read_word(struct run *run, int count, char **words, int *at) {
    static const char *const known[] = {"--seed",     "--seeds", "--jobs",    "--size",    "--json",
                                        "--measures", "--keep",  "--verbose", "--no-twin", NULL};
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
        return run->job_options.measures != NULL
                   ? EXIT_KEPT
                   : usage_error("run", "--measures wants a list such as \"all, -cross_phase\"");
    *at += 1;
    if (strcmp(word, "--json") == 0)
        run->json = true;
    else if (strcmp(word, "--keep") == 0)
        run->job_options.keep = true;
    else if (strcmp(word, "--verbose") == 0)
        run->job_options.verbose = true;
    else if (strcmp(word, "--no-twin") == 0)
        run->job_options.twin = false;
    else if (word[0] == '-')
        return option_unknown("run", word, known);
    else if (!paths_add(&run->paths, word))
        return usage_error("run", "there is no scenario at \"%s\"", word);
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

static void show_job(const struct run *run, const struct job *job) {
    if (run->json)
        fputs(buffer_text(&job->json), stdout);
    else if (run->job_count == 1)
        fputs(buffer_text(&job->text), stdout);
    else
        fprintf(stderr, "%s seed %s: %s\n", job->row.scenario, job->seed_text,
                job->row.exit_code == EXIT_KEPT ? "kept" : job->row.failure);
    fflush(stdout);
    if (job->row.exit_code == EXIT_OUR_BUG)
        fprintf(stderr, "generalprobe: %s %s; to see it again: generalprobe run %s --seed %s\n",
                job->path, job->row.failure, job->path, job->seed_text);
}

static void show_table(const struct run *run) {
    struct report_row *rows = memory_new(run->job_count, sizeof *rows);
    struct buffer out = {0};
    for (size_t i = 0; i < run->job_count; i++)
        rows[i] = job_report_row(&run->jobs[i]);
    report_table(rows, run->job_count, run->job_options.colour, &out);
    fputs(buffer_text(&out), stdout);
    buffer_release(&out);
    free(rows);
}

/* Keeps as many jobs running as told, and shows them in order. */
static int run_jobs(struct run *run) {
    size_t begun = 0;
    int worst = EXIT_KEPT;
    for (size_t shown = 0; shown < run->job_count; shown++) {
        while (begun < run->job_count && begun < shown + (size_t)run->jobs_at_a_time) {
            if (!job_begin(&run->jobs[begun], &run->job_options) && begun == shown) {
                fprintf(stderr, "generalprobe: no process could be started\n");
                return EXIT_OUR_BUG;
            }
            if (run->jobs[begun].pid == 0)
                break;
            begun++;
        }
        job_end(&run->jobs[shown]);
        show_job(run, &run->jobs[shown]);
        if (run->jobs[shown].row.exit_code > worst)
            worst = run->jobs[shown].row.exit_code;
    }
    if (!run->json && run->job_count > 1)
        show_table(run);
    return worst;
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
        run.job_options.animate =
            run.job_options.progress && isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL;
        result = run_jobs(&run);
    }
    for (size_t i = 0; i < run.job_count; i++)
        job_release(&run.jobs[i]);
    free(run.jobs);
    paths_release(&run.paths);
    return result;
}
