/* See cleaning.h. */
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/table.h"
#include "../sessions.h"
#include "cleaning.h"

enum { CLEANING_BATCH = 64 };

/* ---- One message ---- */

struct cleaning {
    struct engine *engine;
    struct cleanup *cleanup;
    struct sessions sessions;
    struct remains remains;
    struct buffer bytes;    /* owns */
    bool back;              /* all that this attempt put here goes */
    struct table *returned; /* owns; digest and instant of what was brought back → copies */
    uint64_t removed, wrong_removed, kept;
};

static enum status cleaning_fetch(struct cleaning *cleaning, const struct remains_entry *entry,
                                  struct error *error) {
    const char *folder = cleaning->remains.folders[entry->folder].name;
    buffer_clear(&cleaning->bytes);
    enum status status = cleaning->engine->target->type->fetch(cleaning->sessions.target, folder,
                                                               entry->uid, &cleaning->bytes, error);
    if (status == STATUS_OK &&
        !digest_equal(digest_of(cleaning->bytes.data, cleaning->bytes.length), entry->digest))
        status = error_set(error, STATUS_PROTOCOL,
                           "%s: message %u has other bytes than a moment ago", folder, entry->uid);
    return status;
}

/* Does the header name the mailbox? */
static bool cleaning_names_owner(const struct cleaning *cleaning) {
    struct str rest = buffer_str(&cleaning->bytes);
    struct str address = str_of(cleaning->sessions.pair->source);
    while (rest.length > 0) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.length == 0)
            return false;
        for (size_t i = 0; i + address.length <= line.length; i++)
            if (str_equal_caseless(str_bytes(line.data + i, address.length), address))
                return true;
    }
    return false;
}

static enum status cleaning_is_wrong(struct cleaning *cleaning, const struct remains_entry *entry,
                                     bool *wrong_r, struct error *error) {
    if (measure_on(cleaning->engine, MEASURE_DELETE_PROOF)) {
        *wrong_r = entry->mailbox != 0 && cleanup_is_wrong_pair(cleaning->cleanup, entry->mailbox);
        return STATUS_OK;
    }
    enum status status = cleaning_fetch(cleaning, entry, error);
    *wrong_r = status == STATUS_OK && !cleaning_names_owner(cleaning);
    return status;
}

/* ---- A mailbox that was set back ---- */

static uint64_t cleaning_key(struct digest digest, instant received) {
    return digest.high ^ (digest.low * 0x9e3779b97f4a7c15u) ^ (uint64_t)received;
}

static void cleaning_see_return(void *of, const struct ledger_return *returned) {
    struct cleaning *cleaning = of;
    if (returned->done)
        ++*table_at(cleaning->returned, cleaning_key(returned->digest, returned->received));
}

/* Reads what was brought back from here. */
static enum status cleaning_know_returns(struct cleaning *cleaning, struct error *error) {
    table_close(&cleaning->returned);
    cleaning->returned = table_new();
    if (!cleaning->back)
        return STATUS_OK;
    return ledger_returns(cleaning->engine->ledger, cleaning->sessions.mailbox, cleaning_see_return,
                          cleaning, error);
}

/* Whether it lies at the source as well: this attempt copied it from there, or brought it back. */
static bool cleaning_is_spare(struct cleaning *cleaning, const struct remains_entry *entry) {
    if (!cleaning->back || !measure_on(cleaning->engine, MEASURE_DELETE_PROOF))
        return false;
    if (entry->mailbox != 0)
        return true;
    uint64_t *copies = table_at(cleaning->returned, cleaning_key(entry->digest, entry->received));
    bool known = *copies > 0;
    *copies -= known;
    return known;
}

/* ---- Evidence ---- */

