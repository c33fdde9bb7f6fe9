/* Reading, evaluating and printing promises. See expect.h; the names stand in numbers.def. */
#include "expect.h"

#include <string.h>

#include "../engine/base/check.h"

enum { NAME_DISTANCE_MAX = 6, CLOCK_DAYS_MAX = 60 };

struct number_row {
    const char *name, *sentence;
    enum unit unit;
    enum comparison usual;
};

static const struct number_row number_rows[] = {
#define X(name, word, unit, comparison, sentence)                                                  \
    {word, sentence, UNIT_##unit, COMPARISON_##comparison},
#include "numbers.def"
#undef X
    {"alarm_says", "some alarm's sentence holds this text", UNIT_TEXT, COMPARISON_EQUAL},
};

static const struct number_row *number_row(enum number number) {
    check_compare((unsigned)number, <=, NUMBER_COUNT);
    return &number_rows[number];
}

const char *number_name(enum number number) {
    return number_row(number)->name;
}

const char *number_sentence(enum number number) {
    return number_row(number)->sentence;
}

enum unit number_unit(enum number number) {
    return number_row(number)->unit;
}

enum status number_find(struct str name, enum number *number_r, struct error *error) {
    size_t nearest_distance = NAME_DISTANCE_MAX;
    const char *nearest = NULL;
    for (int i = 0; i <= NUMBER_COUNT; i++) {
        size_t distance = str_distance(name, str_of(number_rows[i].name), NAME_DISTANCE_MAX);
        if (str_equal_text(name, number_rows[i].name)) {
            *number_r = (enum number)i;
            return STATUS_OK;
        }
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = number_rows[i].name;
        }
    }
    if (nearest == NULL)
        return error_set(error, STATUS_NOT_FOUND, "\"%.*s\" cannot be promised: no such number",
                         STR_ARG(name));
    return error_set(error, STATUS_NOT_FOUND, "\"%.*s\" cannot be promised: did you mean \"%s\"?",
                     STR_ARG(name), nearest);
}

/* ---- Reading ---- */

static bool read_span(struct str text, int64_t *span_r) {
    static const struct {
        const char *word;
        int64_t span;
    } units[] = {{"us", MICROSECOND}, {"ms", MILLISECOND}, {"s", SECOND},
                 {"min", MINUTE},     {"h", HOUR},         {"d", DAY}};
    int64_t sum = 0;
    bool any = false;
    /* "1 h 30 min": numbers and units in turn. */
    for (text = str_trim(text); text.length > 0; text = str_trim(text), any = true) {
        struct str digits = str_cut(&text, ' ');
        text = str_trim(text);
        struct str word = str_cut(&text, ' ');
        uint64_t number;
        size_t i = 0;
        while (i < sizeof units / sizeof units[0] && !str_equal_text(word, units[i].word))
            i++;
        if (i == sizeof units / sizeof units[0] || !str_to_u64(digits, &number) ||
            number > (uint64_t)(INT64_MAX - sum) / (uint64_t)units[i].span)
            return false;
        sum += (int64_t)number * units[i].span;
    }
    *span_r = sum;
    return any;
}

/* "06:00", or "06:00 +1 d": a day later. */
static bool read_clock(struct str whole, int64_t *clock_r) {
    uint64_t parts[3] = {0, 0, 0}, days = 0;
    int count = 0;
    struct str text = str_cut(&whole, '+');
    if (whole.length > 0 && (!str_to_u64(str_cut(&whole, ' '), &days) || days > CLOCK_DAYS_MAX ||
                             !str_equal_text(whole, "d")))
        return false;
    text = str_trim(text);
    while (text.length > 0 && count < 3) {
        struct str part = str_cut(&text, ':');
        if (part.length != 2 || !str_to_u64(part, &parts[count++]))
            return false;
    }
    if (text.length > 0 || count < 2 || parts[0] > 23 || parts[1] > 59 || parts[2] > 59)
        return false;
    *clock_r = (int64_t)days * DAY + (int64_t)parts[0] * HOUR + (int64_t)parts[1] * MINUTE +
               (int64_t)parts[2] * SECOND;
    return true;
}

static bool read_count(struct str text, int64_t *count_r) {
    uint64_t count;
    if (!str_to_u64(text, &count) || count > INT64_MAX)
        return false;
    *count_r = (int64_t)count;
    return true;
}

static bool read_yes(struct str text, int64_t *yes_r) {
    *yes_r = str_equal_text(text, "yes");
    return *yes_r != 0 || str_equal_text(text, "no");
}

static bool read_value(enum unit unit, struct str text, struct promise *promise) {
    switch (unit) {
    case UNIT_COUNT:
        return read_count(text, &promise->value);
    case UNIT_SPAN:
        return read_span(text, &promise->value);
    case UNIT_CLOCK:
        return read_clock(text, &promise->value);
    case UNIT_YES:
        return read_yes(text, &promise->value);
    case UNIT_TEXT:
        promise->text = text;
        return text.length > 0;
    }
    return false;
}

