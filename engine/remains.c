/* See remains.h. */
#include "remains.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* ---- The pairs of the ledger ---- */

struct pairs_reading {
    struct engine *engine;
    struct remains_pairs *pairs;
};

static void pairs_see(void *of, const struct ledger_pair *pair) {
    struct pairs_reading *reading = of;
    struct remains_pairs *pairs = reading->pairs;
    struct arena *arena = reading->engine->arena;
    if (pairs->count == pairs->capacity) {
        pairs->capacity = pairs->capacity > 0 ? pairs->capacity * 2 : 256;
        pairs->list = memory_grow(pairs->list, pairs->capacity, sizeof *pairs->list);
    }
    pairs->list[pairs->count++] = (struct remains_pair){
        .mailbox = pair->mailbox,
        .source = arena_text(arena, str_of(pair->source)),
        .target = arena_text(arena, str_of(pair->target)),
        .key = arena_text(arena, str_of(pair->key)),
    };
}

enum status remains_pairs_read(struct engine *engine, struct remains_pairs *pairs_r,
                               struct error *error) {
    struct pairs_reading reading = {engine, pairs_r};
    *pairs_r = (struct remains_pairs){0};
    return engine_heed(engine, ledger_mailboxes(engine->ledger, pairs_see, &reading, error));
}

void remains_pairs_release(struct remains_pairs *pairs) {
    free(pairs->list);
    *pairs = (struct remains_pairs){0};
}

/* The ledger tells them in order of their numbers. */
const struct remains_pair *remains_pair_find(const struct remains_pairs *pairs, uint32_t mailbox) {
    size_t low = 0, high = pairs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pairs->list[middle].mailbox < mailbox)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pairs->count && pairs->list[low].mailbox == mailbox ? &pairs->list[low] : NULL;
}

/* ---- What lies there ---- */

static enum status remains_see_folder(void *of, const char *name) {
    struct remains *remains = of;
    if (remains->folder_count == remains->folder_capacity) {
        remains->folder_capacity = remains->folder_capacity > 0 ? remains->folder_capacity * 2 : 32;
        remains->folders =
            memory_grow(remains->folders, remains->folder_capacity, sizeof *remains->folders);
    }
    remains->folders[remains->folder_count++] =
        (struct remains_folder){.name = arena_text(remains->arena, str_of(name))};
    return STATUS_OK;
}

static enum status remains_see_entry(void *of, const struct target_seen *seen) {
    struct remains *remains = of;
    if (remains->entry_count == REMAINS_ENTRIES_MAX)
        return STATUS_LIMIT;
    if (remains->entry_count == remains->entry_capacity) {
        remains->entry_capacity = remains->entry_capacity > 0 ? remains->entry_capacity * 2 : 256;
        remains->entries =
            memory_grow(remains->entries, remains->entry_capacity, sizeof *remains->entries);
    }
    remains->entries[remains->entry_count++] = (struct remains_entry){
        .folder = remains->folder,
        .uid = seen->uid,
        .flags = seen->flags,
        .received = seen->received,
        .size = seen->size,
        .digest = seen->digest,
    };
    return STATUS_OK;
}

static enum status remains_survey(struct engine *engine, struct target_session *session,
                                  struct remains *remains, struct error *error) {
    const struct target_type *type = engine->target->type;
    enum status status = type->folders(session, remains_see_folder, remains, error);
    for (uint32_t i = 0; i < remains->folder_count && status == STATUS_OK; i++) {
        struct remains_folder *folder = &remains->folders[i];
        struct target_folder_state state;
        remains->folder = i;
        status = type->state(session, folder->name, &state, error);
        if (status == STATUS_OK)
            folder->uid_validity = state.uid_validity;
        if (status == STATUS_OK && state.messages > 0)
            status =
                type->survey(session, folder->name, 1, 0, true, remains_see_entry, remains, error);
        if (status == STATUS_OK)
            status = engine_may_go_on(engine);
    }
    return status;
}

