/*
 * Claims about streams and the network: when bytes arrive, how much fits, how they break.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../network.h"

#define START (1754539200 * SECOND)

static const struct network_place PLACE = {NETWORK_IP(10, 0, 0, 1), 143};

struct world {
    struct clock clock;
    struct kernel *kernel;
    struct process *client, *server;
    struct stream *stream, *peer;
    struct link link;
    instant seen; /* age of the world when the test's event was seen */
    enum status status;
    size_t bytes;
    unsigned fired;
};

static void world_open(struct world *world, struct link link) {
    *world = (struct world){.link = link, .status = STATUS_OK};
    world->kernel = kernel_new(11, START, &world->clock);
    world->client = process_new(world->kernel, "client", 1);
    world->server = process_new(world->kernel, "server", 2);
    stream_pair(world->client, world->server, &link, &world->stream, &world->peer);
}

static void world_play(struct world *world) {
    assert_int_equal(kernel_run(world->kernel, INSTANT_NEVER), KERNEL_IDLE);
}

static void world_close(struct world *world) {
    kernel_close(&world->kernel); /* closes what streams are left */
}

/* Reads at the peer until the end, noting when it came and how. */
static void reader_run(void *of) {
    struct world *world = of;
    char bytes[1000];
    size_t length;
    do {
        world->status = stream_read(world->peer, bytes, sizeof bytes, INSTANT_NEVER, &length);
        world->bytes += length;
    } while (world->status == STATUS_OK && length > 0);
    world->seen = kernel_age(world->kernel);
}

/* ---- arrival --------------------------------------------------------------------------------- */

struct timing {
    const char *what;
    struct link link;
    size_t bytes;
    int64_t seen; /* when the end mark arrives, microseconds */
};

static void stream_arrives_after_latency_and_transfer(void **state) {
    (void)state;
    static const struct timing timings[] = {
        {"nothing in the way", {0}, 5000, 0},
        {"latency", {.latency = 10 * MILLISECOND}, 5000, 10 * MILLISECOND},
        {"bandwidth", {.bytes_per_second = 1000}, 5000, 5 * SECOND},
        {"both", {.latency = 1000, .bytes_per_second = 100 * 1000}, 50, 1500},
        {"a part of a microsecond counts whole", {.bytes_per_second = 3000 * 1000}, 1, 1},
        /* the writer waits until a quarter of the window is read, again and again */
        {"window", {.bytes_per_second = 1000, .window = 1000}, 5000, 5 * SECOND},
    };
    for (size_t i = 0; i < sizeof timings / sizeof timings[0]; i++) {
        static char bytes[5000];
        struct world world;
        world_open(&world, timings[i].link);
        task_start(world.server, "reader", reader_run, &world);
        size_t written = 0, all = timings[i].bytes;
        while (written < all) {
            size_t some;
            enum status status = stream_write_some(
                world.stream, str_bytes(bytes + written, all - written), 0, &some);
            written += some;
            if (status == STATUS_TIMEOUT) /* full: let time pass */
                kernel_run(world.kernel, kernel_now(world.kernel) + MILLISECOND);
            else
                assert_int_equal(status, STATUS_OK);
        }
        stream_close(&world.stream);
        world_play(&world);
        assert_int_equal(world.status, STATUS_OK);
        assert_int_equal(world.bytes, all);
        assert_int_equal(world.seen, timings[i].seen);
        world_close(&world);
    }
}

static void patient_reader_run(void *of) {
    struct world *world = of;
    struct str bytes;
    world->status = stream_peek(world->peer, START + 30 * SECOND, &bytes);
    world->seen = kernel_age(world->kernel);
}

static void stream_read_gives_up_at_its_deadline_exactly(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){.latency = 31 * SECOND});
    assert_int_equal(stream_write(world.stream, "late", 4), STATUS_OK);
    task_start(world.server, "reader", patient_reader_run, &world);
    world_play(&world);
    assert_int_equal(world.status, STATUS_TIMEOUT);
    assert_int_equal(world.seen, 30 * SECOND);
    world_close(&world);
}

/* ---- contents and bounds --------------------------------------------------------------------- */

enum { LONG = 3 * 1000 * 1000 };

static void long_writer_run(void *of) {
    struct world *world = of;
    char *bytes = malloc(LONG);
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (char)(i * 7 + i / 253);
    assert_int_equal(stream_write(world->stream, bytes, LONG), STATUS_OK);
    stream_close(&world->stream);
    free(bytes);
}

