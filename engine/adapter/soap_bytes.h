/*
 * Bytes of XML, for the plain tokenizer: where a run of them ends that stands for itself, 16 bytes
 * looked at at a time, and what stands in a text for something else.
 */
#ifndef ENGINE_ADAPTER_SOAP_BYTES_H
#define ENGINE_ADAPTER_SOAP_BYTES_H

#include "../base/str.h"

enum soap_answer {
    SOAP_DONE,
    SOAP_MORE, /* bytes are needed to tell */
    SOAP_ODD,  /* it needs a second thought */
};

enum {
    SOAP_MARK_MAX = 6, /* bytes: "&quot;" */
    SOAP_NAME_WIDTH = 32,
    SOAP_BEHIND = SOAP_NAME_WIDTH, /* bytes behind a tag that may be looked at; they do not count */
};

/* A name, without ":" and all in ASCII, if one begins here. It must be in a tag, which ends with
 * ">"; may look at SOAP_BEHIND bytes behind that. */
const char *soap_skip_name(const char *at);

static inline bool soap_is_blank(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t';
}

static inline const char *soap_skip_blanks(const char *at, const char *end) {
    while (at < end && soap_is_blank(*at))
        at++;
    return at;
}

/* Up to the first byte that is no plain ASCII text. */
const char *soap_skip_text(const char *at, const char *end);

/* How many bytes stand before the first ">", "/" or blank; SOAP_NAME_WIDTH where there is none in
 * as many, all of which must be there. */
size_t soap_name_reach(const char *at);
/* Whether the first `length` of SOAP_NAME_WIDTH bytes are the same. */
bool soap_name_is(const char *one, const char *other, size_t length);

/* Up to the first byte that does not stand in a value as it is; as above. */
const char *soap_skip_value(const char *at, char quote);

/* What a text goes on with that is no plain ASCII: which bytes, and what they mean. */
enum soap_answer soap_mark(struct str text, struct str *mark_r, struct str *means_r);

#endif
