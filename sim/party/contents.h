/*
 * All contents of the world and their digests. A content that the fixtures made is rendered on
 * each reading; bytes that nobody knows are kept whole. Bytes that come back from a network are
 * known again by their digest. A content becomes known (announced to the history) the first time
 * its bytes are rendered or learned.
 */
#ifndef SIM_PARTY_CONTENTS_H
#define SIM_PARTY_CONTENTS_H

#include "../../engine/base/buffer.h"
#include "../../engine/base/digest.h"
#include "../../fixtures/population.h"
#include "../../reports/history.h"

struct contents;

/* Borrows both, which must outlive it. `population` NULL: every content is a learned one. */
struct contents *contents_new(struct population *population, struct history *history);
void contents_close(struct contents **contents);

/* Appends the bytes of a content. Numbers up to population_content_count() are the population's
 * (mail of the day included); beyond them lie learned ones, numbered from CONTENT_LEARNED_FIRST. */
void contents_render(struct contents *contents, uint32_t content, struct buffer *out);
/* A hint that the bytes of `next` will be asked for soon and those of `later` after it (0: not
 * known). Changes nothing but how long it takes. */
void contents_expect(const struct contents *contents, uint32_t next, uint32_t later);
/* Its size in bytes; renders it once if need be. */
uint64_t contents_bytes(struct contents *contents, uint32_t content);
struct digest contents_digest(struct contents *contents, uint32_t content);

/* The size a content is said to have, for quota, EWS Size and transfer time: what the fixtures
 * declared for it (DESIGN.md §5, `scale`), else the size of its bytes. */
void contents_declare(struct contents *contents, uint32_t content, uint64_t size);
uint64_t contents_declared(struct contents *contents, uint32_t content);

/* The content with exactly these bytes; makes one when they are new. A content of the population
 * is known again once it was rendered, and nobody can send its bytes before that. */
uint32_t contents_learn(struct contents *contents, struct str bytes);

/* The content that has `prefix` before the bytes of `base`; its base is recorded, so that digests
 * can leave out what a hop added. Kept as prefix and base, not as bytes. */
uint32_t contents_prefix(struct contents *contents, uint32_t base, struct str prefix);

/* What is kept because nobody could make it again, prefixes included. */
uint64_t contents_bytes_kept(const struct contents *contents);

#define CONTENT_LEARNED_FIRST 0x80000000u

#endif
