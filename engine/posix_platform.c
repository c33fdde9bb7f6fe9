/* See posix_platform.h. */
#include "posix_platform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

enum { POSIX_READ_STEP = 64 * 1024, POSIX_FILE_BYTES_MAX = 256 << 20, POSIX_NAP = 200 * 1000 };

struct platform_thread {
    pthread_t thread;
    void (*run)(void *);
    void *of;
};

struct platform_lock {
    pthread_mutex_t mutex;
};

struct posix_platform {
    struct platform platform;
    pthread_mutex_t output; /* lines stay whole */
};

static volatile sig_atomic_t posix_asked_to_stop;

static void posix_on_signal(int number) {
    (void)number;
    posix_asked_to_stop = 1;
}

/* ---- Threads ---- */

static void *posix_thread_run(void *of) {
    struct platform_thread *thread = of;
    thread->run(thread->of);
    return NULL;
}

static struct platform_thread *posix_spawn_thread(struct platform *platform, const char *name,
                                                  void (*run)(void *), void *of) {
    struct platform_thread *thread = memory_new(1, sizeof *thread);
    (void)platform;
    (void)name;
    thread->run = run;
    thread->of = of;
    check(pthread_create(&thread->thread, NULL, posix_thread_run, thread) == 0);
    return thread;
}

static void posix_join(struct platform *platform, struct platform_thread *thread) {
    (void)platform;
    check(pthread_join(thread->thread, NULL) == 0);
    free(thread);
}

static bool posix_stopped(struct platform *platform) {
    (void)platform;
    return posix_asked_to_stop != 0;
}

/* Naps, so that a wish to stop is heard within a fifth of a second. */
static enum status posix_sleep(struct platform *platform, int64_t span) {
    while (span > 0 && !posix_stopped(platform)) {
        int64_t nap = span < POSIX_NAP ? span : POSIX_NAP;
        struct timespec time = {nap / SECOND, nap % SECOND * 1000};
        nanosleep(&time, NULL);
        span -= nap;
    }
    return STATUS_OK;
}

static struct platform_lock *posix_lock_new(struct platform *platform) {
    struct platform_lock *lock = memory_new(1, sizeof *lock);
    (void)platform;
    check(pthread_mutex_init(&lock->mutex, NULL) == 0);
    return lock;
}

static void posix_lock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    check(pthread_mutex_lock(&lock->mutex) == 0);
}

static void posix_unlock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    check(pthread_mutex_unlock(&lock->mutex) == 0);
}

