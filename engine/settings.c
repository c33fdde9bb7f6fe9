/* See settings.h. */
#include "settings.h"

#include "base/utf8.h"

enum { SETTINGS_NEAR = 3 }; /* edits up to which a known word is suggested */

static uint32_t settings_column(struct str line, const char *at) {
    return (uint32_t)utf8_count(str_bytes(line.data, (size_t)(at - line.data))) + 1;
}

static enum status settings_line(struct settings *settings, uint32_t number, struct str line,
                                 struct error *error) {
    struct str trimmed = str_trim(line);
    if (trimmed.length == 0 || trimmed.data[0] == '#')
        return STATUS_OK;
    struct str value = trimmed;
    struct str key = str_trim(str_cut(&value, '='));
    uint32_t column = settings_column(line, trimmed.data);
    if (key.length == trimmed.length || key.length == 0)
        return error_set(error, STATUS_INVALID,
                         "%s:%u:%u: expected \"key = value\", found \"%.*s\"", settings->file,
                         number, column, STR_ARG(trimmed));
    value = str_trim(value);
    if (settings->count == SETTINGS_KEYS_MAX)
        return error_set(error, STATUS_LIMIT, "%s:%u:%u: more than %d keys", settings->file, number,
                         column, SETTINGS_KEYS_MAX);
    for (uint32_t i = 0; i < settings->count; i++)
        if (str_equal(settings->items[i].key, key))
            return error_set(error, STATUS_INVALID,
                             "%s:%u:%u: \"%.*s\" stands here a second time, the first is in line "
                             "%u",
                             settings->file, number, column, STR_ARG(key), settings->items[i].line);
    settings->items[settings->count++] = (struct setting){
        .line = number,
        .key_column = column,
        .value_column = value.length > 0 ? settings_column(line, value.data)
                                         : settings_column(line, trimmed.data + trimmed.length),
        .key = key,
        .value = value,
    };
    return STATUS_OK;
}

enum status settings_read(const char *file, struct str text, struct settings *settings_r,
                          struct error *error) {
    *settings_r = (struct settings){.file = file};
    if (text.length > SETTINGS_BYTES_MAX)
        return error_set(error, STATUS_LIMIT, "%s: at most %d bytes are read, found %zu", file,
                         SETTINGS_BYTES_MAX, text.length);
    if (str_starts_with(text, "\xEF\xBB\xBF"))
        text = str_bytes(text.data + 3, text.length - 3);
    for (uint32_t line = 1; text.length > 0; line++) {
        struct str piece = str_cut(&text, '\n');
        if (!utf8_is_valid(piece))
            return error_set(error, STATUS_INVALID, "%s:%u:1: expected UTF-8, found other bytes",
                             file, line);
        enum status status = settings_line(settings_r, line, piece, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

const struct setting *settings_find(const struct settings *settings, const char *key) {
    for (uint32_t i = 0; i < settings->count; i++)
        if (str_equal_text(settings->items[i].key, key))
            return &settings->items[i];
    return NULL;
}

const char *settings_nearest(struct str word, const char *const *known, size_t count) {
    const char *nearest = NULL;
    size_t least = SETTINGS_NEAR + 1;
    for (size_t i = 0; i < count; i++) {
        size_t distance = str_distance(word, str_of(known[i]), least);
        if (distance < least) {
            least = distance;
            nearest = known[i];
        }
    }
    return nearest;
}

enum status settings_known(const struct settings *settings, const char *const *known, size_t count,
                           struct error *error) {
    for (uint32_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->items[i];
        bool found = false;
        for (size_t k = 0; k < count && !found; k++)
            found = str_equal_text(setting->key, known[k]);
        if (found)
            continue;
        const char *near = settings_nearest(setting->key, known, count);
        return error_set(error, STATUS_INVALID, "%s:%u:%u: there is no key \"%.*s\"%s%s%s",
                         settings->file, setting->line, setting->key_column, STR_ARG(setting->key),
                         near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                         near != NULL ? "\"?" : "");
    }
    return STATUS_OK;
}
