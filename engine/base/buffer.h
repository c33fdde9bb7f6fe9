/*
 * Bytes that grow. A zeroed struct is an empty buffer; buffer_release() gives the memory back and
 * leaves an empty buffer again. `data` is always followed by a NUL that does not count, so that a
 * buffer of text can be handed to C.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "status.h"
#include "str.h"

struct buffer {
    char *data; /* owns; NULL while nothing was ever appended */
    size_t length;
    size_t capacity;
};

void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
void buffer_reserve(struct buffer *buffer, size_t more);

/* Inline, since a rehearsal appends some thousand short pieces a message: with room left it is a
 * comparison and a copy, and the length of a literal is known to the compiler. */
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t length) {
    if (length >= buffer->capacity - buffer->length)
        buffer_reserve(buffer, length);
    if (length > 0)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

static inline void buffer_append_str(struct buffer *buffer, struct str piece) {
    buffer_append(buffer, piece.data, piece.length);
}

static inline void buffer_append_text(struct buffer *buffer, const char *text) {
    buffer_append(buffer, text, strlen(text));
}

static inline void buffer_append_byte(struct buffer *buffer, char byte) {
    buffer_append(buffer, &byte, 1);
}

void buffer_append_u64(struct buffer *buffer,
                       uint64_t number); /* decimal; much faster than printf */
void buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

/* Drops the first `length` bytes; they must be there. */
void buffer_consume(struct buffer *buffer, size_t length);
void buffer_truncate(struct buffer *buffer, size_t length);

struct str buffer_str(const struct buffer *buffer);
const char *buffer_text(const struct buffer *buffer); /* "" while empty, never NULL */

#endif
