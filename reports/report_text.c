/*
 * The report for a person: what happened when, what the engine said beside what the world saw, what
 * is wrong and how to see it again. At most REPORT_COLUMNS wide; times are clocks in Germany.
 */
#include <stdlib.h>
#include <string.h>

#include "../engine/base/check.h"
#include "../engine/base/utf8.h"
#include "course.h"
#include "report.h"

enum { NAME_WIDTH = 30, VALUE_WIDTH = 12, SUBJECT_WIDTH = 14 };

static void heading(struct buffer *out, bool colour, const char *text) {
    buffer_append_byte(out, '\n');
    report_coloured(out, colour, REPORT_BOLD, text);
    buffer_append_byte(out, '\n');
}

static struct str clock_of(instant at, char text[INSTANT_TEXT_MAX]) {
    return str_of(at == INSTANT_NEVER ? "never" : instant_text_clock(at, text));
}

/* ---- The head ---- */

static void print_head(const struct judgement *judgement, bool colour, struct buffer *out) {
    const struct day *day = judgement->trial.day;
    char from[INSTANT_TEXT_MAX], until[INSTANT_TEXT_MAX], span[INSTANT_TEXT_MAX];
    struct str scenario = history_get(judgement->history, "scenario");
    struct str seed = history_get(judgement->history, "seed");
    struct str story = history_get(judgement->history, "story");
    buffer_printf(out, "%.*s, seed %.*s: ", STR_ARG(scenario), STR_ARG(seed));
    report_coloured(out, colour, report_verdict_colour(judgement->verdict),
                    verdict_name(judgement->verdict));
    buffer_append_text(out, ", ");
    report_coloured(out, colour, judgement->kept ? REPORT_GREEN : REPORT_RED,
                    judgement->kept ? "kept" : "not kept");
    buffer_append_byte(out, '\n');
    if (story.length > 0)
        report_wrapped(out, story, 0, 0);
    buffer_printf(out, "%s to %s in Germany (%s); %u mailboxes in the batch, %llu messages\n",
                  instant_text_german(day->began, from), instant_text_german(day->ended, until),
                  span_text(day->ended - day->began, span), day->batch,
                  (unsigned long long)day->fixtures);
    if (judgement->trial.lacking[0] == '\0')
        return;
    report_coloured(out, colour, REPORT_YELLOW, "Cannot be judged: ");
    report_wrapped(out, str_of(judgement->trial.lacking), strlen("Cannot be judged: "), 2);
}

/* ---- Faults ---- */

static void print_fault(const struct fault_judgement *fault, bool colour, struct buffer *out) {
    char text[INSTANT_TEXT_MAX];
    buffer_append_text(out, "  ");
    report_padded(out, fault->name, NAME_WIDTH + 10);
    buffer_append_byte(out, ' ');
    report_coloured(out, colour, report_verdict_colour(fault->verdict),
                    verdict_name(fault->verdict));
    buffer_append_byte(out, '\n');
    buffer_printf(out, "    %s\n", verdict_sentence(fault->verdict));
    if (!fault->fired) {
        buffer_append_text(out, "    armed, never fired\n");
        return;
    }
    buffer_printf(out, "    fired %s", clock_of(fault->fired_at, text).data);
    if (fault->effect)
        buffer_printf(out, ", effect %s", clock_of(fault->effect_at, text).data);
    if (!fault->detected) {
        buffer_append_text(out, ", no alarm that counts\n");
        return;
    }
    buffer_printf(out, ", detected %s", clock_of(fault->detected_at, text).data);
    instant since = fault->effect ? fault->effect_at : fault->fired_at;
    buffer_append_text(out, " by ");
    report_padded(out, fault->detected_by, utf8_count(fault->detected_by));
    buffer_printf(out, " (%s%s)\n",
                  span_text(fault->detected_at < since ? since - fault->detected_at
                                                       : fault->detected_at - since,
                            text),
                  fault->detected_at < since ? " before its effect" : " later");
}

static void print_faults(const struct judgement *judgement, bool colour, struct buffer *out) {
    if (judgement->fault_count == 0)
        return;
    heading(out, colour, "FAULTS");
    for (size_t i = 0; i < judgement->fault_count; i++)
        print_fault(&judgement->faults[i], colour, out);
}

/* ---- Said and seen ---- */

