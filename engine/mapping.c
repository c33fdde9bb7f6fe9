/* See mapping.h. */
#include "mapping.h"

#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/digest.h"
#include "base/utf8.h"

enum mapping_column {
    COLUMN_SOURCE,
    COLUMN_TARGET,
    COLUMN_KEY,
    COLUMN_DISPLAY,
    COLUMN_MERGE,
    COLUMN_COUNT
};

static const struct {
    const char *name;
    enum mapping_column column;
} mapping_columns[] = {
    {"source_address", COLUMN_SOURCE}, {"quelle", COLUMN_SOURCE},
    {"EmailAddress", COLUMN_SOURCE},   {"target_login", COLUMN_TARGET},
    {"ziel", COLUMN_TARGET},           {"key", COLUMN_KEY},
    {"schluessel", COLUMN_KEY},        {"ExchangeGuid", COLUMN_KEY},
    {"display_name", COLUMN_DISPLAY},  {"anzeigename", COLUMN_DISPLAY},
    {"DisplayName", COLUMN_DISPLAY},   {"merge", COLUMN_MERGE},
};

struct mapping_reader {
    struct arena *arena;
    const char *file;
    struct csv *csv;
    struct buffer *complaints;
    uint32_t complaint_count;
    uint32_t column_count;       /* of the header row */
    int32_t place[COLUMN_COUNT]; /* which field holds it; −1: none */
    struct pair *pairs;
    size_t count, capacity;
    bool closed; /* the trailer was read */
};

static void mapping_complain(struct mapping_reader *reader, uint32_t line, uint32_t column,
                             const char *expected, struct str found) {
    if (++reader->complaint_count > MAPPING_COMPLAINTS_MAX)
        return;
    buffer_printf(reader->complaints, "%s:%u:%u: expected %s, found \"%.*s\"\n", reader->file, line,
                  column, expected, (int)(found.length < 120 ? found.length : 120), found.data);
}

static void mapping_header(struct mapping_reader *reader, const struct csv_row *row) {
    reader->column_count = row->field_count;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        reader->place[i] = -1;
    for (uint32_t i = 0; i < row->field_count; i++) {
        const struct csv_field *field = &row->fields[i];
        bool known = false;
        for (size_t k = 0; k < sizeof mapping_columns / sizeof mapping_columns[0]; k++) {
            if (!str_equal_caseless(field->text, str_of(mapping_columns[k].name)))
                continue;
            known = true;
            if (reader->place[mapping_columns[k].column] >= 0)
                mapping_complain(reader, row->line, field->column, "each column once", field->text);
            reader->place[mapping_columns[k].column] = (int32_t)i;
        }
        if (!known)
            mapping_complain(reader, row->line, field->column,
                             "a column named source_address, target_login, key, display_name or "
                             "merge",
                             field->text);
    }
    if (reader->place[COLUMN_SOURCE] < 0)
        mapping_complain(reader, row->line, 1, "a column source_address", STR("none"));
    if (reader->place[COLUMN_TARGET] < 0)
        mapping_complain(reader, row->line, 1, "a column target_login", STR("none"));
}

static bool mapping_is_word(struct str text) {
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] <= 0x20 || text.data[i] == 0x7F || text.data[i] == '"' ||
            text.data[i] == '*' || text.data[i] == '\\')
            return false;
    return text.length > 0 && text.length <= MAPPING_FIELD_MAX;
}

static bool mapping_is_address(struct str text) {
    struct str domain = text;
    struct str local = str_cut(&domain, '@');
    return mapping_is_word(text) && local.length > 0 && domain.length > 0 &&
           memchr(domain.data, '@', domain.length) == NULL;
}

static bool mapping_is_key(struct str text) {
    if (text.length != 36)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char byte = ascii_lower(text.data[i]);
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
        if (dash ? byte != '-' : !hex)
            return false;
    }
    return true;
}

static const char *mapping_lower(struct arena *arena, struct str text) {
    char *lower = arena_text(arena, text);
    for (size_t i = 0; i < text.length; i++)
        lower[i] = ascii_lower(lower[i]);
    return lower;
}

static const struct csv_field *mapping_field(const struct mapping_reader *reader,
                                             const struct csv_row *row,
                                             enum mapping_column column) {
    static const struct csv_field none = {.text = {"", 0}, .column = 1};
    return reader->place[column] < 0 ? &none : &row->fields[reader->place[column]];
}

