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

/* Borrows both, which must outlive it. */
struct contents *contents_new(struct population *population, struct history *history);
void contents_close(struct contents **contents);

/* Appends the bytes of a content. Numbers up to population_content_count() are the population's
 * (mail of the day included); beyond them lie learned ones, numbered from CONTENT_LEARNED_FIRST. */
void contents_render(struct contents *contents, uint32_t content, struct buffer *out);
/* Its size in bytes; renders it once if need be. */
uint64_t contents_bytes(struct contents *contents, uint32_t content);
struct digest contents_digest(struct contents *contents, uint32_t content);

/* The content with exactly these bytes; makes one when they are new. */
uint32_t contents_learn(struct contents *contents, struct str bytes);

/* The content that has `prefix` before the bytes of `base`; its base is recorded, so that digests
 * can leave out what a hop added. Kept as prefix and base, not as bytes. */
uint32_t contents_prefix(struct contents *contents, uint32_t base, struct str prefix);

#define CONTENT_LEARNED_FIRST 0x80000000u

#endif
