/* The servers of the small world. See doubles.h. */
#include "double_servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"

struct source_session {
    struct world_mailbox *mailbox;
};

struct target_session {
    struct world_mailbox *mailbox;
    enum status (*may)(void *of);
    void *of;
};

static struct world_mailbox *world_find(const char *text) {
    for (size_t i = 0; i < world_now->count; i++) {
        struct world_mailbox *mailbox = &world_now->mailboxes[i];
        if (strcmp(mailbox->address, text) == 0 || strcmp(mailbox->login, text) == 0)
            return mailbox;
    }
    return NULL;
}

enum status world_call(struct world *world, struct error *error) {
    world->calls++;
    if (world->kill_in >= 0 && world->kill_in-- == 0)
        world->dead = true;
    if (world->dead)
        return error_set(error, STATUS_KILLED, "killed");
    if (world->cut_in >= 0 && world->cut_in-- == 0)
        return error_set(error, STATUS_NETWORK, "the connection broke");
    return STATUS_OK;
}

/* ---- Source ---- */

static enum status source_open(struct source *source, const char *address,
                               struct source_session **session_r, struct error *error) {
    struct world_mailbox *mailbox = world_find(address);
    (void)source;
    enum status status = world_call(world_now, error);
    if (status != STATUS_OK)
        return status;
    if (mailbox == NULL || mailbox->closed_to_us)
        return error_set(error, mailbox == NULL ? STATUS_NOT_FOUND : STATUS_DENIED, "no way in");
    if (world_now->source_opens_other != 0 &&
        mailbox == &world_now->mailboxes[world_now->source_opens_other - 1])
        mailbox = &world_now->mailboxes[world_now->source_opens_other];
    *session_r = memory_new(1, sizeof **session_r);
    (*session_r)->mailbox = mailbox;
    return STATUS_OK;
}

static void source_close(struct source_session **session) {
    free(*session);
    *session = NULL;
}

static enum status source_who(struct source_session *session, char *key, size_t capacity,
                              struct error *error) {
    snprintf(key, capacity, "%s", session->mailbox->key);
    return world_call(world_now, error);
}

static enum status source_folders(struct source_session *session,
                                  enum status (*see)(void *, const struct source_folder *),
                                  void *of, struct error *error) {
    struct source_folder folders[] = {
        {"inbox", "", "Posteingang", SOURCE_INBOX, 0},
        {"sent", "", "Gesendete Elemente", SOURCE_SENT, 0},
        {"projects", "inbox", "Projekte/2024", SOURCE_PLAIN, 0},
    };
    const struct world_store *store = &session->mailbox->source;
    enum status status = world_call(world_now, error);
    for (size_t i = 0; i < 3 && status == STATUS_OK; i++) {
        for (size_t k = 0; k < store->count; k++)
            folders[i].items += strcmp(store->messages[k].folder, folders[i].id) == 0;
        status = see(of, &folders[i]);
    }
    return status;
}

static enum status source_list(struct source_session *session, const char *folder,
                               const struct source_query *query,
                               enum status (*see)(void *, const struct source_item *), void *of,
                               struct error *error) {
    enum status status = world_call(world_now, error);
    const struct world_store *store = &session->mailbox->source;
    for (size_t i = 0; i < store->count && status == STATUS_OK; i++) {
        const struct world_message *message = &store->messages[store->count - 1 - i];
        struct source_item item = {.id = message->id,
                                   .received = message->received,
                                   .flags = message->flags,
                                   .categories = message->keywords,
                                   .size = strlen(message->bytes) + 1000};
        bool inside =
            message->received >= query->range.from && message->received < query->range.until;
        bool hidden = world_now->hides && message == &store->messages[0];
        if (strcmp(message->folder, folder) == 0 && (inside || world_now->lists_all) && !hidden)
            status = see(of, &item);
    }
    return status;
}

static enum status
source_fetch(struct source_session *session, const char *const *ids, size_t count,
             enum status (*see)(void *, size_t, enum status, struct str, const char *), void *of,
             struct error *error) {
    enum status status = world_call(world_now, error);
    world_now->fetches++;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct world_message *found = NULL;
        for (size_t k = 0; k < session->mailbox->source.count; k++)
            if (strcmp(session->mailbox->source.messages[k].id, ids[i]) == 0)
                found = &session->mailbox->source.messages[k];
        if (i > 0 && world_now->breaks)
            return error_set(error, STATUS_NETWORK, "the connection broke");
        if (found == NULL)
            status = see(of, i, STATUS_NOT_FOUND, STR(""), "no such item");
        else if (world_now->unreadable && found == &session->mailbox->source.messages[0])
            status = see(of, i, STATUS_UNMOVABLE, STR(""), "conversion failed");
        else
            status = see(of, i, STATUS_OK, str_of(found->bytes), NULL);
    }
    return status;
}

