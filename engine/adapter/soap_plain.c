/*
 * The plain tokenizer. See soap_inside.h. It gives up at all that would need a second thought:
 * comments, CDATA, instructions, a document type, references other than the five predefined ones,
 * carriage returns, controls, "]]", bytes that are no UTF-8, names beyond ASCII, ">" and "&" in
 * attributes, namespaces that are reserved or empty, prefixes that are bound nowhere, doubled
 * attributes, end tags that do not fit, anything behind the root; and where its room is too small.
 *
 * `open` holds the declaration and the start tags of the elements that are open, as they came, and
 * behind them the tag under way. So that is whole when it is looked at, however it came, ends at
 * its ">", which stops every loop over it, and is the prologue when libxml2 takes over. Text is
 * passed on where it lies.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "soap_bytes.h"
#include "soap_inside.h"

enum {
    PLAIN_OPEN_MAX = 4096, /* bytes of declaration and tags */
    PLAIN_SPACES_MAX = 32, /* namespaces bound at a time */
    PLAIN_ATTRIBUTES_MAX = 16,
};

enum plain_place { PLAIN_BEGIN, PLAIN_BEFORE, PLAIN_INSIDE, PLAIN_AFTER /* the root */ };

struct plain_space { /* offsets are into `open` */
    uint16_t prefix, length;
    bool is_soap;
};

struct plain_element {
    uint16_t begin;       /* of its start tag, in `open` */
    uint16_t name_length; /* with the prefix */
    uint16_t space_count; /* outside it */
};

struct soap_plain {
    struct soap_reader *reader; /* borrows */
    enum plain_place place;
    size_t declaration; /* bytes of it, at the front of `open` */
    size_t length;      /* of `open`, without the token under way */
    size_t kept;        /* bytes of that, which the end of a piece cut */
    size_t space_count;
    struct plain_space spaces[PLAIN_SPACES_MAX];
    struct plain_element elements[SOAP_DEPTH_MAX];
    char open[PLAIN_OPEN_MAX + SOAP_BEHIND];
};

/* A start tag being read. */
struct plain_tag {
    const char *at, *last; /* the last byte is ">" */
    struct str name, prefix, local;
    bool is_empty;                          /* "/>" */
    struct str names[PLAIN_ATTRIBUTES_MAX]; /* of all attributes, with their prefixes */
    struct soap_attribute attributes[PLAIN_ATTRIBUTES_MAX]; /* without those that bind */
    size_t name_count, attribute_count;
    struct str attribute_prefix; /* of the one attribute whose prefix must be bound */
};

struct soap_plain *soap_plain_new(struct soap_reader *reader) {
    struct soap_plain *plain = memory_new(1, sizeof *plain);
    plain->reader = reader;
    return plain;
}

void soap_plain_close(struct soap_plain **plain) {
    free(*plain);
    *plain = NULL;
}

bool soap_plain_is_whole(const struct soap_plain *plain) {
    return plain->place == PLAIN_AFTER && plain->kept == 0;
}

struct soap_prologue soap_plain_prologue(const struct soap_plain *plain) {
    return (struct soap_prologue){.open = str_bytes(plain->open, plain->length),
                                  .kept = str_bytes(plain->open + plain->length, plain->kept),
                                  .starts =
                                      plain->place == PLAIN_AFTER ? 1 : soap_depth(plain->reader)};
}

/* ---- start tags ------------------------------------------------------------------------------ */

static bool tag_name_part(struct plain_tag *tag, struct str *part_r) {
    const char *begin = tag->at;
    tag->at = soap_skip_name(begin);
    *part_r = (struct str){begin, (size_t)(tag->at - begin)};
    return tag->at > begin;
}

/* A name, its prefix (empty: none) and what follows that. */
static bool tag_name(struct plain_tag *tag, struct str *name_r, struct str *prefix_r,
                     struct str *local_r) {
    const char *begin = tag->at;
    *prefix_r = STR("");
    if (!tag_name_part(tag, local_r))
        return false;
    if (*tag->at == ':') {
        tag->at++;
        *prefix_r = *local_r;
        if (!tag_name_part(tag, local_r))
            return false;
    }
    *name_r = (struct str){begin, (size_t)(tag->at - begin)};
    return true;
}

