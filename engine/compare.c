/* Target first: uid, size and arrival of all; digests only where they decide. See compare.h. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/table.h"

#define COMPARE_NONE UINT32_MAX

struct compare_entry { /* a message at the target */
    uint64_t size;
    instant received;
    uint32_t folder, uid;
    uint32_t next; /* of its key; COMPARE_NONE: the last */
    struct digest digest;
    bool digested, used;
};

struct compare_item { /* an item of the source */
    const char *id;
    instant received;
};

struct compare_lost { /* an item that is not at the target, as far as anybody can tell */
    const struct compare_item *item;
    bool read; /* its bytes are nowhere; else they cannot be had */
};

struct compare {
    struct engine *engine;
    const struct compare_request *request;
    struct comparison *result;
    struct arena *arena;  /* owns: names and ids */
    const char **folders; /* the target's */
    uint32_t folder_count, folder_capacity;
    struct compare_entry *entries; /* owns */
    size_t entry_count, entry_capacity;
    struct table *places;       /* owns: key → 1 + the first entry of that key */
    struct compare_item *items; /* owns */
    size_t item_count, item_capacity;
    struct compare_lost *lost; /* owns */
    size_t lost_count;
    size_t fetched;  /* items seen so far */
    uint64_t listed; /* of the present folder, whatever the range */
    uint32_t folder; /* being surveyed */
    struct error error;
};

static enum status compare_see_folder(void *of, const char *folder) {
    struct compare *compare = of;
    if (compare->folder_count == compare->folder_capacity) {
        compare->folder_capacity = compare->folder_capacity > 0 ? compare->folder_capacity * 2 : 32;
        compare->folders =
            memory_grow(compare->folders, compare->folder_capacity, sizeof *compare->folders);
    }
    compare->folders[compare->folder_count++] = arena_text(compare->arena, str_of(folder));
    return STATUS_OK;
}

static enum status compare_see_entry(void *of, const struct target_seen *seen) {
    struct compare *compare = of;
    if (compare->entry_count == COMPARE_ENTRIES_MAX)
        return STATUS_LIMIT;
    if (compare->entry_count == compare->entry_capacity) {
        compare->entry_capacity = compare->entry_capacity > 0 ? compare->entry_capacity * 2 : 256;
        compare->entries =
            memory_grow(compare->entries, compare->entry_capacity, sizeof *compare->entries);
    }
    bool all = compare->request->sample == 0;
    compare->entries[compare->entry_count++] = (struct compare_entry){
        .size = seen->size,
        .received = seen->received,
        .folder = compare->folder,
        .uid = seen->uid,
        .digest = seen->digest,
        .digested = all,
    };
    const struct source_range *range = &compare->request->range;
    compare->result->at_target += seen->received >= range->from && seen->received < range->until &&
                                  seen->received < compare->request->settled;
    return STATUS_OK;
}

/* Entries are found by what is known of them: their digests, or in a sample only their sizes. */
static uint64_t compare_key(const struct compare *compare, uint64_t size, struct digest digest) {
    return compare->request->sample == 0 ? digest.low : size;
}

/* The first entry of that key; each knows the next. They stay in the order of folder and UID. */
static size_t compare_first(const struct compare *compare, uint64_t size, struct digest digest) {
    const uint64_t *place = table_find(compare->places, compare_key(compare, size, digest));
    return place == NULL ? COMPARE_NONE : (size_t)*place - 1;
}

static void compare_file(struct compare *compare) {
    for (size_t i = compare->entry_count; i-- > 0;) {
        struct compare_entry *entry = &compare->entries[i];
        uint64_t *place =
            table_at(compare->places, compare_key(compare, entry->size, entry->digest));
        entry->next = *place == 0 ? COMPARE_NONE : (uint32_t)*place - 1;
        *place = i + 1;
    }
}

static enum status compare_read_target(struct compare *compare, struct error *error) {
    const struct target_type *type = compare->engine->target->type;
    struct target_session *session = compare->request->target;
    enum status status = type->folders(session, compare_see_folder, compare, error);
    for (uint32_t i = 0; i < compare->folder_count && status == STATUS_OK; i++) {
        compare->folder = i;
        status = type->survey(session, compare->folders[i], 1, 0, compare->request->sample == 0,
                              compare_see_entry, compare, error);
    }
    compare_file(compare);
    return status;
}

/* ---- The source ---- */

