/* See exports_table.h. */
#include "exports_table.h"

#include <stdio.h>
#include <string.h>

#include "../../fixtures/csv_file.h"

static void table_complain(struct export_table *table, uint32_t line, uint32_t column,
                           const char *what) {
    struct exports *exports = table->exports;
    if (++exports->complaint_count <= EXPORTS_COMPLAINTS_MAX)
        buffer_printf(&exports->complaints, "%s:%u:%u: %s\n", table->file, line, column, what);
}

/* A column goes by the first of its names that the header has; that name must stand there once. */
static void table_find_column(struct export_table *table, uint32_t column) {
    struct str names = str_of(table->columns[column]);
    bool needed = names.data[0] != '?';
    if (!needed)
        names = str_bytes(names.data + 1, names.length - 1);
    table->place[column] = -1;
    while (names.length > 0 && table->place[column] < 0) {
        struct str name = str_cut(&names, '|');
        for (uint32_t k = 0; k < table->row.field_count; k++) {
            if (!str_equal_caseless(name, str_trim(table->row.fields[k].text)))
                continue;
            if (table->place[column] >= 0)
                table_complain(table, table->row.line, table->row.fields[k].column,
                               "expected each column once, found this one again");
            table->place[column] = (int32_t)k;
        }
    }
    if (table->place[column] >= 0 || !needed)
        return;
    char what[200];
    snprintf(what, sizeof what, "expected a column %s, found none", table->columns[column]);
    table_complain(table, table->row.line, 1, what);
}

enum status export_table_open(struct exports *exports, const char *file, const char *const *columns,
                              uint32_t count, struct export_table *table_r, struct error *error) {
    struct buffer text = {0};
    *table_r = (struct export_table){
        .exports = exports, .file = file, .columns = columns, .column_count = count};
    uint32_t complaints = exports->complaint_count;
    enum status status = csv_file_load(file, &text, error);
    if (status == STATUS_OK) {
        table_r->row.line = table_r->row.bad_column = 1;
        status = csv_open(buffer_str(&text), &table_r->csv, error);
        if (status == STATUS_OK)
            status = csv_header(table_r->csv, &table_r->row, error);
        if (status == STATUS_OK) {
            table_r->field_count = table_r->row.field_count;
            for (uint32_t i = 0; i < count; i++)
                table_find_column(table_r, i);
        } else if (status == STATUS_INVALID) {
            table_complain(table_r, table_r->row.line, table_r->row.bad_column, error->text);
            status = STATUS_OK;
        }
        exports->unread |= complaints != exports->complaint_count;
        if (complaints != exports->complaint_count)
            csv_close(&table_r->csv);
    }
    buffer_release(&text);
    return status;
}

void export_table_close(struct export_table *table) {
    csv_close(&table->csv);
}

bool export_table_next(struct export_table *table) {
    struct error error;
    while (table->csv != NULL) {
        enum status status = csv_next(table->csv, &table->row, &error);
        if (status == STATUS_NOT_FOUND)
            return false;
        if (status == STATUS_OK && table->row.field_count == table->field_count)
            return true;
        char what[100];
        snprintf(what, sizeof what, "expected %u columns as in the header, found %u",
                 table->field_count, table->row.field_count);
        if (status == STATUS_OK)
            table_complain(table, table->row.line, 1, what);
        else
            table_complain(table, table->row.line, table->row.bad_column, error.text);
    }
    return false;
}

struct str export_cell(const struct export_table *table, uint32_t column) {
    int32_t place = table->place[column];
    return place < 0 ? STR("") : str_trim(table->row.fields[place].text);
}

