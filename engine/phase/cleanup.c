/*
 * cleanup: what lies in the wrong mailbox goes, and nothing else. What is wrong follows from the
 * ledger and the directory: mail that a pair wrote into a login which the directory does not assign
 * to its source. Access to every mailbox that holds such mail is closed first, and runs that are
 * still at work are stopped; then the evidence is sealed, all of it; only then each message is
 * copied into quarantine, removed by its UID, and struck out in the ledger. People who have moved
 * it, into the trash or elsewhere, make no difference.
 *
 * A mailbox that was set back before is emptied of all that this attempt has put there: what the
 * ledger proves it wrote, which lies at the source unchanged, and what it proves was brought back.
 * So a further attempt begins where the first one did. Its folders and their UIDs stay: what comes
 * next gets UIDs that no mail program has ever seen.
 *
 * Without delete_proof wrong mail is known as it is known in despair: by a header that does not
 * name the owner of the mailbox. Lists, Bcc and inherited mail never do.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../workers.h"
#include "cleaning.h"

/* ---- What the ledger and the directory say ---- */

static void cleanup_see_run(void *of, const struct ledger_run *run) {
    struct cleanup *cleanup = of;
    if (run->number >= cleanup->run_count) {
        uint32_t count = run->number + 64;
        cleanup->run_began = memory_grow(cleanup->run_began, count, sizeof *cleanup->run_began);
        memset(cleanup->run_began + cleanup->run_count, 0,
               (count - cleanup->run_count) * sizeof *cleanup->run_began);
        cleanup->run_count = count;
    }
    cleanup->run_began[run->number] = run->began;
}

/* Which pairs are right, and which mailboxes are to be looked at: those with a right pair. */
static enum status cleanup_prepare(struct engine *engine, struct cleanup *cleanup,
                                   struct error *error) {
    enum status status = remains_pairs_read(engine, &cleanup->pairs, error);
    size_t count = cleanup->pairs.count;
    if (status == STATUS_OK)
        status = ledger_runs(engine->ledger, cleanup_see_run, cleanup, error);
    struct pair *targets = arena_take(engine->arena, count + 1, sizeof *targets);
    cleanup->right = arena_take(engine->arena, count + 1, sizeof *cleanup->right);
    cleanup->back = arena_take(engine->arena, count + 1, sizeof *cleanup->back);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct remains_pair *pair = &cleanup->pairs.list[i];
        struct directory_entry entry = {.login = ""};
        status = engine->directory->type->find(engine->directory, pair->source, &entry, error);
        if (status != STATUS_OK)
            break;
        cleanup->right[i] = str_equal_caseless(str_of(entry.login), str_of(pair->target));
        if (!cleanup->right[i])
            continue;
        bool back = false;
        status = ledger_proved(engine->ledger, "rollback", pair->mailbox, &back, error);
        cleanup->back[cleanup->targets.count] = back && entry.home == HOME_EXCHANGE;
        targets[cleanup->targets.count++] =
            (struct pair){.source = pair->source, .target = pair->target, .key = pair->key};
    }
    cleanup->targets.pairs = targets;
    return engine_heed(engine, status);
}

bool cleanup_is_wrong_pair(const struct cleanup *cleanup, uint32_t mailbox) {
    const struct remains_pair *pair = remains_pair_find(&cleanup->pairs, mailbox);
    return pair != NULL && !cleanup->right[pair - cleanup->pairs.list];
}

/* Whether other pairs wrote into this login at all, or it is to be emptied: else there is nothing
 * to look for. */
static bool cleanup_is_suspect(const struct engine *engine, const struct cleanup *cleanup,
                               const struct pair *target) {
    if (cleanup->back[target - cleanup->targets.pairs])
        return true;
    for (size_t i = 0; i < cleanup->pairs.count; i++)
        if (!cleanup->right[i] &&
            str_equal_caseless(str_of(cleanup->pairs.list[i].target), str_of(target->target)))
            return true;
    return !measure_on(engine, MEASURE_DELETE_PROOF);
}

bool cleanup_is_live(const struct ledger_item *item) {
    return item->state == LEDGER_WRITTEN || item->state == LEDGER_INTENDED;
}

/* Whether the ledger knows of anything that other pairs wrote, or may have written, into this login
 * and that was not struck out; in a mailbox that was set back, its own pair too. */
static enum status cleanup_is_soiled(struct engine *engine, const struct cleanup *cleanup,
                                     const struct pair *target, bool *soiled_r,
                                     struct error *error) {
    enum status status = STATUS_OK;
    bool back = cleanup->back[target - cleanup->targets.pairs];
    *soiled_r = false;
    for (size_t i = 0; i < cleanup->pairs.count && status == STATUS_OK; i++) {
        const struct remains_pair *pair = &cleanup->pairs.list[i];
        struct ledger_item *items = NULL;
        size_t count = 0;
        if ((cleanup->right[i] && !back) ||
            !str_equal_caseless(str_of(pair->target), str_of(target->target)))
            continue;
        status = ledger_items(engine->ledger, pair->mailbox, &items, &count, error);
        for (size_t k = 0; k < count; k++)
            *soiled_r |= cleanup_is_live(&items[k]);
        free(items);
    }
    return status;
}

static enum status cleanup_is_done(struct engine *engine, const struct cleanup *cleanup,
                                   const struct pair *target, bool *done_r, struct error *error) {
    uint32_t mailbox = 0;
    bool proved = false, soiled = !measure_on(engine, MEASURE_DELETE_PROOF);
    enum status status = engine_mailbox(engine, target, &mailbox, error);
    if (status == STATUS_OK)
        status = ledger_proved(engine->ledger, "cleanup", mailbox, &proved, error);
    if (status == STATUS_OK && proved && !soiled)
        status = cleanup_is_soiled(engine, cleanup, target, &soiled, error);
    *done_r = proved && !soiled;
    return engine_heed(engine, status);
}

