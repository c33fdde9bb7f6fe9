/* Writing SOAP, and calling. See soap.h. */
#include "soap.h"

#include <string.h>

#include "../base/utf8.h"

/* One character that does not stand for itself, or no character at all. Returns its length. */
static size_t text_escape(struct buffer *out, struct str text) {
    size_t length = utf8_sequence(text);
    char byte = text.data[0];
    if (length < 2 && (byte == '&' || byte == '<' || byte == '>' || byte == '"' || byte == '\r'))
        buffer_append_text(out, byte == '&'   ? "&amp;"
                                : byte == '<' ? "&lt;"
                                : byte == '>' ? "&gt;"
                                : byte == '"' ? "&quot;"
                                              : "&#13;"); /* a parser would make CR a line feed */
    else if (length < 2 || (length == 3 && memcmp(text.data, "\xef\xbf\xbe", 2) == 0 &&
                            (unsigned char)text.data[2] >= 0xbe))
        utf8_append(out, 0xfffd); /* controls and U+FFFE, U+FFFF (XML 1.0 section 2.2) */
    else
        buffer_append(out, text.data, length);
    return length > 0 ? length : 1;
}

static bool text_is_plain(char byte) {
    unsigned char value = (unsigned char)byte;
    if (value >= 0x80 || byte == '&' || byte == '<' || byte == '>' || byte == '"')
        return false;
    return value >= 0x20 || byte == '\t' || byte == '\n';
}

void soap_text(struct buffer *out, struct str text) {
    for (size_t at = 0; at < text.length;) {
        size_t plain = at;
        while (plain < text.length && text_is_plain(text.data[plain]))
            plain++;
        buffer_append(out, text.data + at, plain - at);
        at = plain;
        if (at < text.length)
            at += text_escape(out, str_bytes(text.data + at, text.length - at));
    }
}

void soap_element(struct buffer *out, const char *tag, struct str text) {
    buffer_append_byte(out, '<');
    buffer_append_text(out, tag);
    buffer_append_byte(out, '>');
    soap_text(out, text);
    buffer_append_text(out, "</");
    buffer_append_text(out, tag);
    buffer_append_byte(out, '>');
}

int64_t soap_back_off(struct str text) {
    uint64_t milliseconds;
    if (!str_to_u64(str_trim(text), &milliseconds) || milliseconds > DAY / MILLISECOND)
        return 0;
    return (int64_t)milliseconds * MILLISECOND;
}

struct calling {
    struct soap_reader *reader; /* owns */
    struct error *error;        /* borrows */
};

static enum status call_see(void *of, struct str piece) {
    struct calling *calling = of;
    return soap_reader_feed(calling->reader, piece, calling->error);
}

/* The transport did its part: what does the answer mean? */
static enum status call_answered(struct calling *calling, const struct http_answer *answer,
                                 struct soap_fault *fault_r, struct error *error) {
    if (!answer->shown) {
        fault_r->back_off = answer->retry_after;
        return http_status(answer, error);
    }
    enum status status = soap_reader_end(calling->reader, error);
    *fault_r = *soap_reader_fault(calling->reader);
    if (status != STATUS_OK)
        return status;
    if (fault_r->present)
        return error_set(error, STATUS_PROTOCOL, "the server answered with the fault %s: %s",
                         fault_r->code, fault_r->text);
    return answer->code / 100 == 2 ? STATUS_OK : http_status(answer, error);
}

enum status soap_call(struct http_client *client, const struct soap_call *call,
                      struct soap_fault *fault_r, struct error *error) {
    static const char *const types[] = {"text/xml", "application/soap+xml", NULL};
    *fault_r = (struct soap_fault){0};
    struct calling calling = {.reader = soap_reader_new(call->handler, call->of), .error = error};
    const char *headers[HTTP_HEADERS_MAX + 1] = {"Content-Type: text/xml; charset=utf-8"};
    for (size_t i = 0; i + 1 < HTTP_HEADERS_MAX && call->headers != NULL && call->headers[i]; i++)
        headers[i + 1] = call->headers[i];
    struct http_request request = {.method = "POST",
                                   .body = call->envelope,
                                   .headers = headers,
                                   .types = types,
                                   .faults = true,
                                   .see = call_see,
                                   .of = &calling};
    struct http_answer answer;
    enum status status = http_client_send(client, &request, &answer, error);
    if (status == STATUS_OK)
        status = call_answered(&calling, &answer, fault_r, error);
    soap_reader_close(&calling.reader);
    return status;
}
