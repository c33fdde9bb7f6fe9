/*
 * The target by IMAP: fulfils target.h with one connection a session. Opening logs in as
 * "<login>*<master>"; whose mailbox that opened is never assumed but asked, by who().
 */
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "../base/stages.h"
#include "adapters.h"
#include "imap_append.h"
#include "imap_folders.h"
#include "imap_remove.h"
#include "imap_survey.h"

enum { IMAP_LOGIN_MAX = 1024 };

struct imap_target {
    struct target target;
    struct platform *platform;         /* borrows */
    char *host, *master, *password;    /* owns */
    struct imap_stream_options stream; /* `host` is ours */
    bool one_by_one;
};

struct target_session {
    const struct imap_target *target;   /* borrows */
    struct imap_connection *connection; /* owns */
    struct imap_folders *folders;       /* owns; NULL until somebody asks */
    enum status (*may)(void *of);       /* asked before bytes of messages leave; NULL: nobody is */
    void *of;
};

static bool text_is_plain(const char *text) {
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static enum status target_open(struct target *base, const char *login,
                               struct target_session **session_r, struct error *error) {
    const struct imap_target *target = (const struct imap_target *)base;
    struct buffer name = {0};
    *session_r = NULL;
    /* A "*" within would name another master; control bytes would end the command. */
    if (login[0] == '\0' || strlen(login) > IMAP_LOGIN_MAX || !text_is_plain(login) ||
        strchr(login, '*') != NULL)
        return error_set(error, STATUS_INVALID, "\"%.80s\" is no login", login);
    buffer_printf(&name, "%s*%s", login, target->master);
    struct imap_login credentials = {.name = buffer_text(&name), .password = target->password};
    struct imap_connection *connection;
    enum stage before = stage_enter(STAGE_IMAP);
    enum status status = imap_connection_open(&target->stream, &credentials, &connection, error);
    stage_leave(before);
    buffer_release(&name);
    if (status != STATUS_OK)
        return status;
    struct target_session *session = memory_new(1, sizeof *session);
    session->target = target;
    session->connection = connection;
    *session_r = session;
    return STATUS_OK;
}

static void target_close(struct target_session **session) {
    if (*session == NULL)
        return;
    enum stage before = stage_enter(STAGE_IMAP);
    imap_folders_close(&(*session)->folders);
    imap_connection_close(&(*session)->connection);
    stage_leave(before);
    free(*session);
    *session = NULL;
}

struct asking {
    struct buffer key;
    bool found;
};

/* * METADATA "INBOX" (/shared/… "value"), RFC 5464 section 4.4.1 */
static enum status target_metadata(void *of, struct imap_reader *reader,
                                   const struct imap_response *response, struct error *error) {
    struct asking *asking = of;
    struct buffer text = {0};
    bool present;
    if (!str_equal_caseless(str_of(response->code), STR("METADATA")))
        return STATUS_OK;
    enum status status = imap_take_string(reader, &text, IMAP_STRING_MAX, &present, error);
    if (status == STATUS_OK && !str_equal_caseless(buffer_str(&text), STR("INBOX")))
        status = error_set(error, STATUS_PROTOCOL, "METADATA of another folder than was asked");
    if (status == STATUS_OK && !(imap_take_byte(reader, ' ') && imap_take_byte(reader, '(')))
        status = error_set(error, STATUS_PROTOCOL, "METADATA: expected a list");
    while (status == STATUS_OK && !imap_take_byte(reader, ')')) {
        (void)imap_take_byte(reader, ' ');
        buffer_clear(&text);
        status = imap_take_string(reader, &text, IMAP_STRING_MAX, &present, error);
        if (status != STATUS_OK)
            break;
        bool ours = str_equal_caseless(buffer_str(&text), STR(TARGET_KEY_ANNOTATION));
        if (!imap_take_byte(reader, ' '))
            status = error_set(error, STATUS_PROTOCOL, "METADATA: expected a value");
        else if (ours && asking->found)
            status = error_set(error, STATUS_PROTOCOL, "METADATA says the key twice");
        else
            status = imap_take_string(reader, ours ? &asking->key : NULL, DIRECTORY_TEXT_MAX,
                                      &present, error);
        asking->found |= ours && present;
    }
    buffer_release(&text);
    return status;
}

static enum status target_who(struct target_session *session, char *key, size_t key_capacity,
                              struct error *error) {
    struct asking asking = {0};
    check_compare(key_capacity, >, 0);
    key[0] = '\0';
    enum status status = imap_connection_usable(session->connection, error);
    if (status == STATUS_OK && !session->connection->metadata)
        status = error_set(error, STATUS_NOT_FOUND,
                           "the mail server offers no METADATA, where the mailbox's key would be");
    if (status == STATUS_OK)
        status = imap_connection_command(session->connection,
                                         STR("GETMETADATA \"INBOX\" " TARGET_KEY_ANNOTATION),
                                         target_metadata, &asking, error);
    if (status == STATUS_OK && (!asking.found || asking.key.length == 0))
        status = error_set(error, STATUS_NOT_FOUND, "the mailbox carries no key in %s",
                           TARGET_KEY_ANNOTATION);
    if (status == STATUS_OK &&
        (asking.key.length >= key_capacity || !text_is_plain(buffer_text(&asking.key)) ||
         strlen(asking.key.data) != asking.key.length))
        status = error_set(error, STATUS_PROTOCOL, "the mailbox carries a key that is none");
    if (status == STATUS_OK)
        memcpy(key, asking.key.data, asking.key.length + 1);
    buffer_release(&asking.key);
    return status;
}

static enum status session_folders(struct target_session *session, struct error *error) {
    enum status status = imap_connection_usable(session->connection, error);
    if (status != STATUS_OK || session->folders != NULL)
        return status;
    return imap_folders_open(session->connection, &session->folders, error);
}

static enum status target_folder(struct target_session *session, const char *const *levels,
                                 size_t level_count, enum target_role role, struct buffer *name_r,
                                 struct error *error) {
    struct imap_path path = {.levels = levels, .count = level_count, .role = role};
    enum stage before = stage_enter(STAGE_IMAP);
    enum status status = session_folders(session, error);
    if (status == STATUS_OK)
        status = imap_folders_find(session->folders, &path, name_r, error);
    stage_leave(before);
    return status;
}

static enum status target_folders(struct target_session *session,
                                  enum status (*see)(void *of, const char *folder), void *of,
                                  struct error *error) {
    enum stage before = stage_enter(STAGE_IMAP);
    imap_folders_close(&session->folders); /* what others made meanwhile counts */
    enum status status = session_folders(session, error);
    stage_leave(before);
    return status == STATUS_OK ? imap_folders_each(session->folders, see, of) : status;
}

static enum status status_taken(const struct mailimap_mailbox_data_status *data,
                                struct target_folder_state *state_r, struct error *error) {
    bool validity = false, next = false, messages = false;
    /* libetpan gives nothing at all where the server said "OK" and no STATUS before it. */
    bool empty = data == NULL || data->st_info_list == NULL;
    clistiter *at = empty ? NULL : clist_begin(data->st_info_list);
    for (; at != NULL; at = clist_next(at)) {
        const struct mailimap_status_info *info = clist_content(at);
        switch (info->st_att) {
        case MAILIMAP_STATUS_ATT_UIDVALIDITY:
            state_r->uid_validity = info->st_value;
            validity = true;
            break;
        case MAILIMAP_STATUS_ATT_UIDNEXT:
            state_r->uid_next = info->st_value;
            next = true;
            break;
        case MAILIMAP_STATUS_ATT_MESSAGES:
            state_r->messages = info->st_value;
            messages = true;
            break;
        }
    }
    if (validity && next && messages)
        return STATUS_OK;
    return error_set(error, STATUS_PROTOCOL, "STATUS: the mail server left something out");
}

static enum status target_state(struct target_session *session, const char *folder,
                                struct target_folder_state *state_r, struct error *error) {
    struct imap_connection *connection = session->connection;
    struct mailimap_mailbox_data_status *data = NULL;
    *state_r = (struct target_folder_state){0};
    enum status status = imap_connection_usable(connection, error);
    if (status != STATUS_OK)
        return status;
    struct mailimap_status_att_list *wanted = mailimap_status_att_list_new_empty();
    check(wanted != NULL);
    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDVALIDITY);
    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDNEXT);
    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_MESSAGES);
    enum stage before = stage_enter(STAGE_IMAP);
    imap_connection_lend(connection);
    int code = mailimap_status(connection->session, folder, wanted, &data);
    status = imap_connection_returned(connection, code, "STATUS", error);
    mailimap_status_att_list_free(wanted);
    stage_leave(before);
    if (status == STATUS_UNMOVABLE) /* refused for want of a folder, whatever the code */
        status = imap_means(error, STATUS_NOT_FOUND);
    if (status == STATUS_OK)
        status = status_taken(data, state_r, error);
    if (data != NULL)
        mailimap_mailbox_data_status_free(data);
    return status;
}