static void long_reader_run(void *of) {
    struct world *world = of;
    for (;;) {
        struct str bytes;
        assert_int_equal(stream_peek(world->peer, INSTANT_NEVER, &bytes), STATUS_OK);
        if (bytes.length == 0)
            break;
        for (size_t i = 0; i < bytes.length; i++, world->bytes++)
            assert_int_equal(bytes.data[i], (char)(world->bytes * 7 + world->bytes / 253));
        stream_consume(world->peer, bytes.length);
        assert_int_equal(task_sleep(100), STATUS_OK);
    }
    world->seen = kernel_age(world->kernel);
}

static void stream_keeps_bytes_in_order_through_jitter_and_short_reads(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){.latency = 1000, .jitter = 5000, .window = 10000});
    kernel_set_short_reads(world.kernel, 50);
    task_start(world.client, "writer", long_writer_run, &world);
    task_start(world.server, "reader", long_reader_run, &world);
    world_play(&world);
    assert_int_equal(world.bytes, LONG);
    world_close(&world);
}

static void stream_never_holds_more_than_its_window(void **state) {
    (void)state;
    struct world world;
    static char bytes[5000];
    size_t written;
    world_open(&world, (struct link){.window = 1000});
    struct str all = str_bytes(bytes, sizeof bytes);
    assert_int_equal(stream_write_some(world.stream, all, 0, &written), STATUS_OK);
    assert_int_equal(written, 1000);
    assert_int_equal(stream_ready(world.stream), 0);
    assert_int_equal(stream_write_some(world.stream, all, 0, &written), STATUS_TIMEOUT);
    struct str piece;
    assert_int_equal(stream_peek(world.peer, 0, &piece), STATUS_OK);
    stream_consume(world.peer, 249); /* a quarter must be free before it goes on */
    assert_int_equal(stream_ready(world.stream), 0);
    stream_consume(world.peer, 1);
    assert_int_equal(stream_ready(world.stream), STREAM_WRITABLE);
    assert_int_equal(stream_write_some(world.stream, all, 0, &written), STATUS_OK);
    assert_int_equal(written, 250);
    world_close(&world);
}

/* ---- ending and breaking --------------------------------------------------------------------- */

static void stream_finish_leaves_the_other_direction_open(void **state) {
    (void)state;
    struct world world;
    size_t length;
    char byte;
    world_open(&world, (struct link){0});
    stream_finish(world.stream);
    assert_int_equal(stream_ready(world.peer), STREAM_READABLE | STREAM_WRITABLE | STREAM_ENDED);
    assert_int_equal(stream_read(world.peer, &byte, 1, 0, &length), STATUS_OK);
    assert_int_equal(length, 0);
    assert_int_equal(stream_write(world.peer, "x", 1), STATUS_OK);
    assert_int_equal(stream_read(world.stream, &byte, 1, 0, &length), STATUS_OK);
    assert_int_equal(length, 1);
    assert_int_equal(stream_write(world.stream, "y", 1), STATUS_NETWORK);
    world_close(&world);
}

static void stream_reset_arrives_behind_what_was_sent(void **state) {
    (void)state;
    struct world world;
    struct str bytes;
    world_open(&world, (struct link){.latency = 500, .jitter = 5000});
    task_start(world.server, "reader", reader_run, &world);
    assert_int_equal(stream_write(world.peer, "never read", 10), STATUS_OK);
    assert_int_equal(kernel_run(world.kernel, START + SECOND), KERNEL_IDLE);
    for (int i = 0; i < 50; i++)
        assert_int_equal(stream_write(world.stream, "x", 1), STATUS_OK);
    stream_reset(world.stream);
    assert_int_equal(stream_write(world.stream, "x", 1), STATUS_NETWORK);
    assert_int_equal(stream_peek(world.stream, 0, &bytes), STATUS_NETWORK);
    world_play(&world);
    assert_int_equal(world.bytes, 50);
    assert_int_equal(world.status, STATUS_NETWORK);
    assert_in_range(world.seen, SECOND + 500, SECOND + 5500);
    world_close(&world);
}

static void stream_of_a_killed_process_breaks_behind_what_was_sent(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){.latency = 500});
    task_start(world.server, "reader", reader_run, &world);
    assert_int_equal(stream_write(world.stream, "hello", 5), STATUS_OK);
    process_kill(world.client);
    assert_int_equal(stream_write(world.stream, "x", 1), STATUS_KILLED);
    assert_int_equal(stream_failure(world.stream), STATUS_KILLED);
    world_play(&world);
    assert_int_equal(world.bytes, 5);
    assert_int_equal(world.status, STATUS_NETWORK);
    stream_close(&world.stream);
    world_close(&world);
}

