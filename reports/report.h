/*
 * Showing what was judged: to a person (text), to a program (JSON, one line), to a pipeline
 * (JUnit XML), and many rehearsals at once (a table). Printers only read; all append to a buffer.
 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "../engine/base/arena.h"
#include "../engine/base/buffer.h"
#include "judge.h"

enum {
    REPORT_COLUMNS = 100,
    REPORT_FAULT_TURNS_MAX = 24,    /* of the story of the day: faults fired, effective, healed, */
    REPORT_PHASES_MAX = 48,         /* phases, */
    REPORT_ALARMS_MAX = 12,         /* and alarms */
    REPORT_FINDINGS_MAX = 8,        /* mailboxes a kind of finding */
    REPORT_JSON_FINDINGS_MAX = 200, /* the same in JSON */
};

struct report_options {
    bool colour;              /* false for NO_COLOR and for files */
    const char *again;        /* what to type before the scenario's name: "generalprobe rehearse" */
    const char *history_path; /* where the history lies, or NULL */
};

/* The story of the day, faults, what was said and seen, promises, findings, how to see it again. */
void report_text(const struct judgement *judgement, const struct report_options *options,
                 struct buffer *out);

/* How wrong two rehearsals went and what was done about it, side by side. */
void report_beside(const struct judgement *left, const struct judgement *right, struct buffer *out);

/* One JSON object and a line end. */
void report_json(const struct judgement *judgement, struct buffer *out);

/* One rehearsal among many; the texts live in the arena it was made with. */
struct report_row {
    struct str scenario, seed;
    enum verdict verdict;
    bool kept;
    int64_t foreign_max, foreign_end, missing, lost, doubled, altered,
        alarms; /* or NUMBER_UNKNOWN */
    int64_t simulated_seconds, wall_millis;
    struct str failure; /* one line why it was not kept; "" when it was */
    struct str details; /* the text report, without colour */
};
struct report_row report_row_of(const struct judgement *judgement, struct arena *arena,
                                const struct report_options *options);

/* One test suite, one test case a rehearsal. */
void report_junit(const struct report_row *rows, size_t count, struct buffer *out);
/* A line a rehearsal, and a last one with the sums. */
void report_table(const struct report_row *rows, size_t count, bool colour, struct buffer *out);

/* Faults, phases and alarms in the order of time; a part of the text report. */
void report_story(const struct judgement *judgement, bool colour, struct buffer *out);

/* Shared by the printers. */

/* Text of any length from `column` on, broken at blanks, each further line indented. */
void report_wrapped(struct buffer *out, struct str text, size_t column, size_t indent);
/* A mailbox's address, or words that say it is none in particular. */
const char *report_mailbox(const struct judgement *judgement, uint32_t number);

/* Appends `text` and blanks up to `width` columns; longer text is cut, ending in "…". */
void report_padded(struct buffer *out, struct str text, size_t width);
enum report_colour { REPORT_PLAIN, REPORT_BOLD, REPORT_GREEN, REPORT_RED, REPORT_YELLOW };
void report_coloured(struct buffer *out, bool colour, enum report_colour as, const char *text);
enum report_colour report_verdict_colour(enum verdict verdict);
/* One line for a person: why the rehearsal does not count as passed. */
void report_why_not_kept(const struct judgement *judgement, struct buffer *out);

#endif
