/* `generalprobe judge` and `report`: recorded histories, judged again from their facts alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../../reports/report.h"
#include "command.h"

enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JUNIT };

struct recorded { /* one history, judged */
    struct history *history;
    struct judgement *judgement;
};

static enum status recorded_open(const char *path, struct recorded *recorded, struct error *error) {
    *recorded = (struct recorded){0};
    enum status status = history_open(path, &recorded->history, error);
    if (status == STATUS_OK)
        status = judge(recorded->history, &(struct judge_options){0}, &recorded->judgement, error);
    return status;
}

static void recorded_close(struct recorded *recorded) {
    judgement_close(&recorded->judgement);
    history_close(&recorded->history);
}

int exit_code_of_judgement(const struct judgement *judgement) {
    if (judgement->kept)
        return EXIT_KEPT;
    return judgement->verdict == VERDICT_INCONCLUSIVE || judgement->verdict == VERDICT_VACUOUS
               ? EXIT_INCONCLUSIVE
               : EXIT_FINDING;
}

int judge_command(int count, char **words) {
    int worst = EXIT_KEPT;
    if (count < 2)
        return usage_error("judge", "expected a history");
    for (int i = 1; i < count; i++) {
        struct recorded recorded;
        struct error error;
        int code = EXIT_BAD_INPUT;
        if (recorded_open(words[i], &recorded, &error) == STATUS_OK) {
            struct buffer out = {0};
            report_json(recorded.judgement, &out);
            fputs(buffer_text(&out), stdout);
            buffer_release(&out);
            code = exit_code_of_judgement(recorded.judgement);
        } else {
            fprintf(stderr, "generalprobe: %s\n", error.text);
        }
        recorded_close(&recorded);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static bool read_format(const char *text, enum report_format *format_r) {
    static const char *const names[] = {"text", "json", "junit"};
    for (int i = 0; text != NULL && i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *format_r = (enum report_format)i;
            return true;
        }
    return false;
}

static int report_histories(char **paths, size_t count, enum report_format format) {
    struct report_row *rows = memory_new(count, sizeof *rows);
    struct arena *arena = arena_new();
    struct buffer out = {0};
    size_t row_count = 0;
    int worst = EXIT_KEPT;
    for (size_t i = 0; i < count; i++) {
        struct recorded recorded;
        struct error error;
        int code = EXIT_BAD_INPUT;
        const struct report_options options = {
            .colour = format == FORMAT_TEXT && isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL,
            .again = "generalprobe run",
            .history_path = paths[i],
        };
        if (recorded_open(paths[i], &recorded, &error) == STATUS_OK) {
            code = exit_code_of_judgement(recorded.judgement);
            if (format == FORMAT_TEXT)
                report_text(recorded.judgement, &options, &out);
            else if (format == FORMAT_JSON)
                report_json(recorded.judgement, &out);
            else
                rows[row_count++] = report_row_of(recorded.judgement, arena, &options);
        } else {
            fprintf(stderr, "generalprobe: %s\n", error.text);
        }
        recorded_close(&recorded);
        worst = code > worst ? code : worst;
    }
    if (format == FORMAT_JUNIT)
        report_junit(rows, row_count, &out);
    fputs(buffer_text(&out), stdout);
    buffer_release(&out);
    arena_close(&arena);
    free(rows);
    return worst;
}

/* Two histories, and nothing else. */
static int report_two(char **paths, size_t count) {
    struct recorded left = {0}, right = {0};
    struct error error;
    struct buffer out = {0};
    if (count != 2)
        return usage_error("report", "--beside wants two histories");
    enum status status = recorded_open(paths[0], &left, &error);
    if (status == STATUS_OK)
        status = recorded_open(paths[1], &right, &error);
    if (status == STATUS_OK)
        report_beside(left.judgement, right.judgement, &out);
    else
        fprintf(stderr, "generalprobe: %s\n", error.text);
    fputs(buffer_text(&out), stdout);
    buffer_release(&out);
    recorded_close(&left);
    recorded_close(&right);
    return status == STATUS_OK ? EXIT_KEPT : EXIT_BAD_INPUT;
}

int report_command(int count, char **words) {
    static const char *const known[] = {"--format", "--beside", NULL};
    bool beside = false;
    enum report_format format = FORMAT_TEXT;
    char **paths = memory_new((size_t)count, sizeof *paths);
    size_t path_count = 0;
    int result = EXIT_KEPT;
    for (int at = 1; at < count && result == EXIT_KEPT;) {
        const char *value = NULL;
        if (option_value(count, words, &at, "--format", &value)) {
            if (!read_format(value, &format))
                result = usage_error("report", "--format wants text, json or junit");
        } else if (strcmp(words[at], "--beside") == 0) {
            beside = true;
            at++;
        } else if (words[at][0] == '-') {
            result = option_unknown("report", words[at], known);
        } else {
            paths[path_count++] = words[at++];
        }
    }
    if (result == EXIT_KEPT && path_count == 0)
        result = usage_error("report", "expected a history");
    if (result == EXIT_KEPT && beside)
        result = report_two(paths, path_count);
    else if (result == EXIT_KEPT)
        result = report_histories(paths, path_count, format);
    free(paths);
    return result;
}