/* ---- Whose doing it is ---- */

struct remains_row {
    struct ledger_item item;
    uint32_t mailbox;
    bool used;
};

struct remains_rows {
    struct remains_row *list; /* owns */
    size_t count, capacity;
};

static enum status rows_read(struct engine *engine, const struct remains_pairs *pairs,
                             const char *login, struct remains_rows *rows, struct error *error) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < pairs->count && status == STATUS_OK; i++) {
        struct ledger_item *items = NULL;
        size_t count = 0;
        if (!str_equal_caseless(str_of(pairs->list[i].target), str_of(login)))
            continue;
        status = engine_heed(
            engine, ledger_items(engine->ledger, pairs->list[i].mailbox, &items, &count, error));
        if (rows->count + count > rows->capacity) {
            rows->capacity = (rows->count + count) * 2;
            rows->list = memory_grow(rows->list, rows->capacity, sizeof *rows->list);
        }
        /* An intent whose answer never came may have been carried out: it proves by digest. */
        for (size_t k = 0; k < count; k++)
            if (items[k].state == LEDGER_WRITTEN || items[k].state == LEDGER_INTENDED)
                rows->list[rows->count++] =
                    (struct remains_row){.item = items[k], .mailbox = pairs->list[i].mailbox};
        free(items);
    }
    return status;
}

static int rows_compare(const void *left, const void *right) {
    const struct remains_row *one = left, *other = right;
    const struct digest *a = &one->item.digest, *b = &other->item.digest;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    if (one->mailbox != other->mailbox)
        return one->mailbox < other->mailbox ? -1 : 1;
    return one->item.number < other->item.number ? -1 : one->item.number > other->item.number;
}

static size_t rows_first(const struct remains_rows *rows, struct digest digest) {
    struct remains_row key = {.item = {.digest = digest}};
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows_compare(&rows->list[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Gives the entry a row that answers for it, if there is one. */
static void remains_attribute(const struct remains *remains, struct remains_rows *rows,
                              struct remains_entry *entry, bool in_place) {
    uint32_t validity = remains->folders[entry->folder].uid_validity;
    for (size_t i = rows_first(rows, entry->digest);
         i < rows->count && digest_equal(rows->list[i].item.digest, entry->digest); i++) {
        struct remains_row *row = &rows->list[i];
        bool there = row->item.state == LEDGER_WRITTEN && row->item.uid == entry->uid &&
                     row->item.uid_validity == validity;
        if (row->used || (in_place && !there))
            continue;
        row->used = true;
        entry->mailbox = row->mailbox;
        entry->run = row->item.run;
        entry->row = row->item.number;
        entry->moved = !there;
        return;
    }
}

enum status remains_read(struct engine *engine, struct target_session *session,
                         const struct remains_pairs *pairs, const char *login,
                         struct remains *remains_r, struct error *error) {
    struct remains_rows rows = {0};
    *remains_r = (struct remains){.arena = arena_new()};
    enum status status = remains_survey(engine, session, remains_r, error);
    if (status == STATUS_LIMIT)
        error_set(error, status, "more than %d messages in one mailbox", REMAINS_ENTRIES_MAX);
    if (status == STATUS_OK)
        status = rows_read(engine, pairs, login, &rows, error);
    if (rows.count > 0)
        qsort(rows.list, rows.count, sizeof *rows.list, rows_compare);
    for (int in_place = 1; in_place >= 0 && status == STATUS_OK; in_place--)
        for (size_t i = 0; i < remains_r->entry_count; i++)
            if (remains_r->entries[i].mailbox == 0)
                remains_attribute(remains_r, &rows, &remains_r->entries[i], in_place != 0);
    free(rows.list);
    return engine_heed(engine, status);
}

void remains_release(struct remains *remains) {
    free(remains->folders);
    free(remains->entries);
    arena_close(&remains->arena);
    *remains = (struct remains){0};
}
