/*
 * What the parts of the SOAP reader know of each other. soap_reader.c gives elements and texts
 * their meaning. Two tokenizers stand behind it and tell it of them through the same functions:
 *
 *   soap_plain.c   reads what servers send nearly always, and gives up at the first token that
 *                  needs a second thought (start tags in soap_tag.c, bytes in soap_bytes.c);
 *   soap_libxml.c  reads anything with libxml2, from the beginning or from the middle on.
 *
 * Where the first gives up, the second is shown a prologue, which is the XML declaration and the
 * start tags of the elements still open, keeps silent about it, and reads on from the token that
 * was not read. So libxml2 alone decides about all that is odd or wrong, and there is no parser of
 * its kind while an answer is plain. Invariant: the reader's handler is called as if libxml2 had
 * read the answer from its first byte, but for where a streamed text is cut into pieces, how much
 * is told of the one in which an answer breaks, and which of broken and cut off an answer is called
 * that is both.
 */
#ifndef ENGINE_ADAPTER_SOAP_INSIDE_H
#define ENGINE_ADAPTER_SOAP_INSIDE_H

#include "soap.h"

#define SOAP_NAMESPACE "http://schemas.xmlsoap.org/soap/envelope/"

struct soap_attribute {
    struct str name, value; /* borrow; the name without its prefix */
};

struct soap_attributes {
    const struct soap_attribute *first; /* borrows */
    size_t count;
};

struct soap_element {
    struct str name; /* borrows; without the prefix */
    unsigned word;   /* as soap_word() says */
    bool is_soap;    /* its namespace is SOAP's */
};

/* ---- told by either tokenizer (soap_reader.c) ------------------------------------------------ */

/* Which of the handler's words a name is; 0: none. */
unsigned soap_word(const struct soap_reader *reader, struct str name);
/* An element begins. This and the next two say whether nothing was refused; else there is no more
 * to tell. */
bool soap_saw_start(struct soap_reader *reader, const struct soap_element *element,
                    const struct soap_attributes *attributes);
/* A part of the text in the innermost element. */
bool soap_saw_text(struct soap_reader *reader, struct str piece);
/* The innermost element ends; where none is open, nothing does. */
bool soap_saw_end(struct soap_reader *reader);
void soap_refuse(struct soap_reader *reader, const char *why);

/* For tests: libxml2 reads from here on; and whether it does not yet. */
void soap_distrust(struct soap_reader *reader);
bool soap_is_plain(const struct soap_reader *reader);

/* ---- plain (soap_plain.c) -------------------------------------------------------------------- */

struct soap_plain;

/* What libxml2 must have seen to go on in the middle. All borrow from the plain tokenizer. */
struct soap_prologue {
    struct str open; /* the declaration, and the start tags of what is open */
    struct str kept; /* the part of a token that came already */
    unsigned starts; /* elements that begin in `open` */
};

/* `reader` is borrowed. */
struct soap_plain *soap_plain_new(struct soap_reader *reader);
void soap_plain_close(struct soap_plain **plain);
/* Reads on and takes what was read off `piece`. False: the rest is for libxml2. */
NODISCARD bool soap_plain_feed(struct soap_plain *plain, struct str *piece);
/* Whether what came is one whole document. */
bool soap_plain_is_whole(const struct soap_plain *plain);
struct soap_prologue soap_plain_prologue(const struct soap_plain *plain);

/* ---- libxml2 (soap_libxml.c) ----------------------------------------------------------------- */

struct soap_libxml;

/* `reader` is borrowed, the prologue read at once. */
struct soap_libxml *soap_libxml_new(struct soap_reader *reader,
                                    const struct soap_prologue *prologue);
void soap_libxml_close(struct soap_libxml **libxml);
void soap_libxml_feed(struct soap_libxml *libxml, struct str piece);
void soap_libxml_end(struct soap_libxml *libxml);
bool soap_libxml_is_well_formed(const struct soap_libxml *libxml);

#endif
