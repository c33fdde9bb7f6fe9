/*
 * The calls on one end. An end is broken from `break_at` on; what the peer sent before its reset
 * can still be read, unless the break came from this side.
 */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "stream_inside.h"

/* A writer may go on when this part of the window is free, so that it does not dribble. */
enum { ROOM_PART = 4 };

static int stream_side(const struct stream *stream) {
    return stream == &stream->connection->end[CLIENT] ? CLIENT : SERVER;
}

static struct stream *stream_other(const struct stream *stream) {
    return &stream->connection->end[1 - stream_side(stream)];
}

/* The way that leads to this end. */
static struct way *stream_coming(const struct stream *stream) {
    return &stream->connection->way[1 - stream_side(stream)];
}

static struct way *stream_going(const struct stream *stream) {
    return &stream->connection->way[stream_side(stream)];
}

static instant stream_now(const struct stream *stream) {
    return stream->connection->kernel->clock->now;
}

/* A break that overtakes the answer to a connection shows when that has come. */
static bool stream_is_broken(const struct stream *stream) {
    if (stream->process->dead)
        return true;
    bool answer_comes = stream->opening && stream_other(stream)->process != NULL;
    return stream->break_at <= stream_now(stream) && !answer_comes;
}

static bool stream_has_bytes(const struct stream *stream) {
    const struct piece *first = stream_coming(stream)->first;
    return !stream->deaf && first != NULL && first->at <= stream_now(stream);
}

static bool stream_has_ended(const struct stream *stream) {
    const struct way *way = stream_coming(stream);
    return way->first == NULL && way->finished && way->finish_at <= stream_now(stream);
}

static bool stream_has_room(const struct stream *stream) {
    size_t window = stream->connection->link.window;
    return stream_going(stream)->held <= window - window / ROOM_PART;
}

/* ---- life cycle ------------------------------------------------------------------------------ */

void stream_pair(struct process *one, struct process *other, const struct link *link,
                 struct stream **one_r, struct stream **other_r) {
    check(one->kernel == other->kernel);
    struct connection *connection = connection_new(one, link);
    connection_take(connection, SERVER, other);
    *one_r = &connection->end[CLIENT];
    *other_r = &connection->end[SERVER];
}

static void stream_leave_process(struct stream *stream) {
    if (stream->previous == NULL)
        stream->process->streams = stream->next;
    else
        stream->previous->next = stream->next;
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    stream->next = stream->previous = NULL;
}

void stream_close(struct stream **stream) {
    struct stream *closed = *stream;
    *stream = NULL;
    if (closed == NULL)
        return;
    check(closed->open);
    end_wake(closed);
    while (closed->watches != NULL)
        stream_unwatch(closed->watches);
    struct connection *connection = closed->connection;
    int side = stream_side(closed);
    if (!stream_is_broken(closed)) {
        if (stream_coming(closed)->first != NULL)
            way_break(connection, side); /* somebody's bytes will never be read */
        else
            way_finish(connection, side);
    }
    closed->open = false;
    kernel_cancel(connection->kernel, closed->timer);
    closed->timer = 0;
    stream_leave_process(closed);
    end_wake(stream_other(closed)); /* a writer that waits for room must see that nobody reads */
    connection_release(connection);
}

void stream_finish(struct stream *stream) {
    if (!stream_is_broken(stream))
        way_finish(stream->connection, stream_side(stream));
}

void stream_reset(struct stream *stream) {
    if (stream_is_broken(stream))
        return;
    way_break(stream->connection, stream_side(stream));
    stream->deaf = true;
    end_break(stream, stream_now(stream), STATUS_NETWORK);
}

void stream_break_all(struct process *process) {
    for (struct stream *stream = process->streams; stream != NULL; stream = stream->next)
        if (stream->break_at > stream_now(stream))
            way_break(stream->connection, stream_side(stream));
}

/* ---- waiting --------------------------------------------------------------------------------- */

void stream_watch(struct stream *stream, struct stream_watch *watch) {
    watch->stream = stream;
    watch->next = stream->watches;
    stream->watches = watch;
    end_expect(stream);
}

void stream_unwatch(struct stream_watch *watch) {
    if (watch->stream == NULL)
        return;
    struct stream_watch **place = &watch->stream->watches;
    while (*place != NULL && *place != watch)
        place = &(*place)->next;
    check(*place == watch);
    *place = watch->next;
    watch->stream = NULL;
}

enum status stream_await(struct stream *stream, instant until) {
    struct stream_watch watch = {.task = task_current()};
    stream_watch(stream, &watch);
    enum status status = task_park(until);
    if (watch.stream == NULL)
        return task_process(watch.task)->dead ? STATUS_KILLED : STATUS_NETWORK;
    stream_unwatch(&watch);
    return stream->process->dead ? STATUS_KILLED : status;
}

