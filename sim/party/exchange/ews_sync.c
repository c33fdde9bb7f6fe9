/*
 * SyncFolderHierarchy and SyncFolderItems (EWS.md §3, §4). The server keeps nothing between two
 * calls: what a client knows already stands in its sync state, which is bound to one folder and
 * ends in a checksum, so that one that was cut short or belongs elsewhere is refused.
 *
 * Items. A first sync walks down from the newest item: the state says below which UID it goes on
 * (`cursor`), and as of which change (`modseq`) the folder was seen. Once it is through, later
 * calls tell what changed since: items from `uid_next` on are new, others changed, graves deleted.
 * A client that is told of more changes than fit gets them in order of modseq.
 *
 * Folders. The state holds the numbers of all folders the client knows.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/digest.h"
#include "../base64.h"
#include "ews.h"

enum {
    SYNC_ITEMS = 'I',
    SYNC_FOLDERS = 'F',
    SYNC_CHECKSUM = 8,
    SYNC_STATE_MAX = 64 * 1024, /* characters */
    SYNC_FOLDERS_MAX = 5000,
};

/* ---- States ---- */

struct ews_sync_state {
    struct ews_id folder;
    uint64_t modseq;
    uint32_t uid_next, cursor;
};

static void ews_state_put(struct buffer *state, uint64_t value) {
    for (int i = 0; i < 8; i++)
        buffer_append_byte(state, (char)(value >> 8 * i & 0xff));
}

static uint64_t ews_state_get(struct str *state) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8 && i < state->length; i++)
        value |= (uint64_t)(unsigned char)state->data[i] << 8 * i;
    size_t used = state->length < 8 ? state->length : 8;
    *state = (struct str){state->data + used, state->length - used};
    return value;
}

/* Writes m:SyncState from the plain numbers. */
static void ews_state_write(struct buffer *out, struct buffer *state) {
    ews_state_put(state, digest_of(state->data, state->length).low);
    buffer_append_text(out, "<m:SyncState>");
    base64_encode(out, state->data, state->length);
    buffer_append_text(out, "</m:SyncState>");
}

/* Decodes a state into `state`, without its checksum, and checks what it is bound to. */
static bool ews_state_read(struct str text, char kind, const struct ews_id *folder,
                           struct buffer *state, struct str *rest_r) {
    if (text.length > SYNC_STATE_MAX || !base64_decode(state, text) || state->length < 4 * 8)
        return false;
    size_t length = state->length - SYNC_CHECKSUM;
    struct str checksum = {state->data + length, SYNC_CHECKSUM};
    if (ews_state_get(&checksum) != digest_of(state->data, length).low)
        return false;
    *rest_r = (struct str){state->data, length};
    return ews_state_get(rest_r) == (uint64_t)kind && ews_state_get(rest_r) == folder->mailbox &&
           ews_state_get(rest_r) == folder->folder;
}

static void ews_state_begin(struct buffer *state, char kind, const struct ews_id *folder) {
    ews_state_put(state, (uint64_t)kind);
    ews_state_put(state, folder->mailbox);
    ews_state_put(state, folder->folder);
}

/* ---- What both have in common ---- */

struct ews_sync {
    const char *operation;
    const char *last; /* "m:IncludesLastItemInRange" */
};

static const struct ews_sync ews_sync_items = {"SyncFolderItems", "m:IncludesLastItemInRange"};
static const struct ews_sync ews_sync_folders = {"SyncFolderHierarchy",
                                                 "m:IncludesLastFolderInRange"};

/* Clients read the state before they look at the error, so it is there, empty. */
static enum http_next ews_sync_fail(struct ews_request *request, const struct ews_sync *sync,
                                    enum ews_error error) {
    ews_response_begin(request->out, sync->operation);
    ews_message_begin(request->out, sync->operation, error);
    buffer_append_text(request->out, "<m:SyncState/>");
    ews_element_boolean(request->out, sync->last, true);
    ews_message_end(request->out, sync->operation);
    ews_response_end(request->out, sync->operation);
    return HTTP_DONE;
}

