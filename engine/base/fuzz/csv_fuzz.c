/*
 * Any bytes as a table that a person exported. Whatever they are, they are taken or refused with a
 * reason; each row lies on a later line than the one before, and what was decoded is UTF-8 and as
 * long as it says.
 */
#include <stdint.h>
#include <string.h>

#include "../check.h"
#include "../csv.h"
#include "../utf8.h"
#include "exact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_row(const struct csv_row *row, uint32_t *line) {
    check_compare(row->line, >, *line);
    check_compare(row->field_count, <=, CSV_FIELDS_MAX);
    *line = row->line;
    for (uint32_t i = 0; i < row->field_count; i++) {
        check_compare(row->fields[i].column, >, 0);
        check(utf8_is_valid(row->fields[i].text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *bytes = exact_copy(EXACT_PIECE, data, size);
    struct csv *csv;
    struct csv_row row;
    struct error error;
    uint32_t line = 0;
    enum status status = csv_open(str_bytes(bytes, size), &csv, &error);
    memset(bytes, 0xee, size); /* the table must not need them any more */
    if (status != STATUS_OK)
        return 0;
    status = csv_header(csv, &row, &error);
    if (status == STATUS_OK)
        look_at_row(&row, &line);
    while (status == STATUS_OK && (status = csv_next(csv, &row, &error)) != STATUS_NOT_FOUND) {
        if (status == STATUS_OK)
            look_at_row(&row, &line);
        else
            check_compare(row.bad_column, >, 0);
        status = STATUS_OK;
    }
    check(csv_encoding(csv) != NULL);
    check(utf8_is_valid(csv_text_before(csv)));
    csv_close(&csv);
    return 0;
}
