/*
 * One connection to Exchange's web services: who asks, on whose behalf, whether he may, and which
 * operation it is (EWS.md §1, §4). Operations only answer.
 *
 * A fact SESSION_OPENED is written for each mailbox that a connection really opens, once; the login
 * it names is the account's, since impersonation has no other.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "ews.h"

struct ews_connection {
    struct exchange *exchange;
    struct table *opened; /* mailboxes */
    struct arena *arena;
    struct buffer credentials, content;
    struct ews_request request;
    const struct ews_operation *operation;
    struct ews_stems stems;
};

static const struct ews_operation ews_operations[] = {
    {"GetFolder", ews_get_folder, NULL},
    {"FindFolder", ews_find_folder, NULL},
    {"FindItem", ews_find_item, NULL},
    {"GetItem", ews_get_item, ews_get_item_go_on},
    {"CreateItem", ews_create_item, NULL},
    {"SyncFolderHierarchy", ews_sync_folder_hierarchy, NULL},
    {"SyncFolderItems", ews_sync_folder_items, NULL},
    {"ResolveNames", ews_resolve_names, NULL},
};

static void ews_fact(const struct ews_request *request, enum fact_kind kind, uint32_t mailbox,
                     struct str login) {
    struct history *history = request->exchange->options.history;
    history_fact(history, &(struct fact){.at = request->exchange->options.clock->now,
                                         .process = request->process,
                                         .mailbox = mailbox,
                                         .name = history_name(history, login),
                                         .kind = (uint8_t)kind,
                                         .system = SYSTEM_EXCHANGE});
}

/* ---- Rights ---- */

bool ews_may_open(const struct ews_request *request, uint32_t mailbox) {
    if (mailbox == request->actor || request->account->full_access)
        return true;
    if (request->actor == 0)
        return false;
    const struct fixture_mailbox *fixture =
        population_mailbox(request->exchange->options.population, mailbox);
    for (uint32_t i = 0; i < fixture->principal_count; i++)
        if (fixture->principals[i] == request->actor)
            return true;
    return (uint32_t)EXCHANGE_ASK(request->exchange, exposes, request->actor) == mailbox;
}

struct store_mailbox *ews_open(struct ews_request *request, uint32_t mailbox) {
    if (!ews_may_open(request, mailbox))
        return NULL;
    uint64_t *opened = table_at(request->connection->opened, mailbox);
    if (*opened == 0)
        ews_fact(request, FACT_SESSION_OPENED, mailbox, str_of(request->account->name));
    *opened = 1;
    return store_mailbox(request->exchange->store, mailbox);
}

/* The account of "Authorization: Basic", or NULL. Wrong credentials are a fact, none are not. */
static const struct exchange_account *ews_sign_in(struct ews_connection *connection,
                                                  const struct http_request *http) {
    const struct exchange_options *options = &connection->exchange->options;
    struct str user, password;
    if (!http_request_basic(http, &connection->credentials, &user, &password))
        return NULL;
    struct str name = user; /* "LANDSH\svc-umzug" is the same account */
    struct str domain = str_cut(&name, '\\');
    if (name.length == 0)
        name = domain;
    for (uint32_t i = 0; i < options->account_count; i++)
        if (str_equal_caseless(name, str_of(options->accounts[i].name)) &&
            str_equal_text(password, options->accounts[i].password))
            return &options->accounts[i];
    ews_fact(&(struct ews_request){.exchange = connection->exchange, .process = http->process},
             FACT_SESSION_REFUSED, 0, user);
    return NULL;
}

/* ---- Impersonation ---- */

static bool ews_in_scope(const struct exchange_account *account, uint32_t mailbox) {
    if (!account->impersonates)
        return false;
    if (account->scope == NULL)
        return true;
    for (uint32_t i = 0; i < account->scope_count; i++)
        if (account->scope[i] == mailbox)
            return true;
    return false;
}

