/*
 * JUnit XML as CI systems read it: what is not kept is a failure, what is inconclusive or vacuous
 * an error, since nothing was shown. Bytes that XML 1.0 does not allow become U+FFFD.
 */
#include "../engine/base/utf8.h"
#include "report.h"

static bool xml_allows(uint32_t code_point) {
    return code_point == '\t' || code_point == '\n' || code_point == '\r' ||
           (code_point >= 0x20 && code_point != 0xfffe && code_point != 0xffff);
}

static void xml_text(struct buffer *out, struct str text) {
    while (text.length > 0) {
        uint32_t code_point;
        if (!utf8_take(&text, &code_point)) {
            code_point = 0xfffd;
            text = (struct str){text.data + 1, text.length - 1};
        }
        if (code_point == '<')
            buffer_append_text(out, "&lt;");
        else if (code_point == '>')
            buffer_append_text(out, "&gt;");
        else if (code_point == '&')
            buffer_append_text(out, "&amp;");
        else if (code_point == '"')
            buffer_append_text(out, "&quot;");
        else
            utf8_append(out, xml_allows(code_point) ? code_point : 0xfffd);
    }
}

static bool row_is_error(const struct report_row *row) {
    return !row->kept && (row->verdict == VERDICT_INCONCLUSIVE || row->verdict == VERDICT_VACUOUS);
}

static void seconds(struct buffer *out, int64_t millis) {
    buffer_printf(out, "%lld.%03lld", (long long)(millis / 1000), (long long)(millis % 1000));
}

static void junit_case(const struct report_row *row, struct buffer *out) {
    buffer_append_text(out, "  <testcase classname=\"");
    xml_text(out, row->scenario);
    buffer_append_text(out, "\" name=\"seed ");
    xml_text(out, row->seed);
    buffer_append_text(out, "\" time=\"");
    seconds(out, row->wall_millis);
    buffer_append_text(out, "\">\n");
    if (!row->kept) {
        const char *element = row_is_error(row) ? "error" : "failure";
        buffer_printf(out, "    <%s type=\"%s\" message=\"", element, verdict_name(row->verdict));
        xml_text(out, row->failure);
        buffer_append_text(out, "\">");
        xml_text(out, row->details);
        buffer_printf(out, "</%s>\n", element);
    }
    buffer_append_text(out, "  </testcase>\n");
}

void report_junit(const struct report_row *rows, size_t count, struct buffer *out) {
    size_t failures = 0, errors = 0;
    int64_t millis = 0;
    for (size_t i = 0; i < count; i++) {
        errors += row_is_error(&rows[i]);
        failures += !rows[i].kept && !row_is_error(&rows[i]);
        millis += rows[i].wall_millis;
    }
    buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    buffer_printf(out,
                  "<testsuite name=\"generalprobe\" tests=\"%zu\" failures=\"%zu\""
                  " errors=\"%zu\" time=\"",
                  count, failures, errors);
    seconds(out, millis);
    buffer_append_text(out, "\">\n");
    for (size_t i = 0; i < count; i++)
        junit_case(&rows[i], out);
    buffer_append_text(out, "</testsuite>\n");
}
