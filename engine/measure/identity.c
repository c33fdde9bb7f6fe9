/*
 * Measures over identity: is the mailbox that was opened the one that was meant? Names and logins
 * prove nothing: a list may be wrong, and a server may open another mailbox under a right name.
 * What proves is the immutable key that a mailbox carries on both sides, and mail that already lies
 * there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../compare.h"
#include "measure.h"

enum { OVERLAP_SAMPLE = 16 };

/* Mail that arrived longer ago than this was moved to the target, not delivered there. */
#define OVERLAP_SETTLED (12 * HOUR)

/* ---- who_am_i ---- */

enum status who_am_i_pair(struct engine *engine, const struct sessions *sessions,
                          struct error *error) {
    (void)engine;
    const struct pair *pair = sessions->pair;
    if (sessions->source_key[0] == '\0' || sessions->target_key[0] == '\0')
        return error_set(error, STATUS_REFUSED,
                         "the %s does not say whose mailbox it opened for %s",
                         sessions->source_key[0] == '\0' ? "source" : "target",
                         sessions->source_key[0] == '\0' ? pair->source : pair->target);
    if (strcmp(sessions->source_key, sessions->target_key) == 0)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED,
                     "the source opened mailbox %s, the target opened mailbox %s for login %s: "
                     "these are two people's mailboxes, nothing was read or written",
                     sessions->source_key, sessions->target_key, pair->target);
}

/* ---- key_join ---- */

static enum status key_join_differs(const char *what, const char *found, const char *key,
                                    struct error *error) {
    return error_set(error, STATUS_REFUSED,
                     "%s carries the key %s, but the source's mailbox has %s: the pair is wrong",
                     what, found[0] != '\0' ? found : "(none)", key);
}

static void key_join_lower(char *key) {
    for (; *key != '\0'; key++)
        *key = ascii_lower(*key);
}

enum status key_join_pair(struct engine *engine, const struct sessions *sessions,
                          struct error *error) {
    const struct pair *pair = sessions->pair;
    const char *key = sessions->source_key;
    if (key[0] == '\0')
        return error_set(error, STATUS_REFUSED, "the source does not say whose mailbox %s is",
                         pair->source);
    if (pair->key[0] != '\0' && strcmp(pair->key, key) != 0)
        return key_join_differs("the row of the mapping", pair->key, key, error);
    enum status status = STATUS_OK;
    if (engine->provisioning != NULL) {
        struct account account = {.key = ""};
        status =
            engine->provisioning->type->find(engine->provisioning, pair->target, &account, error);
        if (status == STATUS_NOT_FOUND)
            return error_set(error, STATUS_REFUSED, "no account stands behind the login %s",
                             pair->target);
        key_join_lower(account.key);
        if (status == STATUS_OK && strcmp(account.key, key) != 0) {
            char what[DIRECTORY_TEXT_MAX + 40];
            snprintf(what, sizeof what, "the account behind login %s", pair->target);
            return key_join_differs(what, account.key, key, error);
        }
    }
    if (status == STATUS_OK && engine->directory != NULL) {
        struct directory_entry entry = {.key = ""};
        status = engine->directory->type->find(engine->directory, pair->source, &entry, error);
        if (status == STATUS_NOT_FOUND || status == STATUS_INVALID)
            return error_set(error, STATUS_REFUSED,
                             "the directory knows no single mailbox with the address %s",
                             pair->source);
        key_join_lower(entry.key);
        if (status == STATUS_OK && strcmp(entry.key, key) != 0)
            return key_join_differs("the directory's record of that address", entry.key, key,
                                    error);
    }
    return status;
}

/* ---- core_overlap ---- */

/* By key alone: for mailboxes without recent mail, and for targets that are still empty. */
static enum status core_overlap_by_key(struct engine *engine, const struct sessions *sessions,
                                       struct error *error) {
    struct account account = {.key = ""};
    if (engine->provisioning == NULL || sessions->source_key[0] == '\0')
        return STATUS_OK;
    enum status status = engine->provisioning->type->find(engine->provisioning,
                                                          sessions->pair->target, &account, error);
    if (status == STATUS_NOT_FOUND)
        return error_set(error, STATUS_REFUSED, "no account stands behind the login %s",
                         sessions->pair->target);
    key_join_lower(account.key);
    if (status != STATUS_OK || strcmp(account.key, sessions->source_key) == 0)
        return status;
    return error_set(error, STATUS_REFUSED,
                     "there is no recent mail to compare, and login %s stands for the mailbox %s, "
                     "not for %s",
                     sessions->pair->target, account.key, sessions->source_key);
}

