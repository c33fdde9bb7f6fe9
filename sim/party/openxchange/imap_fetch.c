/*
 * FETCH (RFC 3501, 6.4.5; 7162). The answer to one message is written whole; when enough is said
 * the command stops between two messages and goes on when it is polled. A message that is asked for
 * as a whole is rendered right into the answer.
 */
#include "imap_fetch.h"

#include <string.h>

#include "../../../engine/base/check.h"

struct imap_fetching {
    bool uid, flags, date, size, modseq, envelope, body, structure;
    struct imap_section sections[IMAP_SECTIONS_MAX];
    size_t section_count;
    bool changed_since_given;
    uint64_t changed_since;
    struct imap_places places;
    size_t range, place; /* where it stands */
    bool begun;          /* something of the message was said */
    bool some_gone;
};

/* ---- What is asked ---- */

/* "BODY.PEEK", "RFC822.SIZE": an atom that ends at a bracket. */
static struct str imap_fetch_word(struct imap_cursor *cursor) {
    const char *begin = cursor->at;
    while (cursor->at < cursor->end && strchr(" ()[]\r\n", *cursor->at) == NULL)
        cursor->at++;
    return (struct str){begin, (size_t)(cursor->at - begin)};
}

static bool imap_fetch_item(struct imap_cursor *cursor, struct imap_fetching *fetching) {
    const struct {
        const char *name;
        bool *asked;
    } known[] = {{"UID", &fetching->uid},
                 {"FLAGS", &fetching->flags},
                 {"INTERNALDATE", &fetching->date},
                 {"RFC822.SIZE", &fetching->size},
                 {"MODSEQ", &fetching->modseq},
                 {"ENVELOPE", &fetching->envelope},
                 {"BODYSTRUCTURE", &fetching->structure}};
    struct str name = imap_fetch_word(cursor);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_equal_caseless(name, str_of(known[i].name))) {
            *known[i].asked = true;
            return true;
        }
    bool peek = str_equal_caseless(name, STR("BODY.PEEK"));
    bool bracket = cursor->at < cursor->end && *cursor->at == '[';
    if (str_equal_caseless(name, STR("BODY")) && !bracket) {
        fetching->body = true;
        return true;
    }
    if (fetching->section_count == IMAP_SECTIONS_MAX)
        return false;
    struct imap_section *section = &fetching->sections[fetching->section_count++];
    if (!peek && !str_equal_caseless(name, STR("BODY")))
        return imap_section_named(name, section);
    if (!imap_section_read(cursor, section))
        return false;
    section->sets_seen = !peek;
    return true;
}

static bool imap_fetch_macro(struct imap_cursor *cursor, struct imap_fetching *fetching) {
    bool all = imap_word(cursor, "ALL"), full = !all && imap_word(cursor, "FULL");
    if (!all && !full && !imap_word(cursor, "FAST"))
        return false;
    fetching->flags = fetching->date = fetching->size = true;
    fetching->envelope = all || full;
    fetching->body = full;
    return true;
}

static bool imap_fetch_read(struct imap_session *imap, struct imap_cursor *cursor,
                            struct imap_fetching *fetching) {
    if (!imap_space(cursor))
        return false;
    if (imap_byte(cursor, '(')) {
        do {
            if (!imap_fetch_item(cursor, fetching))
                return false;
        } while (imap_space(cursor));
        if (!imap_byte(cursor, ')'))
            return false;
    } else if (!imap_fetch_macro(cursor, fetching) && !imap_fetch_item(cursor, fetching)) {
        return false;
    }
    if (imap_space(cursor)) {
        if (!imap_byte(cursor, '(') || !imap_word(cursor, "CHANGEDSINCE") || !imap_space(cursor) ||
            !imap_number(cursor, &fetching->changed_since) || !imap_byte(cursor, ')'))
            return false;
        fetching->changed_since_given = fetching->modseq = true;
    }
    imap->condstore = imap->condstore || fetching->modseq;
    fetching->uid = fetching->uid || imap->by_uid;
    return imap_parser_at_end(cursor);
}

/* ---- One message ---- */

/* A blank before all but the first thing that is said of a message. */
static void imap_fetch_blank(struct imap_session *imap, struct imap_fetching *fetching) {
    if (fetching->begun)
        buffer_append_byte(imap->out, ' ');
    fetching->begun = true;
}

