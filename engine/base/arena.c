/* Blocks of 64 KiB and more in a list; requests are cut off the newest. See arena.h. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { ARENA_BLOCK_BYTES = 64 * 1024 };

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
    size_t capacity = needed > ARENA_BLOCK_BYTES ? needed : ARENA_BLOCK_BYTES;
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

void arena_reset(struct arena *arena) {
    while (arena->newest != NULL && arena->newest->next != NULL) {
        struct arena_block *block = arena->newest;
        arena->newest = block->next;
        arena->bytes -= sizeof *block + block->capacity;
        free(block);
    }
    if (arena->newest != NULL)
        arena->newest->used = 0;
}

void arena_close(struct arena **arena) {
    if (*arena == NULL)
        return;
    arena_reset(*arena);
    free((*arena)->newest);
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
