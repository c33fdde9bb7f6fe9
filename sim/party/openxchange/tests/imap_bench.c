/*
 * How fast one IMAP session is, through feed(): pipelined APPENDs of 1.4 KB with LITERAL+, and a
 * FETCH of all bodies. The clock is read here and only here. Facts go to a history in memory.
 *
 * Build and run: make build/default/sim/party/openxchange/tests/imap_bench &&
 * build/default/…/imap_bench
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../../../engine/base/check.h"
#include "imap_world.h"

enum { MESSAGES = 40000, MESSAGE_BYTES = 1400, PIECE_BYTES = 64 * 1024 };

static double bench_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Messages that differ in their first line only. */
static void bench_appends(struct buffer *input) {
    struct buffer message = {0};
    for (int i = 0; i < MESSAGES; i++) {
        buffer_clear(&message);
        buffer_printf(&message, "Message-ID: <%d@bench.example>\r\nSubject: Bench\r\n\r\n", i);
        while (message.length < MESSAGE_BYTES)
            buffer_append_text(&message, "Sehr geehrte Damen und Herren, anbei der Vorgang.\r\n");
        buffer_truncate(&message, MESSAGE_BYTES);
        buffer_printf(input, "A%d APPEND INBOX (\\Seen) \"07-Aug-2025 05:00:00 +0000\" {%zu+}\r\n",
                      i, message.length);
        buffer_append_str(input, buffer_str(&message));
        buffer_append_text(input, "\r\n");
    }
    buffer_release(&message);
}

/* Feeds as a carrier would, throwing away what is said; returns how many bytes that was. */
static size_t bench_feed(struct session *session, struct str input) {
    struct buffer out = {0};
    size_t said = 0;
    for (size_t at = 0; at < input.length; at += PIECE_BYTES) {
        size_t length = input.length - at < PIECE_BYTES ? input.length - at : PIECE_BYTES;
        enum session_next next = session->type->feed(session, input.data + at, length, &out);
        for (;;) {
            said += out.length;
            buffer_clear(&out);
            if (next != SESSION_MORE)
                break;
            next = session->type->poll(session, &out);
        }
        check(next == SESSION_READ);
    }
    buffer_release(&out);
    return said;
}

static void bench_say(const char *what, double seconds) {
    printf("%-28s %7.2f us each, %8.0f a second\n", what, seconds / MESSAGES * 1e6,
           MESSAGES / seconds);
}

int main(void) {
    struct imap_world world;
    imap_world_begin(&world);
    struct session *session = imap_world_login(&world, "anna*umzug");
    struct buffer input = {0};
    bench_appends(&input);

    double begin = bench_seconds();
    bench_feed(session, buffer_str(&input));
    bench_say("APPEND, bytes nobody knew", bench_seconds() - begin);
    check(store_item_count(imap_world_folder(&world, WORLD_ANNA, "INBOX")) == MESSAGES);

    begin = bench_seconds();
    bench_feed(session, buffer_str(&input));
    bench_say("APPEND, known content", bench_seconds() - begin);

    bench_feed(session, STR("S SELECT INBOX\r\n"));
    begin = bench_seconds();
    size_t said = bench_feed(session, STR("F FETCH 1:40000 (UID FLAGS BODY.PEEK[])\r\n"));
    bench_say("FETCH of a body", bench_seconds() - begin);
    check(said > (size_t)MESSAGES * MESSAGE_BYTES);

    begin = bench_seconds();
    bench_feed(session, STR("F FETCH 1:40000 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n"));
    bench_say("FETCH of flags and date", bench_seconds() - begin);

    begin = bench_seconds();
    bench_feed(session, STR("F FETCH 1:40000 (ENVELOPE BODYSTRUCTURE)\r\n"));
    bench_say("FETCH of the structure", bench_seconds() - begin);
    buffer_release(&input);
    imap_world_hang_up(&session);
    imap_world_end(&world);
    return 0;
}