enum status world_put(struct source_session *session, const char *folder_id,
                      const struct source_message *message, struct error *error) {
    (void)session, (void)folder_id, (void)message;
    return error_set(error, STATUS_UNMOVABLE, "nobody brings anything back in these tests");
}

static void source_free(struct source **source) {
    *source = NULL;
}

static enum status open_source(const struct ews_source_options *options, struct source **source_r,
                               struct error *error) {
    static const struct source_type type = {
        .name = "double",
        .open = source_open,
        .close = source_close,
        .who = source_who,
        .folders = source_folders,
        .list = source_list,
        .fetch = source_fetch,
        .put = world_put,
        .free = source_free,
    };
    static struct source source;
    source.type = &type;
    (void)options;
    (void)error;
    *source_r = &source;
    return STATUS_OK;
}

/* ---- Target ---- */

static enum status target_open(struct target *target, const char *login,
                               struct target_session **session_r, struct error *error) {
    struct world_mailbox *mailbox = world_find(login);
    (void)target;
    enum status status = world_call(world_now, error);
    if (status != STATUS_OK)
        return status;
    if (mailbox == NULL || mailbox->closed_to_us)
        return error_set(error, STATUS_DENIED, "login refused");
    if (world_now->opens_other != 0 && mailbox == &world_now->mailboxes[world_now->opens_other - 1])
        mailbox = &world_now->mailboxes[world_now->opens_other];
    *session_r = memory_new(1, sizeof **session_r);
    (*session_r)->mailbox = mailbox;
    mailbox->opened++;
    return STATUS_OK;
}

static void target_close(struct target_session **session) {
    free(*session);
    *session = NULL;
}

static enum status target_who(struct target_session *session, char *key, size_t capacity,
                              struct error *error) {
    snprintf(key, capacity, "%s", session->mailbox->key);
    return world_call(world_now, error);
}

static enum status target_folder(struct target_session *session, const char *const *levels,
                                 size_t count, enum target_role role, struct buffer *name,
                                 struct error *error) {
    (void)session;
    (void)role;
    for (size_t i = 0; i < count; i++)
        buffer_printf(name, "%s%s", i > 0 ? "/" : "", levels[i]);
    return world_call(world_now, error);
}

static enum status target_state(struct target_session *session, const char *folder,
                                struct target_folder_state *state, struct error *error) {
    const struct world_store *store = &session->mailbox->target;
    *state = (struct target_folder_state){.uid_validity = 1, .uid_next = store->uid_next};
    for (size_t i = 0; i < store->count; i++)
        state->messages += strcmp(store->messages[i].folder, folder) == 0;
    return world_call(world_now, error);
}

static void target_keep(struct world_mailbox *mailbox, const char *folder,
                        const struct target_message *message, uint32_t uid) {
    struct world_message kept = {
        .received = message->received, .flags = message->flags, .uid = uid};
    struct world_store *store = &mailbox->target;
    snprintf(kept.folder, sizeof kept.folder, "%s", folder);
    snprintf(kept.bytes, sizeof kept.bytes, "%.*s", STR_ARG(message->bytes));
    snprintf(kept.keywords, sizeof kept.keywords, "%s", message->keywords);
    if (world_now->drops_dates)
        kept.received = world_now->now;
    check_compare(store->count, <, WORLD_MESSAGES_MAX);
    if (!world_now->drops_every_second || uid % 2 == 0)
        store->messages[store->count++] = kept;
}

static bool target_refuses(const struct target_message *message) {
    static const char body[] = "\r\n\r\nrecent too\r\n";
    return memmem(message->bytes.data, message->bytes.length, body, sizeof body - 1) != NULL;
}

