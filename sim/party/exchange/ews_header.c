/*
 * Fields of a message's header as EWS shows them. Mail is full of what the standards forbid, so
 * nothing here fails: what cannot be understood is shown as it stands.
 */
#include <string.h>

#include "../../../engine/base/utf8.h"
#include "../base64.h"
#include "ews.h"

bool ews_header_take(struct str *message, struct str *name_r, struct str *value_r) {
    struct str line = str_cut(message, '\n');
    if (line.length == 0 || line.data[0] == '\r')
        return false;
    /* Lines that begin with a blank belong to the field before them (RFC 5322 §2.2.3). */
    while (message->length > 0 && (message->data[0] == ' ' || message->data[0] == '\t')) {
        struct str more = str_cut(message, '\n');
        line.length = (size_t)(more.data + more.length - line.data);
    }
    bool has_colon = memchr(line.data, ':', line.length) != NULL;
    *name_r = has_colon ? str_trim(str_cut(&line, ':')) : STR("");
    *value_r = str_trim(line);
    return true;
}

/* The bytes of a single-byte charset as UTF-8; the range that Windows-1252 has of its own is rare
 * enough to be shown as replacement characters. */
static void ews_latin1(struct buffer *out, struct str bytes) {
    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        utf8_append(out, byte >= 0x80 && byte < 0xa0 ? 0xfffd : byte);
    }
}

static int ews_hex(char digit) {
    digit = ascii_lower(digit);
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The "Q" encoding (RFC 2047 §4.2). */
static void ews_decode_q(struct buffer *out, struct str text) {
    for (size_t i = 0; i < text.length; i++) {
        bool is_hex = text.data[i] == '=' && i + 2 < text.length &&
                      ews_hex(text.data[i + 1]) >= 0 && ews_hex(text.data[i + 2]) >= 0;
        if (is_hex) {
            buffer_append_byte(out,
                               (char)(ews_hex(text.data[i + 1]) * 16 + ews_hex(text.data[i + 2])));
            i += 2;
        } else {
            buffer_append_byte(out, text.data[i] == '_' ? ' ' : text.data[i]);
        }
    }
}

/* Takes "=?charset?X?text?=" off the front of `text`. False when it is not one we understand. */
static bool ews_encoded_word(struct buffer *out, struct str *text) {
    enum { WORD_MAX = 512 }; /* 75 would be right; many write longer ones */
    if (!str_starts_with(*text, "=?"))
        return false;
    struct str rest = {text->data + 2, text->length - 2};
    if (rest.length > WORD_MAX)
        rest.length = WORD_MAX;
    struct str charset = str_cut(&rest, '?'), encoding = str_cut(&rest, '?');
    struct str word = str_cut(&rest, '?');
    bool is_utf8 = str_equal_caseless(charset, STR("utf-8"));
    bool is_latin = str_starts_with_caseless(charset, "iso-8859-1") ||
                    str_equal_caseless(charset, STR("windows-1252")) ||
                    str_equal_caseless(charset, STR("us-ascii"));
    if (!str_starts_with(rest, "=") || (!is_utf8 && !is_latin))
        return false;
    struct buffer bytes = {0};
    bool is_understood = true;
    if (str_equal_caseless(encoding, STR("b")))
        is_understood = base64_decode(&bytes, word);
    else if (str_equal_caseless(encoding, STR("q")))
        ews_decode_q(&bytes, word);
    else
        is_understood = false;
    if (is_understood && is_utf8)
        buffer_append_str(out, buffer_str(&bytes));
    else if (is_understood)
        ews_latin1(out, buffer_str(&bytes));
    buffer_release(&bytes);
    if (is_understood) {
        size_t used = (size_t)(rest.data + 1 - text->data);
        *text = (struct str){text->data + used, text->length - used};
    }
    return is_understood;
}

static bool ews_is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Unfolds and decodes; white space between two encoded words is none (RFC 2047 §6.2). */
static void ews_header_decode(struct buffer *out, struct str value) {
    bool after_word = false;
    while (value.length > 0) {
        struct str ahead = value;
        while (ahead.length > 0 && ews_is_blank(ahead.data[0]))
            ahead = (struct str){ahead.data + 1, ahead.length - 1};
        if (ahead.length == 0)
            return;
        size_t before = out->length;
        if (ahead.length < value.length && !(after_word && str_starts_with(ahead, "=?")))
            buffer_append_byte(out, ' ');
        after_word = ews_encoded_word(out, &ahead);
        if (!after_word) {
            if (before == out->length && ahead.length < value.length)
                buffer_append_byte(out, ' ');
            do {
                buffer_append_byte(out, ahead.data[0]);
                ahead = (struct str){ahead.data + 1, ahead.length - 1};
            } while (ahead.length > 0 && !ews_is_blank(ahead.data[0]) &&
                     !str_starts_with(ahead, "=?"));
        }
        value = ahead;
    }
}

bool ews_header(struct str message, const char *name, struct buffer *out) {
    struct str field, value;
    while (ews_header_take(&message, &field, &value))
        if (str_equal_caseless(field, str_of(name))) {
            ews_header_decode(out, value);
            return true;
        }
    return false;
}
