/* Dates as IMAP writes them (RFC 3501, section 9). See imap_parser.h. */
#include "../../../engine/base/check.h"
#include "imap_parser.h"

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool imap_digits(struct imap_cursor *cursor, size_t count, int *value_r) {
    *value_r = 0;
    for (size_t i = 0; i < count; i++) {
        if (imap_parser_at_end(cursor) || *cursor->at < '0' || *cursor->at > '9')
            return false;
        *value_r = *value_r * 10 + (*cursor->at++ - '0');
    }
    return true;
}

static bool imap_month(struct imap_cursor *cursor, int *month_r) {
    if (cursor->end - cursor->at < 3)
        return false;
    for (int i = 0; i < 12; i++)
        if (str_equal_caseless((struct str){cursor->at, 3}, str_of(month_names[i]))) {
            cursor->at += 3;
            *month_r = i + 1;
            return true;
        }
    return false;
}

/* "d-Mon-yyyy", " d-Mon-yyyy" or "dd-Mon-yyyy". */
static bool imap_day(struct imap_cursor *cursor, struct civil *civil) {
    imap_space(cursor);
    if (!imap_digits(cursor, 1, &civil->day))
        return false;
    int second;
    struct imap_cursor ahead = *cursor;
    if (imap_digits(&ahead, 1, &second)) {
        civil->day = civil->day * 10 + second;
        *cursor = ahead;
    }
    return imap_byte(cursor, '-') && imap_month(cursor, &civil->month) && imap_byte(cursor, '-') &&
           imap_digits(cursor, 4, &civil->year) && civil->day >= 1;
}

/* The instant, unless the calendar does not have it (30 February would come back as March). */
static bool imap_civil(const struct civil *civil, instant *at_r) {
    if (civil->day > 31 || civil->hour > 23 || civil->minute > 59 || civil->second > 60)
        return false;
    *at_r = instant_of_civil(civil);
    struct civil again = civil_of_instant(*at_r);
    return civil->second == 60 || (again.day == civil->day && again.month == civil->month);
}

bool imap_session_date(struct imap_cursor *cursor, instant *at_r) {
    struct imap_cursor ahead = *cursor;
    struct civil civil = {0};
    bool quoted = imap_byte(&ahead, '"');
    if (!imap_day(&ahead, &civil) || (quoted && !imap_byte(&ahead, '"')) ||
        !imap_civil(&civil, at_r))
        return false;
    *cursor = ahead;
    return true;
}

bool imap_date_time(struct imap_cursor *cursor, instant *at_r) {
    struct imap_cursor ahead = *cursor;
    struct civil civil = {0};
    int zone_hours, zone_minutes;
    if (!imap_byte(&ahead, '"') || !imap_day(&ahead, &civil) || !imap_space(&ahead) ||
        !imap_digits(&ahead, 2, &civil.hour) || !imap_byte(&ahead, ':') ||
        !imap_digits(&ahead, 2, &civil.minute) || !imap_byte(&ahead, ':') ||
        !imap_digits(&ahead, 2, &civil.second) || !imap_space(&ahead))
        return false;
    bool west = imap_byte(&ahead, '-');
    if (!west && !imap_byte(&ahead, '+'))
        return false;
    if (!imap_digits(&ahead, 2, &zone_hours) || !imap_digits(&ahead, 2, &zone_minutes) ||
        !imap_byte(&ahead, '"') || zone_minutes > 59 || !imap_civil(&civil, at_r))
        return false;
    int64_t zone = zone_hours * HOUR + zone_minutes * MINUTE;
    *at_r += west ? zone : -zone;
    *cursor = ahead;
    return true;
}

static void imap_append_two(struct buffer *out, int number, char before) {
    char digits[3] = {before, (char)('0' + number / 10 % 10), (char)('0' + number % 10)};
    buffer_append(out, digits, sizeof digits);
}

void imap_append_date_time(struct buffer *out, instant at) {
    struct civil civil = civil_of_instant(at);
    imap_append_two(out, civil.day, '"');
    buffer_append_byte(out, '-');
    buffer_append(out, month_names[civil.month - 1], 3);
    imap_append_two(out, civil.year / 100, '-');
    char year[2] = {(char)('0' + civil.year / 10 % 10), (char)('0' + civil.year % 10)};
    buffer_append(out, year, sizeof year);
    imap_append_two(out, civil.hour, ' ');
    imap_append_two(out, civil.minute, ':');
    imap_append_two(out, civil.second, ':');
    buffer_append_text(out, " +0000\"");
}
