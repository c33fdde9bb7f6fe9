/* `generalprobe torture`: kills the engine at its durable steps. See torture.h. */
#include "torture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../../engine/base/json.h"
#include "../kernel/seam.h"
#include "../rehearsal/wall_clock.h"
#include "command.h"
#include "process.h"
#include "torture_alike.h"

enum { TORTURE_JOBS_MAX = 64, TORTURE_SHOWN_MAX = 12, TORTURE_AGAIN_MAX = 120 };

struct torture_words { /* what was typed */
    const char *path, *only, *measures, *phases;
    uint64_t seed, jobs, every, pairs, size_part, size_whole;
    bool modes[TORTURE_MODE_COUNT];
    bool json, each;
};

const char *torture_mode_name(enum torture_mode mode) {
    return mode == TORTURE_BETWEEN ? "between" : disk_crash_name((enum disk_crash)mode);
}

static bool mode_read(struct str text, enum torture_mode *mode_r) {
    for (int mode = 0; mode < TORTURE_MODE_COUNT; mode++)
        if (str_equal_text(text, torture_mode_name((enum torture_mode)mode))) {
            *mode_r = (enum torture_mode)mode;
            return true;
        }
    return false;
}

void torture_case_text(const struct torture *torture, const struct torture_case *each,
                       struct buffer *out) {
    buffer_printf(out, "%s:%llu:%s", torture->phases[each->phase], (unsigned long long)each->step,
                  torture_mode_name(each->mode));
    if (each->again != 0)
        buffer_printf(out, ",%llu:%s", (unsigned long long)each->again,
                      torture_mode_name(each->again_mode));
}

/* ---- which cases ---- */

/* "core:17:torn,9:lost" */
static bool case_read(const struct torture *torture, const char *text,
                      struct torture_case *case_r) {
    struct str rest = str_of(text), first = str_cut(&rest, ',');
    struct str phase = str_cut(&first, ':'), step = str_cut(&first, ':');
    *case_r = (struct torture_case){0};
    while (case_r->phase < torture->phase_count &&
           !str_equal_text(phase, torture->phases[case_r->phase]))
        case_r->phase++;
    if (case_r->phase == torture->phase_count || !str_to_u64(step, &case_r->step) ||
        !mode_read(first, &case_r->mode))
        return false;
    if (rest.length == 0)
        return true;
    return str_to_u64(str_cut(&rest, ':'), &case_r->again) && mode_read(rest, &case_r->again_mode);
}

static bool phase_wanted(const struct torture_words *words, const char *phase) {
    struct str rest = str_of(words->phases != NULL ? words->phases : phase);
    while (rest.length > 0)
        if (str_equal_text(str_cut(&rest, ','), phase))
            return true;
    return false;
}

/* One kill in each wanted way at every `every`-th step; every `pairs`-th of them also kills the
 * recovery, early or late. Steps stand in order of the day. */
static void make_cases(struct torture *torture, const struct torture_words *words) {
    struct chance chance = chance_of(words->seed, "torture");
    size_t most = torture->gap_count * 2 * TORTURE_MODE_COUNT;
    torture->cases = memory_new(most + 1, sizeof *torture->cases);
    for (size_t i = 0; i < torture->gap_count; i++) {
        const struct torture_gap *gap = &torture->gaps[i];
        /* Other steps in each seed, or some kinds of step would never be met. */
        if ((i + words->seed) % words->every != 0 ||
            !phase_wanted(words, torture->phases[gap->phase]))
            continue;
        for (int mode = 0; mode < TORTURE_MODE_COUNT; mode++) {
            struct torture_case each = {gap->phase, gap->step, (enum torture_mode)mode, 0, 0};
            if (!words->modes[mode] || (mode == TORTURE_BETWEEN && gap->gap < 2))
                continue;
            torture->cases[torture->case_count++] = each;
            if (words->pairs == 0 || chance_below(&chance, words->pairs) != 0)
                continue;
            each.again = 1 + chance_below(&chance, TORTURE_AGAIN_MAX);
            each.again_mode = (enum torture_mode)chance_below(&chance, DISK_CRASH_COUNT);
            torture->cases[torture->case_count++] = each;
        }
    }
}

