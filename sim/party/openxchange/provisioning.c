/* The service: who asks, for which account, and what is done. */
#include "provisioning.h"

#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "provisioning_soap.h"

struct provisioning_server {
    struct provisioning_options options;
    struct arena *arena; /* owns; the tree of the request being answered */
};

/* One request being answered. */
struct provisioning_request {
    struct provisioning_server *server;
    const struct xml_node *operation;
    const char *name; /* of the operation, once it is known */
    uint32_t process;
    struct http_answer *answer;
};

static struct accounts *provisioning_accounts(const struct provisioning_request *request) {
    return openxchange_accounts(request->server->options.openxchange);
}

/* ---- Who is meant ---- */

/* The account of a <user> or <usrdata>: by id, else by name. NULL after a fault. */
static struct account *provisioning_account(const struct provisioning_request *request,
                                            const struct xml_node *user) {
    struct str id = provisioning_text(xml_child(user, PROVISIONING_OBJECTS, "id"));
    struct str name = provisioning_text(xml_child(user, PROVISIONING_OBJECTS, "name"));
    uint32_t context = request->server->options.context;
    struct account *account = NULL;
    uint64_t number;
    if (id.length == 0 && name.length == 0)
        provisioning_fault(request->answer, "InvalidData", "No user id or name was given");
    else if (id.length > 0 && (!str_to_u64(id, &number) || number > UINT32_MAX))
        provisioning_fault(request->answer, "InvalidData", "The user id is no number");
    else if ((account = id.length > 0
                            ? accounts_by_id(provisioning_accounts(request), (uint32_t)number)
                            : accounts_by_login(provisioning_accounts(request), name)) == NULL)
        provisioning_fault(request->answer, "NoSuchUser", "No such user %.*s in context %u",
                           STR_ARG(id.length > 0 ? id : name), context);
    return account;
}

/* What a fault makes of a request for an account; true when nothing shall be done. */
static bool provisioning_disturbed(const struct provisioning_request *request,
                                   const struct account *account, enum http_next *next_r) {
    const struct provisioning_options *options = &request->server->options;
    struct str operation = str_of(request->name);
    *next_r = HTTP_DONE;
    if (options->disturb == NULL)
        return false;
    switch (options->disturb(options->of, account, operation)) {
    case PROVISIONING_USUAL:
        return false;
    case PROVISIONING_STORAGE_FAILS:
        provisioning_fault(request->answer, "Storage", "The database is not reachable");
        return true;
    case PROVISIONING_DROPS:
        *next_r = HTTP_RESET;
        return true;
    case PROVISIONING_ANSWER_LOST:
        *next_r = HTTP_RESET;
        return false;
    }
    check(false);
    return false;
}

/* ---- Operations ---- */

static enum http_next provisioning_get(const struct provisioning_request *request) {
    bool several = strcmp(request->name, "getMultipleData") == 0;
    enum http_next next = HTTP_DONE;
    unsigned count = 0;
    provisioning_begin(request->answer, request->name);
    for (const struct xml_node *node = xml_first(request->operation); node != NULL;
         node = xml_next(node)) {
        if (!xml_is(node, PROVISIONING_OPERATIONS, several ? "users" : "user"))
            continue;
        const struct account *account = provisioning_account(request, node);
        if (account == NULL || provisioning_disturbed(request, account, &next))
            return next;
        provisioning_return_user(request->answer, account);
        count++;
    }
    if (count == 0 || (count > 1 && !several)) {
        provisioning_fault(request->answer, "InvalidData", "No user was given, or too many");
        return next;
    }
    provisioning_end(request->answer, request->name);
    return next;
}

static enum http_next provisioning_exists(const struct provisioning_request *request) {
    const struct xml_node *user = xml_child(request->operation, PROVISIONING_OPERATIONS, "user");
    bool exists = provisioning_account(request, user) != NULL; /* its fault is cleared here: */
    request->answer->status = 200;
    provisioning_begin(request->answer, "exists");
    provisioning_return_text(request->answer, exists ? "true" : "false");
    provisioning_end(request->answer, "exists");
    return HTTP_DONE;
}

/* "*" stands for any bytes. Bounded: after a "*" that matched, an earlier one is never tried again.
 */
