/*
 * Alarms, refusals, and the stop that works: stop_all takes the leases of all workers away in the
 * ledger, so that none of their writes is accepted any more, and says that it is done only when
 * each worker has left its mailbox. Whoever undoes a batch stops the workers of other runs in the
 * same way before he looks at what they wrote; those that were killed hold on until their leases
 * end.
 */
#include "../engine.h"

#include <string.h>

#include "../base/digest.h"

static void engine_lock(struct engine *engine) {
    engine->platform->type->lock(engine->platform, engine->lock);
}

static void engine_unlock(struct engine *engine) {
    engine->platform->type->unlock(engine->platform, engine->lock);
}

enum status engine_heed(struct engine *engine, enum status status) {
    if (status == STATUS_KILLED && !engine->killed) {
        engine->killed = true;
        if (engine->ledger != NULL)
            ledger_silence(engine->ledger);
        if (engine->claims != NULL)
            claims_silence(engine->claims);
    }
    return status;
}

enum status engine_may_go_on(struct engine *engine) {
    if (engine->killed)
        return STATUS_KILLED;
    if (engine->stopping || engine->platform->type->stopped(engine->platform))
        return STATUS_STOPPED;
    return STATUS_OK;
}

void engine_alarm(struct engine *engine, const char *measure, const char *subject,
                  const char *sentence) {
    struct error error;
    struct buffer line = {0};
    if (engine->killed)
        return;
    struct json *json = claim_begin(engine->claims, CLAIM_ALARM);
    json_key_text(json, "measure", str_of(measure));
    if (subject != NULL)
        json_key_text(json, strchr(subject, '@') != NULL ? "mailbox" : "artefact", str_of(subject));
    json_key_text(json, "sentence", str_of(sentence));
    claim_end(engine->claims);
    enum status status = engine_heed(engine, claims_sync(engine->claims, &error));
    buffer_printf(&line, "ALARM %s %s : %s", measure, subject != NULL ? subject : "-", sentence);
    if (status != STATUS_KILLED)
        engine->platform->type->alarm(engine->platform, buffer_str(&line));
    buffer_release(&line);
}

