/* HTTP as the servers speak it: dialogues in pieces of every size, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../base64.h"
#include "../http.h"

/* Says back what it understood; "/stream" comes in three pieces, "/cut" breaks after the first. */
struct echo {
    int pieces;
};

static enum http_next echo_go_on(void *of, const struct http_request *request,
                                 struct http_answer *answer) {
    struct echo *echo = of;
    if (str_equal_text(request->path, "/cut"))
        return HTTP_RESET;
    buffer_printf(&answer->body, "piece %d of %.*s", echo->pieces, STR_ARG(request->body));
    return ++echo->pieces < 3 ? HTTP_MORE : HTTP_DONE;
}

static enum http_next echo_handle(void *of, const struct http_request *request,
                                  struct http_answer *answer) {
    struct echo *echo = of;
    echo->pieces = 0;
    answer->content_type = "text/plain";
    answer->work = 7;
    if (str_equal_text(request->path, "/stream"))
        return echo_go_on(of, request, answer);
    if (str_equal_text(request->path, "/cut")) {
        buffer_append_text(&answer->body, "first half");
        return HTTP_MORE;
    }
    buffer_printf(&answer->body, "%.*s|%.*s|%.*s|%.*s", STR_ARG(request->method),
                  STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->body));
    return HTTP_DONE;
}

static struct session *echo_session(struct echo *echo) {
    struct http_handler handler = {.of = echo, .handle = echo_handle, .go_on = echo_go_on};
    return http_session_new(&handler, &(struct http_options){.name = "echo", .body_max = 64});
}

/* Feeds `input` in pieces of `size` bytes, each from a buffer of exactly that size, polling as the
 * session asks, and says how it ended. */
static enum session_next converse(struct str input, size_t size, struct buffer *out) {
    struct echo echo;
    struct session *session = echo_session(&echo);
    enum session_next next = SESSION_READ;
    for (size_t at = 0; at < input.length && next == SESSION_READ; at += size) {
        size_t length = input.length - at < size ? input.length - at : size;
        char *piece = malloc(length);
        assert_non_null(piece);
        memcpy(piece, input.data + at, length);
        next = session->type->feed(session, piece, length, out);
        free(piece);
        while (next == SESSION_MORE)
            next = session->type->poll(session, out);
    }
    session->type->close(session);
    return next;
}

static void dialogues_are_the_same_in_pieces_of_every_size(void **state) {
    (void)state;
    static const struct {
        const char *input, *output;
        enum session_next end;
    } cases[] = {
        {"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nGET|/a|b=c|",
         SESSION_READ},
        {"\r\nPOST / HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: "
         "x\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nPOST|/||abc"
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nGET|/2||",
         SESSION_READ},
        {"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3;name=value\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 22\r\n\r\n"
         "POST|/c||abc0123456789",
         SESSION_READ},
        {"HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n", SESSION_READ},
        {"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
         "Content-Length: 8\r\n\r\nGET|/a||",
         SESSION_CLOSE},
        {"POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
         "c\r\npiece 0 of z\r\nc\r\npiece 1 of z\r\nc\r\npiece 2 of z\r\n0\r\n\r\n",
         SESSION_READ},
        {"POST /stream HTTP/1.0\r\nContent-Length: 1\r\n\r\nz",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
         "piece 0 of zpiece 1 of zpiece 2 of z",
         SESSION_CLOSE},
        {"GET /cut HTTP/1.1\r\nHost: x\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
         "a\r\nfirst half\r\n",
         SESSION_RESET},
        {"GET http://h:80/abs?q HTTP/1.1\r\nHost: x\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nGET|/abs|q|",
         SESSION_READ},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str input = str_of(cases[i].input);
        for (size_t size = 1; size <= input.length; size++) {
            struct buffer out = {0};
            enum session_next end = converse(input, size, &out);
            assert_string_equal(buffer_text(&out), cases[i].output);
            assert_int_equal(end, cases[i].end);
            buffer_release(&out);
        }
    }
}

static void what_two_readers_could_understand_differently_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *input;
        unsigned status;
    } cases[] = {
        {"GET / HTTP/1.1\nHost: x\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: \001\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
        {"GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET nothing HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\x80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"GET / FTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", 411},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: wonders\r\n\r\n", 417},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str input = str_of(cases[i].input);
        for (size_t size = 1; size <= input.length; size += 1 + size / 3) {
            struct buffer out = {0};
            char status[32];
            snprintf(status, sizeof status, "HTTP/1.1 %u ", cases[i].status);
            assert_int_equal(converse(input, size, &out), SESSION_CLOSE);
            assert_true(str_starts_with(buffer_str(&out), status));
            buffer_release(&out);
        }
    }
}

