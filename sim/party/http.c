/* The server's side of HTTP/1.1: requests in, answers out. See http.h. */
#include "http.h"

#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "base64.h"
#include "http_parser.h"

struct http_session {
    struct session session; /* first */
    struct session_type type;
    struct http_handler handler;
    struct http_options options;
    struct http_parser parser;
    struct http_answer answer;
    bool answering; /* between HTTP_MORE and the end of that answer */
    bool chunked;   /* the answer comes in chunks; else its end is the end of the connection */
    bool is_head;   /* nothing of the body is sent */
};

static const char *http_reason(unsigned status) {
    static const struct {
        unsigned status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {440, "Login Timeout"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* RFC 9110 §5.6.7: "Thu, 07 Aug 2025 06:00:00 GMT". */
static void http_append_date(struct buffer *out, instant now) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char iso[INSTANT_TEXT_MAX]; /* yyyy-mm-ddThh:mm:ssZ */
    struct civil civil = civil_of_instant(now);
    instant_text(instant_whole_second(now), iso);
    buffer_append_text(out, "Date: ");
    buffer_append(out, days[civil.weekday], 3);
    buffer_append_text(out, ", ");
    buffer_append(out, iso + 8, 2);
    buffer_append_byte(out, ' ');
    buffer_append(out, months[civil.month - 1], 3);
    buffer_append_byte(out, ' ');
    buffer_append(out, iso, 4);
    buffer_append_byte(out, ' ');
    buffer_append(out, iso + 11, 8);
    buffer_append_text(out, " GMT\r\n");
}

static void http_append_field(struct buffer *out, const char *name, struct str value) {
    buffer_append_text(out, name);
    buffer_append_text(out, ": ");
    buffer_append_str(out, value);
    buffer_append_text(out, "\r\n");
}

/* All of the head but what says how long the body is. */
static void http_append_head(struct http_session *http, struct buffer *out) {
    struct http_answer *answer = &http->answer;
    buffer_append_text(out, "HTTP/1.1 ");
    buffer_append_u64(out, answer->status);
    buffer_append_byte(out, ' ');
    buffer_append_text(out, http_reason(answer->status));
    buffer_append_text(out, "\r\n");
    if (http->options.clock != NULL)
        http_append_date(out, http->options.clock->now);
    if (http->options.server != NULL)
        http_append_field(out, "Server", str_of(http->options.server));
    if (answer->content_type != NULL)
        http_append_field(out, "Content-Type", str_of(answer->content_type));
    buffer_append_str(out, buffer_str(&answer->headers));
    if (answer->close)
        buffer_append_text(out, "Connection: close\r\n");
}

/* Appends the body to the head. A large one stays where it is: the head goes before it, and both
 * change hands, so that neither a listing of a megabyte nor the first answer of a connection needs
 * a second buffer. */
static void http_append_body(struct http_answer *answer, struct buffer *out) {
    enum { LARGE = 4 * 1024, HEAD_MAX = 4 * 1024 };
    struct buffer *body = &answer->body;
    size_t head = out->length;
    if (body->length < LARGE || head > HEAD_MAX) {
        buffer_append_str(out, buffer_str(body));
        return;
    }
    buffer_reserve(body, head);
    memmove(body->data + head, body->data, body->length + 1);
    memcpy(body->data, out->data, head);
    body->length += head;
    struct buffer whole = *body;
    *body = *out;
    *out = whole;
}

static void http_append_whole(struct http_session *http, struct buffer *out) {
    struct http_answer *answer = &http->answer;
    http_append_head(http, out);
    bool bodyless = answer->status == 204 || answer->status == 304;
    if (!bodyless) {
        buffer_append_text(out, "Content-Length: ");
        buffer_append_u64(out, answer->body.length);
        buffer_append_text(out, "\r\n");
    }
    buffer_append_text(out, "\r\n");
    if (!bodyless && !http->is_head)
        http_append_body(answer, out);
}

/* A piece of an answer whose length nobody knows yet (RFC 9112 §7.1). An empty one would end it. */
static void http_append_piece(struct http_session *http, struct buffer *out) {
    struct str piece = buffer_str(&http->answer.body);
    if (http->is_head || piece.length == 0)
        return;
    if (http->chunked)
        buffer_printf(out, "%zx\r\n", piece.length);
    buffer_append_str(out, piece);
    if (http->chunked)
        buffer_append_text(out, "\r\n");
}

static void http_answer_clear(struct http_answer *answer) {
    struct buffer headers = answer->headers, body = answer->body;
    buffer_clear(&headers);
    buffer_clear(&body);
    *answer = (struct http_answer){.status = 200, .headers = headers, .body = body};
}

/* Sends what the handler made, and settles what happens next. */
static enum session_next http_session_send(struct http_session *http, enum http_next next,
                                           struct buffer *out) {
    struct http_answer *answer = &http->answer;
    http->session.work += answer->work;
    answer->work = 0;
    if (next == HTTP_RESET)
        return SESSION_RESET;
    bool first = !http->answering;
    if (first && next == HTTP_DONE) {
        http_append_whole(http, out);
    } else {
        if (first) {
            answer->close = answer->close || !http->chunked;
            http_append_head(http, out);
            buffer_append_text(out, http->chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
        }
        http_append_piece(http, out);
        if (next == HTTP_DONE && http->chunked && !http->is_head)
            buffer_append_text(out, "0\r\n\r\n");
    }
    buffer_clear(&answer->body);
    http->answering = next == HTTP_MORE;
    if (next == HTTP_MORE)
        return SESSION_MORE;
    if (answer->close)
        return SESSION_CLOSE;
    http_parser_forget(&http->parser);
    return http_parser_has_bytes(&http->parser) ? SESSION_MORE : SESSION_READ;
}

static enum session_next http_session_refuse(struct http_session *http, struct buffer *out) {
    http_answer_clear(&http->answer);
    http->is_head = false;
    http_answer_text(&http->answer, http->parser.refusal, http_reason(http->parser.refusal));
    http->answer.close = true;
    return http_session_send(http, HTTP_DONE, out);
}

static enum session_next http_session_go(struct http_session *http, struct buffer *out) {
    struct http_parser *parser = &http->parser;
    struct http_request *request = &parser->request;
    if (http->answering)
        return http_session_send(
            http, http->handler.go_on(http->handler.of, request, &http->answer), out);
    switch (http_parser_next(parser)) {
    case HTTP_PARSE_BYTES:
        return SESSION_READ;
    case HTTP_PARSE_CONTINUE:
        buffer_append_text(out, "HTTP/1.1 100 Continue\r\n\r\n");
        return SESSION_READ;
    case HTTP_PARSE_BAD:
        return http_session_refuse(http, out);
    case HTTP_PARSE_REQUEST:
        break;
    }
    request->process = http->session.process;
    http_answer_clear(&http->answer);
    http->answer.close = !parser->keep_alive;
    http->chunked = parser->version_minor >= 1;
    http->is_head = str_equal_text(request->method, "HEAD");
    return http_session_send(http, http->handler.handle(http->handler.of, request, &http->answer),
                             out);
}

static enum session_next http_session_feed(struct session *session, const void *bytes,
                                           size_t length, struct buffer *out) {
    struct http_session *http = (struct http_session *)session;
    if (!http_parser_give(&http->parser, bytes, length))
        return SESSION_RESET;
    return http_session_go(http, out);
}

static enum session_next http_session_poll(struct session *session, struct buffer *out) {
    return http_session_go((struct http_session *)session, out);
}

static void http_session_close(struct session *session) {
    struct http_session *http = (struct http_session *)session;
    if (http->handler.close != NULL)
        http->handler.close(http->handler.of);
    http_parser_release(&http->parser);
    buffer_release(&http->answer.headers);
    buffer_release(&http->answer.body);
    free(http);
}

struct session *http_session_new(const struct http_handler *handler,
                                 const struct http_options *options) {
    struct http_session *http = memory_new(1, sizeof *http);
    http->handler = *handler;
    http->options = *options;
    http->type = (struct session_type){.name = options->name,
                                       .feed = http_session_feed,
                                       .poll = http_session_poll,
                                       .close = http_session_close};
    http->session.type = &http->type;
    http_parser_open(&http->parser, options->body_max == 0 ? HTTP_BODY_MAX : options->body_max);
    return &http->session;
}

struct str http_request_header(const struct http_request *request, const char *name) {
    for (size_t i = 0; i < request->field_count; i++)
        if (str_equal_caseless(request->fields[i].name, str_of(name)))
            return request->fields[i].value;
    return STR("");
}

void http_answer_header(struct http_answer *answer, const char *name, struct str value) {
    check(value.length == 0 || (memchr(value.data, '\n', value.length) == NULL &&
                                memchr(value.data, '\r', value.length) == NULL));
    http_append_field(&answer->headers, name, value);
}

void http_answer_text(struct http_answer *answer, unsigned status, const char *text) {
    answer->status = status;
    answer->content_type = "text/plain; charset=utf-8";
    buffer_clear(&answer->body);
    buffer_printf(&answer->body, "%s\r\n", text);
}

void http_answer_unauthorised(struct http_answer *answer, const char *realm) {
    http_answer_text(answer, 401, "Unauthorized");
    buffer_printf(&answer->headers, "WWW-Authenticate: Basic realm=\"%s\"\r\n", realm);
}

bool http_request_basic(const struct http_request *request, struct buffer *scratch,
                        struct str *user_r, struct str *password_r) {
    struct str value = http_request_header(request, "Authorization");
    buffer_clear(scratch);
    if (!str_starts_with_caseless(value, "Basic "))
        return false;
    struct str token = str_trim((struct str){value.data + 6, value.length - 6});
    if (!base64_decode(scratch, token))
        return false;
    struct str rest = buffer_str(scratch);
    if (rest.length == 0 || memchr(rest.data, ':', rest.length) == NULL)
        return false;
    *user_r = str_cut(&rest, ':');
    *password_r = rest;
    return true;
}
