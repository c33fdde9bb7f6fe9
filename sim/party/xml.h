/*
 * XML that a client sent, as a tree of elements: what the SOAP services read requests with.
 * Elements are told apart by namespace and local name, whatever the prefixes. There are no document
 * types here, so there are no entities to expand, and nothing is fetched from anywhere.
 *
 * Nearly all requests are plain: ASCII, no references, comments or CDATA. Those are read in one
 * pass, and the tree points into their bytes. Everything else, and everything that is wrong, is
 * libxml2's to decide. Whatever the plain reader accepts libxml2 would read the same way; the tests
 * and a fuzz target hold the two against each other.
 */
#ifndef SIM_PARTY_XML_H
#define SIM_PARTY_XML_H

#include "../../engine/base/arena.h"
#include "../../engine/base/str.h"

struct xml_attribute { /* without a namespace; others are left out */
    struct str name, value;
    struct xml_attribute *next;
};

struct xml_node { /* an element */
    struct str name, space;
    struct str text;    /* right below it, without white space around */
    bool has_text_only; /* one piece of text and nothing else */
    uint32_t line;      /* in which its start tag ends */
    struct xml_attribute *attributes;
    struct xml_node *first, *next;
};

/* Reads a document. NULL with the line of the first error when it is none. The tree lives as long
 * as both the arena and the bytes. */
struct xml_node *xml_read(struct arena *arena, struct str bytes, int *line_r);

/* The two readers behind it. NULL from the first one means only that it is not plain. */
struct xml_node *xml_read_plain(struct arena *arena, struct str bytes);
struct xml_node *xml_read_any(struct arena *arena, struct str bytes, int *line_r);

static inline bool xml_is(const struct xml_node *node, const char *space, const char *name) {
    return node != NULL && str_equal_text(node->name, name) && str_equal_text(node->space, space);
}

/* The first child, the next sibling; NULL when there is none, and for NULL. */
static inline const struct xml_node *xml_first(const struct xml_node *node) {
    return node == NULL ? NULL : node->first;
}

static inline const struct xml_node *xml_next(const struct xml_node *node) {
    return node == NULL ? NULL : node->next;
}

/* The first child of that name. */
const struct xml_node *xml_child(const struct xml_node *node, const char *space, const char *name);
/* The text right below an element; "" for NULL. */
static inline struct str xml_text(const struct xml_node *node) {
    return node == NULL ? STR("") : node->text;
}
/* The value of an attribute, without white space around; "" when there is none. */
struct str xml_attribute(const struct xml_node *node, const char *name);

#endif
