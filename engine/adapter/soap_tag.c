/* See soap_tag.h. */
#include "soap_tag.h"

struct tag_reading {
    struct soap_tags *tags;                /* borrows */
    struct soap_tag *tag;                  /* borrows */
    const char *at, *last;                 /* the last byte is ">", which ends every loop */
    struct str names[SOAP_ATTRIBUTES_MAX]; /* of all attributes, with their prefixes */
    size_t name_count;
    struct str prefix; /* of the one attribute whose prefix must be bound */
};

struct tag_name {
    struct str whole, prefix, local; /* no prefix: empty */
};

/* ---- names ----------------------------------------------------------------------------------- */

static struct soap_name *name_place(struct soap_tags *tags, const char *name, size_t length) {
    unsigned char middle = (unsigned char)name[length / 2];
    unsigned char last = (unsigned char)name[length - 1];
    return &tags->names[(length + middle * 3u + last * 7u) % SOAP_NAMES];
}

const struct soap_name *soap_tags_recall(struct soap_tags *tags, const char *name) {
    size_t length = soap_name_reach(name);
    if (length == 0 || length == SOAP_NAME_WIDTH)
        return NULL;
    const struct soap_name *known = name_place(tags, name, length);
    bool is_right = known->length == length && known->spaces_changed == tags->spaces_changed &&
                    soap_name_is(known->bytes, name, length);
    return is_right ? known : NULL;
}

struct soap_element soap_name_element(const struct soap_name *name, const char *at) {
    return (struct soap_element){.name = {at + name->local, name->length - name->local},
                                 .word = name->word,
                                 .is_soap = name->is_soap};
}

static void name_remember(struct soap_tags *tags, struct str whole,
                          const struct soap_element *element) {
    if (whole.length >= SOAP_NAME_WIDTH)
        return;
    struct soap_name *known = name_place(tags, whole.data, whole.length);
    *known = (struct soap_name){.length = whole.length,
                                .local = whole.length - element->name.length,
                                .spaces_changed = tags->spaces_changed,
                                .word = element->word,
                                .is_soap = element->is_soap};
    memcpy(known->bytes, whole.data, whole.length);
}

/* Most have no prefix, or are known. */
static bool reading_name(struct tag_reading *reading, struct tag_name *name_r) {
    const char *begin = reading->at, *local = begin, *end = soap_skip_name(begin);
    name_r->prefix = STR("");
    if (end == begin)
        return false;
    if (*end == ':') {
        name_r->prefix = (struct str){begin, (size_t)(end - begin)};
        local = end + 1;
        end = soap_skip_name(local);
        if (end == local)
            return false;
    }
    name_r->whole = (struct str){begin, (size_t)(end - begin)};
    name_r->local = (struct str){local, (size_t)(end - local)};
    reading->at = end;
    return true;
}

/* ---- namespaces ------------------------------------------------------------------------------ */

/* Binds a prefix. The namespaces of XML itself are for libxml2, and so is the empty one. */
static bool tags_bind(struct soap_tags *tags, struct str prefix, struct str uri) {
    if (tags->space_count == SOAP_SPACES_MAX || prefix.length > SOAP_PREFIX_MAX ||
        uri.length == 0 || str_starts_with(uri, "http://www.w3.org/XML/1998/namespace") ||
        str_starts_with(uri, "http://www.w3.org/2000/xmlns/") ||
        str_starts_with_caseless(prefix, "xml"))
        return false;
    struct soap_space *space = &tags->spaces[tags->space_count++];
    space->length = (uint8_t)prefix.length;
    space->is_soap = str_equal(uri, STR(SOAP_NAMESPACE));
    memcpy(space->prefix, prefix.data, prefix.length);
    return true;
}

/* Whether a prefix is bound; no prefix need not be. */
static bool tags_resolve(const struct soap_tags *tags, struct str prefix, bool *is_soap_r) {
    *is_soap_r = false;
    for (size_t i = tags->space_count; i-- > 0;) {
        const struct soap_space *space = &tags->spaces[i];
        if (str_equal((struct str){space->prefix, space->length}, prefix)) {
            *is_soap_r = space->is_soap;
            return true;
        }
    }
    return prefix.length == 0;
}

