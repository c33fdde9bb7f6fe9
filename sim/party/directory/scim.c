#include "scim.h"

#include <jansson.h>
#include <stdlib.h>

#include "../../../engine/base/check.h"
#include "scim_answer.h"
#include "scim_request.h"

struct scim_server {
    struct scim_options options;
    struct buffer text, scratch; /* own: what a request held, decoded */
    bool (*is_busy)(void *of);   /* NULL: never */
    void *of;
};

/* ---- GET ---- */

static bool scim_matches(const struct scim_server *server, const struct scim_filter *filter,
                         uint32_t mailbox) {
    const struct directory_record *record =
        directory_party_record(server->options.directory, mailbox);
    switch (filter->attribute) {
    case SCIM_EMAILS:
        return directory_record_has(record, filter->value);
    case SCIM_USER_NAME:
        return str_equal_caseless(filter->value, str_of(record->addresses[0]));
    case SCIM_ID:
        return str_equal_text(filter->value, record->id);
    case SCIM_KEY:
        return str_equal_text(filter->value, record->key);
    case SCIM_LOGIN:
        return str_equal_text(filter->value, record->login);
    }
    check(false);
    return false;
}

/* The next record above `mailbox` that the filter wants (NULL: every one), 0 at the end. */
static uint32_t scim_next(const struct scim_server *server, const struct scim_filter *filter,
                          uint32_t mailbox) {
    uint32_t count = directory_party_count(server->options.directory);
    for (mailbox++; mailbox <= count; mailbox++)
        if (filter == NULL || scim_matches(server, filter, mailbox))
            return mailbox;
    return 0;
}

/* A number of the query within bounds; `fallback` when it is not there. False for anything else. */
static bool scim_query_number(struct scim_server *server, struct str query, const char *name,
                              uint64_t fallback, uint64_t *number_r) {
    *number_r = fallback;
    return !scim_query_value(query, name, &server->scratch) ||
           str_to_u64(buffer_str(&server->scratch), number_r);
}

static void scim_get_list(struct scim_server *server, const struct http_request *request,
                          struct http_answer *answer) {
    uint64_t first, count;
    if (!scim_query_number(server, request->query, "startIndex", 1, &first) ||
        !scim_query_number(server, request->query, "count", SCIM_PAGE_MAX, &count)) {
        scim_answer_error(answer, 400, "invalidValue", "startIndex and count are numbers");
        return;
    }
    struct scim_filter filter;
    bool filtered = scim_query_value(request->query, "filter", &server->text);
    if (filtered && !scim_filter_read(buffer_str(&server->text), &server->scratch, &filter)) {
        scim_answer_error(answer, 400, "invalidFilter",
                          "expected: emails eq \"address\"; userName, id and the extension's key "
                          "and login are known too");
        return;
    }
    const struct directory_record *records[SCIM_PAGE_MAX];
    struct scim_list list = {.first = first == 0           ? 1
                                      : first < UINT32_MAX ? (uint32_t)first
                                                           : UINT32_MAX,
                             .records = records};
    for (uint32_t mailbox = 0;
         (mailbox = scim_next(server, filtered ? &filter : NULL, mailbox)) != 0;) {
        list.total++;
        if (list.total >= list.first && list.count < count && list.count < SCIM_PAGE_MAX)
            records[list.count++] = directory_party_record(server->options.directory, mailbox);
    }
    scim_answer_list(answer, &list, server->options.url);
}

/* Whether one of the entity tags in a header is the record's; both are compared weakly. */
static bool scim_has_version(struct str tags, const struct directory_record *record) {
    char version[SCIM_VERSION_MAX];
    struct str own = str_of(scim_version(record, version));
    while (tags.length > 0) {
        struct str tag = str_trim(str_cut(&tags, ','));
        if (str_equal_text(tag, "*") || str_equal(tag, own) ||
            str_equal(tag, str_bytes(own.data + 2, own.length - 2)))
            return true;
    }
    return false;
}

static void scim_get_user(struct scim_server *server, const struct http_request *request,
                          uint32_t mailbox, struct http_answer *answer) {
    const struct directory_record *record =
        directory_party_record(server->options.directory, mailbox);
    if (scim_has_version(http_request_header(request, "If-None-Match"), record))
        answer->status = 304;
    else
        scim_answer_user(answer, record, server->options.url);
}

/* ---- PATCH ---- */

