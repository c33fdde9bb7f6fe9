/* Reading SOAP with libxml2's push parser. See soap.h. */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/stages.h"
#include "soap.h"

#define SOAP_NAMESPACE "http://schemas.xmlsoap.org/soap/envelope/"

/* Names and namespaces come from the parser's dictionary: while it lives, one pointer is one text.
 * So each is compared once and known by its pointer from then on; a place that two share is only
 * compared more often. */
enum { SOAP_KNOWN_PLACES = 64 };

struct soap_known {
    const xmlChar *name; /* borrows; NULL: an empty place */
    unsigned word;
};

/* What of a fault the text under way belongs to. */
enum fault_part { FAULT_NOTHING, FAULT_CODE, FAULT_STRING, FAULT_RESPONSE_CODE, FAULT_BACK_OFF };

struct soap_reader {
    const struct soap_handler *handler; /* borrows */
    void *of;                           /* borrows */
    xmlParserCtxtPtr parser;            /* owns */
    unsigned word_count;
    struct soap_known known[SOAP_KNOWN_PLACES];
    const xmlChar *soap, *other; /* borrow: the last namespace that was SOAP's, and that was not */
    unsigned words[SOAP_DEPTH_MAX]; /* of the open elements; 0: one that does not matter */
    unsigned depth;
    struct buffer text; /* owns: of the innermost element */
    bool closed;        /* the envelope is */
    bool in_fault;
    enum fault_part part;
    struct soap_fault fault;
    enum status status; /* the first that was not OK */
    struct error error;
};

struct soap_attributes {
    const xmlChar **values; /* name, prefix, namespace, begin, end; borrows */
    int count;
};

static void reader_stop(struct soap_reader *reader, enum status status) {
    if (reader->status == STATUS_OK)
        reader->status = status;
    xmlStopParser(reader->parser);
}

static void reader_refuse(struct soap_reader *reader, const char *why) {
    if (reader->status == STATUS_OK)
        error_set(&reader->error, STATUS_PROTOCOL, "the server's XML %s", why);
    reader_stop(reader, STATUS_PROTOCOL);
}

static bool name_is(const xmlChar *name, const char *wanted) {
    return strcmp((const char *)name, wanted) == 0;
}

/* ---- faults ------------------------------------------------------------------------------ */

static void fault_start(struct soap_reader *reader, const xmlChar *name,
                        const struct soap_attributes *attributes) {
    struct soap_fault *fault = &reader->fault;
    struct str value;
    reader->part = FAULT_NOTHING;
    buffer_clear(&reader->text);
    if (name_is(name, "faultcode"))
        reader->part = FAULT_CODE;
    else if (name_is(name, "faultstring"))
        reader->part = FAULT_STRING;
    else if (name_is(name, "ResponseCode"))
        reader->part = FAULT_RESPONSE_CODE;
    else if (name_is(name, "Value") && soap_attribute(attributes, "Name", &value) &&
             str_equal_text(value, "BackOffMilliseconds"))
        reader->part = FAULT_BACK_OFF;
    /* Envelope, Body, Fault, detail, and then the first element within. */
    if (reader->depth == 5 && fault->detail[0] == '\0' &&
        strlen((const char *)name) < sizeof fault->detail)
        strcpy(fault->detail, (const char *)name);
}

static void fault_keep(char *target, size_t capacity, struct str text) {
    size_t length = text.length < capacity ? text.length : capacity - 1;
    memcpy(target, text.data, length);
    target[length] = '\0';
}

static void fault_end(struct soap_reader *reader) {
    struct soap_fault *fault = &reader->fault;
    struct str text = str_trim(buffer_str(&reader->text)), rest = text;
    switch (reader->part) {
    case FAULT_NOTHING:
        break;
    case FAULT_CODE:
        str_cut(&rest, ':'); /* "a:ErrorServerBusy" */
        if (fault->code[0] == '\0')
            fault_keep(fault->code, sizeof fault->code, rest.length > 0 ? rest : text);
        break;
    case FAULT_STRING:
        fault_keep(fault->text, sizeof fault->text, text);
        break;
    case FAULT_RESPONSE_CODE:
        fault_keep(fault->code, sizeof fault->code, text);
        break;
    case FAULT_BACK_OFF:
        fault->back_off = soap_back_off(text);
        break;
    }
    reader->part = FAULT_NOTHING;
    buffer_clear(&reader->text);
}

