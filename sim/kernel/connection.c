/*
 * How bytes travel. Each way keeps its pieces in order of arrival; an end that somebody watches has
 * one timer, set to the next arrival, so that streams nobody waits for cost no events at all.
 *
 * A fault acts at one place, way_send() and its two sisters: the bytes still allowed pass as usual,
 * then it fires and decides about the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "stream_inside.h"

enum { PIECE_LEAST = 512 };

struct connection *connection_new(struct process *client, const struct link *link) {
    struct connection *connection = memory_new(1, sizeof *connection);
    connection->kernel = client->kernel;
    connection->link = *link;
    if (connection->link.window == 0)
        connection->link.window = LINK_WINDOW_DEFAULT;
    for (int side = 0; side < 2; side++) {
        connection->end[side].connection = connection;
        connection->end[side].break_at = INSTANT_NEVER;
    }
    connection_take(connection, CLIENT, client);
    network_remember(connection);
    client->kernel->counts.streams++;
    return connection;
}

void connection_take(struct connection *connection, int side, struct process *process) {
    struct stream *end = &connection->end[side];
    end->process = process;
    end->open = true;
    end->next = process->streams;
    if (end->next != NULL)
        end->next->previous = end;
    process->streams = end;
}

void connection_release(struct connection *connection) {
    if (connection->end[CLIENT].open || connection->end[SERVER].open || connection->called)
        return;
    network_forget(connection);
    connection_free(connection);
}

void connection_free(struct connection *connection) {
    for (int side = 0; side < 2; side++) {
        kernel_cancel(connection->kernel, connection->end[side].timer);
        while (connection->way[side].first != NULL) {
            struct piece *piece = connection->way[side].first;
            connection->way[side].first = piece->next;
            free(piece);
        }
    }
    free(connection);
}

/* ---- ends ------------------------------------------------------------------------------------ */

void end_wake(struct stream *end) {
    for (struct stream_watch *watch = end->watches; watch != NULL; watch = watch->next)
        task_wake(watch->task);
}

static void end_arrival(void *of) {
    struct stream *end = of;
    end->timer = 0;
    end_wake(end);
    end_expect(end);
}

static instant earliest(instant best, instant candidate, instant now) {
    return candidate > now && candidate < best ? candidate : best;
}

void end_expect(struct stream *end) {
    if (end->watches == NULL)
        return;
    struct connection *connection = end->connection;
    const struct way *way = &connection->way[end == &connection->end[CLIENT] ? SERVER : CLIENT];
    instant now = connection->kernel->clock->now;
    instant next = earliest(INSTANT_NEVER, end->break_at, now);
    if (way->first != NULL)
        next = earliest(next, way->first->at, now);
    if (way->finished)
        next = earliest(next, way->finish_at, now);
    if (end->timer != 0 && end->timer_at == next)
        return;
    kernel_cancel(connection->kernel, end->timer);
    end->timer = 0;
    if (next == INSTANT_NEVER)
        return;
    end->timer = kernel_at(connection->kernel, next, end_arrival, end);
    end->timer_at = next;
}

void end_break(struct stream *end, instant at, enum status failure) {
    if (at >= end->break_at)
        return;
    end->break_at = at;
    end->failure = failure;
    if (at <= end->connection->kernel->clock->now)
        end_wake(end);
    end_expect(end);
}

/* ---- ways ------------------------------------------------------------------------------------ */

/* When something of `bytes` bytes that is sent now will have arrived. */
static instant way_arrival(struct connection *connection, int side, uint64_t bytes) {
    struct way *way = &connection->way[side];
    const struct link *link = &connection->link;
    instant now = connection->kernel->clock->now;
    uint64_t rate = link->bytes_per_second;
    if (way->fired && way->fault.kind == STREAM_FAULT_SLOW)
        rate = way->fault.bytes_per_second;
    if (way->busy_until < now)
        way->busy_until = now;
    if (rate > 0)
        way->busy_until += (int64_t)((bytes * (uint64_t)SECOND + rate - 1) / rate);
    instant at = way->busy_until + link->latency;
    if (link->jitter > 0)
        at += chance_between(&connection->kernel->links, 0, link->jitter);
    if (at < way->last_at)
        at = way->last_at;
    way->last_at = at;
    return at;
}

static void way_append(struct way *way, struct str bytes, instant at) {
    struct piece *last = way->last;
    way->held += bytes.length;
    if (last != NULL && last->at == at && last->capacity - last->end >= bytes.length) {
        memcpy(last->bytes + last->end, bytes.data, bytes.length);
        last->end += (uint32_t)bytes.length;
        return;
    }
    size_t capacity = bytes.length < PIECE_LEAST ? PIECE_LEAST : bytes.length;
    struct piece *piece = malloc(sizeof *piece + capacity);
    check(piece != NULL);
    piece->next = NULL;
    piece->at = at;
    piece->begin = 0;
    piece->end = (uint32_t)bytes.length;
    piece->capacity = (uint32_t)capacity;
    memcpy(piece->bytes, bytes.data, bytes.length);
    if (last == NULL)
        way->first = piece;
    else
        last->next = piece;
    way->last = piece;
}

