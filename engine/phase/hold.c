/* hold: from now on the gateway keeps mail for the batch, all recipients together or none. */
#include "phase.h"

enum status phase_hold(struct engine *engine, struct error *error) {
    const struct mapping *mapping = &engine->mapping;
    enum status status = phase_needs_gateway(engine, error);
    if (status != STATUS_OK)
        return status;
    const char **recipients = arena_take(engine->arena, mapping->count, sizeof *recipients);
    for (size_t i = 0; i < mapping->count; i++)
        recipients[i] = mapping->pairs[i].source;
    status = engine_heed(engine, engine->gateway->type->hold(engine->gateway, recipients,
                                                             mapping->count, true, error));
    for (size_t i = 0; i < mapping->count && status == STATUS_OK; i++) {
        struct json *json = claim_begin(engine->claims, CLAIM_HELD);
        json_key_text(json, "mailbox", str_of(recipients[i]));
        claim_end(engine->claims);
        status = phase_prove(engine, &mapping->pairs[i], error);
    }
    if (status == STATUS_OK)
        engine_say(engine, "hold: mail for %zu mailboxes is held from now on", mapping->count);
    return status;
}
