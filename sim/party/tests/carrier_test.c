/*
 * Claims about the carrier, with a session that does what single letters tell it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../carrier.h"

#define START (1754539200 * SECOND)

static const struct network_place PLACE = {NETWORK_IP(10, 0, 0, 2), 143};

enum { PIECES = 2000, PIECE = 1000 };

struct world {
    struct clock clock;
    struct kernel *kernel;
    struct process *client, *server;
    struct session *session; /* borrows: the last one made */
    const char *says;        /* what the client sends */
    char heard[256];         /* and gets back, cut to this */
    size_t heard_bytes;
    enum status status;
    int64_t seen, heard_last; /* when the end came, and the last byte before it */
    unsigned made, closed, pieces, pieces_ahead_max;
    bool refuses, slow;
};

/* Knows: g work for two seconds and answer, m many pieces, c close, r reset; greets when polled. */
struct letters {
    struct session session;
    struct world *world;
    bool greeted;
    unsigned left;
};

static enum session_next letters_poll(struct session *session, struct buffer *out) {
    struct letters *letters = (struct letters *)session;
    if (letters->left > 0) {
        static const char piece[PIECE];
        buffer_append(out, piece, sizeof piece);
        letters->world->pieces++;
        unsigned ahead = letters->world->pieces - (unsigned)(letters->world->heard_bytes / PIECE);
        if (ahead > letters->world->pieces_ahead_max)
            letters->world->pieces_ahead_max = ahead;
        return --letters->left > 0 ? SESSION_MORE : SESSION_CLOSE;
    }
    buffer_append_text(out, letters->greeted ? "!" : "*");
    letters->greeted = true;
    return SESSION_READ;
}

static enum session_next letters_feed(struct session *session, const void *bytes, size_t length,
                                      struct buffer *out) {
    struct letters *letters = (struct letters *)session;
    enum session_next next = SESSION_READ;
    for (size_t i = 0; i < length; i++) {
        char letter = ((const char *)bytes)[i];
        if (letter == 'g') {
            session->work += 2 * SECOND;
            buffer_append_text(out, "G");
        } else if (letter == 'm') {
            letters->left = PIECES;
            next = SESSION_MORE;
        } else if (letter == 'c') {
            buffer_append_text(out, "C");
            next = SESSION_CLOSE;
        } else {
            buffer_append_text(out, "lost");
            next = SESSION_RESET;
        }
    }
    return next;
}

static void letters_close(struct session *session) {
    struct letters *letters = (struct letters *)session;
    letters->world->closed++;
    letters->world->session = NULL;
    free(session);
}

static const struct session_type LETTERS = {"letters", letters_feed, letters_poll, letters_close};

static struct session *letters_new(void *of, uint32_t peer) {
    struct world *world = of;
    assert_int_equal(peer, 1);
    if (world->refuses)
        return NULL;
    struct letters *letters = calloc(1, sizeof *letters);
    letters->session.type = &LETTERS;
    letters->session.process = peer;
    letters->world = world;
    world->made++;
    world->session = &letters->session;
    return world->session;
}

static void client_run(void *of) {
    struct world *world = of;
    struct stream *stream;
    char bytes[1000];
    size_t length;
    world->status = network_connect(world->client, PLACE, INSTANT_NEVER, &stream, NULL);
    assert_int_equal(world->status, STATUS_OK);
    world->status = stream_write(stream, world->says, strlen(world->says));
    do {
        if (world->slow)
            assert_int_equal(task_sleep(MILLISECOND), STATUS_OK);
        world->status = stream_read(stream, bytes, sizeof bytes, START + MINUTE, &length);
        if (length > 0)
            world->heard_last = kernel_age(world->kernel);
        for (size_t i = 0; i < length; i++, world->heard_bytes++)
            if (world->heard_bytes < sizeof world->heard - 1)
                world->heard[world->heard_bytes] = bytes[i];
    } while (world->status == STATUS_OK && length > 0);
    world->seen = kernel_age(world->kernel);
    stream_close(&stream);
}

