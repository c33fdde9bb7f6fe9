/*
 * Waiting for several descriptors at once. Real descriptors in the same set are asked without
 * waiting: what they wait for does not happen in the world.
 */
#include "seam_inside.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

#include "../../engine/base/check.h"

enum { WATCHES_ON_STACK = 8, KERNEL_SIGSET_BYTES = 8 };

int __poll_chk(struct pollfd *set, nfds_t count, int milliseconds, size_t room);
int __ppoll_chk(struct pollfd *set, nfds_t count, const struct timespec *span,
                const sigset_t *signals, size_t room);
long __fdelt_chk(long number);

/* ---- poll ------------------------------------------------------------------------------------ */

static int poll_real(struct pollfd *one) {
    struct timespec none = {0};
    return (int)syscall(SYS_ppoll, one, 1, &none, NULL, KERNEL_SIGSET_BYTES);
}

/* Fills in `revents` and returns how many are ready. */
static int poll_look(struct pollfd *set, nfds_t count) {
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        struct descriptor *descriptor = seam_find(set[i].fd);
        set[i].revents = 0;
        if (set[i].fd < 0)
            continue;
        if (descriptor == NULL)
            poll_real(&set[i]);
        else
            set[i].revents = seam_readiness(descriptor) & (set[i].events | POLLERR | POLLHUP);
        ready += set[i].revents != 0;
    }
    return ready;
}

static enum status poll_wait(struct pollfd *set, nfds_t count, instant until) {
    struct stream_watch few[WATCHES_ON_STACK] = {{.task = NULL}};
    struct stream_watch *watches = few;
    if (count > WATCHES_ON_STACK)
        watches = memory_new(count, sizeof *watches);
    for (nfds_t i = 0; i < count; i++) {
        struct descriptor *descriptor = seam_find(set[i].fd);
        if (descriptor == NULL || descriptor->stream == NULL)
            continue;
        watches[i].task = task_current();
        stream_watch(descriptor->stream, &watches[i]);
    }
    enum status status = task_park(until);
    for (nfds_t i = 0; i < count; i++)
        stream_unwatch(&watches[i]);
    if (watches != few)
        free(watches);
    return status;
}

static int poll_until(struct process *process, struct pollfd *set, nfds_t count, instant until) {
    if (count > SEAM_DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    for (;;) {
        int ready = poll_look(set, count);
        if (ready > 0)
            return ready;
        if (process->dead) {
            errno = EIO;
            return -1;
        }
        if (until <= kernel_now(process->kernel))
            return 0;
        /* Woken, out of time or killed: the next look tells. */
        enum status status = poll_wait(set, count, until);
        check(status == STATUS_OK || status == STATUS_TIMEOUT || status == STATUS_KILLED);
    }
}

static instant until_timespec(const struct process *process, const struct timespec *span) {
    if (span == NULL)
        return INSTANT_NEVER;
    return kernel_now(process->kernel) + span->tv_sec * SECOND + span->tv_nsec / 1000;
}

int ppoll(struct pollfd *set, nfds_t count, const struct timespec *span, const sigset_t *signals) {
    struct process *process = seam_process();
    if (process == NULL) {
        struct timespec left = span == NULL ? (struct timespec){0} : *span;
        return (int)syscall(SYS_ppoll, set, count, span == NULL ? NULL : &left, signals,
                            KERNEL_SIGSET_BYTES);
    }
    return poll_until(process, set, count, until_timespec(process, span));
}

int poll(struct pollfd *set, nfds_t count, int milliseconds) {
    struct timespec span = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = milliseconds % 1000 * 1000000L};
    return ppoll(set, count, milliseconds < 0 ? NULL : &span, NULL);
}

int __poll_chk(struct pollfd *set, nfds_t count, int milliseconds, size_t room) {
    check_compare(count, <=, room / sizeof *set);
    return poll(set, count, milliseconds);
}

int __ppoll_chk(struct pollfd *set, nfds_t count, const struct timespec *span,
                const sigset_t *signals, size_t room) {
    check_compare(count, <=, room / sizeof *set);
    return ppoll(set, count, span, signals);
}

/* ---- select ---------------------------------------------------------------------------------- */

struct sets {
    fd_set *read, *write, *except; /* borrows; each may be NULL */
};

static bool set_has(const fd_set *set, int number) {
    return set != NULL && FD_ISSET(number, set);
}

static nfds_t sets_to_poll(struct sets sets, int end, struct pollfd *poll_set) {
    nfds_t count = 0;
    for (int number = 0; number < end; number++) {
        short events = 0;
        if (set_has(sets.read, number))
            events |= POLLIN;
        if (set_has(sets.write, number))
            events |= POLLOUT;
        if (set_has(sets.except, number))
            events |= POLLPRI;
        if (events != 0)
            poll_set[count++] = (struct pollfd){.fd = number, .events = events};
    }
    return count;
}

static int sets_keep(fd_set *set, int number, bool keep) {
    if (!set_has(set, number))
        return 0;
    if (!keep)
        FD_CLR(number, set);
    return keep;
}

static int sets_from_poll(struct sets sets, const struct pollfd *poll_set, nfds_t count) {
    int bits = 0;
    for (nfds_t i = 0; i < count; i++) {
        int number = poll_set[i].fd;
        short seen = poll_set[i].revents;
        bits += sets_keep(sets.read, number, (seen & (POLLIN | POLLHUP | POLLERR)) != 0);
        bits += sets_keep(sets.write, number, (seen & (POLLOUT | POLLERR)) != 0);
        bits += sets_keep(sets.except, number, (seen & POLLPRI) != 0);
    }
    return bits;
}

static int select_until(struct process *process, int end, struct sets sets, instant until) {
    if (end < 0 || end > FD_SETSIZE) {
        errno = EINVAL;
        return -1;
    }
    struct pollfd *set = memory_new(FD_SETSIZE, sizeof *set);
    nfds_t count = sets_to_poll(sets, end, set);
    int ready = poll_until(process, set, count, until);
    if (ready >= 0)
        ready = sets_from_poll(sets, set, count);
    free(set);
    return ready;
}

int pselect(int end, fd_set *read_set, fd_set *write_set, fd_set *except_set,
            const struct timespec *span, const sigset_t *signals) {
    struct process *process = seam_process();
    struct sets sets = {read_set, write_set, except_set};
    if (process != NULL)
        return select_until(process, end, sets, until_timespec(process, span));
    struct {
        const sigset_t *signals;
        size_t bytes;
    } mask = {signals, KERNEL_SIGSET_BYTES};
    struct timespec left = span == NULL ? (struct timespec){0} : *span;
    return (int)syscall(SYS_pselect6, end, read_set, write_set, except_set,
                        span == NULL ? NULL : &left, &mask);
}

int select(int end, fd_set *read_set, fd_set *write_set, fd_set *except_set, struct timeval *span) {
    struct timespec converted = {0};
    if (span != NULL)
        converted = (struct timespec){.tv_sec = span->tv_sec, .tv_nsec = span->tv_usec * 1000L};
    return pselect(end, read_set, write_set, except_set, span == NULL ? NULL : &converted, NULL);
}

/* The word of an fd_set that holds a descriptor's bit, for code compiled with _FORTIFY_SOURCE. */
long __fdelt_chk(long number) {
    if (number < 0 || number >= FD_SETSIZE)
        check_failed("a descriptor of 1024 or more was used with select()", __FILE__, __LINE__,
                     __func__);
    return number / (long)(8 * sizeof(fd_mask));
}
