/*
 * libc's sockets, answered: making, connecting, closing, asking. IPv4 only; what the libraries set
 * as options is accepted and forgotten, but for the two time limits.
 */
#include "seam_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

/* With _GNU_SOURCE glibc declares addresses as a union of all kinds of pointers. */
#pragma GCC diagnostic ignored "-Wpedantic"

enum { PORT_FIRST = 32768 };

static int fail(int number) {
    errno = number;
    return -1;
}

/* ---- making and closing ---------------------------------------------------------------------- */

int socket(int domain, int type, int protocol) {
    struct process *process = seam_process();
    if (process == NULL || (domain != AF_INET && domain != AF_INET6))
        return (int)syscall(SYS_socket, domain, type, protocol);
    if (domain == AF_INET6)
        return fail(EAFNOSUPPORT);
    if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM)
        return fail(EPROTONOSUPPORT);
    return process->dead ? fail(EIO) : seam_open(process, NULL, (type & SOCK_NONBLOCK) != 0);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
    struct process *process = seam_process();
    if (process == NULL)
        return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
    if (process->dead)
        return fail(EIO);
    struct link link = {0};
    struct stream *streams[2];
    stream_pair(process, process, &link, &streams[0], &streams[1]);
    for (int i = 0; i < 2; i++) {
        ends[i] = seam_open(process, streams[i], (type & SOCK_NONBLOCK) != 0);
        if (ends[i] >= 0)
            continue;
        stream_close(&streams[i]);
        if (i == 0)
            stream_close(&streams[1]);
        else
            seam_shut(seam_find(ends[0]));
        return fail(EMFILE);
    }
    return 0;
}

int close(int number) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_close, number);
    seam_shut(descriptor);
    return 0;
}

int shutdown(int number, int how) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_shutdown, number, how);
    if (descriptor->stream == NULL)
        return fail(ENOTCONN);
    if (how == SHUT_RD)
        return 0;
    stream_finish(descriptor->stream);
    descriptor->finished = true;
    return 0;
}

/* ---- connecting ------------------------------------------------------------------------------ */

static int connect_wait(struct descriptor *descriptor) {
    instant until = seam_until(descriptor, false, descriptor->send_span);
    while ((stream_ready(descriptor->stream) & STREAM_OPENING) != 0) {
        enum status status = stream_await(descriptor->stream, until);
        if (status == STATUS_TIMEOUT)
            return fail(EINPROGRESS);
        if (status != STATUS_OK)
            return seam_fail(descriptor, status);
    }
    if (stream_is_established(descriptor->stream))
        return 0;
    return seam_fail(descriptor, stream_failure(descriptor->stream));
}

int connect(int number, const struct sockaddr *address, socklen_t length) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_connect, number, address, length);
    struct process *process = seam_process();
    if (process != descriptor->process || process->dead)
        return fail(EIO);
    struct sockaddr_in peer;
    if (address == NULL || length < sizeof peer || address->sa_family != AF_INET)
        return fail(EAFNOSUPPORT);
    if (descriptor->stream != NULL)
        return fail(stream_is_established(descriptor->stream) ? EISCONN : EALREADY);
    memcpy(&peer, address, sizeof peer);
    descriptor->peer =
        (struct network_place){.ip = ntohl(peer.sin_addr.s_addr), .port = ntohs(peer.sin_port)};
    descriptor->stream = network_open(process, descriptor->peer);
    if (descriptor->nonblocking)
        return fail(EINPROGRESS);
    seam_hold(descriptor);
    int result = connect_wait(descriptor);
    seam_release(descriptor);
    return result;
}

int bind(int number, const struct sockaddr *address, socklen_t length) {
    if (seam_find(number) == NULL)
        return (int)syscall(SYS_bind, number, address, length);
    return 0; /* where a client's connection seems to come from matters to nobody */
}

int listen(int number, int backlog) {
    if (seam_find(number) == NULL)
        return (int)syscall(SYS_listen, number, backlog);
    return fail(EOPNOTSUPP);
}

int accept4(int number, struct sockaddr *address, socklen_t *length, int flags) {
    if (seam_find(number) == NULL)
        return (int)syscall(SYS_accept4, number, address, length, flags);
    return fail(EOPNOTSUPP);
}

int accept(int number, struct sockaddr *address, socklen_t *length) {
    return accept4(number, address, length, 0);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int name_of(struct network_place place, struct sockaddr *address, socklen_t *length) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(place.port)};
    name.sin_addr.s_addr = htonl(place.ip);
    memcpy(address, &name, *length < sizeof name ? *length : sizeof name);
    *length = sizeof name;
    return 0;
}

int getpeername(int number, struct sockaddr *address, socklen_t *length) {
    const struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_getpeername, number, address, length);
    if (descriptor->stream == NULL)
        return fail(ENOTCONN);
    return name_of(descriptor->peer, address, length);
}

int getsockname(int number, struct sockaddr *address, socklen_t *length) {
    const struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_getsockname, number, address, length);
    int pid = descriptor->process->pid;
    struct network_place place = {.ip = NETWORK_IP(10, 1, pid >> 8 & 255, pid & 255),
                                  .port = (uint16_t)(PORT_FIRST + number)};
    return name_of(place, address, length);
}

/* The error of a connection that was being opened, which is told once, by SO_ERROR. */
static int pending_error(struct descriptor *descriptor) {
    if (descriptor->stream == NULL || (seam_readiness(descriptor) & POLLERR) == 0)
        return 0;
    int before = errno;
    seam_fail(descriptor, stream_failure(descriptor->stream));
    int number = errno;
    errno = before;
    return number;
}

int getsockopt(int number, int level, int option, void *value, socklen_t *length) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_getsockopt, number, level, option, value, length);
    int answer = 0;
    if (level == SOL_SOCKET && option == SO_ERROR)
        answer = pending_error(descriptor);
    else if (level == SOL_SOCKET && option == SO_TYPE)
        answer = SOCK_STREAM;
    if (*length < sizeof answer)
        return fail(EINVAL);
    memcpy(value, &answer, sizeof answer);
    *length = sizeof answer;
    return 0;
}

int setsockopt(int number, int level, int option, const void *value, socklen_t length) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_setsockopt, number, level, option, value, length);
    struct timeval span;
    if (level != SOL_SOCKET || (option != SO_RCVTIMEO && option != SO_SNDTIMEO))
        return 0;
    if (length != sizeof span)
        return fail(EINVAL);
    memcpy(&span, value, sizeof span);
    int64_t microseconds = span.tv_sec * SECOND + span.tv_usec;
    if (option == SO_RCVTIMEO)
        descriptor->receive_span = microseconds;
    else
        descriptor->send_span = microseconds;
    return 0;
}

static int fcntl_answer(struct descriptor *descriptor, int command, long argument) {
    switch (command) {
    case F_GETFL:
        return O_RDWR | (descriptor->nonblocking ? O_NONBLOCK : 0);
    case F_SETFL:
        descriptor->nonblocking = (argument & O_NONBLOCK) != 0;
        return 0;
    case F_GETFD:
        return FD_CLOEXEC;
    case F_SETFD:
        return 0;
    }
    return fail(EINVAL);
}

int fcntl(int number, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_fcntl, number, command, argument);
    return fcntl_answer(descriptor, command, argument);
}

int fcntl64(int number, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return fcntl(number, command, argument);
}

int ioctl(int number, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return (int)syscall(SYS_ioctl, number, request, argument);
    if (request != FIONBIO)
        return fail(ENOTTY);
    int wanted;
    memcpy(&wanted, argument, sizeof wanted);
    descriptor->nonblocking = wanted != 0;
    return 0;
}