static void world_open(struct world *world, const char *says, size_t window) {
    struct link link = {.latency = MILLISECOND, .window = window};
    *world = (struct world){.says = says};
    world->kernel = kernel_new(3, START, &world->clock);
    world->client = process_new(world->kernel, "client", 1);
    world->server = process_new(world->kernel, "server", 2);
    carrier_listen(world->server, PLACE, &link, letters_new, world);
    task_start(world->client, "client", client_run, world);
}

static void world_play(struct world *world) {
    assert_int_equal(kernel_run(world->kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(world->closed, world->made);
    assert_int_equal(process_tasks(world->server), 0);
    kernel_close(&world->kernel);
}

/* ---- claims ---------------------------------------------------------------------------------- */

struct dialogue {
    const char *says, *heard;
    enum status status;
    int64_t seen;
};

static void carrier_does_what_the_session_wants(void **state) {
    (void)state;
    static const struct dialogue dialogues[] = {
        {"c", "*C", STATUS_OK, 4 * MILLISECOND},
        {"gc", "*GC", STATUS_OK, 2 * SECOND + 4 * MILLISECOND},
        {"r", "*", STATUS_NETWORK, 4 * MILLISECOND}, /* what was not sent yet is lost */
        {"g", "*G", STATUS_TIMEOUT, MINUTE},
    };
    for (size_t i = 0; i < sizeof dialogues / sizeof dialogues[0]; i++) {
        struct world world;
        world_open(&world, dialogues[i].says, 0);
        world_play(&world);
        assert_string_equal(world.heard, dialogues[i].heard);
        assert_int_equal(world.status, dialogues[i].status);
        assert_int_equal(world.seen, dialogues[i].seen);
    }
}

static void carrier_holds_a_session_back_for_a_slow_peer(void **state) {
    (void)state;
    struct world world;
    world_open(&world, "m", 20 * PIECE);
    world.slow = true;
    world_play(&world);
    assert_int_equal(world.heard_bytes, PIECES * PIECE + 1);
    assert_in_range(world.pieces_ahead_max, 10, 22);
}

static void world_calls(void *of) {
    struct world *world = of;
    session_call(world->session);
    session_call(world->session);
}

static void carrier_polls_a_session_that_calls(void **state) {
    (void)state;
    struct world world;
    world_open(&world, "", 0);
    kernel_at(world.kernel, START + 5 * SECOND, world_calls, &world);
    kernel_at(world.kernel, START + 9 * SECOND, world_calls, &world);
    world_play(&world);
    assert_string_equal(world.heard, "*!!");
}

static void carrier_remembers_a_call_that_comes_while_the_session_works(void **state) {
    (void)state;
    struct world world;
    world_open(&world, "g", 0);
    kernel_at(world.kernel, START + SECOND, world_calls, &world);
    world_play(&world);
    assert_string_equal(world.heard, "*G!");
    assert_int_equal(world.heard_last, 2 * SECOND + 4 * MILLISECOND); /* it worked once only */
}

static void carrier_refuses_when_there_is_no_session(void **state) {
    (void)state;
    struct world world;
    world_open(&world, "c", 0);
    world.refuses = true;
    world_play(&world);
    assert_int_equal(world.status, STATUS_NETWORK);
    assert_int_equal(world.heard_bytes, 0);
}

static void world_kills_the_server(void *of) {
    process_kill(((struct world *)of)->server);
}

static void carrier_closes_its_sessions_when_the_party_is_killed(void **state) {
    (void)state;
    struct world world;
    world_open(&world, "", 0);
    kernel_at(world.kernel, START + 7 * SECOND, world_kills_the_server, &world);
    world_play(&world);
    assert_int_equal(world.closed, 1);
    assert_int_equal(world.status, STATUS_NETWORK);
    assert_int_equal(world.seen, 7 * SECOND + MILLISECOND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carrier_does_what_the_session_wants),
        cmocka_unit_test(carrier_holds_a_session_back_for_a_slow_peer),
        cmocka_unit_test(carrier_polls_a_session_that_calls),
        cmocka_unit_test(carrier_remembers_a_call_that_comes_while_the_session_works),
        cmocka_unit_test(carrier_refuses_when_there_is_no_session),
        cmocka_unit_test(carrier_closes_its_sessions_when_the_party_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
