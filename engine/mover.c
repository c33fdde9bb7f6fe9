/* A mailbox and its folders. Batches: mover_batch.c; doubts: mover_settle.c; lease: mover_lease.c.
 * See mover.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "mover_inside.h"

static_assert((int)SOURCE_FORWARDED == (int)TARGET_FORWARDED &&
                  (int)SOURCE_DRAFT == (int)TARGET_DRAFT && (int)SOURCE_SEEN == (int)TARGET_SEEN,
              "flags have the same values on both sides");

void mover_trouble(struct mover *mover, const char *item, const struct error *error) {
    if (mover->counts.troubles + mover->folder_counts.troubles == 0)
        mover->first_trouble = *error;
    mover->folder_counts.troubles++;
    engine_trouble(mover->engine, mover->pair, mover->place->path, item, error);
}

/* ---- What the ledger knows ---- */

static enum status mover_know(struct mover *mover, struct error *error) {
    struct engine *engine = mover->engine;
    enum status status = ledger_items(engine->ledger, mover->sessions.mailbox, &mover->known,
                                      &mover->known_count, error);
    for (size_t i = 0; i < mover->known_count; i++)
        *table_at(mover->known_by_item, mover->known[i].item) = i + 1;
    return status;
}

/* ---- Batches of a folder ---- */