struct compare_folder {
    const char *id;
    uint32_t items; /* as the server counts them */
};

struct compare_folders {
    struct compare *compare;
    struct compare_folder *list;
    size_t count, capacity;
};

static enum status compare_see_source_folder(void *of, const struct source_folder *folder) {
    struct compare_folders *folders = of;
    if (folders->count == folders->capacity) {
        folders->capacity = folders->capacity > 0 ? folders->capacity * 2 : 32;
        folders->list = memory_grow(folders->list, folders->capacity, sizeof *folders->list);
    }
    folders->list[folders->count++] = (struct compare_folder){
        arena_text(folders->compare->arena, str_of(folder->id)), folder->items};
    return STATUS_OK;
}

static enum status compare_see_item(void *of, const struct source_item *item) {
    struct compare *compare = of;
    const struct source_range *range = &compare->request->range;
    compare->listed++;
    if (item->received < range->from || item->received >= range->until)
        return STATUS_OK;
    if (compare->item_count == COMPARE_ENTRIES_MAX)
        return STATUS_LIMIT;
    if (compare->item_count == compare->item_capacity) {
        compare->item_capacity = compare->item_capacity > 0 ? compare->item_capacity * 2 : 256;
        compare->items =
            memory_grow(compare->items, compare->item_capacity, sizeof *compare->items);
    }
    compare->items[compare->item_count++] =
        (struct compare_item){arena_text(compare->arena, str_of(item->id)), item->received};
    return STATUS_OK;
}

static int compare_items(const void *left, const void *right) { /* newest first */
    const struct compare_item *one = left, *other = right;
    if (one->received != other->received)
        return one->received > other->received ? -1 : 1;
    return strcmp(one->id, other->id);
}

/* A whole look lists folders from end to end, so that the server's lists can be held against its
 * counts: what it leaves out of a list, no phase would ever miss. */
static enum status compare_list_source(struct compare *compare, struct error *error) {
    const struct source_type *type = compare->engine->source->type;
    bool whole = compare->request->sample == 0;
    struct source_query query = {.range = compare->request->range,
                                 .detail = SOURCE_DATES,
                                 .newest = compare->request->sample};
    if (whole)
        query.range = (struct source_range){-INSTANT_NEVER, INSTANT_NEVER};
    struct compare_folders folders = {.compare = compare};
    enum status status =
        type->folders(compare->request->source, compare_see_source_folder, &folders, error);
    for (size_t i = 0; i < folders.count && status == STATUS_OK; i++) {
        const struct compare_folder *folder = &folders.list[i];
        compare->listed = 0;
        status = type->list(compare->request->source, folder->id, &query, compare_see_item, compare,
                            error);
        if (whole && folder->items > compare->listed)
            compare->result->unlisted += folder->items - compare->listed;
    }
    free(folders.list);
    if (compare->item_count > 0)
        qsort(compare->items, compare->item_count, sizeof *compare->items, compare_items);
    if (compare->request->sample > 0 && compare->item_count > compare->request->sample)
        compare->item_count = compare->request->sample;
    return status;
}

/* ---- Meeting ---- */

static enum status compare_see_digest(void *of, const struct target_seen *seen) {
    struct compare_entry *entry = of;
    if (seen->uid == entry->uid) {
        entry->digest = seen->digest;
        entry->digested = true;
    }
    return STATUS_OK;
}

static enum status compare_digest(struct compare *compare, struct compare_entry *entry) {
    if (entry->digested)
        return STATUS_OK;
    return compare->engine->target->type->survey(
        compare->request->target, compare->folders[entry->folder], entry->uid, entry->uid, true,
        compare_see_digest, entry, &compare->error);
}

static enum status compare_see_bytes(void *of, size_t index, enum status status, struct str bytes,
                                     const char *sentence) {
    (void)sentence;
    struct compare *compare = of;
    struct comparison *result = compare->result;
    const struct compare_item *item = &compare->items[compare->fetched++];
    (void)index;
    if (status == STATUS_NOT_FOUND) /* gone since it was listed */
        return STATUS_OK;
    result->looked_for++;
    if (status != STATUS_OK) {
        result->unreadable++;
        compare->lost[compare->lost_count++] = (struct compare_lost){item, false};
        return STATUS_OK;
    }
    result->bytes += bytes.length;
    struct digest digest = digest_of(bytes.data, bytes.length);
    for (size_t i = compare_first(compare, bytes.length, digest); i != COMPARE_NONE;
         i = compare->entries[i].next) {
        struct compare_entry *entry = &compare->entries[i];
        if (entry->size != bytes.length)
            continue;
        status = entry->used ? STATUS_OK : compare_digest(compare, entry);
        if (status != STATUS_OK)
            return status;
        if (entry->used || !entry->digested || !digest_equal(entry->digest, digest))
            continue;
        entry->used = true;
        result->found++;
        return STATUS_OK;
    }
    compare->lost[compare->lost_count++] = (struct compare_lost){item, true};
    return STATUS_OK;
}

