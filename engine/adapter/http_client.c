/* See http_client.h. */
#include "http_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/stages.h"

enum {
    HTTP_CONNECT_SECONDS_MAX = 30,
    HTTP_BUFFER = 64 * 1024,
    HTTP_RETRY_AFTER_SECONDS_MAX = 24 * 60 * 60,
};

struct http_client {
    CURL *easy; /* owns */
    char *url;  /* owns */
    char curl_said[CURL_ERROR_SIZE];
    const struct http_request *request; /* borrows; while one is under way */
    struct http_answer *answer;
    enum status seen;
};

static void copy_text(char *target, size_t capacity, struct str text) {
    if (text.length >= capacity)
        text.length = 0;
    memcpy(target, text.data, text.length);
    target[text.length] = '\0';
}

static void client_type(struct http_answer *answer, struct str value) {
    struct str type = str_trim(str_cut(&value, ';'));
    copy_text(answer->type, sizeof answer->type, type);
    for (char *at = answer->type; *at != '\0'; at++)
        *at = ascii_lower(*at);
}

static size_t client_header(char *bytes, size_t one, size_t count, void *of) {
    struct http_client *client = of;
    struct http_answer *answer = client->answer;
    struct str value = str_bytes(bytes, one * count);
    uint64_t seconds;
    if (str_starts_with(value, "HTTP/")) { /* a new answer, perhaps after "100 Continue" */
        *answer = (struct http_answer){0};
        return count;
    }
    struct str name = str_cut(&value, ':');
    value = str_trim(value);
    if (str_equal_caseless(name, STR("Content-Type")))
        client_type(answer, value);
    else if (str_equal_caseless(name, STR("ETag")))
        copy_text(answer->etag, sizeof answer->etag, value);
    else if (str_equal_caseless(name, STR("Retry-After")) && str_to_u64(value, &seconds) &&
             seconds <= HTTP_RETRY_AFTER_SECONDS_MAX)
        answer->retry_after = (int64_t)seconds * SECOND;
    return count;
}

static bool client_expected(const struct http_client *client, long code) {
    const char *const *types = client->request->types;
    if (code / 100 != 2 && !(client->request->faults && code == 500))
        return false;
    for (size_t i = 0; types != NULL && types[i] != NULL; i++)
        if (strcmp(types[i], client->answer->type) == 0)
            return true;
    return false;
}

static size_t client_body(char *bytes, size_t one, size_t count, void *of) {
    struct http_client *client = of;
    long code = 0;
    (void)curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &code);
    client->answer->shown = client_expected(client, code);
    if (!client->answer->shown || client->request->see == NULL)
        return count;
    client->seen = client->request->see(client->request->of, str_bytes(bytes, one * count));
    return client->seen == STATUS_OK ? count : CURL_WRITEFUNC_ERROR;
}

/* No proxy, no redirect, no signal, no resolver thread for addresses: nothing of the environment
 * takes part. */
static bool client_prepare(struct http_client *client, const struct http_client_options *options) {
    CURL *easy = client->easy;
    long milliseconds = (long)(options->timeout / MILLISECOND);
    long silent = (long)((options->timeout + SECOND - 1) / SECOND);
    long connecting = milliseconds < HTTP_CONNECT_SECONDS_MAX * 1000L
                          ? milliseconds
                          : HTTP_CONNECT_SECONDS_MAX * 1000L;
    bool good =
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->curl_said) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, silent) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, HTTP_PATIENCE * milliseconds) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connecting) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)HTTP_BUFFER) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, client_header) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, client) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, client_body) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, client) == CURLE_OK;
    if (good && options->user != NULL)
        good = curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_USERNAME, options->user) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PASSWORD, options->password) == CURLE_OK;
    return good;
}

enum status http_client_open(const struct http_client_options *options,
                             struct http_client **client_r, struct error *error) {
    check(options->timeout >= MILLISECOND);
    *client_r = NULL;
    struct http_client *client = memory_new(1, sizeof *client);
    client->url = memory_copy_text(options->url);
    client->easy = curl_easy_init();
    if (client->easy == NULL || !client_prepare(client, options)) {
        http_client_close(&client);
        return error_set(error, STATUS_INVALID, "no HTTP client for %s", options->url);
    }
    *client_r = client;
    return STATUS_OK;
}

