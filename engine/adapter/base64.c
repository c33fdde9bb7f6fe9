/* See base64.h. */
#include "base64.h"

#include <endian.h>
#include <string.h>
#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

/*
 * By place in a group of four and by byte: the digit's value where it belongs among the group's 24
 * bits, and one to count digits by, in bits that no value reaches. So the sum of four is the group,
 * and says whether all four were digits.
 */
enum { BASE64_COUNT_BIT = 28, BASE64_GROUP = 0xffffff, BASE64_VALUE = 0x3f, BASE64_WIDE = 16 };

#define BASE64_PLACED(value, place)                                                                \
    (UINT32_C(1) << BASE64_COUNT_BIT | (value) << (18 - 6 * (place)))
// clang-format off
#define BASE64_DIGITS(at) { \
    ['A'] = BASE64_PLACED(0, at), ['B'] = BASE64_PLACED(1, at), ['C'] = BASE64_PLACED(2, at), \
    ['D'] = BASE64_PLACED(3, at), ['E'] = BASE64_PLACED(4, at), ['F'] = BASE64_PLACED(5, at), \
    ['G'] = BASE64_PLACED(6, at), ['H'] = BASE64_PLACED(7, at), ['I'] = BASE64_PLACED(8, at), \
    ['J'] = BASE64_PLACED(9, at), ['K'] = BASE64_PLACED(10, at), ['L'] = BASE64_PLACED(11, at), \
    ['M'] = BASE64_PLACED(12, at), ['N'] = BASE64_PLACED(13, at), ['O'] = BASE64_PLACED(14, at), \
    ['P'] = BASE64_PLACED(15, at), ['Q'] = BASE64_PLACED(16, at), ['R'] = BASE64_PLACED(17, at), \
    ['S'] = BASE64_PLACED(18, at), ['T'] = BASE64_PLACED(19, at), ['U'] = BASE64_PLACED(20, at), \
    ['V'] = BASE64_PLACED(21, at), ['W'] = BASE64_PLACED(22, at), ['X'] = BASE64_PLACED(23, at), \
    ['Y'] = BASE64_PLACED(24, at), ['Z'] = BASE64_PLACED(25, at), ['a'] = BASE64_PLACED(26, at), \
    ['b'] = BASE64_PLACED(27, at), ['c'] = BASE64_PLACED(28, at), ['d'] = BASE64_PLACED(29, at), \
    ['e'] = BASE64_PLACED(30, at), ['f'] = BASE64_PLACED(31, at), ['g'] = BASE64_PLACED(32, at), \
    ['h'] = BASE64_PLACED(33, at), ['i'] = BASE64_PLACED(34, at), ['j'] = BASE64_PLACED(35, at), \
    ['k'] = BASE64_PLACED(36, at), ['l'] = BASE64_PLACED(37, at), ['m'] = BASE64_PLACED(38, at), \
    ['n'] = BASE64_PLACED(39, at), ['o'] = BASE64_PLACED(40, at), ['p'] = BASE64_PLACED(41, at), \
    ['q'] = BASE64_PLACED(42, at), ['r'] = BASE64_PLACED(43, at), ['s'] = BASE64_PLACED(44, at), \
    ['t'] = BASE64_PLACED(45, at), ['u'] = BASE64_PLACED(46, at), ['v'] = BASE64_PLACED(47, at), \
    ['w'] = BASE64_PLACED(48, at), ['x'] = BASE64_PLACED(49, at), ['y'] = BASE64_PLACED(50, at), \
    ['z'] = BASE64_PLACED(51, at), ['0'] = BASE64_PLACED(52, at), ['1'] = BASE64_PLACED(53, at), \
    ['2'] = BASE64_PLACED(54, at), ['3'] = BASE64_PLACED(55, at), ['4'] = BASE64_PLACED(56, at), \
    ['5'] = BASE64_PLACED(57, at), ['6'] = BASE64_PLACED(58, at), ['7'] = BASE64_PLACED(59, at), \
    ['8'] = BASE64_PLACED(60, at), ['9'] = BASE64_PLACED(61, at), ['+'] = BASE64_PLACED(62, at), \
    ['/'] = BASE64_PLACED(63, at)}
// clang-format on

