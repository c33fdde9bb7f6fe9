/*
 * Base64 (RFC 4648 §4) as the servers speak it: with padding and without line breaks. The engine's
 * adapters have a codec of their own, so that a mistake in one cannot hide a mistake in the other.
 */
#ifndef SIM_PARTY_BASE64_H
#define SIM_PARTY_BASE64_H

#include "../../engine/base/buffer.h"

void base64_encode(struct buffer *out, const void *bytes, size_t length);

/* Appends what `text` stands for. False, with `out` as it was, unless it is whole and canonical:
 * the alphabet only, padded to four, unused bits zero. */
bool base64_decode(struct buffer *out, struct str text);
/* The same into memory that has room for text.length / 4 * 3 bytes; what is in it after a failure
 * means nothing. */
bool base64_decode_into(void *bytes, struct str text, size_t *length_r);

#endif
