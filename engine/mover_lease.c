/*
 * The lease on a mailbox, and its fence. Who holds the lease writes; whoever comes second waits for
 * its end, or is refused (lease). A run that slept past the end of its lease, or whose lease was
 * taken away, does not know that; so it is asked again wherever it could do harm (fencing):
 *
 *   in the ledger   intents and results are stored in the transaction that compares the fence
 *   before a batch  the fence is compared in the ledger once more: minutes of patience with a
 *                   server may lie between the intents and this attempt
 *   before bytes    each time bytes go to the system the lease's end is held against the clock;
 *                   in its second half the lease is renewed first, which compares the fence
 *
 * What remains: IMAP knows no fence, so the server takes bytes from whoever sends them. Bytes that
 * had left before the run fell asleep come to rest afterwards (at most what socket and network
 * hold), and between the look at the clock and the system call lie a few instructions. The next
 * holder does not take the lease before its end, half a lease or more after the last bytes left,
 * and settles what is in doubt by looking then. A lease that is taken away before its end, by a
 * stop or a rollback, is noticed at the next batch; a rollback waits for that. All runs of a batch
 * read one clock, that of the machine on which the ledger lies.
 */
#include <stdio.h>

#include "mover_inside.h"

/* A run that was stopped by whoever undoes the batch is over as a whole. */
static enum status mover_ask_lease(struct mover *mover, instant now, instant *ends_r,
                                   struct error *error) {
    struct engine *engine = mover->engine;
    enum status status =
        ledger_lease_take(engine->ledger, &mover->lease, now, mover->lease_until, ends_r, error);
    if (status == STATUS_STOPPED)
        engine_is_over(engine, error->text);
    return status;
}

/* Another run's lease may belong to a run that was killed: then it ends by itself. Without `lease`
 * nobody is waited for: the younger run takes it, and the fence keeps the older one out. */
enum status mover_take_lease(struct mover *mover, struct error *error) {
    struct engine *engine = mover->engine;
    struct platform *platform = engine->platform;
    bool waits = measure_on(engine, MEASURE_LEASE);
    instant ends = 0;
    if (!waits && !measure_on(engine, MEASURE_FENCING))
        return STATUS_OK;
    mover->lease.mailbox = mover->sessions.mailbox;
    mover->lease.run = engine->run.number;
    snprintf(mover->lease.holder, sizeof mover->lease.holder, "%s", engine->run_name);
    for (int attempt = 0;; attempt++) {
        instant now = platform->type->now(platform);
        mover->lease_until = now + MOVER_LEASE;
        enum status status = mover_ask_lease(mover, waits ? now : INSTANT_NEVER, &ends, error);
        mover->leased = status == STATUS_OK;
        if (status != STATUS_CONFLICT)
            return engine_heed(engine, status);
        if (attempt == 1) {
            engine_refuse(engine, mover->pair, MEASURE_LEASE, error->text);
            return STATUS_REFUSED;
        }
        status = engine_heed(engine, platform->type->sleep(platform, ends - now + SECOND));
        if (status != STATUS_OK)
            return status;
    }
}

void mover_give_lease(struct mover *mover) {
    struct error error;
    if (mover->leased)
        engine_heed(mover->engine, ledger_lease_give(mover->engine->ledger, &mover->lease, &error));
}

static bool mover_is_fenced(const struct mover *mover) {
    return mover->leased && measure_on(mover->engine, MEASURE_FENCING);
}

const struct ledger_lease *mover_fence(const struct mover *mover) {
    return mover_is_fenced(mover) ? &mover->lease : NULL;
}

enum status mover_renew_lease(struct mover *mover, struct error *error) {
    struct platform *platform = mover->engine->platform;
    instant now = platform->type->now(platform), ends = 0;
    if (!mover->leased || mover->lease_until - now > MOVER_LEASE / 2)
        return STATUS_OK;
    mover->lease_until = now + MOVER_LEASE;
    enum status status = mover_ask_lease(mover, now, &ends, error);
    /* Without the fence nobody asks whether the lease is still his. */
    return status == STATUS_CONFLICT && !mover_is_fenced(mover) ? STATUS_OK : status;
}

enum status mover_ask_fence(struct mover *mover, struct error *error) {
    enum status status = mover_renew_lease(mover, error);
    if (status == STATUS_OK && mover_is_fenced(mover))
        status = ledger_lease_ask(mover->engine->ledger, &mover->lease, error);
    return engine_heed(mover->engine, status);
}

enum status mover_may_write(void *of) {
    struct mover *mover = of;
    if (!mover_is_fenced(mover))
        return STATUS_OK;
    return engine_heed(mover->engine, mover_renew_lease(mover, &mover->fence_error));
}
