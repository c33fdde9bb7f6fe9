/*
 * Reads a table that a person exported: Excel, Export-Csv, an editor. What such files differ in is
 * found out strictly, never guessed: the encoding by its byte order mark, else UTF-8 where the
 * bytes are valid UTF-8, else Windows-1252; the separator by the only one of comma, semicolon and
 * tab that the header row holds. A "#TYPE" line on top, as Export-Csv writes it, is skipped.
 *
 * A field may stand in double quotes, a quote inside doubled; it ends on the line it begins on.
 * So a broken row harms nothing but itself, and a reader can name every one of them.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdint.h>

#include "status.h"
#include "str.h"

struct csv;

enum { CSV_BYTES_MAX = 64 << 20, CSV_FIELDS_MAX = 256 };

struct csv_field {
    struct str text; /* UTF-8, unquoted; borrowed until the next row is read */
    uint32_t column; /* in characters, from 1 */
};

struct csv_row {
    uint32_t line; /* from 1 */
    uint32_t field_count;
    struct csv_field fields[CSV_FIELDS_MAX];
    uint32_t bad_column; /* where the row is broken, when it is */
};

/* Decodes `bytes`, which are not needed afterwards. INVALID when they are no text. */
NODISCARD enum status csv_open(struct str bytes, struct csv **csv_r, struct error *error);
void csv_close(struct csv **csv);

/* The header row. To be read first, once. INVALID when there is none or the separator is open. */
NODISCARD enum status csv_header(struct csv *csv, struct csv_row *row_r, struct error *error);
/* The next row. NOT_FOUND at the end; INVALID for a broken row, after which reading may go on. */
NODISCARD enum status csv_next(struct csv *csv, struct csv_row *row_r, struct error *error);

/* "UTF-8", "UTF-16LE", "Windows-1252", … */
const char *csv_encoding(const struct csv *csv);
/* All of the text as UTF-8, up to the row read last: what a trailer's checksum is taken over. */
struct str csv_text_before(const struct csv *csv);

#endif