void http_client_close(struct http_client **client) {
    if (*client == NULL)
        return;
    curl_easy_cleanup((*client)->easy);
    free((*client)->url);
    free(*client);
    *client = NULL;
}

static enum status client_outcome(const struct http_client *client, CURLcode code, const char *url,
                                  struct error *error) {
    if (code == CURLE_OK)
        return STATUS_OK;
    if (client->seen != STATUS_OK) { /* whoever looked wrote the sentence */
        return client->seen;
    }
    enum status status = STATUS_NETWORK;
    if (code == CURLE_OPERATION_TIMEDOUT)
        status = STATUS_TIMEOUT;
    else if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL ||
             code == CURLE_HTTP2 || code == CURLE_BAD_CONTENT_ENCODING)
        status = STATUS_PROTOCOL;
    else if (code == CURLE_URL_MALFORMAT)
        status = STATUS_INVALID;
    return error_set(error, status, "%s: %s", url,
                     client->curl_said[0] != '\0' ? client->curl_said : curl_easy_strerror(code));
}

static struct curl_slist *client_headers(const struct http_request *request) {
    /* curl would ask first ("Expect: 100-continue") and pause a second for an answer. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        check_compare(i, <, HTTP_HEADERS_MAX);
        list = curl_slist_append(list, request->headers[i]);
        check(list != NULL);
    }
    return list;
}

enum status http_client_send(struct http_client *client, const struct http_request *request,
                             struct http_answer *answer_r, struct error *error) {
    CURL *easy = client->easy;
    struct buffer url = {0};
    bool body = request->body.length > 0;
    *answer_r = (struct http_answer){0};
    client->request = request;
    client->answer = answer_r;
    client->seen = STATUS_OK;
    client->curl_said[0] = '\0';
    buffer_append_text(&url, client->url);
    buffer_append_text(&url, request->path != NULL ? request->path : "");
    struct curl_slist *headers = client_headers(request);
    curl_easy_setopt(easy, CURLOPT_URL, buffer_text(&url));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    enum stage before = stage_enter(STAGE_HTTP);
    CURLcode done = curl_easy_perform(easy);
    stage_leave(before);
    enum status status = client_outcome(client, done, buffer_text(&url), error);
    long code = 0;
    if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK)
        answer_r->code = code;
    answer_r->shown = client_expected(client, code);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    buffer_release(&url);
    client->request = NULL;
    client->answer = NULL;
    return status;
}

enum status http_status(const struct http_answer *answer, struct error *error) {
    long code = answer->code;
    enum status status = STATUS_PROTOCOL;
    if (code >= 200 && code <= 299 && (answer->shown || code == 204))
        return STATUS_OK;
    if (code >= 200 && code <= 299)
        return error_set(error, STATUS_PROTOCOL,
                         "the server answered %ld with \"%s\", which is "
                         "none of the types expected: is that a login page or a proxy?",
                         code, answer->type);
    if (code == 401 || code == 403 || code == 407 || code == 440)
        status = STATUS_DENIED;
    else if (code == 404 || code == 410)
        status = STATUS_NOT_FOUND;
    else if (code == 409 || code == 412)
        status = STATUS_CONFLICT;
    else if (code == 429 || code == 503)
        status = STATUS_BUSY;
    else if (code == 408 || code == 504)
        status = STATUS_TIMEOUT;
    return error_set(error, status, "the server answered with HTTP status %ld", code);
}

void http_escape(struct str text, struct buffer *out) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
                     byte == '~';
        if (!plain)
            buffer_append_byte(out, '%');
        buffer_append_byte(out, plain ? (char)byte : digits[byte >> 4]);
        if (!plain)
            buffer_append_byte(out, digits[byte & 15]);
    }
}

enum status http_collect(void *of, struct str piece) {
    struct http_collector *collector = of;
    if (collector->body.length + piece.length > collector->limit)
        return STATUS_LIMIT;
    buffer_append_str(&collector->body, piece);
    return STATUS_OK;
}
