#include "gateway_notice.h"

#include <inttypes.h>
#include <string.h>

#include "../mail_trace.h"

/* The header up to its last whole line, and no more than the limit. */
static struct str gateway_notice_header(struct str letter) {
    size_t end = 0;
    while (end < letter.length) {
        const char *lf = memchr(letter.data + end, '\n', letter.length - end);
        size_t next = lf != NULL ? (size_t)(lf - letter.data) + 1 : letter.length;
        bool empty = letter.data[end] == '\n' || (letter.data[end] == '\r' && next == end + 2);
        if (empty || next > GATEWAY_NOTICE_HEADER_MAX)
            break;
        end = next;
    }
    return str_bytes(letter.data, end);
}

/* Bytes of a foreign server's answer, fit for a header. */
static void gateway_notice_plain(struct buffer *out, struct str text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        buffer_append_byte(out, byte >= ' ' && byte < 0x7f ? (char)byte : '?');
    }
}

static void gateway_notice_top(struct buffer *out, const struct gateway_notice *notice) {
    buffer_append_text(out, "Date: ");
    mail_date_append(out, notice->now);
    buffer_printf(out,
                  "\r\nFrom: MAILER-DAEMON@%s (Mail Delivery System)\r\nTo: %.*s\r\n"
                  "Subject: Undelivered Mail Returned to Sender\r\n"
                  "Message-ID: <notice.%016" PRIx64 "@%s>\r\nAuto-Submitted: auto-replied\r\n"
                  "MIME-Version: 1.0\r\nContent-Type: multipart/report; "
                  "report-type=delivery-status;\r\n\tboundary=\"notice-%016" PRIx64 "\"\r\n\r\n",
                  notice->host, STR_ARG(notice->to), notice->id, notice->host, notice->id);
}

static void gateway_notice_part(struct buffer *out, const struct gateway_notice *notice,
                                const char *type) {
    buffer_printf(out, "--notice-%016" PRIx64 "\r\nContent-Type: %s\r\n\r\n", notice->id, type);
}

void gateway_notice_append(struct buffer *out, const struct gateway_notice *notice) {
    gateway_notice_top(out, notice);
    gateway_notice_part(out, notice, "text/plain; charset=us-ascii");
    buffer_printf(out, "Your message could not be delivered to <%.*s>.\r\n%s\r\n    ",
                  STR_ARG(notice->recipient),
                  notice->expired ? "It was tried for too long. The last cause was:"
                                  : "The other server said:");
    gateway_notice_plain(out, notice->cause);
    buffer_append_text(out, "\r\n\r\n");

    gateway_notice_part(out, notice, "message/delivery-status");
    buffer_printf(out, "Reporting-MTA: dns; %s\r\nArrival-Date: ", notice->host);
    mail_date_append(out, notice->arrived);
    buffer_printf(out,
                  "\r\n\r\nFinal-Recipient: rfc822; %.*s\r\nAction: failed\r\nStatus: %s\r\n"
                  "Diagnostic-Code: smtp; ",
                  STR_ARG(notice->recipient), notice->expired ? "4.4.7" : "5.0.0");
    gateway_notice_plain(out, notice->cause);
    buffer_append_text(out, "\r\n\r\n");

    gateway_notice_part(out, notice, "text/rfc822-headers");
    buffer_append_str(out, gateway_notice_header(notice->letter));
    buffer_printf(out, "\r\n--notice-%016" PRIx64 "--\r\n", notice->id);
}