/* Binds a prefix. The namespaces of XML itself are for libxml2, and so is the empty one. */
static bool plain_bind(struct soap_plain *plain, struct str prefix, struct str uri) {
    if (plain->space_count == PLAIN_SPACES_MAX || uri.length == 0 ||
        str_starts_with(uri, "http://www.w3.org/XML/1998/namespace") ||
        str_starts_with(uri, "http://www.w3.org/2000/xmlns/") ||
        str_starts_with_caseless(prefix, "xml"))
        return false;
    plain->spaces[plain->space_count++] = (struct plain_space){
        .prefix = prefix.length == 0 ? 0 : (uint16_t)(prefix.data - plain->open),
        .length = (uint16_t)prefix.length,
        .is_soap = str_equal(uri, STR(SOAP_NAMESPACE))};
    return true;
}

/* Whether a prefix is bound; no prefix need not be. */
static bool plain_resolve(const struct soap_plain *plain, struct str prefix, bool *is_soap_r) {
    *is_soap_r = false;
    for (size_t i = plain->space_count; i-- > 0;) {
        const struct plain_space *space = &plain->spaces[i];
        if (str_equal((struct str){plain->open + space->prefix, space->length}, prefix)) {
            *is_soap_r = space->is_soap;
            return true;
        }
    }
    return prefix.length == 0;
}

/* One prefix may stand before an attribute: two could be one name by different prefixes. */
static bool tag_attribute_prefix(struct plain_tag *tag, struct str name, struct str prefix) {
    if (prefix.length == 0 || str_equal(name, STR("xml:lang")))
        return true;
    if (tag->attribute_prefix.length > 0 || str_starts_with_caseless(prefix, "xml"))
        return false;
    tag->attribute_prefix = prefix;
    return true;
}

static bool plain_attribute(struct soap_plain *plain, struct plain_tag *tag) {
    struct str name, prefix, local;
    if (tag->name_count == PLAIN_ATTRIBUTES_MAX || !tag_name(tag, &name, &prefix, &local) ||
        tag->at[0] != '=' || (tag->at[1] != '"' && tag->at[1] != '\''))
        return false;
    const char *begin = tag->at + 2, *end = soap_skip_value(begin, tag->at[1]);
    if (*end != tag->at[1])
        return false;
    struct str value = {begin, (size_t)(end - begin)};
    tag->at = end + 1;
    for (size_t i = 0; i < tag->name_count; i++)
        if (str_equal(tag->names[i], name))
            return false;
    tag->names[tag->name_count++] = name;
    if (str_equal(prefix, STR("xmlns")))
        return plain_bind(plain, local, value);
    if (str_equal(name, STR("xmlns")))
        return plain_bind(plain, STR(""), value);
    tag->attributes[tag->attribute_count++] = (struct soap_attribute){local, value};
    return tag_attribute_prefix(tag, name, prefix);
}

