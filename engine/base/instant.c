/* Civil calendar by counting days in eras of 400 years. See instant.h. */
#include "instant.h"

#include <stdio.h>
#include <string.h>

static int64_t floor_divide(int64_t value, int64_t divisor) {
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/* Days since 1970-01-01; the year begins in March so that the leap day stands at its end. */
static int64_t days_of_date(int64_t year, int month, int day) {
    year -= month <= 2 ? 1 : 0;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

instant instant_of_civil(const struct civil *civil) {
    int64_t days = days_of_date(civil->year, civil->month, civil->day);
    int64_t seconds = ((days * 24 + civil->hour) * 60 + civil->minute) * 60 + civil->second;
    return seconds * SECOND + civil->microsecond;
}

/* The same for what a rehearsal deals with: 1970 to 2105, where 32 bits do. The divisions by the
 * length of a century and of a year are multiplications whose low half is what is left over
 * (C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar
 * algorithms", 2022). */
static struct civil civil_of_seconds(uint32_t seconds, int microsecond) {
    enum { SECONDS_A_DAY = 86400, DAYS_BEFORE_1970 = 719468 };
    uint32_t days = seconds / SECONDS_A_DAY, rest = seconds % SECONDS_A_DAY;
    uint32_t centuries = 4 * (days + DAYS_BEFORE_1970) + 3;
    uint32_t century = centuries / 146097, day_of_century = centuries % 146097 / 4;
    uint64_t years = 2939745 * (uint64_t)(4 * day_of_century + 3);
    uint32_t year_of_century = (uint32_t)(years >> 32);
    uint32_t day_of_year = (uint32_t)years / 2939745 / 4;
    uint32_t months = 2141 * day_of_year + 197913;
    bool is_next_year = day_of_year >= 306; /* January and February: years begin in March here */
    return (struct civil){
        .year = (int)(100 * century + year_of_century + (is_next_year ? 1 : 0)),
        .month = (int)(months >> 16) - (is_next_year ? 12 : 0),
        .day = (int)((months & 0xffff) / 2141) + 1,
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
        .microsecond = microsecond,
        .weekday = (int)((days + 4) % 7),
    };
}

struct civil civil_of_instant(instant at) {
    if (at >= 0 && at / SECOND <= UINT32_MAX)
        return civil_of_seconds((uint32_t)(at / SECOND), (int)(at % SECOND));
    int64_t days = floor_divide(at, DAY);
    int64_t rest = at - days * DAY;
    int64_t shifted = days + 719468;
    int64_t era = floor_divide(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(month_from_march + (month_from_march < 10 ? 3 : -9));
    return (struct civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
        .month = month,
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int)(rest / HOUR),
        .minute = (int)(rest / MINUTE % 60),
        .second = (int)(rest / SECOND % 60),
        .microsecond = (int)(rest % SECOND),
        .weekday = (int)(((days + 4) % 7 + 7) % 7),
    };
}

/* Two digits of a number below a hundred. */
static void put_two(char *at, int number) {
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    memcpy(at, pairs + 2 * number, 2);
}

/* Years of four digits, which is all that ever comes up, are written without printf: a listing
 * shows two dates a row. */
char *instant_text(instant at, char text[INSTANT_TEXT_MAX]) {
    static const char shape[] = "yyyy-mm-ddThh:mm:ss.ffffffZ";
    struct civil civil = civil_of_instant(at);
    size_t length = sizeof shape - 1;
    memcpy(text, shape, sizeof shape);
    if (civil.year >= 0 && civil.year <= 9999) {
        put_two(text, civil.year / 100);
        put_two(text + 2, civil.year % 100);
    } else {
        length = (size_t)snprintf(text, INSTANT_TEXT_MAX, "%04d%s", civil.year, shape + 4);
    }
    char *end = text + length;
    put_two(end - 22, civil.month);
    put_two(end - 19, civil.day);
    put_two(end - 16, civil.hour);
    put_two(end - 13, civil.minute);
    put_two(end - 10, civil.second);
    put_two(end - 7, civil.microsecond / 10000);
    put_two(end - 5, civil.microsecond / 100 % 100);
    put_two(end - 3, civil.microsecond % 100);
    if (civil.microsecond == 0)
        memcpy(end - 8, "Z", 2);
    return text;
}

/* 01:00Z on the last Sunday of a month of 31 days. */
static instant last_sunday(int year, int month) {
    struct civil last = {.year = year, .month = month, .day = 31, .hour = 1};
    instant at = instant_of_civil(&last);
    return at - civil_of_instant(at).weekday * DAY;
}

int64_t instant_german_offset(instant at) {
    struct civil civil = civil_of_instant(at);
    bool summer = civil.month > 3 && civil.month < 10;
    if (civil.month == 3)
        summer = at >= last_sunday(civil.year, 3);
    else if (civil.month == 10)
        summer = at < last_sunday(civil.year, 10);
    return summer ? 2 * HOUR : HOUR;
}

char *instant_text_german(instant at, char text[INSTANT_TEXT_MAX]) {
    struct civil civil = civil_of_instant(at + instant_german_offset(at));
    snprintf(text, INSTANT_TEXT_MAX, "%02d.%02d.%04d %02d:%02d:%02d", civil.day, civil.month,
             civil.year, civil.hour, civil.minute, civil.second);
    return text;
}

char *instant_text_clock(instant at, char text[INSTANT_TEXT_MAX]) {
    struct civil civil = civil_of_instant(at + instant_german_offset(at));
    snprintf(text, INSTANT_TEXT_MAX, "%02d:%02d:%02d", civil.hour, civil.minute, civil.second);
    return text;
}

/* Takes `count` digits off the front. */
static bool take_number(struct str *rest, size_t count, int *value_r) {
    int value = 0;
    if (rest->length < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9')
            return false;
        value = value * 10 + (rest->data[i] - '0');
    }
    *rest = (struct str){rest->data + count, rest->length - count};
    *value_r = value;
    return true;
}

static bool take_byte(struct str *rest, char byte) {
    if (rest->length == 0 || rest->data[0] != byte)
        return false;
    *rest = (struct str){rest->data + 1, rest->length - 1};
    return true;
}

static bool take_fraction(struct str *rest, int *microsecond_r) {
    *microsecond_r = 0;
    if (!take_byte(rest, '.'))
        return true;
    int scale = 100000;
    size_t digits = 0;
    for (int digit; take_number(rest, 1, &digit); digits++, scale /= 10)
        *microsecond_r += digit * scale;
    return digits > 0;
}

static bool take_zone(struct str *rest, int64_t *offset_r) {
    *offset_r = 0;
    if (take_byte(rest, 'Z'))
        return true;
    int sign = take_byte(rest, '+') ? 1 : take_byte(rest, '-') ? -1 : 0;
    int hours, minutes;
    if (sign == 0 || !take_number(rest, 2, &hours) || !take_byte(rest, ':') ||
        !take_number(rest, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_r = sign * (hours * HOUR + minutes * MINUTE);
    return true;
}

bool instant_parse(struct str text, instant *at_r) {
    struct civil civil = {0};
    int64_t offset;
    bool shaped = take_number(&text, 4, &civil.year) && take_byte(&text, '-') &&
                  take_number(&text, 2, &civil.month) && take_byte(&text, '-') &&
                  take_number(&text, 2, &civil.day) && take_byte(&text, 'T') &&
                  take_number(&text, 2, &civil.hour) && take_byte(&text, ':') &&
                  take_number(&text, 2, &civil.minute) && take_byte(&text, ':') &&
                  take_number(&text, 2, &civil.second) &&
                  take_fraction(&text, &civil.microsecond) && take_zone(&text, &offset) &&
                  text.length == 0;
    if (!shaped || civil.month < 1 || civil.month > 12 || civil.hour > 23 || civil.minute > 59 ||
        civil.second > 59)
        return false;
    instant at = instant_of_civil(&civil);
    struct civil again = civil_of_instant(at);
    if (again.day != civil.day || again.month != civil.month)
        return false;
    *at_r = at - offset;
    return true;
}

instant instant_whole_second(instant at) {
    return floor_divide(at, SECOND) * SECOND;
}

char *span_text(int64_t span, char text[INSTANT_TEXT_MAX]) {
    static const struct {
        int64_t size, smaller;
        const char *name, *smaller_name;
    } units[] = {
        {DAY, HOUR, "d", "h"},
        {HOUR, MINUTE, "h", "min"},
        {MINUTE, SECOND, "min", "s"},
        {SECOND, MILLISECOND, "s", "ms"},
        {MILLISECOND, MICROSECOND, "ms", "µs"},
    };
    const char *sign = span < 0 ? "-" : "";
    uint64_t rest = span < 0 ? 0 - (uint64_t)span : (uint64_t)span;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t size = (uint64_t)units[i].size;
        if (rest < size)
            continue;
        uint64_t small = rest % size / (uint64_t)units[i].smaller;
        int length = snprintf(text, INSTANT_TEXT_MAX, "%s%llu %s", sign,
                              (unsigned long long)(rest / size), units[i].name);
        if (small > 0)
            snprintf(text + length, (size_t)(INSTANT_TEXT_MAX - length), " %llu %s",
                     (unsigned long long)small, units[i].smaller_name);
        return text;
    }
    snprintf(text, INSTANT_TEXT_MAX, "%s%llu µs", sign, (unsigned long long)rest);
    return text;
}
