/*
 * rollback: the batch is at home at Exchange again, whatever state the day was in. First nobody may
 * write at the target any more: access is closed, mail is held, and runs of the engine that are
 * still at work lose their leases, for good: this attempt is over. Then what has reached the new
 * home goes back, the directory is set back by compare-and-set, and the routes follow. Sessions
 * that were open may still have written meanwhile, and the directory's news take their time to
 * reach everybody: once that has passed we look a second time, and only then is held mail let go,
 * to the old home. The source is changed by nothing but what is brought back.
 */
#include "../sessions.h"
#include "../workers.h"
#include "bring_back.h"
#include "holding.h"
#include "phase.h"

struct rollback {
    struct remains_pairs pairs; /* of the ledger */
    bool *out;                  /* by index: refused or failed; it stays closed and held */
    int64_t waited;             /* for servers that will be back, all mailboxes together */
    uint64_t moved;
    bool again; /* the second look */
};

static void rollback_leave_out(struct engine *engine, struct rollback *rollback, size_t index,
                               struct error *why) {
    const struct pair *pair = &engine->mapping.pairs[index];
    rollback->out[index] = true;
    if (why->status == STATUS_REFUSED && why->text[0] != '\0')
        engine_refuse(engine, pair, MEASURE_ONE_HOME, why->text);
    else
        engine_fail(engine, pair, why);
}