static enum status mover_list(struct mover *mover, uint32_t place, struct error *error) {
    for (;;) {
        mover->listing = mover_listing_read(mover, place, error);
        if (mover->listing != NULL)
            break;
        enum status status = error->status;
        if (status == STATUS_LIMIT)
            error_set(error, status, "%s holds more than %d items", mover->place->path,
                      MOVER_ITEMS_MAX);
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
    sessions_progress(&mover->sessions);
    return STATUS_OK;
}

/* The next items that fit one batch: so many, and so many bytes as the source lists them. */
static size_t mover_choose(struct mover *mover, const struct mover_item **items) {
    const struct plan *plan = &mover->engine->plan;
    struct mover_listing *listing = mover->listing;
    size_t count = 0;
    uint64_t bytes = 0;
    for (; listing->next < listing->count && count < (size_t)plan->batch_size; listing->next++) {
        const struct mover_item *item = &listing->items[listing->next];
        if (mover_is_known(mover, item)) {
            mover->folder_counts.skipped++;
            continue;
        }
        bytes += item->size;
        if (count > 0 && bytes > (uint64_t)plan->batch_bytes)
            break;
        items[count++] = item;
    }
    return count;
}

/* ---- A folder ---- */

static void mover_claim_folder(struct mover *mover) {
    const struct engine_counts *counts = &mover->folder_counts;
    struct json *json = claim_begin(mover->engine->claims, CLAIM_FOLDER_DONE);
    json_key_text(json, "mailbox", str_of(mover->pair->source));
    json_key_text(json, "target", str_of(mover->pair->target));
    json_key_text(json, "folder", str_of(mover->place->path));
    json_key_integer(json, "messages", (int64_t)counts->messages);
    json_key_integer(json, "bytes", (int64_t)counts->bytes);
    json_key_integer(json, "skipped", (int64_t)counts->skipped);
    claim_end(mover->engine->claims);
    mover->counts.messages += counts->messages;
    mover->counts.bytes += counts->bytes;
    mover->counts.skipped += counts->skipped;
    mover->counts.troubles += counts->troubles;
}

static enum status mover_open_folder(struct mover *mover, struct error *error) {
    const struct folder_place *place = mover->place;
    const struct target_type *type = mover->engine->target->type;
    for (;;) {
        buffer_clear(&mover->folder);
        enum status status = type->folder(mover->sessions.target, place->levels, place->level_count,
                                          place->role, &mover->folder, error);
        if (status == STATUS_OK)
            return STATUS_OK;
        error_context(error, "folder %s", place->path);
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
}

static enum status mover_folder(struct mover *mover, uint32_t number, struct error *error) {
    const struct folder_place *place = mover->place = &mover->places[number];
    const struct mover_item *items[TARGET_BATCH_MAX];
    size_t count = 0;
    mover->folder_counts = (struct engine_counts){0};
    mover->folder_hash = (uint32_t)digest_of(place->path, strlen(place->path)).low;
    mover->uid_validity = mover->uid_next = 0;
    mover->before.count = 0;
    mover->looked = false;
    enum status status = mover_list(mover, number, error);
    if (status != STATUS_OK)
        return status;
    /* Empty folders are people's too: core makes them, so that they are there in the morning. */
    bool needed = mover->listing->count > 0 || mover->engine->phase == PHASE_CORE;
    if (needed)
        status = mover_open_folder(mover, error);
    if (status == STATUS_OK && needed && measure_on(mover->engine, MEASURE_WRITE_AHEAD))
        status = mover_settle_known(mover, error);
    while (status == STATUS_OK && (count = mover_choose(mover, items)) > 0) {
        status = engine_may_go_on(mover->engine);
        if (status == STATUS_OK)
            status = mover_batch(mover, items, count, error);
    }
    if (status == STATUS_OK)
        status = mover_store(mover, NULL, 0, error);
    if (status == STATUS_OK && needed && mover->engine->removes_surplus)
        status = mover_mirror(mover, error);
    if (status == STATUS_OK && needed)
        mover_claim_folder(mover);
    mover_ahead_forget(mover);
    return status;
}

/* ---- The mailbox ---- */

struct mover_folders {
    struct folder_list *list;
    struct error error;
};

static enum status mover_see_folder(void *of, const struct source_folder *folder) {
    struct mover_folders *folders = of;
    return folder_list_add(folders->list, folder, &folders->error);
}

static enum status mover_folders(struct mover *mover, struct error *error) {
    for (;;) {
        struct mover_folders folders = {.list = folder_list_new(mover->arena)};
        enum status status = mover->engine->source->type->folders(
            mover->sessions.source, mover_see_folder, &folders, error);
        mover->places = folder_list_places(folders.list, &mover->place_count);
        if (status == STATUS_OK)
            return STATUS_OK;
        if (folders.error.text[0] != '\0')
            *error = folders.error;
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
}

static enum status mover_walk(struct mover *mover, struct error *error) {
    enum status status = mover_take_lease(mover, error);
    if (status == STATUS_OK)
        status = mover_know(mover, error);
    if (status == STATUS_OK)
        status = mover_folders(mover, error);
    for (uint32_t i = 0; i < mover->place_count && status == STATUS_OK; i++)
        status = mover_folder(mover, i, error);
    /* What was written before things went wrong is worth remembering; a lost lease forbids it. */
    struct error ignored;
    if (status != STATUS_OK && status != STATUS_KILLED)
        engine_heed(mover->engine, mover_store(mover, NULL, 0, &ignored));
    return status;
}

static enum status mover_finish(struct mover *mover, struct error *error) {
    struct engine *engine = mover->engine;
    const struct engine_counts *counts = &mover->counts;
    enum measure measure = MEASURE_READ_BACK;
    enum status status = measures_after(engine, &mover->sessions, &measure, error);
    if (status == STATUS_REFUSED)
        engine_refuse(engine, mover->pair, measure, error->text);
    if (status == STATUS_OK)
        status = ledger_prove(
            engine->ledger, phase_name(engine->phase),
            &(struct ledger_proof){mover->sessions.mailbox, counts->messages, counts->bytes},
            error);
    if (engine_heed(engine, status) != STATUS_OK || counts->troubles > 0)
        return status;
    struct json *json = claim_begin(engine->claims, CLAIM_MAILBOX_DONE);
    json_key_text(json, "mailbox", str_of(mover->pair->source));
    json_key_text(json, "target", str_of(mover->pair->target));
    json_key_integer(json, "messages", (int64_t)counts->messages);
    json_key_integer(json, "bytes", (int64_t)counts->bytes);
    json_key_integer(json, "skipped", (int64_t)counts->skipped);
    claim_end(engine->claims);
    engine_say(engine, "%s %s -> %s: %llu messages, %llu bytes, %llu there already",
               phase_name(engine->phase), mover->pair->source, mover->pair->target,
               (unsigned long long)counts->messages, (unsigned long long)counts->bytes,
               (unsigned long long)counts->skipped);
    return STATUS_OK;
}

/* A mailbox that was gone through, but from which some messages could not be moved. */
static void mover_tell_trouble(struct mover *mover) {
    struct error error;
    if (mover->counts.troubles == 0)
        return;
    error_set(&error, mover->first_trouble.status, "%llu %s could not be moved, the first: %.400s",
              (unsigned long long)mover->counts.troubles,
              mover->counts.troubles == 1 ? "message" : "messages", mover->first_trouble.text);
    engine_fail(mover->engine, mover->pair, &error);
}

static void mover_release(struct mover *mover) {
    sessions_close(&mover->sessions);
    buffer_release(&mover->folder);
    buffer_release(&mover->bytes);
    buffer_release(&mover->hashed);
    buffer_release(&mover->ahead_bytes);
    mover_listings_release(mover);
    free(mover->known);
    free(mover->before.items);
    table_close(&mover->known_by_item);
    arena_close(&mover->arena);
    free(mover);
}

enum status mover_move(struct engine *engine, const struct pair *pair, struct source_range range,
                       uint64_t *named_r) {
    struct error error = {0};
    struct mover *mover = memory_new(1, sizeof *mover); /* too large for a coroutine's stack */
    mover->engine = engine;
    mover->pair = pair;
    mover->range = range;
    mover->arena = arena_new();
    mover->known_by_item = table_new();
    enum status status = sessions_open(&mover->sessions, engine, pair, &error);
    if (status == STATUS_OK)
        status = mover_walk(mover, &error);
    if (status == STATUS_OK)
        status = mover_finish(mover, &error);
    engine_heed(engine, status);
    error.status = status;
    if (status == STATUS_CONFLICT && engine_may_go_on(engine) == STATUS_STOPPED)
        error.status = status = STATUS_STOPPED; /* it was the stop that took the lease away */
    if (status == STATUS_CONFLICT && mover->lease.fence != 0)
        engine_refuse(engine, pair, MEASURE_FENCING, error.text);
    else if (status == STATUS_OK)
        mover_tell_trouble(mover);
    else
        engine_fail(engine, pair, &error);
    mover->counts.mailboxes_done = status == STATUS_OK && mover->counts.troubles == 0;
    mover->counts.troubles += status != STATUS_OK ? mover->folder_counts.troubles : 0;
    engine_count(engine, &mover->counts);
    *named_r = mover->counts.troubles;
    if (status == STATUS_OK && mover->counts.troubles > 0)
        status = STATUS_UNMOVABLE;
    mover_give_lease(mover);
    mover_release(mover);
    return status;
}
