#include "lmtp.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../../engine/base/chance.h"
#include "../../engine/base/check.h"
#include "mail_trace.h"

struct lmtp_server {
    struct lmtp_options options;
    struct buffer prefix; /* owns: what is put before the message in hand */
    uint64_t letters;     /* so many came; numbers them */
};

static void lmtp_recipient(void *of, struct str address, struct smtp_answer *answer_r) {
    struct lmtp_server *server = of;
    uint32_t number = server->options.mailbox_of(server->options.of, address);
    if (number != 0 && store_mailbox(server->options.store, number) != NULL)
        smtp_answer_set(answer_r, 250, "2.1.5 OK");
    else
        smtp_answer_set(answer_r, 550, "5.1.1 <%.*s> User doesn't exist: %.*s", STR_ARG(address),
                        STR_ARG(address));
}

/* The number a letter goes by at this server: spread out, so that it does not look like a count. */
static uint64_t lmtp_letter_id(const struct lmtp_server *server) {
    return chance_mix(server->letters, (uint64_t)server->options.clock->now);
}

static enum status lmtp_deliver(struct lmtp_server *server, const struct smtp_message *message,
                                struct str recipient, uint32_t content) {
    uint32_t number = server->options.mailbox_of(server->options.of, recipient);
    struct store_mailbox *mailbox = store_mailbox(server->options.store, number);
    if (number == 0 || mailbox == NULL)
        return STATUS_NOT_FOUND; /* it went away since RCPT */
    struct store_folder *inbox = store_folder_by_role(mailbox, FOLDER_INBOX);
    if (inbox == NULL)
        return STATUS_STORAGE;
    instant now = server->options.clock->now;
    struct mail_trace trace = {
        .from = message->hello,
        .by = server->options.host,
        .with = "LMTP",
        .id = lmtp_letter_id(server),
        .recipient = recipient,
        .at = now,
    };
    buffer_clear(&server->prefix);
    buffer_printf(&server->prefix, "Return-Path: <%.*s>\r\nDelivered-To: %.*s\r\n",
                  STR_ARG(message->sender), STR_ARG(recipient));
    mail_trace_append(&server->prefix, &trace);

    struct contents *contents = store_contents(server->options.store);
    uint32_t prefixed = contents_prefix(contents, content, buffer_str(&server->prefix));
    struct store_item item = {
        .content = prefixed,
        .received = now,
        .declared_size = contents_declared(contents, prefixed),
    };
    uint32_t uid;
    return store_item_add(inbox, message->process, HOW_DELIVERED, item, &uid);
}

static void lmtp_answer(const struct lmtp_server *server, enum status status, struct str recipient,
                        struct smtp_answer *answer_r) {
    if (status == STATUS_OK)
        smtp_answer_set(answer_r, 250, "2.0.0 <%.*s> %016" PRIx64 " Saved", STR_ARG(recipient),
                        lmtp_letter_id(server));
    else if (status == STATUS_NOT_FOUND)
        smtp_answer_set(answer_r, 550, "5.1.1 <%.*s> User doesn't exist: %.*s", STR_ARG(recipient),
                        STR_ARG(recipient));
    else if (status == STATUS_QUOTA && server->options.full_is_for_ever)
        smtp_answer_set(answer_r, 552, "5.2.2 <%.*s> Quota exceeded (mailbox for user is full)",
                        STR_ARG(recipient));
    else if (status == STATUS_QUOTA)
        smtp_answer_set(answer_r, 452, "4.2.2 <%.*s> Quota exceeded (mailbox for user is full)",
                        STR_ARG(recipient));
    else
        smtp_answer_set(answer_r, 451, "4.2.0 <%.*s> Temporary internal error", STR_ARG(recipient));
}

static void lmtp_message(void *of, const struct smtp_message *message,
                         struct smtp_answer *answers_r) {
    struct lmtp_server *server = of;
    uint32_t content = contents_learn(store_contents(server->options.store), message->bytes);
    for (size_t i = 0; i < message->recipient_count; i++) {
        struct str recipient = message->recipients[i];
        server->letters++;
        lmtp_answer(server, lmtp_deliver(server, message, recipient, content), recipient,
                    &answers_r[i]);
    }
}

struct lmtp_server *lmtp_server_new(const struct lmtp_options *options) {
    check(options->host != NULL && options->store != NULL && options->clock != NULL);
    check(options->mailbox_of != NULL);
    struct lmtp_server *server = memory_new(1, sizeof *server);
    server->options = *options;
    return server;
}

void lmtp_server_close(struct lmtp_server **server) {
    if (*server == NULL)
        return;
    buffer_release(&(*server)->prefix);
    free(*server);
    *server = NULL;
}

struct session *lmtp_server_session(void *of, uint32_t peer) {
    struct lmtp_server *server = of;
    return smtp_session_new(&(struct smtp_options){
        .mode = SMTP_MODE_LMTP,
        .host = server->options.host,
        .process = peer,
        .receiver = {server, lmtp_recipient, lmtp_message},
        .command_work = server->options.command_work,
        .message_work = server->options.message_work,
    });
}
