/*
 * What a session knows of its folder, and how it learns what others did (RFC 3501, 5.2 and 5.5).
 *
 * The view is a vector of UIDs, so a sequence number is a place and a UID is found by halving.
 * Others' changes are noted as they are heard and told when a command ends: first what is gone,
 * the highest number first so that those below stay right, then how many there are, then flags.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"

enum { IMAP_VIEW_KEYWORDS_BYTES_MAX = 16 * 1024 };

static void imap_uids_add(struct imap_uids *uids, uint32_t uid) {
    if (uids->count > 0 && uids->uids[uids->count - 1] == uid)
        return;
    if (uids->count == uids->capacity) {
        uids->capacity = uids->capacity * 2 + 64;
        uids->uids = memory_grow(uids->uids, uids->capacity, sizeof *uids->uids);
    }
    uids->uids[uids->count++] = uid;
}

static int imap_uids_compare(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* In order, each once. */
static void imap_uids_sort(struct imap_uids *uids) {
    if (uids->count == 0)
        return;
    qsort(uids->uids, uids->count, sizeof *uids->uids, imap_uids_compare);
    size_t kept = 1;
    for (size_t i = 1; i < uids->count; i++)
        if (uids->uids[i] != uids->uids[kept - 1])
            uids->uids[kept++] = uids->uids[i];
    uids->count = kept;
}

/* The place of a UID, or of the next one above it. */
static bool imap_view_find(const struct imap_view *view, uint32_t uid, size_t *place_r) {
    size_t low = 0, high = view->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view->uids[middle] < uid)
            low = middle + 1;
        else
            high = middle;
    }
    *place_r = low;
    return low < view->count && view->uids[low] == uid;
}

bool imap_view_item(const struct imap_session *imap, size_t place, size_t *index_r) {
    const struct imap_view *view = &imap->view;
    check_compare(place, <, view->count);
    return store_item_find(view->folder, view->uids[place], index_r);
}

/* ---- Opening and closing ---- */

/* Takes into the view what came since; true when something did. */
static bool imap_view_grow(struct imap_view *view) {
    size_t index, count = store_item_count(view->folder);
    store_item_find(view->folder, view->uid_last + 1, &index);
    if (index == count)
        return false;
    if (view->count + (count - index) > view->capacity) {
        view->capacity = view->count + (count - index) + view->count / 2;
        view->uids = memory_grow(view->uids, view->capacity, sizeof *view->uids);
    }
    struct store_folder_marks *marks = store_folder_marks(view->folder);
    for (; index < count; index++) {
        uint32_t uid = store_item_at(view->folder, index)->uid;
        view->uids[view->count++] = uid;
        view->recent_count += uid >= view->recent_from;
        view->uid_last = uid;
    }
    if (!view->read_only && marks->recent_uid < view->uid_last)
        marks->recent_uid = view->uid_last;
    return true;
}

void imap_view_open(struct imap_session *imap, struct store_folder *folder, bool read_only) {
    struct imap_view *view = &imap->view;
    check(view->folder == NULL && view->count == 0);
    view->folder = folder;
    view->read_only = read_only;
    view->recent_from = store_folder_marks(folder)->recent_uid + 1;
    imap_view_grow(view);
    uint32_t last = 0;
    for (size_t i = 0; i < store_item_count(folder); i++) {
        uint32_t keywords = store_item_at(folder, i)->keywords;
        if (keywords != last)
            imap_view_learn_keywords(imap, keywords, false);
        last = keywords;
    }
}

void imap_view_close(struct imap_session *imap) {
    struct imap_view *view = &imap->view;
    free(view->uids);
    free(view->gone.uids);
    free(view->changed.uids);
    buffer_release(&view->keywords);
    *view = (struct imap_view){0};
}

/* ---- Hearing ---- */

/* What others changed is noted, never more than a few for each message of the view. */
static void imap_view_note(struct imap_view *view, const struct store_change *change) {
    size_t index;
    if (change->item.uid > view->uid_last)
        return; /* never told of, so nothing to tell */
    if (change->kind == FACT_ITEM_FLAGGED && !view->acting) {
        imap_uids_add(&view->changed, change->item.uid);
        if (view->changed.count > 2 * view->count + 64)
            imap_uids_sort(&view->changed);
    }
    /* A folder that is renamed says that its items left, and still has them. */
    if (change->kind == FACT_ITEM_REMOVED &&
        !store_item_find(view->folder, change->item.uid, &index))
        imap_uids_add(&view->gone, change->item.uid);
}

