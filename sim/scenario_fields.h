/*
 * The one table of what may stand in a scenario: for each field its place in `struct scenario`, its
 * kind, bounds, default and sentence. Only scenario.c and scenario_value.c read it.
 */
#ifndef SIM_SCENARIO_FIELDS_H
#define SIM_SCENARIO_FIELDS_H

#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_TEXT,
    FIELD_COUNT,    /* uint64_t */
    FIELD_SPAN,     /* int64_t µs: "5 ms", "2 s", "10 min", "3 h", "7 d" */
    FIELD_SIZE,     /* uint64_t bytes: "20 kB", "2 GB"; powers of 1000 */
    FIELD_RATE,     /* uint64_t bytes a second: "10 MB/s" */
    FIELD_SHARE,    /* uint64_t per mille: "80 %" */
    FIELD_DATE,     /* instant: "2025-08-07" */
    FIELD_CLOCK,    /* int64_t µs since midnight: "20:30", "06:00 +1 d" */
    FIELD_SWITCH,   /* int64_t: "yes" or "no" */
    FIELD_CHOICE,   /* int64_t: one of the words of `choices`, from 0 */
    FIELD_SECTION,  /* a mapping; `fields` say what of */
    FIELD_LIST,     /* a sequence of mappings, into a struct scenario_list */
    FIELD_PROMISES, /* a mapping of names to values, kept as text */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    const char *preset;         /* what stands there when nothing does; NULL: it must stand there */
    const char *choices;        /* of FIELD_CHOICE, with one blank between */
    const struct field *fields; /* of FIELD_SECTION and FIELD_LIST */
    size_t size;                /* of an element of FIELD_LIST */
    const char *sentence;
};

extern const struct field scenario_fields[];

#endif
