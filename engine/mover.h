/*
 * Copies one mailbox in one phase: folder by folder, oldest message first, in batches. For each
 * batch: fetch, digest, make the intents durable, append, take the results; the results become
 * durable together with the next batch's intents. Bytes are handed on as they came.
 *
 * What was written already is known by the ledger (idempotency_key); where the ledger knows nothing
 * of a mailbox and the target folder holds mail, by looking there. A write of which nobody knows
 * whether it took place is settled by looking from the UIDNEXT that its intent recorded
 * (write_ahead). Byte-identical twins stay two: what is found counts for one item only.
 *
 * Memory: one batch's bytes (plan: batch_bytes) and a few dozen bytes an item.
 */
#ifndef ENGINE_MOVER_H
#define ENGINE_MOVER_H

#include "engine.h"

/* Moves what arrived within `range`. Tells and counts all that happens; the answer is for waves:
 * OK when it is finished, UNMOVABLE when all but some messages is, each of which was named and is
 * counted in `named_r`. REFUSED and all other failures have been told. */
enum status mover_move(struct engine *engine, const struct pair *pair, struct source_range range,
                       uint64_t *named_r);

#endif
