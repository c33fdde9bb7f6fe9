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
    SOAP_BEHIND = 15,  /* bytes behind a tag that may be looked at; they do not count */
};

/* ASCII letters, digits, "-", "." and "_"; a name begins with a letter or "_". */
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

/* Up to the first byte that does not stand in a value as it is; there must be one. May look at
 * SOAP_BEHIND bytes behind that. */
const char *soap_skip_value(const char *at, char quote);

/* What a text goes on with that is no plain ASCII: which bytes, and what they mean. */
enum soap_answer soap_mark(struct str text, struct str *mark_r, struct str *means_r);

#endif
