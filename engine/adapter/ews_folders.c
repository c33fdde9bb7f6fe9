/*
 * The mail folders of a mailbox. One deep FindFolder, page by page; then told parents first. Roles
 * come from the distinguished ids, never from display names, which are German, English or renamed.
 */
#include <string.h>

#include "../base/arena.h"
#include "../base/check.h"
#include "../base/digest.h"
#include "../base/table.h"
#include "ews.h"

enum node_state { NODE_NEW, NODE_TOLD, NODE_HIDDEN }; /* hidden: not told, its children are */

struct node {
    struct source_folder folder;
    bool is_mail, is_buried; /* buried: with all below it */
    enum node_state state;
    struct node *next;
};

struct walk {
    struct source_session *session; /* borrows */
    struct arena *arena;            /* owns the nodes */
    struct node *first, **last;
    struct table *by_id; /* owns: digest of an id → node */
    struct ews_page page;
    bool has_page;
    uint32_t rows, page_rows;
};

static uint64_t id_key(const char *id) {
    return digest_of(id, strlen(id)).low;
}

/* Mail is of class IPF.Note or below it, or of none at all. */
static bool class_is_mail(const char *class) {
    struct str rest = str_of(class);
    return rest.length == 0 || str_equal_caseless(rest, STR("IPF.Note")) ||
           str_starts_with_caseless(rest, "IPF.Note.");
}

static enum source_folder_role role_of(const struct source_session *session, const char *id) {
    static const struct {
        enum ews_place place;
        enum source_folder_role role;
    } roles[] = {
        {EWS_INBOX, SOURCE_INBOX}, {EWS_SENT, SOURCE_SENT}, {EWS_DRAFTS, SOURCE_DRAFTS},
        {EWS_TRASH, SOURCE_TRASH}, {EWS_JUNK, SOURCE_JUNK}, {EWS_ARCHIVE, SOURCE_ARCHIVE},
    };
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(session->places[roles[i].place], id) == 0)
            return roles[i].role;
    return SOURCE_PLAIN;
}

static enum status walk_page(void *of, const struct ews_page *page, struct error *error) {
    struct walk *walk = of;
    (void)error;
    walk->page = *page;
    walk->has_page = true;
    return STATUS_OK;
}

static enum status walk_folder(void *of, const struct ews_folder *folder, struct error *error) {
    struct walk *walk = of;
    const struct source_session *session = walk->session;
    if (walk->rows == EWS_FOLDERS_MAX)
        return error_set(error, STATUS_LIMIT, "a mailbox of more than %d folders", EWS_FOLDERS_MAX);
    struct node *node = arena_take(walk->arena, 1, sizeof *node);
    node->folder = (struct source_folder){
        .id = arena_text(walk->arena, str_of(folder->id)),
        .parent_id = arena_text(walk->arena, str_of(folder->parent_id)),
        .name = arena_text(walk->arena, str_of(folder->name)),
        .role = role_of(session, folder->id),
        .items = folder->items,
    };
    node->is_buried = strcmp(session->places[EWS_SYNC_ISSUES], folder->id) == 0;
    node->is_mail = folder->is_plain && class_is_mail(folder->class) && !node->is_buried &&
                    strcmp(session->places[EWS_OUTBOX], folder->id) != 0;
    uint64_t *place = table_at(walk->by_id, id_key(folder->id));
    if (*place != 0)
        return error_set(error, STATUS_CONFLICT, "Exchange listed a folder twice");
    *place = (uint64_t)(uintptr_t)node;
    *walk->last = node;
    walk->last = &node->next;
    walk->rows++;
    walk->page_rows++;
    return STATUS_OK;
}

static enum status walk_message(void *of, const struct ews_message *message, struct error *error) {
    struct walk *walk = of;
    enum status status = ews_refusal(message, error);
    if (status == STATUS_BUSY)
        return ews_put_off(walk->session, message);
    if (status == STATUS_OK && !walk->has_page)
        status = error_set(error, STATUS_PROTOCOL, "Exchange listed folders without a RootFolder");
    return status;
}

