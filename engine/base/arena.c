/* Blocks in a list; requests are cut off the newest. They begin at 16 KiB, since most connections
 * need no more, and double up to 64 KiB. See arena.h. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { ARENA_BLOCK_BYTES_FIRST = 16 * 1024, ARENA_BLOCK_BYTES_MAX = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char data[];
};

struct arena {
    struct arena_block *newest; /* owns the list */
    size_t bytes;
};

static void arena_grow(struct arena *arena, size_t needed) {
    size_t capacity = ARENA_BLOCK_BYTES_FIRST;
    while (capacity < ARENA_BLOCK_BYTES_MAX && (capacity <= arena->bytes || capacity < needed))
        capacity *= 2;
    if (capacity < needed)
        capacity = needed;
    struct arena_block *block = malloc(sizeof *block + capacity);
    check(block != NULL);
    *block = (struct arena_block){.next = arena->newest, .capacity = capacity};
    arena->newest = block;
    arena->bytes += sizeof *block + capacity;
}

struct arena *arena_new(void) {
    struct arena *arena = memory_new(1, sizeof *arena);
    return arena;
}

/* The largest of the usual blocks stays, so that one who resets often soon needs no second one. */
void arena_reset(struct arena *arena) {
    struct arena_block *kept = NULL;
    while (arena->newest != NULL) {
        struct arena_block *block = arena->newest, *worse = block;
        arena->newest = block->next;
        if (block->capacity <= ARENA_BLOCK_BYTES_MAX &&
            (kept == NULL || block->capacity > kept->capacity)) {
            worse = kept;
            kept = block;
        }
        if (worse != NULL)
            arena->bytes -= sizeof *worse + worse->capacity;
        free(worse);
    }
    if (kept != NULL) {
        kept->next = NULL;
        kept->used = 0;
    }
    arena->newest = kept;
}

void arena_close(struct arena **arena) {
    if (*arena == NULL)
        return;
    for (struct arena_block *block = (*arena)->newest; block != NULL;) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    free(*arena);
    *arena = NULL;
}

size_t arena_bytes(const struct arena *arena) {
    return arena->bytes;
}

void *arena_take(struct arena *arena, size_t count, size_t size) {
    check(size == 0 || count < SIZE_MAX / 2 / size);
    size_t alignment = alignof(max_align_t);
    size_t needed = (count * size + alignment - 1) / alignment * alignment;
    if (arena->newest == NULL || arena->newest->capacity - arena->newest->used < needed)
        arena_grow(arena, needed);
    struct arena_block *block = arena->newest;
    void *memory = block->data + block->used;
    block->used += needed;
    memset(memory, 0, needed);
    return memory;
}

char *arena_text(struct arena *arena, struct str piece) {
    char *copy = arena_take(arena, piece.length + 1, 1);
    memcpy(copy, piece.data, piece.length);
    return copy;
}

struct str arena_str(struct arena *arena, struct str piece) {
    return (struct str){arena_text(arena, piece), piece.length};
}