static void imap_fetch_number(struct imap_session *imap, struct imap_fetching *fetching,
                              const char *name, uint64_t number) {
    imap_fetch_blank(imap, fetching);
    buffer_append_text(imap->out, name);
    buffer_append_u64(imap->out, number);
}

/* Reading sets \Seen; the answer then says so. */
static bool imap_fetch_see(struct imap_session *imap, const struct imap_fetching *fetching,
                           size_t index) {
    bool sets_seen = false;
    for (size_t i = 0; i < fetching->section_count; i++)
        sets_seen = sets_seen || fetching->sections[i].sets_seen;
    const struct store_item *item = store_item_at(imap->view.folder, index);
    if (!sets_seen || imap->view.read_only || (item->flags & ITEM_SEEN) != 0)
        return false;
    imap->view.acting = true;
    store_item_flag(imap->view.folder, imap->session.process, index, item->flags | ITEM_SEEN,
                    item->keywords);
    imap->view.acting = false;
    return true;
}

/* All of a message, without a copy of it in between. */
static uint64_t imap_fetch_whole(struct imap_session *imap, const struct imap_section *section,
                                 uint32_t content) {
    struct contents *contents = store_contents(openxchange_store(imap->openxchange));
    uint64_t bytes = contents_bytes(contents, content);
    buffer_append_str(imap->out, section->label);
    buffer_append_text(imap->out, " {");
    buffer_append_u64(imap->out, bytes);
    buffer_append_text(imap->out, "}\r\n");
    contents_render(contents, content, imap->out);
    return bytes;
}

static uint64_t imap_fetch_section(struct imap_session *imap, const struct imap_section *section,
                                   uint32_t content, const struct mime_part *parts,
                                   struct buffer *fields) {
    if (section->what == IMAP_SECTION_ALL && section->path_length == 0 && !section->partial)
        return imap_fetch_whole(imap, section, content);
    struct str found = imap_section_find(section, imap_render(imap, content), parts, fields);
    buffer_append_str(imap->out, section->label);
    if (found.data == NULL) {
        buffer_append_text(imap->out, " NIL");
        return 0;
    }
    buffer_append_text(imap->out, " {");
    buffer_append_u64(imap->out, found.length);
    buffer_append_text(imap->out, "}\r\n");
    buffer_append_str(imap->out, found);
    return found.length;
}

/* Envelope, structure and sections: what the message's bytes are needed for. */
static void imap_fetch_bytes(struct imap_session *imap, struct imap_fetching *fetching,
                             size_t index) {
    const struct store_item item = *store_item_at(imap->view.folder, index);
    const struct mime_part *parts = NULL;
    struct arena *arena = NULL;
    struct buffer fields = {0};
    bool need_parts = fetching->body || fetching->structure;
    for (size_t i = 0; i < fetching->section_count; i++)
        need_parts = need_parts || fetching->sections[i].path_length > 0;
    if (need_parts || fetching->envelope) {
        arena = arena_new();
        struct str message = imap_render(imap, item.content), body;
        if (need_parts)
            parts = mime_parse(arena, message);
        if (fetching->envelope) {
            imap_fetch_blank(imap, fetching);
            buffer_append_text(imap->out, "ENVELOPE ");
            mime_write_envelope(imap->out, arena, mime_split(message, &body));
        }
    }
    for (int extended = 0; extended <= 1; extended++)
        if (extended ? fetching->structure : fetching->body) {
            imap_fetch_blank(imap, fetching);
            buffer_append_text(imap->out, extended ? "BODYSTRUCTURE " : "BODY ");
            mime_write_structure(imap->out, arena, parts, extended);
        }
    uint64_t sent = 0, content_bytes = 0;
    bool downloads = false;
    for (size_t i = 0; i < fetching->section_count; i++) {
        const struct imap_section *section = &fetching->sections[i];
        imap_fetch_blank(imap, fetching);
        uint64_t bytes = imap_fetch_section(imap, section, item.content, parts, &fields);
        bool is_content = imap_section_is_content(section);
        downloads = downloads || is_content;
        content_bytes += is_content ? bytes : 0;
        sent += is_content && !section->partial ? item.declared_size : bytes;
    }
    imap_charge(imap, sent);
    if (downloads)
        store_item_downloaded(imap->view.folder, imap->session.process, index, content_bytes);
    buffer_release(&fields);
    arena_close(&arena);
}

