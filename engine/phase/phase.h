/* The phases: each works on the engine's pairs and tells what becomes of them. */
#ifndef ENGINE_PHASE_PHASE_H
#define ENGINE_PHASE_PHASE_H

#include "../engine.h"

/* Each returns OK when it went through, whatever it counted as refused or failed on the way. */
enum status phase_check(struct engine *engine, struct error *error);
enum status phase_seal(struct engine *engine, struct error *error);
enum status phase_preflight(struct engine *engine, struct error *error);
enum status phase_hold(struct engine *engine, struct error *error);
enum status phase_switch(struct engine *engine, struct error *error);
enum status phase_release(struct engine *engine, struct error *error);
enum status phase_core(struct engine *engine, struct error *error);
enum status phase_verify(struct engine *engine, struct error *error);
enum status phase_backfill(struct engine *engine, struct error *error);
enum status phase_close(struct engine *engine, struct error *error);
enum status phase_rollback(struct engine *engine, struct error *error);
enum status phase_cleanup(struct engine *engine, struct error *error);
enum status phase_status(struct engine *engine, struct error *error);

/* INVALID with the missing keys of the plan when a server that the phase needs is not named. */
NODISCARD enum status phase_needs_gateway(const struct engine *engine, struct error *error);
NODISCARD enum status phase_needs_directory(const struct engine *engine, struct error *error);

/* Proves the phase for one mailbox and counts it as done. */
NODISCARD enum status phase_prove(struct engine *engine, const struct pair *pair,
                                  struct error *error);

#endif
