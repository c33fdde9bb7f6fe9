/* See soap_bytes.h. */
#include "soap_bytes.h"

#include "../base/utf8.h"

enum { SKIP_WIDE = 64 }; /* bytes at a time, in long texts */

/* Sets of ASCII as bits. */
#define BIT(byte)       (UINT64_C(1) << ((byte)&63))
#define RANGE(from, to) ((BIT(to) << 1) - BIT(from)) /* within one half */
#define LETTERS         (RANGE('A', 'Z') | RANGE('a', 'z') | BIT('_'))

static const uint64_t name_begins[4] = {0, LETTERS};
static const uint64_t is_plain_text[4] = {
    (RANGE(' ', '?') | BIT('\t') | BIT('\n')) & ~(BIT('&') | BIT('<')), ~BIT(']')};
#ifndef __SSE2__
static const uint64_t name_goes_on[4] = {RANGE('0', '9') | BIT('-') | BIT('.'), LETTERS};
static const uint64_t is_plain_value[4] = {RANGE(' ', '?') & ~(BIT('&') | BIT('<') | BIT('>')),
                                           ~UINT64_C(0)};
#endif

static bool is_in(const uint64_t set[4], char byte) {
    return (set[(unsigned char)byte >> 6] >> ((unsigned char)byte & 63) & 1) != 0;
}

#ifdef __SSE2__
static __m128i bytes_between(__m128i bytes, char above, char below) { /* ASCII only */
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(above)),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8(below)));
}

/* How many of 16 bytes a name goes on for. */
static unsigned name_length(const char *at) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i letter = bytes_between(_mm_or_si128(bytes, _mm_set1_epi8(' ')), 'a' - 1, 'z' + 1);
    __m128i digit = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('/')),
                                     bytes_between(bytes, '-' - 1, '9' + 1));
    __m128i name =
        _mm_or_si128(_mm_or_si128(letter, digit), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(name));
}
#endif

const char *soap_skip_name(const char *at) {
    if (!is_in(name_begins, *at))
        return at;
#ifdef __SSE2__
    for (unsigned length = 16; length == 16; at += length)
        length = name_length(at);
#else
    while (is_in(name_goes_on, *++at))
        ;
#endif
    return at;
}

#ifdef __SSE2__
/* Whole blocks of plain text without line feeds and tabs: of the three bytes that end one, each
 * has a low half of its own, by which it is looked up. */
__attribute__((target("avx2"))) static const char *skip_wide(const char *at, const char *end) {
    const __m256i ends = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 0, 0, 0, 0, 0, '&', 0, 0, 0, 0, 0, '<', ']', 0, 0));
    const __m256i blank = _mm256_set1_epi8(' ');
    for (; end - at >= SKIP_WIDE; at += SKIP_WIDE) {
        __m256i one = _mm256_loadu_si256((const __m256i *)(const void *)at);
        __m256i two = _mm256_loadu_si256((const __m256i *)(const void *)(at + SKIP_WIDE / 2));
        __m256i odd = _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(ends, one), one),
                                      _mm256_cmpeq_epi8(_mm256_shuffle_epi8(ends, two), two));
        /* Signed: controls and what is beyond ASCII. */
        __m256i below =
            _mm256_or_si256(_mm256_cmpgt_epi8(blank, one), _mm256_cmpgt_epi8(blank, two));
        if (_mm256_movemask_epi8(_mm256_or_si256(odd, below)) != 0)
            break;
    }
    return at;
}
#endif

const char *soap_skip_text(const char *at, const char *end) {
#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' '), less = _mm_set1_epi8('<');
    const __m128i and = _mm_set1_epi8('&'), bracket = _mm_set1_epi8(']');
    const char *begin = at;
    while (end - at >= 16) {
        if (at - begin >= SKIP_WIDE && end - at >= SKIP_WIDE && __builtin_cpu_supports("avx2")) {
            at = begin = skip_wide(at, end);
            continue;
        }
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i odd = _mm_or_si128(
            _mm_or_si128(_mm_cmplt_epi8(bytes, blank) /* signed: controls and beyond ASCII */,
                         _mm_cmpeq_epi8(bytes, less)),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, and), _mm_cmpeq_epi8(bytes, bracket)));
        int mask = _mm_movemask_epi8(odd);
        at += mask == 0 ? 16 : __builtin_ctz((unsigned)mask);
        if (mask == 0)
            continue;
        if (!soap_is_blank(*at))
            return at;
        at++; /* a line feed or a tab: there are few */
    }
#endif
    while (at < end && is_in(is_plain_text, *at))
        at++;
    return at;
}

const char *soap_skip_value(const char *at, char quote) {
#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' '), two = _mm_set1_epi8('<' ^ '>');
    const __m128i and = _mm_set1_epi8('&'), greater = _mm_set1_epi8('>');
    const __m128i quotes = _mm_set1_epi8(quote);
    for (;; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i odd = _mm_or_si128(
            _mm_or_si128(_mm_cmplt_epi8(bytes, blank),
                         _mm_cmpeq_epi8(_mm_or_si128(bytes, two), greater) /* "<", too */),
            _mm_or_si128(_mm_cmpeq_epi8(bytes, and), _mm_cmpeq_epi8(bytes, quotes)));
        int mask = _mm_movemask_epi8(odd);
        if (mask != 0)
            return at + __builtin_ctz((unsigned)mask);
    }
#else
    while (is_in(is_plain_value, *at) && *at != quote)
        at++;
    return at;
#endif
}

/* A character beyond ASCII; U+FFFE and U+FFFF are none of XML's. */
static enum soap_answer mark_character(struct str text, struct str *mark_r) {
    unsigned char first = (unsigned char)text.data[0];
    size_t wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2, length = utf8_sequence(text);
    *mark_r = (struct str){text.data, length};
    if (length == 0)
        return text.length < wanted ? SOAP_MORE : SOAP_ODD;
    bool is_none =
        length == 3 && memcmp(text.data, "\xEF\xBF", 2) == 0 && (unsigned char)text.data[2] >= 0xBE;
    return is_none ? SOAP_ODD : SOAP_DONE;
}

enum soap_answer soap_mark(struct str text, struct str *mark_r, struct str *means_r) {
    static const struct {
        struct str mark, means;
    } references[] = {{{"&lt;", 4}, {"<", 1}},
                      {{"&gt;", 4}, {">", 1}},
                      {{"&amp;", 5}, {"&", 1}},
                      {{"&quot;", 6}, {"\"", 1}},
                      {{"&apos;", 6}, {"'", 1}}};
    if ((unsigned char)text.data[0] >= 0x80) {
        enum soap_answer answer = mark_character(text, mark_r);
        *means_r = *mark_r;
        return answer;
    }
    if (text.data[0] == ']') { /* "]]>" may not stand in a text */
        *mark_r = *means_r = (struct str){text.data, 1};
        return text.length < 2 ? SOAP_MORE : text.data[1] == ']' ? SOAP_ODD : SOAP_DONE;
    }
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        struct str mark = references[i].mark;
        size_t length = text.length < mark.length ? text.length : mark.length;
        if (memcmp(text.data, mark.data, length) != 0)
            continue;
        *mark_r = (struct str){text.data, length};
        *means_r = references[i].means;
        return length < mark.length ? SOAP_MORE : SOAP_DONE;
    }
    return SOAP_ODD;
}
