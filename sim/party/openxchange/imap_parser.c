/* Reading and writing of IMAP's words. See imap_parser.h. */
#include "imap_parser.h"

#include <string.h>

#include "../../../engine/base/check.h"
#include "../../../reports/history.h"

struct imap_cursor imap_cursor_of(struct str text, struct arena *scratch) {
    return (struct imap_cursor){text.data, text.data + text.length, scratch};
}

bool imap_parser_at_end(const struct imap_cursor *cursor) {
    return cursor->at == cursor->end;
}

static size_t imap_left(const struct imap_cursor *cursor) {
    return (size_t)(cursor->end - cursor->at);
}

struct str imap_rest(const struct imap_cursor *cursor) {
    return (struct str){cursor->at, imap_left(cursor)};
}

bool imap_byte(struct imap_cursor *cursor, char byte) {
    if (imap_parser_at_end(cursor) || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

bool imap_space(struct imap_cursor *cursor) {
    return imap_byte(cursor, ' ');
}

/* ---- Atoms ---- */

enum {
    LETTER_ATOM = 1,    /* ATOM-CHAR */
    LETTER_ASTRING = 2, /* and "]"; Dovecot takes the wildcards "%" and "*" too */
    LETTER_TAG = 4,     /* an ASTRING-CHAR but "+" */
};

/* What a byte may be part of. */
static unsigned imap_letter(char byte) {
    unsigned char value = (unsigned char)byte;
    if (value <= ' ' || value >= 0x7f)
        return 0;
    switch (byte) {
    case '(':
    case ')':
    case '{':
    case '"':
    case '\\':
        return 0;
    case '%':
    case '*':
        return LETTER_ASTRING;
    case ']':
        return LETTER_ASTRING | LETTER_TAG;
    case '+':
        return LETTER_ATOM | LETTER_ASTRING;
    default:
        return LETTER_ATOM | LETTER_ASTRING | LETTER_TAG;
    }
}

static bool imap_letters(struct imap_cursor *cursor, unsigned kind, struct str *piece_r) {
    const char *begin = cursor->at;
    while (!imap_parser_at_end(cursor) && (imap_letter(*cursor->at) & kind) != 0)
        cursor->at++;
    *piece_r = (struct str){begin, (size_t)(cursor->at - begin)};
    return piece_r->length > 0;
}

bool imap_atom(struct imap_cursor *cursor, struct str *atom_r) {
    return imap_letters(cursor, LETTER_ATOM, atom_r);
}

bool imap_tag(struct imap_cursor *cursor, struct str *tag_r) {
    return imap_letters(cursor, LETTER_TAG, tag_r);
}

bool imap_word(struct imap_cursor *cursor, const char *word) {
    struct imap_cursor ahead = *cursor;
    struct str atom;
    if (!imap_atom(&ahead, &atom) || !str_equal_caseless(atom, str_of(word)))
        return false;
    *cursor = ahead;
    return true;
}

bool imap_number(struct imap_cursor *cursor, uint64_t *number_r) {
    struct imap_cursor ahead = *cursor;
    while (!imap_parser_at_end(&ahead) && *ahead.at >= '0' && *ahead.at <= '9')
        ahead.at++;
    if (!str_to_u64((struct str){cursor->at, (size_t)(ahead.at - cursor->at)}, number_r))
        return false;
    *cursor = ahead;
    return true;
}

/* ---- Strings ---- */

static bool imap_quoted(struct imap_cursor *cursor, struct str *string_r) {
    struct imap_cursor ahead = *cursor;
    if (!imap_byte(&ahead, '"'))
        return false;
    const char *begin = ahead.at;
    bool escaped = false;
    for (; !imap_parser_at_end(&ahead) && *ahead.at != '"'; ahead.at++) {
        if (*ahead.at == '\\') {
            escaped = true;
            ahead.at++;
            if (imap_parser_at_end(&ahead) || (*ahead.at != '"' && *ahead.at != '\\'))
                return false;
        }
        if (*ahead.at == '\r' || *ahead.at == '\n' || *ahead.at == '\0')
            return false;
    }
    *string_r = (struct str){begin, (size_t)(ahead.at - begin)};
    if (!imap_byte(&ahead, '"'))
        return false;
    if (escaped) {
        char *plain = arena_text(cursor->scratch, *string_r);
        size_t length = 0;
        for (size_t i = 0; i < string_r->length; i++) {
            i += plain[i] == '\\';
            plain[length++] = plain[i];
        }
        *string_r = (struct str){plain, length};
    }
    *cursor = ahead;
    return true;
}

static bool imap_literal(struct imap_cursor *cursor, struct str *string_r) {
    struct imap_cursor ahead = *cursor;
    uint64_t bytes;
    imap_byte(&ahead, '~');
    if (!imap_byte(&ahead, '{') || !imap_number(&ahead, &bytes))
        return false;
    imap_byte(&ahead, '+');
    if (!imap_byte(&ahead, '}'))
        return false;
    imap_byte(&ahead, '\r');
    if (!imap_byte(&ahead, '\n') || bytes > imap_left(&ahead))
        return false;
    *string_r = (struct str){ahead.at, (size_t)bytes};
    if (memchr(ahead.at, '\0', (size_t)bytes) != NULL)
        return false;
    ahead.at += bytes;
    *cursor = ahead;
    return true;
}

bool imap_string(struct imap_cursor *cursor, struct str *string_r) {
    return imap_quoted(cursor, string_r) || imap_literal(cursor, string_r);
}

bool imap_astring(struct imap_cursor *cursor, struct str *string_r) {
    return imap_letters(cursor, LETTER_ASTRING, string_r) || imap_string(cursor, string_r);
}

bool imap_literal_at_end(struct str *line, struct imap_literal *literal_r) {
    size_t at = line->length;
    if (at < 3 || line->data[at - 1] != '}')
        return false;
    at--;
    literal_r->waits = line->data[at - 1] != '+';
    at -= !literal_r->waits;
    size_t end = at;
    while (at > 0 && line->data[at - 1] >= '0' && line->data[at - 1] <= '9')
        at--;
    if (at == 0 || line->data[at - 1] != '{' ||
        !str_to_u64((struct str){line->data + at, end - at}, &literal_r->bytes))
        return false;
    at--;
    at -= at > 0 && line->data[at - 1] == '~';
    line->length = at;
    return true;
}

/* ---- Sets ---- */

static bool imap_set_bound(struct imap_cursor *cursor, uint32_t *bound_r) {
    uint64_t number;
    *bound_r = 0;
    if (imap_byte(cursor, '*'))
        return true;
    if (!imap_number(cursor, &number) || number == 0 || number > UINT32_MAX)
        return false;
    *bound_r = (uint32_t)number;
    return true;
}

bool imap_set(struct imap_cursor *cursor, struct imap_set *set_r) {
    struct imap_cursor ahead = *cursor;
    size_t room = 1;
    for (const char *at = ahead.at; at < ahead.end && *at != ' ' && *at != '\r'; at++)
        room += *at == ',';
    if (room > IMAP_RANGES_MAX)
        return false;
    *set_r =
        (struct imap_set){.ranges = arena_take(cursor->scratch, room, sizeof(struct imap_range))};
    do {
        struct imap_range range;
        if (set_r->count == room || !imap_set_bound(&ahead, &range.first))
            return false;
        range.last = range.first;
        if (imap_byte(&ahead, ':') && !imap_set_bound(&ahead, &range.last))
            return false;
        set_r->ranges[set_r->count++] = range;
    } while (imap_byte(&ahead, ','));
    *cursor = ahead;
    return true;
}

/* ---- Flags ---- */

static bool imap_flag_system(struct str name, struct imap_flags *flags) {
    static const struct {
        const char *name;
        uint32_t flag;
    } known[] = {{"Seen", ITEM_SEEN},       {"Answered", ITEM_ANSWERED}, {"Flagged", ITEM_FLAGGED},
                 {"Deleted", ITEM_DELETED}, {"Draft", ITEM_DRAFT},       {"Recent", 0}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_equal_caseless(name, str_of(known[i].name))) {
            flags->flags |= known[i].flag;
            return true;
        }
    return false;
}

static void imap_flag_keyword(struct str name, struct imap_flags *flags) {
    if (str_equal_caseless(name, STR("$Forwarded"))) {
        flags->flags |= ITEM_FORWARDED;
        return;
    }
    for (size_t i = 0; i < flags->keyword_count; i++)
        if (str_equal_caseless(name, flags->keywords[i]))
            return;
    if (name.length > IMAP_KEYWORD_BYTES_MAX)
        flags->wrong = "Invalid keyword name: Keyword length too long";
    else if (flags->keyword_count == IMAP_KEYWORDS_MAX)
        flags->wrong = "Too many keywords";
    else
        flags->keywords[flags->keyword_count++] = name;
}

static bool imap_flag(struct imap_cursor *cursor, struct imap_flags *flags) {
    struct str name;
    if (imap_byte(cursor, '\\')) {
        if (!imap_atom(cursor, &name))
            return false;
        if (!imap_flag_system(name, flags))
            flags->wrong = "Invalid system flag";
        return true;
    }
    if (!imap_atom(cursor, &name))
        return false;
    imap_flag_keyword(name, flags);
    return true;
}

bool imap_flags(struct imap_cursor *cursor, struct imap_flags *flags_r) {
    struct imap_cursor ahead = *cursor;
    flags_r->flags = 0;
    flags_r->keyword_count = 0;
    flags_r->wrong = NULL;
    bool listed = imap_byte(&ahead, '(');
    if (!listed || !imap_byte(&ahead, ')')) {
        do {
            if (!imap_flag(&ahead, flags_r))
                return false;
        } while (imap_space(&ahead));
        if (listed && !imap_byte(&ahead, ')'))
            return false;
    }
    *cursor = ahead;
    return true;
}

/* ---- The other direction ---- */

static void imap_append_quoted(struct buffer *out, struct str text) {
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buffer_append_byte(out, '\\');
        buffer_append_byte(out, text.data[i]);
    }
    buffer_append_byte(out, '"');
}

static bool imap_is_quotable(struct str text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte >= 0x7f)
            return false;
    }
    return true;
}

void imap_append_nstring(struct buffer *out, struct str text) {
    if (text.data == NULL) {
        buffer_append_text(out, "NIL");
    } else if (imap_is_quotable(text)) {
        imap_append_quoted(out, text);
    } else {
        buffer_append_byte(out, '{');
        buffer_append_u64(out, text.length);
        buffer_append_text(out, "}\r\n");
        buffer_append_str(out, text);
    }
}

void imap_append_astring(struct buffer *out, struct str text) {
    struct imap_cursor cursor = imap_cursor_of(text, NULL);
    struct str atom;
    if (imap_atom(&cursor, &atom) && imap_parser_at_end(&cursor) &&
        !str_equal_caseless(text, STR("NIL")))
        buffer_append_str(out, text);
    else
        imap_append_nstring(out, text);
}
