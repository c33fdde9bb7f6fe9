/* Requests out of bytes. See http_parser.h. */
#include "http_parser.h"

#include <string.h>

enum {
    PARSER_HEAD,
    PARSER_BODY,
    PARSER_CHUNK_SIZE,
    PARSER_CHUNK,
    PARSER_CHUNK_END,
    PARSER_TRAILER,
    PARSER_WHOLE,
    PARSER_BROKEN,
};

void http_parser_open(struct http_parser *parser, uint64_t body_max) {
    *parser = (struct http_parser){.state = PARSER_HEAD, .body_max = body_max};
}

void http_parser_release(struct http_parser *parser) {
    buffer_release(&parser->input);
    buffer_release(&parser->head);
    buffer_release(&parser->body);
}

bool http_parser_has_bytes(const struct http_parser *parser) {
    return parser->at < parser->input.length;
}

bool http_parser_give(struct http_parser *parser, const void *bytes, size_t length) {
    if (parser->state == PARSER_BROKEN)
        return true;
    if (parser->state == PARSER_WHOLE &&
        length + parser->input.length - parser->at > HTTP_WAITING_MAX)
        return false;
    buffer_append(&parser->input, bytes, length);
    return true;
}

void http_parser_forget(struct http_parser *parser) {
    enum { KEPT_MAX = 1 << 20 }; /* one large request does not hold its memory for ever */
    if (parser->body.capacity > KEPT_MAX)
        buffer_release(&parser->body);
    buffer_clear(&parser->body);
    buffer_clear(&parser->head);
    parser->request = (struct http_request){0};
    parser->state = PARSER_HEAD;
    parser->seen = 0;
    parser->trailers = 0;
}

static enum http_parse http_parser_refuse(struct http_parser *parser, unsigned status) {
    parser->state = PARSER_BROKEN;
    parser->refusal = status;
    buffer_release(&parser->input);
    parser->at = 0;
    return HTTP_PARSE_BAD;
}

/* Drops what was used once that is the larger part, so that each byte moves at most once. */
static void http_parser_use(struct http_parser *parser, size_t length) {
    parser->at += length;
    parser->seen = 0;
    if (parser->at * 2 < parser->input.length)
        return;
    buffer_consume(&parser->input, parser->at);
    parser->at = 0;
}

static struct str http_parser_waiting(const struct http_parser *parser) {
    return str_bytes(parser->input.data + parser->at, parser->input.length - parser->at);
}

