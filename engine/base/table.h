/*
 * From a number to a number, by open addressing. There is no way to walk over it: the order would
 * depend on the hash, and what depends on that cannot be played again.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;

struct table *table_new(void);
void table_close(struct table **table);
void table_clear(struct table *table);

/* The place of `key`'s value, 0 when it is new. Valid until the next table_at(). */
uint64_t *table_at(struct table *table, uint64_t key);
/* The same without making one: NULL when `key` is not there. */
uint64_t *table_find(const struct table *table, uint64_t key);
size_t table_count(const struct table *table);

#endif
