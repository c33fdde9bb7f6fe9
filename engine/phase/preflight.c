/*
 * preflight: is everything there that the day will need? Each mailbox is opened on both sides, its
 * account must exist, be large enough and still be empty. What is found is named per mailbox; the
 * measures over identity are asked when the sessions are opened.
 */
#include "../sessions.h"
#include "../workers.h"
#include "phase.h"

struct preflight {
    struct engine *engine;
    struct sessions sessions;
    uint64_t bytes;    /* at the source, as it says */
    uint32_t messages; /* at the target */
    const char *folder;
};

static enum status preflight_see_item(void *of, const struct source_item *item) {
    struct preflight *preflight = of;
    preflight->bytes += item->size;
    return STATUS_OK;
}

struct preflight_folders {
    struct buffer ids; /* each terminated */
};

static enum status preflight_see_source_folder(void *of, const struct source_folder *folder) {
    struct preflight_folders *folders = of;
    struct str id = str_of(folder->id);
    buffer_append(&folders->ids, id.data, id.length + 1);
    return STATUS_OK;
}

static enum status preflight_size(struct preflight *preflight, struct error *error) {
    const struct source_type *type = preflight->engine->source->type;
    struct preflight_folders folders = {0};
    enum status status =
        type->folders(preflight->sessions.source, preflight_see_source_folder, &folders, error);
    struct str rest = buffer_str(&folders.ids);
    while (status == STATUS_OK && rest.length > 0) {
        struct str id = str_cut(&rest, '\0');
        status = type->list(preflight->sessions.source, id.data,
                            &(struct source_query){.range = {-INSTANT_NEVER, INSTANT_NEVER},
                                                   .detail = SOURCE_SIZES},
                            preflight_see_item, preflight, error);
    }
    buffer_release(&folders.ids);
    return status;
}

static enum status preflight_see_folder(void *of, const char *folder) {
    struct buffer *names = of;
    struct str name = str_of(folder);
    buffer_append(names, name.data, name.length + 1);
    return STATUS_OK;
}

static enum status preflight_empty(struct preflight *preflight, struct error *error) {
    const struct target_type *type = preflight->engine->target->type;
    struct buffer names = {0};
    enum status status =
        type->folders(preflight->sessions.target, preflight_see_folder, &names, error);
    struct str rest = buffer_str(&names);
    while (status == STATUS_OK && rest.length > 0) {
        struct target_folder_state state = {0};
        status = type->state(preflight->sessions.target, str_cut(&rest, '\0').data, &state, error);
        preflight->messages += status == STATUS_OK ? state.messages : 0;
    }
    buffer_release(&names);
    return status;
}

static enum status preflight_still_empty(struct preflight *preflight, struct error *error) {
    struct engine *engine = preflight->engine;
    const char *login = preflight->sessions.pair->target;
    bool core_ran = false;
    enum status status =
        ledger_proved(engine->ledger, "core", preflight->sessions.mailbox, &core_ran, error);
    if (status == STATUS_OK && preflight->messages > 0 && !core_ran)
        status = error_set(error, STATUS_EXISTS,
                           "the target mailbox %s is not empty: %u messages lie there", login,
                           preflight->messages);
    return status;
}

/* What the account may hold; 0: as much as it likes. */
static enum status preflight_quota(struct preflight *preflight, uint64_t *quota_r,
                                   struct error *error) {
    struct engine *engine = preflight->engine;
    const char *login = preflight->sessions.pair->target;
    struct account account = {.login = ""};
    *quota_r = 0;
    if (engine->provisioning == NULL)
        return STATUS_OK;
    enum status status =
        engine->provisioning->type->find(engine->provisioning, login, &account, error);
    if (status == STATUS_NOT_FOUND)
        return error_set(error, status, "no account stands behind the login %s", login);
    *quota_r = account.quota_bytes;
    return status;
}

/* Again with new sessions where that may help. */
static enum status preflight_patiently(struct preflight *preflight,
                                       enum status (*look)(struct preflight *, struct error *),
                                       struct error *error) {
    for (;;) {
        preflight->bytes = preflight->messages = 0;
        enum status status = look(preflight, error);
        if (!status_passes(status))
            return status;
        status = sessions_renew(&preflight->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
}

static enum status preflight_look(struct preflight *preflight, struct error *error) {
    uint64_t quota = 0;
    enum status status = preflight_patiently(preflight, preflight_empty, error);
    if (status == STATUS_OK)
        status = preflight_still_empty(preflight, error);
    if (status == STATUS_OK)
        status = preflight_quota(preflight, &quota, error);
    if (status != STATUS_OK || quota == 0) /* what nothing limits need not be summed up */
        return status;
    status = preflight_patiently(preflight, preflight_size, error);
    if (status != STATUS_OK || preflight->bytes <= quota)
        return status;
    return error_set(error, STATUS_QUOTA,
                     "the account %s may hold %llu bytes, the source holds %llu",
                     preflight->sessions.pair->target, (unsigned long long)quota,
                     (unsigned long long)preflight->bytes);
}

static void preflight_pair(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct preflight preflight = {.engine = engine};
    struct error error = {0};
    (void)index;
    (void)of;
    enum status status = sessions_open(&preflight.sessions, engine, pair, &error);
    if (status == STATUS_OK)
        status = preflight_look(&preflight, &error);
    sessions_close(&preflight.sessions);
    error.status = status;
    if (status == STATUS_OK)
        status = phase_prove(engine, pair, &error);
    else
        engine_fail(engine, pair, &error);
}

enum status phase_preflight(struct engine *engine, struct error *error) {
    (void)error;
    return workers_each(engine, &(struct workers_job){engine->mapping.pairs, engine->mapping.count,
                                                      preflight_pair, NULL});
}