static bool provisioning_matches(struct str text, struct str pattern) {
    size_t at = 0, in = 0, star = SIZE_MAX, resume = 0;
    while (at < text.length) {
        if (in < pattern.length && pattern.data[in] == '*') {
            star = in++;
            resume = at;
        } else if (in < pattern.length && pattern.data[in] == text.data[at]) {
            in++;
            at++;
        } else if (star != SIZE_MAX) {
            in = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (in < pattern.length && pattern.data[in] == '*')
        in++;
    return in == pattern.length;
}

static enum http_next provisioning_list(const struct provisioning_request *request) {
    const char *name = request->name;
    struct str pattern = STR("*");
    if (strcmp(name, "list") == 0)
        pattern = provisioning_text(
            xml_child(request->operation, PROVISIONING_OPERATIONS, "search_pattern"));
    const struct accounts *accounts = provisioning_accounts(request);
    provisioning_begin(request->answer, name);
    for (size_t i = 0; i < accounts_count(accounts); i++) {
        const struct account *account = accounts_at(accounts, i);
        if (provisioning_matches(str_of(account->login), pattern))
            provisioning_return_user(request->answer, account);
    }
    provisioning_end(request->answer, name);
    return HTTP_DONE;
}

/* ---- change ---- */

struct provisioning_change { /* what was named; empty texts with NULL data are not */
    const struct xml_node *mail_enabled, *login, *key, *password;
};

/* False after a fault. */
static bool provisioning_read_change(const struct provisioning_request *request,
                                     const struct xml_node *user,
                                     struct provisioning_change *change_r) {
    memset(change_r, 0, sizeof *change_r);
    for (const struct xml_node *node = xml_first(user); node != NULL; node = xml_next(node)) {
        if (str_equal_text(node->name, "mailenabled"))
            change_r->mail_enabled = node;
        else if (str_equal_text(node->name, "imapLogin"))
            change_r->login = node;
        else if (str_equal_text(node->name, "userfield01"))
            change_r->key = node;
        else if (str_equal_text(node->name, "password"))
            change_r->password = node;
        else if (!str_equal_text(node->name, "id") && !str_equal_text(node->name, "name")) {
            provisioning_fault(request->answer, "InvalidData", "%.*s cannot be changed here",
                               STR_ARG(node->name));
            return false;
        }
    }
    struct str enabled = provisioning_text(change_r->mail_enabled);
    if (change_r->mail_enabled != NULL && !str_equal_text(enabled, "true") &&
        !str_equal_text(enabled, "false") && !str_equal_text(enabled, "1") &&
        !str_equal_text(enabled, "0")) {
        provisioning_fault(request->answer, NULL,
                           "Unmarshalling Error: mailenabled is not a boolean");
        return false;
    }
    return true;
}

static void provisioning_open_account(const struct provisioning_request *request,
                                      struct account *account, bool open) {
    if (account->mail_enabled == open)
        return;
    account->mail_enabled = open;
    struct fact fact = {
        .at = request->server->options.clock->now,
        .a = HOME_LOGIN,
        .process = request->process,
        .mailbox = account->mailbox,
        .kind = FACT_HOME_SET,
        .system = open ? SYSTEM_OPENXCHANGE : SYSTEM_EXCHANGE,
    };
    history_fact(request->server->options.history, &fact);
}

static enum http_next provisioning_change(const struct provisioning_request *request) {
    const struct xml_node *user = xml_child(request->operation, PROVISIONING_OPERATIONS, "usrdata");
    struct accounts *accounts = provisioning_accounts(request);
    struct provisioning_change change;
    enum http_next next = HTTP_DONE;
    struct account *account = provisioning_account(request, user);
    if (account == NULL || !provisioning_read_change(request, user, &change) ||
        provisioning_disturbed(request, account, &next))
        return next;
    if (change.login != NULL &&
        accounts_set_login(accounts, account, provisioning_text(change.login)) != STATUS_OK) {
        provisioning_fault(request->answer, "InvalidData", "The login %.*s is in use",
                           STR_ARG(provisioning_text(change.login)));
        return next;
    }
    if (change.key != NULL)
        accounts_set_key(accounts, account, provisioning_text(change.key));
    if (change.password != NULL)
        accounts_set_password(accounts, account, provisioning_text(change.password));
    if (change.mail_enabled != NULL) {
        struct str enabled = provisioning_text(change.mail_enabled);
        provisioning_open_account(request, account,
                                  str_equal_text(enabled, "true") || str_equal_text(enabled, "1"));
    }
    provisioning_begin(request->answer, "change");
    provisioning_end(request->answer, "change");
    return next;
}

/* ---- Requests ---- */

static const struct {
    const char *name;
    enum http_next (*act)(const struct provisioning_request *request);
} provisioning_operations[] = {
    {"getData", provisioning_get},   {"getMultipleData", provisioning_get},
    {"exists", provisioning_exists}, {"list", provisioning_list},
    {"listAll", provisioning_list},  {"change", provisioning_change},
};

/* Context and administrator; false after a fault. */
static bool provisioning_may(const struct provisioning_request *request) {
    const struct provisioning_options *options = &request->server->options;
    const struct xml_node *auth = xml_child(request->operation, PROVISIONING_OPERATIONS, "auth");
    const struct xml_node *context = xml_child(request->operation, PROVISIONING_OPERATIONS, "ctx");
    struct str id = provisioning_text(xml_child(context, PROVISIONING_OBJECTS, "id"));
    uint64_t number;
    if (!str_to_u64(id, &number) || number != options->context) {
        provisioning_fault(request->answer, "NoSuchContext", "Context %.*s does not exist",
                           STR_ARG(id));
        return false;
    }
    struct str login = provisioning_text(xml_child(auth, PROVISIONING_CREDENTIALS, "login"));
    struct str password = provisioning_text(xml_child(auth, PROVISIONING_CREDENTIALS, "password"));
    if (str_equal_text(login, options->admin) && str_equal_text(password, options->password))
        return true;
    provisioning_fault(request->answer, "InvalidCredentials", "Authentication failed");
    return false;
}

static enum http_next provisioning_act(struct provisioning_request *request) {
    const struct xml_node *operation = request->operation;
    for (size_t i = 0; operation != NULL &&
                       i < sizeof provisioning_operations / sizeof provisioning_operations[0];
         i++)
        if (xml_is(operation, PROVISIONING_OPERATIONS, provisioning_operations[i].name)) {
            request->name = provisioning_operations[i].name;
            return provisioning_may(request) ? provisioning_operations[i].act(request) : HTTP_DONE;
        }
    struct str part = operation != NULL ? operation->name : STR("");
    provisioning_fault(request->answer, NULL, "Message part %.*s was not recognized",
                       STR_ARG(part));
    return HTTP_DONE;
}

static enum http_next provisioning_handle(void *of, const struct http_request *http,
                                          struct http_answer *answer) {
    struct provisioning_server *server = of;
    answer->work = server->options.work;
    if (!str_equal_text(http->path, "/webservices/OXUserService")) {
        http_answer_text(answer, 404, "Not Found");
        return HTTP_DONE;
    }
    if (!str_equal_text(http->method, "POST")) {
        http_answer_header(answer, "Allow", STR("POST"));
        http_answer_text(answer, 405, "Method Not Allowed");
        return HTTP_DONE;
    }
    int line;
    arena_reset(server->arena);
    const struct xml_node *root = xml_read(server->arena, http->body, &line);
    if (root == NULL) {
        provisioning_fault(answer, NULL, "Error reading XMLStreamReader");
        return HTTP_DONE;
    }
    struct provisioning_request request = {
        .server = server,
        .operation = provisioning_operation(root),
        .process = http->process,
        .answer = answer,
    };
    return provisioning_act(&request);
}

struct provisioning_server *provisioning_server_new(const struct provisioning_options *options) {
    check(options->openxchange != NULL && options->clock != NULL && options->history != NULL);
    check(options->admin != NULL && options->password != NULL);
    struct provisioning_server *server = memory_new(1, sizeof *server);
    server->options = *options;
    server->arena = arena_new();
    return server;
}

void provisioning_server_close(struct provisioning_server **server) {
    if (*server == NULL)
        return;
    arena_close(&(*server)->arena);
    free(*server);
    *server = NULL;
}

struct session *provisioning_server_session(void *of, uint32_t peer) {
    struct provisioning_server *server = of;
    struct http_handler handler = {.of = server, .handle = provisioning_handle};
    struct http_options options = {
        .name = "soap", .clock = server->options.clock, .body_max = PROVISIONING_BODY_MAX};
    struct session *session = http_session_new(&handler, &options);
    session->process = peer;
    return session;
}
