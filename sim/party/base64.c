/* Base64 both ways. See base64.h. */
#include "base64.h"

#include <string.h>
#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

static const char base64_alphabet[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four letters for the 24 lowest bits. */
static inline void base64_put(char *to, uint64_t bits) {
    to[0] = base64_alphabet[bits >> 18 & 63];
    to[1] = base64_alphabet[bits >> 12 & 63];
    to[2] = base64_alphabet[bits >> 6 & 63];
    to[3] = base64_alphabet[bits & 63];
}

#if defined(__x86_64__)
enum { BASE64_STEP = 12, BASE64_STEP_READ = 16 };

/* Twelve bytes at a time become sixteen letters: three bytes are spread over four, two shifts by
 * multiplication put six bits into each, and what must be added to six bits to get their letter is
 * one of five numbers (after W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding using
 * AVX2 Instructions", 2018). Returns how many bytes were taken; it reads four beyond each step. */
__attribute__((target("ssse3"))) static size_t base64_put_wide(char *to, const unsigned char *from,
                                                               size_t length) {
    const __m128i spread = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    const __m128i added =
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    size_t at = 0;
    for (; length - at >= BASE64_STEP_READ; at += BASE64_STEP, to += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(from + at));
        bytes = _mm_shuffle_epi8(bytes, spread);
        __m128i one = _mm_mulhi_epu16(_mm_and_si128(bytes, _mm_set1_epi32(0x0fc0fc00)),
                                      _mm_set1_epi32(0x04000040));
        __m128i other = _mm_mullo_epi16(_mm_and_si128(bytes, _mm_set1_epi32(0x003f03f0)),
                                        _mm_set1_epi32(0x01000010));
        __m128i bits = _mm_or_si128(one, other);
        __m128i range = _mm_subs_epu8(bits, _mm_set1_epi8(51));
        __m128i is_upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), bits);
        range = _mm_or_si128(range, _mm_and_si128(is_upper, _mm_set1_epi8(13)));
        __m128i letters = _mm_add_epi8(bits, _mm_shuffle_epi8(added, range));
        _mm_storeu_si128((__m128i *)(void *)to, letters);
    }
    return at;
}

static bool base64_is_wide(void) {
    return __builtin_cpu_supports("ssse3");
}
#else
static size_t base64_put_wide(char *to, const unsigned char *from, size_t length) {
    (void)to, (void)from, (void)length;
    return 0;
}

static bool base64_is_wide(void) {
    return false;
}
#endif

/* Most of what Exchange says is this. */
void base64_encode(struct buffer *out, const void *bytes, size_t length) {
    buffer_reserve(out, (length + 2) / 3 * 4);
    const unsigned char *from = bytes;
    char *to = out->data + out->length;
    size_t left = length;
    if (base64_is_wide()) {
        size_t taken = base64_put_wide(to, from, length);
        from += taken;
        to += taken / 3 * 4;
        left -= taken;
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

/* The six bits of a letter and one, 0: it is none. */
#define FIVE(first) first, first + 1, first + 2, first + 3, first + 4
static const unsigned char base64_values[256] = {
    ['+'] = 63,       ['/'] = 64,       ['0'] = FIVE(53), ['5'] = FIVE(58),
    ['A'] = FIVE(1),  ['F'] = FIVE(6),  ['K'] = FIVE(11), ['P'] = FIVE(16),
    ['U'] = FIVE(21), ['Z'] = 26,       ['a'] = FIVE(27), ['f'] = FIVE(32),
    ['k'] = FIVE(37), ['p'] = FIVE(42), ['u'] = FIVE(47), ['z'] = 52,
};

/* Four letters, of which every one must be one; false else. */
static bool base64_take_four(const char *letters, unsigned char *to) {
    uint32_t a = base64_values[(unsigned char)letters[0]];
    uint32_t b = base64_values[(unsigned char)letters[1]];
    uint32_t c = base64_values[(unsigned char)letters[2]];
    uint32_t d = base64_values[(unsigned char)letters[3]];
    uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
    to[0] = (unsigned char)(bits >> 16);
    to[1] = (unsigned char)(bits >> 8);
    to[2] = (unsigned char)bits;
    return a != 0 && b != 0 && c != 0 && d != 0;
}

bool base64_decode_into(void *bytes, struct str text, size_t *length_r) {
    if (text.length % 4 != 0)
        return false;
    struct str letters = text;
    for (int pad = 0; pad < 2 && letters.length > 0; pad++)
        if (letters.data[letters.length - 1] == '=')
            letters.length--;
    unsigned char *to = bytes;
    uint32_t bits = 0;
    int held = 0;
    size_t i = 0;
    for (; letters.length - i >= 4; i += 4, to += 3)
        if (!base64_take_four(letters.data + i, to))
            return false;
    for (; i < letters.length; i++) {
        unsigned value = base64_values[(unsigned char)letters.data[i]];
        if (value == 0)
            return false;
        bits = (bits << 6 | (value - 1)) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (unsigned char)(bits >> held & 0xff);
        }
    }
    *length_r = (size_t)(to - (unsigned char *)bytes);
    return (bits & ((1u << held) - 1)) == 0;
}

bool base64_decode(struct buffer *out, struct str text) {
    size_t length;
    buffer_reserve(out, text.length);
    bool is_whole = base64_decode_into(out->data + out->length, text, &length);
    if (is_whole)
        out->length += length;
    out->data[out->length] = '\0';
    return is_whole;
}
