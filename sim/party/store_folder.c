/*
 * The folders of a mailbox: a tree of a few dozen, kept as one list in order of making, so that it
 * is walked and never indexed. See store.h.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "store_inside.h"

struct store_folder *store_folder_first(struct store_mailbox *mailbox) {
    return mailbox->first;
}

struct store_folder *store_folder_next(struct store_folder *folder) {
    return folder->next;
}

struct store_folder *store_folder_parent(struct store_folder *folder) {
    return folder->parent;
}

struct store_mailbox *store_folder_mailbox(struct store_folder *folder) {
    return folder->mailbox;
}

struct str store_folder_name(const struct store_folder *folder) {
    return str_of(folder->name);
}

struct str store_folder_path(const struct store_folder *folder) {
    return str_of(folder->path);
}

enum folder_role store_folder_role(const struct store_folder *folder) {
    return folder->role;
}

uint32_t store_folder_number(const struct store_folder *folder) {
    return folder->number;
}

uint32_t store_folder_uid_validity(const struct store_folder *folder) {
    return folder->uid_validity;
}

uint32_t store_folder_uid_next(const struct store_folder *folder) {
    return folder->uid_next;
}

uint64_t store_folder_modseq(const struct store_folder *folder) {
    return folder->modseq;
}

bool store_folder_is_container(const struct store_folder *folder) {
    return folder->container;
}

struct store_folder_marks *store_folder_marks(struct store_folder *folder) {
    return &folder->marks;
}

bool store_folder_has_children(const struct store_folder *folder) {
    for (struct store_folder *other = folder->mailbox->first; other != NULL; other = other->next)
        if (other->parent == folder)
            return true;
    return false;
}

struct store_folder *store_folder_by_path(struct store_mailbox *mailbox, struct str path) {
    for (struct store_folder *folder = mailbox->first; folder != NULL; folder = folder->next)
        if (str_equal_text(path, folder->path))
            return folder;
    return NULL;
}

struct store_folder *store_folder_by_number(struct store_mailbox *mailbox, uint32_t number) {
    return number < mailbox->folder_capacity ? mailbox->folders[number] : NULL;
}

struct store_folder *store_folder_by_role(struct store_mailbox *mailbox, enum folder_role role) {
    for (struct store_folder *folder = mailbox->first; folder != NULL; folder = folder->next)
        if (folder->role == role && !folder->container)
            return folder;
    return NULL;
}

static struct store_folder *store_folder_child(struct store_mailbox *mailbox,
                                               struct store_folder *parent, struct str name) {
    for (struct store_folder *folder = mailbox->first; folder != NULL; folder = folder->next)
        if (folder->parent == parent && str_equal_text(name, folder->name))
            return folder;
    return NULL;
}

static char *store_text(struct str text) {
    check(memchr(text.data, '\0', text.length) == NULL);
    char *copy = memory_new(text.length + 1, 1);
    memcpy(copy, text.data, text.length);
    return copy;
}

static void store_folder_name_it(struct store_folder *folder, struct str name, struct str path) {
    char *old_name = folder->name, *old_path = folder->path;
    folder->name = store_text(name);
    folder->path = store_text(path);
    free(old_name); /* only now: the new ones may point into the old ones */
    free(old_path);
    folder->path_name = history_name(folder->mailbox->store->options.history, path);
}

static void store_folder_tell(struct store_folder *folder, uint32_t process, enum fact_kind kind) {
    store_tell(&(struct store_event){
        .change = {.kind = kind, .mailbox = folder->mailbox, .folder = folder},
        .process = process,
        .a = kind == FACT_FOLDER_CREATED ? folder->uid_validity : 0});
}

static struct store_folder *store_folder_make(struct store_mailbox *mailbox) {
    struct store_folder *folder = memory_new(1, sizeof *folder);
    folder->mailbox = mailbox;
    folder->number = ++mailbox->folder_number_last;
    if (folder->number >= mailbox->folder_capacity) {
        uint32_t capacity = mailbox->folder_capacity;
        mailbox->folder_capacity = capacity * 2 + 16;
        mailbox->folders =
            memory_grow(mailbox->folders, mailbox->folder_capacity, sizeof *mailbox->folders);
        memset(&mailbox->folders[capacity], 0,
               (mailbox->folder_capacity - capacity) * sizeof *mailbox->folders);
    }
    mailbox->folders[folder->number] = folder;
    folder->previous = mailbox->last;
    if (mailbox->last == NULL)
        mailbox->first = folder;
    else
        mailbox->last->next = folder;
    mailbox->last = folder;
    return folder;
}