static void rollback_claim_home(struct engine *engine, const struct pair *pair,
                                const char *aspect) {
    struct json *json = claim_begin(engine->claims, CLAIM_SWITCHED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_text(json, "home", STR("exchange"));
    json_key_text(json, "aspect", str_of(aspect));
    claim_end(engine->claims);
}

/* A directory that restarts must not cost what one more minute would bring. */
static enum status
rollback_insist(struct engine *engine, struct rollback *rollback, const struct pair *pair,
                enum status (*deed)(struct engine *, const struct pair *, struct error *),
                struct error *error) {
    struct platform *platform = engine->platform;
    for (int64_t pause = SECOND;; pause = pause < MINUTE ? pause * 2 : MINUTE) {
        enum status status = engine_heed(engine, deed(engine, pair, error));
        if (!status_passes(status) || rollback->waited >= engine->plan.patience)
            return status;
        rollback->waited += pause;
        status = engine_heed(engine, platform->type->sleep(platform, pause));
        if (status == STATUS_OK)
            status = engine_may_go_on(engine);
        if (status != STATUS_OK)
            return status;
    }
}

/* ---- Nobody writes there any more ---- */

static enum status rollback_hold(struct engine *engine, struct error *error) {
    const struct mapping *mapping = &engine->mapping;
    const char **recipients = arena_take(engine->arena, mapping->count + 1, sizeof *recipients);
    for (size_t i = 0; i < mapping->count; i++)
        recipients[i] = mapping->pairs[i].source;
    return engine_heed(engine, engine->gateway->type->hold(engine->gateway, recipients,
                                                           mapping->count, true, error));
}

static enum status rollback_close(struct engine *engine, const struct pair *pair,
                                  struct error *error) {
    return engine->provisioning->type->set_open(engine->provisioning, pair->target, false, error);
}

static enum status rollback_close_access(struct engine *engine, struct rollback *rollback) {
    for (size_t i = 0; i < engine->mapping.count; i++) {
        const struct pair *pair = &engine->mapping.pairs[i];
        struct error why = {0};
        why.status = rollback_insist(engine, rollback, pair, rollback_close, &why);
        if (why.status == STATUS_KILLED || why.status == STATUS_STOPPED)
            return why.status;
        if (why.status != STATUS_OK)
            rollback_leave_out(engine, rollback, i, &why);
        else
            rollback_claim_home(engine, pair, "login");
    }
    return STATUS_OK;
}

/* ---- What has come since ---- */

static void rollback_bring(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct rollback *rollback = of;
    struct brought_back brought = {0};
    struct error why = {0};
    if (rollback->out[index])
        return;
    why.status = bring_back(engine, pair, &rollback->pairs, &brought, &why);
    engine_count(engine, &(struct engine_counts){.messages = brought.messages});
    if (why.status == STATUS_KILLED)
        return;
    if (why.status != STATUS_OK) {
        rollback_leave_out(engine, rollback, index, &why);
        return;
    }
    if (rollback->again) {
        engine->platform->type->lock(engine->platform, engine->lock);
        rollback->moved += brought.moved;
        engine->platform->type->unlock(engine->platform, engine->lock);
    }
    if (brought.messages == 0)
        return;
    struct json *json = claim_begin(engine->claims, CLAIM_RETURNED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_integer(json, "messages", (int64_t)brought.messages);
    json_key_integer(json, "elsewhere", (int64_t)brought.elsewhere);
    claim_end(engine->claims);
}

static enum status rollback_bring_all(struct engine *engine, struct rollback *rollback,
                                      bool again) {
    rollback->again = again;
    return workers_each(engine, &(struct workers_job){engine->mapping.pairs, engine->mapping.count,
                                                      rollback_bring, rollback});
}

/* ---- The old home ---- */

static enum status rollback_home(struct engine *engine, const struct pair *pair,
                                 struct error *error) {
    struct directory *directory = engine->directory;
    const char *recipient = pair->source;
    enum status status = STATUS_CONFLICT;
    /* Somebody else may have touched the record meanwhile: what he meant is looked at once. */
    for (int attempt = 0; attempt < 2 && status == STATUS_CONFLICT; attempt++) {
        struct directory_entry entry = {.login = ""};
        status = directory->type->find(directory, pair->source, &entry, error);
        if (status == STATUS_OK && pair->key[0] != '\0' &&
            !str_equal_caseless(str_of(entry.key), str_of(pair->key)))
            return error_set(error, STATUS_REFUSED,
                             "the directory's record carries the key %s, the ledger says %s",
                             entry.key, pair->key);
        if (status == STATUS_OK && entry.home != HOME_EXCHANGE)
            status = directory->type->set_home(directory, &entry, HOME_EXCHANGE, error);
    }
    if (status != STATUS_OK)
        return status;
    rollback_claim_home(engine, pair, "directory");
    status = engine->gateway->type->route(engine->gateway, &recipient, 1, HOME_EXCHANGE, error);
    if (status == STATUS_OK)
        rollback_claim_home(engine, pair, "route");
    return status;
}

static enum status rollback_homes(struct engine *engine, struct rollback *rollback) {
    for (size_t i = 0; i < engine->mapping.count; i++) {
        struct error why = {0};
        enum status status = engine_may_go_on(engine);
        if (status != STATUS_OK)
            return status;
        if (rollback->out[i])
            continue;
        why.status =
            rollback_insist(engine, rollback, &engine->mapping.pairs[i], rollback_home, &why);
        if (why.status == STATUS_KILLED || why.status == STATUS_STOPPED)
            return why.status;
        if (why.status != STATUS_OK)
            rollback_leave_out(engine, rollback, i, &why);
    }
    return STATUS_OK;
}

/* ---- Held mail ---- */

static enum status rollback_finish(struct engine *engine, const struct pair *pair, instant since,
                                   struct error *error) {
    if (measure_on(engine, MEASURE_HOLD_ACCOUNTING)) {
        struct error why = {0};
        enum status status = holding_adds_up(engine, pair, since, &why);
        if (status == STATUS_REFUSED) {
            engine_refuse(engine, pair, MEASURE_HOLD_ACCOUNTING, why.text);
            return STATUS_OK;
        }
        if (status != STATUS_OK)
            return status;
    }
    struct json *json = claim_begin(engine->claims, CLAIM_ROLLED_BACK);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    claim_end(engine->claims);
    return phase_prove(engine, pair, error);
}

static enum status rollback_release(struct engine *engine, struct rollback *rollback,
                                    struct error *error) {
    const struct mapping *mapping = &engine->mapping;
    const struct gateway_type *gateway = engine->gateway->type;
    const struct pair **pairs = arena_take(engine->arena, mapping->count + 1, sizeof *pairs);
    const char **recipients = arena_take(engine->arena, mapping->count + 1, sizeof *recipients);
    instant since = INSTANT_NEVER;
    size_t count = 0;
    for (size_t i = 0; i < mapping->count; i++) {
        if (rollback->out[i])
            continue;
        recipients[count] = mapping->pairs[i].source;
        pairs[count++] = &mapping->pairs[i];
    }
    enum status status = holding_since(engine, &since, error);
    since = since == INSTANT_NEVER ? 0 : since;
    if (status == STATUS_OK)
        status = gateway->hold(engine->gateway, recipients, count, false, error);
    if (status == STATUS_OK)
        status = gateway->release(engine->gateway, recipients, count, error);
    if (engine_heed(engine, status) == STATUS_OK)
        status = holding_watch(engine, pairs, count, since, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = rollback_finish(engine, pairs[i], since, error);
    return engine_heed(engine, status);
}

enum status phase_rollback(struct engine *engine, struct error *error) {
    struct rollback rollback = {
        .out = arena_take(engine->arena, engine->mapping.count + 1, sizeof(bool))};
    struct platform *platform = engine->platform;
    size_t held = 0;
    enum status status = phase_needs_gateway(engine, error);
    if (status == STATUS_OK)
        status = phase_needs_directory(engine, error);
    if (status == STATUS_OK)
        status = rollback_close_access(engine, &rollback);
    if (status == STATUS_OK)
        status = rollback_hold(engine, error);
    if (status == STATUS_OK)
        status = engine_stop_others(engine, true, &held, error);
    if (status == STATUS_OK)
        status = remains_pairs_read(engine, &rollback.pairs, error);
    if (status == STATUS_OK)
        status = rollback_bring_all(engine, &rollback, false);
    if (status == STATUS_OK)
        status = rollback_homes(engine, &rollback);
    if (status == STATUS_OK)
        status = engine_heed(engine, platform->type->sleep(platform, engine->plan.settling));
    if (status == STATUS_OK)
        status = rollback_bring_all(engine, &rollback, true);
    if (status == STATUS_OK)
        status = rollback_release(engine, &rollback, error);
    remains_pairs_release(&rollback.pairs);
    if (status == STATUS_OK)
        engine_say(engine,
                   "rollback: %llu mailboxes are at home at Exchange again; %llu messages brought "
                   "back; %llu that people have moved at the new home lie where they lay before",
                   (unsigned long long)engine->counts.mailboxes_done,
                   (unsigned long long)engine->counts.messages, (unsigned long long)rollback.moved);
    return status;
}
