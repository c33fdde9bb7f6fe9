/*
 * What the engine says of itself: JSON lines appended to a file, as base/claims.def has them. A
 * claim is begun, given its keys, and ended; in between the claims are locked. Lines are collected
 * and reach the file every few claims, at each alarm and at the end of a run: durable then. What a
 * loss of power leaves of a line stays a line of its own.
 */
#ifndef ENGINE_CLAIMS_H
#define ENGINE_CLAIMS_H

#include "base/json.h"
#include "platform.h"

struct claims;

enum claim_kind {
#define X(kind, name, sentence) CLAIM_##kind,
#include "base/claims.def"
#undef X
};

enum { CLAIMS_COLLECTED_MAX = 16 * 1024 };

struct claims *claims_open(struct platform *platform, const char *path);
/* "run" and "phase" of every claim from now on; borrowed. */
void claims_run(struct claims *claims, const char *run, const char *phase);
void claims_close(struct claims **claims);
/* From now on nothing is claimed. */
void claims_silence(struct claims *claims);

struct json *claim_begin(struct claims *claims, enum claim_kind kind);
void claim_end(struct claims *claims);

/* Makes durable what was claimed so far. */
NODISCARD enum status claims_sync(struct claims *claims, struct error *error);

#endif