static void scim_refuse_patch(struct http_answer *answer, enum scim_patch patch) {
    switch (patch) {
    case SCIM_PATCH_SYNTAX:
        scim_answer_error(answer, 400, "invalidSyntax", "the body is no PatchOp");
        return;
    case SCIM_PATCH_PATH:
        scim_answer_error(answer, 400, "invalidPath", "there is no such attribute");
        return;
    case SCIM_PATCH_VALUE:
        scim_answer_error(answer, 400, "invalidValue", "a home is \"exchange\" or \"openxchange\"");
        return;
    case SCIM_PATCH_MUTABLE:
        scim_answer_error(answer, 400, "mutability", "of a record, only its home can be changed");
        return;
    case SCIM_PATCH_HOME:
    case SCIM_PATCH_NOTHING:
        break;
    }
    check(false);
}

static void scim_patch_user(struct scim_server *server, const struct http_request *request,
                            uint32_t mailbox, struct http_answer *answer) {
    struct directory_party *directory = server->options.directory;
    const struct directory_record *record = directory_party_record(directory, mailbox);
    struct str match = http_request_header(request, "If-Match");
    enum system home;
    enum scim_patch patch = scim_patch_read(request->body, &home);
    if (patch != SCIM_PATCH_HOME && patch != SCIM_PATCH_NOTHING) {
        scim_refuse_patch(answer, patch);
        return;
    }
    if (match.length > 0 && !scim_has_version(match, record)) {
        scim_answer_error(answer, 412, NULL, "somebody changed the record since that version");
        return;
    }
    if (patch == SCIM_PATCH_HOME) /* the version was compared just now: this cannot fail */
        check(directory_party_set_home(directory, request->process, mailbox, record->version,
                                       home) == STATUS_OK);
    scim_answer_user(answer, record, server->options.url);
}

/* ---- Requests ---- */

static bool scim_may(struct scim_server *server, const struct http_request *request) {
    struct str user, password;
    return http_request_basic(request, &server->scratch, &user, &password) &&
           str_equal_text(user, server->options.user) &&
           str_equal_text(password, server->options.password);
}

static void scim_refuse_method(struct http_answer *answer, const char *allowed) {
    http_answer_header(answer, "Allow", str_of(allowed));
    scim_answer_error(answer, 405, NULL, "this cannot be done here");
}

static void scim_user(struct scim_server *server, const struct http_request *request, struct str id,
                      struct http_answer *answer) {
    uint32_t mailbox = directory_party_by_id(server->options.directory, id);
    if (mailbox == 0)
        scim_answer_error(answer, 404, NULL, "there is no such record");
    else if (str_equal_text(request->method, "GET"))
        scim_get_user(server, request, mailbox, answer);
    else if (str_equal_text(request->method, "PATCH"))
        scim_patch_user(server, request, mailbox, answer);
    else
        scim_refuse_method(answer, "GET, PATCH");
}

static enum http_next scim_handle(void *of, const struct http_request *request,
                                  struct http_answer *answer) {
    struct scim_server *server = of;
    struct str users = STR("/scim/v2/Users/");
    bool is_get = str_equal_text(request->method, "GET");
    answer->work = server->options.work;
    if (server->is_busy != NULL && server->is_busy(server->of)) {
        scim_answer_error(answer, 503, NULL, "not now");
    } else if (!scim_may(server, request)) {
        http_answer_unauthorised(answer, "directory");
        scim_answer_error(answer, 401, NULL, "who are you?");
    } else if (str_starts_with(request->path, users.data)) {
        scim_user(server, request,
                  str_bytes(request->path.data + users.length, request->path.length - users.length),
                  answer);
    } else if (str_equal_text(request->path, "/scim/v2/Users")) {
        if (is_get)
            scim_get_list(server, request, answer);
        else
            scim_refuse_method(answer, "GET");
    } else if (str_equal_text(request->path, "/scim/v2/ServiceProviderConfig") && is_get) {
        scim_answer_config(answer, server->options.url);
    } else {
        scim_answer_error(answer, 404, NULL, "there is nothing here");
    }
    return HTTP_DONE;
}

struct scim_server *scim_server_new(const struct scim_options *options) {
    check(options->directory != NULL && options->url != NULL);
    check(options->user != NULL && options->password != NULL);
    json_object_seed(1); /* else it asks the system for chance */
    struct scim_server *server = memory_new(1, sizeof *server);
    server->options = *options;
    return server;
}

void scim_server_disturb(struct scim_server *server, bool (*is_busy)(void *), void *of) {
    server->is_busy = is_busy;
    server->of = of;
}

void scim_server_close(struct scim_server **server) {
    if (*server == NULL)
        return;
    buffer_release(&(*server)->text);
    buffer_release(&(*server)->scratch);
    free(*server);
    *server = NULL;
}

struct session *scim_server_session(void *of, uint32_t peer) {
    struct scim_server *server = of;
    struct http_handler handler = {.of = server, .handle = scim_handle};
    struct http_options options = {
        .name = "scim", .clock = server->options.clock, .body_max = SCIM_BODY_MAX};
    struct session *session = http_session_new(&handler, &options);
    session->process = peer;
    return session;
}
