/*
 * HTTP/1.1 as a server speaks it (RFC 9110, 9112), for EWS, SOAP provisioning and SCIM alike. A
 * handler sees whole requests and fills in answers; an answer may come in pieces, so that a batch
 * of a thousand messages never lies in memory at once.
 *
 *   handler->handle(of, request, answer)  sets answer->status, appends to answer->body …
 *     HTTP_DONE   that was all: sent with Content-Length
 *     HTTP_MORE   go_on() is called for the next piece: sent with chunked transfer coding
 *     HTTP_RESET  the connection breaks here, nothing of this piece is sent (a fault)
 *
 * Pipelined requests are answered in order, one each time the carrier feeds or polls, so that the
 * time a server works on one of them does not hold back the answer before it. Malformed requests
 * never reach the handler: they are refused with 400, 411, 413, 414, 417, 431, 501 or 505, and the
 * connection ends.
 */
#ifndef SIM_PARTY_HTTP_H
#define SIM_PARTY_HTTP_H

#include "../kernel/clock.h"
#include "session.h"

struct http_field {
    struct str name, value; /* without white space around */
};

struct http_request {  /* all borrowed, until its answer is whole */
    struct str method; /* "POST" */
    struct str path;   /* "/EWS/Exchange.asmx", as sent */
    struct str query;  /* behind "?", as sent; empty when there is none */
    struct str body;
    const struct http_field *fields;
    size_t field_count;
    uint32_t process; /* who opened the connection */
};

struct http_answer { /* zeroed for each request, but status is 200 */
    unsigned status;
    const char *content_type; /* static text; NULL: none */
    struct buffer headers;    /* further ones; http_answer_header() appends */
    struct buffer body;       /* the piece that is ready; emptied after each return */
    int64_t work;             /* how long the server worked on this piece; microseconds */
    bool close;               /* hang up after this answer */
};

enum http_next { HTTP_DONE, HTTP_MORE, HTTP_RESET };

/* One for each connection; `of` is the handler's own. */
struct http_handler {
    void *of;
    enum http_next (*handle)(void *of, const struct http_request *request,
                             struct http_answer *answer);
    /* The next piece, after HTTP_MORE; may be NULL in a handler that never says so. */
    enum http_next (*go_on)(void *of, const struct http_request *request,
                            struct http_answer *answer);
    /* The connection has ended; also in the midst of an answer. May be NULL. */
    void (*close)(void *of);
};

struct http_options {
    const char *name;          /* of the session type: "ews", "soap", "scim" */
    const char *server;        /* what it calls itself; static text; NULL: nothing */
    const struct clock *clock; /* borrows, for the Date header; NULL: none is sent */
    uint64_t body_max;         /* of one request; 0: HTTP_BODY_MAX */
};

enum { HTTP_BODY_MAX = 64 << 20 };

/* Copies both; calls handler->close when it is closed. */
struct session *http_session_new(const struct http_handler *handler,
                                 const struct http_options *options);

/* The value of the first field of that name (caseless), "" when there is none. */
struct str http_request_header(const struct http_request *request, const char *name);

/* `name` and `value` must be free of line ends. */
void http_answer_header(struct http_answer *answer, const char *name, struct str value);
/* A short answer of plain text. */
void http_answer_text(struct http_answer *answer, unsigned status, const char *text);
/* 401 with WWW-Authenticate: Basic realm="…" (RFC 7617). */
void http_answer_unauthorised(struct http_answer *answer, const char *realm);

/* The name and password of "Authorization: Basic …"; both point into `scratch`, which is emptied
 * first. False when there is none or it is malformed. */
bool http_request_basic(const struct http_request *request, struct buffer *scratch,
                        struct str *user_r, struct str *password_r);

#endif
