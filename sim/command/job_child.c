/* See job_child.h. */
#include "job_child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../../engine/base/stages.h"
#include "../../reports/judge.h"
#include "../../reports/report.h"
#include "../kernel/seam.h"
#include "../rehearsal/profile.h"
#include "../rehearsal/rehearsal.h"
#include "command.h"
#include "process.h"

enum { CHILD_SMALL_MESSAGES = 5000 };

static volatile sig_atomic_t interrupted;

struct child {
    const struct job_options *options;
    const struct scenario *scenario;
    uint64_t seed;
    struct arena *arena;
    char *folder, *history_path;
    bool in_memory;    /* the history, until something is found */
    const char *again; /* what to type to see it again */
    struct profile profile;
};

static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

static const char *say_again_command;

/* A check that fails says how to see it again. */
static void say_again(void) {
    fprintf(stderr, "to see it again: %s\n", say_again_command);
}

/* ---- where a run lies: build/rehearsals/<scenario>/<seed>/ ---- */

static bool make_folders(const char *path) {
    struct buffer part = {0};
    bool good = true;
    for (const char *at = path; good; at++) {
        if ((*at == '/' && at > path) || *at == '\0')
            good = mkdir(buffer_text(&part), 0777) == 0 || errno == EEXIST;
        if (*at == '\0')
            break;
        buffer_append_byte(&part, *at);
    }
    buffer_release(&part);
    return good;
}

static bool child_make_folder(struct child *child) {
    struct buffer path = {0}, link_path = {0}, seed = {0};
    buffer_printf(&path, "build/rehearsals/%s", child->scenario->name);
    buffer_printf(&link_path, "%s/latest", buffer_text(&path));
    buffer_append_u64(&seed, child->seed);
    buffer_printf(&path, "/%s", buffer_text(&seed));
    bool good = make_folders(buffer_text(&path));
    if (good) {
        unlink(buffer_text(&link_path));
        good = symlink(buffer_text(&seed), buffer_text(&link_path)) == 0 || errno == EEXIST;
    }
    child->folder = arena_text(child->arena, buffer_str(&path));
    buffer_append_text(&path, "/history.sqlite");
    child->history_path = arena_text(child->arena, buffer_str(&path));
    buffer_release(&path);
    buffer_release(&link_path);
    buffer_release(&seed);
    return good;
}

/* ---- what is shown while it plays ---- */

static void show_progress(void *of, instant now, const char *phase, int exit_code) {
    struct child *child = of;
    char clock[INSTANT_TEXT_MAX];
    if (child->options->profile && phase != NULL)
        profile_phase(&child->profile, phase, exit_code);
    if (!child->options->progress)
        return;
    instant_text_clock(now, clock);
    if (phase == NULL && child->options->animate)
        fprintf(stderr, "\r%s  ", clock);
    else if (phase != NULL && exit_code < 0)
        fprintf(stderr, "%s%s  %s …\n", child->options->animate ? "\r" : "", clock, phase);
    else if (phase != NULL && exit_code > 0)
        fprintf(stderr, "%s%s  %s ended with exit code %d\n", child->options->animate ? "\r" : "",
                clock, phase, exit_code);
}

static void show_line(void *of, instant now, bool alarm, struct str line) {
    const struct child *child = of;
    char clock[INSTANT_TEXT_MAX];
    if (child->options->verbose || (alarm && child->options->progress))
        fprintf(stderr, "%s  %s %.*s\n", instant_text_clock(now, clock), alarm ? "!" : "|",
                STR_ARG(line));
}

/* ---- playing and judging ---- */

static enum status child_play(const struct child *child, const struct scenario *scenario,
                              bool first, struct rehearsal_result *result_r, struct error *error) {
    struct rehearsal_options options = {
        .scenario = scenario,
        .seed = child->seed,
        .history_path = first && !child->in_memory ? child->history_path : NULL,
        .interrupted = &interrupted,
        .progress = first ? show_progress : NULL,
        .line = first ? show_line : NULL,
        .of = (void *)(uintptr_t)child,
    };
    return rehearsal_play(&options, result_r, error);
}

/* The same seed with all measures off: is there anything to prevent? One that is interrupted leaves
 * the question open. */
static enum status child_play_twin(const struct child *child, struct rehearsal_result *main_result,
                                   bool *harmed_r, struct error *error) {
    struct rehearsal_result result;
    struct judgement *judgement = NULL;
    *harmed_r = false;
    const struct scenario *twin = rehearsal_with_measures(child->arena, child->scenario, "none");
    enum status status = child_play(child, twin, false, &result, error);
    if (status != STATUS_OK)
        return status;
    status = judge(result.history, &(struct judge_options){0}, &judgement, error);
    if (status == STATUS_OK)
        *harmed_r = judgement_is_harmed(judgement);
    main_result->interrupted = result.interrupted;
    if (!result.interrupted)
        history_set(main_result->history, "twin_harmed", *harmed_r ? STR("yes") : STR("no"));
    judgement_close(&judgement);
    history_close(&result.history);
    return status;
}

/* A small day's history is written only when there is something to look at. A large one goes to its
 * file at once: memory stays bounded, and what was seen survives a kill of this program. */
static bool child_is_small(const struct scenario *scenario) {
    const struct scenario_office *offices = scenario->world.offices.items;
    uint64_t mailboxes = 0;
    for (uint32_t i = 0; i < scenario->world.offices.count; i++)
        mailboxes += offices[i].people + offices[i].functional + offices[i].resources;
    bool counted = scenario->world.import[0] == '\0' && scenario->world.shapes[0] == '\0';
    return counted && mailboxes * scenario->world.messages <= CHILD_SMALL_MESSAGES;
}

