/* See imap_connection.h. */
#include "imap_connection.h"

#include <stdlib.h>
#include <string.h>

#include "../base/check.h"

uint32_t imap_connection_tag(struct imap_connection *connection) {
    return (uint32_t)++connection->session->imap_tag;
}

enum status imap_connection_usable(const struct imap_connection *connection, struct error *error) {
    if (connection->broken == STATUS_OK)
        return STATUS_OK;
    return error_set(error, STATUS_NETWORK, "this connection ended before (%s); open a new one",
                     status_sentence(connection->broken));
}

enum status imap_connection_break(struct imap_connection *connection, enum status status) {
    if (connection->broken == STATUS_OK)
        connection->broken = status;
    imap_stream_kill(connection->stream);
    return status;
}

enum status imap_means(struct error *error, enum status status) {
    if (error != NULL)
        error->status = status;
    return status;
}

void imap_connection_lend(struct imap_connection *connection) {
    imap_reader_settle(&connection->reader);
    imap_stream_guard(connection->stream, true);
}

/* What libetpan left of a tagged NO: its code and text, as our own reader would give them. */
static enum status connection_refused(const mailimap *session, const char *what,
                                      struct error *error) {
    const struct mailimap_response_info *info = session->imap_response_info;
    struct imap_response response = {.kind = IMAP_TAGGED, .state = IMAP_NO};
    const char *text = session->imap_response != NULL ? session->imap_response : "";
    if (info != NULL && info->rsp_trycreate)
        strcpy(response.code, "TRYCREATE");
    else if (info != NULL && info->rsp_atom != NULL && strlen(info->rsp_atom) < IMAP_CODE_MAX)
        strcpy(response.code, info->rsp_atom);
    enum status status = imap_refusal(&response);
    return error_set(error, status, "%s: the mail server answered NO [%s] %.200s", what,
                     response.code, text);
}

enum status imap_connection_returned(struct imap_connection *connection, int code, const char *what,
                                     struct error *error) {
    imap_stream_guard(connection->stream, false);
    enum status status = imap_stream_failure(connection->stream);
    if (status != STATUS_OK)
        return imap_connection_break(
            connection, error_set(error, status, "%s: %s", what, status_sentence(status)));
    switch (code) {
    case MAILIMAP_NO_ERROR:
    case MAILIMAP_NO_ERROR_AUTHENTICATED:
    case MAILIMAP_NO_ERROR_NON_AUTHENTICATED:
        return STATUS_OK;
    case MAILIMAP_ERROR_LOGIN:
    case MAILIMAP_ERROR_STATUS:
    case MAILIMAP_ERROR_CAPABILITY:
    case MAILIMAP_ERROR_EXTENSION:
        return connection_refused(connection->session, what, error);
    default:
        return imap_connection_break(
            connection,
            error_set(error, STATUS_PROTOCOL,
                      "%s: the mail server's answer is not valid (libetpan %d)", what, code));
    }
}

static enum status connection_login(struct imap_connection *connection,
                                    const struct imap_login *login, struct error *error) {
    imap_connection_lend(connection);
    int code = mailimap_login(connection->session, login->name, login->password);
    enum status status = imap_connection_returned(connection, code, "logging in", error);
    if (status == STATUS_OK)
        return STATUS_OK;
    /* A login refused without a code, or with one that says nothing of access, is still that. */
    if (status == STATUS_UNMOVABLE || status == STATUS_NOT_FOUND)
        status = imap_means(error, STATUS_DENIED);
    error_context(error, "login %s", login->name);
    return status;
}

struct capabilities {
    struct imap_connection *connection; /* borrows */
    bool list_extended, special_use, said;
};

/* * CAPABILITY IMAP4rev1 LITERAL+ … (RFC 3501 section 7.2.1) */
static enum status connection_capability(void *of, struct imap_reader *reader,
                                         const struct imap_response *response,
                                         struct error *error) {
    struct capabilities *seen = of;
    struct imap_connection *connection = seen->connection;
    const struct {
        const char *name;
        bool *flag;
    } known[] = {
        {"LITERAL+", &connection->literal_plus},   {"METADATA", &connection->metadata},
        {"NAMESPACE", &connection->has_namespace}, {"LIST-EXTENDED", &seen->list_extended},
        {"SPECIAL-USE", &seen->special_use},
    };
    if (!str_equal_caseless(str_of(response->code), STR("CAPABILITY")))
        return STATUS_OK;
    seen->said = true;
    do {
        struct str word;
        if (!imap_take_word(reader, &word))
            return error_set(error, STATUS_PROTOCOL, "CAPABILITY: expected words");
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (str_equal_caseless(word, str_of(known[i].name)))
                *known[i].flag = true;
    } while (imap_take_byte(reader, ' '));
    return STATUS_OK;
}

/* Asked by ourselves: libetpan 1.9.4 falls over an "OK" that no CAPABILITY went before. */
static enum status connection_capabilities(struct imap_connection *connection,
                                           struct error *error) {
    struct capabilities seen = {.connection = connection};
    enum status status =
        imap_connection_command(connection, STR("CAPABILITY"), connection_capability, &seen, error);
    if (status == STATUS_OK && !seen.said)
        status = error_set(error, STATUS_PROTOCOL,
                           "CAPABILITY: the mail server does not say what it can do");
    connection->special_use = seen.special_use && seen.list_extended;
    return status;
}

