/*
 * The table of virtual descriptors, and the proof that the seam holds: a linker may drop an object
 * that nobody refers to, or a library may be bound to libc directly, and then time() would be real
 * without a word.
 */
#include "seam_inside.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "../../engine/base/buffer.h"
#include "../../engine/base/check.h"

static struct descriptor *table[SEAM_DESCRIPTORS_MAX]; /* owns */
static size_t table_open, table_free_from;             /* none below is free */

struct process *seam_process(void) {
    struct task *task = task_current();
    if (task == NULL || !task->process->seam)
        return NULL;
    kernel_spend(task->process->kernel);
    return task->process;
}

void seam_enter(struct process *process) {
    process->seam = true;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

struct descriptor *seam_find(int number) {
    int place = number - SEAM_DESCRIPTOR_FIRST;
    return place < 0 || place >= SEAM_DESCRIPTORS_MAX ? NULL : table[place];
}

int seam_open(struct process *process, struct stream *stream, bool nonblocking) {
    size_t place = table_free_from;
    while (place < SEAM_DESCRIPTORS_MAX && table[place] != NULL)
        place++;
    table_free_from = place;
    if (place == SEAM_DESCRIPTORS_MAX) {
        errno = EMFILE;
        return -1;
    }
    struct descriptor *descriptor = memory_new(1, sizeof *descriptor);
    descriptor->process = process;
    descriptor->stream = stream;
    descriptor->nonblocking = nonblocking;
    descriptor->number = (int)place + SEAM_DESCRIPTOR_FIRST;
    table[place] = descriptor;
    table_open++;
    process->descriptors++;
    return descriptor->number;
}

void seam_shut(struct descriptor *descriptor) {
    size_t place = (size_t)(descriptor->number - SEAM_DESCRIPTOR_FIRST);
    stream_close(&descriptor->stream);
    descriptor->process->descriptors--;
    table_open--;
    table[place] = NULL;
    if (place < table_free_from)
        table_free_from = place;
    descriptor->closed = true;
    if (descriptor->users == 0)
        free(descriptor);
}

void seam_hold(struct descriptor *descriptor) {
    descriptor->users++;
}

void seam_release(struct descriptor *descriptor) {
    if (--descriptor->users == 0 && descriptor->closed)
        free(descriptor);
}

void seam_leave(struct process *process) {
    for (size_t place = 0; process->descriptors > 0; place++)
        if (table[place] != NULL && table[place]->process == process)
            seam_shut(table[place]);
}

size_t seam_descriptors(void) {
    return table_open;
}

instant seam_until(const struct descriptor *descriptor, bool nonblocking, int64_t span) {
    if (nonblocking || descriptor->nonblocking)
        return 0;
    return span == 0 ? INSTANT_NEVER : kernel_now(descriptor->process->kernel) + span;
}

int seam_fail(const struct descriptor *descriptor, enum status status) {
    if (descriptor->closed)
        errno = EBADF;
    else if (status == STATUS_TIMEOUT && stream_failure(descriptor->stream) == STATUS_OK)
        errno = EAGAIN;
    else if (status == STATUS_TIMEOUT)
        errno = ETIMEDOUT;
    else if (status == STATUS_KILLED)
        errno = EIO;
    else
        errno = stream_is_established(descriptor->stream) ? ECONNRESET : ECONNREFUSED;
    return -1;
}

short seam_readiness(struct descriptor *descriptor) {
    if (descriptor->process->dead)
        return POLLIN | POLLOUT | POLLERR | POLLHUP;
    if (descriptor->stream == NULL)
        return POLLOUT | POLLHUP;
    unsigned ready = stream_ready(descriptor->stream);
    if ((ready & STREAM_OPENING) != 0)
        return 0;
    if ((ready & STREAM_BROKEN) != 0)
        return POLLIN | POLLOUT | POLLERR | POLLHUP;
    short events = 0;
    if ((ready & STREAM_READABLE) != 0)
        events |= POLLIN;
    if ((ready & STREAM_WRITABLE) != 0)
        events |= POLLOUT;
    if ((ready & STREAM_ENDED) != 0)
        events |= POLLRDHUP;
    if ((ready & STREAM_ENDED) != 0 && descriptor->finished)
        events |= POLLHUP;
    return events;
}

/* ---- the C library behind us ----------------------------------------------------------------- */

void seam_next(const char *name, void *function_r) {
    void *address = dlsym(RTLD_NEXT, name);
    check(address != NULL);
    memcpy(function_r, &address, sizeof address); /* ISO C knows no cast from object to function */
}

void seam_refuse(const char *function, const char *advice) {
    char text[256];
    const struct task *task = task_current();
    snprintf(text, sizeof text, "task '%s' of process '%s' called %s(): %s", task->name,
             task->process->name, function, advice);
    check_failed(text, __FILE__, __LINE__, function);
}

/* ---- the proof ------------------------------------------------------------------------------- */

static const char *const seam_names[] = {
#define X(name) #name,
    SEAM_LIST(X)
#undef X
};

/* What a library's call of `name` reaches must lie in the same file as this function, and must not
 * be what stands behind us. */
static bool seam_is_ours(const char *name) {
    Dl_info here, there;
    bool (*self)(const char *) = seam_is_ours;
    void *address;
    memcpy(&address, &self, sizeof address);
    void *found = dlsym(RTLD_DEFAULT, name);
    if (found == NULL || dladdr(address, &here) == 0 || dladdr(found, &there) == 0)
        return false;
    return here.dli_fbase == there.dli_fbase && found != dlsym(RTLD_NEXT, name);
}

struct trial {
    struct kernel *kernel;
    struct buffer complaints;
    uint64_t drawn;
};

static void trial_expect(struct trial *trial, bool holds, const char *what) {
    if (!holds)
        buffer_printf(&trial->complaints, " %s", what);
}

static void trial_time(struct trial *trial) {
    struct kernel *kernel = trial->kernel;
    struct timespec at, nap = {.tv_sec = 2};
    trial_expect(trial, time(NULL) == kernel_now(kernel) / SECOND, "time");
    trial_expect(trial, nanosleep(&nap, NULL) == 0 && kernel_age(kernel) == 2 * SECOND,
                 "nanosleep");
    trial_expect(
        trial, clock_gettime(CLOCK_REALTIME, &at) == 0 && at.tv_sec == kernel_now(kernel) / SECOND,
        "clock_gettime");
}

static void trial_sockets(struct trial *trial) {
    int ends[2];
    char byte = 'a';
    bool made = socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
    trial_expect(trial, made && ends[0] >= SEAM_DESCRIPTOR_FIRST, "socketpair");
    if (!made)
        return;
    struct pollfd waiting = {.fd = ends[1], .events = POLLIN};
    trial_expect(trial, poll(&waiting, 1, 1000) == 0 && kernel_age(trial->kernel) == 3 * SECOND,
                 "poll");
    trial_expect(trial, write(ends[0], "b", 1) == 1, "write");
    trial_expect(trial, read(ends[1], &byte, 1) == 1 && byte == 'b', "read");
    trial_expect(trial, close(ends[0]) == 0 && recv(ends[1], &byte, 1, 0) == 0, "close");
    close(ends[1]);
}

static void trial_run(void *of) {
    struct trial *trial = of;
    trial_time(trial);
    trial_sockets(trial);
    trial_expect(trial, getpid() == FIRST_PID, "getpid");
    trial_expect(trial, getrandom(&trial->drawn, sizeof trial->drawn, 0) == sizeof trial->drawn,
                 "getrandom");
}

/* Tries the seam in a small world of its own; appends the names of those that did not answer. */
static uint64_t seam_try(struct buffer *complaints) {
    struct clock clock;
    struct trial trial = {.kernel = kernel_new(1, 1000 * SECOND, &clock)};
    struct process *process = process_new(trial.kernel, "trial", 0);
    seam_enter(process);
    task_start(process, "trial", trial_run, &trial);
    if (kernel_run(trial.kernel, INSTANT_NEVER) != KERNEL_IDLE)
        buffer_append_text(&trial.complaints, " schedule");
    kernel_close(&trial.kernel);
    buffer_append_str(complaints, buffer_str(&trial.complaints));
    buffer_release(&trial.complaints);
    return trial.drawn;
}

/* The system must never hand out a number that a virtual descriptor may have. */
static void seam_lower_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= SEAM_DESCRIPTOR_FIRST)
        return;
    limit.rlim_cur = SEAM_DESCRIPTOR_FIRST;
    setrlimit(RLIMIT_NOFILE, &limit);
}

enum status seam_prove(struct error *error) {
    struct buffer vanished = {0}, silent = {0};
    enum status status = STATUS_OK;
    seam_lower_limit();
    for (size_t i = 0; i < sizeof seam_names / sizeof seam_names[0]; i++)
        if (!seam_is_ours(seam_names[i]))
            buffer_printf(&vanished, " %s", seam_names[i]);
    if (vanished.length == 0 && seam_try(&silent) != seam_try(&silent))
        buffer_append_text(&silent, " getrandom");
    if (vanished.length > 0)
        status = error_set(error, STATUS_INVALID,
                           "the seam has a hole: libraries reach the system's own%s; link all "
                           "objects of sim/kernel, with -rdynamic",
                           buffer_text(&vanished));
    else if (silent.length > 0)
        status = error_set(error, STATUS_INVALID, "the seam does not answer for the world:%s",
                           buffer_text(&silent));
    buffer_release(&vanished);
    buffer_release(&silent);
    return status;
}
