/* One exported table: its columns found by name, its cells read by what they must be. */
#ifndef SIM_COMMAND_EXPORTS_TABLE_H
#define SIM_COMMAND_EXPORTS_TABLE_H

#include "../../engine/base/csv.h"
#include "exports.h"

enum { EXPORT_COLUMNS_MAX = 12 };

struct export_table {
    struct exports *exports;
    const char *file;
    const char *const *columns; /* "Name" or "Name|OtherName"; "?" in front: need not be there */
    struct csv *csv;
    struct csv_row row;
    int32_t place[EXPORT_COLUMNS_MAX]; /* which field; −1: none */
    uint32_t field_count;
    uint32_t column_count;
};

/* Reads file and header. STATUS_OK with complaints when columns are missing: then no row comes. */
NODISCARD enum status export_table_open(struct exports *exports, const char *file,
                                        const char *const *columns, uint32_t count,
                                        struct export_table *table_r, struct error *error);
void export_table_close(struct export_table *table);
/* The next whole row; broken ones are complained of and passed over. False at the end. */
bool export_table_next(struct export_table *table);

/* "" where the column is missing. Trimmed. */
struct str export_cell(const struct export_table *table, uint32_t column);
void export_complain(const struct export_table *table, uint32_t column, const char *expected);
/* "file:line:column" of a cell, into `place`. */
void export_place(const struct export_table *table, uint32_t column, char *place, size_t capacity);
/* Notes a name that may have lost its umlauts: without -Encoding, Export-Csv writes "?" for them.
 */
void export_name(const struct export_table *table, uint32_t column);
/* Each complains of a cell it does not understand. A missing column gives 0 and no complaint. */
uint64_t export_number(const struct export_table *table, uint32_t column);
/* "984.7 MB (1,032,552,448 bytes)", "0 B (0 bytes)", "6672B"; with `unlimited` also "Unlimited" and
 * "Unbegrenzt", as 0. */
uint64_t export_size(const struct export_table *table, uint32_t column, bool unlimited);
/* "True", "Wahr", "False", "Falsch". */
bool export_switch(const struct export_table *table, uint32_t column);

#endif