static enum status target_append(struct target_session *session, const char *folder,
                                 const struct target_message *messages, size_t count,
                                 struct target_result *results, struct error *error) {
    struct world *world = world_now;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count; i++)
        results[i].status = STATUS_NETWORK;
    for (size_t i = 0; i < count; i++) {
        bool last_breath = world->kill_in == 0 && world->kill_after;
        if (world->on_append != NULL)
            world->on_append(world);
        status = session->may != NULL ? session->may(session->of) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
        if (world->refuses && target_refuses(&messages[i])) {
            results[i].status = STATUS_UNMOVABLE;
            continue;
        }
        status = world_call(world, error);
        bool lost = world->lose_answer_in >= 0 && world->lose_answer_in-- == 0;
        if (status == STATUS_OK || last_breath) {
            uint32_t uid = session->mailbox->target.uid_next++;
            if (!lost || world->lost_was_written)
                target_keep(session->mailbox, folder, &messages[i], uid);
            world->appends++;
            results[i] = (struct target_result){STATUS_OK, 1, uid};
        }
        if (status == STATUS_OK && lost)
            status = STATUS_NETWORK;
        if (status != STATUS_OK) {
            results[i] = (struct target_result){.status = STATUS_AMBIGUOUS};
            return error_set(error, status, "no answer");
        }
    }
    return STATUS_OK;
}

static void target_guard(struct target_session *session, enum status (*may)(void *of), void *of) {
    session->may = may;
    session->of = of;
}

static enum status target_survey(struct target_session *session, const char *folder, uint32_t first,
                                 uint32_t last, bool digests,
                                 enum status (*see)(void *, const struct target_seen *), void *of,
                                 struct error *error) {
    enum status status = world_call(world_now, error);
    const struct world_store *store = &session->mailbox->target;
    for (size_t i = 0; i < store->count && status == STATUS_OK; i++) {
        const struct world_message *message = &store->messages[i];
        struct target_seen seen = {.uid = message->uid,
                                   .size = strlen(message->bytes),
                                   .flags = message->flags,
                                   .received = message->received};
        if (strcmp(message->folder, folder) != 0 || message->uid < first ||
            (last != 0 && message->uid > last))
            continue;
        if (digests)
            seen.digest = digest_of(message->bytes, strlen(message->bytes));
        status = see(of, &seen);
    }
    return status;
}

static enum status target_folders(struct target_session *session,
                                  enum status (*see)(void *, const char *), void *of,
                                  struct error *error) {
    static const char *const names[] = {"INBOX", "Sent", "INBOX/Projekte_2024"};
    (void)session;
    enum status status = world_call(world_now, error);
    for (size_t i = 0; i < 3 && status == STATUS_OK; i++)
        status = see(of, names[i]);
    return status;
}

enum status world_remove(struct target_session *session, const char *folder, uint32_t uid_validity,
                         const uint32_t *uids, size_t count, struct error *error) {
    (void)session, (void)folder, (void)uid_validity, (void)uids, (void)count;
    return error_set(error, STATUS_UNMOVABLE, "nobody removes anything in these tests");
}

static void target_free(struct target **target) {
    *target = NULL;
}

static enum status open_target(const struct imap_target_options *options, struct target **target_r,
                               struct error *error) {
    static const struct target_type type = {
        .name = "double",
        .open = target_open,
        .close = target_close,
        .who = target_who,
        .folder = target_folder,
        .state = target_state,
        .append = target_append,
        .guard = target_guard,
        .survey = target_survey,
        .folders = target_folders,
        .remove = world_remove,
        .free = target_free,
    };
    static struct target target;
    target.type = &type;
    (void)options;
    (void)error;
    *target_r = &target;
    return STATUS_OK;
}

/* ---- Directory and provisioning ---- */

static enum status directory_find(struct directory *directory, const char *address,
                                  struct directory_entry *entry, struct error *error) {
    const struct world_mailbox *mailbox = world_find(address);
    (void)directory;
    *entry = (struct directory_entry){.version = "1"};
    if (mailbox == NULL)
        return error_set(error, STATUS_NOT_FOUND, "no record");
    snprintf(entry->key, sizeof entry->key, "%s", mailbox->key);
    snprintf(entry->address, sizeof entry->address, "%s", mailbox->address);
    snprintf(entry->login, sizeof entry->login, "%s", mailbox->login);
    entry->home = mailbox->directory;
    return world_call(world_now, error);
}