static void stream_to_a_reader_that_left_breaks_after_a_round_trip(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){.latency = 500});
    stream_close(&world.peer);
    assert_int_equal(stream_write(world.stream, "x", 1), STATUS_OK);
    assert_int_equal(kernel_run(world.kernel, START + 999), KERNEL_IDLE);
    assert_int_equal(stream_failure(world.stream), STATUS_OK);
    assert_int_equal(kernel_run(world.kernel, START + 1000), KERNEL_IDLE);
    assert_int_equal(stream_failure(world.stream), STATUS_NETWORK);
    world_close(&world);
}

static void closer_run(void *of) {
    struct world *world = of;
    stream_close(&world->peer);
}

static void waiter_run(void *of) {
    struct world *world = of;
    struct str bytes;
    world->status = stream_peek(world->peer, INSTANT_NEVER, &bytes);
}

static void stream_closed_under_a_waiting_task_lets_it_go(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){0});
    task_start(world.server, "waiter", waiter_run, &world);
    world_play(&world);
    task_start(world.server, "closer", closer_run, &world);
    world_play(&world);
    assert_int_equal(world.status, STATUS_NETWORK);
    world_close(&world);
}

/* ---- faults ---------------------------------------------------------------------------------- */

static void world_counts(void *of) {
    ((struct world *)of)->fired++;
}

struct disturbed {
    struct stream_fault fault;
    size_t bytes;       /* that arrive of ten */
    enum status status; /* of the reader, after a minute */
    unsigned ready;     /* of the writer */
};

static void stream_fault_lets_pass_what_it_says_and_no_more(void **state) {
    (void)state;
    static const struct disturbed cases[] = {
        {{.kind = STREAM_FAULT_NONE}, 10, STATUS_OK, STREAM_WRITABLE},
        {{.kind = STREAM_FAULT_CUT, .after = 4},
         4,
         STATUS_NETWORK,
         STREAM_BROKEN | STREAM_READABLE | STREAM_WRITABLE},
        {{.kind = STREAM_FAULT_DROP, .after = 4}, 4, STATUS_TIMEOUT, STREAM_WRITABLE},
        {{.kind = STREAM_FAULT_STALL, .after = 4}, 4, STATUS_TIMEOUT, STREAM_WRITABLE},
        {{.kind = STREAM_FAULT_SLOW, .bytes_per_second = 1}, 10, STATUS_OK, STREAM_WRITABLE},
        {{.kind = STREAM_FAULT_CUT, .after = 11}, 10, STATUS_OK, STREAM_WRITABLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        world_open(&world, (struct link){.latency = 500});
        world.status = STATUS_TIMEOUT;
        struct stream_fault fault = cases[i].fault;
        fault.fired = world_counts;
        fault.of = &world;
        stream_disturb(world.stream, fault);
        task_start(world.server, "reader", reader_run, &world);
        assert_int_equal(stream_write(world.stream, "0123456789", 10), STATUS_OK);
        kernel_run(world.kernel, START + 500);
        unsigned ready = stream_ready(world.stream);
        stream_finish(world.stream);
        kernel_run(world.kernel, START + MINUTE);
        assert_int_equal(world.bytes, cases[i].bytes);
        assert_int_equal(ready, cases[i].ready);
        bool fires = cases[i].fault.kind != STREAM_FAULT_NONE && cases[i].fault.after <= 10;
        assert_int_equal(world.fired, fires);
        if (cases[i].status == STATUS_TIMEOUT)
            assert_int_equal(world.seen, 0); /* still waiting */
        else
            assert_int_equal(world.status, cases[i].status);
        world_close(&world);
    }
}

static void stream_fault_healed_lets_a_stall_go_on(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){.latency = 500});
    stream_disturb(world.stream, (struct stream_fault){.kind = STREAM_FAULT_STALL, .after = 4});
    task_start(world.server, "reader", reader_run, &world);
    assert_int_equal(stream_write(world.stream, "0123456789", 10), STATUS_OK);
    stream_finish(world.stream);
    kernel_run(world.kernel, START + MINUTE);
    assert_int_equal(world.bytes, 4);
    stream_disturb(world.stream, (struct stream_fault){.kind = STREAM_FAULT_NONE});
    world_play(&world);
    assert_int_equal(world.bytes, 10);
    assert_int_equal(world.status, STATUS_OK);
    assert_int_equal(world.seen, MINUTE + 500);
    world_close(&world);
}

