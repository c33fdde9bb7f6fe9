/*
 * What elements and texts of an answer mean: words and their nesting, texts, faults, limits. Two
 * tokenizers tell of them, see soap_inside.h, and soap.h for what it is for.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/stages.h"
#include "soap_inside.h"

/* The handler's words by their lengths and ends, found at once or after a step or two. */
enum { WORD_PLACES = 256 };
static_assert(SOAP_WORDS_MAX * 2 <= WORD_PLACES, "half of the places stay empty");

struct word_table {
    struct str names[SOAP_WORDS_MAX];  /* borrow; word 1 is the first */
    unsigned char places[WORD_PLACES]; /* words; 0: an empty place */
};

/* What of a fault the text under way belongs to. */
enum fault_part { FAULT_NOTHING, FAULT_CODE, FAULT_STRING, FAULT_RESPONSE_CODE, FAULT_BACK_OFF };

struct soap_reader {
    const struct soap_handler *handler; /* borrows */
    void *of;                           /* borrows */
    struct soap_plain *plain;           /* owns; NULL once it has given up */
    struct soap_libxml *libxml;         /* owns; NULL until then */
    struct word_table table;
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

static void reader_stop(struct soap_reader *reader, enum status status) {
    if (reader->status == STATUS_OK)
        reader->status = status;
}

void soap_refuse(struct soap_reader *reader, const char *why) {
    if (reader->status == STATUS_OK)
        error_set(&reader->error, STATUS_PROTOCOL, "the server's XML %s", why);
    reader_stop(reader, STATUS_PROTOCOL);
}

/* ---- words ------------------------------------------------------------------------------- */

static size_t word_place(struct str name) {
    unsigned char first = (unsigned char)name.data[0];
    unsigned char last = (unsigned char)name.data[name.length - 1];
    return (first + 7u * last + 31u * name.length) % WORD_PLACES;
}

static void words_build(struct word_table *table, const char *const *words) {
    for (unsigned i = 0; words[i] != NULL; i++) {
        check_compare(i, <, SOAP_WORDS_MAX);
        struct str name = table->names[i] = str_of(words[i]);
        size_t place = word_place(name);
        while (table->places[place] != 0)
            place = (place + 1) % WORD_PLACES;
        table->places[place] = (unsigned char)(i + 1);
    }
}

unsigned soap_word(const struct soap_reader *reader, struct str name) {
    const struct word_table *table = &reader->table;
    for (size_t place = word_place(name);; place = (place + 1) % WORD_PLACES) {
        unsigned word = table->places[place];
        if (word == 0 || str_equal(table->names[word - 1], name))
            return word;
    }
}

/* ---- faults ------------------------------------------------------------------------------ */

static void fault_keep(char *target, size_t capacity, struct str text) {
    size_t length = text.length < capacity ? text.length : capacity - 1;
    memcpy(target, text.data, length);
    target[length] = '\0';
}

static void fault_start(struct soap_reader *reader, struct str name,
                        const struct soap_attributes *attributes) {
    struct soap_fault *fault = &reader->fault;
    struct str value;
    reader->part = FAULT_NOTHING;
    buffer_clear(&reader->text);
    if (str_equal_text(name, "faultcode"))
        reader->part = FAULT_CODE;
    else if (str_equal_text(name, "faultstring"))
        reader->part = FAULT_STRING;
    else if (str_equal_text(name, "ResponseCode"))
        reader->part = FAULT_RESPONSE_CODE;
    else if (str_equal_text(name, "Value") && soap_attribute(attributes, "Name", &value) &&
             str_equal_text(value, "BackOffMilliseconds"))
        reader->part = FAULT_BACK_OFF;
    /* Envelope, Body, Fault, detail, and then the first element within. */
    if (reader->depth == 5 && fault->detail[0] == '\0' && name.length < sizeof fault->detail)
        fault_keep(fault->detail, sizeof fault->detail, name);
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

/* ---- what the tokenizers tell -------------------------------------------------------------- */

/* A clear is a call, and most texts are empty. */
static void reader_clear(struct soap_reader *reader) {
    if (reader->text.length > 0)
        buffer_clear(&reader->text);
}

bool soap_saw_start(struct soap_reader *reader, const struct soap_element *element,
                    const struct soap_attributes *attributes) {
    if (reader->status != STATUS_OK)
        return false;
    if (reader->depth == SOAP_DEPTH_MAX) {
        soap_refuse(reader, "is nested too deeply");
        return false;
    }
    if (reader->depth == 0 && !(element->is_soap && str_equal_text(element->name, "Envelope"))) {
        soap_refuse(reader, "is no SOAP envelope");
        return false;
    }
    if (reader->depth == 2 && element->is_soap && str_equal_text(element->name, "Fault"))
        reader->in_fault = reader->fault.present = true;
    unsigned word = reader->in_fault || element->is_soap ? 0 : element->word;
    reader->words[reader->depth++] = word;
    if (reader->in_fault) {
        fault_start(reader, element->name, attributes);
    } else if (word != 0) {
        reader_clear(reader);
        reader_stop(reader,
                    reader->handler->start(reader->of, reader, word, attributes, &reader->error));
    }
    return reader->status == STATUS_OK;
}

bool soap_saw_end(struct soap_reader *reader) {
    if (reader->status != STATUS_OK || reader->depth == 0)
        return reader->status == STATUS_OK;
    unsigned word = reader->words[reader->depth - 1];
    if (reader->in_fault) {
        fault_end(reader);
        if (reader->depth == 3)
            reader->in_fault = false;
    } else if (word != 0) {
        enum status status = reader->handler->end(reader->of, reader, word,
                                                  buffer_str(&reader->text), &reader->error);
        reader_clear(reader);
        reader_stop(reader, status);
    }
    reader->depth--;
    reader->closed = reader->depth == 0;
    return reader->status == STATUS_OK;
}

bool soap_saw_text(struct soap_reader *reader, struct str piece) {
    if (reader->status != STATUS_OK || reader->depth == 0 || piece.length == 0)
        return reader->status == STATUS_OK;
    unsigned word = reader->words[reader->depth - 1];
    if (word != 0 && word == reader->handler->streamed) {
        reader_stop(reader, reader->handler->piece(reader->of, piece, &reader->error));
    } else if (word != 0 || reader->part != FAULT_NOTHING) {
        if (reader->text.length + piece.length > SOAP_TEXT_MAX)
            soap_refuse(reader, "holds too long a text");
        else
            buffer_append_str(&reader->text, piece);
    }
    return reader->status == STATUS_OK;
}

/* ---- the reader -------------------------------------------------------------------------- */

struct soap_reader *soap_reader_new(const struct soap_handler *handler, void *of) {
    struct soap_reader *reader = memory_new(1, sizeof *reader);
    reader->handler = handler;
    reader->of = of;
    words_build(&reader->table, handler->words);
    reader->plain = soap_plain_new(reader);
    return reader;
}

void soap_reader_close(struct soap_reader **reader) {
    if (*reader == NULL)
        return;
    enum stage before = stage_enter(STAGE_XML);
    soap_plain_close(&(*reader)->plain);
    soap_libxml_close(&(*reader)->libxml);
    stage_leave(before);
    buffer_release(&(*reader)->text);
    free(*reader);
    *reader = NULL;
}

bool soap_is_plain(const struct soap_reader *reader) {
    return reader->libxml == NULL;
}

void soap_distrust(struct soap_reader *reader) {
    if (reader->libxml != NULL)
        return;
    struct soap_prologue prologue = soap_plain_prologue(reader->plain);
    reader->libxml = soap_libxml_new(reader, &prologue);
    soap_plain_close(&reader->plain);
}

static enum status reader_outcome(struct soap_reader *reader, struct error *error) {
    if (reader->status == STATUS_OK && reader->libxml != NULL &&
        !soap_libxml_is_well_formed(reader->libxml))
        soap_refuse(reader, "is not well-formed");
    if (reader->status != STATUS_OK && error != NULL)
        *error = reader->error;
    return reader->status;
}

enum status soap_reader_feed(struct soap_reader *reader, struct str piece, struct error *error) {
    if (reader->status == STATUS_OK) {
        enum stage before = stage_enter(STAGE_XML);
        if (reader->libxml == NULL && !soap_plain_feed(reader->plain, &piece))
            soap_distrust(reader);
        if (reader->libxml != NULL)
            soap_libxml_feed(reader->libxml, piece);
        stage_leave(before);
    }
    return reader_outcome(reader, error);
}

enum status soap_reader_end(struct soap_reader *reader, struct error *error) {
    if (reader->status == STATUS_OK &&
        !(soap_is_plain(reader) && soap_plain_is_whole(reader->plain))) {
        soap_distrust(reader); /* what is not whole is odd */
        soap_libxml_end(reader->libxml);
    }
    if (reader->status == STATUS_OK && !reader->closed)
        soap_refuse(reader, "ends before its envelope does");
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
    struct str wanted = str_of(name);
    for (size_t i = 0; i < attributes->count; i++)
        if (str_equal(attributes->first[i].name, wanted)) {
            *value_r = attributes->first[i].value;
            return true;
        }
    return false;
}