/* What comes next stands behind in the folder, unless somebody asked for few. */
static void imap_fetch_expect(struct imap_session *imap, const struct imap_fetching *fetching,
                              size_t index) {
    const struct store_folder *folder = imap->view.folder;
    if (index + 2 < store_item_count(folder) && (fetching->section_count > 0 || fetching->size))
        contents_expect(store_contents(openxchange_store(imap->openxchange)),
                        store_item_at(folder, index + 1)->content,
                        store_item_at(folder, index + 2)->content);
}

static void imap_fetch_one(struct imap_session *imap, struct imap_fetching *fetching,
                           size_t place) {
    struct buffer *out = imap->out;
    size_t index;
    if (!imap_view_item(imap, place, &index)) {
        fetching->some_gone = true;
        return;
    }
    if (fetching->changed_since_given &&
        store_item_at(imap->view.folder, index)->modseq <= fetching->changed_since)
        return;
    imap_fetch_expect(imap, fetching, index);
    bool seen = imap_fetch_see(imap, fetching, index);
    const struct store_item *item = store_item_at(imap->view.folder, index);
    imap_view_learn_keywords(imap, fetching->flags || seen ? item->keywords : 0, true);
    buffer_append_text(out, "* ");
    buffer_append_u64(out, place + 1);
    buffer_append_text(out, " FETCH (");
    fetching->begun = false;
    if (fetching->uid)
        imap_fetch_number(imap, fetching, "UID ", item->uid);
    if (fetching->modseq || (seen && imap->condstore)) {
        imap_fetch_number(imap, fetching, "MODSEQ (", item->modseq);
        buffer_append_byte(out, ')');
    }
    if (fetching->flags || seen) {
        imap_fetch_blank(imap, fetching);
        imap_write_flags(imap, item);
    }
    if (fetching->date) {
        imap_fetch_blank(imap, fetching);
        buffer_append_text(out, "INTERNALDATE ");
        imap_append_date_time(out, item->received);
    }
    if (fetching->size)
        imap_fetch_number(
            imap, fetching, "RFC822.SIZE ",
            contents_bytes(store_contents(openxchange_store(imap->openxchange)), item->content));
    if (fetching->section_count > 0 || fetching->envelope || fetching->body || fetching->structure)
        imap_fetch_bytes(imap, fetching, index);
    buffer_append_text(out, ")\r\n");
}

/* ---- One after the other ---- */

static bool imap_fetch_go_on(struct imap_session *imap) {
    struct imap_fetching *fetching = imap->going_on_with;
    if (imap->view.folder == NULL) {
        imap_bye(imap, "Selected mailbox was deleted, have to disconnect.");
        return true;
    }
    for (; fetching->range < fetching->places.count; fetching->range++, fetching->place = 0) {
        const struct imap_place *range = &fetching->places.places[fetching->range];
        if (fetching->place < range->first)
            fetching->place = range->first;
        for (; fetching->place < range->end; fetching->place++) {
            if (imap_out_is_full(imap))
                return false;
            imap_fetch_one(imap, fetching, fetching->place);
        }
    }
    if (fetching->some_gone)
        imap_no(imap, "[EXPUNGEISSUED] Some of the requested messages no longer exist.");
    else
        imap_ok(imap, "Fetch completed.");
    return true;
}

void imap_fetch(struct imap_session *imap, struct imap_cursor *cursor) {
    struct imap_set set;
    struct imap_fetching *fetching = arena_take(imap->scratch, 1, sizeof *fetching);
    if (!imap_space(cursor) || !imap_set(cursor, &set)) {
        imap_bad(imap, "Invalid messageset");
        return;
    }
    if (!imap_fetch_read(imap, cursor, fetching)) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    if (!imap_view_places(imap, &set, &fetching->places))
        return;
    /* What was read points into the text of the command, which stays as it is until it ends. */
    imap->going_on_with = fetching;
    if (!imap_fetch_go_on(imap))
        imap->going_on = imap_fetch_go_on;
}
