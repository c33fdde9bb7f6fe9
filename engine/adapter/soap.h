/*
 * SOAP 1.1 for the adapters. Requests are written into a buffer; answers are read as they stream
 * in (SAX), never as a tree. A reader knows the elements that matter by their local names, tells
 * its handler when one begins and ends, and finds faults by itself.
 *
 * Nearly all answers are plain XML, which a tokenizer of our own reads in a fraction of the time
 * that libxml2 takes. At the first token that needs a second thought libxml2 goes on from there
 * (soap_inside.h), so it alone decides about what is odd or wrong, and handlers see no difference.
 *
 * Hostile answers: a document type is refused outright (no entity ever expands), the nesting and
 * the texts that are held have limits, and an answer counts only when its envelope was closed.
 */
#ifndef ENGINE_ADAPTER_SOAP_H
#define ENGINE_ADAPTER_SOAP_H

#include "../base/buffer.h"
#include "http_client.h"

enum {
    SOAP_DEPTH_MAX = 64,
    SOAP_TEXT_MAX = 64 * 1024, /* of one element whose text is held */
    SOAP_WORDS_MAX = 64,
    SOAP_FAULT_CODE_MAX = 96,
    SOAP_FAULT_TEXT_MAX = 300,
};

/* Appends character data or an attribute's value, escaped; bytes that XML cannot carry become
 * U+FFFD. */
void soap_text(struct buffer *out, struct str text);
/* <tag>text</tag> */
void soap_element(struct buffer *out, const char *tag, struct str text);

/* ---- reading --------------------------------------------------------------------------------- */

struct soap_reader;
struct soap_attributes;

struct soap_handler {
    /* Local names that matter, NULL-terminated; the first is word 1. */
    const char *const *words;
    unsigned streamed; /* the word whose text goes to `piece` instead of being held; 0: none */
    enum status (*start)(void *of, const struct soap_reader *reader, unsigned word,
                         const struct soap_attributes *attributes, struct error *error);
    enum status (*piece)(void *of, struct str piece, struct error *error); /* may be NULL */
    /* `text` is what stands directly in the element, if it holds no other known one. */
    enum status (*end)(void *of, const struct soap_reader *reader, unsigned word, struct str text,
                       struct error *error);
};

struct soap_fault {
    bool present;
    char code[SOAP_FAULT_CODE_MAX];   /* of detail/ResponseCode, else of faultcode, no prefix */
    char detail[SOAP_FAULT_CODE_MAX]; /* local name of the first element in detail */
    char text[SOAP_FAULT_TEXT_MAX];   /* faultstring */
    int64_t back_off;                 /* BackOffMilliseconds, as microseconds; 0: not said */
};

/* `handler` and `of` are borrowed. */
struct soap_reader *soap_reader_new(const struct soap_handler *handler, void *of);
void soap_reader_close(struct soap_reader **reader);
NODISCARD enum status soap_reader_feed(struct soap_reader *reader, struct str piece,
                                       struct error *error);
/* The answer is over: OK if it was one whole envelope. */
NODISCARD enum status soap_reader_end(struct soap_reader *reader, struct error *error);
const struct soap_fault *soap_reader_fault(const struct soap_reader *reader);

/* Whether an element of that word is open, and the word directly around the current one. */
bool soap_inside(const struct soap_reader *reader, unsigned word);
unsigned soap_parent(const struct soap_reader *reader);
/* An attribute by local name; false when there is none. */
bool soap_attribute(const struct soap_attributes *attributes, const char *name,
                    struct str *value_r);

/* Reads "1500" as milliseconds into microseconds, within a day; 0 for anything else. */
int64_t soap_back_off(struct str text);

/* ---- both ------------------------------------------------------------------------------------ */

struct soap_call {
    struct str envelope;
    const char *const *headers; /* as in struct http_request */
    const struct soap_handler *handler;
    void *of;
};

/* Sends an envelope and reads the answer. OK: a whole answer without a fault. PROTOCOL with
 * fault_r->present: a fault, for the caller to judge. BUSY: HTTP 503 and the like, with back_off
 * where the server named one. */
NODISCARD enum status soap_call(struct http_client *client, const struct soap_call *call,
                                struct soap_fault *fault_r, struct error *error);

#endif
