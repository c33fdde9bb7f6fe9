/* What a mapping is beside itself and beside another one: doubles, differences. See mapping.h. */
#include "mapping.h"

#include <string.h>

#include "base/digest.h"
#include "base/table.h"

/* A number that texts equal without regard to case share. */
static uint64_t mapping_number(const char *text) {
    char lower[MAPPING_FIELD_MAX + 1];
    size_t length = 0;
    for (; text[length] != '\0' && length < MAPPING_FIELD_MAX; length++)
        lower[length] = ascii_lower(text[length]);
    return digest_of(lower, length).low;
}

static const struct pair *mapping_lookup(const struct mapping *mapping, const struct table *rows,
                                         const char *source) {
    const uint64_t *row = table_find(rows, mapping_number(source));
    return row == NULL ? NULL : &mapping->pairs[*row - 1];
}

static struct table *mapping_by_source(const struct mapping *mapping) {
    struct table *rows = table_new();
    for (size_t i = 0; i < mapping->count; i++)
        *table_at(rows, mapping_number(mapping->pairs[i].source)) = i + 1;
    return rows;
}

const struct pair *mapping_find(const struct mapping *mapping, struct str source) {
    for (size_t i = 0; i < mapping->count; i++)
        if (str_equal_caseless(str_of(mapping->pairs[i].source), source))
            return &mapping->pairs[i];
    return NULL;
}

static bool mapping_same(const struct pair *one, const struct pair *other) {
    return str_equal_caseless(str_of(one->source), str_of(other->source)) &&
           str_equal_caseless(str_of(one->target), str_of(other->target)) &&
           (one->key[0] == '\0' || other->key[0] == '\0' || strcmp(one->key, other->key) == 0);
}

/* Whether it has that very row. Where a source occurs twice, `rows` knows only one of its rows. */
static bool mapping_has(const struct mapping *mapping, const struct table *rows,
                        const struct pair *pair) {
    const struct pair *row = mapping_lookup(mapping, rows, pair->source);
    if (row == NULL || mapping_same(row, pair))
        return row != NULL;
    for (size_t i = 0; i < mapping->count && table_count(rows) < mapping->count; i++)
        if (mapping_same(&mapping->pairs[i], pair))
            return true;
    return false;
}

bool mapping_difference(const struct mapping *former, const struct mapping *present,
                        struct buffer *sentence) {
    struct table *before = mapping_by_source(former), *now = mapping_by_source(present);
    size_t differences = 0;
    struct buffer first = {0};
    for (size_t i = 0; i < present->count; i++) {
        const struct pair *pair = &present->pairs[i];
        const struct pair *was = mapping_lookup(former, before, pair->source);
        if (mapping_has(former, before, pair) || differences++ > 0)
            continue;
        if (was == NULL)
            buffer_printf(&first, "line %u: %s goes to %s and was not there before", pair->line,
                          pair->source, pair->target);
        else
            buffer_printf(&first, "line %u: %s goes to %s with key %s instead of %s with key %s",
                          pair->line, pair->source, pair->target, pair->key, was->target, was->key);
    }
    for (size_t i = 0; i < former->count; i++) {
        const struct pair *pair = &former->pairs[i];
        bool there = mapping_lookup(present, now, pair->source) != NULL;
        /* A changed row was counted above; one of several with its source was not. */
        if ((there && table_count(before) == former->count) || mapping_has(present, now, pair) ||
            differences++ > 0)
            continue;
        buffer_printf(&first, "%s is missing", pair->source);
    }
    if (differences > 0)
        buffer_printf(sentence, "%zu rows differ, the first is %s", differences,
                      buffer_text(&first));
    buffer_release(&first);
    table_close(&before);
    table_close(&now);
    return differences > 0;
}

struct mapping_doubles {
    const char *file;
    struct buffer *complaints;
    size_t count;
};

static void mapping_double(struct mapping_doubles *doubles, const struct mapping *mapping,
                           size_t row, struct table *seen, const char *text, const char *what) {
    const struct pair *pair = &mapping->pairs[row];
    uint64_t *first = table_at(seen, mapping_number(text));
    if (*first == 0) {
        *first = row + 1;
        return;
    }
    const struct pair *other = &mapping->pairs[*first - 1];
    if (strcmp(what, "target") == 0 && pair->merge && other->merge)
        return;
    if (++doubles->count <= MAPPING_COMPLAINTS_MAX)
        buffer_printf(doubles->complaints,
                      "%s:%u:1: expected each %s once, found %s in line %u already%s\n",
                      doubles->file, pair->line, what, text, other->line,
                      strcmp(what, "target") == 0 ? " (a merge is declared in both rows)" : "");
}

enum status mapping_bijective(const struct mapping *mapping, const char *file, int64_t expected,
                              struct buffer *complaints, struct error *error) {
    struct mapping_doubles doubles = {.file = file, .complaints = complaints};
    struct table *sources = table_new(), *targets = table_new(), *keys = table_new();
    for (size_t i = 0; i < mapping->count; i++) {
        const struct pair *pair = &mapping->pairs[i];
        mapping_double(&doubles, mapping, i, sources, pair->source, "source");
        mapping_double(&doubles, mapping, i, targets, pair->target, "target");
        if (pair->key[0] != '\0')
            mapping_double(&doubles, mapping, i, keys, pair->key, "key");
    }
    table_close(&sources);
    table_close(&targets);
    table_close(&keys);
    bool wrong_count = expected > 0 && (size_t)expected != mapping->count;
    if (wrong_count)
        buffer_printf(complaints, "%s:1:1: expected %lld rows, as the plan says, found %zu\n", file,
                      (long long)expected, mapping->count);
    if (doubles.count > 0)
        return error_set(error, STATUS_INVALID,
                         "%s: %zu sources, targets or keys occur more than once", file,
                         doubles.count);
    if (wrong_count)
        return error_set(error, STATUS_INVALID,
                         "%s: the plan says %lld mailboxes, the mapping has %zu", file,
                         (long long)expected, mapping->count);
    return STATUS_OK;
}
