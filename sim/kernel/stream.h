/*
 * Streams of bytes in memory, two-way, reliable and in order, as TCP is. `struct stream` is one end
 * of two. Each end belongs to the process that opened it; its calls fail once that is dead.
 *
 * Bytes arrive after the link's latency, jitter and transfer time. A writer waits while the window
 * is full, so a stream never holds more than its window and one piece of STREAM_PIECE_MAX.
 *
 * Faults act on what an end sends: stream_disturb().
 */
#ifndef SIM_KERNEL_STREAM_H
#define SIM_KERNEL_STREAM_H

#include "../../engine/base/status.h"
#include "../../engine/base/str.h"
#include "link.h"
#include "process.h"
#include "task.h"

struct stream;

enum { STREAM_PIECE_MAX = 64 * 1024 };

/* Two ends, open at once. */
void stream_pair(struct process *one, struct process *other, const struct link *link,
                 struct stream **one_r, struct stream **other_r);

/* Sends an end mark if none was sent, and lets go of this end. When the peer sent what was not
 * read, or goes on sending, it sees a reset. NULL behind. */
void stream_close(struct stream **stream);
/* Nothing more will be sent; reading goes on. */
void stream_finish(struct stream *stream);
/* Breaks both directions. What was sent already arrives before the reset does. The end must still
 * be closed. */
void stream_reset(struct stream *stream);

/* All that reads and writes returns OK, TIMEOUT (`until` came), NETWORK (reset, or refused while
 * opening) or KILLED (the end's process is dead), and waits in the calling task. An `until` that is
 * not in the future asks without waiting. */

/* Gives the bytes that have come, without copying; valid until the next call with this stream. At
 * the end of the stream OK and an empty piece. */
NODISCARD enum status stream_peek(struct stream *stream, instant until, struct str *bytes_r);
/* Takes `length` bytes, which were peeked. */
void stream_consume(struct stream *stream, size_t length);
/* Copies at most `size` bytes; `*length_r` is 0 at the end of the stream. */
NODISCARD enum status stream_read(struct stream *stream, void *bytes, size_t size, instant until,
                                  size_t *length_r);

/* Writes all. */
NODISCARD enum status stream_write(struct stream *stream, const void *bytes, size_t length);
/* Writes at least one byte and as many as fit; `*written_r` says how many. */
NODISCARD enum status stream_write_some(struct stream *stream, struct str bytes, instant until,
                                        size_t *written_r);

/* What would not wait now; a set of bits. */
enum stream_readiness {
    STREAM_OPENING = 1,  /* connecting still */
    STREAM_READABLE = 2, /* bytes, the end or a reset */
    STREAM_WRITABLE = 4, /* room, or writing fails at once */
    STREAM_ENDED = 8,    /* the peer sends no more, and all is read */
    STREAM_BROKEN = 16,  /* reset, refused, or its process is dead */
};
unsigned stream_ready(const struct stream *stream);
/* How it broke: OK, NETWORK for reset or refused, TIMEOUT for a peer that never answered, KILLED.
 */
enum status stream_failure(const struct stream *stream);

/* Watching: the task is woken (task_park() returns) whenever the readiness may have grown, and when
 * the end is closed by another task, which ends the watch. The room is the caller's. */
struct stream_watch {
    struct task *task;     /* borrows */
    struct stream *stream; /* borrows; NULL once the watch has ended */
    struct stream_watch *next;
};
void stream_watch(struct stream *stream, struct stream_watch *watch);
/* Ends a watch; does nothing when it has ended. */
void stream_unwatch(struct stream_watch *watch);
/* Watches, parks, and stops watching: OK after any wake-up, TIMEOUT, KILLED, or NETWORK when
 * another task has closed the end, which then must not be touched any more. */
NODISCARD enum status stream_await(struct stream *stream, instant until);

/* True once it has been open, even if it broke since; false for what was refused. */
bool stream_is_established(const struct stream *stream);

struct process *stream_process(const struct stream *stream);
/* The process at the other end; NULL until a connection has been accepted. */
struct process *stream_peer(const struct stream *stream);

/* Charges the link, in the direction away from this end, with bytes that are declared but not sent:
 * what is written next comes that much later. */
void stream_charge(struct stream *stream, uint64_t bytes);

enum stream_fault_kind {
    STREAM_FAULT_NONE,  /* heals: what was held back by a stall goes on */
    STREAM_FAULT_CUT,   /* both ends see a reset */
    STREAM_FAULT_DROP,  /* whatever is sent vanishes, end marks and resets too: half open */
    STREAM_FAULT_STALL, /* whatever is sent is held back until healed */
    STREAM_FAULT_SLOW,  /* goes on at `bytes_per_second` */
};

struct stream_fault {
    enum stream_fault_kind kind;
    uint64_t after; /* so many more bytes of this end pass as usual */
    uint64_t bytes_per_second;
    /* Called once, when the fault first changes what happens to bytes or marks; may be NULL. */
    void (*fired)(void *of);
    void *of;
};

/* Replaces the fault on what this end sends. */
void stream_disturb(struct stream *stream, struct stream_fault fault);

#endif