static void print_pair(struct buffer *out, const char *said, int64_t said_value, enum number seen,
                       const int64_t *numbers) {
    struct buffer value = {0};
    buffer_append_text(out, "  ");
    report_padded(out, str_of(said), NAME_WIDTH - 6);
    if (said[0] != '\0')
        buffer_printf(&value, "%lld", (long long)said_value);
    report_padded(out, buffer_str(&value), VALUE_WIDTH);
    buffer_clear(&value);
    number_print(number_unit(seen), numbers[seen], &value);
    buffer_append_text(out, "  ");
    report_padded(out, str_of(number_name(seen)), NAME_WIDTH - 6);
    buffer_append_str(out, buffer_str(&value));
    buffer_append_byte(out, '\n');
    buffer_release(&value);
}

static void print_said_and_seen(const struct judgement *judgement, bool colour,
                                struct buffer *out) {
    const struct said *said = &judgement->trial.said;
    const struct {
        const char *said;
        int64_t value;
        enum number seen;
    } rows[] = {
        {"runs ended", said->runs_ended, NUMBER_FOREIGN_AT_REST_MAX},
        {"last exit code", said->exit_code, NUMBER_FOREIGN_AT_REST_END},
        {"mailboxes done", said->mailboxes_done, NUMBER_MAILBOXES_WITH_FOREIGN},
        {"messages moved", said->messages, NUMBER_MISSING},
        {"messages in trouble", said->troubles, NUMBER_LOST},
        {"mailboxes refused", said->mailboxes_refused, NUMBER_DOUBLED},
        {"mailboxes consistent", said->consistent, NUMBER_ALTERED},
        {"alarms", said->alarms, NUMBER_BYSTANDERS_TOUCHED},
        {"", 0, NUMBER_EXCUSED},
        {"", 0, NUMBER_EXPOSED_PERSON_SECONDS},
        {"", 0, NUMBER_DOWNLOADED_FOREIGN},
        {"", 0, NUMBER_OPENED_FOREIGN},
        {"", 0, NUMBER_REACHABLE_WITHIN},
        {"", 0, NUMBER_WORKABLE_WITHIN},
        {"", 0, NUMBER_COMPLETE_BY},
        {"", 0, NUMBER_HELD_IN_EQUALS_OUT},
        {"", 0, NUMBER_ONE_HOME},
        {"", 0, NUMBER_HONEST},
    };
    heading(out, colour, "THE ENGINE SAID                       THE WORLD SAW");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        print_pair(out, rows[i].said, rows[i].value, rows[i].seen, judgement->trial.numbers);
}

/* ---- How wrong it went, and what was done ---- */

static void print_course(const struct judgement *judgement, bool colour, struct buffer *out) {
    struct course_line lines[COURSE_LINES_MAX];
    if (!course_is_told(judgement))
        return;
    size_t count = course_lines(judgement, lines);
    heading(out, colour, "HOW WRONG IT WENT, AND WHAT WAS DONE");
    for (size_t i = 0; i < count; i++) {
        /* A stretch of nothing says nothing when it stands alone. */
        if (lines[i].label[0] == '\0' && strcmp(lines[i].text, "-") == 0)
            continue;
        buffer_append_text(out, "  ");
        report_padded(out, str_of(lines[i].label), NAME_WIDTH - 4);
        buffer_printf(out, "%s\n", lines[i].text);
    }
}

/* ---- Promises and findings ---- */

static void print_promises(const struct judgement *judgement, bool colour, struct buffer *out) {
    if (judgement->promise_count == 0)
        return;
    heading(out, colour, "PROMISES");
    for (size_t i = 0; i < judgement->promise_count; i++) {
        const struct promise_judgement *row = &judgement->promises[i];
        static const char *const words[] = {"kept   ", "BROKEN ", "unknown"};
        static const enum report_colour colours[] = {REPORT_GREEN, REPORT_RED, REPORT_YELLOW};
        struct buffer text = {0};
        buffer_append_text(out, "  ");
        report_coloured(out, colour, colours[row->kept], words[row->kept]);
        buffer_printf(&text, "  %s%s: ", row->expected ? "expected " : "",
                      number_name(row->promise.name));
        promise_print(&row->promise, &text);
        report_padded(out, buffer_str(&text), 2 * NAME_WIDTH - 8);
        buffer_clear(&text);
        if (row->promise.name != NUMBER_ALARM_SAYS) {
            buffer_append_text(&text, " found ");
            number_print(number_unit(row->promise.name), row->found, &text);
        }
        buffer_append_str(out, buffer_str(&text));
        buffer_append_byte(out, '\n');
        buffer_release(&text);
    }
}

