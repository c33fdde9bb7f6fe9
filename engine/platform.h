/*
 * What the engine needs of the machine under it, and nothing more: threads, the clock, files, and
 * a place to talk. `umzug` gives it pthreads and POSIX files; the simulator gives it coroutines and
 * a simulated disk. Sockets are not here: the engine calls libc, and the simulator answers libc.
 *
 * Nothing may be written, said or claimed once stopped() is true because of a kill: code that
 * unwinds is silent.
 */
#ifndef ENGINE_PLATFORM_H
#define ENGINE_PLATFORM_H

#include "base/buffer.h"
#include "base/instant.h"
#include "base/status.h"

struct platform;
struct platform_thread;
struct platform_lock;

struct platform_type {
    /* Threads. join() frees the thread. */
    struct platform_thread *(*spawn)(struct platform *platform, const char *name,
                                     void (*run)(void *), void *of);
    void (*join)(struct platform *platform, struct platform_thread *thread);
    /* Sleeps `span` microseconds. STATUS_KILLED when the process was killed meanwhile. */
    enum status (*sleep)(struct platform *platform, int64_t span);
    struct platform_lock *(*lock_new)(struct platform *platform);
    void (*lock)(struct platform *platform, struct platform_lock *lock);
    void (*unlock)(struct platform *platform, struct platform_lock *lock);
    void (*lock_free)(struct platform *platform, struct platform_lock *lock);

    instant (*now)(struct platform *platform);       /* wall clock, UTC */
    instant (*monotonic)(struct platform *platform); /* for timers; any origin */

    /* Files, by path. Whole-file reads; NOT_FOUND when there is none. */
    enum status (*file_read)(struct platform *platform, const char *path, struct buffer *out,
                             struct error *error);
    /* Puts a whole file in place, atomically and durably (write aside, sync, rename, sync). */
    enum status (*file_replace)(struct platform *platform, const char *path, struct str bytes,
                                struct error *error);
    /* Appends whole lines to a file, making it if need be; durable only after `sync`. Where the
     * file ends in half a line, which a loss of power leaves, a new line is begun first. */
    enum status (*file_append)(struct platform *platform, const char *path, struct str bytes,
                               bool sync, struct error *error);
    /* What the operator sees. A line each, without its end. */
    void (*say)(struct platform *platform, struct str line);   /* standard output */
    void (*alarm)(struct platform *platform, struct str line); /* standard error */

    /* True once the process was killed or asked to stop (Ctrl-C); workers look between messages. */
    bool (*stopped)(struct platform *platform);
};

struct platform { /* embedded first */
    const struct platform_type *type;
    /* The SQLite VFS under the ledger and the gateway's table; NULL: SQLite's default. */
    const char *sqlite_vfs;
};

#endif
