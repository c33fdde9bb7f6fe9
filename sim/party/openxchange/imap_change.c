/* Changing what lies in a folder: STORE, EXPUNGE, COPY, MOVE (RFC 3501, 4315, 6851, 7162). */
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"

/* Takes " set" and finds its places; answers and returns false where it is none. */
static bool imap_change_places(struct imap_session *imap, struct imap_cursor *cursor,
                               struct imap_places *places_r) {
    struct imap_set set;
    if (!imap_space(cursor) || !imap_set(cursor, &set)) {
        imap_bad(imap, "Invalid messageset");
        return false;
    }
    return imap_view_places(imap, &set, places_r);
}

static bool imap_is_read_only(struct imap_session *imap) {
    if (imap->view.read_only)
        imap_no(imap, "[READ-ONLY] Mailbox is read-only.");
    return imap->view.read_only;
}

/* ---- STORE ---- */

enum imap_store_how { IMAP_STORE_REPLACE, IMAP_STORE_ADD, IMAP_STORE_REMOVE };

struct imap_storing {
    enum imap_store_how how;
    bool silent, unchanged_since_given;
    uint64_t unchanged_since;
    struct imap_flags flags;
    struct buffer modified; /* UIDs or numbers that were changed by others meanwhile */
    bool some_gone;
};

/* " (UNCHANGEDSINCE n)" or nothing, then " [+|-]FLAGS[.SILENT] flags". */
static bool imap_store_read(struct imap_session *imap, struct imap_cursor *cursor,
                            struct imap_storing *storing) {
    if (!imap_space(cursor))
        return false;
    if (imap_byte(cursor, '(')) {
        if (!imap_word(cursor, "UNCHANGEDSINCE") || !imap_space(cursor) ||
            !imap_number(cursor, &storing->unchanged_since) || !imap_byte(cursor, ')') ||
            !imap_space(cursor))
            return false;
        storing->unchanged_since_given = imap->condstore = true;
    }
    if (imap_byte(cursor, '+'))
        storing->how = IMAP_STORE_ADD;
    else if (imap_byte(cursor, '-'))
        storing->how = IMAP_STORE_REMOVE;
    storing->silent = imap_word(cursor, "FLAGS.SILENT");
    return (storing->silent || imap_word(cursor, "FLAGS")) && imap_space(cursor) &&
           imap_flags(cursor, &storing->flags) && imap_parser_at_end(cursor);
}

/* The keywords of an item once some were added or taken away. */
static uint32_t imap_store_keywords(struct imap_session *imap, const struct imap_storing *storing,
                                    uint32_t old) {
    struct imap_flags all = {0};
    struct str words = history_text(store_history(openxchange_store(imap->openxchange)), old);
    bool removes = storing->how == IMAP_STORE_REMOVE;
    while (words.length > 0 && all.keyword_count < IMAP_KEYWORDS_MAX) {
        struct str word = str_cut(&words, ' ');
        bool named = false;
        for (size_t i = 0; i < storing->flags.keyword_count; i++)
            named = named || str_equal_caseless(word, storing->flags.keywords[i]);
        if (!named)
            all.keywords[all.keyword_count++] = word;
    }
    for (size_t i = 0; !removes && i < storing->flags.keyword_count; i++)
        if (all.keyword_count < IMAP_KEYWORDS_MAX)
            all.keywords[all.keyword_count++] = storing->flags.keywords[i];
    return imap_keywords_name(imap, &all);
}

static void imap_store_flags(struct imap_session *imap, struct imap_storing *storing,
                             const struct store_item *item, uint32_t *flags_r,
                             uint32_t *keywords_r) {
    switch (storing->how) {
    case IMAP_STORE_REPLACE:
        *flags_r = storing->flags.flags;
        *keywords_r = imap_keywords_name(imap, &storing->flags);
        return;
    case IMAP_STORE_ADD:
        *flags_r = item->flags | storing->flags.flags;
        break;
    case IMAP_STORE_REMOVE:
        *flags_r = item->flags & ~storing->flags.flags;
        break;
    }
    *keywords_r = storing->flags.keyword_count == 0
                      ? item->keywords
                      : imap_store_keywords(imap, storing, item->keywords);
}

