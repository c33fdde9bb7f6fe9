/* See sessions.h. */
#include "sessions.h"

#include <string.h>

#include "base/check.h"

enum { SESSIONS_PAUSE_SECONDS_MAX = 60 };

bool status_passes(enum status status) {
    return status == STATUS_BUSY || status == STATUS_NETWORK || status == STATUS_TIMEOUT ||
           status == STATUS_PROTOCOL || status == STATUS_AMBIGUOUS;
}

void sessions_close(struct sessions *sessions) {
    if (sessions->source != NULL)
        sessions->engine->source->type->close(&sessions->source);
    if (sessions->target != NULL)
        sessions->engine->target->type->close(&sessions->target);
}

void sessions_progress(struct sessions *sessions) {
    sessions->trouble_since = 0;
}

static void sessions_claim(struct sessions *sessions, const char *side, const char *key) {
    struct json *json = claim_begin(sessions->engine->claims, CLAIM_SESSION_PROVED);
    json_key_text(json, "mailbox", str_of(sessions->pair->source));
    json_key_text(json, "target", str_of(sessions->pair->target));
    json_key_text(json, "side", str_of(side));
    json_key_text(json, "key", str_of(key));
    claim_end(sessions->engine->claims);
}

static void sessions_lower(char *key) {
    for (; *key != '\0'; key++)
        *key = ascii_lower(*key);
}

/* Asks both servers whose mailboxes these are, as far as a measure of this phase wants to know. A
 * server that does not say leaves the key empty: what that means is for the measure to decide. */
static enum status sessions_who(struct sessions *sessions, struct error *error) {
    struct engine *engine = sessions->engine;
    enum status status = STATUS_OK;
    sessions->source_key[0] = sessions->target_key[0] = '\0';
    if (measure_on(engine, MEASURE_WHO_AM_I) || measure_on(engine, MEASURE_KEY_JOIN) ||
        measure_on(engine, MEASURE_CORE_OVERLAP))
        status = engine->source->type->who(sessions->source, sessions->source_key,
                                           sizeof sessions->source_key, error);
    if ((status == STATUS_OK || status == STATUS_NOT_FOUND) && measure_on(engine, MEASURE_WHO_AM_I))
        status = engine->target->type->who(sessions->target, sessions->target_key,
                                           sizeof sessions->target_key, error);
    sessions_lower(sessions->source_key);
    sessions_lower(sessions->target_key);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status sessions_once(struct sessions *sessions, struct error *error) {
    struct engine *engine = sessions->engine;
    const struct pair *pair = sessions->pair;
    enum status status =
        engine->source->type->open(engine->source, pair->source, &sessions->source, error);
    if (status != STATUS_OK) {
        error_context(error, "source %s", pair->source);
        return status;
    }
    status = engine->target->type->open(engine->target, pair->target, &sessions->target, error);
    if (status != STATUS_OK) {
        error_context(error, "target %s", pair->target);
        return status;
    }
    enum measure measure = MEASURE_WHO_AM_I;
    status = sessions_who(sessions, error);
    if (status == STATUS_OK)
        status = measures_pair(engine, sessions, &measure, error);
    if (status == STATUS_REFUSED)
        engine_refuse(engine, pair, measure, error->text);
    if (status == STATUS_OK && !sessions->proved && measure_on(engine, MEASURE_WHO_AM_I)) {
        sessions_claim(sessions, "source", sessions->source_key);
        sessions_claim(sessions, "target", sessions->target_key);
        sessions->proved = true;
    }
    return status;
}

/* Pauses a second, two, four … up to a minute. TIMEOUT-like statuses are returned as they are once
 * the plan's patience is over. */
static enum status sessions_pause(struct sessions *sessions, int attempt, enum status status) {
    struct platform *platform = sessions->engine->platform;
    instant now = platform->type->monotonic(platform);
    if (sessions->trouble_since == 0)
        sessions->trouble_since = now > 0 ? now : 1;
    if (now - sessions->trouble_since >= sessions->engine->plan.patience)
        return status;
    int64_t seconds = attempt < 6 ? 1LL << attempt : SESSIONS_PAUSE_SECONDS_MAX;
    return engine_heed(sessions->engine, platform->type->sleep(platform, seconds * SECOND));
}

static enum status sessions_patiently(struct sessions *sessions, enum status status,
                                      struct error *error) {
    for (int attempt = 0;; attempt++) {
        if (status == STATUS_OK)
            status = sessions_once(sessions, error);
        engine_heed(sessions->engine, status);
        if (status == STATUS_OK)
            return STATUS_OK;
        sessions_close(sessions);
        if (!status_passes(status))
            return status;
        enum status paused = sessions_pause(sessions, attempt, status);
        if (paused != STATUS_OK)
            return paused;
        status = engine_may_go_on(sessions->engine);
        if (status != STATUS_OK)
            return error_set(error, status, "%s", status_sentence(status));
    }
}

enum status sessions_open(struct sessions *sessions, struct engine *engine, const struct pair *pair,
                          struct error *error) {
    *sessions = (struct sessions){.engine = engine, .pair = pair};
    enum status status = engine_mailbox(engine, pair, &sessions->mailbox, error);
    return status == STATUS_OK ? sessions_patiently(sessions, STATUS_OK, error) : status;
}

enum status sessions_renew(struct sessions *sessions, enum status status, struct error *error) {
    check(status != STATUS_OK);
    return sessions_patiently(sessions, status, error);
}
