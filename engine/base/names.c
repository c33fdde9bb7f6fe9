/* Texts in an arena; a table from hash to the first number, collisions chained. See names.h. */
#include "names.h"

#include <stdlib.h>
#include <xxhash.h>

#include "arena.h"
#include "check.h"
#include "table.h"

struct name {
    struct str text;    /* owned by the arena */
    uint32_t same_hash; /* the next name with an equal hash, or 0 */
};

struct names {
    struct arena *arena; /* owns */
    struct table *by_hash;
    struct name *list; /* owns; list[0] is unused */
    uint32_t count, capacity;
};

struct names *names_new(void) {
    struct names *names = memory_new(1, sizeof *names);
    names->arena = arena_new();
    names->by_hash = table_new();
    return names;
}

void names_close(struct names **names) {
    if (*names == NULL)
        return;
    arena_close(&(*names)->arena);
    table_close(&(*names)->by_hash);
    free((*names)->list);
    free(*names);
    *names = NULL;
}

static uint32_t names_chain(const struct names *names, uint32_t first, struct str text) {
    for (uint32_t number = first; number != 0; number = names->list[number].same_hash)
        if (str_equal(names->list[number].text, text))
            return number;
    return 0;
}

uint32_t names_find(const struct names *names, struct str text) {
    uint64_t *first = table_find(names->by_hash, XXH3_64bits(text.data, text.length));
    return first == NULL ? 0 : names_chain(names, (uint32_t)*first, text);
}

uint32_t names_number(struct names *names, struct str text) {
    uint64_t *first = table_at(names->by_hash, XXH3_64bits(text.data, text.length));
    uint32_t found = names_chain(names, (uint32_t)*first, text);
    if (found != 0)
        return found;
    if (names->count + 1 >= names->capacity) {
        names->capacity = names->capacity == 0 ? 64 : names->capacity * 2;
        names->list = memory_grow(names->list, names->capacity, sizeof *names->list);
    }
    uint32_t number = ++names->count;
    names->list[number] = (struct name){arena_str(names->arena, text), (uint32_t)*first};
    *first = number;
    return number;
}

struct str names_text(const struct names *names, uint32_t number) {
    check(number >= 1 && number <= names->count);
    return names->list[number].text;
}

uint32_t names_count(const struct names *names) {
    return names->count;
}
