/* See imap_client.h. */
#include "imap_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"

struct imap_client {
    struct stream *stream;
    struct buffer out, answer;
    unsigned tag;
    bool broken;
};

static struct kernel *client_kernel(const struct imap_client *client) {
    return process_kernel(stream_process(client->stream));
}

static enum status client_break(struct imap_client *client, enum status status) {
    client->broken = true;
    return status;
}

/* Reads more into `answer`. */
static enum status client_read(struct imap_client *client) {
    struct str bytes;
    instant until = kernel_now(client_kernel(client)) + IMAP_CLIENT_PATIENCE;
    enum status status = stream_peek(client->stream, until, &bytes);
    if (status != STATUS_OK)
        return client_break(client, status);
    if (bytes.length == 0)
        return client_break(client, STATUS_NETWORK);
    if (client->answer.length + bytes.length > IMAP_CLIENT_ANSWER_MAX)
        return client_break(client, STATUS_LIMIT);
    buffer_append_str(&client->answer, bytes);
    stream_consume(client->stream, bytes.length);
    return STATUS_OK;
}

/* The length that a line announces at its end, "{123}"; 0 for none. */
static size_t line_literal(struct str line) {
    if (line.length < 3 || line.data[line.length - 1] != '}')
        return 0;
    size_t at = line.length - 1;
    while (at > 0 && line.data[at - 1] >= '0' && line.data[at - 1] <= '9')
        at--;
    uint64_t length;
    if (at == 0 || line.data[at - 1] != '{' ||
        !str_to_u64((struct str){line.data + at, line.length - 1 - at}, &length) ||
        length > IMAP_CLIENT_ANSWER_MAX)
        return 0;
    return (size_t)length;
}

/* The end of the line that begins at `from`, behind its CRLF, reading as needed. */
static enum status client_line(struct imap_client *client, size_t from, size_t *end_r) {
    for (size_t looked = from;;) {
        char *found =
            client->answer.length > looked
                ? memmem(client->answer.data + looked, client->answer.length - looked, "\r\n", 2)
                : NULL;
        if (found != NULL) {
            *end_r = (size_t)(found - client->answer.data) + 2;
            return STATUS_OK;
        }
        looked = client->answer.length > from ? client->answer.length - 1 : from;
        if (looked < from)
            looked = from;
        enum status status = client_read(client);
        if (status != STATUS_OK)
            return status;
    }
}

/* Reads up to the line that begins with `tag`, which is left out of the answer. */
static enum status client_await(struct imap_client *client, const char *tag) {
    for (size_t at = 0, end;; at = end) {
        enum status status = client_line(client, at, &end);
        if (status != STATUS_OK)
            return status;
        struct str line = {client->answer.data + at, end - at - 2};
        if (str_starts_with(line, tag)) {
            bool good = str_starts_with(
                (struct str){line.data + strlen(tag), line.length - strlen(tag)}, "OK");
            buffer_truncate(&client->answer, at);
            return good ? STATUS_OK : STATUS_REFUSED;
        }
        size_t literal = line_literal(line);
        while (literal > 0 && client->answer.length < end + literal)
            if ((status = client_read(client)) != STATUS_OK)
                return status;
        end += literal;
    }
}

static enum status client_send(struct imap_client *client, struct str rest) {
    char tag[16];
    if (client->broken)
        return STATUS_NETWORK;
    snprintf(tag, sizeof tag, "p%u ", client->tag);
    enum status status =
        stream_write(client->stream, buffer_text(&client->out), client->out.length);
    if (status == STATUS_OK && rest.length > 0)
        status = stream_write(client->stream, rest.data, rest.length);
    if (status == STATUS_OK && rest.length > 0)
        status = stream_write(client->stream, "\r\n", 2);
    if (status != STATUS_OK)
        return client_break(client, status);
    buffer_clear(&client->answer);
    return client_await(client, tag);
}

enum status imap_client_command(struct imap_client *client, const char *format, ...) {
    buffer_clear(&client->out);
    buffer_printf(&client->out, "p%u ", ++client->tag);
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&client->out, format, arguments);
    va_end(arguments);
    buffer_append_text(&client->out, "\r\n");
    return client_send(client, STR(""));
}

enum status imap_client_append(struct imap_client *client, const char *folder, struct str bytes) {
    buffer_clear(&client->out);
    buffer_printf(&client->out, "p%u APPEND \"%s\" (\\Seen) {%zu+}\r\n", ++client->tag, folder,
                  bytes.length);
    return client_send(client, bytes);
}

enum status imap_client_open(struct process *process, struct network_place place, const char *login,
                             const char *password, struct imap_client **client_r) {
    struct stream *stream;
    *client_r = NULL;
    instant until = kernel_now(process_kernel(process)) + IMAP_CLIENT_PATIENCE;
    enum status status = network_connect(process, place, until, &stream, NULL);
    if (status != STATUS_OK)
        return status;
    struct imap_client *client = memory_new(1, sizeof *client);
    client->stream = stream;
    status = client_await(client, "* ");
    if (status == STATUS_OK)
        status = imap_client_command(client, "LOGIN \"%s\" \"%s\"", login, password);
    if (status == STATUS_REFUSED)
        status = STATUS_DENIED;
    if (status != STATUS_OK)
        imap_client_close(&client);
    *client_r = client;
    return status;
}

void imap_client_close(struct imap_client **client) {
    if (*client == NULL)
        return;
    if (!(*client)->broken && imap_client_command(*client, "LOGOUT") != STATUS_OK)
        (*client)->broken = true;
    stream_close(&(*client)->stream);
    buffer_release(&(*client)->out);
    buffer_release(&(*client)->answer);
    free(*client);
    *client = NULL;
}

struct str imap_client_answer(const struct imap_client *client) {
    return buffer_str(&client->answer);
}

static uint32_t line_uid(struct str line) {
    const char *found = memmem(line.data, line.length, "UID ", 4);
    uint64_t uid = 0;
    for (const char *at = found == NULL ? NULL : found + 4;
         at != NULL && at < line.data + line.length && *at >= '0' && *at <= '9'; at++)
        uid = uid * 10 + (uint64_t)(*at - '0');
    return (uint32_t)uid;
}

bool imap_client_next_fetch(struct str *rest, struct imap_fetched *fetched_r) {
    while (rest->length > 0) {
        const char *found = memmem(rest->data, rest->length, "\r\n", 2);
        if (found == NULL)
            break;
        struct str line = {rest->data, (size_t)(found - rest->data)};
        *rest = (struct str){found + 2, rest->length - line.length - 2};
        size_t literal = line_literal(line);
        if (literal > rest->length)
            break;
        struct str bytes = {rest->data, literal};
        *rest = (struct str){rest->data + literal, rest->length - literal};
        if (memmem(line.data, line.length, " FETCH ", 7) == NULL)
            continue;
        *fetched_r = (struct imap_fetched){line_uid(line), bytes};
        return true;
    }
    return false;
}
