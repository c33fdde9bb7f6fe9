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
#include "soap_tag.h"

enum {
    PLAIN_OPEN_MAX = 4096, /* bytes of declaration and tags */
    PLAIN_LEAST = 4,       /* bytes that libxml2 waits for before it looks at any */
};

enum plain_place { PLAIN_BEGIN, PLAIN_BEFORE, PLAIN_INSIDE, PLAIN_AFTER /* the root */ };

struct plain_element {
    uint16_t begin;       /* of its start tag, in `open` */
    uint16_t name_length; /* with the prefix */
    uint16_t space_count; /* outside it */
};

struct soap_plain {
    struct soap_reader *reader; /* borrows */
    enum plain_place place;
    bool refused;       /* the reader listens no more */
    size_t declaration; /* bytes of it, at the front of `open` */
    size_t length;      /* of `open`, without the token under way */
    size_t kept;        /* bytes of that, which the end of a piece cut */
    unsigned depth;
    struct plain_element elements[SOAP_DEPTH_MAX];
    struct soap_tags tags;
    char open[PLAIN_OPEN_MAX + SOAP_BEHIND];
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
                                  .starts = plain->place == PLAIN_AFTER ? 1 : plain->depth};
}

/* ---- elements -------------------------------------------------------------------------------- */

static enum soap_answer plain_over(struct soap_plain *plain) {
    static const char root[] = "<a/>"; /* libxml2 need only know that there was one */
    plain->place = PLAIN_AFTER;
    memcpy(plain->open + plain->declaration, root, sizeof root - 1);
    plain->length = plain->declaration + sizeof root - 1;
    return SOAP_DONE;
}

/* An element stays open; its start tag of `length` bytes lies behind `open`. */
static void plain_push(struct soap_plain *plain, size_t length, size_t name_length,
                       size_t space_count) {
    plain->elements[plain->depth++] = (struct plain_element){.begin = (uint16_t)plain->length,
                                                             .name_length = (uint16_t)name_length,
                                                             .space_count = (uint16_t)space_count};
    plain->length += length;
}

/* A start tag, with SOAP_BEHIND bytes behind it. */
static enum soap_answer plain_start(struct soap_plain *plain, struct str token,
                                    const struct soap_name *known) {
    struct soap_tag tag;
    size_t space_count = plain->tags.space_count;
    if (!soap_tag_read(&plain->tags, plain->reader, token, known, &tag))
        return SOAP_ODD;
    struct soap_attributes attributes = {.first = tag.attributes, .count = tag.attribute_count};
    plain->place = PLAIN_INSIDE;
    plain->refused = !soap_saw_start(plain->reader, &tag.element, &attributes);
    if (plain->refused)
        return SOAP_DONE;
    if (!tag.is_empty) {
        if (token.data != plain->open + plain->length)
            memcpy(plain->open + plain->length, token.data, token.length);
        plain_push(plain, token.length, tag.name_length, space_count);
        return SOAP_DONE;
    }
    plain->refused = !soap_saw_end(plain->reader);
    soap_tags_leave(&plain->tags, space_count);
    return plain->depth == 0 ? plain_over(plain) : SOAP_DONE;
}

static enum soap_answer plain_end(struct soap_plain *plain) {
    const struct plain_element *element = &plain->elements[--plain->depth];
    plain->length = element->begin;
    soap_tags_leave(&plain->tags, element->space_count);
    plain->refused = !soap_saw_end(plain->reader);
    return plain->depth == 0 ? plain_over(plain) : SOAP_DONE;
}