static void a_head_without_end_is_refused_at_its_limit(void **state) {
    (void)state;
    static const struct {
        const char *start, *again;
        unsigned status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\nA: ", "aaaaaaaaaaaaaaaa", 431},
        {"GET / HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", 431},
        {"", "G", 431},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", "aaaaaaaa", 400},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", 431},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct echo echo;
        struct session *session = echo_session(&echo);
        struct buffer out = {0};
        struct str piece = str_of(cases[i].start);
        enum session_next next = session->type->feed(session, piece.data, piece.length, &out);
        size_t sent = 0;
        for (piece = str_of(cases[i].again); next == SESSION_READ; sent += piece.length)
            next = session->type->feed(session, piece.data, piece.length, &out);
        char status[32];
        snprintf(status, sizeof status, "HTTP/1.1 %u ", cases[i].status);
        assert_int_equal(next, SESSION_CLOSE);
        assert_true(str_starts_with(buffer_str(&out), status));
        assert_true(sent < 20000);
        session->type->close(session);
        buffer_release(&out);
    }
}

static void a_client_that_asks_first_is_told_to_continue(void **state) {
    (void)state;
    struct echo echo;
    struct session *session = echo_session(&echo);
    struct buffer out = {0};
    struct str head = STR("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                          "Content-Length: 2\r\n\r\n");
    assert_int_equal(session->type->feed(session, head.data, head.length, &out), SESSION_READ);
    assert_string_equal(buffer_text(&out), "HTTP/1.1 100 Continue\r\n\r\n");
    buffer_clear(&out);
    assert_int_equal(session->type->feed(session, "ab", 2, &out), SESSION_READ);
    assert_true(str_starts_with(buffer_str(&out), "HTTP/1.1 200 OK"));
    session->type->close(session);
    buffer_release(&out);
}

static void each_answer_of_a_pipeline_waits_for_its_own_work(void **state) {
    (void)state;
    struct echo echo;
    struct session *session = echo_session(&echo);
    struct buffer out = {0};
    struct str two = STR("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(session->type->feed(session, two.data, two.length, &out), SESSION_MORE);
    assert_non_null(strstr(buffer_text(&out), "GET|/1||"));
    assert_null(strstr(buffer_text(&out), "GET|/2||"));
    assert_int_equal(session->work, 7);
    session->work = 0;
    assert_int_equal(session->type->poll(session, &out), SESSION_READ);
    assert_non_null(strstr(buffer_text(&out), "GET|/2||"));
    assert_int_equal(session->work, 7);
    session->type->close(session);
    buffer_release(&out);
}

static void basic_credentials_are_read_strictly(void **state) {
    (void)state;
    static const struct {
        const char *value, *user, *password; /* user NULL: refused */
    } cases[] = {
        {"Basic c3ZjLXVtenVnOmtyYW5pY2g=", "svc-umzug", "kranich"},
        {"basic  YTpiOmM=", "a", "b:c"},
        {"Basic YTpiOmM", NULL, NULL},
        {"Basic YTpiOmN=", NULL, NULL},
        {"Basic YWJj", NULL, NULL},
        {"Basic ", NULL, NULL},
        {"Bearer YTpiOmM=", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_field field = {STR("authorization"), str_of(cases[i].value)};
        struct http_request request = {.fields = &field, .field_count = 1};
        struct buffer scratch = {0};
        struct str user, password;
        bool is_read = http_request_basic(&request, &scratch, &user, &password);
        assert_int_equal(is_read, cases[i].user != NULL);
        if (is_read) {
            assert_true(str_equal_text(user, cases[i].user));
            assert_true(str_equal_text(password, cases[i].password));
        }
        buffer_release(&scratch);
    }
}

static void base64_survives_both_ways(void **state) {
    (void)state;
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 3);
    for (size_t length = 0; length < sizeof bytes; length++) {
        struct buffer text = {0}, back = {0};
        base64_encode(&text, bytes, length);
        assert_int_equal(text.length, (length + 2) / 3 * 4);
        assert_true(base64_decode(&back, buffer_str(&text)));
        assert_int_equal(back.length, length);
        assert_memory_equal(buffer_text(&back), bytes, length);
        buffer_release(&text);
        buffer_release(&back);
    }
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int byte = 1; byte < 256; byte++) { /* each byte as the second of four letters, of three */
        const char *place = strchr(letters, byte);
        for (int last = 0; last < 2; last++) {
            struct buffer back = {0};
            char four[] = {'A', (char)byte, 'A', last ? '=' : 'B', '\0'};
            bool is_letter = base64_decode(&back, str_of(four));
            assert_int_equal(is_letter, place != NULL);
            if (place != NULL)
                assert_int_equal((unsigned char)back.data[0] << 4 |
                                     (unsigned char)back.data[1] >> 4,
                                 place - letters);
            buffer_release(&back);
        }
    }
    static const char *const bad[] = {"A", "AA", "AAA", "AA==A", "A===", "AB==", "AAB=", "A A="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buffer out = {0};
        assert_false(base64_decode(&out, str_of(bad[i])));
        assert_int_equal(out.length, 0);
        buffer_release(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialogues_are_the_same_in_pieces_of_every_size),
        cmocka_unit_test(what_two_readers_could_understand_differently_is_refused),
        cmocka_unit_test(a_head_without_end_is_refused_at_its_limit),
        cmocka_unit_test(a_client_that_asks_first_is_told_to_continue),
        cmocka_unit_test(each_answer_of_a_pipeline_waits_for_its_own_work),
        cmocka_unit_test(basic_credentials_are_read_strictly),
        cmocka_unit_test(base64_survives_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
