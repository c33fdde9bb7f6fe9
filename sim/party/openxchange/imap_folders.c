/* Choosing folders, asking about them, making and removing them (RFC 3501, 6.3). */
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"

enum { IMAP_FOLDERS_MAX = 20000 }; /* of one mailbox */

/* Takes " mailbox" and turns it into a path; answers and returns false when it is no name. */
static bool imap_folder_path(struct imap_session *imap, struct str name, struct buffer *path,
                             bool *separator_at_end_r) {
    const char *wrong = imap_name_read(imap->settings, name, path, separator_at_end_r);
    if (wrong == NULL)
        return true;
    struct buffer text = {0};
    buffer_printf(&text, "[CANNOT] %s", wrong);
    imap_no(imap, buffer_text(&text));
    buffer_release(&text);
    return false;
}

static bool imap_folder_argument(struct imap_session *imap, struct imap_cursor *cursor,
                                 struct str *name_r) {
    if (imap_space(cursor) && imap_astring(cursor, name_r))
        return true;
    imap_bad(imap, "Invalid arguments.");
    return false;
}

struct store_folder *imap_folder_named(struct imap_session *imap, struct str name, bool quiet) {
    struct buffer path = {0};
    bool separator_at_end;
    struct store_folder *folder = NULL;
    if (imap_name_read(imap->settings, name, &path, &separator_at_end) == NULL)
        folder = store_folder_by_path(imap->mailbox, buffer_str(&path));
    if (folder != NULL && store_folder_is_container(folder))
        folder = NULL;
    if (folder == NULL && !quiet)
        imap_no(imap, "[NONEXISTENT] Mailbox doesn't exist");
    buffer_release(&path);
    return folder;
}

/* ---- SELECT ---- */

static size_t imap_first_unseen(const struct imap_session *imap) {
    for (size_t i = 0; i < store_item_count(imap->view.folder); i++)
        if ((store_item_at(imap->view.folder, i)->flags & ITEM_SEEN) == 0)
            return i + 1;
    return 0;
}

/* " (CONDSTORE)" or nothing (RFC 7162, 3.1.8). */
static bool imap_select_options(struct imap_session *imap, struct imap_cursor *cursor) {
    if (imap_space(cursor)) {
        if (!imap_byte(cursor, '(') || !imap_word(cursor, "CONDSTORE") || !imap_byte(cursor, ')')) {
            imap_bad(imap, "Unknown SELECT option.");
            return false;
        }
        imap->condstore = true;
    }
    return imap_ends(imap, cursor);
}

static void imap_select_as(struct imap_session *imap, struct imap_cursor *cursor, bool read_only) {
    struct str name;
    if (!imap_folder_argument(imap, cursor, &name) || !imap_select_options(imap, cursor))
        return;
    if (imap->state == IMAP_SELECTED) {
        imap_view_close(imap);
        imap->state = IMAP_AUTHENTICATED;
        imap_say(imap, "OK [CLOSED] Previous mailbox closed.");
    }
    struct store_folder *folder = imap_folder_named(imap, name, false);
    if (folder == NULL)
        return;
    imap_view_open(imap, folder, read_only);
    imap->state = IMAP_SELECTED;
    imap_view_say_flags(imap);
    imap_say_number(imap, "", imap->view.count, " EXISTS");
    imap_say_number(imap, "", imap->view.recent_count, " RECENT");
    size_t unseen = imap_first_unseen(imap);
    if (unseen > 0)
        imap_say_number(imap, "OK [UNSEEN ", unseen, "] First unseen.");
    imap_say_number(imap, "OK [UIDVALIDITY ", store_folder_uid_validity(folder), "] UIDs valid");
    imap_say_number(imap, "OK [UIDNEXT ", store_folder_uid_next(folder), "] Predicted next UID");
    imap_say_number(imap, "OK [HIGHESTMODSEQ ", store_folder_modseq(folder), "] Highest");
    imap_ok(imap, read_only ? "[READ-ONLY] Examine completed." : "[READ-WRITE] Select completed.");
}

void imap_select(struct imap_session *imap, struct imap_cursor *cursor) {
    imap_select_as(imap, cursor, false);
}

void imap_examine(struct imap_session *imap, struct imap_cursor *cursor) {
    imap_select_as(imap, cursor, true);
}

