/*
 * A piece of text or bytes that somebody else owns: a pointer and a length, not terminated.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *data; /* borrows; never NULL when made by the functions below */
    size_t length;    /* bytes */
};

#define STR(literal)   ((struct str){(literal), sizeof(literal) - 1})
#define STR_ARG(piece) (int)(piece).length, (piece).data /* for printf's "%.*s" */

/* NULL gives the empty piece. */
static inline struct str str_of(const char *text) {
    return text == NULL ? STR("") : (struct str){text, strlen(text)};
}

static inline struct str str_bytes(const void *bytes, size_t length) {
    return length == 0 ? STR("") : (struct str){(const char *)bytes, length};
}

static inline bool str_equal(struct str left, struct str right) {
    return left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
}

static inline bool str_equal_text(struct str left, const char *right) {
    return str_equal(left, str_of(right));
}

/* Compares ASCII letters without case; other bytes as they are. Independent of the locale. */
bool str_equal_caseless(struct str left, struct str right);
bool str_starts_with(struct str piece, const char *prefix);
bool str_starts_with_caseless(struct str piece, const char *prefix);

/* Without ASCII white space (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str piece);

/* Cuts off and returns what stands before the first `separator`; `rest` is moved behind it. When
 * there is none, all of it is returned and `rest` becomes empty. */
struct str str_cut(struct str *rest, char separator);

/* Reads a whole unsigned decimal number. False when it is empty, holds anything but digits, or
 * does not fit. */
bool str_to_u64(struct str piece, uint64_t *value_r);

/* ASCII lower case of one byte, independent of the locale. */
static inline char ascii_lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* The number of edits between two words, for suggestions; at most `limit`. */
size_t str_distance(struct str left, struct str right, size_t limit);

#endif
