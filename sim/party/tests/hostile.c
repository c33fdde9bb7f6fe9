/* See hostile.h. */
#include "hostile.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "../../../engine/base/fuzz/exact.h"

enum { PIECE_BYTES = 64 * 1024, POLLS_MAX = 1 << 20 };

static size_t memory_in_use(void) {
    struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

/* The most the process ever had, which sees what was given back before anybody could look; 0 where
 * malloc() is another's (sanitizers, valgrind), whose books are in there too. */
static size_t memory_ever(void) {
    struct rusage usage;
    return memory_in_use() == 0 || getrusage(RUSAGE_SELF, &usage) != 0
               ? 0
               : (size_t)usage.ru_maxrss * 1024;
}

/* As a carrier does: feeds, and polls for as long as there is more; answers go to `out`, which
 * keeps no more than its first PIECE_BYTES. The largest that lay in it at once is returned. */
static enum session_next speak(struct session *session, struct str bytes, struct buffer *out,
                               size_t *largest) {
    const char *copy = exact_copy(EXACT_PIECE, bytes.data, bytes.length);
    struct buffer said = {0};
    enum session_next next = session->type->feed(session, copy, bytes.length, &said);
    for (int polls = 0;; polls++) {
        *largest = said.length > *largest ? said.length : *largest;
        if (out != NULL && out->length < PIECE_BYTES)
            buffer_append_str(out, buffer_str(&said));
        buffer_clear(&said);
        if (next != SESSION_MORE)
            break;
        assert_in_range(polls, 0, POLLS_MAX);
        next = session->type->poll(session, &said);
    }
    buffer_release(&said);
    return next;
}

static void converse(const struct hostile_server *server, struct str bytes, size_t piece,
                     struct buffer *out) {
    struct session *session = server->open(server->of);
    size_t largest = 0;
    session->type->poll(session, out);
    enum session_next next = SESSION_READ;
    while (bytes.length > 0 && next == SESSION_READ) {
        size_t length = bytes.length < piece ? bytes.length : piece;
        next = speak(session, str_bytes(bytes.data, length), out, &largest);
        bytes = str_bytes(bytes.data + length, bytes.length - length);
    }
    session->type->close(session);
}

static void works(const struct hostile_server *server) {
    struct buffer out = {0};
    converse(server, server->dialogue, server->dialogue.length, &out);
    if (!str_starts_with(buffer_str(&out), server->greeting) ||
        strstr(buffer_text(&out), server->answer) == NULL)
        fail_msg("expected %s … %s, found %s", server->greeting, server->answer, buffer_text(&out));
    buffer_release(&out);
}

void hostile_speaks_slowly(const struct hostile_server *server) {
    struct buffer out = {0};
    converse(server, server->dialogue, 1, &out);
    assert_true(str_starts_with(buffer_str(&out), server->greeting));
    if (strstr(buffer_text(&out), server->answer) == NULL)
        fail_msg("expected %s, found %s", server->answer, buffer_text(&out));
    buffer_release(&out);
}

void hostile_hangs_up_anywhere(const struct hostile_server *server, size_t step) {
    for (size_t end = 0; end < server->dialogue.length; end += step) {
        struct buffer out = {0};
        converse(server, str_bytes(server->dialogue.data, end), PIECE_BYTES, &out);
        buffer_release(&out);
        if (end % (16 * step) == 0)
            works(server);
    }
    works(server);
}

void hostile_floods(const struct hostile_server *server, const struct hostile_flood *flood) {
    struct buffer piece = {0};
    do
        buffer_append_str(&piece, flood->piece);
    while (piece.length + flood->piece.length <= PIECE_BYTES);
    struct session *session = server->open(server->of);
    struct buffer greeting = {0};
    session->type->poll(session, &greeting);
    buffer_release(&greeting);
    size_t before = memory_in_use(), ever = memory_ever(), most = 0, largest = 0;
    enum session_next next = speak(session, flood->before, NULL, &largest);
    for (uint64_t sent = 0; sent < flood->bytes && next == SESSION_READ; sent += piece.length) {
        next = speak(session, buffer_str(&piece), NULL, &largest);
        size_t now = memory_in_use();
        most = now > before && now - before > most ? now - before : most;
    }
    ever = memory_ever() - ever;
    most = ever > most + PIECE_BYTES ? ever : most;
    session->type->close(session);
    print_message("%-40s %9zu bytes held, %8zu of answer, %s\n", flood->name, most, largest,
                  next == SESSION_READ ? "goes on" : "hung up");
    if (most > flood->memory_max || largest > flood->memory_max)
        fail_msg("%s: %zu bytes held, %zu of answer; the limit is %zu", flood->name, most, largest,
                 flood->memory_max);
    buffer_release(&piece);
    works(server);
}