static void target_guard(struct target_session *session, enum status (*may)(void *of), void *of) {
    session->may = may;
    session->of = of;
}

static enum status target_append(struct target_session *session, const char *folder,
                                 const struct target_message *messages, size_t count,
                                 struct target_result *results, struct error *error) {
    struct imap_batch batch = {.folder = folder,
                               .messages = messages,
                               .count = count,
                               .one_by_one = session->target->one_by_one};
    enum stage before = stage_enter(STAGE_IMAP);
    imap_stream_ask(session->connection->stream, session->may, session->of);
    enum status status = imap_append(session->connection, &batch, results, error);
    imap_stream_ask(session->connection->stream, NULL, NULL);
    stage_leave(before);
    return status;
}

static enum status target_survey(struct target_session *session, const char *folder,
                                 uint32_t first_uid, uint32_t last_uid, bool digests,
                                 enum status (*see)(void *of, const struct target_seen *seen),
                                 void *of, struct error *error) {
    struct imap_survey survey = {.folder = folder,
                                 .first_uid = first_uid,
                                 .last_uid = last_uid,
                                 .digests = digests,
                                 .see = see,
                                 .of = of};
    enum stage before = stage_enter(STAGE_IMAP);
    enum status status = imap_survey(session->connection, &survey, error);
    stage_leave(before);
    return status;
}

