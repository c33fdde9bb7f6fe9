/* Sections of a message (RFC 3501, 6.4.5). See imap_fetch.h. */
#include <string.h>

#include "imap_fetch.h"

/* "(name name …)". */
static bool imap_section_fields(struct imap_cursor *cursor, struct imap_section *section) {
    if (!imap_space(cursor) || !imap_byte(cursor, '('))
        return false;
    section->fields = arena_take(cursor->scratch, IMAP_FIELDS_MAX, sizeof *section->fields);
    do {
        if (section->field_count == IMAP_FIELDS_MAX ||
            !imap_astring(cursor, &section->fields[section->field_count++]))
            return false;
    } while (imap_space(cursor));
    return imap_byte(cursor, ')');
}

/* Letters and dots: unlike an atom it ends at a bracket. */
static struct str imap_section_word(struct imap_cursor *cursor) {
    const char *begin = cursor->at;
    while (cursor->at < cursor->end &&
           ((*cursor->at >= 'A' && *cursor->at <= 'Z') ||
            (*cursor->at >= 'a' && *cursor->at <= 'z') || *cursor->at == '.'))
        cursor->at++;
    return (struct str){begin, (size_t)(cursor->at - begin)};
}

static bool imap_section_text(struct imap_cursor *cursor, struct imap_section *section) {
    static const struct {
        const char *name;
        enum imap_section_what what;
    } words[] = {{"", IMAP_SECTION_ALL},
                 {"HEADER", IMAP_SECTION_HEADER},
                 {"TEXT", IMAP_SECTION_TEXT},
                 {"MIME", IMAP_SECTION_MIME},
                 {"HEADER.FIELDS", IMAP_SECTION_FIELDS},
                 {"HEADER.FIELDS.NOT", IMAP_SECTION_FIELDS_NOT}};
    struct str word = imap_section_word(cursor);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal_caseless(word, str_of(words[i].name))) {
            section->what = words[i].what;
            if (section->what == IMAP_SECTION_FIELDS || section->what == IMAP_SECTION_FIELDS_NOT)
                return imap_section_fields(cursor, section);
            return section->what != IMAP_SECTION_MIME || section->path_length > 0;
        }
    return false;
}

/* The answer names the section in capitals, whatever the question did. */
static struct str imap_section_label(struct imap_cursor *cursor, struct str asked,
                                     const struct imap_section *section) {
    struct buffer label = {0};
    buffer_append_text(&label, "BODY");
    for (size_t i = 0; i < asked.length; i++) {
        char byte = asked.data[i];
        buffer_append_byte(&label, byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte);
    }
    if (section->partial) {
        buffer_append_byte(&label, '<');
        buffer_append_u64(&label, section->origin);
        buffer_append_byte(&label, '>');
    }
    struct str kept = arena_str(cursor->scratch, buffer_str(&label));
    buffer_release(&label);
    return kept;
}

bool imap_section_read(struct imap_cursor *cursor, struct imap_section *section_r) {
    const char *begin = cursor->at;
    *section_r = (struct imap_section){0};
    if (!imap_byte(cursor, '['))
        return false;
    uint64_t number;
    while (imap_number(cursor, &number)) {
        if (number == 0 || number > UINT32_MAX || section_r->path_length == MIME_DEPTH_MAX)
            return false;
        section_r->path[section_r->path_length++] = (uint32_t)number;
        if (!imap_byte(cursor, '.'))
            break;
    }
    bool dotted = cursor->at > begin + 1 && cursor->at[-1] == '.';
    if (dotted || section_r->path_length == 0) {
        if (!imap_section_text(cursor, section_r) ||
            (dotted && section_r->what == IMAP_SECTION_ALL))
            return false;
    }
    if (!imap_byte(cursor, ']'))
        return false;
    struct str asked = {begin, (size_t)(cursor->at - begin)};
    if (imap_byte(cursor, '<')) {
        section_r->partial = true;
        if (!imap_number(cursor, &section_r->origin) || !imap_byte(cursor, '.') ||
            !imap_number(cursor, &section_r->octets) || section_r->octets == 0 ||
            !imap_byte(cursor, '>'))
            return false;
    }
    section_r->label = imap_section_label(cursor, asked, section_r);
    return true;
}

bool imap_section_named(struct str name, struct imap_section *section_r) {
    static const struct {
        const char *name;
        enum imap_section_what what;
        bool sets_seen;
    } known[] = {{"RFC822", IMAP_SECTION_ALL, true},
                 {"RFC822.HEADER", IMAP_SECTION_HEADER, false},
                 {"RFC822.TEXT", IMAP_SECTION_TEXT, true}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_equal_caseless(name, str_of(known[i].name))) {
            *section_r = (struct imap_section){.what = known[i].what,
                                               .label = str_of(known[i].name),
                                               .sets_seen = known[i].sets_seen};
            return true;
        }
    return false;
}

bool imap_section_is_content(const struct imap_section *section) {
    return (section->what == IMAP_SECTION_ALL || section->what == IMAP_SECTION_TEXT) &&
           section->origin == 0;
}

static bool imap_section_holds(const struct imap_section *section, struct str name) {
    for (size_t i = 0; i < section->field_count; i++)
        if (str_equal_caseless(section->fields[i], name))
            return true;
    return false;
}

static struct str imap_section_chosen(const struct imap_section *section, struct str header,
                                      struct buffer *fields) {
    struct str field, name;
    bool wanted = section->what == IMAP_SECTION_FIELDS;
    buffer_clear(fields);
    while (mime_field_next(&header, &field, &name))
        if (imap_section_holds(section, name) == wanted)
            buffer_append_str(fields, field);
    buffer_append_text(fields, "\r\n");
    return buffer_str(fields);
}

static struct str imap_section_whole(const struct imap_section *section, struct str message,
                                     const struct mime_part *parts, struct buffer *fields) {
    struct str header, body = message;
    if (section->path_length > 0) {
        const struct mime_part *part = mime_part_at(parts, section->path, section->path_length);
        bool of_message = section->what != IMAP_SECTION_ALL && section->what != IMAP_SECTION_MIME;
        if (part == NULL || (of_message && !part->is_message))
            return (struct str){NULL, 0};
        if (section->what == IMAP_SECTION_ALL)
            return part->body;
        if (section->what == IMAP_SECTION_MIME)
            return part->header;
        message = part->body;
    }
    switch (section->what) {
    case IMAP_SECTION_ALL:
    case IMAP_SECTION_MIME:
        return message;
    case IMAP_SECTION_HEADER:
        return mime_split(message, &body);
    case IMAP_SECTION_TEXT:
        mime_split(message, &body);
        return body;
    case IMAP_SECTION_FIELDS:
    case IMAP_SECTION_FIELDS_NOT:
        header = mime_split(message, &body);
        return imap_section_chosen(section, header, fields);
    }
    return message;
}

struct str imap_section_find(const struct imap_section *section, struct str message,
                             const struct mime_part *parts, struct buffer *fields) {
    struct str found = imap_section_whole(section, message, parts, fields);
    if (!section->partial || found.data == NULL)
        return found;
    uint64_t origin = section->origin < found.length ? section->origin : found.length;
    uint64_t left = found.length - origin;
    return (struct str){found.data + origin,
                        (size_t)(section->octets < left ? section->octets : left)};
}
