/* Base64 both ways. See base64.h. */
#include "base64.h"

#include <endian.h>
#include <string.h>

static const char base64_alphabet[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four letters for the 24 lowest bits. */
static inline void base64_put(char *to, uint64_t bits) {
    to[0] = base64_alphabet[bits >> 18 & 63];
    to[1] = base64_alphabet[bits >> 12 & 63];
    to[2] = base64_alphabet[bits >> 6 & 63];
    to[3] = base64_alphabet[bits & 63];
}

/* Most of what Exchange does is this, so it reads six bytes at a time. */
void base64_encode(struct buffer *out, const void *bytes, size_t length) {
    buffer_reserve(out, (length + 2) / 3 * 4);
    const unsigned char *from = bytes;
    char *to = out->data + out->length;
    size_t left = length;
    for (; left >= 8; left -= 6, from += 6, to += 8) {
        uint64_t eight;
        memcpy(&eight, from, sizeof eight);
        eight = be64toh(eight);
        base64_put(to, eight >> 40);
        base64_put(to + 4, eight >> 16);
    }
    for (; left >= 3; left -= 3, from += 3, to += 4)
        base64_put(to, (uint64_t)from[0] << 16 | (uint64_t)from[1] << 8 | from[2]);
    if (left > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0);
        to[0] = base64_alphabet[bits >> 18];
        to[1] = base64_alphabet[bits >> 12 & 63];
        to[2] = left == 2 ? base64_alphabet[bits >> 6 & 63] : '=';
        to[3] = '=';
        to += 4;
    }
    *to = '\0';
    out->length = (size_t)(to - out->data);
}

/* The six bits of one letter, or −1. */
static int base64_value(char letter) {
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    if (letter == '+')
        return 62;
    return letter == '/' ? 63 : -1;
}

static bool base64_decode_letters(struct buffer *out, struct str letters) {
    buffer_reserve(out, letters.length);
    char *to = out->data + out->length;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < letters.length; i++) {
        int value = base64_value(letters.data[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (uint32_t)value) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (char)(bits >> held & 0xff);
        }
    }
    *to = '\0';
    out->length = (size_t)(to - out->data);
    return (bits & ((1u << held) - 1)) == 0;
}

bool base64_decode(struct buffer *out, struct str text) {
    if (text.length % 4 != 0)
        return false;
    struct str letters = text;
    for (int pad = 0; pad < 2 && letters.length > 0; pad++)
        if (letters.data[letters.length - 1] == '=')
            letters.length--;
    size_t before = out->length;
    if (base64_decode_letters(out, letters))
        return true;
    buffer_truncate(out, before);
    return false;
}
