/*
 * Several mailboxes at once: a few threads take them one by one, in order. A worker that is told to
 * stop leaves its mailbox, and that it did is counted: only when all have, the stop is done.
 */
#ifndef ENGINE_WORKERS_H
#define ENGINE_WORKERS_H

#include "engine.h"

struct workers_job {
    const struct pair *pairs;
    size_t count;
    void (*work)(struct engine *engine, const struct pair *pair, size_t index, void *of);
    void *of;
};

/* Works on all pairs; returns when every worker has ended. OK, STOPPED or KILLED. */
enum status workers_each(struct engine *engine, const struct workers_job *job);

#endif