/* ---- what came of it ---- */

struct torture_sum {
    uint64_t kills, differing;
};

static struct torture_sum sum_of(const struct torture *torture, uint32_t phase, int mode) {
    struct torture_sum sum = {0};
    for (size_t i = 0; i < torture->case_count; i++) {
        const struct torture_case *each = &torture->cases[i];
        bool pair = each->again != 0;
        bool meant = mode == TORTURE_MODE_COUNT ? pair : !pair && (int)each->mode == mode;
        if ((phase != UINT32_MAX && each->phase != phase) || (mode >= 0 && !meant))
            continue;
        sum.kills += pair ? 2 : 1;
        sum.differing += !torture->results[i].ended || torture->results[i].differences > 0;
    }
    return sum;
}

/* How many days were played, and how many kills needed none of their own. */
static size_t played_days(const struct torture *torture, size_t *proved_r) {
    size_t played = 0;
    *proved_r = 0;
    for (size_t i = 0; i < torture->case_count; i++) {
        played += torture->results[i].played;
        *proved_r += torture->results[i].played && torture->results[i].like != 0;
    }
    return played;
}

static void print_cells(const struct torture *torture, uint32_t phase) {
    for (int mode = 0; mode <= TORTURE_MODE_COUNT; mode++) {
        struct torture_sum sum = sum_of(torture, phase, mode);
        char text[32];
        snprintf(text, sizeof text, "%llu/%llu", (unsigned long long)sum.differing,
                 (unsigned long long)sum.kills);
        printf(" %9s", sum.kills > 0 ? text : "-");
    }
    printf("\n");
}

static void print_table(const struct torture *torture) {
    uint64_t steps = 0;
    printf("\n%-11s %6s", "phase", "steps");
    for (int mode = 0; mode < TORTURE_MODE_COUNT; mode++)
        printf(" %9s", torture_mode_name((enum torture_mode)mode));
    printf(" %9s\n", "twice");
    for (uint32_t phase = 0; phase < torture->phase_count; phase++) {
        printf("%-11s %6llu", torture->phases[phase], (unsigned long long)torture->steps[phase]);
        print_cells(torture, phase);
        steps += torture->steps[phase];
    }
    printf("%-11s %6llu", "all", (unsigned long long)steps);
    print_cells(torture, UINT32_MAX);
    printf("\neach cell: differing ends / kills\n");
}

static void print_differences(const struct torture *torture, const struct torture_words *words) {
    size_t shown = 0;
    for (size_t i = 0; i < torture->case_count && shown < TORTURE_SHOWN_MAX; i++) {
        const struct torture_result *result = &torture->results[i];
        struct buffer text = {0};
        if (result->ended && result->differences == 0)
            continue;
        torture_case_text(torture, &torture->cases[i], &text);
        printf("\n%s: %s", buffer_text(&text),
               result->ended ? result->said : "did not come to an end: the program died or hung");
        if (result->differences > 1)
            printf(" (and %llu more)", (unsigned long long)result->differences - 1);
        printf("\n  generalprobe torture %s --seed %llu", words->path,
               (unsigned long long)words->seed);
        if (words->size_part != words->size_whole)
            printf(" --size %llu/%llu", (unsigned long long)words->size_part,
                   (unsigned long long)words->size_whole);
        if (words->measures != NULL)
            printf(" --measures \"%s\"", words->measures);
        printf(" --only %s\n", buffer_text(&text));
        buffer_release(&text);
        shown++;
    }
}