static void way_fire(struct way *way) {
    if (way->fired)
        return;
    way->fired = true;
    if (way->fault.fired != NULL)
        way->fault.fired(way->fault.of);
}

static void connection_cut(struct connection *connection, int side) {
    instant now = connection->kernel->clock->now;
    instant at = connection->way[side].last_at;
    if (at < now + connection->link.latency)
        at = now + connection->link.latency;
    end_break(&connection->end[side], at, STATUS_NETWORK);
    end_break(&connection->end[1 - side], at, STATUS_NETWORK);
}

/* What becomes of bytes when their way's fault has fired. */
static void way_send_disturbed(struct connection *connection, int side, struct str bytes) {
    struct way *way = &connection->way[side];
    way_fire(way);
    switch (way->fault.kind) {
    case STREAM_FAULT_CUT:
        connection_cut(connection, side);
        break;
    case STREAM_FAULT_DROP: /* nobody acknowledges them, so they fill the window for ever */
        way->held += bytes.length;
        break;
    case STREAM_FAULT_STALL:
        way_append(way, bytes, INSTANT_NEVER);
        break;
    case STREAM_FAULT_NONE:
    case STREAM_FAULT_SLOW:
        way_append(way, bytes, way_arrival(connection, side, bytes.length));
        break;
    }
}

static void way_send_piece(struct connection *connection, int side, struct str bytes) {
    struct way *way = &connection->way[side];
    size_t usual = bytes.length;
    if (way->fault.kind != STREAM_FAULT_NONE) {
        if (way->fault.after < usual)
            usual = (size_t)way->fault.after;
        way->fault.after -= usual;
    }
    if (usual > 0)
        way_append(way, str_bytes(bytes.data, usual), way_arrival(connection, side, usual));
    if (usual < bytes.length)
        way_send_disturbed(connection, side, str_bytes(bytes.data + usual, bytes.length - usual));
}

void way_send(struct connection *connection, int side, struct str bytes) {
    connection->kernel->counts.bytes += bytes.length;
    while (bytes.length > 0) {
        size_t length = bytes.length < STREAM_PIECE_MAX ? bytes.length : STREAM_PIECE_MAX;
        way_send_piece(connection, side, str_bytes(bytes.data, length));
        bytes = str_bytes(bytes.data + length, bytes.length - length);
    }
    end_expect(&connection->end[1 - side]);
}

bool way_is_held(const struct way *way) {
    return way->fault.after == 0 &&
           (way->fault.kind == STREAM_FAULT_DROP || way->fault.kind == STREAM_FAULT_STALL);
}

void way_finish(struct connection *connection, int side) {
    struct way *way = &connection->way[side];
    if (way->finished)
        return;
    way->finished = true;
    way->finish_at = INSTANT_NEVER;
    if (way_is_held(way)) {
        way_fire(way);
        return;
    }
    way->finish_at = way_arrival(connection, side, 0);
    struct stream *peer = &connection->end[1 - side];
    if (way->finish_at <= connection->kernel->clock->now)
        end_wake(peer);
    end_expect(peer);
}

void way_charge(struct connection *connection, int side, uint64_t bytes) {
    check(bytes < UINT64_MAX / (uint64_t)SECOND);
    way_arrival(connection, side, bytes);
}

void way_break(struct connection *connection, int side) {
    struct way *way = &connection->way[side];
    if (way_is_held(way)) {
        way_fire(way);
        way->break_held = true;
        return;
    }
    end_break(&connection->end[1 - side], way_arrival(connection, side, 0), STATUS_NETWORK);
}

/* ---- faults ---------------------------------------------------------------------------------- */

/* Sends on what a stall held back, as if it were sent now. */
static void way_release(struct connection *connection, int side) {
    struct way *way = &connection->way[side];
    for (struct piece *piece = way->first; piece != NULL; piece = piece->next)
        if (piece->at == INSTANT_NEVER)
            piece->at = way_arrival(connection, side, piece->end - piece->begin);
    if (way->finished && way->finish_at == INSTANT_NEVER)
        way->finish_at = way_arrival(connection, side, 0);
    if (way->break_held)
        end_break(&connection->end[1 - side], way_arrival(connection, side, 0), STATUS_NETWORK);
    way->break_held = false;
}

void way_disturb(struct connection *connection, int side, struct stream_fault fault) {
    struct way *way = &connection->way[side];
    bool dropped = way->fired && way->fault.kind == STREAM_FAULT_DROP;
    way->fault = fault;
    way->fired = false;
    if (dropped) {
        connection_cut(connection, side);
        return;
    }
    if (!way_is_held(way))
        way_release(connection, side);
    struct stream *peer = &connection->end[1 - side];
    end_wake(peer);
    end_expect(peer);
}
