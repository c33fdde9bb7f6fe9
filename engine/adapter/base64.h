/*
 * Base64 (RFC 4648 section 4) as it streams in, in pieces of any size. White space between the
 * digits is skipped; anything else that is no digit, digits behind padding, and bits that are not
 * zero in a cut digit are refused.
 */
#ifndef ENGINE_ADAPTER_BASE64_H
#define ENGINE_ADAPTER_BASE64_H

#include "../base/buffer.h"

struct base64_decoder { /* zeroed: at the beginning */
    uint32_t bits;
    unsigned digits;  /* of the group of four under way */
    unsigned padding; /* "=" seen */
};

/* Decodes a piece and appends the bytes. False for good once something is wrong. */
NODISCARD bool base64_feed(struct base64_decoder *decoder, struct str piece, struct buffer *out);

/* Whether what was fed is whole. */
NODISCARD bool base64_is_whole(const struct base64_decoder *decoder);

/* Appends `bytes` in base64, padded and without line breaks. */
void base64_write(struct str bytes, struct buffer *out);

#endif
