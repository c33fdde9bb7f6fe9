/*
 * Memory that ends where the bytes end: the page behind them may not be touched, so that a step too
 * far is seen in every build, not only under a sanitizer. The next call takes the place of the
 * last.
 */
#ifndef ENGINE_BASE_FUZZ_EXACT_H
#define ENGINE_BASE_FUZZ_EXACT_H

#include <stddef.h>

enum { EXACT_BYTES_MAX = 4 << 20 };

/* One for what a parser is given whole, one for the pieces of it. */
enum exact { EXACT_WHOLE, EXACT_PIECE, EXACT_PLACES };

char *exact_copy(enum exact place, const void *bytes, size_t length);

#endif