static enum status target_fetch(struct target_session *session, const char *folder, uint32_t uid,
                                struct buffer *bytes_r, struct error *error) {
    enum stage before = stage_enter(STAGE_IMAP);
    enum status status = imap_fetch_one(session->connection, folder, uid, bytes_r, error);
    stage_leave(before);
    return status;
}

static enum status target_remove(struct target_session *session, const char *folder,
                                 uint32_t uid_validity, const uint32_t *uids, size_t count,
                                 struct error *error) {
    struct imap_removal removal = {
        .folder = folder, .uid_validity = uid_validity, .uids = uids, .count = count};
    enum stage before = stage_enter(STAGE_IMAP);
    enum status status = imap_remove(session->connection, &removal, error);
    stage_leave(before);
    return status;
}

static void target_free(struct target **base) {
    struct imap_target *target = (struct imap_target *)*base;
    if (target == NULL)
        return;
    free(target->host);
    free(target->master);
    free(target->password);
    free(target);
    *base = NULL;
}

static const struct target_type imap_target_type = {
    .name = "imap",
    .open = target_open,
    .close = target_close,
    .who = target_who,
    .folder = target_folder,
    .state = target_state,
    .append = target_append,
    .guard = target_guard,
    .survey = target_survey,
    .folders = target_folders,
    .fetch = target_fetch,
    .remove = target_remove,
    .free = target_free,
};

enum status imap_target_open(const struct imap_target_options *options, struct target **target_r,
                             struct error *error) {
    *target_r = NULL;
    if (options->port == 0 || options->timeout <= 0 || options->host[0] == '\0' ||
        !text_is_plain(options->master) || !text_is_plain(options->password))
        return error_set(error, STATUS_INVALID,
                         "the target needs host, port, master user, "
                         "password and a timeout");
    struct imap_target *target = memory_new(1, sizeof *target);
    target->target.type = &imap_target_type;
    target->platform = options->platform;
    target->host = memory_copy_text(options->host);
    target->master = memory_copy_text(options->master);
    target->password = memory_copy_text(options->password);
    target->one_by_one = options->one_by_one;
    target->stream = (struct imap_stream_options){
        .host = target->host, .port = options->port, .timeout = options->timeout};
    *target_r = &target->target;
    return STATUS_OK;
}