/* ---- SAX --------------------------------------------------------------------------------- */

static unsigned reader_word(struct soap_reader *reader, const xmlChar *name) {
    uintptr_t place = (uintptr_t)name;
    struct soap_known *known = &reader->known[(place ^ place >> 6) % SOAP_KNOWN_PLACES];
    if (known->name == name)
        return known->word;
    *known = (struct soap_known){.name = name};
    for (unsigned i = 0; i < reader->word_count && known->word == 0; i++)
        if (name_is(name, reader->handler->words[i]))
            known->word = i + 1;
    return known->word;
}

static bool reader_is_soap(struct soap_reader *reader, const xmlChar *uri) {
    if (uri == NULL || uri == reader->other)
        return false;
    if (uri == reader->soap)
        return true;
    bool soap = strcmp((const char *)uri, SOAP_NAMESPACE) == 0;
    *(soap ? &reader->soap : &reader->other) = uri;
    return soap;
}

static void sax_start(void *of, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                      int namespace_count, const xmlChar **namespaces, int attribute_count,
                      int defaulted_count, const xmlChar **values) {
    (void)prefix;
    (void)namespace_count;
    (void)namespaces;
    (void)defaulted_count;
    struct soap_reader *reader = of;
    struct soap_attributes attributes = {.values = values, .count = attribute_count};
    if (reader->status != STATUS_OK)
        return;
    if (reader->depth == SOAP_DEPTH_MAX) {
        reader_refuse(reader, "is nested too deeply");
        return;
    }
    bool soap = reader_is_soap(reader, uri);
    if (reader->depth == 0 && !(soap && name_is(name, "Envelope"))) {
        reader_refuse(reader, "is no SOAP envelope");
        return;
    }
    if (reader->depth == 2 && soap && name_is(name, "Fault"))
        reader->in_fault = reader->fault.present = true;
    unsigned word = reader->in_fault || soap ? 0 : reader_word(reader, name);
    reader->words[reader->depth++] = word;
    if (reader->in_fault) {
        fault_start(reader, name, &attributes);
    } else if (word != 0) {
        buffer_clear(&reader->text);
        enum status status =
            reader->handler->start(reader->of, reader, word, &attributes, &reader->error);
        if (status != STATUS_OK)
            reader_stop(reader, status);
    }
}

static void sax_end(void *of, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name;
    (void)prefix;
    (void)uri;
    struct soap_reader *reader = of;
    if (reader->status != STATUS_OK || reader->depth == 0)
        return;
    unsigned word = reader->words[reader->depth - 1];
    if (reader->in_fault) {
        fault_end(reader);
        if (reader->depth == 3)
            reader->in_fault = false;
    } else if (word != 0) {
        enum status status = reader->handler->end(reader->of, reader, word,
                                                  buffer_str(&reader->text), &reader->error);
        buffer_clear(&reader->text);
        if (status != STATUS_OK)
            reader_stop(reader, status);
    }
    reader->depth--;
    reader->closed = reader->depth == 0;
}

static void sax_text(void *of, const xmlChar *bytes, int length) {
    struct soap_reader *reader = of;
    if (reader->status != STATUS_OK || reader->depth == 0 || length <= 0)
        return;
    unsigned word = reader->words[reader->depth - 1];
    struct str piece = str_bytes(bytes, (size_t)length);
    if (word != 0 && word == reader->handler->streamed) {
        enum status status = reader->handler->piece(reader->of, piece, &reader->error);
        if (status != STATUS_OK)
            reader_stop(reader, status);
    } else if (word != 0 || reader->part != FAULT_NOTHING) {
        if (reader->text.length + piece.length > SOAP_TEXT_MAX)
            reader_refuse(reader, "holds too long a text");
        else
            buffer_append_str(&reader->text, piece);
    }
}