static enum status directory_set_home(struct directory *directory, struct directory_entry *entry,
                                      enum home home, struct error *error) {
    (void)directory;
    enum status status = world_call(world_now, error);
    if (status == STATUS_OK && world_now->conflict_at_directory)
        status = error_set(error, STATUS_CONFLICT, "somebody was faster");
    if (status == STATUS_OK)
        world_find(entry->address)->directory = entry->home = home;
    return status;
}

static void directory_free(struct directory **directory) {
    *directory = NULL;
}

static enum status open_directory(const struct scim_directory_options *options,
                                  struct directory **directory_r, struct error *error) {
    static const struct directory_type type = {directory_find, directory_set_home, directory_free};
    static struct directory directory = {&type};
    (void)options;
    (void)error;
    *directory_r = &directory;
    return STATUS_OK;
}

static enum status provisioning_find(struct provisioning *provisioning, const char *login,
                                     struct account *account, struct error *error) {
    const struct world_mailbox *mailbox = world_find(login);
    (void)provisioning;
    if (mailbox == NULL)
        return error_set(error, STATUS_NOT_FOUND, "no account");
    *account = (struct account){.open = mailbox->open};
    snprintf(account->login, sizeof account->login, "%s", mailbox->login);
    snprintf(account->key, sizeof account->key, "%s", mailbox->key);
    return world_call(world_now, error);
}

static enum status provisioning_set_open(struct provisioning *provisioning, const char *login,
                                         bool open, struct error *error) {
    (void)provisioning;
    enum status status = world_call(world_now, error);
    if (status == STATUS_OK)
        world_find(login)->open = open;
    return status;
}

static void provisioning_free(struct provisioning **provisioning) {
    *provisioning = NULL;
}

static enum status open_provisioning(const struct ox_provisioning_options *options,
                                     struct provisioning **provisioning_r, struct error *error) {
    static const struct provisioning_type type = {provisioning_find, provisioning_set_open,
                                                  provisioning_free};
    static struct provisioning provisioning = {&type};
    (void)options;
    (void)error;
    *provisioning_r = &provisioning;
    return STATUS_OK;
}

/* ---- Gateway ---- */

static enum status gateway_hold(struct gateway *gateway, const char *const *recipients,
                                size_t count, bool hold, struct error *error) {
    (void)gateway;
    enum status status = world_call(world_now, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        world_find(recipients[i])->held = hold;
    return status;
}

static enum status gateway_route(struct gateway *gateway, const char *const *recipients,
                                 size_t count, enum home home, struct error *error) {
    (void)gateway;
    enum status status = world_call(world_now, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        world_find(recipients[i])->route = home;
    return status;
}

static enum status gateway_route_of(struct gateway *gateway, const char *recipient,
                                    enum home *home_r, struct error *error) {
    (void)gateway;
    *home_r = world_find(recipient)->route;
    return world_call(world_now, error);
}

static enum status gateway_is_held(struct gateway *gateway, const char *recipient, bool *held_r,
                                   struct error *error) {
    (void)gateway;
    *held_r = world_find(recipient)->held;
    return world_call(world_now, error);
}

static enum status gateway_release(struct gateway *gateway, const char *const *recipients,
                                   size_t count, struct error *error) {
    (void)gateway;
    (void)recipients;
    (void)count;
    return world_call(world_now, error);
}

static enum status gateway_count(struct gateway *gateway, const char *recipient, instant since,
                                 struct gateway_count *count, struct error *error) {
    const struct world_mailbox *mailbox = world_find(recipient);
    (void)gateway;
    (void)since;
    *count = (struct gateway_count){.held = mailbox->still_held,
                                    .accepted = mailbox->accepted,
                                    .held_ever = mailbox->held_ever,
                                    .released = mailbox->released,
                                    .bounced = mailbox->bounced,
                                    .oldest_held = mailbox->oldest_held};
    return world_call(world_now, error);
}

static void gateway_free(struct gateway **gateway) {
    *gateway = NULL;
}

static enum status open_gateway(const struct gateway_table_options *options,
                                struct gateway **gateway_r, struct error *error) {
    static const struct gateway_type type = {gateway_hold,    gateway_route,   gateway_route_of,
                                             gateway_is_held, gateway_release, gateway_count,
                                             gateway_free};
    static struct gateway gateway = {&type};
    (void)options;
    (void)error;
    *gateway_r = &gateway;
    return STATUS_OK;
}

static void nothing(void) {
}

const struct engine_adapters world_adapters = {
    open_source, open_target, open_directory, open_provisioning, open_gateway, nothing, nothing};