void imap_view_hear(struct store_listener *listener, const struct store_change *change) {
    struct imap_session *imap =
        (struct imap_session *)(void *)((char *)listener - offsetof(struct imap_session, listener));
    if (change->folder == imap->append.folder && change->kind == FACT_FOLDER_REMOVED &&
        store_folder_is_container(change->folder))
        imap->append.folder = NULL;
    if (imap->view.folder == NULL || change->folder != imap->view.folder)
        return;
    if (change->kind == FACT_FOLDER_REMOVED && store_folder_is_container(change->folder))
        imap->view.folder = NULL;
    else
        imap_view_note(&imap->view, change);
    if (imap->idling && !imap->called && change->kind != FACT_ITEM_DOWNLOADED) {
        imap->called = true;
        session_call(&imap->session);
    }
}

/* ---- Telling ---- */

static void imap_view_tell_gone(struct imap_session *imap) {
    struct imap_view *view = &imap->view;
    imap_uids_sort(&view->gone);
    size_t lowest = view->count;
    for (size_t i = view->gone.count; i-- > 0;) {
        size_t place;
        if (!imap_view_find(view, view->gone.uids[i], &place))
            continue;
        imap_say_number(imap, "", place + 1, " EXPUNGE");
        view->recent_count -= view->uids[place] >= view->recent_from;
        lowest = place;
    }
    size_t kept = lowest, next = 0;
    for (size_t i = lowest; i < view->count; i++) {
        while (next < view->gone.count && view->gone.uids[next] < view->uids[i])
            next++;
        if (next == view->gone.count || view->gone.uids[next] != view->uids[i])
            view->uids[kept++] = view->uids[i];
    }
    view->count = kept;
    view->gone.count = 0;
}

static void imap_view_tell_flags(struct imap_session *imap) {
    struct imap_view *view = &imap->view;
    imap_uids_sort(&view->changed);
    for (size_t i = 0; i < view->changed.count; i++) {
        size_t place, index;
        uint32_t uid = view->changed.uids[i];
        if (!imap_view_find(view, uid, &place) || !store_item_find(view->folder, uid, &index))
            continue;
        const struct store_item *item = store_item_at(view->folder, index);
        imap_view_learn_keywords(imap, item->keywords, true);
        buffer_printf(imap->out, "* %zu FETCH (", place + 1);
        if (imap->condstore)
            buffer_printf(imap->out, "UID %u MODSEQ (%llu) ", uid,
                          (unsigned long long)item->modseq);
        imap_write_flags(imap, item);
        buffer_append_text(imap->out, ")\r\n");
    }
    view->changed.count = 0;
}

void imap_view_tell(struct imap_session *imap, bool expunges) {
    struct imap_view *view = &imap->view;
    if (view->folder == NULL)
        return;
    if (expunges && view->gone.count > 0)
        imap_view_tell_gone(imap);
    if (imap_view_grow(view)) {
        imap_say_number(imap, "", view->count, " EXISTS");
        imap_say_number(imap, "", view->recent_count, " RECENT");
    }
    if (view->changed.count > 0)
        imap_view_tell_flags(imap);
}

/* ---- Flags ---- */

void imap_write_flags(struct imap_session *imap, const struct store_item *item) {
    static const struct {
        uint32_t flag;
        const char *name;
    } names[] = {{ITEM_ANSWERED, "\\Answered"}, {ITEM_FLAGGED, "\\Flagged"},
                 {ITEM_DELETED, "\\Deleted"},   {ITEM_SEEN, "\\Seen"},
                 {ITEM_DRAFT, "\\Draft"},       {ITEM_FORWARDED, "$Forwarded"}};
    struct buffer *out = imap->out;
    buffer_append_text(out, "FLAGS (");
    size_t begin = out->length;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((item->flags & names[i].flag) != 0) {
            buffer_append_text(out, names[i].name);
            buffer_append_byte(out, ' ');
        }
    if (imap->view.folder != NULL && item->uid >= imap->view.recent_from)
        buffer_append_text(out, "\\Recent ");
    if (item->keywords != 0) {
        struct history *history = store_history(openxchange_store(imap->openxchange));
        buffer_append_str(out, history_text(history, item->keywords));
        buffer_append_byte(out, ' ');
    }
    buffer_truncate(out, out->length - (out->length > begin));
    buffer_append_byte(out, ')');
}

