/* See base64.h. */
#include "base64.h"

enum { BASE64_DIGIT = 0x40, BASE64_VALUE = 0x3f };

/* By byte: BASE64_DIGIT and the value, or 0. Bytes from 128 on are no digits either. */
static const uint8_t values[256] = {
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    0,   0,   0,   0,   0,   126, 0,   0,   0,   127, 116, 117, 118, 119, 120, 121, 122, 123, 124,
    125, 0,   0,   0,   0,   0,   0,   0,   64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,
    75,  76,  77,  78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  0,   0,   0,   0,
    0,   0,   90,  91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102, 103, 104, 105, 106,
    107, 108, 109, 110, 111, 112, 113, 114, 115, 0,   0,   0,   0,   0,
};

static bool is_space(char byte) {
    return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t';
}

/* One byte at a time: white space, padding, and groups that a piece's end cut in two. */
static bool feed_byte(struct base64_decoder *decoder, char byte, struct buffer *out) {
    uint8_t value = values[(unsigned char)byte];
    if (is_space(byte))
        return true;
    if (byte == '=') {
        decoder->padding++;
        return decoder->digits >= 2 && decoder->digits + decoder->padding <= 4;
    }
    if (value == 0 || decoder->padding > 0)
        return false;
    decoder->bits = decoder->bits << 6 | (value & BASE64_VALUE);
    decoder->digits++;
    if (decoder->digits == 2)
        buffer_append_byte(out, (char)(decoder->bits >> 4));
    else if (decoder->digits == 3)
        buffer_append_byte(out, (char)(decoder->bits >> 2));
    else if (decoder->digits == 4) {
        buffer_append_byte(out, (char)decoder->bits);
        decoder->digits = 0;
        decoder->bits = 0;
    }
    return true;
}

/* Whole groups of four digits, the bulk of every message. Returns how many bytes it took. */
static size_t feed_groups(struct str piece, struct buffer *out) {
    size_t groups = piece.length / 4, group = 0;
    buffer_reserve(out, groups * 3);
    const unsigned char *in = (const unsigned char *)piece.data;
    char *to = out->data + out->length;
    for (; group < groups; group++, in += 4, to += 3) {
        uint32_t one = values[in[0]], two = values[in[1]], three = values[in[2]],
                 four = values[in[3]];
        if (!(one & two & three & four & BASE64_DIGIT))
            break;
        uint32_t bits = (one & BASE64_VALUE) << 18 | (two & BASE64_VALUE) << 12 |
                        (three & BASE64_VALUE) << 6 | (four & BASE64_VALUE);
        to[0] = (char)(bits >> 16);
        to[1] = (char)(bits >> 8);
        to[2] = (char)bits;
    }
    out->length += group * 3;
    if (group > 0)
        out->data[out->length] = '\0';
    return group * 4;
}

bool base64_feed(struct base64_decoder *decoder, struct str piece, struct buffer *out) {
    size_t at = 0;
    while (at < piece.length) {
        if (decoder->digits == 0 && decoder->padding == 0 && piece.length - at >= 4) {
            size_t taken = feed_groups(str_bytes(piece.data + at, piece.length - at), out);
            at += taken;
            if (at == piece.length)
                break;
        }
        if (!feed_byte(decoder, piece.data[at++], out)) {
            decoder->padding = 5; /* for good */
            return false;
        }
    }
    return decoder->padding < 5;
}

bool base64_is_whole(const struct base64_decoder *decoder) {
    if (decoder->padding == 0)
        return decoder->digits == 0;
    /* The bits a cut digit has too many must be zero, else two texts would mean one message. */
    uint32_t spare = decoder->digits == 2 ? 15 : 3;
    return decoder->digits + decoder->padding == 4 && (decoder->bits & spare) == 0;
}

void base64_write(struct str bytes, struct buffer *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = (const unsigned char *)bytes.data;
    buffer_reserve(out, bytes.length / 3 * 4 + 4);
    for (size_t at = 0; at < bytes.length; at += 3) {
        size_t left = bytes.length - at;
        uint32_t bits = (uint32_t)from[at] << 16 | (left > 1 ? (uint32_t)from[at + 1] << 8 : 0) |
                        (left > 2 ? from[at + 2] : 0);
        const char group[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                               left > 1 ? digits[bits >> 6 & 63] : '=',
                               left > 2 ? digits[bits & 63] : '='};
        buffer_append(out, group, sizeof group);
    }
}
