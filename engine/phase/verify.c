/*
 * verify: with reconcile, source and target are compared message by message, at the login that the
 * directory assigns; what is missing or altered is named. Without it, numbers are compared along
 * the mapping, as a copying tool does: a wrong mapping balances perfectly.
 */
#include "verify.h"

#include <stdlib.h>

#include "../base/table.h"
#include "../measure/evidence.h"
#include "phase.h"

static void verify_claim(struct engine *engine, const struct pair *pair,
                         const struct comparison *comparison) {
    struct json *json = claim_begin(engine->claims, CLAIM_VERIFIED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_integer(json, "messages", (int64_t)comparison->found);
    json_key_integer(json, "missing", (int64_t)comparison->missing);
    json_key_integer(json, "surplus", (int64_t)comparison->surplus);
    json_key_integer(json, "altered", (int64_t)comparison->altered);
    claim_end(engine->claims);
}

/* Sums what the mover counted; asks nobody. */
static enum status verify_by_count(struct engine *engine, const struct pair *pair,
                                   struct comparison *comparison_r, struct error *error) {
    struct ledger_item *items = NULL;
    size_t count = 0;
    uint32_t mailbox = 0;
    enum status status = engine_mailbox(engine, pair, &mailbox, error);
    if (status == STATUS_OK)
        status = ledger_items(engine->ledger, mailbox, &items, &count, error);
    for (size_t i = 0; i < count; i++)
        comparison_r->found += items[i].state == LEDGER_WRITTEN;
    free(items);
    return status;
}

/* ---- What was named before ---- */

struct verify_named {
    struct table *named; /* owns; hash of an item → 1 */
    uint64_t absent;     /* of these: not there now */
};

static void verify_see_named(void *of, uint64_t item) {
    *table_at(((struct verify_named *)of)->named, item) = 1;
}

static void verify_see_absent(void *of, const char *item) {
    struct verify_named *named = of;
    named->absent += table_find(named->named, engine_item_hash(item)) != NULL;
}

/* Compares, and sees which of the messages that are not there were named already. */
static enum status verify_compare(struct engine *engine, struct evidence_request *request,
                                  uint32_t mailbox, struct comparison *comparison_r,
                                  struct error *error) {
    struct verify_named named = {.named = table_new()};
    enum status status = ledger_named(engine->ledger, mailbox, verify_see_named, &named, error);
    request->absent = verify_see_absent;
    request->of = &named;
    if (status == STATUS_OK)
        status = evidence_compare(engine, request, comparison_r, error);
    comparison_r->named = named.absent;
    table_close(&named.named);
    return status;
}

void verify_refuse(struct engine *engine, const struct pair *pair,
                   const struct comparison *comparison, const char *sentence) {
    uint64_t absent = comparison->missing + comparison->unreadable;
    uint64_t other = comparison->altered + comparison->surplus + comparison->unlisted;
    if (absent > 0 && comparison->named == absent && other == 0)
        engine_refuse_again(engine, pair, MEASURE_RECONCILE, sentence);
    else
        engine_refuse(engine, pair, MEASURE_RECONCILE, sentence);
}

enum status verify_pair(struct engine *engine, const struct pair *pair,
                        struct comparison *comparison_r, struct error *error) {
    struct evidence_request request = {.pair = pair, .range = {engine->cut_off, INSTANT_NEVER}};
    uint32_t mailbox = 0;
    bool whole = false;
    *comparison_r = (struct comparison){0};
    if (!measure_on(engine, MEASURE_RECONCILE))
        return verify_by_count(engine, pair, comparison_r, error);
    enum status status = engine_mailbox(engine, pair, &mailbox, error);
    if (status == STATUS_OK)
        status = ledger_proved(engine->ledger, "backfill", mailbox, &whole, error);
    if (status != STATUS_OK)
        return status;
    if (whole || engine->phase == PHASE_CLOSE) /* the last word is about all of it */
        request.range.from = -INSTANT_NEVER;
    status = verify_compare(engine, &request, mailbox, comparison_r, error);
    if (status == STATUS_OK)
        verify_claim(engine, pair, comparison_r);
    if (status == STATUS_OK && !evidence_right(comparison_r, 0, error))
        return STATUS_REFUSED;
    if (status == STATUS_OK && comparison_r->unreadable > 0)
        return error_set(error, STATUS_REFUSED,
                         "%llu messages of the source cannot be read: nobody knows whether they "
                         "lie at the target",
                         (unsigned long long)comparison_r->unreadable);
    if (status == STATUS_OK && comparison_r->unlisted > 0)
        return error_set(error, STATUS_REFUSED,
                         "the source counts %llu messages that it leaves out of its lists: they "
                         "were not moved",
                         (unsigned long long)comparison_r->unlisted);
    if (status == STATUS_OK && comparison_r->surplus > 0)
        return error_set(error, STATUS_REFUSED,
                         "%llu messages lie at the target more often than at the source",
                         (unsigned long long)comparison_r->surplus);
    return status;
}

static void verify_work(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct comparison comparison;
    struct error error = {0};
    (void)index;
    (void)of;
    enum status status = verify_pair(engine, pair, &comparison, &error);
    error.status = status;
    engine_count(engine, &(struct engine_counts){.messages = comparison.found});
    if (status == STATUS_REFUSED) {
        verify_refuse(engine, pair, &comparison, error.text);
        return;
    }
    if (status == STATUS_OK)
        status = error.status = phase_prove(engine, pair, &error);
    if (status != STATUS_OK)
        engine_fail(engine, pair, &error);
}

enum status phase_verify(struct engine *engine, struct error *error) {
    (void)error;
    return workers_each(engine, &(struct workers_job){engine->mapping.pairs, engine->mapping.count,
                                                      verify_work, NULL});
}
