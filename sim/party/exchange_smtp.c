#include "exchange_smtp.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "mail_trace.h"

struct exchange_smtp {
    struct exchange_smtp_options options;
    struct buffer prefix; /* owns: what is put before the message in hand */
    uint64_t letters;     /* so many came; numbers them */
};

static void exchange_smtp_recipient(void *of, struct str address, struct smtp_answer *answer_r) {
    struct exchange_smtp *door = of;
    if (door->options.accepts(door->options.of, address) != 0)
        smtp_answer_set(answer_r, 250, "2.1.5 Recipient OK");
    else
        smtp_answer_set(answer_r, 550,
                        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found "
                        "by SMTP address lookup");
}

/* Two addresses of one mailbox bring it one message. */
static size_t exchange_smtp_mailboxes(struct exchange_smtp *door,
                                      const struct smtp_message *message, uint32_t *mailboxes) {
    size_t count = 0;
    for (size_t i = 0; i < message->recipient_count; i++) {
        uint32_t mailbox = door->options.accepts(door->options.of, message->recipients[i]);
        size_t at = 0;
        while (at < count && mailboxes[at] != mailbox)
            at++;
        if (mailbox != 0 && at == count)
            mailboxes[count++] = mailbox;
    }
    return count;
}

static uint32_t exchange_smtp_content(struct exchange_smtp *door,
                                      const struct smtp_message *message) {
    struct mail_trace trace = {
        .from = message->hello,
        .by = door->options.host,
        .with = "Microsoft SMTP Server",
        .id = door->letters,
        .at = door->options.clock->now,
    };
    buffer_clear(&door->prefix);
    mail_trace_append(&door->prefix, &trace);
    return contents_prefix(door->options.contents,
                           contents_learn(door->options.contents, message->bytes),
                           buffer_str(&door->prefix));
}

static void exchange_smtp_message(void *of, const struct smtp_message *message,
                                  struct smtp_answer *answer_r) {
    struct exchange_smtp *door = of;
    door->letters++;
    uint32_t *mailboxes = memory_new(message->recipient_count, sizeof *mailboxes);
    struct exchange_smtp_letter letter = {
        .process = message->process,
        .content = exchange_smtp_content(door, message),
        .sender = message->sender,
        .mailboxes = mailboxes,
        .mailbox_count = exchange_smtp_mailboxes(door, message, mailboxes),
    };
    enum status status = letter.mailbox_count > 0
                             ? door->options.deliver(door->options.of, &letter)
                             : STATUS_NOT_FOUND; /* they went away since RCPT */
    free(mailboxes);
    if (status == STATUS_OK)
        smtp_answer_set(answer_r, 250, "2.6.0 <%" PRIx64 "@%s> Queued mail for delivery",
                        door->letters, door->options.host);
    else if (status == STATUS_NOT_FOUND)
        smtp_answer_set(answer_r, 550,
                        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found");
    else if (status == STATUS_QUOTA)
        smtp_answer_set(answer_r, 452, "4.2.2 STOREDRV; mailbox full");
    else
        smtp_answer_set(answer_r, 451, "4.3.2 Service not available: %s", status_sentence(status));
}

struct exchange_smtp *exchange_smtp_new(const struct exchange_smtp_options *options) {
    check(options->host != NULL && options->clock != NULL && options->contents != NULL);
    check(options->accepts != NULL && options->deliver != NULL);
    struct exchange_smtp *door = memory_new(1, sizeof *door);
    door->options = *options;
    return door;
}

void exchange_smtp_close(struct exchange_smtp **door) {
    if (*door == NULL)
        return;
    buffer_release(&(*door)->prefix);
    free(*door);
    *door = NULL;
}

struct session *exchange_smtp_session(void *of, uint32_t peer) {
    struct exchange_smtp *door = of;
    return smtp_session_new(&(struct smtp_options){
        .mode = SMTP_MODE_SMTP,
        .host = door->options.host,
        .process = peer,
        .receiver = {door, exchange_smtp_recipient, exchange_smtp_message},
        .command_work = door->options.command_work,
        .message_work = door->options.message_work,
    });
}
