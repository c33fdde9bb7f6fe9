/*
 * SEARCH (RFC 3501, 6.4.4) with RETURN (4731), YOUNGER and OLDER (5032) and MODSEQ (7162). A key is
 * a node of a tree; text is looked for in the bytes as they lie, ASCII letters without case.
 */
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"
#include "mime_structure.h"

enum { IMAP_SEARCH_DEPTH_MAX = 32, IMAP_SEARCH_KEYS_MAX = 1000 };

enum imap_key_kind {
    KEY_ALL,
    KEY_AND, /* all of the children */
    KEY_OR,
    KEY_NOT,
    KEY_PLACES,
    KEY_FLAG,
    KEY_UNFLAG,
    KEY_RECENT,
    KEY_OLD,
    KEY_NEW,
    KEY_KEYWORD,
    KEY_UNKEYWORD,
    KEY_BEFORE,
    KEY_ON,
    KEY_SINCE,
    KEY_SENT_BEFORE,
    KEY_SENT_ON,
    KEY_SENT_SINCE,
    KEY_LARGER,
    KEY_SMALLER,
    KEY_YOUNGER,
    KEY_OLDER,
    KEY_MODSEQ,
    KEY_HEADER,
    KEY_BODY,
    KEY_TEXT,
};

struct imap_key {
    enum imap_key_kind kind;
    uint64_t number; /* flag, size, seconds, modseq */
    instant day;
    struct str field, text;
    struct imap_places places;
    struct imap_key *first, *next;
};

enum imap_key_argument { TAKES_NOTHING, TAKES_TEXT, TAKES_DATE, TAKES_NUMBER, TAKES_ATOM };

static const struct imap_key_word {
    const char *name;
    enum imap_key_kind kind;
    enum imap_key_argument takes;
    uint64_t flag;
    const char *field;
} imap_key_words[] = {
    {"ALL", KEY_ALL, TAKES_NOTHING, 0, NULL},
    {"ANSWERED", KEY_FLAG, TAKES_NOTHING, ITEM_ANSWERED, NULL},
    {"DELETED", KEY_FLAG, TAKES_NOTHING, ITEM_DELETED, NULL},
    {"DRAFT", KEY_FLAG, TAKES_NOTHING, ITEM_DRAFT, NULL},
    {"FLAGGED", KEY_FLAG, TAKES_NOTHING, ITEM_FLAGGED, NULL},
    {"SEEN", KEY_FLAG, TAKES_NOTHING, ITEM_SEEN, NULL},
    {"UNANSWERED", KEY_UNFLAG, TAKES_NOTHING, ITEM_ANSWERED, NULL},
    {"UNDELETED", KEY_UNFLAG, TAKES_NOTHING, ITEM_DELETED, NULL},
    {"UNDRAFT", KEY_UNFLAG, TAKES_NOTHING, ITEM_DRAFT, NULL},
    {"UNFLAGGED", KEY_UNFLAG, TAKES_NOTHING, ITEM_FLAGGED, NULL},
    {"UNSEEN", KEY_UNFLAG, TAKES_NOTHING, ITEM_SEEN, NULL},
    {"RECENT", KEY_RECENT, TAKES_NOTHING, 0, NULL},
    {"OLD", KEY_OLD, TAKES_NOTHING, 0, NULL},
    {"NEW", KEY_NEW, TAKES_NOTHING, 0, NULL},
    {"KEYWORD", KEY_KEYWORD, TAKES_ATOM, 0, NULL},
    {"UNKEYWORD", KEY_UNKEYWORD, TAKES_ATOM, 0, NULL},
    {"BEFORE", KEY_BEFORE, TAKES_DATE, 0, NULL},
    {"ON", KEY_ON, TAKES_DATE, 0, NULL},
    {"SINCE", KEY_SINCE, TAKES_DATE, 0, NULL},
    {"SENTBEFORE", KEY_SENT_BEFORE, TAKES_DATE, 0, NULL},
    {"SENTON", KEY_SENT_ON, TAKES_DATE, 0, NULL},
    {"SENTSINCE", KEY_SENT_SINCE, TAKES_DATE, 0, NULL},
    {"LARGER", KEY_LARGER, TAKES_NUMBER, 0, NULL},
    {"SMALLER", KEY_SMALLER, TAKES_NUMBER, 0, NULL},
    {"YOUNGER", KEY_YOUNGER, TAKES_NUMBER, 0, NULL},
    {"OLDER", KEY_OLDER, TAKES_NUMBER, 0, NULL},
    {"MODSEQ", KEY_MODSEQ, TAKES_NUMBER, 0, NULL},
    {"BODY", KEY_BODY, TAKES_TEXT, 0, NULL},
    {"TEXT", KEY_TEXT, TAKES_TEXT, 0, NULL},
    {"FROM", KEY_HEADER, TAKES_TEXT, 0, "From"},
    {"TO", KEY_HEADER, TAKES_TEXT, 0, "To"},
    {"CC", KEY_HEADER, TAKES_TEXT, 0, "Cc"},
    {"BCC", KEY_HEADER, TAKES_TEXT, 0, "Bcc"},
    {"SUBJECT", KEY_HEADER, TAKES_TEXT, 0, "Subject"},
};

