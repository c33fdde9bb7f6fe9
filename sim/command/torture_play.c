/* The days that torture plays. See torture.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../../reports/judge.h"
#include "../kernel/seam.h"
#include "../rehearsal/end_state.h"
#include "torture.h"
#include "torture_alike.h"

enum {
    TORTURE_PATIENCE_SECONDS = 120, /* for the rest of one day */
    TORTURE_PROVED = 100,           /* one in so many that are like another is played */
};

/* One play: the one that learns, the one that forks, or a copy with its case. */
struct play {
    struct torture *torture;
    uint64_t steps[TORTURE_PHASES_MAX];
    bool learns;
    size_t next;                     /* case to be forked for */
    size_t running;                  /* copies */
    const struct torture_case *mine; /* a copy's; NULL in the others */
    struct torture_result *result;   /* its place */
    struct incarnation *dying;       /* whom the scheduled kill is meant for */
    uint64_t recovery_steps;
    bool struck, struck_again, foretold;
    int exit_codes[TORTURE_PHASES_MAX];
    struct buffer end;
};

static uint32_t phase_index(struct torture *torture, const char *phase) {
    uint32_t i = 0;
    while (i < torture->phase_count && strcmp(torture->phases[i], phase) != 0)
        i++;
    if (i == torture->phase_count) {
        check_compare(i, <, TORTURE_PHASES_MAX);
        snprintf(torture->phases[torture->phase_count++], TORTURE_PHASE_MAX, "%s", phase);
    }
    return i;
}

/* ---- dying ---- */

static void die_later(void *of) {
    incarnation_strike(((struct play *)of)->dying, DISK_KEPT);
}

/* How long it is from this step to the next of the same process. */
static int64_t gap_after(const struct torture *torture, uint32_t phase, uint64_t step) {
    for (size_t i = 0; i < torture->gap_count; i++)
        if (torture->gaps[i].phase == phase && torture->gaps[i].step == step)
            return torture->gaps[i].gap;
    return 0;
}

static void die(struct play *play, struct incarnation *incarnation, enum torture_mode mode,
                int64_t gap) {
    if (mode != TORTURE_BETWEEN) {
        incarnation_strike(incarnation, (enum disk_crash)mode);
        return;
    }
    struct kernel *kernel = process_kernel(incarnation->process);
    play->dying = incarnation;
    kernel_at(kernel, kernel_now(kernel) + gap / 2, die_later, play);
}

