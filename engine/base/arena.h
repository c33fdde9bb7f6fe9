/*
 * Memory that is given back all at once. One arena a rehearsal, one scratch arena a step: what
 * lives as long as its owner is taken here and never freed alone.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "str.h"

struct arena;

struct arena *arena_new(void);
void arena_close(struct arena **arena);        /* gives all of it back and leaves NULL behind */
void arena_reset(struct arena *arena);         /* empties it, keeping one block */
size_t arena_bytes(const struct arena *arena); /* taken from the system */

/* Zeroed, aligned for any type; never NULL. */
void *arena_take(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
/* A terminated copy. */
char *arena_text(struct arena *arena, struct str piece) __attribute__((returns_nonnull));
struct str arena_str(struct arena *arena, struct str piece);

#endif