static void ews_sync_write(struct ews_request *request, const struct ews_sync *sync,
                           struct buffer *state, bool is_last, const struct buffer *changes) {
    ews_response_begin(request->out, sync->operation);
    ews_message_begin(request->out, sync->operation, EWS_NoError);
    ews_state_write(request->out, state);
    ews_element_boolean(request->out, sync->last, is_last);
    buffer_append_text(request->out, "<m:Changes>");
    buffer_append_str(request->out, buffer_str(changes));
    buffer_append_text(request->out, "</m:Changes>");
    ews_message_end(request->out, sync->operation);
    ews_response_end(request->out, sync->operation);
}

static enum ews_error ews_sync_folder(struct ews_request *request, struct ews_folder *folder_r) {
    const struct xml_node *id =
        xml_first(xml_child(request->operation, EWS_MESSAGES, "SyncFolderId"));
    enum ews_error error =
        id == NULL ? EWS_ErrorSyncFolderNotFound : ews_folder_find(request, id, folder_r);
    return error == EWS_ErrorFolderNotFound ? EWS_ErrorSyncFolderNotFound : error;
}

/* ---- SyncFolderItems ---- */

struct ews_change {
    uint64_t modseq;
    uint32_t uid;
    bool is_deleted;
};

static int ews_change_order(const void *left, const void *right) {
    const struct ews_change *one = left, *other = right;
    if (one->modseq != other->modseq)
        return one->modseq < other->modseq ? -1 : 1;
    return one->uid < other->uid ? -1 : one->uid > other->uid;
}

static void ews_change_write(struct ews_request *request, struct store_folder *folder,
                             const struct ews_change *change, uint32_t uid_next) {
    size_t index;
    if (change->is_deleted) {
        buffer_append_text(request->out, "<t:Delete>");
        ews_item_id_write(request, folder, change->uid, change->modseq);
        buffer_append_text(request->out, "</t:Delete>");
    } else if (store_item_find(folder, change->uid, &index)) {
        const char *element = change->uid >= uid_next ? "t:Create" : "t:Update";
        buffer_printf(request->out, "<%s>", element);
        ews_item_write(request, &request->shape, folder, index);
        buffer_printf(request->out, "</%s>", element);
    }
    request->work += request->exchange->options.work.row;
}

/* The first sync: the newest items that were not yet told. False when more are left. */
static bool ews_sync_walk(struct ews_request *request, struct store_folder *folder,
                          struct ews_sync_state *state, uint64_t most) {
    uint32_t mailbox = state->folder.mailbox;
    size_t index;
    (void)store_item_find(folder, state->cursor, &index); /* all of those before it are left */
    for (uint64_t count = 0; index > 0 && count < most; count++) {
        const struct store_item *item = store_item_at(folder, --index);
        state->cursor = item->uid;
        struct ews_change change = {.modseq = item->modseq, .uid = item->uid};
        if (!EXCHANGE_ASK(request->exchange, hides, mailbox, item))
            ews_change_write(request, folder, &change, 0);
    }
    if (index == 0)
        state->cursor = 0;
    return index == 0;
}