static const uint32_t digits_at[4][256] = {BASE64_DIGITS(0), BASE64_DIGITS(1), BASE64_DIGITS(2),
                                           BASE64_DIGITS(3)};

static uint32_t group_of(const unsigned char *in) {
    return digits_at[0][in[0]] + digits_at[1][in[1]] + digits_at[2][in[2]] + digits_at[3][in[3]];
}

static bool is_space(char byte) {
    return byte == '\r' || byte == '\n' || byte == ' ' || byte == '\t';
}

/* One byte at a time: white space, padding, and groups that a piece's end cut in two. */
static bool feed_byte(struct base64_decoder *decoder, char byte, struct buffer *out) {
    uint32_t value = digits_at[3][(unsigned char)byte]; /* the last place: not shifted */
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

#if defined(__x86_64__)
/* Sixteen digits at a time become twelve bytes: two looks by half bytes say which are digits, a
 * third what to add to a digit to get its six bits, and two multiplications move them together
 * (W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions", 2018).
 * Ends before the first group of sixteen that is not all digits. Each step writes sixteen bytes.
 * Returns how many digits it took. */
__attribute__((target("ssse3"))) static size_t feed_wide(const char *from, size_t length,
                                                         char *to) {
    const __m128i low_of = _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                         0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
    const __m128i high_of = _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10,
                                          0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    const __m128i added = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m128i order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m128i slash = _mm_set1_epi8('/'); /* also the mask of half a byte */
    size_t at = 0;
    for (; length - at >= BASE64_WIDE; at += BASE64_WIDE, to += BASE64_WIDE / 4 * 3) {
        __m128i digits = _mm_loadu_si128((const __m128i *)(const void *)(from + at));
        __m128i high = _mm_and_si128(_mm_srli_epi32(digits, 4), slash);
        __m128i wrong = _mm_and_si128(_mm_shuffle_epi8(low_of, _mm_and_si128(digits, slash)),
                                      _mm_shuffle_epi8(high_of, high));
        if (_mm_movemask_epi8(_mm_cmpgt_epi8(wrong, _mm_setzero_si128())) != 0)
            break;
        __m128i place = _mm_add_epi8(_mm_cmpeq_epi8(digits, slash), high);
        digits = _mm_add_epi8(digits, _mm_shuffle_epi8(added, place));
        digits = _mm_maddubs_epi16(digits, _mm_set1_epi32(0x01400140));
        digits = _mm_madd_epi16(digits, _mm_set1_epi32(0x00011000));
        _mm_storeu_si128((__m128i *)(void *)to, _mm_shuffle_epi8(digits, order));
    }
    return at;
}

static bool is_wide(void) {
    return __builtin_cpu_supports("ssse3");
}
#else
static size_t feed_wide(const char *from, size_t length, char *to) {
    (void)from, (void)length, (void)to;
    return 0;
}

static bool is_wide(void) {
    return false;
}
#endif

/* Whole groups of four digits, the bulk of every message, then two at a time and eight bytes
 * written of which six count. Returns how many bytes it took. */
static size_t feed_groups(struct str piece, struct buffer *out) {
    size_t groups = piece.length / 4, group = 0;
    buffer_reserve(out, groups * 3 + BASE64_WIDE);
    const unsigned char *in = (const unsigned char *)piece.data;
    char *to = out->data + out->length;
    if (is_wide()) {
        size_t taken = feed_wide(piece.data, piece.length, to);
        group = taken / 4;
        in += taken;
        to += group * 3;
    }
    for (; group + 1 < groups; group += 2, in += 8, to += 6) {
        uint32_t one = group_of(in), two = group_of(in + 4);
        if ((one >> BASE64_COUNT_BIT) + (two >> BASE64_COUNT_BIT) != 8)
            break;
        uint64_t bytes =
            htobe64((uint64_t)(one & BASE64_GROUP) << 40 | (uint64_t)(two & BASE64_GROUP) << 16);
        memcpy(to, &bytes, sizeof bytes);
    }
    for (; group < groups; group++, in += 4, to += 3) {
        uint32_t one = group_of(in);
        if (one >> BASE64_COUNT_BIT != 4)
            break;
        to[0] = (char)(one >> 16);
        to[1] = (char)(one >> 8);
        to[2] = (char)one;
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
