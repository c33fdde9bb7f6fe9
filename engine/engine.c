/* See engine.h. */
#include "engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static enum status engine_read_mapping(struct engine *engine, struct error *error) {
    struct platform *platform = engine->platform;
    struct buffer complaints = {0};
    enum status status =
        platform->type->file_read(platform, engine->mapping_path, &engine->mapping_bytes, error);
    if (status == STATUS_OK)
        status =
            mapping_read(engine->arena, engine->mapping_path, buffer_str(&engine->mapping_bytes),
                         &engine->mapping, &complaints, error);
    struct seal_digest digest = seal_digest_of(buffer_str(&engine->mapping_bytes));
    seal_digest_hex(&digest, engine->mapping_digest);
    struct str rest = buffer_str(&complaints);
    while (rest.length > 0)
        platform->type->alarm(platform, str_cut(&rest, '\n'));
    buffer_release(&complaints);
    engine->artefact = engine->mapping_path;
    return status;
}

/* What an ordinary copying tool goes by: whole days back from today, as IMAP's SINCE and BEFORE
 * count them (RFC 3501 §6.4.4). Two runs agree only while both are made on the same day. */
static instant engine_days_back(const struct engine *engine) {
    instant now = engine->platform->type->now(engine->platform);
    struct civil today = civil_of_instant(now);
    today.hour = today.minute = today.second = today.microsecond = 0;
    return instant_of_civil(&today) - engine->plan.core_age;
}

static enum status engine_read(struct engine *engine, struct error *error) {
    const struct engine_request *request = engine->request;
    enum status status = plan_read(engine->platform, engine->arena, request->plan, &engine->plan,
                                   &engine->plan_bytes, error);
    if (status != STATUS_OK)
        return status;
    struct seal_digest digest = seal_digest_of(buffer_str(&engine->plan_bytes));
    seal_digest_hex(&digest, engine->plan_digest);
    const char *measures = request->measures != NULL ? request->measures : engine->plan.measures;
    if (measures[0] == '\0')
        measures = "all";
    status = measures_parse(str_of(measures), &engine->measures, error);
    if (status == STATUS_OK && request->batch != NULL &&
        strcmp(request->batch, engine->plan.batch) != 0)
        status = error_set(error, STATUS_INVALID, "%s is the plan of batch \"%s\", not of \"%s\"",
                           request->plan, engine->plan.batch, request->batch);
    engine->removes_surplus =
        request->surplus != NULL && str_equal_text(str_of(request->surplus), "remove");
    if (status == STATUS_OK && request->surplus != NULL && !engine->removes_surplus &&
        !str_equal_text(str_of(request->surplus), "keep"))
        status = error_set(error, STATUS_INVALID, "--surplus is keep or remove, not \"%s\"",
                           request->surplus);
    engine->mapping_path = request->mapping != NULL ? request->mapping : engine->plan.mapping;
    engine->cut_off = engine_days_back(engine);
    return status;
}

/* The servers that the plan names. A phase that needs one that it does not name says so. */
static enum status engine_open_doors(struct engine *engine, struct error *error) {
    const struct plan *plan = &engine->plan;
    const struct engine_adapters *adapters = engine->adapters;
    struct platform *platform = engine->platform;
    enum status status = adapters->source(
        &(struct ews_source_options){platform, plan->source_url, plan->source_user,
                                     plan->source_password, plan->timeout, plan->patience},
        &engine->source, error);
    if (status == STATUS_OK)
        status = adapters->target(
            &(struct imap_target_options){platform, plan->target_host, (uint16_t)plan->target_port,
                                          plan->target_master, plan->target_password,
                                          plan->one_by_one != 0, plan->timeout},
            &engine->target, error);
    if (status == STATUS_OK && plan->directory_url[0] != '\0')
        status = adapters->directory(
            &(struct scim_directory_options){platform, plan->directory_url, plan->directory_user,
                                             plan->directory_password, plan->timeout},
            &engine->directory, error);
    if (status == STATUS_OK && plan->provisioning_url[0] != '\0')
        status = adapters->provisioning(
            &(struct ox_provisioning_options){platform, plan->provisioning_url,
                                              plan->provisioning_admin, plan->provisioning_password,
                                              (uint32_t)plan->provisioning_context, plan->timeout},
            &engine->provisioning, error);
    if (status == STATUS_OK && plan->gateway_table[0] != '\0')
        status = adapters->gateway(&(struct gateway_table_options){platform, plan->gateway_table},
                                   &engine->gateway, error);
    if (status == STATUS_OK)
        rights_narrow(engine);
    return status;
}

static void engine_free(struct engine **engine) {
    struct engine *old = *engine;
    if (old->source != NULL)
        old->source->type->free(&old->source);
    if (old->target != NULL)
        old->target->type->free(&old->target);
    if (old->directory != NULL)
        old->directory->type->free(&old->directory);
    if (old->provisioning != NULL)
        old->provisioning->type->free(&old->provisioning);
    if (old->gateway != NULL)
        old->gateway->type->free(&old->gateway);
    ledger_close(&old->ledger);
    claims_close(&old->claims);
    buffer_release(&old->plan_bytes);
    buffer_release(&old->mapping_bytes);
    old->platform->type->lock_free(old->platform, old->lock);
    arena_close(&old->arena);
    free(old);
    *engine = NULL;
}

