/*
 * Points in time: microseconds since 1970-01-01T00:00:00Z, proleptic Gregorian, without leap
 * seconds. Spans are int64_t microseconds. Nothing here asks a clock, a time zone file or a locale.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

typedef int64_t instant;

#define MICROSECOND 1LL
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND      (1000 * MILLISECOND)
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)

#define INSTANT_NEVER INT64_MAX

struct civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int microsecond;
    int weekday; /* 0 is Sunday */
};

enum { INSTANT_TEXT_MAX = 40 };

instant instant_of_civil(const struct civil *civil); /* as UTC; weekday is not read */
struct civil civil_of_instant(instant at);           /* in UTC */

/* "2025-08-07T06:00:00Z"; with ".123456" before the Z only where there is a fraction. */
char *instant_text(instant at, char text[INSTANT_TEXT_MAX]);
/* The wall clock in Germany, "07.08.2025 08:00:00". */
char *instant_text_german(instant at, char text[INSTANT_TEXT_MAX]);
/* "hh:mm:ss" of the wall clock in Germany. */
char *instant_text_clock(instant at, char text[INSTANT_TEXT_MAX]);

/* Reads "YYYY-MM-DDThh:mm:ss[.ffffff](Z|±hh:mm)", RFC 3339. False for anything else, days that do
 * not exist included. */
bool instant_parse(struct str text, instant *at_r);

/* What Germany adds to UTC at that instant: one hour, or two between 01:00Z on the last Sunday of
 * March and 01:00Z on the last Sunday of October (directive 2000/84/EC). In microseconds. */
int64_t instant_german_offset(instant at);

/* The instant cut down to a whole second. */
instant instant_whole_second(instant at);

/* "3 h 12 min", "45 s", "120 ms": two units at the most, for people. */
char *span_text(int64_t span, char text[INSTANT_TEXT_MAX]);

#endif