struct imap_searching {
    struct imap_session *imap;
    struct imap_cursor *cursor;
    size_t keys;
    bool said_bad, with_modseq;
    bool returns, min, max, count, all; /* RETURN (…) */
};

/* ---- Reading ---- */

static struct imap_key *imap_key_read(struct imap_searching *searching, int depth);

static bool imap_key_argument(struct imap_searching *searching, const struct imap_key_word *word,
                              struct imap_key *key) {
    struct imap_cursor *cursor = searching->cursor;
    if (word->takes == TAKES_NOTHING)
        return true;
    if (!imap_space(cursor))
        return false;
    switch (word->takes) {
    case TAKES_NOTHING:
        return true;
    case TAKES_TEXT:
        return imap_astring(cursor, &key->text);
    case TAKES_DATE:
        return imap_session_date(cursor, &key->day);
    case TAKES_NUMBER:
        return imap_number(cursor, &key->number);
    case TAKES_ATOM:
        return imap_atom(cursor, &key->text);
    }
    return false;
}

static bool imap_key_named(struct imap_searching *searching, struct imap_key *key) {
    for (size_t i = 0; i < sizeof imap_key_words / sizeof imap_key_words[0]; i++) {
        const struct imap_key_word *word = &imap_key_words[i];
        if (!imap_word(searching->cursor, word->name))
            continue;
        key->kind = word->kind;
        key->number = word->flag;
        key->field = str_of(word->field);
        searching->with_modseq = searching->with_modseq || word->kind == KEY_MODSEQ;
        return imap_key_argument(searching, word, key);
    }
    return false;
}

/* Sequence numbers, or behind UID those. */
static bool imap_key_places(struct imap_searching *searching, struct imap_key *key, bool by_uid) {
    struct imap_session *imap = searching->imap;
    struct imap_set set;
    if (!imap_set(searching->cursor, &set))
        return false;
    bool command_by_uid = imap->by_uid;
    imap->by_uid = by_uid;
    bool good = imap_view_places(imap, &set, &key->places);
    imap->by_uid = command_by_uid;
    searching->said_bad = !good;
    key->kind = KEY_PLACES;
    return good;
}

/* Keys with a blank between, as children of `parent`. */
static bool imap_key_children(struct imap_searching *searching, struct imap_key *parent,
                              size_t most, int depth) {
    struct imap_key **place = &parent->first;
    size_t count = 0;
    do {
        *place = imap_key_read(searching, depth + 1);
        if (*place == NULL)
            return false;
        place = &(*place)->next;
        count++;
    } while (count < most && imap_space(searching->cursor));
    return true;
}