static void posix_lock_free(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

/* ---- Clocks ---- */

static instant posix_clock(clockid_t clock) {
    struct timespec time;
    check(clock_gettime(clock, &time) == 0);
    return (instant)time.tv_sec * SECOND + time.tv_nsec / 1000;
}

static instant posix_now(struct platform *platform) {
    (void)platform;
    return posix_clock(CLOCK_REALTIME);
}

static instant posix_monotonic(struct platform *platform) {
    (void)platform;
    return posix_clock(CLOCK_MONOTONIC);
}

/* ---- Files ---- */

static enum status posix_failed(const char *what, const char *path, struct error *error) {
    enum status status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_STORAGE;
    return error_set(error, status, "%s: cannot %s it: %s", path, what, strerror(errno));
}

static enum status posix_file_read(struct platform *platform, const char *path, struct buffer *out,
                                   struct error *error) {
    (void)platform;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return posix_failed("open", path, error);
    enum status status = STATUS_OK;
    for (;;) {
        buffer_reserve(out, POSIX_READ_STEP);
        ssize_t got = read(file, out->data + out->length, POSIX_READ_STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = posix_failed("read", path, error);
        if (got <= 0)
            break;
        out->length += (size_t)got;
        out->data[out->length] = '\0';
        if (out->length > POSIX_FILE_BYTES_MAX) {
            status = error_set(error, STATUS_LIMIT, "%s: larger than %d bytes", path,
                               POSIX_FILE_BYTES_MAX);
            break;
        }
    }
    close(file);
    return status;
}

static bool posix_write_all(int file, struct str bytes) {
    while (bytes.length > 0) {
        ssize_t written = write(file, bytes.data, bytes.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes = (struct str){bytes.data + written, bytes.length - (size_t)written};
    }
    return true;
}

/* The directory a file lies in, made if need be (one level). */
static bool posix_directory(const char *path, char *directory, size_t capacity) {
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    if ((size_t)snprintf(directory, capacity, "%.*s", length, slash == NULL ? "." : path) >=
        capacity)
        return false;
    return mkdir(directory, 0700) == 0 || errno == EEXIST;
}

static bool posix_sync_directory(const char *path) {
    char directory[4096];
    if (!posix_directory(path, directory, sizeof directory))
        return false;
    int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return false;
    bool synced = fsync(file) == 0;
    close(file);
    return synced;
}

static enum status posix_file_replace(struct platform *platform, const char *path, struct str bytes,
                                      struct error *error) {
    char aside[4096], directory[4096];
    (void)platform;
    if ((size_t)snprintf(aside, sizeof aside, "%s.new", path) >= sizeof aside ||
        !posix_directory(path, directory, sizeof directory))
        return posix_failed("make a place for", path, error);
    int file = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return posix_failed("create", aside, error);
    bool written = posix_write_all(file, bytes) && fsync(file) == 0;
    written = close(file) == 0 && written;
    if (!written || rename(aside, path) != 0 || !posix_sync_directory(path))
        return posix_failed("write", path, error);
    return STATUS_OK;
}

static enum status posix_file_append(struct platform *platform, const char *path, struct str bytes,
                                     bool sync, struct error *error) {
    char directory[4096];
    (void)platform;
    if (!posix_directory(path, directory, sizeof directory))
        return posix_failed("make a place for", path, error);
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        return posix_failed("open", path, error);
    off_t former = lseek(file, 0, SEEK_END);
    char last = '\n';
    bool written = former <= 0 || pread(file, &last, 1, former - 1) == 1;
    if (bytes.length > 0 && last != '\n')
        written = written && posix_write_all(file, STR("\n"));
    written = written && posix_write_all(file, bytes);
    int failed = errno;
    if (!written && ftruncate(file, former) != 0) /* no half lines where the disk is full */
        former = -1;
    written = written && (!sync || fsync(file) == 0);
    failed = written ? 0 : failed;
    written = close(file) == 0 && written;
    errno = failed != 0 ? failed : errno;
    if (!written || (sync && !posix_sync_directory(path)))
        return posix_failed("write", path, error);
    return STATUS_OK;
}

/* ---- Words ---- */

static void posix_line(struct platform *platform, FILE *out, struct str line) {
    struct posix_platform *posix = (struct posix_platform *)platform;
    check(pthread_mutex_lock(&posix->output) == 0);
    fprintf(out, "%.*s\n", STR_ARG(line));
    fflush(out);
    check(pthread_mutex_unlock(&posix->output) == 0);
}

static void posix_say(struct platform *platform, struct str line) {
    posix_line(platform, stdout, line);
}

static void posix_alarm(struct platform *platform, struct str line) {
    posix_line(platform, stderr, line);
}

struct platform *posix_platform_new(void) {
    static const struct platform_type type = {
        .spawn = posix_spawn_thread,
        .join = posix_join,
        .sleep = posix_sleep,
        .lock_new = posix_lock_new,
        .lock = posix_lock,
        .unlock = posix_unlock,
        .lock_free = posix_lock_free,
        .now = posix_now,
        .monotonic = posix_monotonic,
        .file_read = posix_file_read,
        .file_replace = posix_file_replace,
        .file_append = posix_file_append,
        .say = posix_say,
        .alarm = posix_alarm,
        .stopped = posix_stopped,
    };
    struct posix_platform *posix = memory_new(1, sizeof *posix);
    struct sigaction action = {.sa_handler = posix_on_signal};
    posix->platform.type = &type;
    check(pthread_mutex_init(&posix->output, NULL) == 0);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    return &posix->platform;
}

void posix_platform_free(struct platform **platform) {
    struct posix_platform *posix = (struct posix_platform *)*platform;
    pthread_mutex_destroy(&posix->output);
    free(posix);
    *platform = NULL;
}
