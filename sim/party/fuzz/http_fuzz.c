/*
 * HTTP from anybody: the first byte says in which pieces the rest comes. Whatever it is, a session
 * must answer, ask for more or hang up, and never read beyond a piece.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined … sim/party/fuzz/http_fuzz.c
 */
#include <stdint.h>

#include "../../../engine/base/check.h"
#include "../../../engine/base/fuzz/exact.h"
#include "../http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ANSWER_MAX = 1 << 20 };

static enum http_next fuzz_go_on(void *of, const struct http_request *request,
                                 struct http_answer *answer) {
    unsigned *pieces = of;
    buffer_append_str(&answer->body, request->body);
    return ++*pieces % 3 == 0 ? HTTP_DONE : HTTP_MORE;
}

static enum http_next fuzz_handle(void *of, const struct http_request *request,
                                  struct http_answer *answer) {
    struct buffer scratch = {0};
    struct str user, password;
    if (http_request_basic(request, &scratch, &user, &password))
        check_compare(user.length + password.length, <, scratch.length);
    buffer_release(&scratch);
    check(request->path.length > 0 && request->path.data[0] == '/');
    http_answer_header(answer, "X-Host", http_request_header(request, "host"));
    if (request->query.length > 0)
        return fuzz_go_on(of, request, answer);
    buffer_append_str(&answer->body, request->body);
    return HTTP_DONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    unsigned pieces = 0;
    struct http_handler handler = {.of = &pieces, .handle = fuzz_handle, .go_on = fuzz_go_on};
    struct session *session =
        http_session_new(&handler, &(struct http_options){.name = "fuzz", .body_max = 4096});
    struct buffer out = {0};
    enum session_next next = SESSION_READ;
    size_t step = data[0] == 0 ? size : data[0];
    for (size_t at = 1; at < size && next == SESSION_READ; at += step) {
        size_t length = size - at < step ? size - at : step;
        const char *piece = exact_copy(EXACT_PIECE, data + at, length);
        next = session->type->feed(session, piece, length, &out);
        while (next == SESSION_MORE && out.length < ANSWER_MAX)
            next = session->type->poll(session, &out);
    }
    session->type->close(session);
    buffer_release(&out);
    return 0;
}
