/* Categories as keywords. See declared.h. */
#include "declared.h"

#include <string.h>

static const struct {
    const char *letter, *plain;
} declared_letters[] = {
    {"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"ß", "ss"}, {"Ä", "Ae"}, {"Ö", "Oe"}, {"Ü", "Ue"},
};

static bool declared_is_plain(char byte) {
    return (byte >= '0' && byte <= '9') || byte == '-' ||
           (ascii_lower(byte) >= 'a' && ascii_lower(byte) <= 'z');
}

/* What the letter that `text` begins with becomes; "" where rule 1 has nothing to say. */
static struct str declared_letter(struct str text) {
    for (size_t i = 0; i < sizeof declared_letters / sizeof *declared_letters; i++)
        if (str_starts_with(text, declared_letters[i].letter))
            return str_of(declared_letters[i].plain);
    return STR("");
}

size_t declared_keyword(struct str category, char keyword[DECLARED_KEYWORD_MAX + 1]) {
    enum { UMLAUT_BYTES = 2 };
    size_t length = 0;
    bool in_run = false;
    while (category.length > 0) {
        struct str plain = declared_letter(category);
        size_t used = plain.length > 0 ? UMLAUT_BYTES : 1;
        if (plain.length == 0 && declared_is_plain(category.data[0]))
            plain = (struct str){category.data, 1};
        bool starts_run = plain.length == 0 && !in_run;
        in_run = plain.length == 0;
        if (starts_run)
            plain = STR("_");
        for (size_t i = 0; i < plain.length && length < DECLARED_KEYWORD_MAX; i++)
            keyword[length++] = plain.data[i];
        category = (struct str){category.data + used, category.length - used};
    }
    keyword[length] = '\0';
    return length;
}
