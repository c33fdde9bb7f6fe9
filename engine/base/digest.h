/*
 * Two kinds of digest. A `struct digest` knows a message again: XXH3, 128 bits, fast enough for
 * every message of a day; equal bytes give equal digests on every machine. A `struct seal_digest`
 * proves that a file was not changed on purpose: SHA-256 (FIPS 180-4).
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "str.h"

struct digest {
    uint64_t high, low;
};

struct digest digest_of(const void *bytes, size_t length);
bool digest_equal(struct digest left, struct digest right);

/* The same digest over bytes that come in pieces. */
struct digest_stream;
struct digest_stream *digest_stream_new(void);
void digest_stream_reset(struct digest_stream *stream);
void digest_stream_add(struct digest_stream *stream, const void *bytes, size_t length);
struct digest digest_stream_end(const struct digest_stream *stream);
void digest_stream_close(struct digest_stream **stream);

enum { DIGEST_HEX_MAX = 33, SEAL_HEX_MAX = 65 };

/* Lower-case hexadecimal digits, high part first, terminated. Returns `hex`. */
char *digest_hex(struct digest digest, char hex[DIGEST_HEX_MAX]);
bool digest_from_hex(struct str hex, struct digest *digest_r);

struct seal_digest {
    uint8_t bytes[32];
};

struct seal_digest seal_digest_of(struct str bytes);
char *seal_digest_hex(const struct seal_digest *digest, char hex[SEAL_HEX_MAX]);
bool seal_digest_equal(const struct seal_digest *left, const struct seal_digest *right);

#endif
