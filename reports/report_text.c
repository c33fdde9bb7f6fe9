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

enum { NAME_WIDTH = 30, VALUE_WIDTH = 12, EVENT_INDENT = 14, SUBJECT_WIDTH = 14 };

static void heading(struct buffer *out, bool colour, const char *text) {
    buffer_append_byte(out, '\n');
    report_coloured(out, colour, REPORT_BOLD, text);
    buffer_append_byte(out, '\n');
}

static struct str clock_of(instant at, char text[INSTANT_TEXT_MAX]) {
    return str_of(at == INSTANT_NEVER ? "never" : instant_text_clock(at, text));
}

/* Text of any length, broken at blanks, each further line indented. */
static void wrapped(struct buffer *out, struct str text, size_t column, size_t indent) {
    bool first = true;
    while (text.length > 0) {
        struct str word = str_cut(&text, ' ');
        size_t width = utf8_count(word);
        if (!first && column + 1 + width > REPORT_COLUMNS) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            buffer_append_byte(out, ' ');
            column++;
        }
        size_t room = REPORT_COLUMNS - column;
        report_padded(out, word, width < room ? width : room);
        column += width < room ? width : room;
        first = false;
    }
    buffer_append_byte(out, '\n');
}

static const char *mailbox_address(const struct judgement *judgement, uint32_t number) {
    const struct history_mailbox *mailbox = history_mailbox(judgement->history, number);
    return mailbox == NULL ? "(no mailbox in particular)" : mailbox->address;
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
        wrapped(out, story, 0, 0);
    buffer_printf(out, "%s to %s in Germany (%s); %u mailboxes in the batch, %llu messages\n",
                  instant_text_german(day->began, from), instant_text_german(day->ended, until),
                  span_text(day->ended - day->began, span), day->batch,
                  (unsigned long long)day->fixtures);
    if (judgement->trial.lacking[0] == '\0')
        return;
    report_coloured(out, colour, REPORT_YELLOW, "Cannot be judged: ");
    wrapped(out, str_of(judgement->trial.lacking), strlen("Cannot be judged: "), 2);
}

/* ---- The story of the day ---- */

struct event {
    instant at;
    size_t order; /* among those of one instant */
    enum report_colour colour;
    struct str text; /* in the list's buffer; offset until sorting is over */
    size_t offset;
};

struct events {
    struct event list[REPORT_EVENTS_MAX];
    size_t count, left_out;
    struct buffer texts;
};

static struct event *events_add(struct events *events, instant at, enum report_colour colour) {
    if (events->count == REPORT_EVENTS_MAX) {
        events->left_out++;
        return NULL;
    }
    struct event *event = &events->list[events->count];
    *event = (struct event){
        .at = at, .order = events->count++, .colour = colour, .offset = events->texts.length};
    return event;
}

/* Closes the text that was appended since events_add(). */
static void events_text(struct events *events, struct event *event) {
    event->text.length = events->texts.length - event->offset;
}