static void imap_store_one(struct imap_session *imap, struct imap_storing *storing, size_t place) {
    struct store_folder *folder = imap->view.folder;
    size_t index;
    if (!imap_view_item(imap, place, &index)) {
        storing->some_gone = true;
        return;
    }
    const struct store_item *item = store_item_at(folder, index);
    if (storing->unchanged_since_given && item->modseq > storing->unchanged_since) {
        buffer_append_text(&storing->modified, storing->modified.length == 0 ? "" : ",");
        buffer_append_u64(&storing->modified, imap->by_uid ? item->uid : place + 1);
        return;
    }
    uint32_t flags = 0, keywords = 0;
    imap_store_flags(imap, storing, item, &flags, &keywords);
    store_item_flag(folder, imap->session.process, index, flags, keywords);
    item = store_item_at(folder, index);
    imap_view_learn_keywords(imap, item->keywords, true);
    if (storing->silent && !imap->condstore)
        return;
    buffer_printf(imap->out, "* %zu FETCH (", place + 1);
    if (imap->by_uid || imap->condstore)
        buffer_printf(imap->out, "UID %u ", item->uid);
    if (imap->condstore)
        buffer_printf(imap->out, "MODSEQ (%llu)%s", (unsigned long long)item->modseq,
                      storing->silent ? "" : " ");
    if (!storing->silent)
        imap_write_flags(imap, item);
    buffer_append_text(imap->out, ")\r\n");
}

void imap_store(struct imap_session *imap, struct imap_cursor *cursor) {
    struct imap_places places;
    struct imap_storing storing = {.how = IMAP_STORE_REPLACE};
    if (!imap_change_places(imap, cursor, &places))
        return;
    if (!imap_store_read(imap, cursor, &storing) || storing.flags.wrong != NULL) {
        imap_bad(imap, storing.flags.wrong == NULL ? "Invalid arguments." : storing.flags.wrong);
        return;
    }
    if (imap_is_read_only(imap))
        return;
    imap->view.acting = true;
    for (size_t i = 0; i < places.count; i++)
        for (size_t place = places.places[i].first; place < places.places[i].end; place++)
            imap_store_one(imap, &storing, place);
    imap->view.acting = false;
    if (storing.modified.length > 0) {
        struct buffer text = {0};
        buffer_printf(&text, "[MODIFIED %s] Conditional store failed.",
                      buffer_text(&storing.modified));
        imap_ok(imap, buffer_text(&text));
        buffer_release(&text);
    } else if (storing.some_gone) {
        imap_no(imap, "[EXPUNGEISSUED] Some of the requested messages no longer exist.");
    } else {
        imap_ok(imap, "Store completed.");
    }
    buffer_release(&storing.modified);
}

/* ---- EXPUNGE ---- */

void imap_expunge(struct imap_session *imap, struct imap_cursor *cursor) {
    struct imap_places places = {0};
    if (imap->by_uid ? !imap_change_places(imap, cursor, &places) : false)
        return;
    if (!imap_ends(imap, cursor) || imap_is_read_only(imap))
        return;
    struct store_folder *folder = imap->view.folder;
    for (size_t place = imap->view.count; place-- > 0;) {
        size_t index;
        if ((imap->by_uid && !imap_places_hold(&places, place)) ||
            !imap_view_item(imap, place, &index) ||
            (store_item_at(folder, index)->flags & ITEM_DELETED) == 0)
            continue;
        store_item_remove(folder, imap->session.process, HOW_EXPUNGED, index);
    }
    imap_ok(imap, "Expunge completed.");
}

/* ---- COPY and MOVE ---- */

struct imap_copying {
    struct imap_places places;
    struct store_folder *to;
    enum how how;
    struct buffer from_uids, to_uids;
    bool some_gone;
};

static void imap_copy_note(struct buffer *uids, uint32_t uid) {
    if (uids->length > 0)
        buffer_append_byte(uids, ',');
    buffer_append_u64(uids, uid);
}

/* What the copies would add to the mailbox; MOVE adds nothing. */
static uint64_t imap_copy_bytes(const struct imap_session *imap,
                                const struct imap_copying *copying) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < copying->places.count; i++)
        for (size_t place = copying->places.places[i].first; place < copying->places.places[i].end;
             place++) {
            size_t index;
            if (imap_view_item(imap, place, &index))
                bytes += store_item_at(imap->view.folder, index)->declared_size;
        }
    return bytes;
}

