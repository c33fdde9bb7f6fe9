/*
 * What stream.c, connection.c and network.c know of each other: a connection is two ends and the
 * two ways between them.
 */
#ifndef SIM_KERNEL_STREAM_INSIDE_H
#define SIM_KERNEL_STREAM_INSIDE_H

#include "inside.h"
#include "network.h"
#include "stream.h"

enum { CLIENT = 0, SERVER = 1 };

/* Bytes that travel together. */
struct piece {
    struct piece *next;
    instant at; /* when they arrive; INSTANT_NEVER while a stall holds them */
    uint32_t begin, end, capacity;
    char bytes[];
};

/* What one end has sent and the other has not read. */
struct way {
    struct piece *first, *last; /* owns */
    size_t held;                /* bytes in the window */
    instant busy_until;         /* the line is taken by earlier bytes */
    instant last_at;            /* when the last of all arrives; nothing overtakes it */
    bool finished;
    instant finish_at; /* when the end mark arrives */
    struct stream_fault fault;
    bool fired;      /* the fault has begun to act */
    bool break_held; /* a reset waits behind a stall */
};

struct stream {
    struct connection *connection; /* borrows; it owns this */
    struct process *process;       /* borrows; NULL for an end nobody has taken yet */
    bool open;
    bool opening;
    instant break_at; /* from then on it is broken; INSTANT_NEVER */
    enum status failure;
    bool deaf; /* broken from this side: what has come is not read any more */
    struct stream_watch *watches;
    kernel_timer timer; /* of the next thing the watchers wait for */
    instant timer_at;
    struct stream *next, *previous; /* among those of its process */
};

struct connection {
    struct kernel *kernel; /* borrows */
    struct link link;
    struct network_place place;
    struct stream end[2];
    struct way way[2];                  /* way[i] leads away from end[i] */
    bool called;                        /* an event of the network still holds it */
    struct connection *next, *previous; /* in the network, in order of opening */
};

/* A connection whose client end is open and whose server end nobody has taken. */
struct connection *connection_new(struct process *client, const struct link *link);
void connection_take(struct connection *connection, int side, struct process *process);
/* Frees it when both ends are closed and no event holds it. */
void connection_release(struct connection *connection);
void connection_free(struct connection *connection);

/* Puts bytes on the way, as far as its fault lets them pass. */
void way_send(struct connection *connection, int side, struct str bytes);
void way_finish(struct connection *connection, int side);
void way_charge(struct connection *connection, int side, uint64_t bytes);
/* Sends a reset from `side` to the other end, behind all that was sent. */
void way_break(struct connection *connection, int side);
/* True when bytes, end mark or reset vanish or wait because of the fault. */
bool way_is_held(const struct way *way);
/* Replaces the fault, and lets go on what a stall held. */
void way_disturb(struct connection *connection, int side, struct stream_fault fault);

/* Breaks an end at an instant, unless it is broken earlier. */
void end_break(struct stream *end, instant at, enum status failure);
/* Wakes the watchers at once. */
void end_wake(struct stream *end);
/* Sees to it that the watchers are woken when the next thing arrives. */
void end_expect(struct stream *end);

/* The network's list of connections, in order of opening. */
void network_remember(struct connection *connection);
void network_forget(struct connection *connection);

#endif