/* The mailbox that the header names; 0 without such a header. */
static enum ews_error ews_impersonated(struct ews_request *request, const struct xml_node *header,
                                       uint32_t *mailbox_r) {
    const struct xml_node *node = xml_child(header, EWS_TYPES, "ExchangeImpersonation");
    *mailbox_r = 0;
    if (node == NULL)
        return EWS_NoError;
    const struct xml_node *who = xml_first(xml_child(node, EWS_TYPES, "ConnectingSID"));
    bool by_primary = xml_is(who, EWS_TYPES, "PrimarySmtpAddress");
    bool by_principal = xml_is(who, EWS_TYPES, "PrincipalName");
    struct str name = xml_text(who);
    if (name.length == 0 ||
        (!by_primary && !by_principal && !xml_is(who, EWS_TYPES, "SmtpAddress")))
        return EWS_ErrorInvalidExchangeImpersonationHeaderData;
    *mailbox_r = exchange_accepts(request->exchange, name);
    if (*mailbox_r == 0)
        return EWS_ErrorNonExistentMailbox;
    const char *primary =
        population_mailbox(request->exchange->options.population, *mailbox_r)->address;
    if (by_primary && !str_equal_caseless(name, str_of(primary)))
        return EWS_ErrorNonPrimarySmtpAddress;
    bool is_allowed = ews_in_scope(request->account, *mailbox_r) &&
                      !EXCHANGE_ASK(request->exchange, denies, *mailbox_r);
    return is_allowed ? EWS_NoError : EWS_ErrorImpersonateUserDenied;
}

/* Decides for whom the request is made, faults included. */
static enum ews_error ews_choose_actor(struct ews_request *request, const struct xml_node *header,
                                       uint32_t *asked_r) {
    struct exchange *exchange = request->exchange;
    enum ews_error error = ews_impersonated(request, header, asked_r);
    request->actor = *asked_r == 0 ? request->account->mailbox : *asked_r;
    if (error != EWS_NoError) {
        ews_fact(request, FACT_SESSION_REFUSED, *asked_r, str_of(request->account->name));
        return error;
    }
    if (*asked_r != 0 && EXCHANGE_ASK(exchange, falls_back, *asked_r))
        request->actor = request->account->mailbox;
    uint32_t other = (uint32_t)EXCHANGE_ASK(exchange, answers_for, *asked_r);
    if (other != 0)
        request->actor = other;
    if (request->actor != 0)
        (void)ews_open(request, request->actor);
    return EWS_NoError;
}

/* Documented ones, and those that php-ews' schema allows beyond. */
static bool ews_version_is_known(struct str version) {
    static const char *const known[] = {"Exchange2007",     "Exchange2007_SP1", "Exchange2010",
                                        "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013",
                                        "Exchange2013_SP1", "Exchange2015",     "Exchange2016"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_equal_text(version, known[i]))
            return true;
    return str_starts_with(version, "V2015_") || str_starts_with(version, "V2016_");
}

/* ---- Answers ---- */

static void ews_envelope_begin(struct buffer *out) {
    buffer_append_text(
        out,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" EWS_SOAP "\"><s:Header>"
        "<h:ServerVersionInfo MajorVersion=\"15\" MinorVersion=\"2\" MajorBuildNumber=\"986\" "
        "MinorBuildNumber=\"26\" Version=\"V2017_07_11\" xmlns:h=\"" EWS_TYPES "\"/></s:Header>"
        "<s:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">");
}

static void ews_envelope_end(struct buffer *out) {
    buffer_append_text(out, "</s:Body></s:Envelope>");
}

static void ews_connection_finish(struct ews_connection *connection) {
    connection->operation = NULL;
}

static enum http_next ews_answer_fault(struct ews_connection *connection,
                                       struct http_answer *answer) {
    buffer_clear(&answer->body);
    answer->status = 500;
    ews_fault_write(&connection->request, &answer->body);
    ews_connection_finish(connection);
    return HTTP_DONE;
}

/* ErrorServerBusy said in a 200, once for each thing that was asked for. */
static void ews_answer_busy(struct ews_connection *connection, struct buffer *out) {
    static const char *const lists[] = {"ItemIds", "FolderIds", "ParentFolderIds"};
    struct ews_request *request = &connection->request;
    const char *name = connection->operation->name;
    const struct xml_node *asked = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && asked == NULL; i++)
        asked = xml_first(xml_child(request->operation, EWS_MESSAGES, lists[i]));
    bool is_sync = strncmp(name, "Sync", 4) == 0;
    ews_envelope_begin(out);
    ews_response_begin(out, name);
    do {
        ews_message_begin(out, name, EWS_ErrorServerBusy);
        buffer_append_text(out, "<m:MessageXml><t:Value Name=\"BackOffMilliseconds\">");
        buffer_append_u64(out, (uint64_t)(request->back_off / MILLISECOND));
        buffer_append_text(out, "</t:Value></m:MessageXml>");
        if (is_sync)
            buffer_append_text(out, strcmp(name, "SyncFolderItems") == 0
                                        ? "<m:SyncState/><m:IncludesLastItemInRange>true"
                                          "</m:IncludesLastItemInRange>"
                                        : "<m:SyncState/><m:IncludesLastFolderInRange>true"
                                          "</m:IncludesLastFolderInRange>");
        ews_message_end(out, name);
        asked = asked == NULL ? NULL : xml_next(asked);
    } while (asked != NULL);
    ews_response_end(out, name);
    ews_envelope_end(out);
    ews_connection_finish(connection);
}