/* Reads all pages from the first. */
static enum status walk_pages(struct walk *walk, struct error *error) {
    static const struct ews_events events = {
        .page = walk_page, .folder = walk_folder, .message = walk_message};
    struct source_session *session = walk->session;
    uint32_t offset = 0;
    for (;;) {
        ews_request_begin(&session->request, session->address);
        ews_request_folders(&session->request, offset);
        ews_request_end(&session->request);
        walk->page_rows = 0;
        walk->has_page = false;
        ews_be_patient(session);
        enum status status;
        while ((status = ews_ask(session, &events, walk, error)) == STATUS_BUSY) {
            enum status waiting = ews_wait(session, error);
            if (waiting != STATUS_OK)
                return waiting;
            if (walk->page_rows > 0) /* a page that was cut short would count twice */
                return STATUS_CONFLICT;
        }
        if (status != STATUS_OK)
            return status;
        if (!walk->has_page)
            return error_set(error, STATUS_PROTOCOL, "Exchange answered without a page");
        if (walk->page.is_last)
            break;
        if (!walk->page.has_next || walk->page.next_offset <= offset || walk->page_rows == 0)
            return error_set(error, STATUS_PROTOCOL, "Exchange's pages do not come to an end");
        offset = walk->page.next_offset;
    }
    if (walk->rows != walk->page.total)
        return error_set(error, STATUS_CONFLICT, "Exchange counts %u folders and listed %u",
                         walk->page.total, walk->rows);
    return STATUS_OK;
}

static struct node *walk_parent(const struct walk *walk, const struct node *node) {
    const uint64_t *place = table_find(walk->by_id, id_key(node->folder.parent_id));
    return place == NULL ? NULL : (struct node *)(uintptr_t)*place;
}

/* Tells a folder once its parent is done with; the nearest told folder above becomes its parent. */
static enum status walk_tell(struct walk *walk, struct node *node, bool *progress,
                             enum status (*see)(void *of, const struct source_folder *folder),
                             void *of) {
    const struct node *parent = walk_parent(walk, node);
    if (node->state != NODE_NEW || (parent != NULL && parent->state == NODE_NEW))
        return STATUS_OK;
    *progress = true;
    if (parent == NULL)
        node->folder.parent_id = "";
    else if (parent->state == NODE_HIDDEN)
        node->folder.parent_id = parent->folder.parent_id;
    if (parent != NULL && parent->is_buried)
        node->is_buried = true;
    node->state = node->is_mail && !node->is_buried ? NODE_TOLD : NODE_HIDDEN;
    if (node->state != NODE_TOLD)
        return STATUS_OK;
    ews_ahead_folder(walk->session, &node->folder);
    return see(of, &node->folder);
}

static enum status walk_tell_all(struct walk *walk,
                                 enum status (*see)(void *of, const struct source_folder *folder),
                                 void *of, struct error *error) {
    bool progress = true;
    while (progress) {
        progress = false;
        for (struct node *node = walk->first; node != NULL; node = node->next) {
            enum status status = walk_tell(walk, node, &progress, see, of);
            if (status != STATUS_OK)
                return status;
        }
    }
    for (const struct node *node = walk->first; node != NULL; node = node->next)
        if (node->state == NODE_NEW)
            return error_set(error, STATUS_PROTOCOL, "the folder \"%.80s\" is its own parent",
                             node->folder.name);
    return STATUS_OK;
}

enum status ews_folders(struct source_session *session,
                        enum status (*see)(void *of, const struct source_folder *folder), void *of,
                        struct error *error) {
    struct walk walk = {.session = session, .arena = arena_new(), .by_id = table_new()};
    enum status status = STATUS_CONFLICT;
    /* Somebody may make a folder while we look; then the pages do not fit together. */
    for (int i = 0; status == STATUS_CONFLICT && i < EWS_LISTINGS_MAX; i++) {
        arena_reset(walk.arena);
        table_clear(walk.by_id);
        walk.first = NULL;
        walk.last = &walk.first;
        walk.rows = 0;
        status = walk_pages(&walk, error);
    }
    if (status == STATUS_CONFLICT)
        status = error_set(error, STATUS_PROTOCOL,
                           "mailbox %s: after %d tries Exchange's listing "
                           "of folders is still not consistent",
                           session->address, EWS_LISTINGS_MAX);
    ews_ahead_begin(session);
    if (status == STATUS_OK)
        status = walk_tell_all(&walk, see, of, error);
    table_close(&walk.by_id);
    arena_close(&walk.arena);
    return status;
}