static void differs(struct play *play, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- copies ---- */

static void await_copy(struct play *play) {
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (pid > 0)
        play->running--;
}

/* True in the copy. */
static bool fork_copy(struct play *play, size_t index) {
    while (play->running >= play->torture->jobs)
        await_copy(play);
    pid_t pid = seam_fork();
    if (pid < 0)
        return false; /* its result never ends, and says so */
    play->running++;
    if (pid > 0)
        return false;
    alarm(TORTURE_PATIENCE_SECONDS);
    play->mine = &play->torture->cases[index];
    play->result = &play->torture->results[index];
    return true;
}

/* Whether it needs no day of its own. Some of those that are like another are played all the same,
 * so that this is no mere belief. */
static bool is_like_another(struct play *play, const struct incarnation *incarnation) {
    struct torture *torture = play->torture;
    size_t index = play->next;
    const struct torture_case *each = &torture->cases[index];
    play->foretold = false;
    if (torture->alike == NULL || each->mode == TORTURE_BETWEEN || each->again != 0)
        return false;
    uint64_t left = alike_foretell(torture->alike, incarnation, (enum disk_crash)each->mode);
    size_t first = alike_first(torture->alike, left, index);
    play->foretold = true;
    if (first == index)
        return false;
    torture->results[index].like = first + 1;
    return chance_mix(torture->seed, index) % TORTURE_PROVED != 0;
}

static void fork_here(struct play *play, struct incarnation *incarnation, uint32_t phase) {
    struct torture *torture = play->torture;
    uint64_t step = play->steps[phase];
    for (; play->next < torture->case_count; play->next++) {
        const struct torture_case *each = &torture->cases[play->next];
        if (each->phase != phase || each->step != step)
            return;
        if (torture->progress != NULL)
            torture->progress(torture, play->next);
        if (is_like_another(play, incarnation) || !fork_copy(play, play->next))
            continue;
        play->struck = true;
        die(play, incarnation, each->mode, gap_after(torture, phase, step));
        return;
    }
}

/* ---- what the engine does ---- */

static void learn_step(struct play *play, const struct incarnation *incarnation, uint32_t phase) {
    struct torture *torture = play->torture;
    instant now = kernel_now(process_kernel(incarnation->process));
    if (torture->gap_count > 0 && torture->gaps[torture->gap_count - 1].phase == phase)
        torture->gaps[torture->gap_count - 1].gap = now - torture->gaps[torture->gap_count - 1].at;
    if (torture->gap_count == torture->gap_capacity) {
        torture->gap_capacity = torture->gap_capacity == 0 ? 1024 : 2 * torture->gap_capacity;
        torture->gaps = memory_grow(torture->gaps, torture->gap_capacity, sizeof *torture->gaps);
    }
    torture->steps[phase] = play->steps[phase];
    torture->gaps[torture->gap_count++] =
        (struct torture_gap){.phase = phase, .step = play->steps[phase], .at = now};
}

static void recovery_step(struct play *play, struct incarnation *incarnation, uint32_t phase) {
    const struct torture_case *mine = play->mine;
    if (!play->struck || play->struck_again || mine->again == 0 || !incarnation->resumes ||
        phase != mine->phase || ++play->recovery_steps != mine->again)
        return;
    play->struck_again = true;
    die(play, incarnation, mine->again_mode, 0);
}

static void on_step(void *of, struct incarnation *incarnation, const char *what, const char *name) {
    struct play *play = of;
    (void)what;
    (void)name;
    uint32_t phase = phase_index(play->torture, incarnation->phase);
    play->steps[phase]++;
    if (play->learns)
        learn_step(play, incarnation, phase);
    else if (play->mine != NULL)
        recovery_step(play, incarnation, phase);
    else
        fork_here(play, incarnation, phase);
}

static void on_progress(void *of, instant now, const char *phase, int exit_code) {
    struct play *play = of;
    (void)now;
    if (phase != NULL)
        play->exit_codes[phase_index(play->torture, phase)] = exit_code;
}

static void on_line(void *of, instant now, bool alarm_line, struct str line) {
    const struct play *play = of;
    char clock[INSTANT_TEXT_MAX];
    if (play->mine != NULL && play->torture->show && (alarm_line || play->struck))
        printf("%s %s %.*s\n", instant_text_clock(now, clock), alarm_line ? "!" : "|",
               STR_ARG(line));
}

/* What is taken to be like another rests on what was foretold. */
static void on_death(void *of, struct world *world) {
    struct play *play = of;
    struct alike *alike = play->torture->alike;
    if (play->mine == NULL || !play->foretold || alike == NULL)
        return;
    play->foretold = false;
    if (alike_files(alike, world) != alike_foretold_files(alike))
        differs(play, "the files are others than was foretold before the kill");
}

/* ---- the end ---- */

static void differs(struct play *play, const char *format, ...) {
    char sentence[TORTURE_SAID_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (play->result->differences++ == 0)
        memcpy(play->result->said, sentence, sizeof sentence);
    if (play->torture->show)
        printf("  %s\n", sentence);
}

static void see_line(void *of, bool expected, struct str line) {
    differs(of, "%s: %.*s", expected ? "lacking" : "surplus", STR_ARG(line));
}

/* What no end state shows: promises of the world that were broken on the way. Not all numbers are
 * here: some rightly depend on how long the day took, or on the minute of a restart. */
static void compare_numbers(struct play *play, const struct judgement *judgement) {
    static const enum number same[] = {
        NUMBER_FOREIGN_AT_REST_MAX,
        NUMBER_FOREIGN_AT_REST_END,
        NUMBER_MAILBOXES_WITH_FOREIGN,
        NUMBER_LOST,
        NUMBER_MISSING,
        NUMBER_DOUBLED,
        NUMBER_ALTERED,
        NUMBER_FLAGS_CHANGED,
        NUMBER_DATES_CHANGED,
        NUMBER_FOLDERS_CHANGED,
        NUMBER_KEYWORDS_CHANGED,
        NUMBER_HELD_TWICE,
        NUMBER_HELD_VANISHED,
        NUMBER_CUT_OFF_GAP,
        NUMBER_CUT_OFF_OVERLAP,
        NUMBER_BYSTANDERS_TOUCHED,
        NUMBER_TRIPWIRES_TOUCHED,
        NUMBER_SOURCE_CHANGED,
        NUMBER_ROLLBACK_EXACT,
        NUMBER_ROLLED_BACK_BEYOND,
        NUMBER_ROLLED_BACK_SHORT,
        NUMBER_LEFT_AT_NEW_HOME,
        NUMBER_NATIVE_REMOVED,
        NUMBER_EVIDENCE_SHORT,
        NUMBER_DISHONEST_CLAIMS,
        NUMBER_WRITES_AFTER_STOP,
        NUMBER_WRITES_BY_SECOND_RUN,
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        int64_t found = judgement->trial.numbers[same[i]];
        int64_t expected = play->torture->numbers[same[i]];
        if (found != expected)
            differs(play, "%s: %lld, without a kill %lld", number_name(same[i]), (long long)found,
                    (long long)expected);
    }
}

/* A day may have gone wrong on purpose and been undone: it must keep what it promises and find what
 * it expects, and its second runs must write nothing. Then each copy has to end like it. */
static void learn_judgement(struct play *play, const struct judgement *judgement) {
    struct torture *torture = play->torture;
    memcpy(torture->numbers, judgement->trial.numbers, sizeof torture->numbers);
    memcpy(torture->exit_codes, play->exit_codes, sizeof torture->exit_codes);
    if (judgement->trial.numbers[NUMBER_WRITES_BY_SECOND_RUN] != 0)
        differs(play, "writes_by_second_run: %lld",
                (long long)judgement->trial.numbers[NUMBER_WRITES_BY_SECOND_RUN]);
    /* Where people stay away nobody knows when somebody could have worked. */
    for (size_t i = 0; i < judgement->promise_count; i++)
        if (judgement->promises[i].kept == KEPT_NO)
            differs(play, "%s is not kept: found %lld",
                    number_name(judgement->promises[i].promise.name),
                    (long long)judgement->promises[i].found);
}

static void compare_end(struct play *play, struct world *world) {
    struct judgement *judgement = NULL;
    struct error error = {0};
    const struct torture *torture = play->torture;
    const char *endless = kernel_endless(world->kernel);
    if (endless[0] != '\0')
        differs(play, "ran in circles: %s", endless);
    if (judge(world->history, &(struct judge_options){0}, &judgement, &error) != STATUS_OK)
        differs(play, "cannot be judged: %s", error.text);
    else if (play->learns)
        learn_judgement(play, judgement);
    else
        compare_numbers(play, judgement);
    judgement_close(&judgement);
    for (uint32_t i = 0; i < torture->phase_count; i++)
        if (play->exit_codes[i] != torture->exit_codes[i])
            differs(play, "%s ended with exit code %d, without a kill with %d", torture->phases[i],
                    play->exit_codes[i], torture->exit_codes[i]);
    end_state_compare(buffer_str(&torture->end), buffer_str(&play->end), see_line, play);
}

/* A copy has nothing more to do then; taking its world down would only cost time. */
static void on_end(void *of, struct world *world) {
    struct play *play = of;
    if (!play->learns && play->mine == NULL)
        return;
    end_state_append(world, &play->end);
    if (play->learns)
        buffer_append_str(&play->torture->end, buffer_str(&play->end));
    compare_end(play, world);
    if (play->mine == NULL)
        return;
    play->result->played = play->result->ended = true;
    fflush(NULL);
    _exit(0);
}

static enum status play_day(struct play *play, struct error *error) {
    struct rehearsal_result result;
    struct torture_result own = {0};
    const struct rehearsal_options options = {
        .scenario = play->torture->scenario,
        .seed = play->torture->seed,
        .progress = on_progress,
        .line = on_line,
        .durable_step = on_step,
        .died = on_death,
        .at_end = on_end,
        .of = play,
    };
    play->result = &own;
    enum status status = rehearsal_play(&options, &result, error);
    buffer_release(&play->end);
    if (status != STATUS_OK)
        return status;
    history_close(&result.history);
    if (own.differences > 0)
        return error_set(error, STATUS_INVALID, "the day is not whole without a kill: %s",
                         own.said);
    return STATUS_OK;
}

/* What was not played has the end of the one that it is like. */
static void take_over(struct torture *torture) {
    for (size_t i = 0; i < torture->case_count; i++) {
        struct torture_result *result = &torture->results[i];
        if (result->like == 0 || result->played)
            continue;
        const struct torture_result *like = &torture->results[result->like - 1];
        result->ended = like->ended;
        result->differences = like->differences;
        memcpy(result->said, like->said, sizeof result->said);
    }
}

enum status torture_learn(struct torture *torture, struct error *error) {
    struct play play = {.torture = torture, .learns = true};
    return play_day(&play, error);
}

enum status torture_play(struct torture *torture, struct error *error) {
    struct play play = {.torture = torture};
    size_t size = (torture->case_count + 1) * sizeof *torture->results;
    torture->results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(torture->results != MAP_FAILED);
    fflush(NULL);
    enum status status = play_day(&play, error);
    while (play.running > 0)
        await_copy(&play);
    take_over(torture);
    return status;
}

void torture_release(struct torture *torture) {
    if (torture->results != NULL)
        munmap(torture->results, (torture->case_count + 1) * sizeof *torture->results);
    alike_close(&torture->alike);
    free(torture->cases);
    free(torture->gaps);
    buffer_release(&torture->end);
}