enum status store_folder_add(struct store_mailbox *mailbox, uint32_t process,
                             const struct store_folder_spec *spec, struct store_folder **folder_r) {
    check(spec->parent == NULL || spec->parent->mailbox == mailbox);
    struct store_folder *folder = store_folder_child(mailbox, spec->parent, spec->name);
    *folder_r = folder;
    if (folder != NULL && (!folder->container || spec->container))
        return STATUS_EXISTS;
    if (folder == NULL) {
        folder = store_folder_make(mailbox);
        folder->parent = spec->parent;
        store_folder_name_it(folder, spec->name, spec->path);
    }
    folder->role = spec->role;
    folder->container = spec->container;
    folder->uid_validity = spec->uid_validity;
    folder->uid_next = 1;
    folder->modseq = 1;
    folder->marks = (struct store_folder_marks){0};
    *folder_r = folder;
    if (!folder->container)
        store_folder_tell(folder, process, FACT_FOLDER_CREATED);
    return STATUS_OK;
}

static void store_folder_free(struct store_folder *folder) {
    struct store_mailbox *mailbox = folder->mailbox;
    mailbox->folders[folder->number] = NULL;
    if (folder->previous == NULL)
        mailbox->first = folder->next;
    else
        folder->previous->next = folder->next;
    if (folder->next == NULL)
        mailbox->last = folder->previous;
    else
        folder->next->previous = folder->previous;
    free(folder->items);
    free(folder->name);
    free(folder->path);
    free(folder);
}

void store_folder_remove(struct store_folder *folder, uint32_t process) {
    store_folder_tell_reading(folder);
    while (folder->count > 0)
        store_item_remove(folder, process, HOW_EXPUNGED, folder->count - 1);
    bool container = folder->container;
    folder->container = true;
    folder->role = FOLDER_PLAIN;
    if (!container)
        store_folder_tell(folder, process, FACT_FOLDER_REMOVED);
    while (folder != NULL && folder->container && !store_folder_has_children(folder)) {
        struct store_folder *parent = folder->parent;
        store_folder_free(folder);
        folder = parent;
    }
}

static bool store_folder_is_below(const struct store_folder *folder,
                                  const struct store_folder *above) {
    while (folder != NULL && folder != above)
        folder = folder->parent;
    return folder != NULL;
}

/* The folder goes from its old path to `path`, and so does all that lies in it. */
static void store_folder_move(struct store_folder *folder, uint32_t process, struct str name,
                              struct str path) {
    if (folder->container) {
        store_folder_name_it(folder, name, path);
        return;
    }
    size_t count = folder->count;
    store_folder_tell_reading(folder);
    for (size_t i = 0; i < count; i++)
        store_tell(&(struct store_event){.change = {.kind = FACT_ITEM_REMOVED,
                                                    .mailbox = folder->mailbox,
                                                    .folder = folder,
                                                    .item = folder->items[i],
                                                    .index = 0},
                                         .process = process,
                                         .how = HOW_MOVED});
    store_folder_tell(folder, process, FACT_FOLDER_REMOVED);
    store_folder_name_it(folder, name, path);
    store_folder_tell(folder, process, FACT_FOLDER_CREATED);
    for (size_t i = 0; i < count; i++)
        store_tell(&(struct store_event){.change = {.kind = FACT_ITEM_STORED,
                                                    .mailbox = folder->mailbox,
                                                    .folder = folder,
                                                    .item = folder->items[i],
                                                    .index = i},
                                         .process = process,
                                         .how = HOW_MOVED,
                                         .a = folder->items[i].received});
}

enum status store_folder_rename(struct store_folder *folder, uint32_t process,
                                const struct store_folder_spec *place) {
    struct store_mailbox *mailbox = folder->mailbox;
    if (place->parent != NULL && store_folder_is_below(place->parent, folder))
        return STATUS_INVALID;
    if (store_folder_child(mailbox, place->parent, place->name) != NULL)
        return STATUS_EXISTS;
    size_t old_length = strlen(folder->path);
    folder->parent = place->parent;
    store_folder_move(folder, process, place->name, place->path);

    struct buffer path = {0};
    for (struct store_folder *below = mailbox->first; below != NULL; below = below->next) {
        if (below == folder || !store_folder_is_below(below, folder))
            continue;
        buffer_clear(&path);
        buffer_append_str(&path, place->path);
        buffer_append_text(&path, below->path + old_length);
        store_folder_move(below, process, store_folder_name(below), buffer_str(&path));
    }
    buffer_release(&path);
    return STATUS_OK;
}
