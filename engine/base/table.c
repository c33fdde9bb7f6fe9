/* Linear probing, at most half full, never shrinks. See table.h. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "check.h"

enum { TABLE_SMALLEST = 64 };

struct table_slot {
    uint64_t key, value;
    bool used;
};

struct table {
    struct table_slot *slots; /* owns */
    size_t capacity;          /* a power of two */
    size_t count;
};

struct table *table_new(void) {
    struct table *table = memory_new(1, sizeof *table);
    table->capacity = TABLE_SMALLEST;
    table->slots = memory_new(table->capacity, sizeof *table->slots);
    return table;
}

void table_close(struct table **table) {
    if (*table == NULL)
        return;
    free((*table)->slots);
    free(*table);
    *table = NULL;
}

void table_clear(struct table *table) {
    memset(table->slots, 0, table->capacity * sizeof *table->slots);
    table->count = 0;
}

static struct table_slot *table_slot(const struct table *table, uint64_t key) {
    size_t mask = table->capacity - 1;
    size_t at = (size_t)chance_mix(key, 0) & mask;
    while (table->slots[at].used && table->slots[at].key != key)
        at = (at + 1) & mask;
    return &table->slots[at];
}

static void table_grow(struct table *table) {
    struct table larger = {.capacity = table->capacity * 2, .count = table->count};
    larger.slots = memory_new(larger.capacity, sizeof *larger.slots);
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].used)
            *table_slot(&larger, table->slots[i].key) = table->slots[i];
    free(table->slots);
    *table = larger;
}

uint64_t *table_at(struct table *table, uint64_t key) {
    struct table_slot *slot = table_slot(table, key);
    if (slot->used)
        return &slot->value;
    if ((table->count + 1) * 2 > table->capacity) {
        table_grow(table);
        slot = table_slot(table, key);
    }
    *slot = (struct table_slot){.key = key, .used = true};
    table->count++;
    return &slot->value;
}

uint64_t *table_find(const struct table *table, uint64_t key) {
    struct table_slot *slot = table_slot(table, key);
    return slot->used ? &slot->value : NULL;
}

size_t table_count(const struct table *table) {
    return table->count;
}
