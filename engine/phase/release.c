/*
 * release: what was held goes on, by the route as it is now. The hold is taken off first, so that
 * new mail passes; then the queue is let go, and watched until it is empty. With one_home nothing
 * is released whose route does not lead to the home of the record; with hold_accounting what came
 * in must have come out, recipient by recipient.
 */
#include "holding.h"
#include "phase.h"

static enum status release_may(struct engine *engine, const struct pair *pair,
                               struct error *error) {
    struct directory_entry entry = {.home = HOME_EXCHANGE};
    enum home route = HOME_EXCHANGE;
    if (!measure_on(engine, MEASURE_ONE_HOME) || engine->directory == NULL)
        return STATUS_OK;
    enum status status =
        engine->directory->type->find(engine->directory, pair->source, &entry, error);
    if (status == STATUS_OK)
        status = engine->gateway->type->route_of(engine->gateway, pair->source, &route, error);
    if (status != STATUS_OK || (route == entry.home && route == HOME_OPENXCHANGE))
        return status;
    return error_set(error, STATUS_REFUSED,
                     "its mail would go to %s, while the directory says that its home is %s: it "
                     "stays held",
                     route == HOME_OPENXCHANGE ? "Open-Xchange" : "Exchange",
                     entry.home == HOME_OPENXCHANGE ? "Open-Xchange" : "Exchange");
}

static enum status release_account(struct engine *engine, const struct pair *pair, instant since,
                                   struct error *error) {
    struct gateway_count count = {0};
    struct error why = {0};
    enum status status =
        engine->gateway->type->count(engine->gateway, pair->source, since, &count, error);
    if (status != STATUS_OK)
        return status;
    struct json *json = claim_begin(engine->claims, CLAIM_RELEASED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_integer(json, "messages", (int64_t)count.released);
    claim_end(engine->claims);
    if (measure_on(engine, MEASURE_HOLD_ACCOUNTING)) {
        status = holding_adds_up(engine, pair, since, &why);
        if (status == STATUS_OK && count.held > 0)
            status = error_set(&why, STATUS_REFUSED, "%llu messages for it are still held",
                               (unsigned long long)count.held);
        if (status == STATUS_REFUSED)
            engine_refuse(engine, pair, MEASURE_HOLD_ACCOUNTING, why.text);
        if (status != STATUS_OK)
            return status == STATUS_REFUSED ? STATUS_OK : status;
    }
    return phase_prove(engine, pair, error);
}

enum status phase_release(struct engine *engine, struct error *error) {
    const struct mapping *mapping = &engine->mapping;
    instant since = INSTANT_NEVER;
    size_t count = 0;
    enum status status = phase_needs_gateway(engine, error);
    if (status == STATUS_OK)
        status = holding_since(engine, &since, error);
    if (status != STATUS_OK)
        return status;
    if (since == INSTANT_NEVER) /* nobody held by our hand: everything counts */
        since = 0;
    const struct pair **pairs = arena_take(engine->arena, mapping->count, sizeof(struct pair *));
    const char **recipients = arena_take(engine->arena, mapping->count, sizeof *recipients);
    for (size_t i = 0; i < mapping->count; i++) {
        struct error why = {0};
        why.status = release_may(engine, &mapping->pairs[i], &why);
        if (why.status == STATUS_OK) {
            recipients[count] = mapping->pairs[i].source;
            pairs[count++] = &mapping->pairs[i];
        } else if (why.status == STATUS_REFUSED) {
            engine_refuse(engine, &mapping->pairs[i], MEASURE_ONE_HOME, why.text);
        } else {
            engine_heed(engine, why.status);
            engine_fail(engine, &mapping->pairs[i], &why);
        }
    }
    status = engine_heed(
        engine, engine->gateway->type->hold(engine->gateway, recipients, count, false, error));
    if (status == STATUS_OK)
        status = engine_heed(
            engine, engine->gateway->type->release(engine->gateway, recipients, count, error));
    if (status == STATUS_OK)
        status = holding_watch(engine, pairs, count, since, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = release_account(engine, pairs[i], since, error);
    if (status == STATUS_OK)
        engine_say(engine, "release: mail for %zu mailboxes flows again", count);
    return status;
}