static enum http_next ews_answer_login_page(struct ews_connection *connection,
                                            struct http_answer *answer) {
    ews_connection_finish(connection);
    answer->content_type = "text/html; charset=utf-8";
    buffer_append_text(&answer->body,
                       "<!DOCTYPE html>\r\n<html><head><title>Outlook</title></head><body>"
                       "<form action=\"/owa/auth.owa\" method=\"POST\">Dom\xc3\xa4ne\\Benutzername "
                       "<input name=\"username\"> Kennwort <input name=\"password\" "
                       "type=\"password\"></form></body></html>\r\n");
    return HTTP_DONE;
}

/* What an operation said: the end of the envelope, a fault, or only a piece. */
static enum http_next ews_answer_piece(struct ews_connection *connection, enum http_next next,
                                       struct http_answer *answer) {
    struct ews_request *request = &connection->request;
    answer->work += request->work;
    request->work = 0;
    if (request->fault != EWS_NoError)
        return ews_answer_fault(connection, answer);
    if (next == HTTP_DONE) {
        ews_envelope_end(&answer->body);
        ews_connection_finish(connection);
    }
    return next;
}

/* ---- A request from its first byte to its operation ---- */

/* Finds the operation in the tree. NoError, or the fault that is due. */
static enum ews_error ews_read_envelope(struct ews_connection *connection, struct str body,
                                        const struct xml_node **header_r) {
    struct ews_request *request = &connection->request;
    request->violation = "The request is not a SOAP envelope with one operation.";
    const struct xml_node *envelope = xml_read(request->arena, body, &request->line);
    if (!xml_is(envelope, EWS_SOAP, "Envelope"))
        return EWS_ErrorSchemaValidation;
    *header_r = xml_child(envelope, EWS_SOAP, "Header");
    request->operation = xml_first(xml_child(envelope, EWS_SOAP, "Body"));
    for (size_t i = 0; i < sizeof ews_operations / sizeof *ews_operations; i++)
        if (xml_is(request->operation, EWS_MESSAGES, ews_operations[i].name))
            connection->operation = &ews_operations[i];
    if (connection->operation == NULL)
        return EWS_ErrorSchemaValidation;
    request->violation = NULL;
    const struct xml_node *version = xml_child(*header_r, EWS_TYPES, "RequestServerVersion");
    struct str value = xml_attribute(version, "Version");
    return version == NULL || ews_version_is_known(value) ? EWS_NoError
                                                          : EWS_ErrorInvalidServerVersion;
}

