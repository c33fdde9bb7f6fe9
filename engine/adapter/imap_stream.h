/*
 * The bytes under an IMAP session: a connected, non-blocking socket dressed as libetpan's low
 * stream, so that libetpan and our own reader share one buffer. Nothing but socket, connect, poll,
 * recv and send is called; in a simulator those are answered by the executable.
 *
 * libetpan 1.9.4 trusts servers more than we do, hence three rules here: the end of the stream is
 * an error (it would spin on 0), the timeout lives here (its own does not reach a foreign driver),
 * and while libetpan reads, a guard refuses lines nested deeper or literals larger than any of the
 * answers we let it parse can need, and answers over which it crashes.
 */
#ifndef ENGINE_ADAPTER_IMAP_STREAM_H
#define ENGINE_ADAPTER_IMAP_STREAM_H

#include <libetpan/libetpan.h>
#include <sys/uio.h>

#include "../base/status.h"
#include "../base/str.h"

enum {
    IMAP_STREAM_BUFFER = 64 * 1024, /* bytes read ahead, and libetpan's write buffer */
    IMAP_GUARD_DEPTH_MAX = 32,      /* open parentheses on one line */
    IMAP_GUARD_LITERAL_DIGITS = 6,  /* {999999} */
    IMAP_GUARD_BYTES_MAX = 4 << 20, /* of one guarded answer */
};

struct imap_stream_options {
    const char *host; /* IP address or name */
    uint16_t port;
    int64_t timeout; /* without any progress; microseconds */
};

/* Connects. NETWORK when it is refused, TIMEOUT. The caller owns the stream and gives it to a
 * mailimap session or to mailstream_close(). */
NODISCARD enum status imap_stream_open(const struct imap_stream_options *options,
                                       mailstream **stream_r, struct error *error);

/* Waits for the first `count` bytes of what comes and shows them without taking them; false when
 * the stream fails before. */
NODISCARD bool imap_stream_peek(mailstream *stream, size_t count, struct str *bytes_r);

/* Why the stream failed: NETWORK, TIMEOUT, PROTOCOL (the guard), or OK when it did not. */
enum status imap_stream_failure(mailstream *stream);

/* From now on every read and write fails at once, so that closing waits for nobody. */
void imap_stream_kill(mailstream *stream);

/* Switches the guard for the answer that libetpan is going to read. */
void imap_stream_guard(mailstream *stream, bool on);

/* From now on imap_stream_send() asks `may` before each call that hands bytes to the system, and
 * sends no more, but returns what was answered, unless that is OK. NULL: nobody is asked. */
void imap_stream_ask(mailstream *stream, enum status (*may)(void *of), void *of);

/* Sends all pieces past libetpan, whose write buffer must be empty. `sent_r` says how many bytes
 * the system took, also when it fails. `pieces` is changed. */
NODISCARD enum status imap_stream_send(mailstream *stream, struct iovec *pieces, size_t count,
                                       uint64_t *sent_r);

#endif