/* Name and attributes, up to the end, which must come where the tag's last byte is. */
static bool plain_read_tag(struct soap_plain *plain, struct plain_tag *tag) {
    if (!tag_name(tag, &tag->name, &tag->prefix, &tag->local))
        return false;
    for (;;) {
        const char *blank = tag->at;
        tag->at = soap_skip_blanks(tag->at, tag->last);
        tag->is_empty = *tag->at == '/';
        if (tag->is_empty)
            tag->at++;
        if (tag->at == tag->last)
            return true;
        if (tag->is_empty || tag->at == blank || !plain_attribute(plain, tag))
            return false;
    }
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static enum soap_answer plain_over(struct soap_plain *plain) {
    static const char root[] = "<a/>"; /* libxml2 need only know that there was one */
    plain->place = PLAIN_AFTER;
    memcpy(plain->open + plain->declaration, root, sizeof root - 1);
    plain->length = plain->declaration + sizeof root - 1;
    return SOAP_DONE;
}

/* A start tag that lies behind `open`. */
static enum soap_answer plain_start(struct soap_plain *plain, size_t length) {
    struct soap_reader *reader = plain->reader;
    const char *begin = plain->open + plain->length;
    struct plain_tag tag;
    bool is_soap, ignored;
    size_t space_count = plain->space_count;
    tag.at = begin + 1;
    tag.last = begin + length - 1;
    tag.name_count = tag.attribute_count = 0;
    tag.attribute_prefix = STR("");
    if (!plain_read_tag(plain, &tag) || !plain_resolve(plain, tag.prefix, &is_soap) ||
        !plain_resolve(plain, tag.attribute_prefix, &ignored)) {
        plain->space_count = space_count;
        return SOAP_ODD;
    }
    struct soap_attributes attributes = {.first = tag.attributes, .count = tag.attribute_count};
    plain->place = PLAIN_INSIDE;
    soap_saw_start(reader, tag.local, is_soap, &attributes);
    if (!soap_goes_on(reader))
        return SOAP_DONE;
    if (tag.is_empty) {
        soap_saw_end(reader);
        plain->space_count = space_count;
        return soap_depth(reader) == 0 ? plain_over(plain) : SOAP_DONE;
    }
    plain->elements[soap_depth(reader) - 1] =
        (struct plain_element){.begin = (uint16_t)plain->length,
                               .name_length = (uint16_t)tag.name.length,
                               .space_count = (uint16_t)space_count};
    plain->length += length;
    return SOAP_DONE;
}

static enum soap_answer plain_end(struct soap_plain *plain) {
    const struct plain_element *element = &plain->elements[soap_depth(plain->reader) - 1];
    plain->length = element->begin;
    plain->space_count = element->space_count;
    soap_saw_end(plain->reader);
    return soap_depth(plain->reader) == 0 ? plain_over(plain) : SOAP_DONE;
}

/* The name of the innermost element. */
static struct str plain_name(const struct soap_plain *plain) {
    const struct plain_element *element = &plain->elements[soap_depth(plain->reader) - 1];
    return str_bytes(plain->open + element->begin + 1, element->name_length);
}

static bool plain_ends(const struct soap_plain *plain, struct str token) {
    struct str name = plain_name(plain);
    const char *last = token.data + token.length - 1;
    return token.length >= name.length + 3 && memcmp(token.data + 2, name.data, name.length) == 0 &&
           soap_skip_blanks(token.data + 2 + name.length, last) == last;
}

static bool is_declaration(struct str token) {
    static const char *const declarations[] = {
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.0' encoding='UTF-8'?>",
        "<?xml version=\"1.0\"?>"};
    for (size_t i = 0; i < sizeof declarations / sizeof declarations[0]; i++)
        if (str_equal_text(token, declarations[i]))
            return true;
    return false;
}

/* A whole token from "<" to ">", in a piece or behind `open`. */
static enum soap_answer plain_token(struct soap_plain *plain, struct str token) {
    if (plain->place == PLAIN_AFTER)
        return SOAP_ODD;
    if (token.data[1] == '/')
        return plain->place == PLAIN_INSIDE && plain_ends(plain, token) ? plain_end(plain)
                                                                        : SOAP_ODD;
    bool is_first = plain->place == PLAIN_BEGIN && token.data[1] == '?';
    if (plain->length + token.length > PLAIN_OPEN_MAX || (is_first && !is_declaration(token)))
        return SOAP_ODD;
    char *behind = plain->open + plain->length;
    if (token.data != behind)
        memcpy(behind, token.data, token.length);
    if (!is_first)
        return plain_start(plain, token.length);
    plain->place = PLAIN_BEFORE;
    plain->declaration = plain->length = token.length;
    return SOAP_DONE;
}

static enum soap_answer plain_angle(struct soap_plain *plain, struct str *rest) {
    if (plain->place == PLAIN_INSIDE) { /* half of all tags, and mostly as short as can be */
        struct str name = plain_name(plain);
        if (rest->length >= name.length + 3 && rest->data[1] == '/' &&
            rest->data[name.length + 2] == '>' &&
            memcmp(rest->data + 2, name.data, name.length) == 0) {
            *rest = (struct str){rest->data + name.length + 3, rest->length - name.length - 3};
            return plain_end(plain);
        }
    }
    const char *last = memchr(rest->data, '>', rest->length);
    if (last == NULL)
        return SOAP_MORE;
    struct str token = {rest->data, (size_t)(last + 1 - rest->data)};
    enum soap_answer answer = plain_token(plain, token);
    if (answer == SOAP_DONE)
        *rest = (struct str){last + 1, rest->length - token.length};
    return answer;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Text up to the next tag, as far as it came. What stands for itself goes on in one. */
static enum soap_answer plain_text(struct soap_plain *plain, struct str *rest) {
    const char *at = rest->data, *end = at + rest->length, *begin = at;
    enum soap_answer answer = SOAP_DONE;
    while (soap_goes_on(plain->reader)) {
        struct str mark, means;
        at = soap_skip_text(at, end);
        if (at == end || *at == '<')
            break;
        answer = soap_mark((struct str){at, (size_t)(end - at)}, &mark, &means);
        if (answer != SOAP_DONE)
            break;
        if (means.data != mark.data) {
            soap_saw_text(plain->reader, str_bytes(begin, (size_t)(at - begin)));
            soap_saw_text(plain->reader, means);
            begin = at + mark.length;
        }
        at += mark.length;
    }
    soap_saw_text(plain->reader, str_bytes(begin, (size_t)(at - begin)));
    *rest = (struct str){at, (size_t)(end - at)};
    return answer;
}

/* Beside the root. */
static enum soap_answer plain_gap(struct soap_plain *plain, struct str *rest) {
    const char *end = rest->data + rest->length, *at = soap_skip_blanks(rest->data, end);
    if (at == rest->data || plain->place == PLAIN_BEGIN)
        return SOAP_ODD;
    *rest = (struct str){at, (size_t)(end - at)};
    return SOAP_DONE;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* Keeps the first `length` bytes of the rest, if there is room. */
static bool plain_keep(struct soap_plain *plain, struct str *rest, size_t length) {
    if (plain->length + plain->kept + length > PLAIN_OPEN_MAX)
        return false;
    memcpy(plain->open + plain->length + plain->kept, rest->data, length);
    plain->kept += length;
    *rest = (struct str){rest->data + length, rest->length - length};
    return true;
}

/* The token that was cut goes on in this piece. */
static enum soap_answer plain_go_on(struct soap_plain *plain, struct str *rest) {
    char *begin = plain->open + plain->length;
    if (*begin == '<') {
        const char *last = memchr(rest->data, '>', rest->length);
        size_t length = last == NULL ? rest->length : (size_t)(last + 1 - rest->data);
        if (!plain_keep(plain, rest, length))
            return SOAP_ODD;
        struct str token = {begin, plain->kept};
        enum soap_answer answer = last == NULL ? SOAP_MORE : plain_token(plain, token);
        plain->kept = answer == SOAP_DONE ? 0 : plain->kept;
        return answer;
    }
    char window[SOAP_MARK_MAX];
    struct str mark, means;
    size_t kept = plain->kept, room = sizeof window - kept;
    size_t more = rest->length < room ? rest->length : room;
    memcpy(window, begin, kept);
    memcpy(window + kept, rest->data, more);
    enum soap_answer answer = soap_mark((struct str){window, kept + more}, &mark, &means);
    if (answer == SOAP_MORE && !plain_keep(plain, rest, more))
        return SOAP_ODD;
    if (answer != SOAP_DONE)
        return answer;
    soap_saw_text(plain->reader, means);
    *rest = (struct str){rest->data + mark.length - kept, rest->length + kept - mark.length};
    plain->kept = 0;
    return SOAP_DONE;
}

bool soap_plain_feed(struct soap_plain *plain, struct str *piece) {
    while (piece->length > 0 && soap_goes_on(plain->reader)) {
        enum soap_answer answer = plain->kept > 0                ? plain_go_on(plain, piece)
                                  : piece->data[0] == '<'        ? plain_angle(plain, piece)
                                  : plain->place == PLAIN_INSIDE ? plain_text(plain, piece)
                                                                 : plain_gap(plain, piece);
        if (answer == SOAP_ODD)
            return false;
        if (answer == SOAP_MORE && piece->length > 0 && !plain_keep(plain, piece, piece->length))
            return false;
    }
    return true;
}
