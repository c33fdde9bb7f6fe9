/*
 * Modified UTF-7 and the layout of names. See imap_mailbox_names.h.
 *
 * Decoding is strict, as Dovecot's is: one text has one name. So two ways of writing the same
 * folder cannot make two folders.
 */
#include "imap_mailbox_names.h"

#include <string.h>

#include "../../../engine/base/check.h"
#include "../../../engine/base/utf8.h"

static const char mutf7_letters[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool mutf7_is_plain(char byte) {
    return byte >= ' ' && byte <= '~';
}

/* ---- Modified UTF-7 ---- */

struct mutf7_units { /* gathers UTF-16 code units into UTF-8 */
    struct buffer *out;
    uint32_t high; /* a high surrogate that waits for its low one, or 0 */
};

static bool mutf7_unit(struct mutf7_units *units, uint32_t unit) {
    bool is_high = unit >= 0xd800 && unit < 0xdc00;
    bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if (is_low != (units->high != 0))
        return false;
    if (is_high) {
        units->high = unit;
        return true;
    }
    uint32_t code_point = unit;
    if (is_low)
        code_point = 0x10000 + ((units->high - 0xd800) << 10) + (unit - 0xdc00);
    units->high = 0;
    if (code_point == 0 || (code_point < 0x80 && mutf7_is_plain((char)code_point)))
        return false; /* it has a plainer way to be written */
    utf8_append(units->out, code_point);
    return true;
}

/* Between "&" and "-", not empty. */
static bool mutf7_decode_shifted(struct str letters, struct buffer *out) {
    struct mutf7_units units = {.out = out};
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < letters.length; i++) {
        const char *place = memchr(mutf7_letters, letters.data[i], 64);
        if (place == NULL)
            return false;
        bits = (bits << 6 | (uint32_t)(place - mutf7_letters)) & 0x3fffff;
        count += 6;
        if (count >= 16) {
            count -= 16;
            if (!mutf7_unit(&units, bits >> count & 0xffff))
                return false;
        }
    }
    return units.high == 0 && count < 6 && (bits & ((1u << count) - 1)) == 0;
}

static bool mutf7_decode_all(struct str name, struct buffer *out) {
    while (name.length > 0) {
        char byte = name.data[0];
        if (byte != '&') {
            if (!mutf7_is_plain(byte))
                return false;
            buffer_append_byte(out, byte);
            name = (struct str){name.data + 1, name.length - 1};
            continue;
        }
        const char *end = memchr(name.data, '-', name.length);
        if (end == NULL)
            return false;
        struct str letters = {name.data + 1, (size_t)(end - name.data) - 1};
        name = (struct str){end + 1, name.length - letters.length - 2};
        if (letters.length == 0)
            buffer_append_byte(out, '&');
        else if (!mutf7_decode_shifted(letters, out) ||
                 (name.length > 1 && name.data[0] == '&' && name.data[1] != '-'))
            return false; /* two shifts in a row could have been one */
    }
    return true;
}

bool mutf7_decode(struct str name, struct buffer *out) {
    size_t begin = out->length;
    if (mutf7_decode_all(name, out))
        return true;
    buffer_truncate(out, begin);
    return false;
}

struct mutf7_bits {
    struct buffer *out;
    uint32_t bits;
    unsigned count;
};

static void mutf7_put(struct mutf7_bits *bits, uint32_t unit) {
    bits->bits = bits->bits << 16 | unit;
    bits->count += 16;
    while (bits->count >= 6) {
        bits->count -= 6;
        buffer_append_byte(bits->out, mutf7_letters[bits->bits >> bits->count & 63]);
    }
    bits->bits &= (1u << bits->count) - 1;
}

/* As many code points as are not plain. */
static void mutf7_encode_shifted(struct str *text, struct buffer *out) {
    struct mutf7_bits bits = {.out = out};
    uint32_t code_point;
    buffer_append_byte(out, '&');
    while (text->length > 0 && !mutf7_is_plain(text->data[0]) && utf8_take(text, &code_point)) {
        if (code_point >= 0x10000) {
            mutf7_put(&bits, 0xd800 + ((code_point - 0x10000) >> 10));
            mutf7_put(&bits, 0xdc00 + ((code_point - 0x10000) & 0x3ff));
        } else {
            mutf7_put(&bits, code_point);
        }
    }
    if (bits.count > 0)
        buffer_append_byte(out, mutf7_letters[bits.bits << (6 - bits.count) & 63]);
    buffer_append_byte(out, '-');
}