/* What the target would not take is no sign of another mailbox: it was told when it happened, and a
 * few full mailboxes must not make the whole batch suspect. */
static enum status core_overlap_refused(struct engine *engine, const struct sessions *sessions,
                                        uint64_t *refused_r, struct error *error) {
    struct ledger_item *items = NULL;
    size_t count = 0;
    *refused_r = 0;
    enum status status = ledger_items(engine->ledger, sessions->mailbox, &items, &count, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        *refused_r += items[i].state == LEDGER_REFUSED;
    free(items);
    return status;
}

enum status core_overlap_pair(struct engine *engine, const struct sessions *sessions,
                              struct error *error) {
    bool core_ran = false;
    enum status status = ledger_proved(engine->ledger, "core", sessions->mailbox, &core_ran, error);
    if (status != STATUS_OK)
        return status;
    const struct compare_request request = {
        .source = sessions->source,
        .target = sessions->target,
        .range = {engine->cut_off, INSTANT_NEVER},
        .settled = engine->platform->type->now(engine->platform) - OVERLAP_SETTLED,
        .sample = OVERLAP_SAMPLE,
    };
    struct comparison comparison;
    status = compare_mailbox(engine, &request, &comparison, error);
    if (status != STATUS_OK)
        return status;
    uint64_t judged = comparison.found + comparison.missing + comparison.altered;
    /* Mail delivered at the target since the switch says nothing of the pair. What a mover put
     * there does: people may have thrown away some of it by now, but not a quarter of all. */
    bool moved = core_ran || engine->phase == PHASE_BACKFILL || comparison.at_target > 0;
    bool empty = comparison.found == 0 && comparison.at_target == 0;
    if (judged < 2 || !moved || empty)
        return core_overlap_by_key(engine, sessions, error);
    if (comparison.found * 4 >= judged * 3)
        return STATUS_OK;
    uint64_t refused = 0;
    status = core_overlap_refused(engine, sessions, &refused, error);
    if (status != STATUS_OK || (comparison.found + refused) * 4 >= judged * 3)
        return status;
    return error_set(
        error, STATUS_REFUSED,
        "of the newest %llu messages at the source only %llu lie in the target mailbox "
        "%s: this is not where core put them",
        (unsigned long long)judged, (unsigned long long)comparison.found, sessions->pair->target);
}

/* ---- scoped_credential ---- */

static enum status scoped_credential_opened(const char *side, const char *name,
                                            struct error *error) {
    return error_set(error, STATUS_REFUSED,
                     "the migration's credential opens %s at the %s, which is not in the batch: it "
                     "must be limited to the batch before anything moves",
                     name, side);
}

/* DENIED is what we hope for; a mailbox that does not exist proves nothing, but harms nothing. */
static bool scoped_credential_shut(enum status status) {
    return status == STATUS_DENIED || status == STATUS_NOT_FOUND;
}

enum status scoped_credential_before(struct engine *engine, struct error *error) {
    const struct plan *plan = &engine->plan;
    enum status status = STATUS_OK;
    engine->artefact = plan->outside_login;
    if (plan->outside_login[0] != '\0') {
        struct target_session *session = NULL;
        status = engine->target->type->open(engine->target, plan->outside_login, &session, error);
        if (status == STATUS_OK) {
            engine->target->type->close(&session);
            return scoped_credential_opened("target", plan->outside_login, error);
        }
        if (!scoped_credential_shut(status))
            return status;
    }
    if (plan->outside_address[0] != '\0') {
        struct source_session *session = NULL;
        engine->artefact = plan->outside_address;
        status = engine->source->type->open(engine->source, plan->outside_address, &session, error);
        if (status == STATUS_OK) {
            engine->source->type->close(&session);
            return scoped_credential_opened("source", plan->outside_address, error);
        }
        if (!scoped_credential_shut(status))
            return status;
    }
    return STATUS_OK;
}