static bool imap_key_inner(struct imap_searching *searching, struct imap_key *key, int depth) {
    struct imap_cursor *cursor = searching->cursor;
    if (imap_byte(cursor, '(')) {
        key->kind = KEY_AND;
        return imap_key_children(searching, key, SIZE_MAX, depth) && imap_byte(cursor, ')');
    }
    if (imap_word(cursor, "NOT")) {
        key->kind = KEY_NOT;
        return imap_space(cursor) && imap_key_children(searching, key, 1, depth);
    }
    if (imap_word(cursor, "OR")) {
        key->kind = KEY_OR;
        return imap_space(cursor) && imap_key_children(searching, key, 2, depth) &&
               key->first->next != NULL;
    }
    if (imap_word(cursor, "UID"))
        return imap_space(cursor) && imap_key_places(searching, key, true);
    if (imap_word(cursor, "HEADER")) {
        key->kind = KEY_HEADER;
        return imap_space(cursor) && imap_astring(cursor, &key->field) && imap_space(cursor) &&
               imap_astring(cursor, &key->text);
    }
    if (cursor->at < cursor->end &&
        (*cursor->at == '*' || (*cursor->at >= '0' && *cursor->at <= '9')))
        return imap_key_places(searching, key, false);
    return imap_key_named(searching, key);
}

static struct imap_key *imap_key_read(struct imap_searching *searching, int depth) {
    if (depth > IMAP_SEARCH_DEPTH_MAX || ++searching->keys > IMAP_SEARCH_KEYS_MAX)
        return NULL;
    struct imap_key *key = arena_take(searching->imap->scratch, 1, sizeof *key);
    return imap_key_inner(searching, key, depth) ? key : NULL;
}

/* "RETURN (MIN MAX COUNT ALL) ", or nothing. */
static bool imap_search_returns(struct imap_searching *searching) {
    struct imap_cursor *cursor = searching->cursor;
    if (!imap_word(cursor, "RETURN"))
        return true;
    searching->returns = true;
    if (!imap_space(cursor) || !imap_byte(cursor, '('))
        return false;
    if (imap_byte(cursor, ')')) {
        searching->all = true;
        return imap_space(cursor);
    }
    do {
        if (imap_word(cursor, "MIN"))
            searching->min = true;
        else if (imap_word(cursor, "MAX"))
            searching->max = true;
        else if (imap_word(cursor, "COUNT"))
            searching->count = true;
        else if (imap_word(cursor, "ALL"))
            searching->all = true;
        else
            return false;
    } while (imap_space(cursor));
    return imap_byte(cursor, ')') && imap_space(cursor);
}

/* ---- Looking ---- */

static bool imap_text_holds(struct str text, struct str piece) {
    if (piece.length > text.length)
        return false;
    for (size_t at = 0; at <= text.length - piece.length; at++)
        if (str_equal_caseless((struct str){text.data + at, piece.length}, piece))
            return true;
    return false;
}

/* The day a message says it was sent on, without regard to its clock and zone. */
static bool imap_sent_day(struct str header, instant *day_r) {
    struct str date = mime_field(header, "Date");
    while (date.length > 0 && (date.data[0] < '0' || date.data[0] > '9'))
        date = (struct str){date.data + 1, date.length - 1};
    char text[12];
    size_t length = 0;
    for (; length < sizeof text - 1 && length < date.length; length++)
        text[length] = date.data[length] == ' ' ? '-' : date.data[length];
    struct imap_cursor cursor = imap_cursor_of((struct str){text, length}, NULL);
    return imap_session_date(&cursor, day_r);
}

static instant imap_day(instant at) {
    struct civil civil = civil_of_instant(at);
    return instant_of_civil(
        &(struct civil){.year = civil.year, .month = civil.month, .day = civil.day});
}