unsigned stream_ready(const struct stream *stream) {
    if (stream_is_broken(stream))
        return STREAM_BROKEN | STREAM_READABLE | STREAM_WRITABLE;
    if (stream->opening)
        return STREAM_OPENING;
    unsigned ready = 0;
    if (stream_has_bytes(stream))
        ready |= STREAM_READABLE;
    if (stream_has_ended(stream))
        ready |= STREAM_READABLE | STREAM_ENDED;
    if (stream_has_room(stream) || stream_going(stream)->finished || !stream_other(stream)->open)
        ready |= STREAM_WRITABLE;
    return ready;
}

enum status stream_failure(const struct stream *stream) {
    if (stream->process->dead)
        return STATUS_KILLED;
    return stream_is_broken(stream) ? stream->failure : STATUS_OK;
}

bool stream_is_established(const struct stream *stream) {
    return !stream->opening;
}

struct process *stream_process(const struct stream *stream) {
    return stream->process;
}

struct process *stream_peer(const struct stream *stream) {
    return stream_other(stream)->process;
}

/* Waits for any bit of `wanted`, or for a break. */
static enum status stream_wait_for(struct stream *stream, unsigned wanted, instant until) {
    check(stream->open);
    struct kernel *kernel = stream->connection->kernel;
    kernel_spend(kernel);
    while ((stream_ready(stream) & (wanted | STREAM_BROKEN)) == 0) {
        if (until <= kernel->clock->now)
            return STATUS_TIMEOUT;
        enum status status = stream_await(stream, until);
        if (status != STATUS_OK && status != STATUS_TIMEOUT)
            return status;
    }
    return stream->process->dead ? STATUS_KILLED : STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct str stream_piece(struct stream *stream) {
    struct kernel *kernel = stream->connection->kernel;
    const struct piece *first = stream_coming(stream)->first;
    size_t length = first->end - first->begin;
    if (kernel->short_reads > 0 && length > 1 &&
        chance_is(&kernel->races, kernel->short_reads, 100))
        length = 1 + (size_t)chance_below(&kernel->races, length);
    return str_bytes(first->bytes + first->begin, length);
}

enum status stream_peek(struct stream *stream, instant until, struct str *bytes_r) {
    *bytes_r = str_of("");
    enum status status = stream_wait_for(stream, STREAM_READABLE, until);
    if (status != STATUS_OK)
        return status;
    if (stream_has_bytes(stream)) {
        *bytes_r = stream_piece(stream);
        return STATUS_OK;
    }
    return stream_is_broken(stream) ? stream->failure : STATUS_OK;
}

void stream_consume(struct stream *stream, size_t length) {
    if (length == 0)
        return;
    struct way *way = stream_coming(stream);
    struct piece *first = way->first;
    check(first != NULL && length <= first->end - first->begin);
    bool had_room = stream_has_room(stream_other(stream));
    first->begin += (uint32_t)length;
    way->held -= length;
    if (first->begin == first->end) {
        way->first = first->next;
        if (way->first == NULL)
            way->last = NULL;
        free(first);
    }
    if (!had_room && stream_has_room(stream_other(stream)))
        end_wake(stream_other(stream));
}

enum status stream_read(struct stream *stream, void *bytes, size_t size, instant until,
                        size_t *length_r) {
    struct str piece;
    *length_r = 0;
    enum status status = stream_peek(stream, until, &piece);
    if (status != STATUS_OK || piece.length == 0)
        return status;
    size_t length = piece.length < size ? piece.length : size;
    memcpy(bytes, piece.data, length);
    stream_consume(stream, length);
    *length_r = length;
    return STATUS_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum status stream_write_some(struct stream *stream, struct str bytes, instant until,
                              size_t *written_r) {
    *written_r = 0;
    enum status status = stream_wait_for(stream, STREAM_WRITABLE, until);
    if (status != STATUS_OK)
        return status;
    if (stream_is_broken(stream))
        return stream->failure;
    struct connection *connection = stream->connection;
    if (stream_going(stream)->finished)
        return STATUS_NETWORK;
    if (!stream_other(stream)->open) {
        /* The bytes travel to a host that knows no such connection, and its reset travels back. */
        end_break(stream, stream_now(stream) + 2 * connection->link.latency, STATUS_NETWORK);
        *written_r = bytes.length;
        return STATUS_OK;
    }
    size_t room = connection->link.window - stream_going(stream)->held;
    *written_r = bytes.length < room ? bytes.length : room;
    way_send(connection, stream_side(stream), str_bytes(bytes.data, *written_r));
    return STATUS_OK;
}

enum status stream_write(struct stream *stream, const void *bytes, size_t length) {
    struct str rest = str_bytes(bytes, length);
    while (rest.length > 0) {
        size_t written;
        enum status status = stream_write_some(stream, rest, INSTANT_NEVER, &written);
        if (status != STATUS_OK)
            return status;
        rest = str_bytes(rest.data + written, rest.length - written);
    }
    return STATUS_OK;
}

void stream_charge(struct stream *stream, uint64_t bytes) {
    if (!stream_is_broken(stream))
        way_charge(stream->connection, stream_side(stream), bytes);
}

void stream_disturb(struct stream *stream, struct stream_fault fault) {
    way_disturb(stream->connection, stream_side(stream), fault);
}
