/* Bytes that grow. See buffer.h. */
#include "buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { BUFFER_SMALLEST = 256, BUFFER_LINE = 80 };

void buffer_release(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer) {
    buffer->length = 0;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

void buffer_reserve(struct buffer *buffer, size_t more) {
    check(more < SIZE_MAX / 4 - buffer->length);
    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity == 0 ? BUFFER_SMALLEST : buffer->capacity;
    while (capacity < needed)
        capacity *= 2;
    buffer->data = memory_grow(buffer->data, capacity, 1);
    buffer->capacity = capacity;
}

void buffer_append_u64(struct buffer *buffer, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(buffer, digits + at, sizeof digits - at);
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments) {
    check(format != NULL);
    va_list again;
    va_copy(again, arguments);
    /* Most of what is printed is short, and there is room for it already. */
    buffer_reserve(buffer, BUFFER_LINE);
    size_t room = buffer->capacity - buffer->length;
    int length = vsnprintf(buffer->data + buffer->length, room, format, arguments);
    check(length >= 0);
    if ((size_t)length >= room) {
        buffer_reserve(buffer, (size_t)length);
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
    }
    va_end(again);
    buffer->length += (size_t)length;
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}

void buffer_consume(struct buffer *buffer, size_t length) {
    check(length <= buffer->length);
    if (length == 0)
        return;
    memmove(buffer->data, buffer->data + length, buffer->length - length + 1);
    buffer->length -= length;
}

void buffer_truncate(struct buffer *buffer, size_t length) {
    check(length <= buffer->length);
    buffer->length = length;
    if (buffer->data != NULL)
        buffer->data[length] = '\0';
}

struct str buffer_str(const struct buffer *buffer) {
    return str_bytes(buffer->data, buffer->length);
}

const char *buffer_text(const struct buffer *buffer) {
    return buffer->data == NULL ? "" : buffer->data;
}