static bool imap_has_keyword(struct imap_session *imap, const struct store_item *item,
                             struct str keyword) {
    if (str_equal_caseless(keyword, STR("$Forwarded")))
        return (item->flags & ITEM_FORWARDED) != 0;
    struct str words =
        history_text(store_history(openxchange_store(imap->openxchange)), item->keywords);
    while (words.length > 0)
        if (str_equal_caseless(str_cut(&words, ' '), keyword))
            return true;
    return false;
}

/* What needs the message's bytes. */
static bool imap_key_matches_bytes(struct imap_session *imap, const struct imap_key *key,
                                   uint32_t content) {
    struct str message = imap_render(imap, content), body, field, name;
    struct str header = mime_split(message, &body);
    instant sent;
    if (key->kind == KEY_TEXT)
        return imap_text_holds(message, key->text);
    if (key->kind == KEY_BODY)
        return imap_text_holds(body, key->text);
    if (key->kind != KEY_HEADER) {
        if (!imap_sent_day(header, &sent))
            return false;
        return key->kind == KEY_SENT_BEFORE ? sent < key->day
               : key->kind == KEY_SENT_ON   ? sent == key->day
                                            : sent >= key->day;
    }
    while (mime_field_next(&header, &field, &name)) {
        if (!str_equal_caseless(name, key->field) || name.length == 0)
            continue;
        const char *colon = memchr(field.data, ':', field.length);
        size_t begin = (size_t)(colon - field.data) + 1;
        if (imap_text_holds(str_trim((struct str){field.data + begin, field.length - begin}),
                            key->text))
            return true;
    }
    return false;
}

static bool imap_key_matches(struct imap_session *imap, const struct imap_key *key,
                             const struct store_item *item, size_t place) {
    struct store *store = openxchange_store(imap->openxchange);
    instant now = store_clock(store)->now;
    bool recent = item->uid >= imap->view.recent_from;
    int64_t seconds = key->number > INT32_MAX ? INT32_MAX : (int64_t)key->number;
    switch (key->kind) {
    case KEY_ALL:
        return true;
    case KEY_AND:
        for (const struct imap_key *child = key->first; child != NULL; child = child->next)
            if (!imap_key_matches(imap, child, item, place))
                return false;
        return true;
    case KEY_OR:
        return imap_key_matches(imap, key->first, item, place) ||
               imap_key_matches(imap, key->first->next, item, place);
    case KEY_NOT:
        return !imap_key_matches(imap, key->first, item, place);
    case KEY_PLACES:
        return imap_places_hold(&key->places, place);
    case KEY_FLAG:
        return (item->flags & key->number) != 0;
    case KEY_UNFLAG:
        return (item->flags & key->number) == 0;
    case KEY_RECENT:
        return recent;
    case KEY_OLD:
        return !recent;
    case KEY_NEW:
        return recent && (item->flags & ITEM_SEEN) == 0;
    case KEY_KEYWORD:
        return imap_has_keyword(imap, item, key->text);
    case KEY_UNKEYWORD:
        return !imap_has_keyword(imap, item, key->text);
    case KEY_BEFORE:
        return item->received < key->day;
    case KEY_ON:
        return imap_day(item->received) == key->day;
    case KEY_SINCE:
        return item->received >= key->day;
    case KEY_LARGER:
        return contents_bytes(store_contents(store), item->content) > key->number;
    case KEY_SMALLER:
        return contents_bytes(store_contents(store), item->content) < key->number;
    case KEY_YOUNGER:
        return item->received >= now - seconds * SECOND;
    case KEY_OLDER:
        return item->received <= now - seconds * SECOND;
    case KEY_MODSEQ:
        return item->modseq >= key->number;
    case KEY_SENT_BEFORE:
    case KEY_SENT_ON:
    case KEY_SENT_SINCE:
    case KEY_HEADER:
    case KEY_BODY:
    case KEY_TEXT:
        return imap_key_matches_bytes(imap, key, item->content);
    }
    return false;
}

/* ---- Telling ---- */

struct imap_found {
    uint32_t *numbers; /* in order */
    size_t count;
    uint64_t modseq;
};

