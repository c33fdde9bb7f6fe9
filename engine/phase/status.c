/* status: what the ledger proves of this batch, phase by phase. Asks no server. */
#include <string.h>

#include "phase.h"

struct status_runs {
    struct engine *engine;
    uint64_t runs[PHASE_COUNT];
};

static void status_see_run(void *of, const struct ledger_run *run) {
    struct status_runs *runs = of;
    for (size_t i = 0; i < PHASE_COUNT; i++)
        runs->runs[i] += strcmp(run->phase, phase_name((enum phase)i)) == 0;
}

static void status_see_pair(void *of, const struct ledger_pair *pair) {
    uint64_t *count = of;
    (void)pair;
    ++*count;
}

enum status phase_status(struct engine *engine, struct error *error) {
    struct status_runs runs = {.engine = engine};
    struct ledger_totals totals;
    enum status status = ledger_runs(engine->ledger, status_see_run, &runs, error);
    engine_say(engine, "batch %s of campaign %s, attempt %lld: %zu mailboxes", engine->plan.batch,
               engine->plan.campaign, (long long)engine->plan.attempt, engine->mapping.count);
    for (size_t i = 0; i < PHASE_COUNT && status == STATUS_OK; i++) {
        uint64_t proved = 0;
        if (i == PHASE_STATUS)
            continue;
        status = ledger_pairs(engine->ledger, phase_name((enum phase)i), status_see_pair, &proved,
                              error);
        if (status == STATUS_OK)
            engine_say(engine, "  %-10s %4llu runs  %6llu mailboxes proved",
                       phase_name((enum phase)i), (unsigned long long)runs.runs[i],
                       (unsigned long long)proved);
    }
    if (status == STATUS_OK)
        status = ledger_totals(engine->ledger, &totals, error);
    if (status == STATUS_OK)
        engine_say(engine,
                   "  messages: %llu written, %llu in doubt, %llu refused; %llu mailboxes leased",
                   (unsigned long long)totals.written, (unsigned long long)totals.intended,
                   (unsigned long long)totals.refused, (unsigned long long)totals.leases);
    return status;
}
