/* The party: nodes, accounts, sessions, what a crash takes away. See openxchange.h. */
#include "openxchange.h"

#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/arena.h"
#include "../../../engine/base/check.h"
#include "imap_inside.h"

enum { NODES_MAX = 64, NOT_DURABLE_MAX = 1000000 };

struct openxchange_node {
    const char *name;
    struct openxchange_settings settings;
};

struct openxchange_weak { /* an item that is not on disk yet */
    uint32_t mailbox, folder, uid;
};

struct openxchange {
    struct openxchange_options options;
    struct arena *arena;         /* owns */
    struct store *store;         /* owns */
    struct accounts *accounts;   /* owns */
    struct imap_session *newest; /* the list of sessions */
    struct openxchange_disturbance disturbance;
    struct openxchange_node nodes[NODES_MAX];
    size_t node_count;
    uint32_t uid_validity_last;
    struct openxchange_weak *weak; /* owns */
    size_t weak_count, weak_capacity;
    struct imap_annotation *annotations; /* the first of the list */
    size_t annotation_count;
};

struct openxchange *openxchange_new(const struct openxchange_options *options) {
    struct openxchange *openxchange = memory_new(1, sizeof *openxchange);
    openxchange->options = *options;
    openxchange->arena = arena_new();
    openxchange->store = store_new(&(struct store_options){.system = SYSTEM_OPENXCHANGE,
                                                           .clock = options->clock,
                                                           .contents = options->contents,
                                                           .history = options->history});
    openxchange->accounts = accounts_new();
    return openxchange;
}

void openxchange_close(struct openxchange **openxchange) {
    struct openxchange *old = *openxchange;
    if (old == NULL)
        return;
    check(old->newest == NULL);
    accounts_close(&old->accounts);
    store_close(&old->store);
    free(old->weak);
    arena_close(&old->arena);
    free(old);
    *openxchange = NULL;
}

struct store *openxchange_store(struct openxchange *openxchange) {
    return openxchange->store;
}

struct accounts *openxchange_accounts(struct openxchange *openxchange) {
    return openxchange->accounts;
}

void openxchange_disturb(struct openxchange *openxchange,
                         const struct openxchange_disturbance *disturbance) {
    openxchange->disturbance =
        disturbance == NULL ? (struct openxchange_disturbance){0} : *disturbance;
}

const struct openxchange_disturbance *
openxchange_disturbance(const struct openxchange *openxchange) {
    return &openxchange->disturbance;
}

/* ---- Nodes ---- */

const struct openxchange_settings *openxchange_settings_at(struct openxchange *openxchange,
                                                           struct str node) {
    for (size_t i = 0; i < openxchange->node_count; i++)
        if (str_equal_text(node, openxchange->nodes[i].name))
            return &openxchange->nodes[i].settings;
    return &openxchange->options.settings;
}

struct openxchange_settings *openxchange_settings(struct openxchange *openxchange,
                                                  struct str node) {
    if (node.length == 0)
        return &openxchange->options.settings;
    for (size_t i = 0; i < openxchange->node_count; i++)
        if (str_equal_text(node, openxchange->nodes[i].name))
            return &openxchange->nodes[i].settings;
    check_compare(openxchange->node_count, <, NODES_MAX);
    struct openxchange_node *new = &openxchange->nodes[openxchange->node_count++];
    new->name = arena_text(openxchange->arena, node);
    new->settings = openxchange->options.settings;
    return &new->settings;
}

/* ---- Accounts ---- */

uint32_t openxchange_uid_validity(struct openxchange *openxchange) {
    uint32_t seconds = (uint32_t)(openxchange->options.clock->now / SECOND);
    if (!openxchange->options.equal_uid_validity && seconds <= openxchange->uid_validity_last)
        seconds = openxchange->uid_validity_last + 1;
    openxchange->uid_validity_last = seconds;
    return seconds == 0 ? 1 : seconds;
}

enum status openxchange_provision(struct openxchange *openxchange, uint32_t process,
                                  const struct account *spec, struct account **account_r) {
    static const struct {
        const char *name;
        enum folder_role role;
    } folders[] = {{"INBOX", FOLDER_INBOX},
                   {"Drafts", FOLDER_DRAFTS},
                   {"Sent", FOLDER_SENT},
                   {"Trash", FOLDER_TRASH},
                   {"Junk", FOLDER_JUNK}};
    enum status status = accounts_add(openxchange->accounts, spec, account_r);
    if (status != STATUS_OK)
        return status;
    struct store_mailbox *mailbox =
        store_mailbox_add(openxchange->store, spec->mailbox, spec->quota_bytes);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        struct store_folder *folder;
        status = store_folder_add(
            mailbox, process,
            &(struct store_folder_spec){.name = str_of(folders[i].name),
                                        .path = str_of(folders[i].name),
                                        .role = folders[i].role,
                                        .uid_validity = openxchange_uid_validity(openxchange)},
            &folder);
        check(status == STATUS_OK);
        store_folder_marks(folder)->subscribed = true;
    }
    return STATUS_OK;
}