void export_complain(const struct export_table *table, uint32_t column, const char *expected) {
    int32_t place = table->place[column];
    struct str found = export_cell(table, column);
    struct str name = str_of(table->columns[column]);
    struct exports *exports = table->exports;
    if (name.data[0] == '?')
        name = str_bytes(name.data + 1, name.length - 1);
    name = str_cut(&name, '|');
    if (++exports->complaint_count <= EXPORTS_COMPLAINTS_MAX)
        buffer_printf(&exports->complaints, "%s:%u:%u: %.*s: expected %s, found \"%.*s\"\n",
                      table->file, table->row.line, place < 0 ? 1 : table->row.fields[place].column,
                      STR_ARG(name), expected, (int)(found.length < 120 ? found.length : 120),
                      found.data);
}

void export_place(const struct export_table *table, uint32_t column, char *place, size_t capacity) {
    int32_t at = table->place[column];
    snprintf(place, capacity, "%s:%u:%u", table->file, table->row.line,
             at < 0 ? 1 : table->row.fields[at].column);
}

void export_name(const struct export_table *table, uint32_t column) {
    struct str text = export_cell(table, column);
    struct exports *exports = table->exports;
    if (text.length == 0 || memchr(text.data, '?', text.length) == NULL)
        return;
    if (exports->question_marks++ == 0)
        export_place(table, column, exports->first_question_mark,
                     sizeof exports->first_question_mark);
}

uint64_t export_number(const struct export_table *table, uint32_t column) {
    uint64_t number = 0;
    if (table->place[column] >= 0 && !str_to_u64(export_cell(table, column), &number))
        export_complain(table, column, "a whole number of digits alone");
    return number;
}

/* Digits with any of the separators that people group them with; at least one digit. */
static bool table_grouped(struct str text, uint64_t *number_r) {
    char digits[24];
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        struct str rest = str_bytes(text.data + i, text.length - i);
        if (text.data[i] >= '0' && text.data[i] <= '9' && count < sizeof digits)
            digits[count++] = text.data[i];
        else if (str_starts_with(rest, "\xC2\xA0")) /* no-break space */
            i += 1;
        else if (str_starts_with(rest, "\xE2\x80\xAF")) /* the narrow one */
            i += 2;
        else if (strchr(",. '", text.data[i]) == NULL || text.data[i] == '\0')
            return false;
    }
    return str_to_u64(str_bytes(digits, count), number_r);
}

static bool table_size(struct str text, uint64_t *size_r) {
    const char *open = memchr(text.data, '(', text.length);
    if (open == NULL) { /* as Exchange 2007 wrote it: "6672B" */
        if (text.length < 2 || text.data[text.length - 1] != 'B')
            return false;
        return str_to_u64(str_bytes(text.data, text.length - 1), size_r);
    }
    struct str inside = {open + 1, text.length - (size_t)(open + 1 - text.data)};
    static const char ending[] = " bytes)";
    size_t tail = sizeof ending - 1;
    if (inside.length <= tail ||
        !str_equal_caseless(str_bytes(inside.data + inside.length - tail, tail), str_of(ending)))
        return false;
    return table_grouped(str_bytes(inside.data, inside.length - tail), size_r);
}

uint64_t export_size(const struct export_table *table, uint32_t column, bool unlimited) {
    struct str text = export_cell(table, column);
    uint64_t size = 0;
    if (table->place[column] < 0)
        return 0;
    if (unlimited &&
        (str_equal_caseless(text, STR("Unlimited")) || str_equal_caseless(text, STR("Unbegrenzt"))))
        return 0;
    if (!table_size(text, &size) || size > (uint64_t)1 << 50)
        export_complain(table, column,
                        unlimited ? "a size like \"2 GB (2,147,483,648 bytes)\", or Unlimited"
                                  : "a size like \"2 GB (2,147,483,648 bytes)\"");
    return size;
}

bool export_switch(const struct export_table *table, uint32_t column) {
    struct str text = export_cell(table, column);
    if (table->place[column] < 0 || str_equal_caseless(text, STR("False")) ||
        str_equal_caseless(text, STR("Falsch")))
        return false;
    if (str_equal_caseless(text, STR("True")) || str_equal_caseless(text, STR("Wahr")))
        return true;
    export_complain(table, column, "True or False (Wahr or Falsch)");
    return false;
}