static enum status cleaning_seal_owner(struct cleaning *cleaning, const bool *wrong, size_t first,
                                       struct error *error) {
    struct engine *engine = cleaning->engine;
    struct cleanup *cleanup = cleaning->cleanup;
    const struct remains *remains = &cleaning->remains;
    uint32_t mailbox = remains->entries[first].mailbox;
    const struct remains_pair *pair = remains_pair_find(&cleanup->pairs, mailbox);
    struct digest *digests = arena_take(remains->arena, remains->entry_count, sizeof *digests);
    struct exposure exposure = {.mailbox = cleaning->sessions.pair->source,
                                .login = cleaning->sessions.pair->target,
                                .owner = pair != NULL ? pair->source : "",
                                .from = INSTANT_NEVER,
                                .until = engine->platform->type->now(engine->platform),
                                .items = digests};
    for (size_t i = first; i < remains->entry_count; i++) {
        const struct remains_entry *entry = &remains->entries[i];
        if (!wrong[i] || entry->mailbox != mailbox)
            continue;
        digests[exposure.messages++] = entry->digest;
        exposure.seen += (entry->flags & TARGET_SEEN) != 0;
        instant began = entry->run < cleanup->run_count ? cleanup->run_began[entry->run] : 0;
        exposure.from = began < exposure.from ? began : exposure.from;
    }
    engine->platform->type->lock(engine->platform, engine->lock);
    enum status status = evidence_file_add(engine, &cleanup->evidence, &exposure, error);
    engine->platform->type->unlock(engine->platform, engine->lock);
    if (status != STATUS_OK)
        return status;
    char from[INSTANT_TEXT_MAX], until[INSTANT_TEXT_MAX];
    struct json *json = claim_begin(engine->claims, CLAIM_EVIDENCE);
    json_key_text(json, "mailbox", str_of(exposure.mailbox));
    json_key_text(json, "owner", str_of(exposure.owner));
    json_key_integer(json, "messages", (int64_t)exposure.messages);
    json_key_integer(json, "seen", (int64_t)exposure.seen);
    json_key_text(json, "from", str_of(instant_text(exposure.from, from)));
    json_key_text(json, "until", str_of(instant_text(exposure.until, until)));
    claim_end(engine->claims);
    return STATUS_OK;
}

/* One line for each whose mail lies there. */
static enum status cleaning_seal(struct cleaning *cleaning, const bool *wrong,
                                 struct error *error) {
    const struct remains *remains = &cleaning->remains;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < remains->entry_count && status == STATUS_OK; i++) {
        bool told = false;
        for (size_t k = 0; k < i && !told; k++)
            told = wrong[k] && remains->entries[k].mailbox == remains->entries[i].mailbox;
        if (wrong[i] && !told)
            status = cleaning_seal_owner(cleaning, wrong, i, error);
    }
    return status;
}

/* ---- Removal ---- */

static enum status cleaning_quarantine(struct cleaning *cleaning, const struct remains_entry *entry,
                                       struct error *error) {
    struct engine *engine = cleaning->engine;
    struct buffer name = {0};
    char hex[DIGEST_HEX_MAX];
    enum status status = cleaning_fetch(cleaning, entry, error);
    buffer_printf(&name, "quarantine/%s.eml", digest_hex(entry->digest, hex));
    if (status == STATUS_OK)
        status = engine->platform->type->file_replace(engine->platform,
                                                      engine_state_path(engine, buffer_text(&name)),
                                                      buffer_str(&cleaning->bytes), error);
    buffer_release(&name);
    return status;
}

/* What is gone is no proof of anything any more. `entries` are written by one pair. */
static enum status cleaning_strike_out(struct cleaning *cleaning,
                                       const struct remains_entry *const *entries, size_t count,
                                       struct error *error) {
    struct ledger_item items[CLEANING_BATCH];
    if (entries[0]->mailbox == 0)
        return STATUS_OK;
    for (size_t i = 0; i < count; i++)
        items[i] = (struct ledger_item){.number = entries[i]->row,
                                        .digest = entries[i]->digest,
                                        .size = entries[i]->size,
                                        .state = LEDGER_OPEN,
                                        .run = cleaning->engine->run.number};
    return ledger_store(cleaning->engine->ledger,
                        &(struct ledger_write){entries[0]->mailbox, NULL, items, count}, error);
}

