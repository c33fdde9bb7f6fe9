/*
 * What the files of the seam share: the table of virtual descriptors, and the question whether a
 * call is to be answered at all.
 *
 * Each answered function begins alike: virtual descriptor or running task of a process that has
 * entered? Then the world answers; else the call passes to the system as if nobody stood between.
 */
#ifndef SIM_KERNEL_SEAM_INSIDE_H
#define SIM_KERNEL_SEAM_INSIDE_H

/* The checked variants are answered by name; nothing here may be turned into them. */
#undef _FORTIFY_SOURCE

#include <netinet/in.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"
#include "network.h"
#include "seam.h"
#include "stream.h"

/* Every function that the seam answers or makes abort; seam_prove() goes over them. */
#define SEAM_LIST(X)                                                                               \
    X(socket)                                                                                      \
    X(socketpair)                                                                                  \
    X(connect)                                                                                     \
    X(bind)                                                                                        \
    X(listen)                                                                                      \
    X(accept)                                                                                      \
    X(accept4)                                                                                     \
    X(shutdown)                                                                                    \
    X(close)                                                                                       \
    X(getsockopt)                                                                                  \
    X(setsockopt)                                                                                  \
    X(getsockname)                                                                                 \
    X(getpeername)                                                                                 \
    X(fcntl)                                                                                       \
    X(fcntl64)                                                                                     \
    X(ioctl)                                                                                       \
    X(send)                                                                                        \
    X(sendto)                                                                                      \
    X(sendmsg)                                                                                     \
    X(write)                                                                                       \
    X(writev)                                                                                      \
    X(recv)                                                                                        \
    X(recvfrom)                                                                                    \
    X(recvmsg)                                                                                     \
    X(read)                                                                                        \
    X(readv)                                                                                       \
    X(__read_chk)                                                                                  \
    X(__recv_chk)                                                                                  \
    X(__recvfrom_chk)                                                                              \
    X(poll)                                                                                        \
    X(ppoll)                                                                                       \
    X(__poll_chk)                                                                                  \
    X(__ppoll_chk)                                                                                 \
    X(select)                                                                                      \
    X(pselect)                                                                                     \
    X(__fdelt_chk)                                                                                 \
    X(time)                                                                                        \
    X(gettimeofday)                                                                                \
    X(clock_gettime)                                                                               \
    X(nanosleep)                                                                                   \
    X(clock_nanosleep)                                                                             \
    X(usleep)                                                                                      \
    X(sleep)                                                                                       \
    X(getrandom)                                                                                   \
    X(getentropy)                                                                                  \
    X(arc4random)                                                                                  \
    X(arc4random_buf)                                                                              \
    X(arc4random_uniform)                                                                          \
    X(random)                                                                                      \
    X(rand)                                                                                        \
    X(getpid)                                                                                      \
    X(gethostname)                                                                                 \
    X(__gethostname_chk)                                                                           \
    X(getaddrinfo)                                                                                 \
    X(gethostbyname)                                                                               \
    X(pthread_create)                                                                              \
    X(fork)                                                                                        \
    X(system)

/* A virtual socket. */
struct descriptor {
    struct process *process; /* borrows */
    struct stream *stream;   /* owns; NULL before connect() */
    struct network_place peer;
    int number;
    unsigned users; /* calls that wait with it; the last one frees it when it was closed */
    bool closed;
    bool nonblocking;
    bool finished;                   /* shutdown() for writing */
    int64_t receive_span, send_span; /* SO_RCVTIMEO, SO_SNDTIMEO; 0: for ever */
};

/* The process in which a call is to be answered by the world; NULL: it passes. Counts the call. */
struct process *seam_process(void);
/* The virtual socket of that number; NULL: a real descriptor, or none. */
struct descriptor *seam_find(int number);

/* The lowest free number; −1 and EMFILE when there is none. */
int seam_open(struct process *process, struct stream *stream, bool nonblocking);
void seam_shut(struct descriptor *descriptor);
/* Around a call that may wait, during which another task may close the descriptor. */
void seam_hold(struct descriptor *descriptor);
void seam_release(struct descriptor *descriptor);

/* Readiness as poll() says it: POLLIN, POLLOUT, … */
short seam_readiness(struct descriptor *descriptor);
/* Until when a call may wait. */
instant seam_until(const struct descriptor *descriptor, bool nonblocking, int64_t span);
/* Sets errno for what a stream's call returned; always −1. */
int seam_fail(const struct descriptor *descriptor, enum status status);

/* The next definition of a function behind ours: the C library's. */
void seam_next(const char *name, void *function_r);

/* Stops the program: a task called what the world cannot answer. */
_Noreturn void seam_refuse(const char *function, const char *advice);

#endif
