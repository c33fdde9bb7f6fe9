/* The tree, and libxml2's reading of it. See xml.h. */
#include "xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>

#include "../../engine/base/buffer.h"
#include "../../engine/base/check.h"

enum { XML_DEPTH_MAX = 260 }; /* libxml2 goes 256 deep and does not count the last ones */

const struct xml_node *xml_child(const struct xml_node *node, const char *space, const char *name) {
    for (node = xml_first(node); node != NULL; node = node->next)
        if (xml_is(node, space, name))
            return node;
    return NULL;
}

struct str xml_attribute(const struct xml_node *node, const char *name) {
    const struct xml_attribute *attribute = node == NULL ? NULL : node->attributes;
    for (; attribute != NULL; attribute = attribute->next)
        if (str_equal_text(attribute->name, name))
            return attribute->value;
    return STR("");
}

/* A document type can only be an attack here: reading stops at once. */
static void xml_refuse_doctype(void *of, const xmlChar *name, const xmlChar *external,
                               const xmlChar *system) {
    (void)name, (void)external, (void)system;
    xmlStopParser(of);
}

static xmlDoc *xml_parse(struct str bytes, int *line_r) {
    *line_r = 1;
    xmlParserCtxt *parser = xmlCreateMemoryParserCtxt(bytes.data, (int)bytes.length);
    if (parser == NULL)
        return NULL;
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                  XML_PARSE_NOCDATA);
    parser->sax->internalSubset = xml_refuse_doctype;
    xmlParseDocument(parser);
    xmlDoc *document = parser->myDoc;
    const xmlError *error = xmlCtxtGetLastError(parser);
    if (error != NULL && error->line > 0)
        *line_r = error->line;
    if (parser->wellFormed == 0 || parser->disableSAX != 0) {
        xmlFreeDoc(document);
        document = NULL;
    }
    xmlFreeParserCtxt(parser);
    return document;
}

/* ---- From libxml2's tree to ours ---- */

static struct str xml_kept(struct arena *arena, const xmlChar *text) {
    return arena_str(arena, str_of((const char *)text));
}

/* The pieces of text from one on, put together. */
static struct str xml_kept_text(struct arena *arena, const xmlNode *first) {
    struct buffer text = {0};
    for (const xmlNode *node = first; node != NULL; node = node->next)
        if (node->type == XML_TEXT_NODE && node->content != NULL)
            buffer_append_text(&text, (const char *)node->content);
    struct str kept = arena_str(arena, str_trim(buffer_str(&text)));
    buffer_release(&text);
    return kept;
}

static struct xml_node *xml_kept_node(struct arena *arena, const xmlNode *node) {
    const xmlNode *below = node->children;
    struct xml_node *kept = arena_take(arena, 1, sizeof *kept);
    kept->name = xml_kept(arena, node->name);
    kept->space = node->ns == NULL ? STR("") : xml_kept(arena, node->ns->href);
    kept->text = xml_kept_text(arena, below);
    kept->has_text_only = below != NULL && below->next == NULL && below->type == XML_TEXT_NODE;
    kept->line = (uint32_t)xmlGetLineNo(node);
    struct xml_attribute **place = &kept->attributes;
    for (const xmlAttr *attribute = node->properties; attribute != NULL;
         attribute = attribute->next) {
        if (attribute->ns != NULL)
            continue;
        *place = arena_take(arena, 1, sizeof **place);
        **place = (struct xml_attribute){.name = xml_kept(arena, attribute->name),
                                         .value = xml_kept_text(arena, attribute->children)};
        place = &(*place)->next;
    }
    return kept;
}

struct xml_node *xml_read_any(struct arena *arena, struct str bytes, int *line_r) {
    xmlDoc *document = xml_parse(bytes, line_r);
    if (document == NULL)
        return NULL;
    struct xml_node *root = NULL, **place[XML_DEPTH_MAX + 1]; /* where the next one goes */
    size_t depth = 0;
    const xmlNode *node = xmlDocGetRootElement(document);
    place[0] = &root;
    while (node != NULL) {
        if (node->type == XML_ELEMENT_NODE) {
            check_compare(depth, <, XML_DEPTH_MAX);
            struct xml_node *kept = xml_kept_node(arena, node);
            *place[depth] = kept;
            place[depth] = &kept->next;
            if (node->children != NULL) {
                place[++depth] = &kept->first;
                node = node->children;
                continue;
            }
        }
        while (depth > 0 && node->next == NULL) {
            node = node->parent;
            depth--;
        }
        node = depth > 0 ? node->next : NULL;
    }
    xmlFreeDoc(document);
    return root;
}

struct xml_node *xml_read(struct arena *arena, struct str bytes, int *line_r) {
    struct xml_node *root = xml_read_plain(arena, bytes);
    *line_r = 1;
    return root != NULL ? root : xml_read_any(arena, bytes, line_r);
}