/* What is in the ledger still and not in the mailbox went when a clean-up died before it could note
 * that, or by people's hands. */
static enum status cleaning_strike_out_gone(struct cleaning *cleaning, struct error *error) {
    struct engine *engine = cleaning->engine;
    const struct cleanup *cleanup = cleaning->cleanup;
    const char *login = cleaning->sessions.pair->target;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cleanup->pairs.count && status == STATUS_OK; i++) {
        const struct remains_pair *pair = &cleanup->pairs.list[i];
        struct ledger_item *items = NULL;
        size_t count = 0, gone = 0;
        if ((cleanup->right[i] && !cleaning->back) ||
            !str_equal_caseless(str_of(pair->target), str_of(login)))
            continue;
        status = ledger_items(engine->ledger, pair->mailbox, &items, &count, error);
        for (size_t k = 0; k < count; k++) {
            if (!cleanup_is_live(&items[k]))
                continue;
            items[gone] = items[k];
            items[gone].state = LEDGER_OPEN;
            items[gone++].run = engine->run.number;
        }
        if (status == STATUS_OK)
            status = ledger_store(engine->ledger,
                                  &(struct ledger_write){pair->mailbox, NULL, items, gone}, error);
        free(items);
    }
    return status;
}

/* Messages of one folder that one pair wrote: copied, removed, struck out, each step for all of
 * them before the next. */
struct cleaning_batch {
    const struct remains_entry *entries[CLEANING_BATCH];
    size_t count;
    bool spare; /* no copy is kept: they lie at the source */
};

static enum status cleaning_remove(struct cleaning *cleaning, struct cleaning_batch *batch,
                                   struct error *error) {
    struct engine *engine = cleaning->engine;
    uint32_t uids[CLEANING_BATCH];
    enum status status = STATUS_OK;
    if (batch->count == 0)
        return STATUS_OK;
    const struct remains_folder *folder = &cleaning->remains.folders[batch->entries[0]->folder];
    for (size_t i = 0; i < batch->count && status == STATUS_OK; i++) {
        uids[i] = batch->entries[i]->uid;
        if (!batch->spare)
            status = cleaning_quarantine(cleaning, batch->entries[i], error);
    }
    if (status == STATUS_OK)
        status = engine->target->type->remove(cleaning->sessions.target, folder->name,
                                              folder->uid_validity, uids, batch->count, error);
    if (status == STATUS_OK)
        status = cleaning_strike_out(cleaning, batch->entries, batch->count, error);
    if (status != STATUS_OK)
        return status;
    cleaning->removed += batch->count;
    cleaning->wrong_removed += batch->spare ? 0 : batch->count;
    batch->count = 0;
    return engine_may_go_on(engine);
}

static bool cleaning_fits(const struct cleaning_batch *batch, const struct remains_entry *entry,
                          bool spare) {
    const struct remains_entry *first = batch->entries[0];
    return batch->count == 0 || (batch->count < CLEANING_BATCH && first->folder == entry->folder &&
                                 first->mailbox == entry->mailbox && batch->spare == spare);
}

static enum status cleaning_remove_all(struct cleaning *cleaning, const bool *wrong,
                                       struct error *error) {
    struct cleaning_batch batch = {.count = 0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cleaning->remains.entry_count && status == STATUS_OK; i++) {
        const struct remains_entry *entry = &cleaning->remains.entries[i];
        bool spare = !wrong[i] && cleaning_is_spare(cleaning, entry);
        cleaning->kept += !wrong[i] && !spare;
        if (!wrong[i] && !spare)
            continue;
        if (!cleaning_fits(&batch, entry, spare))
            status = cleaning_remove(cleaning, &batch, error);
        batch.spare = spare;
        if (status == STATUS_OK)
            batch.entries[batch.count++] = entry;
    }
    return status == STATUS_OK ? cleaning_remove(cleaning, &batch, error) : status;
}

