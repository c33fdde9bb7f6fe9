/*
 * Takes HTTP/1.1 requests (RFC 9112) out of bytes that come in pieces of any size. It is strict:
 * what two readers could understand differently (bare LF, folded lines, two lengths) is refused,
 * and every part has a limit. http.h carries it; nobody else needs it.
 */
#ifndef SIM_PARTY_HTTP_PARSER_H
#define SIM_PARTY_HTTP_PARSER_H

#include "http.h"

enum {
    HTTP_HEAD_MAX = 16 * 1024,  /* request line and header fields; trailers as well */
    HTTP_HEADERS_MAX = 64,      /* fields */
    HTTP_TARGET_MAX = 4096,     /* bytes of the request target */
    HTTP_CHUNK_LINE_MAX = 256,  /* a chunk's size with its extensions */
    HTTP_WAITING_MAX = 1 << 20, /* bytes of later requests, while one is being answered */
};

enum http_parse {
    HTTP_PARSE_BYTES,    /* needs more of them */
    HTTP_PARSE_CONTINUE, /* the client waits for "100 Continue" before it sends the body */
    HTTP_PARSE_REQUEST,  /* one request is whole */
    HTTP_PARSE_BAD,      /* refuse with parser->refusal and hang up */
};

struct http_parser {
    struct buffer input; /* not yet used; read from `at` */
    size_t at;
    size_t seen; /* of the head or line that begins at `at`, known to hold no end */
    int state;
    uint64_t left; /* bytes of the body or chunk still to come */
    uint64_t body_max;
    size_t trailers; /* bytes of trailers so far */
    struct buffer head, body;
    struct http_field fields[HTTP_HEADERS_MAX];
    struct http_request request;
    unsigned refusal;       /* status code */
    unsigned version_minor; /* HTTP/1.x */
    bool keep_alive;
};

void http_parser_open(struct http_parser *parser, uint64_t body_max);
void http_parser_release(struct http_parser *parser);
/* Takes the bytes. False when more wait than the limit allows. */
bool http_parser_give(struct http_parser *parser, const void *bytes, size_t length);
/* Goes on as far as the bytes reach. Stays at a whole request until http_parser_forget(). */
enum http_parse http_parser_next(struct http_parser *parser);
void http_parser_forget(struct http_parser *parser);
/* Whether bytes wait that may hold another request. */
bool http_parser_has_bytes(const struct http_parser *parser);

#endif
