/* What several phases do alike. */
#include "phase.h"

enum status phase_needs_gateway(const struct engine *engine, struct error *error) {
    if (engine->gateway != NULL)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, "%s: %s needs a line \"gateway_table = …\"",
                     engine->request->plan, phase_name(engine->phase));
}

enum status phase_needs_directory(const struct engine *engine, struct error *error) {
    if (engine->directory != NULL && engine->provisioning != NULL)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID,
                     "%s: %s needs lines \"directory_url = …\" and \"provisioning_url = …\"",
                     engine->request->plan, phase_name(engine->phase));
}

enum status phase_prove(struct engine *engine, const struct pair *pair, struct error *error) {
    struct ledger_proof proof = {0};
    enum status status = engine_mailbox(engine, pair, &proof.mailbox, error);
    if (status == STATUS_OK)
        status = ledger_prove(engine->ledger, phase_name(engine->phase), &proof, error);
    if (engine_heed(engine, status) == STATUS_OK)
        engine_count(engine, &(struct engine_counts){.mailboxes_done = 1});
    return status;
}
