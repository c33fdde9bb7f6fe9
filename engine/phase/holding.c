/* See holding.h. */
#include "holding.h"

#include <string.h>

enum { HOLDING_ROUNDS_MAX = 600 }; /* of HOLDING_PAUSE each */

#define HOLDING_PAUSE SECOND

static void holding_see_run(void *of, const struct ledger_run *run) {
    instant *since = of;
    if (*since == INSTANT_NEVER && strcmp(run->phase, "hold") == 0)
        *since = run->began;
}

enum status holding_since(struct engine *engine, instant *since_r, struct error *error) {
    *since_r = INSTANT_NEVER;
    return ledger_runs(engine->ledger, holding_see_run, since_r, error);
}

enum status holding_adds_up(struct engine *engine, const struct pair *pair, instant since,
                            struct error *error) {
    struct gateway_count count = {.oldest_held = INSTANT_NEVER};
    struct platform *platform = engine->platform;
    char age[INSTANT_TEXT_MAX];
    enum status status =
        engine->gateway->type->count(engine->gateway, pair->source, since, &count, error);
    if (status != STATUS_OK)
        return status;
    int64_t oldest =
        count.oldest_held == INSTANT_NEVER ? 0 : platform->type->now(platform) - count.oldest_held;
    if (oldest > engine->plan.hold_max)
        return error_set(error, STATUS_REFUSED, "mail for it has been held for %s: %llu messages",
                         span_text(oldest, age), (unsigned long long)count.held);
    if (count.held_ever != count.released + count.held)
        return error_set(error, STATUS_REFUSED,
                         "%llu messages were held, but %llu were released and %llu are still held",
                         (unsigned long long)count.held_ever, (unsigned long long)count.released,
                         (unsigned long long)count.held);
    uint64_t known = count.delivered + count.bounced + count.held + count.queued;
    if (count.accepted > known)
        return error_set(error, STATUS_REFUSED,
                         "the gateway accepted %llu messages for it and knows what became of %llu: "
                         "%llu have vanished",
                         (unsigned long long)count.accepted, (unsigned long long)known,
                         (unsigned long long)(count.accepted - known));
    if (count.bounced > 0)
        return error_set(error, STATUS_REFUSED, "%llu messages for it were given back",
                         (unsigned long long)count.bounced);
    return STATUS_OK;
}

enum status holding_watch(struct engine *engine, const struct pair *const *pairs, size_t count,
                          instant since, struct error *error) {
    struct platform *platform = engine->platform;
    size_t at = 0;
    for (int round = 0; at < count && round < HOLDING_ROUNDS_MAX;) {
        struct gateway_count held = {0};
        enum status status =
            engine->gateway->type->count(engine->gateway, pairs[at]->source, since, &held, error);
        if (status == STATUS_OK)
            status = engine_may_go_on(engine);
        if (status != STATUS_OK)
            return engine_heed(engine, status);
        if (held.held == 0) {
            at++;
            continue;
        }
        round++;
        status = engine_heed(engine, platform->type->sleep(platform, HOLDING_PAUSE));
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
