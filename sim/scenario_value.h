/* Reads one scalar of a scenario as its field's kind says. Units are never guessed. */
#ifndef SIM_SCENARIO_VALUE_H
#define SIM_SCENARIO_VALUE_H

#include "../engine/base/arena.h"
#include "../engine/base/buffer.h"
#include "../engine/base/status.h"
#include "scenario_fields.h"

/* Writes the value to `place` (of the C type that `field->kind` names). When the text is not such a
 * value, false, and `expected` receives what would have been ("a span with its unit, …"). */
bool scenario_value_read(struct arena *arena, const struct field *field, struct str text,
                         void *place, struct buffer *expected);

/* "10 min" → microseconds; also used for promises. */
bool scenario_span_read(struct str text, int64_t *span_r);
/* "20:30", "06:00 +1 d" → microseconds since midnight. */
bool scenario_clock_read(struct str text, int64_t *clock_r);

#endif
