/*
 * Mailboxes and items at rest. See store.h; the tree of folders is in store_folder.c.
 *
 * An item costs 40 bytes in a vector that stands in order of UID, so a UID is found by halving;
 * taking one out moves what stands behind it. Every change goes through store_tell(), which writes
 * the fact first and then tells the listeners, in the order in which they came.
 */
#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "store_inside.h"

enum { STORE_MAILBOX_NUMBER_MAX = 1000000, STORE_FOLDER_ITEMS_FIRST = 16 };
static_assert(sizeof(struct store_item) <= 48, "millions of these are kept");

struct store *store_new(const struct store_options *options) {
    check(options->clock != NULL && options->contents != NULL && options->history != NULL);
    struct store *store = memory_new(1, sizeof *store);
    store->options = *options;
    return store;
}

static void store_mailbox_free(struct store_mailbox *mailbox) {
    for (struct store_folder *folder = mailbox->first; folder != NULL;) {
        struct store_folder *next = folder->next;
        free(folder->items);
        free(folder->name);
        free(folder->path);
        free(folder);
        folder = next;
    }
    free(mailbox->folders);
    free(mailbox);
}

void store_close(struct store **store) {
    if (*store == NULL)
        return;
    for (uint32_t i = 0; i < (*store)->mailbox_capacity; i++)
        if ((*store)->mailboxes[i] != NULL)
            store_mailbox_free((*store)->mailboxes[i]);
    free((*store)->mailboxes);
    free(*store);
    *store = NULL;
}

struct contents *store_contents(struct store *store) {
    return store->options.contents;
}

struct history *store_history(struct store *store) {
    return store->options.history;
}

const struct clock *store_clock(const struct store *store) {
    return store->options.clock;
}

/* ---- Who hears of it ---- */

static void listeners_add(struct store_listener **list, struct store_listener *listener) {
    struct store_listener *last = *list;
    while (last != NULL && last->next != NULL)
        last = last->next;
    listener->next = NULL;
    listener->previous = last;
    listener->list = list;
    if (last == NULL)
        *list = listener;
    else
        last->next = listener;
}

void store_listen(struct store *store, struct store_listener *listener) {
    listeners_add(&store->listeners, listener);
}

void store_mailbox_listen(struct store_mailbox *mailbox, struct store_listener *listener) {
    listeners_add(&mailbox->listeners, listener);
}

void store_unlisten(struct store_listener *listener) {
    if (listener->previous == NULL)
        *listener->list = listener->next;
    else
        listener->previous->next = listener->next;
    if (listener->next != NULL)
        listener->next->previous = listener->previous;
    listener->next = listener->previous = NULL;
}

static void listeners_hear(struct store_listener *listener, const struct store_change *change) {
    for (struct store_listener *next; listener != NULL; listener = next) {
        next = listener->next;
        listener->hear(listener, change);
    }
}

void store_disturb(struct store *store, const struct store_disturbance *disturbance) {
    store->disturbance = disturbance == NULL ? (struct store_disturbance){0} : *disturbance;
}

void store_tell(const struct store_event *event) {
    const struct store_change *change = &event->change;
    struct store *store = change->mailbox->store;
    bool of_item = change->item.uid != 0;
    history_fact(store->options.history, &(struct fact){
                                             .at = store->options.clock->now,
                                             .a = event->a,
                                             .b = change->item.flags,
                                             .process = event->process,
                                             .mailbox = change->mailbox->number,
                                             .folder = change->folder->path_name,
                                             .content = change->item.content,
                                             .uid = change->item.uid,
                                             .name = of_item ? change->item.keywords : 0,
                                             .kind = (uint8_t)change->kind,
                                             .system = (uint8_t)store->options.system,
                                             .how = (uint8_t)event->how,
                                         });
    listeners_hear(change->mailbox->listeners, change);
    listeners_hear(store->listeners, change);
}

/* ---- Mailboxes ---- */

struct store_mailbox *store_mailbox_add(struct store *store, uint32_t number,
                                        uint64_t quota_bytes) {
    check_compare(number, <=, STORE_MAILBOX_NUMBER_MAX);
    check(store_mailbox(store, number) == NULL);
    if (number >= store->mailbox_capacity) {
        uint32_t capacity = store->mailbox_capacity;
        store->mailbox_capacity = number * 2 + 64;
        store->mailboxes =
            memory_grow(store->mailboxes, store->mailbox_capacity, sizeof(struct store_mailbox *));
        memset(&store->mailboxes[capacity], 0,
               (store->mailbox_capacity - capacity) * sizeof(struct store_mailbox *));
    }
    struct store_mailbox *mailbox = memory_new(1, sizeof *mailbox);
    mailbox->store = store;
    mailbox->number = number;
    mailbox->quota = quota_bytes;
    store->mailboxes[number] = mailbox;
    return mailbox;
}

struct store_mailbox *store_mailbox(struct store *store, uint32_t number) {
    return number < store->mailbox_capacity ? store->mailboxes[number] : NULL;
}

