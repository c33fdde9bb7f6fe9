/* See curl_double.h. */
#include "curl_double.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/check.h"
#include "../../base/fuzz/exact.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct str answers_left;
static size_t piece_bytes;

struct double_handle {
    curl_write_callback header, body;
    void *header_of, *body_of;
    long code;
};

void curl_double_begin(struct str answers, size_t piece) {
    answers_left = answers;
    piece_bytes = piece;
}

CURL *curl_easy_init(void) {
    return memory_new(1, sizeof(struct double_handle));
}

void curl_easy_cleanup(CURL *handle) {
    free(handle);
}

CURLcode curl_easy_setopt(CURL *handle, CURLoption option, ...) {
    struct double_handle *mine = handle;
    va_list values;
    va_start(values, option);
    if (option == CURLOPT_HEADERFUNCTION)
        mine->header = va_arg(values, curl_write_callback);
    else if (option == CURLOPT_HEADERDATA)
        mine->header_of = va_arg(values, void *);
    else if (option == CURLOPT_WRITEFUNCTION)
        mine->body = va_arg(values, curl_write_callback);
    else if (option == CURLOPT_WRITEDATA)
        mine->body_of = va_arg(values, void *);
    va_end(values);
    return CURLE_OK;
}

CURLcode curl_easy_getinfo(CURL *handle, CURLINFO info, ...) {
    struct double_handle *mine = handle;
    va_list values;
    va_start(values, info);
    if (info == CURLINFO_RESPONSE_CODE)
        *va_arg(values, long *) = mine->code;
    va_end(values);
    return CURLE_OK;
}

static bool double_show(curl_write_callback see, void *of, struct str bytes) {
    char *copy = exact_copy(EXACT_PIECE, bytes.data, bytes.length);
    return see(copy, 1, bytes.length, of) == bytes.length;
}

static bool double_header(const struct double_handle *mine, const char *line) {
    return double_show(mine->header, mine->header_of, str_of(line));
}

static bool double_head(struct double_handle *mine, char kind, struct str *body) {
    mine->code = kind == 'f' ? 500 : kind == 'b' ? 503 : kind == 'e' ? 204 : 200;
    if (!double_header(mine, "HTTP/1.1 200 Answer\r\n"))
        return false;
    if (kind == 'b' && !double_header(mine, "Retry-After: 5\r\n"))
        return false;
    if (kind == 'e')
        *body = STR("");
    if (kind == 'h') { /* its own lines; curl gives whole ones, and never an empty name */
        while (body->length > 0) {
            struct str rest = *body, line = str_cut(&rest, '\n');
            if (line.length > 0 && !double_show(mine->header, mine->header_of, line))
                return false;
            *body = rest;
            if (line.length == 0)
                return true;
        }
        return true;
    }
    return double_header(mine, kind == 'j' ? "Content-Type: application/scim+json\r\n"
                                           : "Content-Type: text/xml; charset=utf-8\r\n");
}

CURLcode curl_easy_perform(CURL *handle) {
    struct double_handle *mine = handle;
    mine->code = 0;
    if (answers_left.length == 0)
        return CURLE_COULDNT_CONNECT;
    struct str body = str_cut(&answers_left, '\xff');
    char kind = body.length > 0 ? body.data[0] : 'r';
    if (body.length > 0 && kind != '<')
        body = str_bytes(body.data + 1, body.length - 1);
    if (!double_head(mine, kind, &body))
        return CURLE_WRITE_ERROR;
    size_t length = kind == 'r' ? body.length / 2 : body.length;
    for (size_t at = 0; at < length; at += piece_bytes) {
        size_t count = length - at < piece_bytes ? length - at : piece_bytes;
        if (!double_show(mine->body, mine->body_of, str_bytes(body.data + at, count)))
            return CURLE_WRITE_ERROR;
    }
    return kind == 'r' ? CURLE_PARTIAL_FILE : CURLE_OK;
}
