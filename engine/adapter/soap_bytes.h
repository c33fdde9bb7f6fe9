/*
 * Bytes of XML, for the plain tokenizer: where a run of them ends that stands for itself, 16 bytes
 * looked at at a time, and what stands in a text for something else.
 */
#ifndef ENGINE_ADAPTER_SOAP_BYTES_H
#define ENGINE_ADAPTER_SOAP_BYTES_H

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "../base/str.h"

enum soap_answer {
    SOAP_DONE,
    SOAP_MORE, /* bytes are needed to tell */
    SOAP_ODD,  /* it needs a second thought */
};

enum {
    SOAP_MARK_MAX = 6, /* bytes: "&quot;" */
    SOAP_NAME_WIDTH = 32,
    SOAP_BEHIND = SOAP_NAME_WIDTH, /* bytes behind a tag that may be looked at; they do not count */
};

/* A name, without ":" and all in ASCII, if one begins here. It must be in a tag, which ends with
 * ">"; may look at SOAP_BEHIND bytes behind that. */
const char *soap_skip_name(const char *at);

static inline bool soap_is_blank(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t';
}

static inline const char *soap_skip_blanks(const char *at, const char *end) {
    while (at < end && soap_is_blank(*at))
        at++;
    return at;
}

/* Up to the first byte that is no plain ASCII text. */
const char *soap_skip_text(const char *at, const char *end);

/* Up to the first byte that does not stand in a value as it is; as above. */
const char *soap_skip_value(const char *at, char quote);

/* What a text goes on with that is no plain ASCII: which bytes, and what they mean. */
enum soap_answer soap_mark(struct str text, struct str *mark_r, struct str *means_r);

/* ---- names compared whole; inline, since there are two a tag ----------------------------------
 */

#ifdef __SSE2__
static inline uint32_t soap_name_ends(const char *at) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (uint32_t)_mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('>')),
                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('/'))),
                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '))));
}

static inline uint32_t soap_name_same(const char *one, const char *other) {
    return (uint32_t)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)one),
                       _mm_loadu_si128((const __m128i *)(const void *)other)));
}
#endif

/* How many bytes stand before the first ">", "/" or blank; SOAP_NAME_WIDTH where there is none in
 * as many, all of which must be there. */
static inline size_t soap_name_reach(const char *at) {
#ifdef __SSE2__
    uint64_t ends = soap_name_ends(at) | (uint64_t)soap_name_ends(at + 16) << 16;
    return (size_t)__builtin_ctzll(ends | UINT64_C(1) << SOAP_NAME_WIDTH);
#else
    size_t length = 0;
    while (length < SOAP_NAME_WIDTH && at[length] != '>' && at[length] != '/' && at[length] != ' ')
        length++;
    return length;
#endif
}

/* Whether the first `length` of SOAP_NAME_WIDTH bytes are the same. */
static inline bool soap_name_is(const char *one, const char *other, size_t length) {
#ifdef __SSE2__
    uint64_t same = soap_name_same(one, other) | (uint64_t)soap_name_same(one + 16, other + 16)
                                                     << 16;
    return (~same & ((UINT64_C(1) << length) - 1)) == 0;
#else
    return memcmp(one, other, length) == 0;
#endif
}

#endif
