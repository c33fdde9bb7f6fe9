/* See workers.h. */
#include "workers.h"

#include "base/check.h"

enum { WORKERS_MAX = 256 };

struct workers {
    struct engine *engine;
    const struct workers_job *job;
    size_t next; /* under the engine's lock */
};

static bool workers_take(struct workers *workers, size_t *index_r) {
    struct engine *engine = workers->engine;
    struct platform *platform = engine->platform;
    platform->type->lock(platform, engine->lock);
    bool taken = workers->next < workers->job->count && engine_may_go_on(engine) == STATUS_OK;
    if (taken)
        *index_r = workers->next++;
    platform->type->unlock(platform, engine->lock);
    return taken;
}

static void workers_run(void *of) {
    struct workers *workers = of;
    size_t index = 0;
    while (workers_take(workers, &index))
        workers->job->work(workers->engine, &workers->job->pairs[index], index, workers->job->of);
}

/* Every worker has left its mailbox, and those that had a lease have lost it. */
static void workers_tell_stop(struct engine *engine, size_t count) {
    struct error error;
    if (!engine->stopping || engine->stop_told || engine->killed)
        return;
    engine->stop_told = true;
    struct json *json = claim_begin(engine->claims, CLAIM_STOP_DONE);
    json_key_integer(json, "workers", (int64_t)count);
    claim_end(engine->claims);
    if (engine_heed(engine, claims_sync(engine->claims, &error)) == STATUS_OK)
        engine_say(engine, "stopped: all %zu workers have acknowledged, nothing writes any more",
                   count);
}

enum status workers_each(struct engine *engine, const struct workers_job *job) {
    struct platform *platform = engine->platform;
    struct workers workers = {.engine = engine, .job = job};
    struct platform_thread *threads[WORKERS_MAX];
    size_t count = (size_t)engine->plan.workers;
    check_compare(count, <=, WORKERS_MAX);
    if (count > job->count)
        count = job->count;
    for (size_t i = 0; i < count; i++)
        threads[i] = platform->type->spawn(platform, "worker", workers_run, &workers);
    for (size_t i = 0; i < count; i++)
        platform->type->join(platform, threads[i]);
    workers_tell_stop(engine, count);
    return engine_may_go_on(engine);
}
