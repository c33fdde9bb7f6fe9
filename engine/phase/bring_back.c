/* See bring_back.h. */
#include "bring_back.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../folder_names.h"
#include "../sessions.h"

static_assert((int)SOURCE_FORWARDED == (int)TARGET_FORWARDED &&
                  (int)SOURCE_DRAFT == (int)TARGET_DRAFT && (int)SOURCE_SEEN == (int)TARGET_SEEN,
              "flags have the same values on both sides");

struct bringing {
    struct engine *engine;
    struct sessions sessions;
    struct arena *arena; /* owns */
    struct remains remains;
    const char **homes; /* by the remains' folder: the source folder's id; NULL: none */
    const char *inbox;
    struct ledger_return *returns; /* owns; brought back earlier, or intended */
    bool *used;                    /* owns */
    size_t return_count, return_capacity;
    struct buffer bytes; /* owns */
    struct brought_back *result;
    struct error error;
};

/* ---- Which folder was whose ---- */

struct bringing_folders {
    struct folder_list *list;
    struct error error;
};

static enum status bringing_see_folder(void *of, const struct source_folder *folder) {
    struct bringing_folders *folders = of;
    return folder_list_add(folders->list, folder, &folders->error);
}

/* Goes by the same rule as the way there: each source folder says what it is called now. */
static enum status bringing_folders(struct bringing *bringing, struct error *error) {
    struct engine *engine = bringing->engine;
    struct bringing_folders folders = {.list = folder_list_new(bringing->arena)};
    const struct remains *remains = &bringing->remains;
    struct buffer name = {0};
    uint32_t count = 0;
    bringing->homes = arena_take(bringing->arena, remains->folder_count + 1, sizeof(char *));
    enum status status = engine->source->type->folders(bringing->sessions.source,
                                                       bringing_see_folder, &folders, error);
    const struct folder_place *places = folder_list_places(folders.list, &count);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        buffer_clear(&name);
        status = engine->target->type->folder(bringing->sessions.target, places[i].levels,
                                              places[i].level_count, places[i].role, &name, error);
        if (places[i].role == TARGET_INBOX)
            bringing->inbox = places[i].id;
        for (size_t k = 0; k < remains->folder_count && status == STATUS_OK; k++)
            if (strcmp(remains->folders[k].name, buffer_text(&name)) == 0)
                bringing->homes[k] = places[i].id;
    }
    if (status == STATUS_OK && bringing->inbox == NULL)
        status = error_set(error, STATUS_PROTOCOL, "the source mailbox has no inbox");
    buffer_release(&name);
    return status;
}

/* ---- What was brought back earlier ---- */

static void bringing_see_return(void *of, const struct ledger_return *returned) {
    struct bringing *bringing = of;
    if (bringing->return_count == bringing->return_capacity) {
        bringing->return_capacity =
            bringing->return_capacity > 0 ? bringing->return_capacity * 2 : 64;
        bringing->returns =
            memory_grow(bringing->returns, bringing->return_capacity, sizeof *bringing->returns);
    }
    bringing->returns[bringing->return_count++] = *returned;
}

static struct ledger_return *bringing_known(struct bringing *bringing,
                                            const struct remains_entry *entry) {
    for (size_t i = 0; i < bringing->return_count; i++) {
        struct ledger_return *returned = &bringing->returns[i];
        if (bringing->used[i] || returned->received != entry->received ||
            !digest_equal(returned->digest, entry->digest))
            continue;
        bringing->used[i] = true;
        return returned;
    }
    return NULL;
}

/* ---- A doubtful one ---- */

struct looking {
    struct arena *arena;
    const char **ids;
    size_t count, capacity;
    struct digest digest;
    uint64_t found;
};

static enum status looking_see_item(void *of, const struct source_item *item) {
    struct looking *looking = of;
    if (looking->count == looking->capacity) {
        size_t capacity = looking->capacity > 0 ? looking->capacity * 2 : 16;
        const char **ids = arena_take(looking->arena, capacity, sizeof *ids);
        if (looking->count > 0)
            memcpy(ids, looking->ids, looking->count * sizeof *ids);
        looking->ids = ids;
        looking->capacity = capacity;
    }
    looking->ids[looking->count++] = arena_text(looking->arena, str_of(item->id));
    return STATUS_OK;
}

static enum status looking_see_bytes(void *of, size_t index, enum status status, struct str bytes,
                                     const char *sentence) {
    struct looking *looking = of;
    (void)index;
    (void)sentence;
    if (status == STATUS_OK)
        looking->found += digest_equal(digest_of(bytes.data, bytes.length), looking->digest);
    return STATUS_OK;
}