void imap_view_say_flags(struct imap_session *imap) {
    const char *words = buffer_text(&imap->view.keywords);
    imap_say(imap, "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded%s)", words);
    if (imap->view.read_only)
        imap_say(imap, "OK [PERMANENTFLAGS ()] Read-only mailbox.");
    else
        imap_say(imap,
                 "OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded%s "
                 "\\*)] Flags permitted.",
                 words);
}

/* Whether `words`, each with a blank before it, hold `word`. */
static bool imap_keywords_hold(struct str words, struct str word) {
    while (words.length > 0)
        if (str_equal(str_cut(&words, ' '), word))
            return true;
    return false;
}

void imap_view_learn_keywords(struct imap_session *imap, uint32_t keywords, bool say) {
    struct buffer *known = &imap->view.keywords;
    if (keywords == 0)
        return;
    struct str words = history_text(store_history(openxchange_store(imap->openxchange)), keywords);
    bool learned = false;
    while (words.length > 0 && known->length < IMAP_VIEW_KEYWORDS_BYTES_MAX) {
        struct str word = str_cut(&words, ' ');
        if (imap_keywords_hold(buffer_str(known), word))
            continue;
        buffer_append_byte(known, ' ');
        buffer_append_str(known, word);
        learned = true;
    }
    if (learned && say)
        imap_view_say_flags(imap);
}

static int imap_keyword_compare(const void *left, const void *right) {
    const struct str *a = left, *b = right;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->data, b->data, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

uint32_t imap_keywords_name(struct imap_session *imap, struct imap_flags *flags) {
    if (flags->keyword_count == 0)
        return 0;
    qsort(flags->keywords, flags->keyword_count, sizeof flags->keywords[0], imap_keyword_compare);
    struct buffer joined = {0};
    for (size_t i = 0; i < flags->keyword_count; i++) {
        if (i > 0)
            buffer_append_byte(&joined, ' ');
        buffer_append_str(&joined, flags->keywords[i]);
    }
    uint32_t name =
        history_name(store_history(openxchange_store(imap->openxchange)), buffer_str(&joined));
    buffer_release(&joined);
    return name;
}

/* ---- Sets ---- */

static int imap_place_compare(const void *left, const void *right) {
    const struct imap_place *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* The places from one bound to the other; false where a sequence number is too high. */
static bool imap_view_place(const struct imap_session *imap, const struct imap_range *range,
                            struct imap_place *place_r) {
    const struct imap_view *view = &imap->view;
    uint32_t top =
        imap->by_uid ? (view->count == 0 ? 0 : view->uids[view->count - 1]) : (uint32_t)view->count;
    uint32_t low = range->first == 0 ? top : range->first;
    uint32_t high = range->last == 0 ? top : range->last;
    if (low > high) {
        uint32_t other = low;
        low = high;
        high = other;
    }
    *place_r = (struct imap_place){0, 0};
    if (imap->by_uid) {
        imap_view_find(view, low, &place_r->first);
        if (high == UINT32_MAX)
            place_r->end = view->count;
        else
            imap_view_find(view, high + 1, &place_r->end);
        return true;
    }
    if (low == 0 || high > view->count)
        return view->count == 0 && (range->first == 0 || range->last == 0);
    *place_r = (struct imap_place){low - 1, high};
    return true;
}

bool imap_view_places(struct imap_session *imap, const struct imap_set *set,
                      struct imap_places *places_r) {
    struct imap_place *places = arena_take(imap->scratch, set->count, sizeof(struct imap_place));
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (!imap_view_place(imap, &set->ranges[i], &places[count])) {
            imap_bad(imap, "Invalid messageset");
            return false;
        }
        count += places[count].first < places[count].end;
    }
    qsort(places, count, sizeof *places, imap_place_compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || places[i].first > places[kept - 1].end)
            places[kept++] = places[i];
        else if (places[i].end > places[kept - 1].end)
            places[kept - 1].end = places[i].end;
    }
    *places_r = (struct imap_places){places, kept};
    return true;
}

bool imap_places_hold(const struct imap_places *places, size_t place) {
    size_t low = 0, high = places->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places->places[middle].end <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < places->count && places->places[low].first <= place;
}