static const char *unit_example(enum unit unit) {
    switch (unit) {
    case UNIT_COUNT:
        return "a number, such as 0 or \"at most 12\"";
    case UNIT_SPAN:
        return "a span with its unit, such as 10 min (us, ms, s, min, h, d)";
    case UNIT_CLOCK:
        return "a time of day, such as \"07:00\"";
    case UNIT_YES:
        return "yes or no";
    case UNIT_TEXT:
        return "a text";
    }
    return "";
}

static bool cut_prefix(struct str *text, const char *prefix) {
    if (!str_starts_with(*text, prefix))
        return false;
    *text = str_trim((struct str){text->data + strlen(prefix), text->length - strlen(prefix)});
    return true;
}

enum status promise_read(struct str name, struct str text, struct promise *promise_r,
                         struct error *error) {
    enum number number;
    enum status status = number_find(name, &number, error);
    if (status != STATUS_OK)
        return status;
    const struct number_row *row = number_row(number);
    struct str value = str_trim(text);
    *promise_r = (struct promise){.name = number, .comparison = row->usual};
    if (row->unit != UNIT_TEXT && row->unit != UNIT_YES) {
        if (cut_prefix(&value, "at most ") || cut_prefix(&value, "<= "))
            promise_r->comparison = COMPARISON_AT_MOST;
        else if (cut_prefix(&value, "at least ") || cut_prefix(&value, ">= "))
            promise_r->comparison = COMPARISON_AT_LEAST;
        else if (cut_prefix(&value, "exactly "))
            promise_r->comparison = COMPARISON_EQUAL;
    }
    if (read_value(row->unit, value, promise_r))
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, "%s: expected %s, found \"%.*s\"", row->name,
                     unit_example(row->unit), STR_ARG(text));
}

/* ---- Evaluating and printing ---- */

instant clock_next_morning(instant began, int64_t clock) {
    instant local = began + instant_german_offset(began);
    int64_t into_day = ((local % DAY) + DAY) % DAY;
    instant wanted = local - into_day + DAY + clock;
    /* The offset of that morning, which is not today's when the clocks change in between. */
    return wanted - instant_german_offset(wanted - instant_german_offset(began));
}

static bool holds(enum comparison comparison, int64_t found, int64_t promised) {
    switch (comparison) {
    case COMPARISON_EQUAL:
        return found == promised;
    case COMPARISON_AT_MOST:
        return found <= promised;
    case COMPARISON_AT_LEAST:
        return found >= promised;
    }
    return false;
}

static bool text_contains(struct str text, struct str piece) {
    return piece.length == 0 || memmem(text.data, text.length, piece.data, piece.length) != NULL;
}

enum kept promise_evaluate(const struct promise *promise, const struct outcome *outcome) {
    if (promise->name == NUMBER_ALARM_SAYS) {
        for (size_t i = 0; i < outcome->alarm_sentence_count; i++)
            if (text_contains(outcome->alarm_sentences[i], promise->text))
                return KEPT_YES;
        return KEPT_NO;
    }
    int64_t found = outcome->numbers[promise->name];
    int64_t promised = promise->value;
    if (found == NUMBER_UNKNOWN)
        return KEPT_UNKNOWN;
    if (number_unit(promise->name) == UNIT_CLOCK)
        promised = clock_next_morning(outcome->began, promised);
    return holds(promise->comparison, found, promised) ? KEPT_YES : KEPT_NO;
}

void number_print(enum unit unit, int64_t value, struct buffer *out) {
    char text[INSTANT_TEXT_MAX];
    if (value == NUMBER_UNKNOWN) {
        buffer_append_text(out, "unknown");
        return;
    }
    switch (unit) {
    case UNIT_COUNT:
        buffer_printf(out, "%lld", (long long)value);
        return;
    case UNIT_SPAN:
        if (value == INSTANT_NEVER)
            buffer_append_text(out, "never");
        else
            buffer_append_text(out, value == 0 ? "0 s" : span_text(value, text));
        return;
    case UNIT_CLOCK:
        if (value >= 0 && value < (CLOCK_DAYS_MAX + 1) * DAY) {
            buffer_printf(out, "%02d:%02d", (int)(value / HOUR % 24), (int)(value / MINUTE % 60));
            if (value >= DAY)
                buffer_printf(out, " +%d d", (int)(value / DAY));
        } else
            buffer_append_text(out,
                               value == INSTANT_NEVER ? "never" : instant_text_german(value, text));
        return;
    case UNIT_YES:
        buffer_append_text(out, value != 0 ? "yes" : "no");
        return;
    case UNIT_TEXT:
        return;
    }
}

void promise_print(const struct promise *promise, struct buffer *out) {
    const struct number_row *row = number_row(promise->name);
    if (row->unit == UNIT_TEXT) {
        buffer_append_str(out, promise->text);
        return;
    }
    static const char *const words[] = {"exactly ", "at most ", "at least "};
    if (promise->comparison != row->usual)
        buffer_append_text(out, words[promise->comparison]);
    number_print(row->unit, promise->value, out);
}
