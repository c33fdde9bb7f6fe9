/* See keywords.h. */
#include "keywords.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct keyword {
    char text[KEYWORD_BYTES_MAX + 1];
};

static const char *keyword_umlaut(uint32_t code) {
    switch (code) {
    case 0xE4:
        return "ae";
    case 0xF6:
        return "oe";
    case 0xFC:
        return "ue";
    case 0xC4:
        return "Ae";
    case 0xD6:
        return "Oe";
    case 0xDC:
        return "Ue";
    case 0xDF:
        return "ss";
    default:
        return NULL;
    }
}

static bool keyword_plain(uint32_t code) {
    return (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') ||
           (code >= '0' && code <= '9') || code == '-';
}

static void keyword_of(struct str category, struct keyword *keyword_r) {
    struct buffer out = {0};
    while (category.length > 0) {
        uint32_t code = 0;
        if (!utf8_take(&category, &code)) {
            category = str_bytes(category.data + 1, category.length - 1);
            code = 0;
        }
        const char *umlaut = keyword_umlaut(code);
        if (umlaut != NULL)
            buffer_append_text(&out, umlaut);
        else if (keyword_plain(code))
            buffer_append_byte(&out, (char)code);
        else if (out.length == 0 || out.data[out.length - 1] != '_')
            buffer_append_byte(&out, '_');
    }
    size_t length = out.length < KEYWORD_BYTES_MAX ? out.length : KEYWORD_BYTES_MAX;
    *keyword_r = (struct keyword){0};
    memcpy(keyword_r->text, buffer_text(&out), length);
    buffer_release(&out);
}

static int keyword_compare(const void *left, const void *right) {
    return strcmp(((const struct keyword *)left)->text, ((const struct keyword *)right)->text);
}

void keywords_of_categories(struct str categories, struct buffer *out) {
    struct keyword keywords[KEYWORDS_MAX];
    size_t count = 0;
    while (categories.length > 0 && count < KEYWORDS_MAX) {
        struct str category = str_cut(&categories, '\n');
        if (category.length > 0)
            keyword_of(category, &keywords[count++]);
    }
    qsort(keywords, count, sizeof keywords[0], keyword_compare);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(keywords[i].text, keywords[i - 1].text) == 0)
            continue;
        if (i > 0)
            buffer_append_byte(out, ' ');
        buffer_append_text(out, keywords[i].text);
    }
}