static void print_json(const struct torture *torture, uint64_t millis) {
    struct buffer out = {0};
    struct json json = json_to(&out);
    struct torture_sum all = sum_of(torture, UINT32_MAX, -1);
    json_object(&json);
    json_key_integer(&json, "schema", 1);
    json_key_text(&json, "scenario", str_of(torture->scenario->name));
    json_key_integer(&json, "seed", (int64_t)torture->seed);
    json_key_integer(&json, "cases", (int64_t)torture->case_count);
    json_key_integer(&json, "kills", (int64_t)all.kills);
    json_key_integer(&json, "differing", (int64_t)all.differing);
    json_key_integer(&json, "wall_millis", (int64_t)millis);
    json_key(&json, "steps");
    json_object(&json);
    for (uint32_t phase = 0; phase < torture->phase_count; phase++)
        json_key_integer(&json, torture->phases[phase], (int64_t)torture->steps[phase]);
    json_object_end(&json);
    json_key(&json, "differences");
    json_array(&json);
    for (size_t i = 0; i < torture->case_count; i++) {
        struct buffer text = {0};
        if (torture->results[i].ended && torture->results[i].differences == 0)
            continue;
        torture_case_text(torture, &torture->cases[i], &text);
        json_object(&json);
        json_key_text(&json, "case", buffer_str(&text));
        json_key_text(&json, "said", str_of(torture->results[i].said));
        json_object_end(&json);
        buffer_release(&text);
    }
    json_array_end(&json);
    json_object_end(&json);
    printf("%s\n", buffer_text(&out));
    buffer_release(&out);
}

/* ---- the command ---- */

static int read_modes(const char *list, struct torture_words *words) {
    struct str rest = str_of(list);
    memset(words->modes, 0, sizeof words->modes);
    while (rest.length > 0) {
        enum torture_mode mode;
        struct str word = str_cut(&rest, ',');
        if (!mode_read(word, &mode))
            return usage_error(
                "torture",
                "--modes knows kept, lost, torn, sectors, garbage, reordered and between, not "
                "\"%.*s\"",
                STR_ARG(word));
        words->modes[mode] = true;
    }
    return EXIT_KEPT;
}

static int read_number(const char *name, const char *value, uint64_t *number_r) {
    if (value != NULL && str_to_u64(str_of(value), number_r))
        return EXIT_KEPT;
    return usage_error("torture", "%s wants a whole number", name);
}

static int read_word(struct torture_words *words, int count, char **typed, int *at) {
    static const char *const known[] = {"--seed",     "--jobs",   "--modes", "--every",
                                        "--pairs",    "--phases", "--only",  "--size",
                                        "--measures", "--json",   NULL};
    struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"--seed", &words->seed},
                   {"--jobs", &words->jobs},
                   {"--every", &words->every},
                   {"--pairs", &words->pairs}};
    const char *value = NULL, *word = typed[*at];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (option_value(count, typed, at, numbers[i].name, &value))
            return read_number(numbers[i].name, value, numbers[i].number);
    if (option_value(count, typed, at, "--modes", &value))
        return value != NULL ? read_modes(value, words)
                             : usage_error("torture", "--modes wants a list");
    if (option_value(count, typed, at, "--only", &words->only) ||
        option_value(count, typed, at, "--measures", &words->measures) ||
        option_value(count, typed, at, "--phases", &words->phases))
        return EXIT_KEPT;
    if (option_value(count, typed, at, "--size", &value)) {
        struct str rest = str_of(value != NULL ? value : ""), part = str_cut(&rest, '/');
        return str_to_u64(part, &words->size_part) && str_to_u64(rest, &words->size_whole) &&
                       words->size_part > 0 && words->size_part <= words->size_whole
                   ? EXIT_KEPT
                   : usage_error("torture", "--size wants a part such as 1/4");
    }
    *at += 1;
    if (strcmp(word, "--json") == 0)
        words->json = true;
    else if (strcmp(word, "--each") == 0)
        words->each = true;
    else if (word[0] == '-')
        return option_unknown("torture", word, known);
    else
        words->path = word;
    return EXIT_KEPT;
}