void imap_close(struct imap_session *imap, struct imap_cursor *cursor) {
    if (!imap_ends(imap, cursor))
        return;
    struct store_folder *folder = imap->view.folder;
    for (size_t i = imap->view.read_only ? 0 : store_item_count(folder); i-- > 0;)
        if ((store_item_at(folder, i)->flags & ITEM_DELETED) != 0)
            store_item_remove(folder, imap->session.process, HOW_EXPUNGED, i);
    imap_view_close(imap);
    imap->state = IMAP_AUTHENTICATED;
    imap_ok(imap, "Close completed.");
}

void imap_unselect(struct imap_session *imap, struct imap_cursor *cursor) {
    if (!imap_ends(imap, cursor))
        return;
    imap_view_close(imap);
    imap->state = IMAP_AUTHENTICATED;
    imap_ok(imap, "Unselect completed.");
}

/* ---- STATUS ---- */

bool imap_status_items(struct imap_cursor *cursor, struct imap_status_items *items_r) {
    struct str name;
    *items_r = (struct imap_status_items){0};
    const struct {
        const char *name;
        bool *asked;
    } known[] = {{"MESSAGES", &items_r->messages},   {"RECENT", &items_r->recent},
                 {"UIDNEXT", &items_r->uid_next},    {"UIDVALIDITY", &items_r->uid_validity},
                 {"UNSEEN", &items_r->unseen},       {"SIZE", &items_r->size},
                 {"HIGHESTMODSEQ", &items_r->modseq}};
    if (!imap_byte(cursor, '('))
        return false;
    do {
        if (!imap_atom(cursor, &name))
            return false;
        size_t i = 0, count = sizeof known / sizeof known[0];
        while (i < count && !str_equal_caseless(name, str_of(known[i].name)))
            i++;
        if (i == count)
            return false;
        *known[i].asked = true;
    } while (imap_space(cursor));
    return imap_byte(cursor, ')');
}

void imap_status_say(struct imap_session *imap, struct store_folder *folder,
                     const struct imap_status_items *items) {
    size_t unseen = 0, recent = 0;
    uint64_t size = 0;
    uint32_t recent_uid = store_folder_marks(folder)->recent_uid;
    struct contents *contents = store_contents(openxchange_store(imap->openxchange));
    for (size_t i = 0; i < store_item_count(folder); i++) {
        const struct store_item *item = store_item_at(folder, i);
        unseen += (item->flags & ITEM_SEEN) == 0;
        recent += item->uid > recent_uid;
        if (items->size)
            size += contents_bytes(contents, item->content);
    }
    const struct {
        bool asked;
        const char *name;
        uint64_t value;
    } said[] = {{items->messages, "MESSAGES", store_item_count(folder)},
                {items->recent, "RECENT", recent},
                {items->uid_next, "UIDNEXT", store_folder_uid_next(folder)},
                {items->uid_validity, "UIDVALIDITY", store_folder_uid_validity(folder)},
                {items->unseen, "UNSEEN", unseen},
                {items->modseq, "HIGHESTMODSEQ", store_folder_modseq(folder)},
                {items->size, "SIZE", size}};
    struct buffer name = {0};
    imap_name_write(imap->settings, store_folder_path(folder), &name);
    buffer_append_text(imap->out, "* STATUS ");
    imap_append_astring(imap->out, buffer_str(&name));
    buffer_append_text(imap->out, " (");
    const char *blank = "";
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (said[i].asked) {
            buffer_printf(imap->out, "%s%s ", blank, said[i].name);
            buffer_append_u64(imap->out, said[i].value);
            blank = " ";
        }
    buffer_append_text(imap->out, ")\r\n");
    buffer_release(&name);
}

void imap_status(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    struct imap_status_items items;
    if (!imap_folder_argument(imap, cursor, &name))
        return;
    if (!imap_space(cursor) || !imap_status_items(cursor, &items) || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid status item list.");
        return;
    }
    struct store_folder *folder = imap_folder_named(imap, name, false);
    if (folder == NULL)
        return;
    imap_status_say(imap, folder, &items);
    imap_ok(imap, "Status completed.");
}

/* ---- Making and removing ---- */