void mutf7_encode(struct str text, struct buffer *out) {
    check(utf8_is_valid(text));
    while (text.length > 0) {
        if (!mutf7_is_plain(text.data[0])) {
            mutf7_encode_shifted(&text, out);
            continue;
        }
        buffer_append_byte(out, text.data[0]);
        if (text.data[0] == '&')
            buffer_append_byte(out, '-');
        text = (struct str){text.data + 1, text.length - 1};
    }
}

/* ---- Layout ---- */

char imap_separator(const struct openxchange_settings *settings) {
    return settings->inbox_prefix ? '.' : '/';
}

static const char *imap_name_read_level(const struct openxchange_settings *settings,
                                        struct str level) {
    if (level.length == 0)
        return "Invalid mailbox name: Adjacent hierarchy separators";
    if (level.length > IMAP_LEVEL_BYTES_MAX)
        return "Invalid mailbox name: Name too long";
    if (str_equal_text(level, ".") || str_equal_text(level, "..") || level.data[0] == '~')
        return "Invalid mailbox name";
    for (size_t i = 0; i < level.length; i++) {
        unsigned char byte = (unsigned char)level.data[i];
        if (byte < ' ' || byte == 0x7f)
            return "Invalid mailbox name: Control characters in name";
        if (byte == '/' || (byte == '.' && settings->dot_refused))
            return "Character not allowed in mailbox name";
    }
    return NULL;
}

/* Cuts one level off, joined to `path`. */
static const char *imap_name_read_next(const struct openxchange_settings *settings,
                                       struct str *name, struct buffer *path) {
    struct str level = str_cut(name, imap_separator(settings));
    size_t begin = path->length;
    if (begin > 0)
        buffer_append_byte(path, '/');
    size_t level_begin = path->length;
    if (!mutf7_decode(level, path))
        return "Mailbox name is not valid mUTF-7";
    if (begin == 0 && str_equal_caseless(level, STR("INBOX"))) {
        buffer_truncate(path, 0);
        buffer_append_text(path, "INBOX");
    }
    return imap_name_read_level(settings,
                                (struct str){path->data + level_begin, path->length - level_begin});
}

const char *imap_name_read(const struct openxchange_settings *settings, struct str name,
                           struct buffer *path, bool *separator_at_end_r) {
    char separator = imap_separator(settings);
    *separator_at_end_r = name.length > 1 && name.data[name.length - 1] == separator;
    if (*separator_at_end_r)
        name.length--;
    if (name.length == 0)
        return "Invalid mailbox name: Name is empty";
    if (name.length > IMAP_NAME_BYTES_MAX)
        return "Invalid mailbox name: Name too long";
    if (*separator_at_end_r && name.data[name.length - 1] == separator)
        return "Invalid mailbox name: Adjacent hierarchy separators";
    if (name.data[0] == separator)
        return "Invalid mailbox name: Begins with hierarchy separator";
    if (settings->inbox_prefix && name.length > 6 && str_starts_with_caseless(name, "INBOX."))
        name = (struct str){name.data + 6, name.length - 6};
    else if (settings->inbox_prefix && !str_equal_caseless(name, STR("INBOX")))
        return "Client tried to access nonexistent namespace. "
               "(Mailbox name should probably be prefixed with: INBOX.)";
    for (int levels = 0; name.length > 0; levels++) {
        if (levels == IMAP_LEVELS_MAX)
            return "Invalid mailbox name: Too many hierarchy levels";
        const char *wrong = imap_name_read_next(settings, &name, path);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

void imap_name_write(const struct openxchange_settings *settings, struct str path,
                     struct buffer *name) {
    if (settings->inbox_prefix && !str_equal_text(path, "INBOX"))
        buffer_append_text(name, "INBOX.");
    size_t begin = name->length;
    mutf7_encode(path, name);
    for (size_t i = begin; settings->inbox_prefix && i < name->length; i++)
        if (name->data[i] == '/')
            name->data[i] = '.';
}
