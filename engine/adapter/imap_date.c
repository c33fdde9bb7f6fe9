/* See imap_date.h. */
#include "imap_date.h"

#include <string.h>

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void put_digits(char *text, size_t count, int value) {
    for (; count > 0; value /= 10)
        text[--count] = (char)('0' + value % 10);
}

bool imap_date(instant at, char text[IMAP_DATE_MAX]) {
    struct civil civil = civil_of_instant(at);
    if (civil.year < 1 || civil.year > 9999)
        return false;
    memcpy(text, "dd-mmm-yyyy hh:mm:ss +0000", sizeof "dd-mmm-yyyy hh:mm:ss +0000");
    put_digits(text, 2, civil.day);
    memcpy(text + 3, month_names[civil.month - 1], 3);
    put_digits(text + 7, 4, civil.year);
    put_digits(text + 12, 2, civil.hour);
    put_digits(text + 15, 2, civil.minute);
    put_digits(text + 18, 2, civil.second);
    return true;
}

static bool take_digits(const char *text, size_t count, int *value_r) {
    *value_r = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value_r = *value_r * 10 + (text[i] - '0');
    }
    return true;
}

bool imap_date_parse(struct str text, instant *at_r) {
    static const char shape[] = "dd-mmm-yyyy hh:mm:ss +zzzz";
    char line[sizeof shape];
    if (text.length != sizeof shape - 1)
        return false;
    memcpy(line, text.data, text.length);
    line[text.length] = '\0';
    if (line[0] == ' ')
        line[0] = '0';
    struct civil civil = {0};
    for (int month = 0; month < 12 && civil.month == 0; month++)
        if (str_equal_caseless(str_bytes(line + 3, 3), str_bytes(month_names[month], 3)))
            civil.month = month + 1;
    int zone_hours = 0, zone_minutes = 0;
    bool digits =
        take_digits(line, 2, &civil.day) && take_digits(line + 7, 4, &civil.year) &&
        take_digits(line + 12, 2, &civil.hour) && take_digits(line + 15, 2, &civil.minute) &&
        take_digits(line + 18, 2, &civil.second) && take_digits(line + 22, 2, &zone_hours) &&
        take_digits(line + 24, 2, &zone_minutes);
    bool marks = line[2] == '-' && line[6] == '-' && line[11] == ' ' && line[14] == ':' &&
                 line[17] == ':' && line[20] == ' ' && (line[21] == '+' || line[21] == '-');
    bool ranges = civil.month > 0 && civil.day >= 1 && civil.day <= 31 && civil.hour <= 23 &&
                  civil.minute <= 59 && civil.second <= 60 && zone_minutes <= 59;
    if (!digits || !marks || !ranges)
        return false;
    int64_t zone = zone_hours * HOUR + zone_minutes * MINUTE;
    *at_r = instant_of_civil(&civil) - (line[21] == '-' ? -zone : zone);
    return true;
}