uint32_t store_mailbox_number(const struct store_mailbox *mailbox) {
    return mailbox->number;
}

uint64_t store_mailbox_used(const struct store_mailbox *mailbox) {
    return mailbox->used;
}

uint64_t store_mailbox_quota(const struct store_mailbox *mailbox) {
    return mailbox->quota;
}

void store_mailbox_set_quota(struct store_mailbox *mailbox, uint64_t quota_bytes) {
    mailbox->quota = quota_bytes;
}

bool store_mailbox_fits(const struct store_mailbox *mailbox, uint64_t bytes) {
    return mailbox->quota == 0 ||
           (mailbox->used <= mailbox->quota && bytes <= mailbox->quota - mailbox->used);
}

/* ---- Items ---- */

size_t store_item_count(const struct store_folder *folder) {
    return folder->count;
}

const struct store_item *store_item_at(const struct store_folder *folder, size_t index) {
    check_compare(index, <, folder->count);
    return &folder->items[index];
}

bool store_item_find(const struct store_folder *folder, uint32_t uid, size_t *index_r) {
    /* UIDs count from one, so an item stands no further back than its UID says, and just there
     * while nothing was taken out of the folder. */
    size_t low = 0, high = uid < folder->count ? uid : folder->count;
    if (high > 0 && folder->items[high - 1].uid < uid)
        low = high;
    else if (high > 0 && folder->items[high - 1].uid == uid)
        low = high = high - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (folder->items[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    *index_r = low;
    return low < folder->count && folder->items[low].uid == uid;
}

/* Says what happened to the item at `index`, which is still there. */
void store_item_tell(struct store_folder *folder, size_t index, const struct store_event *event) {
    struct store_event whole = *event;
    whole.change.mailbox = folder->mailbox;
    whole.change.folder = folder;
    whole.change.item = folder->items[index];
    whole.change.index = index;
    store_tell(&whole);
}

enum status store_item_add(struct store_folder *folder, uint32_t process, enum how how,
                           struct store_item item, uint32_t *uid_r) {
    struct store *store = folder->mailbox->store;
    check(item.content != 0);
    if (store->disturbance.before_add != NULL) {
        enum status status = store->disturbance.before_add(store->disturbance.of, &folder, &item);
        if (status != STATUS_OK)
            return status;
        check(folder->mailbox->store == store);
    }
    check(!folder->container);
    if (item.declared_size == 0)
        item.declared_size = contents_declared(store->options.contents, item.content);
    else
        contents_declare(store->options.contents, item.content, item.declared_size);
    if (!store_mailbox_fits(folder->mailbox, item.declared_size))
        return STATUS_QUOTA;

    if (item.uid == 0)
        item.uid = folder->uid_next;
    check_compare(item.uid, >=, folder->uid_next);
    check_compare(item.uid, <, UINT32_MAX);
    folder->uid_next = item.uid + 1;
    item.modseq = ++folder->modseq;
    if (folder->count == folder->capacity) {
        folder->capacity = folder->capacity == 0 ? STORE_FOLDER_ITEMS_FIRST : folder->capacity * 2;
        folder->items = memory_grow(folder->items, folder->capacity, sizeof item);
    }
    folder->items[folder->count++] = item;
    folder->mailbox->used += item.declared_size;
    store_item_tell(
        folder, folder->count - 1,
        &(struct store_event){
            .change.kind = FACT_ITEM_STORED, .process = process, .how = how, .a = item.received});
    *uid_r = item.uid;
    return STATUS_OK;
}

void store_item_remove(struct store_folder *folder, uint32_t process, enum how how, size_t index) {
    check_compare(index, <, folder->count);
    struct store_item item = folder->items[index];
    check_compare(folder->mailbox->used, >=, item.declared_size);
    folder->mailbox->used -= item.declared_size;
    folder->modseq++;
    folder->count--;
    memmove(&folder->items[index], &folder->items[index + 1],
            (folder->count - index) * sizeof item);
    store_tell(&(struct store_event){.change = {.kind = FACT_ITEM_REMOVED,
                                                .mailbox = folder->mailbox,
                                                .folder = folder,
                                                .item = item,
                                                .index = index},
                                     .process = process,
                                     .how = how});
}

void store_item_flag(struct store_folder *folder, uint32_t process, size_t index, uint32_t flags,
                     uint32_t keywords) {
    check_compare(index, <, folder->count);
    struct store_item *item = &folder->items[index];
    if (item->flags == flags && item->keywords == keywords)
        return;
    item->flags = flags;
    item->keywords = keywords;
    item->modseq = ++folder->modseq;
    store_item_tell(folder, index,
                    &(struct store_event){.change.kind = FACT_ITEM_FLAGGED, .process = process});
}

void store_folder_restore(struct store_folder *folder, uint32_t process) {
    while (folder->count > 0)
        store_item_remove(folder, process, HOW_EXPUNGED, folder->count - 1);
    folder->uid_next = 1;
}