static void sax_document_type(void *of, const xmlChar *name, const xmlChar *external,
                              const xmlChar *system) {
    (void)name;
    (void)external;
    (void)system;
    reader_refuse(of, "has a document type, which SOAP forbids");
}

static void sax_silent(void *of, xmlErrorPtr what) {
    (void)of; /* whether it is well-formed is asked at the end */
    (void)what;
}

/* ---- the reader -------------------------------------------------------------------------- */

struct soap_reader *soap_reader_new(const struct soap_handler *handler, void *of) {
    struct soap_reader *reader = memory_new(1, sizeof *reader);
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = sax_start,
                         .endElementNs = sax_end,
                         .characters = sax_text,
                         .cdataBlock = sax_text,
                         .internalSubset = sax_document_type,
                         .serror = sax_silent};
    reader->handler = handler;
    reader->of = of;
    while (handler->words[reader->word_count] != NULL)
        reader->word_count++;
    check_compare(reader->word_count, <=, SOAP_WORDS_MAX);
    enum stage before = stage_enter(STAGE_XML);
    reader->parser = xmlCreatePushParserCtxt(&sax, reader, NULL, 0, NULL);
    stage_leave(before);
    check(reader->parser != NULL);
    /* HUGE lifts the limit of 10 MB a text; what it lifts besides is held by the rules above.
     * NOENT: without it "&amp;" in an attribute arrives as "&#38;". Entities of the server's own
     * cannot exist, since they need a document type. */
    xmlCtxtUseOptions(reader->parser, XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOENT);
    return reader;
}

void soap_reader_close(struct soap_reader **reader) {
    if (*reader == NULL)
        return;
    enum stage before = stage_enter(STAGE_XML);
    if ((*reader)->parser->myDoc != NULL)
        xmlFreeDoc((*reader)->parser->myDoc);
    xmlFreeParserCtxt((*reader)->parser);
    stage_leave(before);
    buffer_release(&(*reader)->text);
    free(*reader);
    *reader = NULL;
}

static enum status reader_outcome(struct soap_reader *reader, struct error *error) {
    if (reader->status == STATUS_OK && !reader->parser->wellFormed)
        reader_refuse(reader, "is not well-formed");
    if (reader->status != STATUS_OK && error != NULL)
        *error = reader->error;
    return reader->status;
}

enum status soap_reader_feed(struct soap_reader *reader, struct str piece, struct error *error) {
    if (reader->status == STATUS_OK) {
        check_compare(piece.length, <=, INT32_MAX);
        enum stage before = stage_enter(STAGE_XML);
        xmlParseChunk(reader->parser, piece.data, (int)piece.length, 0);
        stage_leave(before);
    }
    return reader_outcome(reader, error);
}

enum status soap_reader_end(struct soap_reader *reader, struct error *error) {
    if (reader->status == STATUS_OK)
        xmlParseChunk(reader->parser, NULL, 0, 1);
    if (reader->status == STATUS_OK && !reader->closed)
        reader_refuse(reader, "ends before its envelope does");
    return reader_outcome(reader, error);
}

const struct soap_fault *soap_reader_fault(const struct soap_reader *reader) {
    return &reader->fault;
}

bool soap_inside(const struct soap_reader *reader, unsigned word) {
    for (unsigned i = 0; i < reader->depth; i++)
        if (reader->words[i] == word)
            return true;
    return false;
}

unsigned soap_parent(const struct soap_reader *reader) {
    return reader->depth < 2 ? 0 : reader->words[reader->depth - 2];
}

bool soap_attribute(const struct soap_attributes *attributes, const char *name,
                    struct str *value_r) {
    for (int i = 0; i < attributes->count; i++) {
        const xmlChar **five = attributes->values + 5 * i;
        if (name_is(five[0], name)) {
            *value_r = str_bytes(five[3], (size_t)(five[4] - five[3]));
            return true;
        }
    }
    return false;
}