/* Makes what stands before the last "/" of `path`, as containers, and returns the innermost. */
static struct store_folder *imap_create_parents(struct imap_session *imap, struct str path) {
    struct store_folder *parent = NULL;
    struct str rest = path;
    for (;;) {
        struct str name = str_cut(&rest, '/');
        if (rest.length == 0)
            return parent;
        struct store_folder_spec spec = {
            .parent = parent,
            .name = name,
            .path = {path.data, (size_t)(name.data + name.length - path.data)},
            .container = true};
        enum status status = store_folder_add(imap->mailbox, imap->session.process, &spec, &parent);
        check(status == STATUS_OK || status == STATUS_EXISTS);
    }
}

static struct str imap_last_level(struct str path) {
    for (size_t i = path.length; i-- > 0;)
        if (path.data[i] == '/')
            return (struct str){path.data + i + 1, path.length - i - 1};
    return path;
}

/* The role a client wants for a new folder: " (USE (\Sent))" (RFC 6154, 3). */
static bool imap_create_use(struct imap_session *imap, struct imap_cursor *cursor,
                            enum folder_role *role_r) {
    static const struct {
        const char *name;
        enum folder_role role;
    } uses[] = {{"Sent", FOLDER_SENT},
                {"Drafts", FOLDER_DRAFTS},
                {"Trash", FOLDER_TRASH},
                {"Junk", FOLDER_JUNK},
                {"Archive", FOLDER_ARCHIVE}};
    struct str name = STR("");
    *role_r = FOLDER_PLAIN;
    if (!imap_space(cursor))
        return imap_ends(imap, cursor);
    if (!imap_byte(cursor, '(') || !imap_word(cursor, "USE") || !imap_space(cursor) ||
        !imap_byte(cursor, '(') || !imap_byte(cursor, '\\') || !imap_atom(cursor, &name) ||
        !imap_byte(cursor, ')') || !imap_byte(cursor, ')') || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return false;
    }
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (str_equal_caseless(name, str_of(uses[i].name)))
            *role_r = uses[i].role;
    if (*role_r == FOLDER_PLAIN)
        imap_no(imap, "[USEATTR] Unsupported special-use attribute");
    return *role_r != FOLDER_PLAIN;
}

static size_t imap_folder_count(const struct imap_session *imap) {
    size_t count = 0;
    struct store_folder *folder = store_folder_first(imap->mailbox);
    for (; folder != NULL; folder = store_folder_next(folder))
        count++;
    return count;
}

static void imap_create_path(struct imap_session *imap, struct str path, bool container,
                             enum folder_role role) {
    if (imap_folder_count(imap) + IMAP_LEVELS_MAX > IMAP_FOLDERS_MAX) {
        imap_no(imap, "[LIMIT] Too many mailboxes");
        return;
    }
    struct store_folder *folder = store_folder_by_path(imap->mailbox, path);
    if (folder != NULL && (container || !store_folder_is_container(folder))) {
        imap_no(imap, "[ALREADYEXISTS] Mailbox already exists");
        return;
    }
    struct store_folder_spec spec = {.parent = imap_create_parents(imap, path),
                                     .name = imap_last_level(path),
                                     .path = path,
                                     .role = role,
                                     .container = container};
    if (!container)
        spec.uid_validity = openxchange_uid_validity(imap->openxchange);
    enum status status = store_folder_add(imap->mailbox, imap->session.process, &spec, &folder);
    check(status == STATUS_OK);
    imap_ok(imap, "Create completed.");
}

void imap_create(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    struct buffer path = {0};
    enum folder_role role;
    bool container;
    if (imap_folder_argument(imap, cursor, &name) && imap_create_use(imap, cursor, &role) &&
        imap_folder_path(imap, name, &path, &container))
        imap_create_path(imap, buffer_str(&path), container, role);
    buffer_release(&path);
}

void imap_delete(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str name;
    if (!imap_folder_argument(imap, cursor, &name) || !imap_ends(imap, cursor))
        return;
    struct store_folder *folder = imap_folder_named(imap, name, false);
    if (folder == NULL)
        return;
    if (store_folder_role(folder) == FOLDER_INBOX) {
        imap_no(imap, "[CANNOT] INBOX can't be deleted.");
        return;
    }
    if (imap->state == IMAP_SELECTED && imap->view.folder == folder) {
        imap_view_close(imap);
        imap->state = IMAP_AUTHENTICATED;
    }
    store_folder_remove(folder, imap->session.process);
    imap_ok(imap, "Delete completed.");
}

