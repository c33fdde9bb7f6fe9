/*
 * check: judges a mapping and two servers before any mover starts, ours or another's. It changes
 * nothing; the measures do the judging when the sessions of a pair are opened.
 */
#include "../sessions.h"
#include "../workers.h"
#include "phase.h"

static void check_pair(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct sessions sessions;
    struct error error = {0};
    (void)index;
    (void)of;
    enum status status = sessions_open(&sessions, engine, pair, &error);
    sessions_close(&sessions);
    error.status = status;
    if (status == STATUS_OK)
        engine_count(engine, &(struct engine_counts){.mailboxes_done = 1});
    else
        engine_fail(engine, pair, &error);
}

enum status phase_check(struct engine *engine, struct error *error) {
    (void)error;
    return workers_each(engine, &(struct workers_job){engine->mapping.pairs, engine->mapping.count,
                                                      check_pair, NULL});
}