/* ---- Sessions ---- */

void openxchange_session_add(struct imap_session *imap) {
    struct openxchange *openxchange = imap->openxchange;
    imap->settings = &openxchange->options.settings;
    imap->next = openxchange->newest;
    if (imap->next != NULL)
        imap->next->previous = imap;
    openxchange->newest = imap;
}

void openxchange_session_remove(struct imap_session *imap) {
    if (imap->previous == NULL)
        imap->openxchange->newest = imap->next;
    else
        imap->previous->next = imap->next;
    if (imap->next != NULL)
        imap->next->previous = imap->previous;
}

size_t openxchange_session_count(const struct openxchange *openxchange,
                                 const struct account *account) {
    size_t count = 0;
    for (const struct imap_session *imap = openxchange->newest; imap != NULL; imap = imap->next)
        count += imap->account == account;
    return count;
}

/* ---- What happens to a server ---- */

void openxchange_not_durable(struct openxchange *openxchange, struct store_folder *folder,
                             uint32_t uid) {
    if (openxchange->weak_count == NOT_DURABLE_MAX)
        return; /* the oldest ones reached the disk by themselves long ago */
    if (openxchange->weak_count == openxchange->weak_capacity) {
        openxchange->weak_capacity = openxchange->weak_capacity * 2 + 64;
        openxchange->weak =
            memory_grow(openxchange->weak, openxchange->weak_capacity, sizeof *openxchange->weak);
    }
    openxchange->weak[openxchange->weak_count++] = (struct openxchange_weak){
        store_mailbox_number(store_folder_mailbox(folder)), store_folder_number(folder), uid};
}

static void openxchange_lose(struct openxchange *openxchange, const struct openxchange_weak *weak) {
    struct store_mailbox *mailbox = store_mailbox(openxchange->store, weak->mailbox);
    struct store_folder *folder = mailbox == NULL ? NULL : store_folder_first(mailbox);
    while (folder != NULL && store_folder_number(folder) != weak->folder)
        folder = store_folder_next(folder);
    size_t index;
    if (folder != NULL && store_item_find(folder, weak->uid, &index))
        store_item_remove(folder, 0, HOW_NONE, index);
}

void openxchange_crash(struct openxchange *openxchange, struct str node) {
    size_t kept = 0;
    for (size_t i = 0; i < openxchange->weak_count; i++) {
        struct openxchange_weak weak = openxchange->weak[i];
        const struct account *account = accounts_by_mailbox(openxchange->accounts, weak.mailbox);
        if (account != NULL && str_equal_text(node, account->node))
            openxchange_lose(openxchange, &weak);
        else
            openxchange->weak[kept++] = weak;
    }
    openxchange->weak_count = kept;
    for (struct imap_session *imap = openxchange->newest, *next; imap != NULL; imap = next) {
        next = imap->next;
        if (imap->account == NULL || !str_equal_text(node, imap->account->node))
            continue;
        imap->end = SESSION_RESET;
        session_call(&imap->session);
    }
}

void openxchange_expire(struct openxchange *openxchange, uint32_t process, uint32_t mailbox,
                        instant before) {
    struct store_mailbox *of = store_mailbox(openxchange->store, mailbox);
    struct store_folder *folder = of == NULL ? NULL : store_folder_first(of);
    for (; folder != NULL; folder = store_folder_next(folder))
        for (size_t i = store_item_count(folder); i-- > 0;)
            if (store_item_at(folder, i)->received < before)
                store_item_remove(folder, process, HOW_EXPUNGED, i);
}

/* ---- Annotations (RFC 5464) ---- */

struct imap_annotation *openxchange_annotations(const struct openxchange *openxchange) {
    return openxchange->annotations;
}

bool openxchange_annotate(struct openxchange *openxchange, const struct imap_annotation *as) {
    struct imap_annotation *annotation = openxchange->annotations;
    while (annotation != NULL &&
           (annotation->mailbox != as->mailbox || annotation->folder != as->folder ||
            !str_equal_caseless(annotation->entry, as->entry)))
        annotation = annotation->next;
    if (annotation == NULL) {
        if (openxchange->annotation_count == IMAP_ANNOTATIONS_MAX)
            return false;
        openxchange->annotation_count++;
        annotation = arena_take(openxchange->arena, 1, sizeof *annotation);
        *annotation = *as;
        annotation->entry = arena_str(openxchange->arena, as->entry);
        annotation->next = openxchange->annotations;
        openxchange->annotations = annotation;
    }
    annotation->value =
        as->value.data == NULL ? as->value : arena_str(openxchange->arena, as->value);
    return true;
}
