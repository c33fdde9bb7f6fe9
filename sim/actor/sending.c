/* See sending.h. */
#include "sending.h"

#include "../kernel/task.h"
#include "../party/mail_insist.h"

enum system sending_home(const struct world *world, uint32_t mailbox) {
    return directory_party_home(world->directory, DIRECTORY_FOR_PERSONS, mailbox);
}

uint32_t sending_person(const struct world *world, uint32_t mailbox) {
    struct buffer name = {0};
    buffer_printf(&name, "person:%s", population_mailbox(world->population, mailbox)->address);
    uint32_t number = history_name(world->history, buffer_str(&name));
    buffer_release(&name);
    return number;
}

static void sending_due_to(const struct sending *sending, uint32_t content,
                           const uint32_t *mailboxes, uint32_t count) {
    struct world *world = sending->world;
    for (uint32_t i = 0; i < count; i++)
        history_fact(world->history, &(struct fact){
                                         .at = world->clock.now,
                                         .kind = FACT_MAIL_DUE,
                                         .process = sending->by,
                                         .mailbox = mailboxes[i],
                                         .folder = history_name(world->history, STR("INBOX")),
                                         .content = content,
                                     });
}

static void sending_is_due(const struct sending *sending, uint32_t content) {
    struct world *world = sending->world;
    const struct mail_spec *mail = &sending->mail;
    history_fact(world->history, &(struct fact){
                                     .at = world->clock.now,
                                     .kind = FACT_MAIL_SUBMITTED,
                                     .process = sending->by,
                                     .mailbox = mail->sender,
                                     .content = content,
                                     .a = mail->to_count + mail->bcc_count,
                                 });
    sending_due_to(sending, content, mail->to, mail->to_count);
    sending_due_to(sending, content, mail->bcc, mail->bcc_count);
}

static enum status sending_by_exchange(const struct sending *sending, uint32_t content) {
    const struct mail_spec *mail = &sending->mail;
    uint32_t mailboxes[SENDING_RECIPIENTS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < mail->to_count; i++)
        mailboxes[count++] = mail->to[i];
    for (uint32_t i = 0; i < mail->bcc_count; i++)
        mailboxes[count++] = mail->bcc[i];
    const struct exchange_letter letter = {
        .process = sending->by,
        .content = content,
        .mailboxes = mailboxes,
        .mailbox_count = count,
    };
    return exchange_submit(sending->world->exchange, mail->sender, &letter);
}

/* One letter a recipient: the gateway routes each alone anyway. */
static enum status sending_by_gateway(const struct sending *sending, uint32_t content) {
    struct world *world = sending->world;
    const struct mail_spec *mail = &sending->mail;
    struct buffer bytes = {0};
    contents_render(world->contents, content, &bytes);
    const char *sender = mail->sender == 0
                             ? "absender@extern.example"
                             : population_mailbox(world->population, mail->sender)->address;
    struct mail_client client = {sending->process, PLACE_GATEWAY, 5 * MINUTE};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < mail->to_count + mail->bcc_count; i++) {
        uint32_t mailbox = i < mail->to_count ? mail->to[i] : mail->bcc[i - mail->to_count];
        const char *recipient = population_mailbox(world->population, mailbox)->address;
        struct mail_letter letter = {
            .protocol = MAIL_PROTOCOL_SMTP,
            .hello = "absender.landsh.example",
            .sender = sender,
            .recipients = &recipient,
            .recipient_count = 1,
            .bytes = buffer_str(&bytes),
        };
        struct mail_reply reply;
        status = mail_client_insist(&client, &letter, world->scenario->gateway.retry, &reply);
    }
    buffer_release(&bytes);
    return status;
}

static enum status sending_keep_copy(const struct sending *sending, uint32_t content) {
    struct buffer bytes = {0};
    contents_render(sending->world->contents, content, &bytes);
    enum status status = imap_client_append(sending->client, "Sent", buffer_str(&bytes));
    buffer_release(&bytes);
    return status;
}

/* Exchange takes it, or is asked again until it does. */
static enum status sending_insist_at_exchange(const struct sending *sending, uint32_t content) {
    for (;;) {
        enum status status = sending_by_exchange(sending, content);
        if (status == STATUS_OK || status == STATUS_KILLED)
            return status;
        status = task_sleep(sending->world->scenario->gateway.retry);
        if (status != STATUS_OK)
            return status;
    }
}

enum status sending_send(const struct sending *sending) {
    struct world *world = sending->world;
    struct sending now = *sending;
    now.mail.sent = instant_whole_second(world->clock.now);
    if (now.mail.to_count + now.mail.bcc_count > SENDING_RECIPIENTS_MAX)
        return STATUS_LIMIT;
    uint32_t content = population_mail(world->population, &now.mail);
    /* It is due before anybody has it, else it would lie where truth does not know it yet. */
    sending_is_due(&now, content);
    if (now.mail.sender != 0 && sending_home(world, now.mail.sender) == SYSTEM_EXCHANGE)
        return sending_insist_at_exchange(&now, content);
    enum status status = sending_by_gateway(&now, content);
    if (status == STATUS_OK && sending->client != NULL)
        status = sending_keep_copy(&now, content);
    return status;
}
