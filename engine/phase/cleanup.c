#include "phase.h"

enum status phase_cleanup(struct engine *engine, struct error *error) {
    (void)engine;
    return error_set(error, STATUS_REFUSED, "not yet");
}