void soap_tags_leave(struct soap_tags *tags, size_t space_count) {
    tags->spaces_changed += tags->space_count != space_count;
    tags->space_count = space_count;
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* One prefix may stand before an attribute: two could be one name by different prefixes. */
static bool reading_prefix(struct tag_reading *reading, const struct tag_name *name) {
    if (name->prefix.length == 0 || str_equal(name->whole, STR("xml:lang")))
        return true;
    if (reading->prefix.length > 0 || str_starts_with_caseless(name->prefix, "xml"))
        return false;
    reading->prefix = name->prefix;
    return true;
}

static bool reading_attribute(struct tag_reading *reading) {
    struct tag_name name;
    if (reading->name_count == SOAP_ATTRIBUTES_MAX || !reading_name(reading, &name))
        return false;
    const char *at = reading->at;
    if (at[0] != '=' || (at[1] != '"' && at[1] != '\''))
        return false;
    const char *begin = at + 2, *end = soap_skip_value(begin, at[1]);
    if (*end != at[1])
        return false;
    struct str value = {begin, (size_t)(end - begin)};
    reading->at = end + 1;
    for (size_t i = 0; i < reading->name_count; i++)
        if (str_equal(reading->names[i], name.whole))
            return false;
    reading->names[reading->name_count++] = name.whole;
    if (str_equal(name.prefix, STR("xmlns")))
        return tags_bind(reading->tags, name.local, value);
    if (str_equal(name.whole, STR("xmlns")))
        return tags_bind(reading->tags, STR(""), value);
    struct soap_tag *tag = reading->tag;
    tag->attributes[tag->attribute_count++] = (struct soap_attribute){name.local, value};
    return reading_prefix(reading, &name);
}

/* Up to the end, which must come where the token's last byte is. */
static bool reading_attributes(struct tag_reading *reading) {
    for (;;) {
        const char *blank = reading->at;
        reading->at = soap_skip_blanks(reading->at, reading->last);
        bool is_empty = *reading->at == '/';
        if (reading->at + is_empty == reading->last) {
            reading->tag->is_empty = is_empty;
            return true;
        }
        if (is_empty || reading->at == blank || !reading_attribute(reading))
            return false;
    }
}

/* ---- tags ------------------------------------------------------------------------------------ */

static bool reading_tag(struct tag_reading *reading, const struct soap_reader *reader,
                        const struct soap_name *known) {
    struct soap_tags *tags = reading->tags;
    struct soap_tag *tag = reading->tag;
    struct tag_name name;
    const char *begin = reading->at;
    size_t space_count = tags->space_count;
    bool ignored;
    if (known != NULL)
        reading->at += known->length;
    else if (!reading_name(reading, &name))
        return false;
    if (!reading_attributes(reading) ||
        (reading->prefix.length > 0 && !tags_resolve(tags, reading->prefix, &ignored)))
        return false;
    if (known != NULL && tags->space_count == space_count) {
        tag->element = soap_name_element(known, begin);
        tag->name_length = known->length;
        return true;
    }
    tags->spaces_changed += tags->space_count != space_count;
    reading->at = begin; /* where it binds, a known name may mean another thing */
    if (!reading_name(reading, &name))
        return false;
    tag->element = (struct soap_element){.name = name.local, .word = soap_word(reader, name.local)};
    tag->name_length = name.whole.length;
    if (!tags_resolve(tags, name.prefix, &tag->element.is_soap))
        return false;
    name_remember(tags, name.whole, &tag->element);
    return true;
}

bool soap_tag_read(struct soap_tags *tags, const struct soap_reader *reader, struct str token,
                   const struct soap_name *known, struct soap_tag *tag_r) {
    size_t space_count = tags->space_count;
    struct tag_reading reading;
    reading.tags = tags;
    reading.tag = tag_r;
    reading.at = token.data + 1;
    reading.last = token.data + token.length - 1;
    reading.name_count = tag_r->attribute_count = 0;
    reading.prefix = STR("");
    if (reading_tag(&reading, reader, known))
        return true;
    soap_tags_leave(tags, space_count);
    return false;
}
