/* See modified_utf7.h. */
#include "modified_utf7.h"

#include "../base/check.h"
#include "../base/utf8.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool is_direct(uint32_t code_point) {
    return code_point >= 0x20 && code_point <= 0x7e;
}

/* A run of UTF-16 on its way to base64: at most 16 + 5 bits wait. */
struct run {
    uint32_t bits;
    unsigned count;
};

static void run_put(struct run *run, uint32_t unit, struct buffer *out) {
    run->bits = run->bits << 16 | unit;
    run->count += 16;
    while (run->count >= 6) {
        run->count -= 6;
        buffer_append_byte(out, alphabet[run->bits >> run->count & 63]);
    }
}

static void run_end(struct run *run, struct buffer *out) {
    if (run->count > 0)
        buffer_append_byte(out, alphabet[run->bits << (6 - run->count) & 63]);
    buffer_append_byte(out, '-');
    *run = (struct run){0};
}

bool modified_utf7_encode(struct str text, struct buffer *out) {
    if (!utf8_is_valid(text))
        return false;
    struct run run = {0};
    bool inside = false;
    uint32_t code_point;
    while (utf8_take(&text, &code_point)) {
        if (is_direct(code_point)) {
            if (inside)
                run_end(&run, out);
            inside = false;
            buffer_append_byte(out, (char)code_point);
            if (code_point == '&')
                buffer_append_byte(out, '-');
            continue;
        }
        if (!inside)
            buffer_append_byte(out, '&');
        inside = true;
        if (code_point >= 0x10000) {
            run_put(&run, 0xd800 | (code_point - 0x10000) >> 10, out);
            run_put(&run, 0xdc00 | ((code_point - 0x10000) & 0x3ff), out);
        } else {
            run_put(&run, code_point, out);
        }
    }
    if (inside)
        run_end(&run, out);
    return true;
}

static int value_of(char byte) {
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    return byte == '+' ? 62 : byte == ',' ? 63 : -1;
}

/* Takes one UTF-16 unit; `high` remembers the first half of a pair. */
static bool decode_unit(uint32_t unit, uint32_t *high, struct buffer *out) {
    bool is_low = unit >= 0xdc00 && unit <= 0xdfff;
    if ((*high != 0) != is_low)
        return false;
    if (is_low) {
        utf8_append(out, 0x10000 + ((*high & 0x3ff) << 10 | (unit & 0x3ff)));
        *high = 0;
        return true;
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        *high = unit;
        return true;
    }
    if (is_direct(unit))
        return false;
    utf8_append(out, unit);
    return true;
}

/* Decodes the base64 between "&" and "-", which is not empty. */
static bool decode_run(struct str run, struct buffer *out) {
    uint32_t bits = 0, high = 0;
    unsigned count = 0;
    for (size_t i = 0; i < run.length; i++) {
        int value = value_of(run.data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 16) {
            count -= 16;
            if (!decode_unit(bits >> count & 0xffff, &high, out))
                return false;
        }
    }
    /* What is left is padding: less than a digit, and zero. */
    return high == 0 && count < 6 && (bits & ((1u << count) - 1)) == 0;
}

bool modified_utf7_decode(struct str name, struct buffer *out) {
    bool after_run = false;
    while (name.length > 0) {
        char byte = name.data[0];
        if (!is_direct((unsigned char)byte))
            return false;
        if (byte != '&') {
            buffer_append_byte(out, byte);
            name = str_bytes(name.data + 1, name.length - 1);
            after_run = false;
            continue;
        }
        struct str rest = str_bytes(name.data + 1, name.length - 1);
        struct str run = str_cut(&rest, '-');
        bool closed = run.length + 1 < name.length;
        if (!closed)
            return false;
        if (run.length == 0) {
            buffer_append_byte(out, '&');
            after_run = false;
        } else {
            /* Two runs side by side would be a second spelling of one. */
            if (after_run || !decode_run(run, out))
                return false;
            after_run = true;
        }
        name = rest;
    }
    return true;
}