/* "* BYE" is looked at first, since libetpan 1.9.4 leaks what it says. */
static enum status connection_greeting(struct imap_connection *connection, struct error *error) {
    struct str first;
    imap_stream_guard(connection->stream, true);
    if (imap_stream_peek(connection->stream, strlen("* BYE"), &first) &&
        str_equal_caseless(first, STR("* BYE")))
        return error_set(error, STATUS_BUSY, "greeting: the mail server says goodbye");
    int code = mailimap_connect(connection->session, connection->stream);
    enum status status = imap_connection_returned(connection, code, "greeting", error);
    if (status == STATUS_OK && code == MAILIMAP_NO_ERROR_AUTHENTICATED)
        return error_set(error, STATUS_PROTOCOL,
                         "the mail server greeted with PREAUTH: whoever that is, we did not ask");
    return status;
}

enum status imap_connection_open(const struct imap_stream_options *options,
                                 const struct imap_login *login,
                                 struct imap_connection **connection_r, struct error *error) {
    *connection_r = NULL;
    mailstream *stream;
    enum status status = imap_stream_open(options, &stream, error);
    if (status != STATUS_OK)
        return status;
    struct imap_connection *connection = memory_new(1, sizeof *connection);
    connection->stream = stream;
    connection->session = mailimap_new(0, NULL);
    check(connection->session != NULL);
    imap_reader_begin(&connection->reader, stream);
    status = connection_greeting(connection, error);
    if (status == STATUS_OK)
        status = connection_login(connection, login, error);
    if (status == STATUS_OK)
        status = connection_capabilities(connection, error);
    if (status != STATUS_OK) {
        error_context(error, "%s port %u", options->host, options->port);
        imap_connection_break(connection, status);
        imap_connection_close(&connection);
        return status;
    }
    *connection_r = connection;
    return STATUS_OK;
}

void imap_connection_close(struct imap_connection **connection) {
    struct imap_connection *gone = *connection;
    if (gone == NULL)
        return;
    if (gone->broken == STATUS_OK) /* mailimap_free() says LOGOUT and waits for the answer */
        imap_connection_lend(gone);
    gone->session->imap_stream = gone->stream; /* also before any greeting */
    mailimap_free(gone->session);
    imap_reader_release(&gone->reader);
    free(gone);
    *connection = NULL;
}

bool imap_quote(struct str text, struct buffer *out) {
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == 0 || byte == '\r' || byte == '\n' || byte >= 0x80)
            return false;
        if (byte == '"' || byte == '\\')
            buffer_append_byte(out, '\\');
        buffer_append_byte(out, (char)byte);
    }
    buffer_append_byte(out, '"');
    return true;
}

/* Reads up to the tagged answer. */
static enum status command_answer(struct imap_connection *connection, uint32_t tag,
                                  imap_see_response *see, void *of, struct imap_response *response,
                                  struct error *error) {
    for (uint32_t seen = 0; seen < IMAP_RESPONSES_MAX; seen++) {
        enum status status = imap_reader_next(&connection->reader, response, error);
        if (status != STATUS_OK)
            return status;
        switch (response->kind) {
        case IMAP_UNTAGGED:
            if (see != NULL)
                status = see(of, &connection->reader, response, error);
            if (status != STATUS_OK)
                return status;
            break;
        case IMAP_CONTINUE:
            return error_set(error, STATUS_PROTOCOL,
                             "the mail server wants more of a command "
                             "that is whole");
        case IMAP_TAGGED:
            if (response->tag == tag)
                return STATUS_OK;
            return error_set(error, STATUS_PROTOCOL, "expected the answer to %u, found one to %u",
                             tag, response->tag);
        }
    }
    return error_set(error, STATUS_PROTOCOL, "the mail server says more than %d things at once",
                     IMAP_RESPONSES_MAX);
}

enum status imap_connection_command(struct imap_connection *connection, struct str command,
                                    imap_see_response *see, void *of, struct error *error) {
    enum status status = imap_connection_usable(connection, error);
    if (status != STATUS_OK)
        return status;
    uint32_t tag = imap_connection_tag(connection);
    struct buffer line = {0};
    buffer_append_u64(&line, tag);
    buffer_append_byte(&line, ' ');
    buffer_append_str(&line, command);
    buffer_append_text(&line, "\r\n");
    struct iovec piece = {.iov_base = line.data, .iov_len = line.length};
    uint64_t sent;
    status = imap_stream_send(connection->stream, &piece, 1, &sent);
    buffer_release(&line);
    if (status != STATUS_OK)
        return imap_connection_break(
            connection, error_set(error, status, "sending: %s", status_sentence(status)));
    struct imap_response response;
    status = command_answer(connection, tag, see, of, &response, error);
    if (status != STATUS_OK)
        return imap_connection_break(connection, status);
    imap_reader_settle(&connection->reader);
    if (response.state == IMAP_OK)
        return STATUS_OK;
    struct str name = command;
    struct str verb = str_cut(&name, ' ');
    return error_set(error, imap_refusal(&response), "%.*s: the mail server answered %s [%s] %s",
                     STR_ARG(verb), response.state == IMAP_NO ? "NO" : "BAD", response.code,
                     response.text);
}