/* ---- network --------------------------------------------------------------------------------- */

static void world_accepts(void *of, struct stream *stream, struct process *peer) {
    struct world *world = of;
    assert_int_equal(process_number(peer), 1);
    assert_ptr_equal(stream_process(stream), world->server);
    assert_int_equal(stream_write(stream, "welcome", 7), STATUS_OK);
    stream_close(&stream);
    world->fired++;
}

static void connector_run(void *of) {
    struct world *world = of;
    struct stream *stream;
    struct error error;
    char bytes[10];
    world->status = network_connect(world->client, PLACE, world->clock.now + HOUR, &stream, &error);
    world->seen = kernel_age(world->kernel);
    if (world->status != STATUS_OK) {
        assert_non_null(strstr(error.text, "10.0.0.1:143"));
        assert_null(stream);
        return;
    }
    assert_int_equal(stream_read(stream, bytes, sizeof bytes, INSTANT_NEVER, &world->bytes),
                     STATUS_OK);
    stream_close(&stream);
}

struct reaching {
    bool listens, dies;
    enum network_answer answer;
    enum status status;
    int64_t seen;
};

static void network_connect_says_who_answers_and_when(void **state) {
    (void)state;
    static const struct reaching cases[] = {
        {true, false, NETWORK_ACCEPTS, STATUS_OK, 2 * MILLISECOND},
        {false, false, NETWORK_ACCEPTS, STATUS_NETWORK, 1 * MILLISECOND},
        {true, true, NETWORK_ACCEPTS, STATUS_NETWORK, 2 * MILLISECOND},
        {true, false, NETWORK_REFUSES, STATUS_NETWORK, 2 * MILLISECOND},
        {true, false, NETWORK_SILENT, STATUS_TIMEOUT, 127 * SECOND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        world_open(&world, (struct link){0});
        struct link link = {.latency = MILLISECOND};
        if (cases[i].listens)
            network_listen(world.server, PLACE, &link, world_accepts, &world);
        if (cases[i].dies)
            process_kill(world.server);
        if (cases[i].answer != NETWORK_ACCEPTS)
            network_set_answer(world.kernel, PLACE, cases[i].answer);
        task_start(world.client, "connector", connector_run, &world);
        world_play(&world);
        assert_int_equal(world.status, cases[i].status);
        assert_int_equal(world.seen, cases[i].seen);
        assert_int_equal(world.bytes, cases[i].status == STATUS_OK ? 7 : 0);
        world_close(&world);
    }
}

static void world_cuts(void *of, struct network_place place, struct stream *client,
                       struct stream *server) {
    (void)place, (void)client;
    stream_disturb(server,
                   (struct stream_fault){
                       .kind = STREAM_FAULT_CUT, .after = 3, .fired = world_counts, .of = of});
}

static void network_watcher_lays_faults_on_new_connections(void **state) {
    (void)state;
    struct world world;
    world_open(&world, (struct link){0});
    struct link link = {.latency = MILLISECOND};
    network_listen(world.server, PLACE, &link, world_accepts, &world);
    network_watch(world.kernel, world_cuts, &world);
    task_start(world.client, "connector", connector_run, &world);
    world_play(&world);
    assert_int_equal(world.bytes, 3);
    assert_int_equal(world.fired, 2);
    world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_arrives_after_latency_and_transfer),
        cmocka_unit_test(stream_read_gives_up_at_its_deadline_exactly),
        cmocka_unit_test(stream_keeps_bytes_in_order_through_jitter_and_short_reads),
        cmocka_unit_test(stream_never_holds_more_than_its_window),
        cmocka_unit_test(stream_finish_leaves_the_other_direction_open),
        cmocka_unit_test(stream_reset_arrives_behind_what_was_sent),
        cmocka_unit_test(stream_of_a_killed_process_breaks_behind_what_was_sent),
        cmocka_unit_test(stream_to_a_reader_that_left_breaks_after_a_round_trip),
        cmocka_unit_test(stream_closed_under_a_waiting_task_lets_it_go),
        cmocka_unit_test(stream_fault_lets_pass_what_it_says_and_no_more),
        cmocka_unit_test(stream_fault_healed_lets_a_stall_go_on),
        cmocka_unit_test(network_connect_says_who_answers_and_when),
        cmocka_unit_test(network_watcher_lays_faults_on_new_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