static enum status engine_begin_run(struct engine *engine, struct error *error) {
    const struct ledger_batch batch = {engine->plan.campaign, engine->plan.batch,
                                       engine->plan.attempt};
    engine->claims = claims_open(engine->platform, engine_state_path(engine, "claims.jsonl"));
    /* Appending nothing makes the directory, in which SQLite then finds its place. */
    enum status status = engine->platform->type->file_append(
        engine->platform, engine_state_path(engine, "claims.jsonl"), STR(""), true, error);
    if (status == STATUS_OK)
        status = ledger_open(engine->platform, engine_state_path(engine, "ledger.db"), &batch,
                             &engine->ledger, error);
    if (status != STATUS_OK)
        return status;
    /* Which seal a run found decides whether a later one was exchanged. */
    struct buffer seal = {0};
    struct error none;
    if (engine->platform->type->file_read(engine->platform, engine_state_path(engine, "seal"),
                                          &seal, &none) == STATUS_OK) {
        struct seal_digest digest = seal_digest_of(buffer_str(&seal));
        seal_digest_hex(&digest, engine->seal_digest);
    }
    buffer_release(&seal);
    engine->run = (struct ledger_run){
        .phase = phase_name(engine->phase),
        .plan_digest = engine->plan_digest,
        .mapping_digest = engine->mapping_digest,
        .seal_digest = engine->seal_digest,
        .version = engine->version,
        .began = engine->platform->type->now(engine->platform),
        .cut_off = INSTANT_NEVER, /* until the measures let the phase begin */
    };
    status = ledger_run_begin(engine->ledger, &engine->run, error);
    snprintf(engine->run_name, sizeof engine->run_name, "%.24s-%.16s-%lld-%u",
             engine->plan.campaign, engine->plan.batch, (long long)engine->plan.attempt,
             engine->run.number);
    claims_run(engine->claims, engine->run_name, phase_name(engine->phase));
    return status;
}

static void engine_claim_started(struct engine *engine) {
    struct json *json = claim_begin(engine->claims, CLAIM_RUN_STARTED);
    json_key_text(json, "argv", str_of(engine->request->typed));
    json_key_text(json, "plan_digest", str_of(engine->plan_digest));
    json_key_text(json, "mapping_digest", str_of(engine->mapping_digest));
    json_key(json, "measures");
    json_array(json);
    for (size_t i = 0; i < MEASURE_COUNT; i++)
        if ((engine->measures & 1u << i) != 0)
            json_text(json, str_of(measure_row((enum measure)i)->name));
    json_array_end(json);
    json_key_text(json, "version", str_of(engine->version));
    claim_end(engine->claims);
}

enum status engine_open(struct platform *platform, const struct engine_adapters *adapters,
                        const struct engine_request *request, struct engine **engine_r,
                        struct error *error) {
    struct engine *engine = memory_new(1, sizeof *engine);
    *engine_r = NULL;
    engine->platform = platform;
    engine->adapters = adapters;
    engine->request = request;
    engine->phase = request->phase;
    engine->version = request->version != NULL ? request->version : UMZUG_VERSION;
    engine->arena = arena_new();
    engine->lock = platform->type->lock_new(platform);
    engine->artefact = request->plan;
    enum status status = engine_read(engine, error);
    enum status mapping = STATUS_OK;
    if (status == STATUS_OK)
        mapping = engine_read_mapping(engine, error);
    /* A bad mapping is told in the claims too, so the run is begun first. */
    struct error more;
    if (status == STATUS_OK) {
        status = engine_begin_run(engine, mapping == STATUS_OK ? error : &more);
        if (status == STATUS_OK)
            engine_claim_started(engine);
    }
    if (status == STATUS_OK && mapping != STATUS_OK) {
        engine_alarm(engine, "mapping", engine->mapping_path, error->text);
        engine_close(&engine, mapping == STATUS_STORAGE ? 74 : 65);
        return mapping;
    }
    if (status == STATUS_OK)
        status = engine_open_doors(engine, error);
    if (status != STATUS_OK)
        engine_free(&engine);
    *engine_r = engine;
    return status;
}

enum status engine_close(struct engine **engine, int exit_code) {
    struct engine *old = *engine;
    struct error error = {0};
    const struct engine_counts *counts = &old->counts;
    enum status status = STATUS_OK;
    if (!old->killed) {
        struct json *json = claim_begin(old->claims, CLAIM_RUN_ENDED);
        json_key_integer(json, "exit", exit_code);
        json_key_integer(json, "mailboxes_done", (int64_t)counts->mailboxes_done);
        json_key_integer(json, "mailboxes_refused",
                         (int64_t)(counts->mailboxes_refused + counts->mailboxes_failed));
        json_key_integer(json, "messages", (int64_t)counts->messages);
        json_key_integer(json, "errors", (int64_t)counts->troubles);
        claim_end(old->claims);
        status = ledger_run_end(old->ledger, old->run.number, exit_code, &error);
        if (status == STATUS_OK)
            status = claims_sync(old->claims, &error);
        if (status != STATUS_OK && status != STATUS_KILLED)
            old->platform->type->alarm(old->platform, str_of(error.text));
    }
    engine_free(engine);
    return status;
}

void engine_say(struct engine *engine, const char *format, ...) {
    struct buffer line = {0};
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&line, format, arguments);
    va_end(arguments);
    if (!engine->killed)
        engine->platform->type->say(engine->platform, buffer_str(&line));
    buffer_release(&line);
}

enum status engine_mailbox(struct engine *engine, const struct pair *pair, uint32_t *mailbox_r,
                           struct error *error) {
    struct ledger_pair row = {0, pair->source, pair->target, pair->key};
    enum status status = ledger_mailbox(engine->ledger, &row, error);
    *mailbox_r = row.mailbox;
    return status;
}

const char *engine_state_path(struct engine *engine, const char *name) {
    struct buffer path = {0};
    buffer_printf(&path, "%s/%s", engine->plan.state, name);
    const char *kept = arena_text(engine->arena, buffer_str(&path));
    buffer_release(&path);
    return kept;
}
