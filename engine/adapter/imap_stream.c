/* See imap_stream.h. */
#include "imap_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/check.h"
#include "../base/instant.h"

enum { IMAP_SEND_PIECES_MAX = 256 }; /* in one system call; POSIX promises 16, Linux 1,024 */

struct wire {
    int fd;
    int64_t timeout;
    enum status failure;
    bool guarded;
    unsigned depth;               /* guard: parentheses open on this line */
    unsigned digits;              /* guard: 1 + digits seen behind "{"; 0 outside */
    uint64_t bytes;               /* guard: of this answer */
    unsigned word;                /* guard: letters of WIRE_FORBIDDEN seen at the line's begin */
    enum status (*may)(void *of); /* asked before bytes leave; NULL: nobody is asked */
    void *of;
};

static ssize_t wire_fail(struct wire *wire, enum status status) {
    if (wire->failure == STATUS_OK)
        wire->failure = status;
    return -1;
}

/* Waits until the socket is ready: OK, TIMEOUT or NETWORK. */
static enum status wire_wait(struct wire *wire, short events) {
    struct pollfd ready = {.fd = wire->fd, .events = events};
    int64_t milliseconds = (wire->timeout + MILLISECOND - 1) / MILLISECOND;
    int count;
    do
        count = poll(&ready, 1, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds);
    while (count < 0 && errno == EINTR);
    return count > 0 ? STATUS_OK : count == 0 ? STATUS_TIMEOUT : STATUS_NETWORK;
}

static bool wire_would_block(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* libetpan 1.9.4 crashes over a NAMESPACE answer that is broken in the middle. Whoever wants one
 * asks with our own reader; to what libetpan asks none belongs. WIRE_ELSEWHERE: not at a line's
 * begin. */
#define WIRE_FORBIDDEN "*NAMESPACE"
enum { WIRE_ELSEWHERE = sizeof WIRE_FORBIDDEN };

static unsigned wire_word(unsigned word, char byte) {
    if (byte == '\n')
        return 0;
    if (word == WIRE_ELSEWHERE || (word <= 1 && byte == ' '))
        return word;
    char letter = byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
    return letter == WIRE_FORBIDDEN[word] ? word + 1 : WIRE_ELSEWHERE;
}

/* Looks at what libetpan is about to parse. False when no honest answer looks like that. */
static bool wire_guard(struct wire *wire, const char *bytes, size_t length) {
    wire->bytes += length;
    if (wire->bytes > IMAP_GUARD_BYTES_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        char byte = bytes[i];
        if (byte == '\n')
            wire->depth = 0;
        else if (byte == '(')
            wire->depth++;
        else if (byte == ')' && wire->depth > 0)
            wire->depth--;
        if (byte == '{')
            wire->digits = 1;
        else if (wire->digits > 0 && byte >= '0' && byte <= '9')
            wire->digits++;
        else
            wire->digits = 0;
        wire->word = wire_word(wire->word, byte);
        if (wire->word == strlen(WIRE_FORBIDDEN) || wire->depth > IMAP_GUARD_DEPTH_MAX ||
            wire->digits > 1 + IMAP_GUARD_LITERAL_DIGITS)
            return false;
    }
    return true;
}

static ssize_t wire_read(mailstream_low *low, void *bytes, size_t capacity) {
    struct wire *wire = low->data;
    if (wire->failure != STATUS_OK)
        return -1;
    for (;;) {
        ssize_t length = recv(wire->fd, bytes, capacity, 0);
        if (length > 0) {
            if (wire->guarded && !wire_guard(wire, bytes, (size_t)length))
                return wire_fail(wire, STATUS_PROTOCOL);
            return length;
        }
        if (length == 0)
            return wire_fail(wire, STATUS_NETWORK);
        if (errno == EINTR)
            continue;
        if (!wire_would_block())
            return wire_fail(wire, STATUS_NETWORK);
        enum status status = wire_wait(wire, POLLIN);
        if (status != STATUS_OK)
            return wire_fail(wire, status);
    }
}

static ssize_t wire_write(mailstream_low *low, const void *bytes, size_t length) {
    struct wire *wire = low->data;
    if (wire->failure != STATUS_OK)
        return -1;
    for (;;) {
        ssize_t sent = send(wire->fd, bytes, length, MSG_NOSIGNAL);
        if (sent > 0)
            return sent;
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent == 0 || !wire_would_block())
            return wire_fail(wire, STATUS_NETWORK);
        enum status status = wire_wait(wire, POLLOUT);
        if (status != STATUS_OK)
            return wire_fail(wire, status);
    }
}

