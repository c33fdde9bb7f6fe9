/*
 * Contents and their digests. See contents.h.
 *
 * A content of the population costs 24 bytes here, whether it was rendered or not; a learned one
 * costs its bytes, a prefixed one its prefix. One table leads from digest to content: its key is
 * half a digest folded onto the other half, and the whole digest is compared before it is believed.
 */
#include "contents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/stages.h"
#include "../../engine/base/table.h"

struct content_known { /* what is known of a content of the population */
    struct digest digest;
    uint32_t declared;
    uint32_t bytes : 31; /* valid once known */
    uint32_t known : 1;
};
static_assert(sizeof(struct content_known) == 24, "millions of these are kept");

struct content_learned {
    struct digest digest;
    uint64_t bytes, declared;
    char *data; /* owns: all bytes, or those before `base` */
    size_t length;
    uint32_t base; /* 0: none */
};

struct contents {
    struct population *population; /* borrows; NULL: everything is learned */
    struct history *history;       /* borrows */
    struct table *by_digest;       /* owns */
    struct content_known *known;   /* owns; the content's number − 1 is the index */
    uint32_t known_capacity;
    struct content_learned *learned; /* owns; the index counts from CONTENT_LEARNED_FIRST */
    uint32_t learned_count, learned_capacity;
    uint64_t bytes_kept;
    struct buffer rendered; /* where a content is rendered to be digested */
};

struct contents *contents_new(struct population *population, struct history *history) {
    check(history != NULL);
    struct contents *contents = memory_new(1, sizeof *contents);
    contents->population = population;
    contents->history = history;
    contents->by_digest = table_new();
    return contents;
}

void contents_close(struct contents **contents) {
    struct contents *old = *contents;
    if (old == NULL)
        return;
    for (uint32_t i = 0; i < old->learned_count; i++)
        free(old->learned[i].data);
    free(old->learned);
    free(old->known);
    table_close(&old->by_digest);
    buffer_release(&old->rendered);
    free(old);
    *contents = NULL;
}

uint64_t contents_bytes_kept(const struct contents *contents) {
    return contents->bytes_kept;
}

static struct content_learned *contents_learned(struct contents *contents, uint32_t content) {
    check_compare(content, >=, CONTENT_LEARNED_FIRST);
    check_compare(content - CONTENT_LEARNED_FIRST, <, contents->learned_count);
    return &contents->learned[content - CONTENT_LEARNED_FIRST];
}

/* The population grows during the day, so the room follows it. */
static struct content_known *contents_known(struct contents *contents, uint32_t content) {
    check_compare(content, >, 0);
    if (content <= contents->known_capacity)
        return &contents->known[content - 1];
    check(contents->population != NULL);
    uint32_t count = population_content_count(contents->population);
    check_compare(content, <=, count);
    uint32_t capacity = contents->known_capacity;
    uint32_t wanted = count + count / 16 + 64;
    contents->known = memory_grow(contents->known, wanted, sizeof *contents->known);
    memset(&contents->known[capacity], 0, (wanted - capacity) * sizeof *contents->known);
    contents->known_capacity = wanted;
    return &contents->known[content - 1];
}

static struct digest contents_digest_known(struct contents *contents, uint32_t content) {
    return content >= CONTENT_LEARNED_FIRST ? contents_learned(contents, content)->digest
                                            : contents_known(contents, content)->digest;
}

/* The place of a digest in the table: its value is a content, or 0 when the digest is new. */
static uint64_t *contents_slot(struct contents *contents, struct digest digest) {
    for (uint64_t key = digest.high ^ digest.low;; key++) {
        uint64_t *content = table_at(contents->by_digest, key);
        if (*content == 0 ||
            digest_equal(contents_digest_known(contents, (uint32_t)*content), digest))
            return content;
    }
}

/* A content of the population was rendered: from now on it is known, also by its digest. */
static void contents_meet(struct contents *contents, uint32_t content, struct str bytes) {
    struct content_known *known = contents_known(contents, content);
    if (known->known)
        return;
    check_compare(bytes.length, <=, INT32_MAX);
    known->digest = digest_of(bytes.data, bytes.length);
    known->bytes = (uint32_t)bytes.length & INT32_MAX;
    known->known = 1;
    *contents_slot(contents, known->digest) = content;
    history_content(contents->history, content, known->digest, bytes.length, 0);
}

static void contents_generate(const struct contents *contents, uint32_t content,
                              struct buffer *out) {
    enum stage before = stage_enter(STAGE_GENERATE);
    population_render(contents->population, content, out);
    stage_leave(before);
}

