/*
 * Promises and expectations as data. A scenario promises what must hold, and a canary expects the
 * exact wrong that must be found; both are one row: a name of numbers.def, a comparison, a value.
 *
 *   missing: 0                     exactly, as the name's usual comparison says
 *   foreign_at_rest_max: at least 1
 *   reachable_within: 10 min       at most
 *   complete_by: "07:00"           clock in Germany, the morning after the day began
 *   complete_by: "07:00 +1 d"      a day later
 *   one_home: yes
 *   alarm_says: second person      some alarm's sentence holds this text
 */
#ifndef REPORTS_EXPECT_H
#define REPORTS_EXPECT_H

#include <stddef.h>
#include <stdint.h>

#include "../engine/base/buffer.h"
#include "../engine/base/instant.h"
#include "../engine/base/status.h"
#include "../engine/base/str.h"

enum number {
#define X(name, word, unit, comparison, sentence) NUMBER_##name,
#include "numbers.def"
#undef X
    NUMBER_COUNT,
    NUMBER_ALARM_SAYS = NUMBER_COUNT, /* a text, not a number */
};

enum unit { UNIT_COUNT, UNIT_SPAN, UNIT_CLOCK, UNIT_YES, UNIT_TEXT };
enum comparison { COMPARISON_EQUAL, COMPARISON_AT_MOST, COMPARISON_AT_LEAST };

struct promise {
    enum number name;
    enum comparison comparison;
    int64_t value;   /* count; span or time since midnight in microseconds; 0 or 1 */
    struct str text; /* for UNIT_TEXT; borrowed from what was read */
};

const char *number_name(enum number number);
const char *number_sentence(enum number number);
enum unit number_unit(enum number number);
/* The number of that name, or NOT_FOUND; the error then suggests the nearest name. */
NODISCARD enum status number_find(struct str name, enum number *number_r, struct error *error);

/* Reads one row. INVALID says what the value should look like. `text` must outlive the promise. */
NODISCARD enum status promise_read(struct str name, struct str text, struct promise *promise_r,
                                   struct error *error);
/* Appends it as it would be written: "at most 10 min". */
void promise_print(const struct promise *promise, struct buffer *out);
/* Appends one value of that unit, for people: "3 h 12 min", "yes". */
void number_print(enum unit unit, int64_t value, struct buffer *out);

enum kept { KEPT_YES, KEPT_NO, KEPT_UNKNOWN };

#define NUMBER_UNKNOWN INT64_MIN /* the oracle that counts it lacked facts */

/* What a promise is held against. */
struct outcome {
    const int64_t *numbers; /* NUMBER_COUNT of them; a clock is an instant here */
    instant began;          /* clocks mean the morning after the German day of this instant */
    const struct str *alarm_sentences;
    size_t alarm_sentence_count;
};
enum kept promise_evaluate(const struct promise *promise, const struct outcome *outcome);

/* The instant at which clocks in Germany show `clock` (since midnight) on the day after `began`. */
instant clock_next_morning(instant began, int64_t clock);

#endif