/* Renaming INBOX moves its mail and leaves it empty (RFC 3501, 6.3.5). */
static void imap_rename_inbox(struct imap_session *imap, struct store_folder *inbox,
                              const struct store_folder_spec *place) {
    struct store_folder *folder;
    uint32_t process = imap->session.process, uid;
    struct store_folder_spec spec = *place;
    spec.uid_validity = openxchange_uid_validity(imap->openxchange);
    enum status status = store_folder_add(imap->mailbox, process, &spec, &folder);
    check(status == STATUS_OK);
    while (store_item_count(inbox) > 0) {
        struct store_item item = *store_item_at(inbox, 0);
        item.uid = 0;
        status = store_item_add(folder, process, HOW_MOVED, item, &uid);
        if (status != STATUS_OK) {
            imap_no(imap, imap_answer_text(OPENXCHANGE_OVERQUOTA));
            return;
        }
        store_item_remove(inbox, process, HOW_MOVED, 0);
    }
    imap_ok(imap, "Rename completed.");
}

/* Whether the names of all folders below would still be short enough. */
static bool imap_rename_fits(struct imap_session *imap, struct str old, struct str new) {
    struct store_folder *below = store_folder_first(imap->mailbox);
    for (; below != NULL; below = store_folder_next(below)) {
        struct str path = store_folder_path(below);
        if (path.length > old.length && memcmp(path.data, old.data, old.length) == 0 &&
            path.data[old.length] == '/' &&
            path.length - old.length + new.length > IMAP_NAME_BYTES_MAX)
            return false;
    }
    return true;
}

static void imap_rename_to(struct imap_session *imap, struct store_folder *folder,
                           struct str path) {
    if (store_folder_by_path(imap->mailbox, path) != NULL) {
        imap_no(imap, "[ALREADYEXISTS] Target mailbox already exists");
        return;
    }
    struct str old = store_folder_path(folder);
    if (path.length > old.length && memcmp(path.data, old.data, old.length) == 0 &&
        path.data[old.length] == '/' && store_folder_role(folder) != FOLDER_INBOX) {
        imap_no(imap, "[CANNOT] Can't rename mailbox under itself.");
        return;
    }
    if (!imap_rename_fits(imap, old, path)) {
        imap_no(imap, "[CANNOT] Invalid mailbox name: Name too long");
        return;
    }
    struct store_folder_spec place = {
        .parent = imap_create_parents(imap, path), .name = imap_last_level(path), .path = path};
    if (store_folder_role(folder) == FOLDER_INBOX) {
        imap_rename_inbox(imap, folder, &place);
        return;
    }
    enum status status = store_folder_rename(folder, imap->session.process, &place);
    check(status == STATUS_OK);
    imap_ok(imap, "Rename completed.");
}

void imap_rename(struct imap_session *imap, struct imap_cursor *cursor) {
    struct str from, to;
    struct buffer path = {0};
    bool separator_at_end;
    if (!imap_folder_argument(imap, cursor, &from) || !imap_folder_argument(imap, cursor, &to) ||
        !imap_ends(imap, cursor))
        return;
    struct store_folder *folder = imap_folder_named(imap, from, false);
    if (folder != NULL && imap_folder_path(imap, to, &path, &separator_at_end))
        imap_rename_to(imap, folder, buffer_str(&path));
    buffer_release(&path);
}

static void imap_subscribe_as(struct imap_session *imap, struct imap_cursor *cursor,
                              bool subscribed) {
    struct str name;
    if (!imap_folder_argument(imap, cursor, &name) || !imap_ends(imap, cursor))
        return;
    struct store_folder *folder = imap_folder_named(imap, name, false);
    if (folder == NULL)
        return;
    store_folder_marks(folder)->subscribed = subscribed;
    imap_ok(imap, subscribed ? "Subscribe completed." : "Unsubscribe completed.");
}

void imap_subscribe(struct imap_session *imap, struct imap_cursor *cursor) {
    imap_subscribe_as(imap, cursor, true);
}

void imap_unsubscribe(struct imap_session *imap, struct imap_cursor *cursor) {
    imap_subscribe_as(imap, cursor, false);
}