static void contents_need(struct contents *contents, uint32_t content) {
    if (contents_known(contents, content)->known)
        return;
    buffer_clear(&contents->rendered);
    contents_generate(contents, content, &contents->rendered);
    contents_meet(contents, content, buffer_str(&contents->rendered));
}

void contents_expect(const struct contents *contents, uint32_t next, uint32_t later) {
    if (contents->population == NULL)
        return;
    if (later != 0 && later <= contents->known_capacity)
        __builtin_prefetch(&contents->known[later - 1]);
    population_expect(contents->population, next, later);
}

void contents_render(struct contents *contents, uint32_t content, struct buffer *out) {
    while (content >= CONTENT_LEARNED_FIRST) {
        const struct content_learned *learned = contents_learned(contents, content);
        buffer_append(out, learned->data, learned->length);
        if (learned->base == 0)
            return;
        content = learned->base;
    }
    size_t begin = out->length;
    struct content_known *known = contents_known(contents, content);
    check(contents->population != NULL);
    contents_generate(contents, content, out);
    if (known->known)
        check_compare(out->length - begin, ==, known->bytes);
    else
        contents_meet(contents, content, str_bytes(out->data + begin, out->length - begin));
}

uint64_t contents_bytes(struct contents *contents, uint32_t content) {
    if (content >= CONTENT_LEARNED_FIRST)
        return contents_learned(contents, content)->bytes;
    contents_need(contents, content);
    return contents_known(contents, content)->bytes;
}

struct digest contents_digest(struct contents *contents, uint32_t content) {
    if (content < CONTENT_LEARNED_FIRST)
        contents_need(contents, content);
    return contents_digest_known(contents, content);
}

void contents_declare(struct contents *contents, uint32_t content, uint64_t size) {
    if (content >= CONTENT_LEARNED_FIRST)
        contents_learned(contents, content)->declared = size;
    else
        contents_known(contents, content)->declared =
            size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

uint64_t contents_declared(struct contents *contents, uint32_t content) {
    uint64_t declared = content >= CONTENT_LEARNED_FIRST
                            ? contents_learned(contents, content)->declared
                            : contents_known(contents, content)->declared;
    return declared != 0 ? declared : contents_bytes(contents, content);
}

/* Takes a new learned content; its number is announced and entered at `slot`. */
static uint32_t contents_add(struct contents *contents, uint64_t *slot,
                             const struct content_learned *learned) {
    check_compare(contents->learned_count, <, UINT32_MAX - CONTENT_LEARNED_FIRST);
    if (contents->learned_count == contents->learned_capacity) {
        contents->learned_capacity = contents->learned_capacity * 2 + 64;
        contents->learned =
            memory_grow(contents->learned, contents->learned_capacity, sizeof *learned);
    }
    uint32_t content = CONTENT_LEARNED_FIRST + contents->learned_count++;
    contents->learned[content - CONTENT_LEARNED_FIRST] = *learned;
    contents->bytes_kept += learned->length;
    *slot = content;
    history_content(contents->history, content, learned->digest, learned->bytes, learned->base);
    return content;
}

static char *contents_keep(struct str bytes) {
    char *data = memory_new(bytes.length, 1);
    if (bytes.length > 0)
        memcpy(data, bytes.data, bytes.length);
    return data;
}

uint32_t contents_learn(struct contents *contents, struct str bytes) {
    struct digest digest = digest_of(bytes.data, bytes.length);
    uint64_t *slot = contents_slot(contents, digest);
    if (*slot != 0)
        return (uint32_t)*slot;
    return contents_add(contents, slot,
                        &(struct content_learned){.digest = digest,
                                                  .bytes = bytes.length,
                                                  .data = contents_keep(bytes),
                                                  .length = bytes.length});
}

uint32_t contents_prefix(struct contents *contents, uint32_t base, struct str prefix) {
    struct buffer whole = {0};
    buffer_append_str(&whole, prefix);
    contents_render(contents, base, &whole);
    struct digest digest = digest_of(whole.data, whole.length);
    uint64_t bytes = whole.length;
    uint64_t declared = contents_declared(contents, base) + prefix.length;
    buffer_release(&whole);

    uint64_t *slot = contents_slot(contents, digest);
    if (*slot != 0)
        return (uint32_t)*slot;
    return contents_add(contents, slot,
                        &(struct content_learned){.digest = digest,
                                                  .bytes = bytes,
                                                  .declared = declared,
                                                  .data = contents_keep(prefix),
                                                  .length = prefix.length,
                                                  .base = base});
}
