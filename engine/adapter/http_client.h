/*
 * HTTP for the adapters: one libcurl handle a session, so that its connection stays open and its
 * Basic credentials go with every request. Answers stream into a callback as they arrive; the body
 * is shown only if its media type is the one expected, because a login page with status 200 is no
 * answer and must never be mistaken for "nothing to do".
 */
#ifndef ENGINE_ADAPTER_HTTP_CLIENT_H
#define ENGINE_ADAPTER_HTTP_CLIENT_H

#include "../base/buffer.h"
#include "../base/instant.h"

struct http_client;

struct http_client_options {
    const char *url;             /* of the server; copied */
    const char *user, *password; /* NULL: none; copied */
    int64_t timeout; /* of silence, in whole seconds; microseconds. A request that crawls on may
                      * take HTTP_PATIENCE times as long */
};

NODISCARD enum status http_client_open(const struct http_client_options *options,
                                       struct http_client **client_r, struct error *error);
void http_client_close(struct http_client **client);

enum { HTTP_PATIENCE = 30, HTTP_HEADERS_MAX = 8, HTTP_ETAG_MAX = 256, HTTP_TYPE_MAX = 96 };

struct http_request {
    const char *method;         /* "GET", "POST", "PATCH" */
    const char *path;           /* appended to the URL as it is; NULL: nothing */
    struct str body;            /* none: empty */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const char *const *types;   /* media types whose bodies are shown, NULL-terminated */
    bool faults;                /* shows the body of a 500 too, as SOAP needs, not only of 2xx */
    enum status (*see)(void *of, struct str piece); /* anything but OK ends the request */
    void *of;
};

struct http_answer {
    long code;                /* 0: none arrived */
    char type[HTTP_TYPE_MAX]; /* media type in lower case, without parameters */
    bool shown;               /* type and code were such that the body is */
    char etag[HTTP_ETAG_MAX]; /* "" when there is none or it is too long */
    int64_t retry_after;      /* microseconds; 0: not said */
};

/* Sends a request and reads the whole answer. OK means that one arrived, whatever its code: see
 * http_status(). Otherwise TIMEOUT, NETWORK, PROTOCOL, or what `see` returned. */
NODISCARD enum status http_client_send(struct http_client *client,
                                       const struct http_request *request,
                                       struct http_answer *answer_r, struct error *error);

/* What an answer's code means: OK for 2xx with an expected type, DENIED, NOT_FOUND, CONFLICT, BUSY,
 * TIMEOUT, else PROTOCOL. Writes the sentence. */
NODISCARD enum status http_status(const struct http_answer *answer, struct error *error);

/* Appends `text` with everything but unreserved characters escaped (RFC 3986 section 2.3). */
void http_escape(struct str text, struct buffer *out);

/* A `see` for small answers, which collects into a buffer up to a limit; more is LIMIT. */
struct http_collector {
    struct buffer body; /* the caller releases it */
    size_t limit;
};
enum status http_collect(void *of, struct str piece);

#endif
