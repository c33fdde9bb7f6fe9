/* UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "str.h"

/* The length of the whole, valid sequence that `text` begins with; 0 when there is none. */
size_t utf8_sequence(struct str text);
bool utf8_is_valid(struct str text);

/* Takes one code point off the front. False at the end and at an invalid byte. */
bool utf8_take(struct str *text, uint32_t *code_point_r);
/* Appends one code point, which must be a scalar value. */
void utf8_append(struct buffer *buffer, uint32_t code_point);

/* The number of code points; an invalid byte counts as one. */
size_t utf8_count(struct str text);

#endif
