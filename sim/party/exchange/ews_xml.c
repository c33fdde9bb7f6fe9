/*
 * XML both ways. Requests are read into a tree with libxml2, without a document type (so there are
 * no entities to expand), without network and, as libxml2 sees to, at most 256 levels deep.
 */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

#include "../../../engine/base/utf8.h"
#include "ews.h"

/* A document type can only be an attack here: reading stops at once. */
static void ews_refuse_doctype(void *of, const xmlChar *name, const xmlChar *external,
                               const xmlChar *system) {
    (void)name, (void)external, (void)system;
    xmlStopParser(of);
}

xmlDoc *ews_parse(struct str bytes, int *line_r) {
    *line_r = 1;
    xmlParserCtxt *parser = xmlCreateMemoryParserCtxt(bytes.data, (int)bytes.length);
    if (parser == NULL)
        return NULL;
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                  XML_PARSE_NOCDATA);
    parser->sax->internalSubset = ews_refuse_doctype;
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

bool ews_is(const xmlNode *node, const char *space, const char *name) {
    return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           strcmp((const char *)node->name, name) == 0 &&
           strcmp((const char *)node->ns->href, space) == 0;
}

static const xmlNode *ews_element_from(const xmlNode *node) {
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

const xmlNode *ews_first(const xmlNode *node) {
    return node == NULL ? NULL : ews_element_from(node->children);
}

const xmlNode *ews_next(const xmlNode *node) {
    return ews_element_from(node->next);
}

const xmlNode *ews_child(const xmlNode *node, const char *space, const char *name) {
    for (const xmlNode *child = ews_first(node); child != NULL; child = ews_next(child))
        if (ews_is(child, space, name))
            return child;
    return NULL;
}

/* The text of the children: mostly one piece, which is not copied. */
static struct str ews_text_in(struct arena *arena, const xmlNode *first) {
    if (first == NULL)
        return STR("");
    if (first->type == XML_TEXT_NODE && first->next == NULL)
        return str_trim(str_of((const char *)first->content));
    struct buffer text = {0};
    for (const xmlNode *child = first; child != NULL; child = child->next)
        if (child->type == XML_TEXT_NODE && child->content != NULL)
            buffer_append_text(&text, (const char *)child->content);
    struct str kept = arena_str(arena, str_trim(buffer_str(&text)));
    buffer_release(&text);
    return kept;
}

struct str ews_text(struct arena *arena, const xmlNode *node) {
    return node == NULL ? STR("") : ews_text_in(arena, node->children);
}

struct str ews_attribute(struct arena *arena, const xmlNode *node, const char *name) {
    for (const xmlAttr *attribute = node == NULL ? NULL : node->properties; attribute != NULL;
         attribute = attribute->next)
        if (attribute->ns == NULL && strcmp((const char *)attribute->name, name) == 0)
            return ews_text_in(arena, attribute->children);
    return STR("");
}

bool ews_boolean(struct str text, bool *value_r) {
    *value_r = str_equal_text(text, "true") || str_equal_text(text, "1");
    return *value_r || str_equal_text(text, "false") || str_equal_text(text, "0");
}

/* ---- Writing ---- */

/* What must not stand as it is; CR would be read back as LF. */
static const char *ews_escaped(unsigned char byte) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#xD;";
    default:
        return byte < ' ' && byte != '\t' && byte != '\n' ? "\xef\xbf\xbd" : NULL;
    }
}

void ews_escape(struct buffer *out, struct str text) {
    size_t plain = 0; /* where what can go out as it is began */
    for (size_t at = 0; at < text.length;) {
        unsigned char byte = (unsigned char)text.data[at];
        struct str rest = {text.data + at, text.length - at};
        size_t length = byte < 0x80 ? 1 : utf8_sequence(rest);
        const char *instead = byte < 0x80 ? ews_escaped(byte) : NULL;
        /* U+FFFE and U+FFFF are scalar values, but no characters of XML. */
        if (length == 0 || (length == 3 && memcmp(rest.data, "\xef\xbf", 2) == 0 &&
                            (unsigned char)rest.data[2] >= 0xbe))
            instead = "\xef\xbf\xbd";
        if (length == 0)
            length = 1;
        if (instead != NULL) {
            buffer_append(out, text.data + plain, at - plain);
            buffer_append_text(out, instead);
            plain = at + length;
        }
        at += length;
    }
    buffer_append(out, text.data + plain, text.length - plain);
}

static void ews_tag(struct buffer *out, const char *open, const char *name) {
    buffer_append_text(out, open);
    buffer_append_text(out, name);
    buffer_append_byte(out, '>');
}

void ews_element(struct buffer *out, const char *name, struct str text) {
    ews_tag(out, "<", name);
    ews_escape(out, text);
    ews_tag(out, "</", name);
}

void ews_element_u64(struct buffer *out, const char *name, uint64_t number) {
    ews_tag(out, "<", name);
    buffer_append_u64(out, number);
    ews_tag(out, "</", name);
}

void ews_element_boolean(struct buffer *out, const char *name, bool value) {
    ews_element(out, name, value ? STR("true") : STR("false"));
}

void ews_response_begin(struct buffer *out, const char *operation) {
    buffer_append_text(out, "<m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "Response xmlns:m=\"" EWS_MESSAGES "\" xmlns:t=\"" EWS_TYPES
                            "\"><m:ResponseMessages>");
}

void ews_response_end(struct buffer *out, const char *operation) {
    buffer_append_text(out, "</m:ResponseMessages></m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "Response>");
}

void ews_message_begin(struct buffer *out, const char *operation, enum ews_error error) {
    const char *class = error == EWS_NoError                              ? "Success"
                        : error == EWS_ErrorNameResolutionMultipleResults ? "Warning"
                                                                          : "Error";
    buffer_append_text(out, "<m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "ResponseMessage ResponseClass=\"");
    buffer_append_text(out, class);
    buffer_append_text(out, "\">");
    if (error != EWS_NoError)
        ews_element(out, "m:MessageText", str_of(ews_error_sentence(error)));
    ews_element(out, "m:ResponseCode", str_of(ews_error_name(error)));
    if (error != EWS_NoError)
        ews_element_u64(out, "m:DescriptiveLinkKey", 0);
}

void ews_message_end(struct buffer *out, const char *operation) {
    buffer_append_text(out, "</m:");
    buffer_append_text(out, operation);
    buffer_append_text(out, "ResponseMessage>");
}