/* RFC 9110 §5.6.2. */
static bool http_is_token(struct str text) {
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        bool alphanumeric =
            (byte >= '0' && byte <= '9') || (ascii_lower(byte) >= 'a' && ascii_lower(byte) <= 'z');
        if (!alphanumeric && (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return text.length > 0;
}

/* RFC 9110 §5.5: visible bytes, space and tab. */
static bool http_is_field_value(struct str text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

static bool http_is_visible(struct str text) {
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    return text.length > 0;
}

/* Cuts one line, which is known to end in CRLF. False when a CR stands within it. */
static bool http_take_line(struct str *rest, struct str *line_r) {
    struct str line = str_cut(rest, '\n');
    line.length--;
    *line_r = line;
    return line.length == 0 || memchr(line.data, '\r', line.length) == NULL;
}

/* "POST /path?query HTTP/1.1". Returns 0, or the status to refuse with. */
static unsigned http_parse_request_line(struct http_parser *parser, struct str line) {
    struct http_request *request = &parser->request;
    struct str rest = line;
    request->method = str_cut(&rest, ' ');
    struct str target = str_cut(&rest, ' ');
    if (!http_is_token(request->method) || !http_is_visible(target))
        return 400;
    if (target.length > HTTP_TARGET_MAX)
        return 414;
    if (str_equal_text(rest, "HTTP/1.1"))
        parser->version_minor = 1;
    else if (str_equal_text(rest, "HTTP/1.0"))
        parser->version_minor = 0;
    else
        return str_starts_with(rest, "HTTP/") ? 505 : 400;
    if (str_starts_with_caseless(target, "http://")) { /* absolute form, §3.2.2 */
        const char *slash = memchr(target.data + 7, '/', target.length - 7);
        if (slash == NULL)
            return 400;
        target = (struct str){slash, target.length - (size_t)(slash - target.data)};
    }
    if (target.data[0] != '/')
        return 400;
    request->path = str_cut(&target, '?');
    request->query = target;
    return 0;
}

static unsigned http_parse_fields(struct http_parser *parser, struct str rest) {
    struct http_request *request = &parser->request;
    request->fields = parser->fields;
    while (true) {
        struct str line;
        if (!http_take_line(&rest, &line))
            return 400;
        if (line.length == 0)
            return 0;
        if (request->field_count == HTTP_HEADERS_MAX)
            return 431;
        if (memchr(line.data, ':', line.length) == NULL)
            return 400;
        struct http_field field = {.name = str_cut(&line, ':')};
        field.value = str_trim(line);
        if (!http_is_token(field.name) || !http_is_field_value(field.value))
            return 400;
        parser->fields[request->field_count++] = field;
    }
}

/* How many fields have that name; the last one's value. */
static size_t http_count_header(const struct http_request *request, const char *name,
                                struct str *value_r) {
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++)
        if (str_equal_caseless(request->fields[i].name, str_of(name))) {
            *value_r = request->fields[i].value;
            count++;
        }
    return count;
}

/* Whether a comma-separated list holds `word`. */
static bool http_list_has(struct str list, const char *word) {
    while (list.length > 0)
        if (str_equal_caseless(str_trim(str_cut(&list, ',')), str_of(word)))
            return true;
    return false;
}

/* Decides how the body comes (RFC 9112 §6). Two lengths, or a length beside a transfer coding, are
 * refused: that is how requests are smuggled. Returns 0, or the status to refuse with. */
static unsigned http_parse_framing(struct http_parser *parser) {
    struct http_request *request = &parser->request;
    struct str value = STR("");
    size_t hosts = http_count_header(request, "Host", &value);
    if (hosts > 1 || (hosts == 0 && parser->version_minor == 1))
        return 400;
    parser->keep_alive = parser->version_minor == 1;
    if (http_count_header(request, "Connection", &value) > 0)
        parser->keep_alive = parser->keep_alive ? !http_list_has(value, "close")
                                                : http_list_has(value, "keep-alive");
    struct str length = STR("");
    size_t lengths = http_count_header(request, "Content-Length", &length);
    size_t codings = http_count_header(request, "Transfer-Encoding", &value);
    if (lengths > 1 || codings > 1 || (lengths == 1 && codings == 1))
        return 400;
    parser->left = 0;
    if (codings == 1) {
        if (!str_equal_caseless(value, STR("chunked")))
            return 501;
        parser->state = PARSER_CHUNK_SIZE;
    } else if (lengths == 1) {
        if (length.length == 0 || length.length > 18 || !str_to_u64(length, &parser->left))
            return 400;
        if (parser->left > parser->body_max)
            return 413;
        parser->state = parser->left > 0 ? PARSER_BODY : PARSER_WHOLE;
    } else {
        bool needs_body = str_equal_text(request->method, "POST") ||
                          str_equal_text(request->method, "PUT") ||
                          str_equal_text(request->method, "PATCH");
        if (needs_body)
            return 411;
        parser->state = PARSER_WHOLE;
    }
    if (http_count_header(request, "Expect", &value) > 0 &&
        !str_equal_caseless(value, STR("100-continue")))
        return 417;
    return 0;
}

/* Looks for the empty line. The head is kept apart, since bytes that come later may move. */
static enum http_parse http_parser_head(struct http_parser *parser) {
    struct str waiting = http_parser_waiting(parser);
    while (parser->seen == 0 && waiting.length >= 2 && memcmp(waiting.data, "\r\n", 2) == 0) {
        http_parser_use(parser, 2); /* empty lines before a request: RFC 9112 §2.2 */
        waiting = http_parser_waiting(parser);
    }
    size_t end = 0;
    while (end == 0) {
        const char *from = waiting.data + parser->seen;
        const char *found = memchr(from, '\n', waiting.length - parser->seen);
        size_t reached = found == NULL ? waiting.length : (size_t)(found - waiting.data) + 1;
        if (reached > HTTP_HEAD_MAX)
            return http_parser_refuse(parser, 431);
        if (found == NULL) /* `seen` stays at the beginning of the line */
            return HTTP_PARSE_BYTES;
        if (found == from || found[-1] != '\r')
            return http_parser_refuse(parser, 400);
        if (found - from == 1)
            end = reached;
        parser->seen = reached;
    }
    buffer_append(&parser->head, waiting.data, end);
    http_parser_use(parser, end);
    struct str rest = buffer_str(&parser->head), line;
    unsigned refusal = http_take_line(&rest, &line) ? http_parse_request_line(parser, line) : 400;
    if (refusal == 0)
        refusal = http_parse_fields(parser, rest);
    if (refusal == 0)
        refusal = http_parse_framing(parser);
    if (refusal != 0)
        return http_parser_refuse(parser, refusal);
    struct str expected;
    if (parser->state != PARSER_WHOLE && !http_parser_has_bytes(parser) &&
        http_count_header(&parser->request, "Expect", &expected) > 0)
        return HTTP_PARSE_CONTINUE;
    return HTTP_PARSE_BYTES;
}

/* Takes what there is of the body or of one chunk. */
static void http_parser_body(struct http_parser *parser, int state_after) {
    enum { RESERVED_MAX = 64 * 1024 }; /* a client may announce what it never sends */
    struct str waiting = http_parser_waiting(parser);
    size_t length = waiting.length < parser->left ? waiting.length : (size_t)parser->left;
    buffer_reserve(&parser->body,
                   parser->left < RESERVED_MAX ? (size_t)parser->left : RESERVED_MAX);
    buffer_append(&parser->body, waiting.data, length);
    http_parser_use(parser, length);
    parser->left -= length;
    if (parser->left == 0)
        parser->state = state_after;
}

static bool http_parse_chunk_size(struct str line, uint64_t *size_r) {
    enum { DIGITS_MAX = 8 };
    struct str digits = str_trim(str_cut(&line, ';'));
    *size_r = 0;
    for (size_t i = 0; i < digits.length; i++) {
        char byte = ascii_lower(digits.data[i]);
        if (byte >= '0' && byte <= '9')
            *size_r = *size_r * 16 + (uint64_t)(byte - '0');
        else if (byte >= 'a' && byte <= 'f')
            *size_r = *size_r * 16 + (uint64_t)(byte - 'a') + 10;
        else
            return false;
    }
    return digits.length > 0 && digits.length <= DIGITS_MAX;
}

/* One line of the chunked coding (RFC 9112 §7.1): a size, the end of a chunk, or a trailer. */
static enum http_parse http_parser_chunk_line(struct http_parser *parser) {
    struct str waiting = http_parser_waiting(parser);
    const char *found = memchr(waiting.data, '\n', waiting.length);
    size_t length = found == NULL ? waiting.length : (size_t)(found - waiting.data) + 1;
    size_t limit = parser->state == PARSER_TRAILER ? HTTP_HEAD_MAX : HTTP_CHUNK_LINE_MAX;
    if (length > limit)
        return http_parser_refuse(parser, parser->state == PARSER_TRAILER ? 431 : 400);
    if (found == NULL)
        return HTTP_PARSE_BYTES;
    if (length < 2 || found[-1] != '\r')
        return http_parser_refuse(parser, 400);
    struct str line = {waiting.data, length - 2};
    if (parser->state == PARSER_CHUNK_END) {
        if (line.length > 0)
            return http_parser_refuse(parser, 400);
        parser->state = PARSER_CHUNK_SIZE;
    } else if (parser->state == PARSER_TRAILER) {
        parser->trailers += length;
        if (parser->trailers > HTTP_HEAD_MAX)
            return http_parser_refuse(parser, 431);
        if (line.length == 0)
            parser->state = PARSER_WHOLE;
    } else {
        if (!http_parse_chunk_size(line, &parser->left))
            return http_parser_refuse(parser, 400);
        if (parser->left > parser->body_max - parser->body.length)
            return http_parser_refuse(parser, 413);
        parser->state = parser->left > 0 ? PARSER_CHUNK : PARSER_TRAILER;
    }
    http_parser_use(parser, length);
    return HTTP_PARSE_BYTES;
}

enum http_parse http_parser_next(struct http_parser *parser) {
    while (true) {
        enum http_parse result = HTTP_PARSE_BYTES;
        if (parser->state == PARSER_BROKEN)
            return HTTP_PARSE_BAD;
        if (parser->state == PARSER_WHOLE) {
            parser->request.body = buffer_str(&parser->body);
            return HTTP_PARSE_REQUEST;
        }
        size_t before = http_parser_waiting(parser).length;
        int state = parser->state;
        if (before == 0)
            return HTTP_PARSE_BYTES;
        if (state == PARSER_HEAD)
            result = http_parser_head(parser);
        else if (state == PARSER_BODY)
            http_parser_body(parser, PARSER_WHOLE);
        else if (state == PARSER_CHUNK)
            http_parser_body(parser, PARSER_CHUNK_END);
        else
            result = http_parser_chunk_line(parser);
        if (result != HTTP_PARSE_BYTES)
            return result;
        if (parser->state == state && http_parser_waiting(parser).length == before)
            return HTTP_PARSE_BYTES;
    }
}