static void imap_search_say_extended(const struct imap_searching *searching,
                                     const struct imap_found *found) {
    struct imap_session *imap = searching->imap;
    struct buffer *out = imap->out;
    buffer_printf(out, "* ESEARCH (TAG \"%s\")%s", buffer_text(&imap->tag),
                  imap->by_uid ? " UID" : "");
    if (searching->min && found->count > 0)
        buffer_printf(out, " MIN %u", found->numbers[0]);
    if (searching->max && found->count > 0)
        buffer_printf(out, " MAX %u", found->numbers[found->count - 1]);
    if (searching->count)
        buffer_printf(out, " COUNT %zu", found->count);
    for (size_t i = 0; searching->all && i < found->count;) {
        size_t last = i;
        while (last + 1 < found->count && found->numbers[last + 1] == found->numbers[last] + 1)
            last++;
        buffer_append_text(out, i == 0 ? " ALL " : ",");
        buffer_append_u64(out, found->numbers[i]);
        if (last > i) {
            buffer_append_byte(out, ':');
            buffer_append_u64(out, found->numbers[last]);
        }
        i = last + 1;
    }
    if (searching->with_modseq && found->count > 0)
        buffer_printf(out, " MODSEQ %llu", (unsigned long long)found->modseq);
    buffer_append_text(out, "\r\n");
}

static void imap_search_say(const struct imap_searching *searching,
                            const struct imap_found *found) {
    struct buffer *out = searching->imap->out;
    if (searching->returns) {
        imap_search_say_extended(searching, found);
        return;
    }
    buffer_append_text(out, "* SEARCH");
    for (size_t i = 0; i < found->count; i++) {
        buffer_append_byte(out, ' ');
        buffer_append_u64(out, found->numbers[i]);
    }
    if (searching->with_modseq && found->count > 0)
        buffer_printf(out, " (MODSEQ %llu)", (unsigned long long)found->modseq);
    buffer_append_text(out, "\r\n");
}

static void imap_search_all(struct imap_searching *searching, const struct imap_key *key) {
    struct imap_session *imap = searching->imap;
    struct imap_found found = {0};
    found.numbers = arena_take(imap->scratch, imap->view.count, sizeof *found.numbers);
    for (size_t place = 0; place < imap->view.count; place++) {
        size_t index;
        if (!imap_view_item(imap, place, &index))
            continue;
        const struct store_item *item = store_item_at(imap->view.folder, index);
        if (!imap_key_matches(imap, key, item, place))
            continue;
        found.numbers[found.count++] = imap->by_uid ? item->uid : (uint32_t)place + 1;
        if (item->modseq > found.modseq)
            found.modseq = item->modseq;
    }
    imap_search_say(searching, &found);
    imap_ok(imap, "Search completed.");
}

void imap_search(struct imap_session *imap, struct imap_cursor *cursor) {
    struct imap_searching searching = {.imap = imap, .cursor = cursor};
    struct imap_key all = {.kind = KEY_AND};
    struct str charset = STR("UTF-8");
    if (!imap_space(cursor) || !imap_search_returns(&searching) ||
        (imap_word(cursor, "CHARSET") &&
         (!imap_space(cursor) || !imap_astring(cursor, &charset) || !imap_space(cursor)))) {
        imap_bad(imap, "Invalid arguments.");
        return;
    }
    if (!str_equal_caseless(charset, STR("UTF-8")) &&
        !str_equal_caseless(charset, STR("US-ASCII"))) {
        imap_no(imap, "[BADCHARSET (US-ASCII UTF-8)] Unknown charset");
        return;
    }
    bool good = imap_key_children(&searching, &all, SIZE_MAX, 0) && imap_parser_at_end(cursor);
    if (searching.said_bad)
        return;
    if (good)
        imap_search_all(&searching, &all);
    else
        imap_bad(imap, "Unknown or invalid search key.");
}