/* Whether an end tag is that of the innermost element. */
static bool plain_ends(const struct soap_plain *plain, struct str token) {
    const struct plain_element *element = &plain->elements[plain->depth - 1];
    size_t length = element->name_length;
    const char *name = token.data + 2, *last = token.data + token.length - 1;
    return token.length >= length + 3 &&
           memcmp(name, plain->open + element->begin + 1, length) == 0 &&
           soap_skip_blanks(name + length, last) == last;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

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

/* A whole token from "<" to ">", behind `open` or in a piece that has `room` bytes behind it. */
static enum soap_answer plain_token(struct soap_plain *plain, struct str token, size_t room,
                                    const struct soap_name *known) {
    bool is_short = plain->place == PLAIN_BEGIN && token.length < PLAIN_LEAST;
    if (plain->place == PLAIN_AFTER || is_short)
        return SOAP_ODD;
    if (token.data[1] == '/')
        return plain->place == PLAIN_INSIDE && plain_ends(plain, token) ? plain_end(plain)
                                                                        : SOAP_ODD;
    bool is_first = plain->place == PLAIN_BEGIN && token.data[1] == '?';
    if (plain->length + token.length > PLAIN_OPEN_MAX || (is_first && !is_declaration(token)))
        return SOAP_ODD;
    char *behind = plain->open + plain->length;
    if (token.data != behind && (is_first || room < SOAP_BEHIND)) {
        memcpy(behind, token.data, token.length);
        token.data = behind;
    }
    if (!is_first)
        return plain_start(plain, token, known);
    plain->place = PLAIN_BEFORE;
    plain->declaration = plain->length = token.length;
    return SOAP_DONE;
}

/* The shortest end tag of the innermost element, without a look for where it ends. */
static bool plain_usual_end(struct soap_plain *plain, struct str *rest) {
    const struct plain_element *element = &plain->elements[plain->depth - 1];
    const char *name = rest->data + 2;
    size_t length = element->name_length;
    if (length >= SOAP_NAME_WIDTH || name[length] != '>' ||
        !soap_name_is(name, plain->open + element->begin + 1, length))
        return false;
    *rest = (struct str){name + length + 1, rest->length - length - 3};
    (void)plain_end(plain);
    return true;
}

/* A start tag without attributes and with a known name. */
static bool plain_usual_start(struct soap_plain *plain, struct str *rest,
                              const struct soap_name *known) {
    static const struct soap_attributes none;
    const char *name = rest->data + 1;
    size_t length = known->length + 2;
    if (name[known->length] != '>' || plain->length + length > PLAIN_OPEN_MAX)
        return false;
    struct soap_element element = soap_name_element(known, name);
    memcpy(plain->open + plain->length, rest->data, SOAP_NAME_WIDTH + 1); /* quicker than length */
    *rest = (struct str){rest->data + length, rest->length - length};
    plain->refused = !soap_saw_start(plain->reader, &element, &none);
    if (!plain->refused)
        plain_push(plain, length, length - 2, plain->tags.space_count);
    return true;
}

/* Half of all tags are end tags, and most of the others are known. */
static enum soap_answer plain_angle(struct soap_plain *plain, struct str *rest) {
    const struct soap_name *known = NULL;
    if (plain->place == PLAIN_INSIDE && rest->length >= SOAP_NAME_WIDTH + 2) {
        bool is_end = rest->data[1] == '/';
        if (is_end && plain_usual_end(plain, rest))
            return SOAP_DONE;
        known = is_end ? NULL : soap_tags_recall(&plain->tags, rest->data + 1);
        if (known != NULL && plain_usual_start(plain, rest, known))
            return SOAP_DONE;
    }
    const char *last = memchr(rest->data, '>', rest->length);
    if (last == NULL)
        return SOAP_MORE;
    struct str token = {rest->data, (size_t)(last + 1 - rest->data)};
    enum soap_answer answer = plain_token(plain, token, rest->length - token.length, known);
    if (answer == SOAP_DONE)
        *rest = (struct str){last + 1, rest->length - token.length};
    return answer;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void plain_tell(struct soap_plain *plain, struct str text) {
    plain->refused = !soap_saw_text(plain->reader, text);
}

/* Text up to the next tag, as far as it came. What stands for itself goes on in one. */
static enum soap_answer plain_text(struct soap_plain *plain, struct str *rest) {
    const char *at = rest->data, *end = at + rest->length, *begin = at;
    enum soap_answer answer = SOAP_DONE;
    while (!plain->refused) {
        struct str mark, means;
        at = soap_skip_text(at, end);
        if (at == end || *at == '<')
            break;
        answer = soap_mark((struct str){at, (size_t)(end - at)}, &mark, &means);
        if (answer != SOAP_DONE)
            break;
        if (means.data != mark.data) {
            plain_tell(plain, str_bytes(begin, (size_t)(at - begin)));
            plain_tell(plain, means);
            begin = at + mark.length;
        }
        at += mark.length;
    }
    plain_tell(plain, (struct str){begin, (size_t)(at - begin)});
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
        enum soap_answer answer =
            last == NULL ? SOAP_MORE : plain_token(plain, token, SOAP_BEHIND, NULL);
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
    plain_tell(plain, means);
    *rest = (struct str){rest->data + mark.length - kept, rest->length + kept - mark.length};
    plain->kept = 0;
    return SOAP_DONE;
}

bool soap_plain_feed(struct soap_plain *plain, struct str *piece) {
    while (piece->length > 0 && !plain->refused) {
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