/* Whether the source holds more copies of that second than are accounted for. */
static enum status bringing_look(struct bringing *bringing, const char *folder,
                                 const struct remains_entry *entry, bool *found_r,
                                 struct error *error) {
    const struct source_type *type = bringing->engine->source->type;
    struct looking looking = {.arena = bringing->arena, .digest = entry->digest};
    uint64_t accounted = 0;
    enum status status =
        type->list(bringing->sessions.source, folder,
                   &(struct source_query){.range = {entry->received, entry->received + SECOND},
                                          .detail = SOURCE_DATES},
                   looking_see_item, &looking, error);
    for (size_t i = 0; i < looking.count && status == STATUS_OK; i += SOURCE_FETCH_MAX) {
        size_t count = looking.count - i < SOURCE_FETCH_MAX ? looking.count - i : SOURCE_FETCH_MAX;
        status = type->fetch(bringing->sessions.source, looking.ids + i, count, looking_see_bytes,
                             &looking, error);
    }
    for (size_t i = 0; i < bringing->return_count; i++)
        accounted += bringing->returns[i].done &&
                     bringing->returns[i].received == entry->received &&
                     digest_equal(bringing->returns[i].digest, entry->digest);
    *found_r = looking.found > accounted;
    return status;
}

/* ---- One message ---- */

static enum status bringing_write(struct bringing *bringing, const char *folder,
                                  const struct remains_entry *entry, struct error *error) {
    struct engine *engine = bringing->engine;
    const char *name = bringing->remains.folders[entry->folder].name;
    buffer_clear(&bringing->bytes);
    enum status status = engine->target->type->fetch(bringing->sessions.target, name, entry->uid,
                                                     &bringing->bytes, error);
    if (status == STATUS_OK &&
        !digest_equal(digest_of(bringing->bytes.data, bringing->bytes.length), entry->digest))
        status = error_set(error, STATUS_PROTOCOL,
                           "%s: message %u has other bytes than a moment ago", name, entry->uid);
    if (status != STATUS_OK)
        return status;
    return engine->source->type->put(
        bringing->sessions.source, folder,
        &(struct source_message){buffer_str(&bringing->bytes), entry->received,
                                 entry->flags & (uint32_t)~TARGET_DELETED},
        error);
}

static enum status bringing_one(struct bringing *bringing, const struct remains_entry *entry,
                                struct error *error) {
    struct engine *engine = bringing->engine;
    const char *home = bringing->homes[entry->folder];
    const char *folder = home != NULL ? home : bringing->inbox;
    struct ledger_return *known = bringing_known(bringing, entry);
    struct ledger_return returned = {.digest = entry->digest, .received = entry->received};
    bool there = false;
    enum status status = STATUS_OK;
    if (known != NULL && known->done)
        return STATUS_OK;
    if (known != NULL) {
        returned = *known;
        status = bringing_look(bringing, folder, entry, &there, error);
    } else {
        status = ledger_return_store(engine->ledger, bringing->sessions.mailbox, &returned, error);
    }
    if (status == STATUS_OK && !there)
        status = bringing_write(bringing, folder, entry, error);
    if (status == STATUS_OK)
        status = ledger_return_store(engine->ledger, bringing->sessions.mailbox, &returned, error);
    if (engine_heed(engine, status) != STATUS_OK)
        return status;
    if (known != NULL)
        known->done = true;
    bringing->result->messages++;
    bringing->result->elsewhere += home == NULL;
    return engine_may_go_on(engine);
}

/* ---- A mailbox ---- */

static enum status bringing_all(struct bringing *bringing, const struct remains_pairs *pairs,
                                struct error *error) {
    struct engine *engine = bringing->engine;
    const char *login = bringing->sessions.pair->target;
    remains_release(&bringing->remains);
    bringing->return_count = 0;
    free(bringing->used);
    bringing->used = NULL;
    enum status status =
        remains_read(engine, bringing->sessions.target, pairs, login, &bringing->remains, error);
    if (status == STATUS_OK)
        status = ledger_returns(engine->ledger, bringing->sessions.mailbox, bringing_see_return,
                                bringing, error);
    bringing->used = memory_new(bringing->return_count + 1, sizeof *bringing->used);
    if (status == STATUS_OK)
        status = bringing_folders(bringing, error);
    bringing->result->moved = 0;
    for (size_t i = 0; i < bringing->remains.entry_count && status == STATUS_OK; i++) {
        const struct remains_entry *entry = &bringing->remains.entries[i];
        bringing->result->moved += entry->mailbox != 0 && entry->moved;
        if (entry->mailbox == 0)
            status = bringing_one(bringing, entry, error);
    }
    return status;
}

enum status bring_back(struct engine *engine, const struct pair *pair,
                       const struct remains_pairs *pairs, struct brought_back *brought_back_r,
                       struct error *error) {
    struct bringing *bringing = memory_new(1, sizeof *bringing);
    *brought_back_r = (struct brought_back){0};
    bringing->engine = engine;
    bringing->arena = arena_new();
    bringing->result = brought_back_r;
    enum status status = sessions_open(&bringing->sessions, engine, pair, error);
    while (status == STATUS_OK) {
        status = bringing_all(bringing, pairs, error);
        if (status == STATUS_OK)
            break;
        /* An answer that never came is settled by looking, once the connection is back. */
        status = sessions_renew(&bringing->sessions,
                                status == STATUS_AMBIGUOUS ? STATUS_NETWORK : status, error);
    }
    sessions_close(&bringing->sessions);
    remains_release(&bringing->remains);
    free(bringing->returns);
    free(bringing->used);
    buffer_release(&bringing->bytes);
    arena_close(&bringing->arena);
    free(bringing);
    return engine_heed(engine, status);
}
