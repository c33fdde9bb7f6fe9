/*
 * What a SOAP reader tells its handler, written down, so that two readings of one answer can be
 * compared: by the plain tokenizer as far as it goes, and by libxml2 from some byte on.
 */
#ifndef ENGINE_ADAPTER_TESTS_SOAP_TRACE_H
#define ENGINE_ADAPTER_TESTS_SOAP_TRACE_H

#include "../soap_inside.h"

enum { SOAP_TRACE_NEVER = -1 };

struct soap_way {  /* of reading */
    size_t piece;  /* bytes a piece; 0: all in one */
    uint64_t seed; /* not 0: pieces of 1 to `piece` bytes, by chance */
    size_t cut;    /* not 0: one more cut there */
    long distrust; /* libxml2 reads from that byte on, or SOAP_TRACE_NEVER */
    long fail;     /* the event at which the handler gives up, or SOAP_TRACE_NEVER */
};

struct soap_trace {
    struct buffer events;   /* owns: one a line */
    struct buffer streamed; /* owns: of the streamed text under way */
    long left;              /* events until the handler gives up */
    enum status status;
    struct error error;
    struct soap_fault fault;
    bool plain; /* libxml2 was not asked */
};

/* Reads `document`, each piece from memory that ends at a guard page. */
void soap_trace_read(struct str document, const struct soap_way *way, struct soap_trace *trace_r);
void soap_trace_release(struct soap_trace *trace);

/* Whether two readings mean the same. Free are: how a streamed text is cut into pieces; how much of
 * it is told where the answer breaks within; and, of an answer that is both broken and cut off,
 * which of the two is said. */
bool soap_traces_agree(const struct soap_trace *left, const struct soap_trace *right);
/* Prints both. */
void soap_traces_show(struct str document, const struct soap_trace *left,
                      const struct soap_trace *right);

#endif
