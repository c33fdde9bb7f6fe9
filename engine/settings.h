/*
 * Lines of "key = value": what the plan file and the seal are written in. UTF-8; a line that
 * begins with '#' is a comment, an empty one nothing. Strict: each complaint has the line and
 * column where it begins, and each key stands once at most.
 */
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

enum { SETTINGS_BYTES_MAX = 1 << 20, SETTINGS_KEYS_MAX = 64 };

struct setting {
    uint32_t line, key_column, value_column;
    struct str key, value; /* borrow the text; the value is trimmed */
};

struct settings {
    const char *file; /* borrows; for complaints */
    uint32_t count;
    struct setting items[SETTINGS_KEYS_MAX];
};

/* Takes `text` apart. INVALID names file, line and column. */
NODISCARD enum status settings_read(const char *file, struct str text, struct settings *settings_r,
                                    struct error *error);
/* NULL when that key was not given. */
const struct setting *settings_find(const struct settings *settings, const char *key);

/* INVALID for the first key that is not among `count` known ones, with the nearest of them. */
NODISCARD enum status settings_known(const struct settings *settings, const char *const *known,
                                     size_t count, struct error *error);

/* The known word nearest to `word`, or NULL when none is near. */
const char *settings_nearest(struct str word, const char *const *known, size_t count);

#endif
