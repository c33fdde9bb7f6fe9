/* Answers are written as text, piece by piece. See ews_xml.h. */
#include <string.h>

#include "../../../engine/base/utf8.h"
#include "ews.h"

bool ews_boolean(struct str text, bool *value_r) {
    *value_r = str_equal_text(text, "true") || str_equal_text(text, "1");
    return *value_r || str_equal_text(text, "false") || str_equal_text(text, "0");
}

/* What must not stand as it is; CR would be read back as LF. */
static const char *ews_escaped(unsigned char byte) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#xD;";
    default:
        return byte < ' ' && byte != '\t' && byte != '\n' ? "\xef\xbf\xbd" : NULL;
    }
}

/* Most of what there is. */
static bool ews_is_plain(char byte) {
    return (byte >= '\'' && byte < '<') || (byte >= '?' && byte <= '~') || byte == ' ';
}

void ews_escape(struct buffer *out, struct str text) {
    size_t plain = 0; /* where what can go out as it is began */
    for (size_t at = 0; at < text.length;) {
        while (at < text.length && ews_is_plain(text.data[at]))
            at++;
        if (at == text.length)
            break;
        unsigned char byte = (unsigned char)text.data[at];
        struct str rest = {text.data + at, text.length - at};
        size_t length = byte < 0x80 ? 1 : utf8_sequence(rest);
        const char *instead = byte < 0x80 ? ews_escaped(byte) : NULL;
        /* U+FFFE and U+FFFF are scalar values, but no characters of XML. */
        if (length == 0 || (length == 3 && memcmp(rest.data, "\xef\xbf", 2) == 0 &&
                            (unsigned char)rest.data[2] >= 0xbe))
            instead = "\xef\xbf\xbd";
        if (length == 0)
            length = 1;
        if (instead != NULL) {
            buffer_append(out, text.data + plain, at - plain);
            buffer_append_text(out, instead);
            plain = at + length;
        }
        at += length;
    }
    buffer_append(out, text.data + plain, text.length - plain);
}

static void ews_tag(struct buffer *out, const char *open, const char *name) {
    buffer_append_text(out, open);
    buffer_append_text(out, name);
    buffer_append_byte(out, '>');
}

void ews_element(struct buffer *out, const char *name, struct str text) {
    ews_tag(out, "<", name);
    ews_escape(out, text);
    ews_tag(out, "</", name);
}

void ews_element_u64(struct buffer *out, const char *name, uint64_t number) {
    ews_tag(out, "<", name);
    buffer_append_u64(out, number);
    ews_tag(out, "</", name);
}

void ews_element_boolean(struct buffer *out, const char *name, bool value) {
    ews_element(out, name, value ? STR("true") : STR("false"));
}

void ews_response_begin(struct buffer *out, const char *operation) {
    buffer_append_text(out, "<m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "Response xmlns:m=\"" EWS_MESSAGES "\" xmlns:t=\"" EWS_TYPES
                            "\"><m:ResponseMessages>");
}

void ews_response_end(struct buffer *out, const char *operation) {
    buffer_append_text(out, "</m:ResponseMessages></m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "Response>");
}

void ews_message_begin(struct buffer *out, const char *operation, enum ews_error error) {
    const char *class = error == EWS_NoError                              ? "Success"
                        : error == EWS_ErrorNameResolutionMultipleResults ? "Warning"
                                                                          : "Error";
    buffer_append_text(out, "<m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "ResponseMessage ResponseClass=\"");
    buffer_append_text(out, class);
    buffer_append_text(out, "\">");
    if (error != EWS_NoError)
        ews_element(out, "m:MessageText", str_of(ews_error_sentence(error)));
    ews_element(out, "m:ResponseCode", str_of(ews_error_name(error)));
    if (error != EWS_NoError)
        ews_element_u64(out, "m:DescriptiveLinkKey", 0);
}

void ews_message_end(struct buffer *out, const char *operation) {
    buffer_append_text(out, "</m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "ResponseMessage>");
}
