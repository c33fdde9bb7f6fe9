/*
 * One loop: send what the session gave, do what it wants next, wait for bytes or a call. A call
 * that comes while the carrier is busy is remembered, so that none is lost.
 */
#include "carrier.h"

#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../kernel/task.h"

enum { OUT_KEPT_MAX = 256 * 1024 }; /* a larger buffer is given back after use */

struct carrier {
    struct stream *stream;   /* owns */
    struct session *session; /* owns */
    struct task *task;       /* borrows: the one that runs it */
    struct buffer out;
    bool called;
};

struct carrier_place {
    struct process *process;  /* borrows */
    carrier_factory *factory; /* borrows */
    void *of;                 /* borrows */
};

static void carrier_call(void *of) {
    struct carrier *carrier = of;
    carrier->called = true;
    if (carrier->task != NULL)
        task_wake(carrier->task);
}

/* Works as long as the session says, then sends all of `out`. */
static enum status carrier_send(struct carrier *carrier) {
    if (carrier->session->work > 0) {
        enum status status = task_sleep(carrier->session->work);
        if (status != STATUS_OK)
            return status;
    }
    carrier->session->work = 0;
    enum status status = stream_write(carrier->stream, carrier->out.data, carrier->out.length);
    buffer_clear(&carrier->out);
    if (carrier->out.capacity > OUT_KEPT_MAX)
        buffer_release(&carrier->out);
    return status;
}

/* Waits for bytes or a call, and shows them to the session. False when the peer is gone. */
static bool carrier_receive(struct carrier *carrier, enum session_next *next_r) {
    struct session *session = carrier->session;
    while (!carrier->called && (stream_ready(carrier->stream) & STREAM_READABLE) == 0)
        if (stream_await(carrier->stream, INSTANT_NEVER) != STATUS_OK)
            return false;
    if (carrier->called) {
        carrier->called = false;
        *next_r = session->type->poll(session, &carrier->out);
        return true;
    }
    struct str bytes;
    if (stream_peek(carrier->stream, INSTANT_NEVER, &bytes) != STATUS_OK || bytes.length == 0)
        return false;
    *next_r = session->type->feed(session, bytes.data, bytes.length, &carrier->out);
    stream_consume(carrier->stream, bytes.length);
    return true;
}

static void carrier_talk(struct carrier *carrier) {
    struct session *session = carrier->session;
    carrier->called = true; /* the session may want to greet */
    enum session_next next = SESSION_READ;
    for (;;) {
        if (next == SESSION_RESET) {
            stream_reset(carrier->stream);
            return;
        }
        if (carrier_send(carrier) != STATUS_OK || next == SESSION_CLOSE)
            return;
        if (next == SESSION_MORE)
            next = session->type->poll(session, &carrier->out);
        else if (!carrier_receive(carrier, &next))
            return;
    }
}

static void carrier_run(void *of) {
    struct carrier *carrier = of;
    carrier->task = task_current();
    carrier->session->call = carrier_call;
    carrier->session->carrier = carrier;
    carrier_talk(carrier);
    carrier->session->call = NULL;
    carrier->session->type->close(carrier->session);
    stream_close(&carrier->stream);
    buffer_release(&carrier->out);
    free(carrier);
}

void carrier_start(struct process *process, struct stream *stream, struct session *session) {
    struct carrier *carrier = memory_new(1, sizeof *carrier);
    carrier->stream = stream;
    carrier->session = session;
    task_start(process, session->type->name, carrier_run, carrier);
}

static void carrier_accept(void *of, struct stream *stream, struct process *peer) {
    const struct carrier_place *place = of;
    struct session *session = place->factory(place->of, process_number(peer));
    if (session == NULL) {
        stream_reset(stream);
        stream_close(&stream);
        return;
    }
    carrier_start(place->process, stream, session);
}

void carrier_listen(struct process *process, struct network_place place, const struct link *link,
                    carrier_factory *factory, void *of) {
    struct arena *arena = kernel_arena(process_kernel(process));
    struct carrier_place *kept = arena_take(arena, 1, sizeof *kept);
    *kept = (struct carrier_place){.process = process, .factory = factory, .of = of};
    network_listen(process, place, link, carrier_accept, kept);
}
