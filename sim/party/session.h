/*
 * A protocol session: takes bytes, gives bytes, and knows nothing of streams, sockets or tasks, so
 * that the same one serves both drives and every fuzzer. Whoever carries it (carrier.h in the sim
 * drive) reads from the peer, feeds, waits as long as the session says its work took, and sends.
 */
#ifndef SIM_PARTY_SESSION_H
#define SIM_PARTY_SESSION_H

#include "../../engine/base/buffer.h"
#include "../../engine/base/instant.h"

struct session;

enum session_next {
    SESSION_READ,  /* send what is in `out`, then feed me more bytes, or poll me when I call */
    SESSION_MORE,  /* send what is in `out`, then poll me at once: there is more of it */
    SESSION_CLOSE, /* send what is in `out`, then hang up */
    SESSION_RESET, /* hang up at once, sending nothing (a fault) */
};

struct session_type {
    const char *name; /* "imap", "ews", "lmtp" */
    /* Takes all `length` bytes, whatever they are; appends answers to `out`. */
    enum session_next (*feed)(struct session *session, const void *bytes, size_t length,
                              struct buffer *out);
    /* Goes on after SESSION_MORE, or after the session called for it (session_call()). */
    enum session_next (*poll)(struct session *session, struct buffer *out);
    /* The peer has gone or is not wanted any more. Frees the session. */
    void (*close)(struct session *session);
};

struct session { /* embedded first in each session */
    const struct session_type *type;
    /* The process of the peer, a name of the history: who opened the stream. */
    uint32_t process;
    /* How long the server worked on what it answered last; the carrier waits that long before it
     * sends, and sets it to 0. Microseconds. */
    int64_t work;
    /* The carrier's: wakes it up so that it polls, e.g. when another session changed a mailbox. */
    void (*call)(void *carrier);
    void *carrier;
};

static inline void session_call(struct session *session) {
    if (session->call != NULL)
        session->call(session->carrier);
}

#endif