/* ---- A mailbox ---- */

static enum status cleaning_pass(struct cleaning *cleaning, struct error *error) {
    struct engine *engine = cleaning->engine;
    struct cleanup *cleanup = cleaning->cleanup;
    cleaning->kept = 0;
    remains_release(&cleaning->remains);
    enum status status = remains_read(engine, cleaning->sessions.target, &cleanup->pairs,
                                      cleaning->sessions.pair->target, &cleaning->remains, error);
    size_t count = cleaning->remains.entry_count;
    bool *wrong = arena_take(cleaning->remains.arena, count + 1, sizeof *wrong);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = cleaning_is_wrong(cleaning, &cleaning->remains.entries[i], &wrong[i], error);
    if (status == STATUS_OK && !cleanup->removing)
        return cleaning_seal(cleaning, wrong, error);
    if (status == STATUS_OK)
        status = cleaning_know_returns(cleaning, error);
    if (status == STATUS_OK)
        status = cleaning_remove_all(cleaning, wrong, error);
    if (status == STATUS_OK && measure_on(engine, MEASURE_DELETE_PROOF))
        status = cleaning_strike_out_gone(cleaning, error);
    return status;
}

/* When it was gone stands in the evidence too: until then somebody may have fetched it through a
 * session that was open before access was closed. */
static enum status cleaning_seal_end(struct cleaning *cleaning, struct error *error) {
    struct engine *engine = cleaning->engine;
    const struct exposure exposure = {.mailbox = cleaning->sessions.pair->source,
                                      .login = cleaning->sessions.pair->target,
                                      .messages = cleaning->wrong_removed,
                                      .until = engine->platform->type->now(engine->platform)};
    if (cleaning->back && cleaning->wrong_removed == 0)
        return STATUS_OK;
    engine->platform->type->lock(engine->platform, engine->lock);
    enum status status = evidence_file_gone(engine, &cleaning->cleanup->evidence, &exposure, error);
    engine->platform->type->unlock(engine->platform, engine->lock);
    return status;
}

static void cleaning_claim(struct cleaning *cleaning) {
    struct engine *engine = cleaning->engine;
    struct json *json = claim_begin(engine->claims, CLAIM_CLEANED);
    json_key_text(json, "mailbox", str_of(cleaning->sessions.pair->source));
    json_key_text(json, "target", str_of(cleaning->sessions.pair->target));
    json_key_integer(json, "messages", (int64_t)cleaning->removed);
    json_key_integer(json, "kept", (int64_t)cleaning->kept);
    claim_end(engine->claims);
}

void cleaning_mailbox(struct engine *engine, struct cleanup *cleanup, size_t index) {
    const struct pair *pair = &cleanup->targets.pairs[index];
    struct cleaning cleaning = {.engine = engine, .cleanup = cleanup, .back = cleanup->back[index]};
    struct error why = {0};
    enum status status = sessions_open(&cleaning.sessions, engine, pair, &why);
    while (status == STATUS_OK && (status = cleaning_pass(&cleaning, &why)) != STATUS_OK)
        status = sessions_renew(&cleaning.sessions, status, &why);
    engine_heed(engine, status);
    if (status == STATUS_OK && cleanup->removing)
        status = cleaning_seal_end(&cleaning, &why);
    bool done = status == STATUS_OK && cleanup->removing;
    if (done) {
        cleaning_claim(&cleaning);
        status = phase_prove(engine, pair, &why);
    }
    engine_count(engine, &(struct engine_counts){.messages = cleaning.removed});
    why.status = status;
    if (status != STATUS_OK)
        engine_fail(engine, pair, &why);
    sessions_close(&cleaning.sessions);
    remains_release(&cleaning.remains);
    table_close(&cleaning.returned);
    buffer_release(&cleaning.bytes);
}