static void mapping_row(struct mapping_reader *reader, const struct csv_row *row) {
    if (row->field_count == 1 && row->fields[0].text.length == 0) {
        mapping_complain(reader, row->line, 1, "a row", STR("an empty line"));
        return;
    }
    if (row->field_count != reader->column_count) {
        char found[40];
        snprintf(found, sizeof found, "%u fields", row->field_count);
        mapping_complain(reader, row->line, row->fields[row->field_count - 1].column,
                         "as many fields as the header row has", str_of(found));
        return;
    }
    const struct csv_field *source = mapping_field(reader, row, COLUMN_SOURCE);
    const struct csv_field *target = mapping_field(reader, row, COLUMN_TARGET);
    const struct csv_field *key = mapping_field(reader, row, COLUMN_KEY);
    const struct csv_field *merge = mapping_field(reader, row, COLUMN_MERGE);
    uint32_t before = reader->complaint_count;
    if (!mapping_is_address(source->text))
        mapping_complain(reader, row->line, source->column,
                         "a mail address without blanks as source", source->text);
    if (!mapping_is_word(target->text))
        mapping_complain(reader, row->line, target->column,
                         "a login without blanks, quotes and '*' as target", target->text);
    if (reader->place[COLUMN_KEY] >= 0 && !mapping_is_key(key->text))
        mapping_complain(reader, row->line, key->column, "a key of 8-4-4-4-12 hexadecimal digits",
                         key->text);
    bool merged = str_equal_caseless(merge->text, STR("yes"));
    if (!merged && merge->text.length > 0 && !str_equal_caseless(merge->text, STR("no")))
        mapping_complain(reader, row->line, merge->column, "merge to be yes, no or empty",
                         merge->text);
    if (reader->complaint_count > before)
        return;
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity > 0 ? reader->capacity * 2 : 64;
        struct pair *pairs = arena_take(reader->arena, capacity, sizeof *pairs);
        if (reader->count > 0)
            memcpy(pairs, reader->pairs, reader->count * sizeof *pairs);
        reader->pairs = pairs;
        reader->capacity = capacity;
    }
    reader->pairs[reader->count++] = (struct pair){
        .source = arena_text(reader->arena, source->text),
        .target = arena_text(reader->arena, target->text),
        .key = mapping_lower(reader->arena, key->text),
        .merge = merged,
        .line = row->line,
    };
}

/* "#rows=800 sha256=…", or either of the two. */
static void mapping_trailer(struct mapping_reader *reader, const struct csv_row *row) {
    struct str rest = row->fields[0].text;
    rest = str_bytes(rest.data + 1, rest.length - 1);
    reader->closed = true;
    while (rest.length > 0) {
        struct str value = str_cut(&rest, ' ');
        struct str name = str_cut(&value, '=');
        uint64_t rows = 0;
        char hex[SEAL_HEX_MAX];
        if (str_equal_text(name, "rows")) {
            if (!str_to_u64(value, &rows) || rows != reader->count) {
                char expected[80];
                snprintf(expected, sizeof expected, "the trailer to say rows=%zu", reader->count);
                mapping_complain(reader, row->line, 2, expected, value);
            }
        } else if (str_equal_text(name, "sha256")) {
            struct seal_digest digest = seal_digest_of(csv_text_before(reader->csv));
            if (!str_equal_caseless(value, str_of(seal_digest_hex(&digest, hex))))
                mapping_complain(reader, row->line, 2,
                                 "the trailer's sha256 to be that of the rows before it", value);
        } else {
            mapping_complain(reader, row->line, 2, "a trailer \"#rows=N sha256=…\"", name);
        }
    }
}

static enum status mapping_rows(struct mapping_reader *reader, struct error *error) {
    struct csv_row row;
    struct error broken = {0};
    enum status status = csv_header(reader->csv, &row, &broken);
    if (status != STATUS_OK) {
        buffer_printf(reader->complaints, "%s:%u:%u: %s\n", reader->file, row.line, row.bad_column,
                      broken.text);
        return error_set(error, STATUS_INVALID, "%s:%u:%u: %s", reader->file, row.line,
                         row.bad_column, broken.text);
    }
    mapping_header(reader, &row);
    if (reader->complaint_count > 0)
        return STATUS_OK; /* without columns every row would be wrong */
    while ((status = csv_next(reader->csv, &row, &broken)) != STATUS_NOT_FOUND) {
        if (reader->closed)
            mapping_complain(reader, row.line, 1, "nothing after the trailer", STR("a row"));
        else if (status != STATUS_OK) {
            reader->complaint_count++;
            if (reader->complaint_count <= MAPPING_COMPLAINTS_MAX)
                buffer_printf(reader->complaints, "%s:%u:%u: %s\n", reader->file, row.line,
                              row.bad_column, broken.text);
        } else if (row.field_count >= 1 && str_starts_with(row.fields[0].text, "#"))
            mapping_trailer(reader, &row);
        else if (reader->count == MAPPING_ROWS_MAX)
            return error_set(error, STATUS_LIMIT, "%s: more than %d rows", reader->file,
                             MAPPING_ROWS_MAX);
        else
            mapping_row(reader, &row);
    }
    return STATUS_OK;
}

enum status mapping_read(struct arena *arena, const char *file, struct str bytes,
                         struct mapping *mapping_r, struct buffer *complaints,
                         struct error *error) {
    *mapping_r = (struct mapping){0};
    struct mapping_reader reader = {.arena = arena, .file = file, .complaints = complaints};
    enum status status = csv_open(bytes, &reader.csv, error);
    if (status != STATUS_OK) {
        error_context(error, "%s", file);
        buffer_printf(complaints, "%s\n", error->text);
        error->status = STATUS_INVALID;
        return STATUS_INVALID;
    }
    status = mapping_rows(&reader, error);
    if (reader.complaint_count > MAPPING_COMPLAINTS_MAX)
        buffer_printf(complaints, "%s: and %u more\n", file,
                      reader.complaint_count - MAPPING_COMPLAINTS_MAX);
    if (status == STATUS_OK && reader.complaint_count > 0)
        status = error_set(error, STATUS_INVALID, "%s: %u bad places, nothing is moved", file,
                           reader.complaint_count);
    else if (status == STATUS_OK && reader.count == 0) {
        buffer_printf(complaints, "%s:1:1: expected at least one row, found none\n", file);
        status = error_set(error, STATUS_INVALID, "%s: no rows", file);
    }
    csv_close(&reader.csv);
    if (status == STATUS_OK)
        *mapping_r = (struct mapping){reader.pairs, reader.count};
    return status;
}