static enum http_next ews_handle_soap(struct ews_connection *connection,
                                      const struct http_request *http, struct http_answer *answer) {
    struct exchange *exchange = connection->exchange;
    struct ews_request *request = &connection->request;
    const struct xml_node *header = NULL;
    uint32_t asked = 0;
    int64_t delay = 0;
    request->fault = ews_read_envelope(connection, http->body, &header);
    if (request->fault == EWS_NoError)
        request->fault = ews_choose_actor(request, header, &asked);
    if (request->fault != EWS_NoError)
        return ews_answer_fault(connection, answer);
    if (EXCHANGE_ASK(exchange, drops, asked)) {
        ews_connection_finish(connection);
        return HTTP_RESET;
    }
    if (EXCHANGE_ASK(exchange, login_page, asked))
        return ews_answer_login_page(connection, answer);
    if (EXCHANGE_ASK(exchange, expires, asked)) {
        ews_connection_finish(connection);
        http_answer_unauthorised(answer, "exchange");
        return HTTP_DONE;
    }
    request->back_off = (int64_t)EXCHANGE_ASK(exchange, busy, asked);
    bool is_busy = request->back_off > 0 || ews_throttle(exchange, request->account_index, asked,
                                                         &request->back_off, &delay);
    if (is_busy && exchange->options.throttling.in_message) {
        ews_answer_busy(connection, &answer->body);
        return HTTP_DONE;
    }
    if (is_busy) {
        request->fault = EWS_ErrorServerBusy;
        return ews_answer_fault(connection, answer);
    }
    answer->work += delay;
    http_answer_header(answer, "x-EwsHandler", str_of(connection->operation->name));
    ews_envelope_begin(&answer->body);
    return ews_answer_piece(connection, connection->operation->begin(request), answer);
}

static enum http_next ews_handle(void *of, const struct http_request *http,
                                 struct http_answer *answer) {
    struct ews_connection *connection = of;
    if (!str_equal_caseless(http->path, STR("/EWS/Exchange.asmx"))) {
        http_answer_text(answer, 404, "Not Found");
        return HTTP_DONE;
    }
    const struct exchange_account *account = ews_sign_in(connection, http);
    if (account == NULL) {
        http_answer_unauthorised(answer, "exchange");
        return HTTP_DONE;
    }
    if (!str_equal_text(http->method, "POST")) { /* some clients look whether it is alive */
        bool is_look = str_equal_text(http->method, "GET") || str_equal_text(http->method, "HEAD");
        http_answer_text(answer, is_look ? 200 : 405,
                         is_look ? "You have created a service." : "Method Not Allowed");
        return HTTP_DONE;
    }
    arena_reset(connection->arena);
    connection->request = (struct ews_request){
        .exchange = connection->exchange,
        .connection = connection,
        .account = account,
        .account_index = (uint32_t)(account - connection->exchange->options.accounts),
        .process = http->process,
        .arena = connection->arena,
        .out = &answer->body,
        .content = &connection->content,
        .stems = &connection->stems,
    };
    answer->content_type = "text/xml; charset=utf-8"; /* DavMail compares this very text */
    http_answer_header(answer, "Cache-Control", STR("private"));
    http_answer_header(answer, "X-Powered-By", STR("ASP.NET"));
    answer->work = connection->exchange->options.work.request;
    return ews_handle_soap(connection, http, answer);
}

static enum http_next ews_go_on(void *of, const struct http_request *http,
                                struct http_answer *answer) {
    struct ews_connection *connection = of;
    (void)http;
    connection->request.out = &answer->body;
    return ews_answer_piece(connection, connection->operation->go_on(&connection->request), answer);
}

static void ews_close(void *of) {
    struct ews_connection *connection = of;
    ews_connection_finish(connection);
    table_close(&connection->opened);
    arena_close(&connection->arena);
    buffer_release(&connection->credentials);
    buffer_release(&connection->content);
    free(connection);
}

struct session *exchange_ews_session(struct exchange *exchange) {
    struct ews_connection *connection = memory_new(1, sizeof *connection);
    connection->exchange = exchange;
    connection->opened = table_new();
    connection->arena = arena_new();
    struct http_handler handler = {
        .of = connection, .handle = ews_handle, .go_on = ews_go_on, .close = ews_close};
    return http_session_new(&handler, &(struct http_options){.name = "ews",
                                                             .server = "Microsoft-IIS/10.0",
                                                             .clock = exchange->options.clock,
                                                             .body_max = EWS_REQUEST_MAX});
}