static int wire_close(mailstream_low *low) {
    struct wire *wire = low->data;
    if (wire->fd >= 0)
        close(wire->fd);
    wire->fd = -1;
    wire_fail(wire, STATUS_NETWORK);
    return 0;
}

static int wire_descriptor(mailstream_low *low) {
    struct wire *wire = low->data;
    return wire->fd;
}

static void wire_free(mailstream_low *low) {
    free(low->data);
    free(low);
}

static void wire_cancel(mailstream_low *low) {
    (void)low;
}

static struct mailstream_cancel *wire_no_cancel(mailstream_low *low) {
    (void)low;
    return NULL;
}

static carray *wire_no_certificates(mailstream_low *low) {
    (void)low;
    return NULL;
}

static int wire_no_idle(mailstream_low *low) {
    (void)low;
    return -1;
}

static mailstream_low_driver wire_driver = {
    .mailstream_read = wire_read,
    .mailstream_write = wire_write,
    .mailstream_close = wire_close,
    .mailstream_get_fd = wire_descriptor,
    .mailstream_free = wire_free,
    .mailstream_cancel = wire_cancel,
    .mailstream_get_cancel = wire_no_cancel,
    .mailstream_get_certificate_chain = wire_no_certificates,
    .mailstream_setup_idle = wire_no_idle,
    .mailstream_unsetup_idle = wire_no_idle,
    .mailstream_interrupt_idle = wire_no_idle,
};

/* An IP address is used as it is, without asking any resolver. */
static enum status stream_address(const struct imap_stream_options *options,
                                  struct sockaddr_storage *address_r, socklen_t *length_r,
                                  struct error *error) {
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)options->port);
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    if (inet_pton(AF_INET, options->host, &four.sin_addr) == 1) {
        memcpy(address_r, &four, sizeof four);
        *length_r = sizeof four;
        return STATUS_OK;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(options->host, port, &hints, &found);
    if (code != 0 || found == NULL)
        return error_set(error, STATUS_NETWORK, "the host name %s is not known: %s", options->host,
                         gai_strerror(code));
    memcpy(address_r, found->ai_addr, found->ai_addrlen);
    *length_r = found->ai_addrlen;
    freeaddrinfo(found);
    return STATUS_OK;
}

static enum status stream_connect(struct wire *wire, const struct imap_stream_options *options,
                                  struct error *error) {
    struct sockaddr_storage address = {0};
    socklen_t length = 0;
    enum status status = stream_address(options, &address, &length, error);
    if (status != STATUS_OK)
        return status;
    wire->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (wire->fd < 0)
        return error_set(error, STATUS_NETWORK, "no socket: %s", strerror(errno));
    int yes = 1;
    (void)setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    int reason = 0;
    if (connect(wire->fd, (struct sockaddr *)&address, length) != 0) {
        reason = errno;
        if (reason == EINPROGRESS || reason == EINTR) {
            status = wire_wait(wire, POLLOUT);
            if (status != STATUS_OK)
                return error_set(error, status, "connecting to %s port %u: %s", options->host,
                                 options->port, status_sentence(status));
            socklen_t size = sizeof reason;
            if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
                reason = errno;
        }
    }
    if (reason != 0)
        return error_set(error, STATUS_NETWORK, "connecting to %s port %u: %s", options->host,
                         options->port, strerror(reason));
    return STATUS_OK;
}

