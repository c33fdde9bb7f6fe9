/*
 * switch: Open-Xchange becomes the home. With one_home all three aspects follow from one record,
 * the directory's: it is changed by compare-and-set first, then route and login as it says, then
 * all three are read again and must agree; and nothing is switched whose mail is not held. Without
 * it each aspect is set as the mapping has it.
 */
#include <string.h>

#include "phase.h"

static void switch_claim(struct engine *engine, const struct pair *pair, const char *aspect) {
    struct json *json = claim_begin(engine->claims, CLAIM_SWITCHED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_text(json, "home", STR("openxchange"));
    json_key_text(json, "aspect", str_of(aspect));
    claim_end(engine->claims);
}

static enum status switch_route(struct engine *engine, const struct pair *pair,
                                struct error *error) {
    const char *recipient = pair->source;
    enum status status =
        engine->gateway->type->route(engine->gateway, &recipient, 1, HOME_OPENXCHANGE, error);
    if (status == STATUS_OK)
        switch_claim(engine, pair, "route");
    return status;
}

static enum status switch_login(struct engine *engine, const struct pair *pair, const char *login,
                                struct error *error) {
    enum status status =
        engine->provisioning->type->set_open(engine->provisioning, login, true, error);
    if (status == STATUS_OK)
        switch_claim(engine, pair, "login");
    return status;
}

static enum status switch_directory(struct engine *engine, const struct pair *pair,
                                    struct directory_entry *entry, struct error *error) {
    enum status status = STATUS_OK;
    if (entry->home != HOME_OPENXCHANGE)
        status =
            engine->directory->type->set_home(engine->directory, entry, HOME_OPENXCHANGE, error);
    if (status == STATUS_OK)
        switch_claim(engine, pair, "directory");
    return status;
}

/* Is it held, and is the record the one that the mapping means? */
static enum status switch_may(struct engine *engine, const struct pair *pair,
                              const struct directory_entry *entry, struct error *error) {
    bool held = false;
    if (!str_equal_caseless(str_of(entry->login), str_of(pair->target)))
        return error_set(error, STATUS_REFUSED,
                         "the directory's record assigns the login %s, the mapping says %s",
                         entry->login, pair->target);
    if (pair->key[0] != '\0' && !str_equal_caseless(str_of(entry->key), str_of(pair->key)))
        return error_set(error, STATUS_REFUSED,
                         "the directory's record carries the key %s, the mapping says %s",
                         entry->key, pair->key);
    if (entry->home == HOME_OPENXCHANGE)
        return STATUS_OK; /* a switch that was cut short is finished, held or not */
    enum status status =
        engine->gateway->type->is_held(engine->gateway, pair->source, &held, error);
    if (status == STATUS_OK && !held)
        status = error_set(error, STATUS_REFUSED,
                           "mail for it is not held: it would arrive at two homes; hold first");
    return status;
}

static enum status switch_agree(struct engine *engine, const struct pair *pair, const char *login,
                                struct error *error) {
    struct directory_entry entry = {.home = HOME_EXCHANGE};
    struct account account = {.open = false};
    enum home route = HOME_EXCHANGE;
    enum status status =
        engine->directory->type->find(engine->directory, pair->source, &entry, error);
    if (status == STATUS_OK)
        status = engine->gateway->type->route_of(engine->gateway, pair->source, &route, error);
    if (status == STATUS_OK)
        status = engine->provisioning->type->find(engine->provisioning, login, &account, error);
    bool agree = entry.home == HOME_OPENXCHANGE && route == HOME_OPENXCHANGE && account.open;
    if (status != STATUS_OK || agree)
        return status;
    return error_set(error, STATUS_REFUSED,
                     "after the switch the directory says %s, the route goes to %s, the login is "
                     "%s: these must agree before mail is released",
                     entry.home == HOME_OPENXCHANGE ? "Open-Xchange" : "Exchange",
                     route == HOME_OPENXCHANGE ? "Open-Xchange" : "Exchange",
                     account.open ? "open" : "closed");
}

static enum status switch_by_record(struct engine *engine, const struct pair *pair,
                                    struct error *error) {
    struct directory_entry entry = {.login = ""};
    enum status status =
        engine->directory->type->find(engine->directory, pair->source, &entry, error);
    if (status == STATUS_NOT_FOUND || status == STATUS_INVALID)
        return error_set(error, STATUS_REFUSED, "the directory has no single record of %s",
                         pair->source);
    if (status == STATUS_OK)
        status = switch_may(engine, pair, &entry, error);
    if (status == STATUS_OK)
        status = switch_directory(engine, pair, &entry, error);
    if (status == STATUS_CONFLICT)
        return error_set(error, STATUS_REFUSED,
                         "somebody changed the directory's record of %s meanwhile", pair->source);
    if (status == STATUS_OK)
        status = switch_route(engine, pair, error);
    if (status == STATUS_OK)
        status = switch_login(engine, pair, entry.login, error);
    return status == STATUS_OK ? switch_agree(engine, pair, entry.login, error) : status;
}

static enum status switch_by_mapping(struct engine *engine, const struct pair *pair,
                                     struct error *error) {
    struct directory_entry entry = {.login = ""};
    enum status status = switch_route(engine, pair, error);
    if (status == STATUS_OK)
        status = switch_login(engine, pair, pair->target, error);
    if (status == STATUS_OK)
        status = engine->directory->type->find(engine->directory, pair->source, &entry, error);
    return status == STATUS_OK ? switch_directory(engine, pair, &entry, error) : status;
}

enum status phase_switch(struct engine *engine, struct error *error) {
    bool by_record = measure_on(engine, MEASURE_ONE_HOME);
    enum status status = phase_needs_gateway(engine, error);
    if (status == STATUS_OK)
        status = phase_needs_directory(engine, error);
    for (size_t i = 0; i < engine->mapping.count && status == STATUS_OK; i++) {
        const struct pair *pair = &engine->mapping.pairs[i];
        struct error why = {0};
        status = engine_may_go_on(engine);
        if (status != STATUS_OK)
            break;
        why.status = by_record ? switch_by_record(engine, pair, &why)
                               : switch_by_mapping(engine, pair, &why);
        if (engine_heed(engine, why.status) == STATUS_KILLED)
            return STATUS_KILLED;
        if (why.status == STATUS_REFUSED)
            engine_refuse(engine, pair, MEASURE_ONE_HOME, why.text);
        else if (why.status != STATUS_OK)
            engine_fail(engine, pair, &why);
        else
            status = phase_prove(engine, pair, error);
    }
    if (status == STATUS_OK)
        engine_say(engine, "switch: %llu mailboxes have their home at Open-Xchange",
                   (unsigned long long)engine->counts.mailboxes_done);
    return status;
}