static int event_compare(const void *left_event, const void *right_event) {
    const struct event *left = left_event, *right = right_event;
    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static void events_of_faults(struct events *events, const struct judgement *judgement) {
    const struct day *day = judgement->trial.day;
    for (size_t i = 0; i < day->fault_count; i++) {
        const struct day_fault *fault = &day->faults[i];
        const struct {
            instant at;
            const char *word;
        } turns[] = {{fault->fired, "fired"},
                     {fault->effect, "had its effect"},
                     {fault->healed, "was healed"}};
        for (size_t k = 0; k < sizeof turns / sizeof turns[0]; k++) {
            if (turns[k].at == INSTANT_NEVER)
                continue;
            struct event *event = events_add(events, turns[k].at, REPORT_YELLOW);
            if (event == NULL)
                continue;
            buffer_printf(&events->texts, "fault %.*s %s",
                          STR_ARG(history_text(judgement->history, fault->name)), turns[k].word);
            events_text(events, event);
        }
    }
}

static void events_of_alarms(struct events *events, const struct judgement *judgement) {
    const struct day *day = judgement->trial.day;
    for (size_t i = 0; i < day->alarm_count; i++) {
        const struct day_alarm *alarm = &day->alarms[i];
        if (i >= REPORT_ALARMS_MAX) {
            events->left_out += day->alarm_count - i;
            return;
        }
        struct event *event = events_add(events, alarm->at, REPORT_RED);
        if (event == NULL)
            continue;
        struct str artefact = history_text(judgement->history, alarm->artefact);
        buffer_printf(&events->texts, "ALARM %.*s",
                      STR_ARG(history_text(judgement->history, alarm->measure)));
        if (alarm->mailbox != 0)
            buffer_printf(&events->texts, " %s", mailbox_address(judgement, alarm->mailbox));
        if (artefact.length > 0)
            buffer_printf(&events->texts, " %.*s", STR_ARG(artefact));
        buffer_printf(&events->texts, ": %.*s",
                      STR_ARG(history_text(judgement->history, alarm->sentence)));
        events_text(events, event);
    }
}

static void events_of_phases(struct events *events, const struct judgement *judgement) {
    const struct day *day = judgement->trial.day;
    char span[INSTANT_TEXT_MAX];
    for (size_t i = 0; i < day->phase_count; i++) {
        const struct day_phase *phase = &day->phases[i];
        bool ended = phase->ended != INSTANT_NEVER;
        enum report_colour colour = ended && phase->exit_code == 0 ? REPORT_PLAIN : REPORT_YELLOW;
        struct event *event = events_add(events, phase->begun, colour);
        if (event == NULL)
            continue;
        buffer_printf(&events->texts, "%.*s",
                      STR_ARG(history_text(judgement->history, phase->name)));
        if (!ended)
            buffer_append_text(&events->texts, ", which never ended");
        else if (phase->exit_code < 0)
            buffer_printf(&events->texts, ", killed after %s",
                          span_text(phase->ended - phase->begun, span));
        else
            buffer_printf(&events->texts, ", %s%s", span_text(phase->ended - phase->begun, span),
                          phase->exit_code == 0 ? "" : ", refused or failed");
        if (phase->exit_code > 0)
            buffer_printf(&events->texts, " (exit code %lld)", (long long)phase->exit_code);
        events_text(events, event);
    }
}

static void print_story(const struct judgement *judgement, bool colour, struct buffer *out) {
    struct events *events = memory_new(1, sizeof *events);
    events_of_faults(events, judgement);
    events_of_phases(events, judgement);
    events_of_alarms(events, judgement);
    heading(out, colour, "THE DAY");
    for (size_t i = 0; i < events->count; i++)
        events->list[i].text.data = events->texts.data + events->list[i].offset;
    qsort(events->list, events->count, sizeof events->list[0], event_compare);
    int64_t day_before = -1;
    for (size_t i = 0; i < events->count; i++) {
        char clock[INSTANT_TEXT_MAX];
        const struct event *event = &events->list[i];
        int64_t day = (event->at + instant_german_offset(event->at)) / DAY;
        bool next_day = day_before >= 0 && day != day_before;
        day_before = day;
        instant_text_clock(event->at, clock);
        buffer_printf(out, "  %s%-8s   ", next_day ? "+" : " ", clock);
        struct buffer text = {0};
        wrapped(&text, event->text, EVENT_INDENT, EVENT_INDENT + 2);
        report_coloured(out, colour, event->colour, buffer_text(&text));
        buffer_release(&text);
    }
    if (events->count == 0)
        buffer_append_text(out, "  no phase, no fault, no alarm\n");
    if (events->left_out > 0)
        buffer_printf(out, "  … and %zu more\n", events->left_out);
    buffer_release(&events->texts);
    free(events);
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
    report_padded(out, str_of(mailbox_address(judgement, finding->mailbox)), NAME_WIDTH + 6);
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
    for (size_t i = 0; i < count;) {
        enum finding_kind kind = findings_at(findings, i)->kind;
        buffer_append_text(out, "  ");
        report_coloured(out, colour, finding_is_harm(kind) ? REPORT_RED : REPORT_YELLOW,
                        finding_name(kind));
        buffer_printf(out, ": %s\n", finding_sentence(kind));
        size_t shown = 0, all = 0;
        for (; i < count && findings_at(findings, i)->kind == kind; i++, all++) {
            if (shown == REPORT_FINDINGS_MAX)
                continue;
            print_finding(judgement, findings_at(findings, i), out);
            shown++;
        }
        if (all > shown)
            buffer_printf(out, "    … and %zu more mailboxes\n", all - shown);
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
    print_story(judgement, options->colour, out);
    print_faults(judgement, options->colour, out);
    print_said_and_seen(judgement, options->colour, out);
    print_course(judgement, options->colour, out);
    print_promises(judgement, options->colour, out);
    print_findings(judgement, options->colour, out);
    print_again(judgement, options, out);
}