enum status imap_stream_open(const struct imap_stream_options *options, mailstream **stream_r,
                             struct error *error) {
    check(options->timeout > 0);
    *stream_r = NULL;
    struct wire *wire = memory_new(1, sizeof *wire);
    wire->fd = -1;
    wire->timeout = options->timeout;
    enum status status = stream_connect(wire, options, error);
    if (status != STATUS_OK) {
        if (wire->fd >= 0)
            close(wire->fd);
        free(wire);
        return status;
    }
    mailstream_low *low = mailstream_low_new(wire, &wire_driver);
    check(low != NULL);
    mailstream_low_set_timeout(low, (time_t)((options->timeout + SECOND - 1) / SECOND));
    *stream_r = mailstream_new(low, IMAP_STREAM_BUFFER);
    check(*stream_r != NULL);
    return STATUS_OK;
}

static struct wire *stream_wire(mailstream *stream) {
    mailstream_low *low = mailstream_get_low(stream);
    check(low->driver == &wire_driver);
    return low->data;
}

bool imap_stream_peek(mailstream *stream, size_t count, struct str *bytes_r) {
    check_compare(count, <=, stream->buffer_max_size);
    while (stream->read_buffer_len < count) {
        ssize_t length =
            wire_read(mailstream_get_low(stream), stream->read_buffer + stream->read_buffer_len,
                      stream->buffer_max_size - stream->read_buffer_len);
        if (length < 0)
            return false;
        stream->read_buffer_len += (size_t)length;
    }
    *bytes_r = str_bytes(stream->read_buffer, count);
    return true;
}

enum status imap_stream_failure(mailstream *stream) {
    return stream_wire(stream)->failure;
}

void imap_stream_kill(mailstream *stream) {
    wire_fail(stream_wire(stream), STATUS_NETWORK);
}

void imap_stream_guard(mailstream *stream, bool on) {
    struct wire *wire = stream_wire(stream);
    wire->guarded = on;
    wire->depth = wire->digits = wire->word = 0;
    wire->bytes = 0;
    /* What was read ahead, behind an answer of our own, is libetpan's next. */
    if (on && !wire_guard(wire, stream->read_buffer, stream->read_buffer_len)) {
        stream->read_buffer_len = 0;
        wire_fail(wire, STATUS_PROTOCOL);
    }
}

void imap_stream_ask(mailstream *stream, enum status (*may)(void *of), void *of) {
    struct wire *wire = stream_wire(stream);
    wire->may = may;
    wire->of = of;
}

/* Drops `sent` bytes from the front of the pieces; returns how many pieces are done with. */
static size_t stream_advance(struct iovec *pieces, size_t count, size_t sent) {
    size_t done = 0;
    while (done < count && sent >= pieces[done].iov_len)
        sent -= pieces[done++].iov_len;
    if (done < count && sent > 0) {
        pieces[done].iov_base = (char *)pieces[done].iov_base + sent;
        pieces[done].iov_len -= sent;
    }
    return done;
}

enum status imap_stream_send(mailstream *stream, struct iovec *pieces, size_t count,
                             uint64_t *sent_r) {
    struct wire *wire = stream_wire(stream);
    check_compare(stream->write_buffer_len, ==, 0);
    *sent_r = 0;
    enum status status = wire->failure;
    while (count > 0 && status == STATUS_OK) {
        if (wire->may != NULL && (status = wire->may(wire->of)) != STATUS_OK)
            break;
        struct msghdr message = {
            .msg_iov = pieces,
            .msg_iovlen = count > IMAP_SEND_PIECES_MAX ? IMAP_SEND_PIECES_MAX : count,
        };
        ssize_t sent = sendmsg(wire->fd, &message, MSG_NOSIGNAL);
        if (sent >= 0) {
            *sent_r += (uint64_t)sent;
            size_t done = stream_advance(pieces, count, (size_t)sent);
            pieces += done;
            count -= done;
        } else if (wire_would_block()) {
            status = wire_wait(wire, POLLOUT);
        } else if (errno != EINTR) {
            status = STATUS_NETWORK;
        }
    }
    /* No failure is noted: what the server said before it hung up can still be read. */
    return status;
}
