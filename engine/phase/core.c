/* core: what arrived at the cut-off or later, into mailboxes that are in use already. */
#include "../waves.h"
#include "phase.h"

enum status phase_core(struct engine *engine, struct error *error) {
    (void)error;
    return waves_move(engine, (struct source_range){engine->cut_off, INSTANT_NEVER});
}