static enum status imap_copy_one(struct imap_session *imap, struct imap_copying *copying,
                                 size_t place) {
    size_t index;
    uint32_t uid;
    if (!imap_view_item(imap, place, &index)) {
        copying->some_gone = true;
        return STATUS_OK;
    }
    struct store_item item = *store_item_at(imap->view.folder, index);
    uint32_t from_uid = item.uid;
    item.uid = 0;
    enum status status =
        store_item_add(copying->to, imap->session.process, copying->how, item, &uid);
    if (status != STATUS_OK)
        return status;
    imap_copy_note(&copying->from_uids, from_uid);
    imap_copy_note(&copying->to_uids, uid);
    return STATUS_OK;
}

/* A MOVE takes each one away as soon as its copy rests, so a full mailbox does not hinder it. */
static enum status imap_copy_all(struct imap_session *imap, struct imap_copying *copying) {
    bool moves = copying->how == HOW_MOVED;
    enum status status = STATUS_OK;
    uint64_t quota = store_mailbox_quota(imap->mailbox);
    if (moves)
        store_mailbox_set_quota(imap->mailbox, 0);
    for (size_t i = 0; status == STATUS_OK && i < copying->places.count; i++)
        for (size_t place = copying->places.places[i].first;
             status == STATUS_OK && place < copying->places.places[i].end; place++) {
            size_t index;
            status = imap_copy_one(imap, copying, place);
            if (moves && status == STATUS_OK && imap_view_item(imap, place, &index))
                store_item_remove(imap->view.folder, imap->session.process, HOW_MOVED, index);
        }
    store_mailbox_set_quota(imap->mailbox, quota);
    return status;
}

static void imap_copy_answer(struct imap_session *imap, const struct imap_copying *copying,
                             enum status status) {
    struct buffer code = {0};
    bool moves = copying->how == HOW_MOVED;
    if (copying->from_uids.length > 0 && !imap->settings->without_uidplus)
        buffer_printf(&code, "[COPYUID %u %s %s] ", store_folder_uid_validity(copying->to),
                      buffer_text(&copying->from_uids), buffer_text(&copying->to_uids));
    if (moves && code.length > 0)
        imap_say(imap, "OK %sMoved UIDs.", buffer_text(&code));
    buffer_append_text(&code, "Copy completed.");
    if (status == STATUS_QUOTA)
        imap_no(imap, imap_answer_text(OPENXCHANGE_OVERQUOTA));
    else if (status != STATUS_OK)
        imap_no(imap, imap_answer_text(OPENXCHANGE_SERVERBUG));
    else if (copying->some_gone)
        imap_no(imap, "[EXPUNGEISSUED] Some of the requested messages no longer exist.");
    else
        imap_ok(imap, moves ? "Move completed." : buffer_text(&code));
    buffer_release(&code);
}

static void imap_copy_as(struct imap_session *imap, struct imap_cursor *cursor, enum how how) {
    struct imap_copying copying = {.how = how};
    struct str name;
    if (!imap_change_places(imap, cursor, &copying.places))
        return;
    if (!imap_space(cursor) || !imap_astring(cursor, &name) || !imap_parser_at_end(cursor)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    copying.to = imap_folder_named(imap, name, true);
    if (copying.to == NULL) {
        imap_no(imap, "[TRYCREATE] Mailbox doesn't exist");
        return;
    }
    if (how == HOW_MOVED && imap_is_read_only(imap))
        return;
    enum status status = STATUS_QUOTA;
    if (how == HOW_MOVED || store_mailbox_fits(imap->mailbox, imap_copy_bytes(imap, &copying)))
        status = imap_copy_all(imap, &copying);
    imap_copy_answer(imap, &copying, status);
    buffer_release(&copying.from_uids);
    buffer_release(&copying.to_uids);
}

void imap_copy(struct imap_session *imap, struct imap_cursor *cursor) {
    imap_copy_as(imap, cursor, HOW_COPIED);
}

void imap_move(struct imap_session *imap, struct imap_cursor *cursor) {
    imap_copy_as(imap, cursor, HOW_MOVED);
}
