/* XXH3 from libxxhash, SHA-256 from nettle. See digest.h. */
#include "digest.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "check.h"
#include "stages.h"

struct digest_stream {
    XXH3_state_t *state; /* owns */
};

static struct digest digest_from(XXH128_hash_t hash) {
    return (struct digest){hash.high64, hash.low64};
}

struct digest digest_of(const void *bytes, size_t length) {
    enum stage before = stage_enter(STAGE_HASH);
    struct digest digest = digest_from(XXH3_128bits(bytes, length));
    stage_leave(before);
    return digest;
}

bool digest_equal(struct digest left, struct digest right) {
    return left.high == right.high && left.low == right.low;
}

struct digest_stream *digest_stream_new(void) {
    struct digest_stream *stream = memory_new(1, sizeof *stream);
    stream->state = XXH3_createState();
    check(stream->state != NULL);
    digest_stream_reset(stream);
    return stream;
}

void digest_stream_reset(struct digest_stream *stream) {
    check(XXH3_128bits_reset(stream->state) == XXH_OK);
}

void digest_stream_add(struct digest_stream *stream, const void *bytes, size_t length) {
    enum stage before = stage_enter(STAGE_HASH);
    check(XXH3_128bits_update(stream->state, bytes, length) == XXH_OK);
    stage_leave(before);
}

struct digest digest_stream_end(const struct digest_stream *stream) {
    return digest_from(XXH3_128bits_digest(stream->state));
}

void digest_stream_close(struct digest_stream **stream) {
    if (*stream == NULL)
        return;
    XXH3_freeState((*stream)->state);
    free(*stream);
    *stream = NULL;
}

static void hex_of(const uint8_t *bytes, size_t count, char *hex) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * count] = '\0';
}

char *digest_hex(struct digest digest, char hex[DIGEST_HEX_MAX]) {
    uint8_t bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(digest.high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(digest.low >> (56 - 8 * i));
    }
    hex_of(bytes, sizeof bytes, hex);
    return hex;
}

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

bool digest_from_hex(struct str hex, struct digest *digest_r) {
    if (hex.length != DIGEST_HEX_MAX - 1)
        return false;
    uint64_t halves[2] = {0, 0};
    for (size_t i = 0; i < hex.length; i++) {
        int value = hex_value(hex.data[i]);
        if (value < 0)
            return false;
        halves[i / 16] = halves[i / 16] << 4 | (uint64_t)value;
    }
    *digest_r = (struct digest){halves[0], halves[1]};
    return true;
}

struct seal_digest seal_digest_of(struct str bytes) {
    struct seal_digest digest;
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, bytes.length, (const uint8_t *)bytes.data);
    sha256_digest(&context, sizeof digest.bytes, digest.bytes);
    return digest;
}

char *seal_digest_hex(const struct seal_digest *digest, char hex[SEAL_HEX_MAX]) {
    hex_of(digest->bytes, sizeof digest->bytes, hex);
    return hex;
}

bool seal_digest_equal(const struct seal_digest *left, const struct seal_digest *right) {
    return memcmp(left->bytes, right->bytes, sizeof left->bytes) == 0;
}