/* What changed since. False when more are left. */
static bool ews_sync_since(struct ews_request *request, struct store_folder *folder,
                           struct ews_sync_state *state, uint64_t most) {
    const struct exchange *exchange = request->exchange;
    uint64_t *grave = table_find(exchange->graves_of, state->folder.mailbox);
    size_t room = store_item_count(folder) + exchange->grave_count + 1, count = 0;
    struct ews_change *changes = arena_take(request->arena, room, sizeof *changes);
    for (size_t i = 0; i < store_item_count(folder); i++) {
        const struct store_item *item = store_item_at(folder, i);
        if (item->modseq > state->modseq &&
            !EXCHANGE_ASK(exchange, hides, state->folder.mailbox, item))
            changes[count++] = (struct ews_change){.modseq = item->modseq, .uid = item->uid};
    }
    for (uint32_t at = grave == NULL ? 0 : (uint32_t)*grave; at != 0;
         at = exchange->graves[at].next) {
        const struct exchange_grave *dead = &exchange->graves[at];
        if (dead->folder == state->folder.folder && dead->modseq > state->modseq &&
            dead->uid < state->uid_next)
            changes[count++] =
                (struct ews_change){.modseq = dead->modseq, .uid = dead->uid, .is_deleted = true};
    }
    qsort(changes, count, sizeof *changes, ews_change_order);
    bool is_last = count <= most;
    for (size_t i = 0; i < count && i < most; i++) {
        ews_change_write(request, folder, &changes[i], state->uid_next);
        state->modseq = changes[i].modseq;
    }
    if (is_last) {
        state->modseq = store_folder_modseq(folder);
        state->uid_next = store_folder_uid_next(folder);
    }
    return is_last;
}

static bool ews_items_state(struct ews_request *request, struct store_folder *folder,
                            struct ews_sync_state *state) {
    struct str text = xml_text(xml_child(request->operation, EWS_MESSAGES, "SyncState"));
    if (text.length == 0) {
        state->modseq = folder == NULL ? 0 : store_folder_modseq(folder);
        state->uid_next = folder == NULL ? 1 : store_folder_uid_next(folder);
        state->cursor = state->uid_next;
        return true;
    }
    struct buffer plain = {0};
    struct str rest;
    bool is_right =
        ews_state_read(text, SYNC_ITEMS, &state->folder, &plain, &rest) && rest.length == 3 * 8;
    if (is_right) {
        state->modseq = ews_state_get(&rest);
        state->uid_next = (uint32_t)ews_state_get(&rest);
        state->cursor = (uint32_t)ews_state_get(&rest);
    }
    buffer_release(&plain);
    return is_right;
}

enum http_next ews_sync_folder_items(struct ews_request *request) {
    struct ews_folder folder;
    uint64_t most;
    struct str most_text =
        xml_text(xml_child(request->operation, EWS_MESSAGES, "MaxChangesReturned"));
    if (!ews_item_shape_read(request, false, &request->shape))
        return HTTP_DONE;
    if (!str_to_u64(most_text, &most) || most < 1 || most > EWS_CHANGES_MAX)
        return ews_invalid(request, "MaxChangesReturned must be 1 to 512.");
    enum ews_error error = ews_sync_folder(request, &folder);
    if (error != EWS_NoError)
        return ews_sync_fail(request, &ews_sync_items, error);
    struct ews_sync_state state = {.folder = ews_folder_id(&folder)};
    if (!ews_items_state(request, folder.folder, &state))
        return ews_sync_fail(request, &ews_sync_items, EWS_ErrorInvalidSyncStateData);

    struct buffer changes = {0}, plain = {0};
    struct buffer *out = request->out;
    bool is_last = true;
    request->out = &changes;
    if (folder.folder != NULL)
        is_last = state.cursor > 0 ? ews_sync_walk(request, folder.folder, &state, most)
                                   : ews_sync_since(request, folder.folder, &state, most);
    request->out = out;
    ews_state_begin(&plain, SYNC_ITEMS, &state.folder);
    ews_state_put(&plain, state.modseq);
    ews_state_put(&plain, state.uid_next);
    ews_state_put(&plain, state.cursor);
    ews_sync_write(request, &ews_sync_items, &plain, is_last, &changes);
    buffer_release(&changes);
    buffer_release(&plain);
    return HTTP_DONE;
}

/* ---- SyncFolderHierarchy ---- */

struct ews_hierarchy {
    struct ews_request *request;
    struct ews_shape shape;
    uint32_t mailbox;
    const uint32_t *known; /* numbers of folders the client has */
    bool *alive;           /* which of them are still there */
    size_t known_count, count;
    struct buffer *state;
};

