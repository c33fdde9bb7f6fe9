/*
 * Sending and receiving through virtual descriptors. A blocking send() sends all, as Linux does;
 * SIGPIPE is never raised.
 */
#include "seam_inside.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "../../engine/base/check.h"

/* With _GNU_SOURCE glibc declares addresses as a union of all kinds of pointers. */
#pragma GCC diagnostic ignored "-Wpedantic"

/* Declared by headers only for those who are compiled with _FORTIFY_SOURCE. */
ssize_t __read_chk(int number, void *bytes, size_t size, size_t room);
ssize_t __recv_chk(int number, void *bytes, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int number, void *bytes, size_t size, size_t room, int flags,
                       struct sockaddr *address, socklen_t *length);

/* Fails unless the descriptor is connected and the caller may use it. */
static int seam_may_use(struct descriptor *descriptor) {
    if (descriptor->closed)
        errno = EBADF;
    else if (seam_process() != descriptor->process || descriptor->process->dead)
        errno = EIO;
    else if (descriptor->stream == NULL)
        errno = ENOTCONN;
    else
        return 0;
    return -1;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static ssize_t receive(struct descriptor *descriptor, struct iovec into, int flags) {
    instant until = seam_until(descriptor, (flags & MSG_DONTWAIT) != 0, descriptor->receive_span);
    size_t received = 0;
    do {
        struct str piece;
        enum status status = stream_peek(descriptor->stream, until, &piece);
        if (status != STATUS_OK && received == 0)
            return seam_fail(descriptor, status);
        if (status != STATUS_OK || piece.length == 0)
            break;
        size_t left = into.iov_len - received;
        size_t length = piece.length < left ? piece.length : left;
        memcpy((char *)into.iov_base + received, piece.data, length);
        received += length;
        if ((flags & MSG_PEEK) != 0)
            break;
        stream_consume(descriptor->stream, length);
    } while ((flags & MSG_WAITALL) != 0 && received < into.iov_len);
    return (ssize_t)received;
}

static ssize_t seam_receive(struct descriptor *descriptor, struct iovec into, int flags) {
    if (seam_may_use(descriptor) != 0)
        return -1;
    seam_hold(descriptor);
    ssize_t received = receive(descriptor, into, flags);
    seam_release(descriptor);
    return received;
}

ssize_t recvfrom(int number, void *bytes, size_t size, int flags, struct sockaddr *address,
                 socklen_t *length) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_recvfrom, number, bytes, size, flags, address, length);
    if (length != NULL)
        *length = 0;
    return seam_receive(descriptor, (struct iovec){bytes, size}, flags);
}

ssize_t recv(int number, void *bytes, size_t size, int flags) {
    return recvfrom(number, bytes, size, flags, NULL, NULL);
}

ssize_t read(int number, void *bytes, size_t size) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_read, number, bytes, size);
    return seam_receive(descriptor, (struct iovec){bytes, size}, 0);
}

/* Fills the buffers in turn; only the first may wait. */
static ssize_t seam_scatter(struct descriptor *descriptor, const struct iovec *parts, size_t count,
                            int flags) {
    ssize_t total = 0;
    seam_hold(descriptor);
    for (size_t i = 0; i < count; i++) {
        ssize_t length =
            seam_receive(descriptor, parts[i], total == 0 ? flags : flags | MSG_DONTWAIT);
        if (length < 0 && total == 0)
            total = -1;
        if (length < 0)
            break;
        total += length;
        if ((size_t)length < parts[i].iov_len)
            break;
    }
    seam_release(descriptor);
    return total;
}

ssize_t readv(int number, const struct iovec *parts, int count) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_readv, number, parts, count);
    return seam_scatter(descriptor, parts, (size_t)count, 0);
}

ssize_t recvmsg(int number, struct msghdr *message, int flags) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_recvmsg, number, message, flags);
    message->msg_namelen = 0;
    message->msg_controllen = 0;
    message->msg_flags = 0;
    return seam_scatter(descriptor, message->msg_iov, message->msg_iovlen, flags);
}

ssize_t __read_chk(int number, void *bytes, size_t size, size_t room) {
    check_compare(size, <=, room);
    return read(number, bytes, size);
}

ssize_t __recv_chk(int number, void *bytes, size_t size, size_t room, int flags) {
    check_compare(size, <=, room);
    return recv(number, bytes, size, flags);
}

ssize_t __recvfrom_chk(int number, void *bytes, size_t size, size_t room, int flags,
                       struct sockaddr *address, socklen_t *length) {
    check_compare(size, <=, room);
    return recvfrom(number, bytes, size, flags, address, length);
}

/* ---- sending --------------------------------------------------------------------------------- */

static ssize_t transmit(struct descriptor *descriptor, struct str bytes, int flags) {
    bool nonblocking = descriptor->nonblocking || (flags & MSG_DONTWAIT) != 0;
    instant until = seam_until(descriptor, nonblocking, descriptor->send_span);
    size_t sent = 0;
    while (sent < bytes.length) {
        size_t written;
        struct str rest = str_bytes(bytes.data + sent, bytes.length - sent);
        enum status status = stream_write_some(descriptor->stream, rest, until, &written);
        if (status != STATUS_OK)
            return sent > 0 ? (ssize_t)sent : seam_fail(descriptor, status);
        sent += written;
        if (nonblocking)
            break;
    }
    return (ssize_t)sent;
}

static ssize_t seam_send(struct descriptor *descriptor, struct str bytes, int flags) {
    if (seam_may_use(descriptor) != 0)
        return -1;
    if (descriptor->finished) {
        errno = EPIPE;
        return -1;
    }
    seam_hold(descriptor);
    ssize_t sent = transmit(descriptor, bytes, flags);
    seam_release(descriptor);
    return sent;
}

ssize_t sendto(int number, const void *bytes, size_t size, int flags,
               const struct sockaddr *address, socklen_t length) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_sendto, number, bytes, size, flags, address, length);
    return seam_send(descriptor, str_bytes(bytes, size), flags);
}

ssize_t send(int number, const void *bytes, size_t size, int flags) {
    return sendto(number, bytes, size, flags, NULL, 0);
}

ssize_t write(int number, const void *bytes, size_t size) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_write, number, bytes, size);
    return seam_send(descriptor, str_bytes(bytes, size), 0);
}

static ssize_t seam_gather(struct descriptor *descriptor, const struct iovec *parts, size_t count,
                           int flags) {
    ssize_t total = 0;
    seam_hold(descriptor);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].iov_len == 0)
            continue;
        ssize_t length =
            seam_send(descriptor, str_bytes(parts[i].iov_base, parts[i].iov_len), flags);
        if (length < 0 && total == 0)
            total = -1;
        if (length < 0)
            break;
        total += length;
        if ((size_t)length < parts[i].iov_len)
            break;
    }
    seam_release(descriptor);
    return total;
}

ssize_t writev(int number, const struct iovec *parts, int count) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_writev, number, parts, count);
    return seam_gather(descriptor, parts, (size_t)count, 0);
}

ssize_t sendmsg(int number, const struct msghdr *message, int flags) {
    struct descriptor *descriptor = seam_find(number);
    if (descriptor == NULL)
        return syscall(SYS_sendmsg, number, message, flags);
    return seam_gather(descriptor, message->msg_iov, message->msg_iovlen, flags);
}
