#include "mail_trace.h"

#include <inttypes.h>

void mail_date_append(struct buffer *out, instant at) {
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t offset = instant_german_offset(at);
    struct civil civil = civil_of_instant(at + offset);
    buffer_printf(out, "%s, %02d %s %04d %02d:%02d:%02d +%02d00", days[civil.weekday], civil.day,
                  months[civil.month - 1], civil.year, civil.hour, civil.minute, civil.second,
                  (int)(offset / HOUR));
}

void mail_trace_append(struct buffer *out, const struct mail_trace *trace) {
    buffer_printf(out, "Received: from %.*s\r\n\tby %s with %s id %016" PRIx64,
                  STR_ARG(trace->from), trace->by, trace->with, trace->id);
    if (trace->recipient.length > 0)
        buffer_printf(out, "\r\n\tfor <%.*s>", STR_ARG(trace->recipient));
    buffer_append_text(out, ";\r\n\t");
    mail_date_append(out, trace->at);
    buffer_append_text(out, "\r\n");
}