static int exit_code_of(const struct judgement *judgement, const struct rehearsal_result *result) {
    if (result->interrupted)
        return EXIT_INTERRUPTED;
    return exit_code_of_judgement(judgement);
}

static void fill_row(struct job_row *row, const struct child *child,
                     const struct judgement *judgement, const struct rehearsal_result *result) {
    struct buffer why = {0};
    report_why_not_kept(judgement, &why);
    row->seed = child->seed;
    row->exit_code = exit_code_of(judgement, result);
    row->verdict = judgement->verdict;
    row->kept = judgement->kept;
    row->simulated_seconds = child->scenario->world.lasts / SECOND;
    row->wall_millis = (int64_t)(result->wall_seconds * 1000);
    memcpy(row->numbers, judgement->trial.numbers, sizeof row->numbers);
    snprintf(row->scenario, sizeof row->scenario, "%s", child->scenario->name);
    if (result->endless)
        snprintf(row->failure, sizeof row->failure, "ran in circles: %s", result->endless_where);
    else if (result->interrupted)
        snprintf(row->failure, sizeof row->failure, "interrupted");
    else if (row->exit_code != EXIT_KEPT)
        snprintf(row->failure, sizeof row->failure, "%s", buffer_text(&why));
    buffer_release(&why);
}

/* What the history keeps of this run beside its facts. */
static void child_tell(const struct child *child, const struct rehearsal_result *result) {
    struct buffer wall = {0};
    buffer_append_u64(&wall, (uint64_t)(result->wall_seconds * 1000));
    history_set(result->history, "wall_millis", buffer_str(&wall));
    history_set(result->history, "again", str_of(child->again));
    buffer_release(&wall);
}

static enum status child_work(struct child *child, struct job *job, struct error *error) {
    struct rehearsal_result result;
    struct judgement *judgement = NULL;
    bool harmed = false;
    if (child->options->profile)
        profile_begin(&child->profile);
    child->in_memory =
        !child->options->keep && !child->options->profile && child_is_small(child->scenario);
    enum status status = child_play(child, child->scenario, true, &result, error);
    if (status != STATUS_OK)
        return status;
    bool twin = child->options->twin && !child->options->profile &&
                child->scenario->faults.count > 0 && !result.interrupted &&
                strcmp(child->scenario->plan.measures, "none") != 0;
    if (twin)
        status = child_play_twin(child, &result, &harmed, error);
    child_tell(child, &result);
    enum stage before = stage_enter(STAGE_JUDGE);
    if (status == STATUS_OK)
        status = judge(result.history, &(struct judge_options){.twin_harmed = harmed}, &judgement,
                       error);
    if (status == STATUS_OK) {
        fill_row(&job->row, child, judgement, &result);
        report_json(judgement, &job->json);
        report_text(judgement,
                    &(struct report_options){.colour = child->options->colour,
                                             .again = "generalprobe run",
                                             .history_path = child->history_path},
                    &job->text);
    }
    struct profile_of of = {.what = child->scenario->name,
                            .simulated_seconds = job->row.simulated_seconds,
                            .history_path = child->history_path};
    if (judgement != NULL) {
        of.mailboxes = judgement->trial.day->batch;
        of.messages = judgement->trial.day->fixtures;
    }
    judgement_close(&judgement);
    if (status == STATUS_OK && child->in_memory && job->row.exit_code != EXIT_KEPT)
        status = history_save(result.history, child->history_path, error);
    history_close(&result.history);
    stage_leave(before);
    if (child->options->profile)
        profile_print(&child->profile, &of, stderr);
    return status;
}

static void write_all(int pipe, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(pipe, at, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            _exit(EXIT_OUR_BUG);
        at += written;
        length -= (size_t)written;
    }
}

static void send_buffer(int pipe, const struct buffer *buffer) {
    uint64_t length = buffer->length;
    write_all(pipe, &length, sizeof length);
    write_all(pipe, buffer_text(buffer), buffer->length);
}

/* Reads the scenario as the options want it. */
static enum status child_open(struct child *child, const struct job *job, struct error *error) {
    const struct job_options *options = child->options;
    enum status status = scenario_read(child->arena, job->path, &child->scenario, error);
    if (status != STATUS_OK)
        return status;
    child->scenario = rehearsal_with_measures(child->arena, child->scenario, options->measures);
    if (options->size_part != options->size_whole)
        child->scenario = rehearsal_of_size(child->arena, child->scenario, options->size_part,
                                            options->size_whole);
    struct buffer again = {0};
    job_again(job, options, &again);
    child->again = say_again_command = arena_text(child->arena, buffer_str(&again));
    buffer_release(&again);
    check_on_failure(say_again);
    if (!child_make_folder(child))
        return error_set(error, STATUS_STORAGE, "%s: the folder cannot be made", child->folder);
    return seam_prove(error);
}

void job_child(struct job *job, const struct job_options *options, int pipe) {
    struct child child = {.options = options, .seed = job->seed, .arena = arena_new()};
    struct error error = {0};
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    /* When the parent is killed there is nobody to report to: the history is closed all the same.
     */
    prctl(PR_SET_PDEATHSIG, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    enum status status = child_open(&child, job, &error);
    if (status == STATUS_OK)
        status = child_work(&child, job, &error);
    if (status != STATUS_OK) {
        fprintf(stderr, "generalprobe: %s: %s\n", job->path, error.text);
        _exit(status == STATUS_INVALID ? EXIT_BAD_INPUT : EXIT_OUR_BUG);
    }
    if (job->row.exit_code == EXIT_KEPT && !options->keep)
        unlink(child.history_path);
    write_all(pipe, &job->row, sizeof job->row);
    send_buffer(pipe, &job->json);
    send_buffer(pipe, &job->text);
    close(pipe);
    arena_close(&child.arena);
    process_end(EXIT_KEPT);
}
