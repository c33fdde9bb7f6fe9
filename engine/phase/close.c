/*
 * close: the last word on each mailbox. Complete is only what the reconciler found complete, has
 * one home, and whose held mail adds up; each other mailbox is named with the reason, and the exit
 * code follows.
 */
#include "../workers.h"
#include "holding.h"
#include "phase.h"
#include "verify.h"

struct close_of {
    instant since; /* of the hold */
};

static enum status close_home(struct engine *engine, const struct pair *pair, struct error *error) {
    struct directory_entry entry = {.home = HOME_EXCHANGE};
    enum home route = HOME_EXCHANGE;
    if (engine->directory == NULL || engine->gateway == NULL)
        return STATUS_OK;
    enum status status =
        engine->directory->type->find(engine->directory, pair->source, &entry, error);
    if (status == STATUS_OK)
        status = engine->gateway->type->route_of(engine->gateway, pair->source, &route, error);
    if (status != STATUS_OK || (route == HOME_OPENXCHANGE && entry.home == HOME_OPENXCHANGE))
        return status;
    return error_set(error, STATUS_REFUSED,
                     "the directory's home and the route are not both at "
                     "Open-Xchange");
}

/* What is wrong beside the mail itself. */
static enum status close_pair(struct engine *engine, const struct pair *pair, instant since,
                              enum measure *measure_r, struct error *error) {
    enum status status = STATUS_OK;
    if (measure_on(engine, MEASURE_ONE_HOME)) {
        *measure_r = MEASURE_ONE_HOME;
        status = close_home(engine, pair, error);
    }
    if (status == STATUS_OK && measure_on(engine, MEASURE_HOLD_ACCOUNTING) &&
        engine->gateway != NULL && since != INSTANT_NEVER) {
        *measure_r = MEASURE_HOLD_ACCOUNTING;
        status = holding_adds_up(engine, pair, since, error);
    }
    return status;
}

static void close_work(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    const struct close_of *close_of = of;
    enum measure measure = MEASURE_ONE_HOME;
    struct comparison comparison;
    struct error error = {0};
    (void)index;
    enum status status = verify_pair(engine, pair, &comparison, &error);
    if (status == STATUS_REFUSED) {
        verify_refuse(engine, pair, &comparison, error.text);
        return;
    }
    if (status == STATUS_OK)
        status = close_pair(engine, pair, close_of->since, &measure, &error);
    if (status == STATUS_REFUSED) {
        engine_refuse(engine, pair, measure, error.text);
        return;
    }
    if (status == STATUS_OK)
        status = phase_prove(engine, pair, &error);
    error.status = status;
    if (status != STATUS_OK) {
        engine_fail(engine, pair, &error);
        return;
    }
    struct json *json = claim_begin(engine->claims, CLAIM_CONSISTENT);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    claim_end(engine->claims);
}

enum status phase_close(struct engine *engine, struct error *error) {
    struct close_of close_of = {.since = INSTANT_NEVER};
    enum status status = holding_since(engine, &close_of.since, error);
    if (status != STATUS_OK)
        return status;
    return workers_each(engine, &(struct workers_job){engine->mapping.pairs, engine->mapping.count,
                                                      close_work, &close_of});
}