static uint64_t refuse_claim(struct engine *engine, const struct pair *pair,
                             const struct measure_row *row, const char *sentence) {
    engine_lock(engine);
    engine->counts.mailboxes_refused++;
    uint64_t suspects = engine->counts.identity_refusals += row->identity ? 1 : 0;
    engine_unlock(engine);
    struct json *json = claim_begin(engine->claims, CLAIM_MAILBOX_REFUSED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_text(json, "measure", str_of(row->name));
    json_key_text(json, "sentence", str_of(sentence));
    claim_end(engine->claims);
    return suspects;
}

void engine_refuse(struct engine *engine, const struct pair *pair, enum measure measure,
                   const char *sentence) {
    const struct measure_row *row = measure_row(measure);
    if (engine->killed)
        return;
    uint64_t suspects = refuse_claim(engine, pair, row, sentence);
    engine_alarm(engine, row->name, pair->source, sentence);
    if (row->identity && suspects >= 2)
        engine_stop(engine, measure,
                    "a second mailbox is not who it should be: the whole batch is "
                    "suspect");
}

void engine_refuse_again(struct engine *engine, const struct pair *pair, enum measure measure,
                         const char *sentence) {
    if (engine->killed)
        return;
    refuse_claim(engine, pair, measure_row(measure), sentence);
    engine_say(engine, "%s %s: named before, and still so: %s", phase_name(engine->phase),
               pair->source, sentence);
}

void engine_fail(struct engine *engine, const struct pair *pair, const struct error *error) {
    if (engine->killed || error->status == STATUS_STOPPED || error->status == STATUS_REFUSED)
        return; /* refusals are told where they are made, a stop is told once for all */
    if (engine_cannot_note(engine, error))
        return;
    engine_lock(engine);
    if (engine->counts.mailboxes_failed++ == 0)
        engine->counts.first_failure = error->status;
    engine_unlock(engine);
    struct json *json = claim_begin(engine->claims, CLAIM_MAILBOX_REFUSED);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_text(json, "measure", STR("mover"));
    json_key_text(json, "sentence", str_of(error->text));
    claim_end(engine->claims);
    engine_alarm(engine, "mover", pair->source, error->text);
}

void engine_count(struct engine *engine, const struct engine_counts *more) {
    engine_lock(engine);
    engine->counts.mailboxes_done += more->mailboxes_done;
    engine->counts.messages += more->messages;
    engine->counts.bytes += more->bytes;
    engine->counts.skipped += more->skipped;
    engine->counts.troubles += more->troubles;
    engine_unlock(engine);
}

uint64_t engine_item_hash(const char *item) {
    return digest_of(item, strlen(item)).low;
}

void engine_trouble(struct engine *engine, const struct pair *pair, const char *folder,
                    const char *item, const struct error *error) {
    if (engine->killed)
        return;
    struct json *json = claim_begin(engine->claims, CLAIM_MESSAGE_TROUBLE);
    json_key_text(json, "mailbox", str_of(pair->source));
    json_key_text(json, "target", str_of(pair->target));
    json_key_text(json, "folder", str_of(folder));
    json_key_text(json, "item", str_of(item));
    json_key_text(json, "status", str_of(status_name(error->status)));
    json_key_text(json, "sentence", str_of(error->text));
    claim_end(engine->claims);
    /* What cannot be noted is told again by whoever misses it. */
    struct error none;
    uint32_t mailbox = 0;
    enum status status = engine_mailbox(engine, pair, &mailbox, &none);
    if (status == STATUS_OK)
        status = ledger_name(engine->ledger, mailbox, phase_name(engine->phase),
                             engine_item_hash(item), &none);
    engine_heed(engine, status);
}

static void stop_claim(struct engine *engine, enum measure measure, const char *sentence) {
    struct json *json = claim_begin(engine->claims, CLAIM_STOP_BEGUN);
    json_key_text(json, "measure", str_of(measure_row(measure)->name));
    json_key_text(json, "sentence", str_of(sentence));
    claim_end(engine->claims);
}

/* False when this run is stopping already. */
static bool stop_begin(struct engine *engine, enum measure measure, const char *sentence) {
    engine_lock(engine);
    bool first = !engine->stopping;
    engine->stopping = true;
    engine->stop_measure = measure;
    engine_unlock(engine);
    if (first)
        stop_claim(engine, measure, sentence);
    return first;
}

bool engine_cannot_note(struct engine *engine, const struct error *error) {
    bool minds = (engine->measures & 1u << MEASURE_WRITE_AHEAD) != 0;
    if (error->status != STATUS_STORAGE || !minds || !ledger_has_failed(engine->ledger))
        return false;
    struct buffer sentence = {0};
    buffer_printf(&sentence,
                  "%s: what cannot be noted is not done. Nothing more is written; when there is "
                  "room again, type the command again",
                  error->text);
    engine->cannot_note = true;
    if (!engine->killed && stop_begin(engine, MEASURE_WRITE_AHEAD, buffer_text(&sentence)))
        engine_alarm(engine, measure_row(MEASURE_WRITE_AHEAD)->name,
                     engine_state_path(engine, "ledger.db"), buffer_text(&sentence));
    buffer_release(&sentence);
    return true;
}

void engine_is_over(struct engine *engine, const char *sentence) {
    if (!engine->killed && stop_begin(engine, MEASURE_LEASE, sentence))
        engine_alarm(engine, measure_row(MEASURE_LEASE)->name, NULL, sentence);
}

void engine_stop(struct engine *engine, enum measure measure, const char *sentence) {
    struct error error = {0};
    size_t leases = 0;
    if (!measure_on(engine, MEASURE_STOP_ALL) || engine->killed ||
        !stop_begin(engine, measure, sentence))
        return;
    enum status status = ledger_lease_revoke(engine->ledger, &leases, &error);
    engine_heed(engine, status);
    engine_alarm(engine, "stop_all", NULL, sentence);
}

/* ---- Whoever undoes stops all others first ---- */

#define STOP_PAUSE SECOND

static enum status stop_wait(struct engine *engine, size_t *held_r, struct error *error) {
    struct platform *platform = engine->platform;
    size_t held = 0;
    *held_r = 0;
    for (;;) {
        enum status status =
            ledger_leases_held(engine->ledger, platform->type->now(platform), &held, error);
        *held_r = held > *held_r ? held : *held_r;
        if (status != STATUS_OK || held == 0)
            return status;
        status = platform->type->sleep(platform, STOP_PAUSE);
        if (status == STATUS_OK)
            status = engine_may_go_on(engine);
        if (status != STATUS_OK)
            return status;
    }
}

enum status engine_stop_others(struct engine *engine, bool for_good, size_t *held_r,
                               struct error *error) {
    uint32_t last = for_good ? LEDGER_EVERY_RUN : engine->run.number - 1;
    *held_r = 0;
    if (!measure_on(engine, MEASURE_STOP_ALL))
        return STATUS_OK;
    stop_claim(engine, MEASURE_STOP_ALL,
               "the batch is being undone: nothing else writes meanwhile");
    enum status status = ledger_stop_runs(engine->ledger, last, error);
    if (status == STATUS_OK)
        status = stop_wait(engine, held_r, error);
    if (engine_heed(engine, status) != STATUS_OK)
        return status;
    struct json *json = claim_begin(engine->claims, CLAIM_STOP_DONE);
    json_key_integer(json, "workers", (int64_t)*held_r);
    claim_end(engine->claims);
    if (*held_r > 0)
        engine_say(engine, "%s: %zu workers of an earlier run were at work; they have stopped",
                   phase_name(engine->phase), *held_r);
    return engine_heed(engine, claims_sync(engine->claims, error));
}
