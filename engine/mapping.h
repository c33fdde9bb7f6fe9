/*
 * The mapping: which source mailbox goes to which target login, one row each. Read from a table
 * (base/csv.h) whose columns are known by name, never by position:
 *
 *   source_address | quelle | EmailAddress     needed
 *   target_login   | ziel                      needed
 *   key | schluessel | ExchangeGuid            the source mailbox's immutable key
 *   display_name | anzeigename | DisplayName   for people; pairs nothing
 *   merge                                      "yes": this target may have several sources
 *
 * A last row "#rows=800 sha256=…" closes the table: the number of rows, and the SHA-256 of all that
 * stands before it, as UTF-8. A table with one bad row is no mapping: all bad rows are named, and
 * nothing is moved. Fields have no default, and no value is carried from row to row.
 */
#ifndef ENGINE_MAPPING_H
#define ENGINE_MAPPING_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"

enum { MAPPING_ROWS_MAX = 1000000, MAPPING_COMPLAINTS_MAX = 100, MAPPING_FIELD_MAX = 250 };

struct pair {
    const char *source; /* address, as written */
    const char *target; /* login */
    const char *key;    /* lower case; "" when the table has no such column */
    bool merge;
    uint32_t line;
};

struct mapping {
    const struct pair *pairs; /* in the table's order */
    size_t count;
};

/* Reads a table; `file` names it in complaints, which are put into `complaints`, one a line, each
 * "file:line:column: expected …, found …". INVALID when there is any. */
NODISCARD enum status mapping_read(struct arena *arena, const char *file, struct str bytes,
                                   struct mapping *mapping_r, struct buffer *complaints,
                                   struct error *error);

/* The first row in which two mappings differ, as rows of pairs regardless of their order, and how
 * many do. False when none does. `sentence` receives it in words. */
bool mapping_difference(const struct mapping *former, const struct mapping *present,
                        struct buffer *sentence);

/* Complains of sources, targets and keys that occur more than once, declared merges apart, and of
 * another number of rows than `expected` (0: any). INVALID when there is any. */
NODISCARD enum status mapping_bijective(const struct mapping *mapping, const char *file,
                                        int64_t expected, struct buffer *complaints,
                                        struct error *error);

/* NULL when that source does not occur. */
const struct pair *mapping_find(const struct mapping *mapping, struct str source);

#endif
