/*
 * backfill: all that arrived before the cut-off. It takes a batch's name, never a list: which
 * mailbox goes where was proved by core (cross_phase). With that measure off it goes by the mapping
 * it is given, as any copying tool would.
 */
#include "../waves.h"
#include "phase.h"

enum status phase_backfill(struct engine *engine, struct error *error) {
    (void)error;
    return waves_move(engine, (struct source_range){-INSTANT_NEVER, engine->cut_off});
}
