/*
 * Start tags, for the plain tokenizer: names, attributes and which namespaces are SOAP's. Answers
 * are rows of the same few elements, so a name that was read is known again by its bytes, with what
 * it means as long as no namespace begins or ends.
 */
#ifndef ENGINE_ADAPTER_SOAP_TAG_H
#define ENGINE_ADAPTER_SOAP_TAG_H

#include "soap_bytes.h"
#include "soap_inside.h"

enum {
    SOAP_SPACES_MAX = 32, /* namespaces bound at a time */
    SOAP_PREFIX_MAX = 14, /* bytes of what they are bound to */
    SOAP_ATTRIBUTES_MAX = 16,
    SOAP_NAMES = 64, /* places for names; what collides is read again */
};

struct soap_space {
    char prefix[SOAP_PREFIX_MAX];
    uint8_t length; /* 0: the default */
    bool is_soap;
};

struct soap_name {
    char bytes[SOAP_NAME_WIDTH];
    size_t length, local; /* 0: an empty place; where the part behind the prefix begins */
    size_t spaces_changed;
    unsigned word;
    bool is_soap;
};

struct soap_tags { /* zeroed: at the beginning */
    size_t space_count;
    size_t spaces_changed; /* how often */
    struct soap_space spaces[SOAP_SPACES_MAX];
    struct soap_name names[SOAP_NAMES];
};

struct soap_tag {
    struct soap_element element;                           /* borrows the token */
    size_t name_length;                                    /* with the prefix */
    bool is_empty;                                         /* "/>" */
    struct soap_attribute attributes[SOAP_ATTRIBUTES_MAX]; /* without those that bind */
    size_t attribute_count;
};

/* The name behind a "<", if it was read and means what it did; NULL otherwise. There must be
 * SOAP_NAME_WIDTH bytes. */
const struct soap_name *soap_tags_recall(struct soap_tags *tags, const char *name);
/* What that name says of the element. */
struct soap_element soap_name_element(const struct soap_name *name, const char *at);

/* Reads a tag from "<" to the first ">"; there must be SOAP_BEHIND bytes behind it. What it binds
 * is bound until soap_tags_leave(). `known` is its name, or NULL. False: it is odd, and nothing was
 * bound. */
NODISCARD bool soap_tag_read(struct soap_tags *tags, const struct soap_reader *reader,
                             struct str token, const struct soap_name *known,
                             struct soap_tag *tag_r);
/* An element ends before which so many namespaces were bound. */
void soap_tags_leave(struct soap_tags *tags, size_t space_count);

#endif