static void ews_hierarchy_see(void *of, const struct ews_folder *folder) {
    struct ews_hierarchy *hierarchy = of;
    uint32_t number = ews_folder_number(folder);
    if (hierarchy->count++ >= SYNC_FOLDERS_MAX)
        return;
    bool is_own = store_mailbox_number(folder->mailbox) == hierarchy->mailbox;
    if (is_own)
        ews_state_put(hierarchy->state, number);
    for (size_t i = 0; i < hierarchy->known_count && is_own; i++)
        if (hierarchy->known[i] == number) {
            hierarchy->alive[i] = true;
            return;
        }
    buffer_append_text(hierarchy->request->out, "<t:Create>");
    ews_folder_write(hierarchy->request, &hierarchy->shape, folder);
    buffer_append_text(hierarchy->request->out, "</t:Create>");
    hierarchy->request->work += hierarchy->request->exchange->options.work.row;
}

static bool ews_hierarchy_known(struct ews_request *request, const struct ews_id *folder,
                                struct ews_hierarchy *hierarchy) {
    struct str text = xml_text(xml_child(request->operation, EWS_MESSAGES, "SyncState"));
    if (text.length == 0)
        return true;
    struct buffer plain = {0};
    struct str rest;
    bool is_right = ews_state_read(text, SYNC_FOLDERS, folder, &plain, &rest);
    size_t count = is_right ? rest.length / 8 : 0;
    uint32_t *known = arena_take(request->arena, count + 1, sizeof *known);
    for (size_t i = 0; i < count; i++)
        known[i] = (uint32_t)ews_state_get(&rest);
    hierarchy->known = known;
    hierarchy->known_count = count;
    hierarchy->alive = arena_take(request->arena, count + 1, sizeof *hierarchy->alive);
    buffer_release(&plain);
    return is_right;
}

static void ews_hierarchy_deleted(struct ews_hierarchy *hierarchy, struct ews_id id) {
    struct buffer *out = hierarchy->request->out;
    for (size_t i = 0; i < hierarchy->known_count; i++) {
        if (hierarchy->alive[i])
            continue;
        id.folder = hierarchy->known[i];
        buffer_append_text(out, "<t:Delete><t:FolderId Id=\"");
        ews_id_append(hierarchy->request->exchange, out, &id);
        buffer_append_text(out, "\"/></t:Delete>");
    }
}

enum http_next ews_sync_folder_hierarchy(struct ews_request *request) {
    struct ews_hierarchy hierarchy = {.request = request};
    struct ews_folder top;
    if (!ews_folder_shape_read(request, &hierarchy.shape))
        return HTTP_DONE;
    bool by_default = xml_child(request->operation, EWS_MESSAGES, "SyncFolderId") == NULL;
    enum ews_error error =
        by_default ? ews_folder_top(request, &top) : ews_sync_folder(request, &top);
    if (error != EWS_NoError)
        return ews_sync_fail(request, &ews_sync_folders, error);
    struct ews_id id = ews_folder_id(&top);
    hierarchy.mailbox = id.mailbox;
    if (!ews_hierarchy_known(request, &id, &hierarchy))
        return ews_sync_fail(request, &ews_sync_folders, EWS_ErrorInvalidSyncStateData);
    struct buffer changes = {0}, plain = {0};
    struct buffer *out = request->out;
    ews_state_begin(&plain, SYNC_FOLDERS, &id);
    hierarchy.state = &plain;
    request->out = &changes;
    ews_folder_each(request, &top, true, ews_hierarchy_see, &hierarchy);
    ews_hierarchy_deleted(&hierarchy, id);
    request->out = out;
    ews_sync_write(request, &ews_sync_folders, &plain, true, &changes);
    buffer_release(&changes);
    buffer_release(&plain);
    return HTTP_DONE;
}
