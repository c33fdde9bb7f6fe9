/* See utf8.h. */
#include "utf8.h"

#include "check.h"

size_t utf8_sequence(struct str text) {
    const unsigned char *bytes = (const unsigned char *)text.data;
    if (text.length == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    size_t length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || text.length < length)
        return 0;
    unsigned char lowest = 0x80, highest = 0xBF;
    switch (bytes[0]) {
    case 0xE0:
        lowest = 0xA0; /* anything below would be a longer form of less */
        break;
    case 0xED:
        highest = 0x9F; /* surrogates */
        break;
    case 0xF0:
        lowest = 0x90;
        break;
    case 0xF4:
        highest = 0x8F; /* above U+10FFFF */
        break;
    default:
        break;
    }
    if (bytes[1] < lowest || bytes[1] > highest)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (bytes[i] < 0x80 || bytes[i] > 0xBF)
            return 0;
    return length;
}

bool utf8_is_valid(struct str text) {
    for (size_t i = 0; i < text.length;) {
        size_t length = utf8_sequence((struct str){text.data + i, text.length - i});
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

bool utf8_take(struct str *text, uint32_t *code_point_r) {
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t length = utf8_sequence(*text);
    if (length == 0)
        return false;
    uint32_t code_point = (unsigned char)text->data[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        code_point = code_point << 6 | ((unsigned char)text->data[i] & 0x3F);
    *text = (struct str){text->data + length, text->length - length};
    *code_point_r = code_point;
    return true;
}

void utf8_append(struct buffer *buffer, uint32_t code_point) {
    check(code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF));
    if (code_point < 0x80) {
        buffer_append_byte(buffer, (char)code_point);
    } else if (code_point < 0x800) {
        buffer_append_byte(buffer, (char)(0xC0 | code_point >> 6));
        buffer_append_byte(buffer, (char)(0x80 | (code_point & 0x3F)));
    } else if (code_point < 0x10000) {
        buffer_append_byte(buffer, (char)(0xE0 | code_point >> 12));
        buffer_append_byte(buffer, (char)(0x80 | (code_point >> 6 & 0x3F)));
        buffer_append_byte(buffer, (char)(0x80 | (code_point & 0x3F)));
    } else {
        buffer_append_byte(buffer, (char)(0xF0 | code_point >> 18));
        buffer_append_byte(buffer, (char)(0x80 | (code_point >> 12 & 0x3F)));
        buffer_append_byte(buffer, (char)(0x80 | (code_point >> 6 & 0x3F)));
        buffer_append_byte(buffer, (char)(0x80 | (code_point & 0x3F)));
    }
}

size_t utf8_count(struct str text) {
    size_t count = 0;
    for (size_t i = 0; i < text.length; count++) {
        size_t length = utf8_sequence((struct str){text.data + i, text.length - i});
        i += length == 0 ? 1 : length;
    }
    return count;
}
