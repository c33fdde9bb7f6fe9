/* Pieces of text. See str.h. */
#include "str.h"

#include <string.h>

bool str_equal_caseless(struct str left, struct str right) {
    if (left.length != right.length)
        return false;
    for (size_t i = 0; i < left.length; i++)
        if (ascii_lower(left.data[i]) != ascii_lower(right.data[i]))
            return false;
    return true;
}

bool str_starts_with(struct str piece, const char *prefix) {
    size_t length = strlen(prefix);
    return piece.length >= length && memcmp(piece.data, prefix, length) == 0;
}

bool str_starts_with_caseless(struct str piece, const char *prefix) {
    size_t length = strlen(prefix);
    return piece.length >= length &&
           str_equal_caseless((struct str){piece.data, length}, (struct str){prefix, length});
}

static bool str_is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct str str_trim(struct str piece) {
    while (piece.length > 0 && str_is_space(piece.data[0]))
        piece = (struct str){piece.data + 1, piece.length - 1};
    while (piece.length > 0 && str_is_space(piece.data[piece.length - 1]))
        piece.length--;
    return piece;
}

struct str str_cut(struct str *rest, char separator) {
    const char *found = rest->length == 0 ? NULL : memchr(rest->data, separator, rest->length);
    if (found == NULL) {
        struct str all = *rest;
        *rest = (struct str){rest->data + rest->length, 0};
        return all;
    }
    struct str head = {rest->data, (size_t)(found - rest->data)};
    *rest = (struct str){found + 1, rest->length - head.length - 1};
    return head;
}

bool str_to_u64(struct str piece, uint64_t *value_r) {
    if (piece.length == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < piece.length; i++) {
        if (piece.data[i] < '0' || piece.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(piece.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *value_r = value;
    return true;
}

size_t str_distance(struct str left, struct str right, size_t limit) {
    enum { WORD_MAX = 64 };
    if (left.length > WORD_MAX || right.length > WORD_MAX)
        return limit;
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= right.length; j++)
        row[j] = j;
    for (size_t i = 1; i <= left.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= right.length; j++) {
            size_t same = ascii_lower(left.data[i - 1]) == ascii_lower(right.data[j - 1]) ? 0 : 1;
            size_t best = diagonal + same;
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[right.length] < limit ? row[right.length] : limit;
}