static void print_finding(const struct judgement *judgement, const struct finding *finding,
                          struct buffer *out) {
    char text[INSTANT_TEXT_MAX];
    buffer_append_text(out, "    ");
    report_padded(out, str_of(report_mailbox(judgement, finding->mailbox)), NAME_WIDTH + 6);
    buffer_printf(out, "%8llu   ", (unsigned long long)finding->count);
    bool at_end = finding->from >= judgement->trial.day->ended;
    if (at_end)
        buffer_append_text(out, "at the end");
    else
        buffer_printf(out, "from %s", clock_of(finding->from, text).data);
    if (!at_end && finding->until == INSTANT_NEVER)
        buffer_append_text(out, " to the end");
    else if (!at_end && finding->until > finding->from)
        buffer_printf(out, " to %s", clock_of(finding->until, text).data);
    struct str subject = history_text(judgement->history, finding->subject);
    if (subject.length == 0)
        subject = history_text(judgement->history, finding->folder);
    if (subject.length > 0) {
        buffer_append_text(out, ", ");
        report_padded(out, subject,
                      subject.length < SUBJECT_WIDTH ? subject.length : SUBJECT_WIDTH);
    }
    buffer_append_byte(out, '\n');
}

static void print_findings(const struct judgement *judgement, bool colour, struct buffer *out) {
    const struct findings *findings = judgement->trial.findings;
    size_t count = findings_count(findings);
    if (count == 0)
        return;
    heading(out, colour, "FINDINGS");
    for (size_t first = 0, end; first < count; first = end) {
        enum finding_kind kind = findings_at(findings, first)->kind;
        end = findings_end_of_kind(findings, first);
        buffer_append_text(out, "  ");
        report_coloured(out, colour, finding_is_harm(kind) ? REPORT_RED : REPORT_YELLOW,
                        finding_name(kind));
        buffer_printf(out, ": %s\n", finding_sentence(kind));
        size_t shown = end - first < REPORT_FINDINGS_MAX ? end - first : REPORT_FINDINGS_MAX;
        for (size_t i = first; i < first + shown; i++)
            print_finding(judgement, findings_at(findings, i), out);
        if (end - first > shown)
            buffer_printf(out, "    … and %zu more mailboxes\n", end - first - shown);
    }
}

static void print_again(const struct judgement *judgement, const struct report_options *options,
                        struct buffer *out) {
    const struct findings *findings = judgement->trial.findings;
    heading(out, options->colour, "TO SEE IT AGAIN");
    struct str again = history_get(judgement->history, "again");
    if (again.length > 0) /* the command as it was, with all its options */
        buffer_printf(out, "  %.*s\n", STR_ARG(again));
    else
        buffer_printf(out, "  %s %.*s --seed %.*s\n", options->again,
                      STR_ARG(history_get(judgement->history, "scenario")),
                      STR_ARG(history_get(judgement->history, "seed")));
    for (size_t i = 0; i < findings_count(findings) && options->history_path != NULL; i++) {
        const struct finding *finding = findings_at(findings, i);
        if (finding->row_count == 0)
            continue;
        buffer_printf(out, "  sqlite3 %s 'SELECT * FROM facts_readable WHERE row IN (",
                      options->history_path);
        for (int k = 0; k < finding->row_count; k++)
            buffer_printf(out, "%s%llu", k == 0 ? "" : ",", (unsigned long long)finding->rows[k]);
        buffer_append_text(out, ")'\n");
        return;
    }
}

void report_text(const struct judgement *judgement, const struct report_options *options,
                 struct buffer *out) {
    print_head(judgement, options->colour, out);
    heading(out, options->colour, "THE DAY");
    report_story(judgement, options->colour, out);
    print_faults(judgement, options->colour, out);
    print_said_and_seen(judgement, options->colour, out);
    print_course(judgement, options->colour, out);
    print_promises(judgement, options->colour, out);
    print_findings(judgement, options->colour, out);
    print_again(judgement, options, out);
}