static const struct scenario *torture_scenario(struct arena *arena,
                                               const struct torture_words *words) {
    const struct scenario *scenario;
    struct error error = {0};
    struct paths paths = {0};
    if (!paths_add(&paths, words->path)) {
        paths_unknown("torture", words->path);
        return NULL;
    }
    enum status status = scenario_read(arena, paths.list[0], &scenario, &error);
    paths_release(&paths);
    if (status == STATUS_OK)
        status = seam_prove(&error);
    if (status != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return NULL;
    }
    if (!lint_names(scenario))
        return NULL;
    scenario = rehearsal_with_measures(arena, scenario, words->measures);
    if (words->size_part != words->size_whole)
        scenario = rehearsal_of_size(arena, scenario, words->size_part, words->size_whole);
    return rehearsal_typed_twice(arena, scenario);
}

static void show_progress(const struct torture *torture, size_t done) {
    enum { EVERY = 100 };
    if (done % EVERY == 0)
        fprintf(stderr, "\r%-10s %zu of %zu kills ", torture->phases[torture->cases[done].phase],
                done, torture->case_count);
    if (done + EVERY > torture->case_count)
        fprintf(stderr, "\r%40s\r", "");
}

static int torture_all(struct torture *torture, const struct torture_words *words) {
    struct error error = {0};
    double before = wall_clock_seconds();
    enum status status = torture_learn(torture, &error);
    if (status == STATUS_OK && words->only != NULL) {
        torture->cases = memory_new(1, sizeof *torture->cases);
        torture->case_count = 1;
        if (!case_read(torture, words->only, &torture->cases[0]))
            return usage_error("torture", "--only wants a case such as core:17:torn");
        torture->show = true;
    } else if (status == STATUS_OK) {
        make_cases(torture, words);
        torture->alike = words->each || !alike_can_tell(torture->scenario) ? NULL : alike_new();
        torture->progress = isatty(STDERR_FILENO) ? show_progress : NULL;
    }
    if (status == STATUS_OK)
        status = torture_play(torture, &error);
    if (status != STATUS_OK) {
        fprintf(stderr, "generalprobe torture: %s: %s\n", words->path, error.text);
        return status == STATUS_INVALID ? EXIT_FINDING : EXIT_OUR_BUG;
    }
    double seconds = wall_clock_seconds() - before;
    struct torture_sum all = sum_of(torture, UINT32_MAX, -1);
    if (words->json) {
        print_json(torture, (uint64_t)(seconds * 1000));
    } else {
        print_table(torture);
        print_differences(torture, words);
        size_t proved, played = played_days(torture, &proved);
        printf("\n%s, seed %llu: %llu kills, %llu came to another end; %.1f s\n",
               torture->scenario->name, (unsigned long long)words->seed,
               (unsigned long long)all.kills, (unsigned long long)all.differing, seconds);
        printf(
            "%zu days were played; the other %zu kills had left the world, to the byte, as one of "
            "those had;\n%zu more of the kind were played all the same\n",
            played, torture->case_count - played, proved);
    }
    return all.differing > 0 ? EXIT_FINDING : EXIT_KEPT;
}

int torture_command(int count, char **typed) {
    struct torture_words words = {.seed = 1,
                                  .jobs = 1,
                                  .every = 1,
                                  .pairs = 10,
                                  .size_part = 1,
                                  .size_whole = 1,
                                  .modes = {true, true, true, true, true, true, true}};
    int result = EXIT_KEPT;
    for (int at = 1; at < count && result == EXIT_KEPT;)
        result = read_word(&words, count, typed, &at);
    if (result == EXIT_KEPT && words.path == NULL)
        result = usage_error("torture", "expected a scenario");
    if (result == EXIT_KEPT && (words.jobs < 1 || words.jobs > TORTURE_JOBS_MAX || words.every < 1))
        result =
            usage_error("torture", "--jobs wants 1 to %d, --every at least 1", TORTURE_JOBS_MAX);
    if (result != EXIT_KEPT)
        return result;
    struct arena *arena = arena_new();
    process_prepare();
    struct torture torture = {.seed = words.seed, .jobs = (size_t)words.jobs};
    torture.scenario = torture_scenario(arena, &words);
    result = torture.scenario == NULL ? EXIT_BAD_INPUT : torture_all(&torture, &words);
    torture_release(&torture);
    arena_close(&arena);
    return result;
}
