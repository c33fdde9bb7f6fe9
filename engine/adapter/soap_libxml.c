/* Any XML by libxml2's push parser. See soap_inside.h. */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "soap_inside.h"

struct soap_libxml {
    struct soap_reader *reader;        /* borrows */
    xmlParserCtxtPtr parser;           /* owns */
    unsigned starts;                   /* of the prologue that are still to come */
    struct soap_attribute *attributes; /* owns: of the element that begins */
    size_t capacity;
};

/* What is refused ends the parsing. */
static void libxml_told(struct soap_libxml *libxml, bool goes_on) {
    if (!goes_on)
        xmlStopParser(libxml->parser);
}

/* `values` are name, prefix, namespace, begin and end, five an attribute. */
static struct soap_attributes libxml_attributes(struct soap_libxml *libxml, size_t count,
                                                const xmlChar **values) {
    if (count > libxml->capacity) {
        libxml->attributes = memory_grow(libxml->attributes, count, sizeof *libxml->attributes);
        libxml->capacity = count;
    }
    for (size_t i = 0; i < count; i++, values += 5)
        libxml->attributes[i] =
            (struct soap_attribute){.name = str_of((const char *)values[0]),
                                    .value = str_bytes(values[3], (size_t)(values[4] - values[3]))};
    return (struct soap_attributes){.first = libxml->attributes, .count = count};
}

static void sax_start(void *of, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                      int namespace_count, const xmlChar **namespaces, int attribute_count,
                      int defaulted_count, const xmlChar **values) {
    (void)prefix;
    (void)namespace_count;
    (void)namespaces;
    (void)defaulted_count;
    struct soap_libxml *libxml = of;
    if (libxml->starts > 0) {
        libxml->starts--;
        return;
    }
    struct soap_attributes attributes = libxml_attributes(libxml, (size_t)attribute_count, values);
    bool is_soap = uri != NULL && strcmp((const char *)uri, SOAP_NAMESPACE) == 0;
    struct soap_element element = {.name = str_of((const char *)name), .is_soap = is_soap};
    element.word = soap_word(libxml->reader, element.name);
    libxml_told(libxml, soap_saw_start(libxml->reader, &element, &attributes));
}

static void sax_end(void *of, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name;
    (void)prefix;
    (void)uri;
    struct soap_libxml *libxml = of;
    libxml_told(libxml, soap_saw_end(libxml->reader));
}

static void sax_text(void *of, const xmlChar *bytes, int length) {
    struct soap_libxml *libxml = of;
    if (length > 0)
        libxml_told(libxml, soap_saw_text(libxml->reader, str_bytes(bytes, (size_t)length)));
}

static void sax_document_type(void *of, const xmlChar *name, const xmlChar *external,
                              const xmlChar *system) {
    (void)name;
    (void)external;
    (void)system;
    struct soap_libxml *libxml = of;
    soap_refuse(libxml->reader, "has a document type, which SOAP forbids");
    libxml_told(libxml, false);
}

static void sax_silent(void *of, xmlErrorPtr what) {
    (void)of; /* whether it is well-formed is asked at the end */
    (void)what;
}

struct soap_libxml *soap_libxml_new(struct soap_reader *reader,
                                    const struct soap_prologue *prologue) {
    struct soap_libxml *libxml = memory_new(1, sizeof *libxml);
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = sax_start,
                         .endElementNs = sax_end,
                         .characters = sax_text,
                         .cdataBlock = sax_text,
                         .internalSubset = sax_document_type,
                         .serror = sax_silent};
    *libxml = (struct soap_libxml){.reader = reader, .starts = prologue->starts};
    libxml->parser = xmlCreatePushParserCtxt(&sax, libxml, NULL, 0, NULL);
    check(libxml->parser != NULL);
    /* HUGE lifts the limit of 10 MB a text; what it lifts besides is held by the reader's rules.
     * NOENT: without it "&amp;" in an attribute arrives as "&#38;". Entities of the server's own
     * cannot exist, since they need a document type. */
    xmlCtxtUseOptions(libxml->parser, XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOENT);
    soap_libxml_feed(libxml, prologue->open);
    soap_libxml_feed(libxml, prologue->kept);
    return libxml;
}

void soap_libxml_close(struct soap_libxml **libxml) {
    if (*libxml == NULL)
        return;
    if ((*libxml)->parser->myDoc != NULL)
        xmlFreeDoc((*libxml)->parser->myDoc);
    xmlFreeParserCtxt((*libxml)->parser);
    free((*libxml)->attributes);
    free(*libxml);
    *libxml = NULL;
}

void soap_libxml_feed(struct soap_libxml *libxml, struct str piece) {
    check_compare(piece.length, <=, INT32_MAX);
    if (piece.length > 0)
        xmlParseChunk(libxml->parser, piece.data, (int)piece.length, 0);
}

void soap_libxml_end(struct soap_libxml *libxml) {
    xmlParseChunk(libxml->parser, NULL, 0, 1);
}

bool soap_libxml_is_well_formed(const struct soap_libxml *libxml) {
    return libxml->parser->wellFormed != 0;
}