/* A clean-up that is typed again looks at nothing that an earlier one has proved to be clean. */
static enum status cleanup_see_done(struct engine *engine, struct cleanup *cleanup,
                                    struct error *error) {
    size_t count = cleanup->targets.count;
    enum status status = STATUS_OK;
    cleanup->done = arena_take(engine->arena, count + 1, sizeof *cleanup->done);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        if (cleanup_is_suspect(engine, cleanup, &cleanup->targets.pairs[i]))
            status = cleanup_is_done(engine, cleanup, &cleanup->targets.pairs[i], &cleanup->done[i],
                                     error);
    return status;
}

/* ---- The batch ---- */

static enum status cleanup_close_access(struct engine *engine, const struct cleanup *cleanup,
                                        struct error *error) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < cleanup->targets.count && status == STATUS_OK; i++) {
        const struct pair *pair = &cleanup->targets.pairs[i];
        if (!cleanup->done[i] && cleanup_is_suspect(engine, cleanup, pair))
            status = engine->provisioning->type->set_open(engine->provisioning, pair->target, false,
                                                          error);
    }
    return engine_heed(engine, status);
}

/* Finds out whose mailboxes are concerned and closes them. */
static enum status cleanup_close(struct engine *engine, struct cleanup *cleanup,
                                 struct error *error) {
    remains_pairs_release(&cleanup->pairs);
    cleanup->targets = (struct mapping){0};
    enum status status = cleanup_prepare(engine, cleanup, error);
    if (status == STATUS_OK)
        status = cleanup_see_done(engine, cleanup, error);
    return status == STATUS_OK ? cleanup_close_access(engine, cleanup, error) : status;
}

/* People get in again where this is their home, once nothing foreign lies there any more; a
 * clean-up that died before it came to that is finished by the next one. */
static enum status cleanup_open_one(struct engine *engine, const struct pair *pair,
                                    struct error *error) {
    struct directory_entry entry = {.home = HOME_EXCHANGE};
    struct account account = {.open = false};
    enum status status =
        engine->directory->type->find(engine->directory, pair->source, &entry, error);
    if (status != STATUS_OK || entry.home != HOME_OPENXCHANGE)
        return status;
    status = engine->provisioning->type->find(engine->provisioning, pair->target, &account, error);
    if (status != STATUS_OK || account.open)
        return status;
    return engine->provisioning->type->set_open(engine->provisioning, pair->target, true, error);
}

static enum status cleanup_open_access(struct engine *engine, struct cleanup *cleanup,
                                       struct error *error) {
    enum status status = cleanup_see_done(engine, cleanup, error);
    for (size_t i = 0; i < cleanup->targets.count && status == STATUS_OK; i++) {
        const struct pair *pair = &cleanup->targets.pairs[i];
        if (cleanup->done[i] && cleanup_is_suspect(engine, cleanup, pair))
            status = cleanup_open_one(engine, pair, error);
    }
    return engine_heed(engine, status);
}

static void cleanup_work(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct cleanup *cleanup = of;
    if (!cleanup->done[index] && cleanup_is_suspect(engine, cleanup, pair))
        cleaning_mailbox(engine, cleanup, index);
}

static enum status cleanup_all(struct engine *engine, struct cleanup *cleanup, bool removing) {
    cleanup->removing = removing;
    return workers_each(engine,
                        &(struct workers_job){cleanup->targets.pairs, cleanup->targets.count,
                                              cleanup_work, cleanup});
}

enum status phase_cleanup(struct engine *engine, struct error *error) {
    struct cleanup cleanup = {0};
    size_t held = 0;
    enum status status = phase_needs_directory(engine, error);
    if (status == STATUS_OK)
        status = evidence_file_open(engine, &cleanup.evidence, error);
    if (status == STATUS_OK)
        status = cleanup_close(engine, &cleanup, error);
    if (status == STATUS_OK)
        status = engine_stop_others(engine, false, &held, error);
    /* Those who were at work until now may have got into further mailboxes meanwhile. */
    if (status == STATUS_OK && held > 0)
        status = cleanup_close(engine, &cleanup, error);
    if (status == STATUS_OK)
        status = cleanup_all(engine, &cleanup, false);
    /* Where one mailbox's evidence is not sealed, nothing is removed anywhere. */
    if (status == STATUS_OK && engine->counts.mailboxes_failed > 0)
        status = error_set(error, STATUS_REFUSED,
                           "the evidence of %llu mailboxes could not be sealed: nothing is removed",
                           (unsigned long long)engine->counts.mailboxes_failed);
    /* What was claimed of the evidence must outlive a kill as the evidence does. */
    if (status == STATUS_OK)
        status = engine_heed(engine, claims_sync(engine->claims, error));
    if (status == STATUS_OK)
        status = cleanup_all(engine, &cleanup, true);
    if (status == STATUS_OK)
        status = cleanup_open_access(engine, &cleanup, error);
    if (status == STATUS_OK)
        engine_say(engine,
                   "cleanup: %llu messages removed from %llu mailboxes; evidence: %llu lines",
                   (unsigned long long)engine->counts.messages,
                   (unsigned long long)engine->counts.mailboxes_done,
                   (unsigned long long)cleanup.evidence.sealed.lines);
    remains_pairs_release(&cleanup.pairs);
    free(cleanup.run_began);
    return status;
}
