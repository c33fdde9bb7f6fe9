/*
 * The story of the day, for the report for a person: faults, phases and alarms in the order of
 * time. Each of the three has room of its own, and each measure that gave an alarm is heard before
 * one is heard twice: an evening of eight hundred like alarms hides neither the phases nor the one
 * that is different. What has no room is counted at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "../engine/base/check.h"
#include "../engine/base/table.h"
#include "report.h"

enum { EVENT_INDENT = 14 };

enum event_of { EVENT_OF_FAULT, EVENT_OF_PHASE, EVENT_OF_ALARM, EVENT_OF_COUNT };

static const size_t event_room[] = {REPORT_FAULT_TURNS_MAX, REPORT_PHASES_MAX, REPORT_ALARMS_MAX};
static_assert(sizeof event_room / sizeof event_room[0] == EVENT_OF_COUNT, "room for each");

struct event {
    instant at;
    size_t order; /* among those of one instant */
    enum report_colour colour;
    struct str text; /* in the list's buffer; offset until sorting is over */
    size_t offset;
};

struct events {
    struct event list[REPORT_FAULT_TURNS_MAX + REPORT_PHASES_MAX + REPORT_ALARMS_MAX];
    size_t count, shown[EVENT_OF_COUNT], left_out[EVENT_OF_COUNT];
    struct buffer texts;
};

/* NULL when there is no room left for more of that sort. */
static struct event *events_add(struct events *events, enum event_of of, instant at,
                                enum report_colour colour) {
    if (events->shown[of] == event_room[of]) {
        events->left_out[of]++;
        return NULL;
    }
    events->shown[of]++;
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
            struct event *event = events_add(events, EVENT_OF_FAULT, turns[k].at, REPORT_YELLOW);
            if (event == NULL)
                continue;
            buffer_printf(&events->texts, "fault %.*s %s",
                          STR_ARG(history_text(judgement->history, fault->name)), turns[k].word);
            events_text(events, event);
        }
    }
}

static void events_of_phases(struct events *events, const struct judgement *judgement) {
    const struct day *day = judgement->trial.day;
    char span[INSTANT_TEXT_MAX];
    for (size_t i = 0; i < day->phase_count; i++) {
        const struct day_phase *phase = &day->phases[i];
        bool ended = phase->ended != INSTANT_NEVER;
        enum report_colour colour = ended && phase->exit_code == 0 ? REPORT_PLAIN : REPORT_YELLOW;
        struct event *event = events_add(events, EVENT_OF_PHASE, phase->begun, colour);
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

/* Marks the alarms to show, in rounds: the first of each measure, the second of each, … */
static void alarms_choose(const struct day *day, bool *chosen) {
    size_t left = REPORT_ALARMS_MAX < day->alarm_count ? REPORT_ALARMS_MAX : day->alarm_count;
    for (uint64_t round = 1; left > 0; round++) {
        struct table *heard = table_new(); /* measure → how many so far */
        for (size_t i = 0; i < day->alarm_count && left > 0; i++) {
            if (++*table_at(heard, day->alarms[i].measure) != round)
                continue;
            chosen[i] = true;
            left--;
        }
        table_close(&heard);
    }
}

static void events_of_alarms(struct events *events, const struct judgement *judgement) {
    const struct day *day = judgement->trial.day;
    bool *chosen = memory_new(day->alarm_count + 1, sizeof *chosen);
    alarms_choose(day, chosen);
    for (size_t i = 0; i < day->alarm_count; i++) {
        const struct day_alarm *alarm = &day->alarms[i];
        struct event *event =
            chosen[i] ? events_add(events, EVENT_OF_ALARM, alarm->at, REPORT_RED) : NULL;
        if (event == NULL)
            continue;
        struct str artefact = history_text(judgement->history, alarm->artefact);
        buffer_printf(&events->texts, "ALARM %.*s",
                      STR_ARG(history_text(judgement->history, alarm->measure)));
        if (alarm->mailbox != 0)
            buffer_printf(&events->texts, " %s", report_mailbox(judgement, alarm->mailbox));
        if (artefact.length > 0)
            buffer_printf(&events->texts, " %.*s", STR_ARG(artefact));
        buffer_printf(&events->texts, ": %.*s",
                      STR_ARG(history_text(judgement->history, alarm->sentence)));
        events_text(events, event);
    }
    events->left_out[EVENT_OF_ALARM] = day->alarm_count - events->shown[EVENT_OF_ALARM];
    free(chosen);
}

static void print_left_out(const struct events *events, struct buffer *out) {
    static const char *const words[] = {"of the faults", "of the phases", "of the alarms"};
    bool first = true;
    for (int of = 0; of < EVENT_OF_COUNT; of++) {
        if (events->left_out[of] == 0)
            continue;
        buffer_printf(out, "%s%zu more %s", first ? "  … and " : ", ", events->left_out[of],
                      words[of]);
        first = false;
    }
    if (!first)
        buffer_append_byte(out, '\n');
}

static void print_event(const struct event *event, bool next_day, bool colour, struct buffer *out) {
    char clock[INSTANT_TEXT_MAX];
    struct buffer text = {0};
    instant_text_clock(event->at, clock);
    buffer_printf(out, "  %s%-8s   ", next_day ? "+" : " ", clock);
    report_wrapped(&text, event->text, EVENT_INDENT, EVENT_INDENT + 2);
    report_coloured(out, colour, event->colour, buffer_text(&text));
    buffer_release(&text);
}

void report_story(const struct judgement *judgement, bool colour, struct buffer *out) {
    struct events *events = memory_new(1, sizeof *events);
    events_of_faults(events, judgement);
    events_of_phases(events, judgement);
    events_of_alarms(events, judgement);
    for (size_t i = 0; i < events->count; i++)
        events->list[i].text.data = events->texts.data + events->list[i].offset;
    qsort(events->list, events->count, sizeof events->list[0], event_compare);
    int64_t day_before = -1;
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->list[i];
        int64_t day = (event->at + instant_german_offset(event->at)) / DAY;
        print_event(event, day_before >= 0 && day != day_before, colour, out);
        day_before = day;
    }
    if (events->count == 0)
        buffer_append_text(out, "  no phase, no fault, no alarm\n");
    print_left_out(events, out);
    buffer_release(&events->texts);
    free(events);
}