/* Goes on where a broken connection left off, as long as each try gets further. */
static enum status compare_fetch(struct compare *compare, struct error *error) {
    const struct source_type *type = compare->engine->source->type;
    enum status status = STATUS_OK;
    compare->lost = memory_new(compare->item_count + 1, sizeof *compare->lost);
    while (compare->fetched < compare->item_count && status == STATUS_OK) {
        const char *ids[SOURCE_FETCH_MAX];
        size_t from = compare->fetched, count = compare->item_count - from;
        count = count < SOURCE_FETCH_MAX ? count : SOURCE_FETCH_MAX;
        for (size_t i = 0; i < count; i++)
            ids[i] = compare->items[from + i].id;
        compare->error = (struct error){0};
        status =
            type->fetch(compare->request->source, ids, count, compare_see_bytes, compare, error);
        if (status != STATUS_OK && compare->error.text[0] != '\0')
            error_set(error, status, "%s", compare->error.text);
        else if (status == STATUS_NETWORK && compare->fetched > from)
            status = STATUS_OK;
        else if (status == STATUS_OK && compare->fetched < from + count)
            status = error_set(error, STATUS_PROTOCOL, "the source left out a message");
        if (status == STATUS_OK)
            status = engine_may_go_on(compare->engine);
    }
    return status;
}

/* A message that belongs to no item, and arrived when a lost one did, is that one, altered. */
static bool compare_is_altered(struct compare *compare, const struct compare_item *item) {
    for (size_t i = 0; i < compare->entry_count; i++) {
        struct compare_entry *entry = &compare->entries[i];
        if (entry->used || entry->received != item->received)
            continue;
        entry->used = true;
        return true;
    }
    return false;
}

static void compare_count_lost(struct compare *compare) {
    const struct compare_request *request = compare->request;
    for (size_t i = 0; i < compare->lost_count; i++) {
        const struct compare_lost *lost = &compare->lost[i];
        bool altered = lost->read && compare_is_altered(compare, lost->item);
        compare->result->altered += altered;
        compare->result->missing += lost->read && !altered;
        if (!altered && request->absent != NULL)
            request->absent(request->of, lost->item->id);
    }
}

static void compare_count_surplus(struct compare *compare) {
    for (size_t i = 0; i < compare->entry_count; i++) {
        const struct compare_entry *entry = &compare->entries[i];
        if (entry->used || !entry->digested)
            continue;
        size_t k = compare_first(compare, entry->size, entry->digest);
        for (; k != COMPARE_NONE; k = compare->entries[k].next) {
            const struct compare_entry *other = &compare->entries[k];
            if (other->used && other->size == entry->size &&
                digest_equal(other->digest, entry->digest)) {
                compare->result->surplus++;
                break;
            }
        }
    }
}

enum status compare_mailbox(struct engine *engine, const struct compare_request *request,
                            struct comparison *comparison_r, struct error *error) {
    *comparison_r = (struct comparison){0};
    struct compare compare = {.engine = engine,
                              .request = request,
                              .result = comparison_r,
                              .arena = arena_new(),
                              .places = table_new()};
    enum status status = compare_read_target(&compare, error);
    if (status == STATUS_OK)
        status = compare_list_source(&compare, error);
    if (status == STATUS_OK)
        status = compare_fetch(&compare, error);
    if (status == STATUS_LIMIT)
        error_set(error, status, "more than %d messages in one mailbox", COMPARE_ENTRIES_MAX);
    if (status == STATUS_OK && request->surplus)
        compare_count_surplus(&compare);
    if (status == STATUS_OK)
        compare_count_lost(&compare);
    engine_heed(engine, status);
    free(compare.folders);
    free(compare.entries);
    free(compare.items);
    free(compare.lost);
    arena_close(&compare.arena);
    table_close(&compare.places);
    return status;
}
