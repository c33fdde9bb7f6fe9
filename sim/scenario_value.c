/* See scenario_value.h. */
#include "scenario_value.h"

#include <string.h>

#include "../engine/base/instant.h"

struct unit {
    const char *name;
    uint64_t size;
};

static const struct unit span_units[] = {
    {"us", MICROSECOND}, {"ms", MILLISECOND}, {"s", SECOND}, {"min", MINUTE},
    {"h", HOUR},         {"d", DAY},          {NULL, 0},
};

static const struct unit size_units[] = {
    {"B", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000}, {NULL, 0},
};

static const struct unit rate_units[] = {
    {"B/s", 1}, {"kB/s", 1000}, {"MB/s", 1000000}, {"GB/s", 1000000000}, {NULL, 0},
};

/* "<digits> <unit>", with or without the blank. */
static bool read_with_unit(struct str text, const struct unit *units, uint64_t *value_r) {
    size_t digits = 0;
    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    uint64_t number;
    if (!str_to_u64((struct str){text.data, digits}, &number))
        return false;
    struct str name = str_trim((struct str){text.data + digits, text.length - digits});
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        if (!str_equal_text(name, unit->name))
            continue;
        if (number > INT64_MAX / unit->size)
            return false;
        *value_r = number * unit->size;
        return true;
    }
    return false;
}

bool scenario_span_read(struct str text, int64_t *span_r) {
    uint64_t value;
    if (!read_with_unit(text, span_units, &value))
        return false;
    *span_r = (int64_t)value;
    return true;
}

static bool read_share(struct str text, uint64_t *per_mille_r) {
    static const struct unit units[] = {{"%", 10}, {NULL, 0}};
    return read_with_unit(text, units, per_mille_r) && *per_mille_r <= 1000;
}

bool scenario_clock_read(struct str text, int64_t *clock_r) {
    struct str rest = text, hours = str_cut(&rest, ':');
    struct str minutes = str_trim(str_cut(&rest, '+'));
    uint64_t hour, minute;
    int64_t later = 0;
    if (hours.length != 2 || minutes.length != 2 || !str_to_u64(hours, &hour) ||
        !str_to_u64(minutes, &minute) || hour > 23 || minute > 59)
        return false;
    if (rest.length > 0 && (!scenario_span_read(str_trim(rest), &later) || later % DAY != 0))
        return false;
    *clock_r = (int64_t)hour * HOUR + (int64_t)minute * MINUTE + later;
    return true;
}

static bool read_date(struct str text, instant *day_r) {
    char moment[32];
    if (text.length != strlen("2025-08-07"))
        return false;
    memcpy(moment, text.data, text.length);
    strcpy(moment + text.length, "T00:00:00Z");
    return instant_parse(str_of(moment), day_r);
}

static bool read_choice(struct str text, const char *choices, int64_t *choice_r) {
    struct str rest = str_of(choices);
    for (int64_t i = 0; rest.length > 0; i++) {
        if (str_equal(str_cut(&rest, ' '), text)) {
            *choice_r = i;
            return true;
        }
    }
    return false;
}

static const char *expected_of(enum field_kind kind) {
    switch (kind) {
    case FIELD_TEXT:
        return "a text";
    case FIELD_COUNT:
        return "a whole number";
    case FIELD_SPAN:
        return "a span with its unit, such as 10 min (us, ms, s, min, h, d)";
    case FIELD_SIZE:
        return "a size with its unit, such as 20 kB (B, kB, MB, GB, TB)";
    case FIELD_RATE:
        return "a rate with its unit, such as 10 MB/s (B/s, kB/s, MB/s, GB/s)";
    case FIELD_SHARE:
        return "a share, such as 80 %";
    case FIELD_DATE:
        return "a day, such as 2025-08-07";
    case FIELD_CLOCK:
        return "a time of day in quotes, such as \"20:30\" or \"06:00 +1 d\"";
    case FIELD_SWITCH:
        return "yes or no";
    case FIELD_CHOICE:
        return "one of: ";
    case FIELD_SECTION:
    case FIELD_PROMISES:
        return "keys with values";
    case FIELD_LIST:
        return "a list";
    }
    return "";
}

bool scenario_value_read(struct arena *arena, const struct field *field, struct str text,
                         void *place, struct buffer *expected) {
    bool read = false;
    switch (field->kind) {
    case FIELD_TEXT:
        *(const char **)place = arena_text(arena, text);
        return true;
    case FIELD_COUNT:
        read = str_to_u64(text, place) && *(uint64_t *)place <= UINT32_MAX;
        break;
    case FIELD_SPAN:
        read = scenario_span_read(text, place);
        break;
    case FIELD_SIZE:
        read = read_with_unit(text, size_units, place);
        break;
    case FIELD_RATE:
        read = read_with_unit(text, rate_units, place);
        break;
    case FIELD_SHARE:
        read = read_share(text, place);
        break;
    case FIELD_DATE:
        read = read_date(text, place);
        break;
    case FIELD_CLOCK:
        read = scenario_clock_read(text, place);
        break;
    case FIELD_SWITCH:
        read = read_choice(text, "no yes", place);
        break;
    case FIELD_CHOICE:
        read = read_choice(text, field->choices, place);
        break;
    case FIELD_SECTION:
    case FIELD_LIST:
    case FIELD_PROMISES:
        break;
    }
    if (!read) {
        buffer_append_text(expected, expected_of(field->kind));
        if (field->kind == FIELD_CHOICE)
            buffer_append_text(expected, field->choices);
    }
    return read;
}
