/* Mail going out: the next letter and its home, what became of it, and how it comes back. */
#include <string.h>

#include "../../../engine/base/check.h"
#include "gateway_inside.h"
#include "gateway_notice.h"

/* How long a letter waits that could not be routed or written down. */
#define GATEWAY_PAUSE (1 * SECOND)

/* ---- Out ---- */

static enum status gateway_errand_route(struct gateway_party *gateway,
                                        const struct gateway_letter *letter, enum system *route_r) {
    *route_r = SYSTEM_OUTSIDE;
    if (letter->mailbox == 0)
        return STATUS_OK;
    enum status status =
        gateway_route(gateway, gateway_name(gateway, letter->recipient), route_r, NULL);
    if (letter->is_released && gateway_strikes(gateway, GATEWAY_STALE_ROUTE, letter->mailbox))
        *route_r = (enum system)letter->route;
    else if (gateway_strikes(gateway, GATEWAY_OLD_HOME, letter->mailbox))
        *route_r = SYSTEM_EXCHANGE;
    return status;
}

/* Puts a letter back, to be taken again after `span`. */
static void gateway_errand_later(struct gateway_party *gateway, struct gateway_letter *letter,
                                 int64_t span) {
    letter->in_hand = false;
    letter->due = gateway_now(gateway) + span;
    gateway_queue_put(gateway->queue, letter);
}

static void gateway_settled(struct gateway_party *gateway, struct gateway_letter *letter) {
    letter->state = GATEWAY_GONE;
    letter->in_hand = false;
    gateway->counts.queued--;
}

/* A released letter that goes nowhere: lost by a fault, or too old where its age counts on. False
 * when there is nothing wrong with it. */
static bool gateway_errand_is_over(struct gateway_party *gateway, struct gateway_letter *letter) {
    if (!letter->is_released || letter->tries > 0)
        return false;
    enum status status;
    uint64_t id = letter->id;
    if (gateway_now(gateway) - letter->age_from >= gateway->options.age_max) {
        status = gateway_bounce(gateway, letter->id, STR("message expired while it was held"), true,
                                NULL);
    } else if (gateway_strikes(gateway, GATEWAY_LOSES_HELD, letter->mailbox)) {
        status = gateway_file_set(gateway->file, letter->id, GATEWAY_GONE, NULL);
        if (status == STATUS_OK) {
            gateway_settled(gateway, letter);
            gateway->counts.lost++;
        }
    } else {
        return false;
    }
    if (status != STATUS_OK) /* the letter may have moved meanwhile */
        gateway_errand_later(gateway, gateway_queue_letter(gateway->queue, id), GATEWAY_PAUSE);
    return true;
}

bool gateway_party_take(struct gateway_party *gateway, struct gateway_errand *errand_r) {
    gateway_party_look(gateway, NULL);
    struct gateway_letter *letter;
    do {
        letter = gateway_queue_take(gateway->queue, gateway_now(gateway));
        if (letter == NULL)
            return false;
    } while (gateway_errand_is_over(gateway, letter));
    enum system route;
    if (gateway_errand_route(gateway, letter, &route) != STATUS_OK) {
        gateway_errand_later(gateway, letter, GATEWAY_PAUSE);
        return false;
    }
    letter->route_taken = (uint8_t)route;
    *errand_r = (struct gateway_errand){
        .id = letter->id,
        .system = route,
        .hello = gateway->options.host,
        .sender = gateway_name(gateway, letter->sender).data,
        .recipient = gateway_name(gateway, letter->recipient).data,
    };
    contents_render(gateway->options.contents, gateway_content(gateway, letter), &errand_r->bytes);
    gateway->counts.tries++;
    return true;
}

/* ---- Settled ---- */

/* Takes a letter out of the queue and says so in the journal. */
static enum status gateway_settle_rows(struct gateway_party *gateway,
                                       const struct gateway_letter *letter,
                                       enum gateway_event event, struct error *error) {
    enum status status = gateway_file_set(gateway->file, letter->id, GATEWAY_GONE, error);
    if (status == STATUS_OK)
        status = gateway_file_journal(gateway->file, letter->id,
                                      gateway_name(gateway, letter->recipient), event,
                                      gateway_now(gateway), error);
    return status;
}

/* The fact is written at once: the other server has it, whatever becomes of the gateway now. */
static void gateway_tell_delivery(struct gateway_party *gateway, struct gateway_letter *letter) {
    if (letter->is_told)
        return;
    letter->is_told = true;
    gateway_fact(gateway, FACT_MAIL_DELIVERED, (enum system)letter->route_taken, gateway->process,
                 letter);
    if (letter->mailbox != 0)
        return;
    struct fact fact = {
        .at = gateway_now(gateway),
        .process = gateway->process,
        .content = letter->content,
        .uid = (uint32_t)letter->id,
        .name = history_name(gateway->options.history, gateway_name(gateway, letter->recipient)),
        .kind = FACT_MAIL_LEFT,
        .system = SYSTEM_OUTSIDE,
    };
    history_fact(gateway->options.history, &fact);
    gateway->counts.left++;
}

static enum status gateway_settle_delivered(struct gateway_party *gateway,
                                            struct gateway_letter *letter, struct error *error) {
    gateway_tell_delivery(gateway, letter);
    enum status status = gateway_file_begin(gateway->file, error);
    if (status == STATUS_OK)
        status = gateway_file_end(
            gateway->file, gateway_settle_rows(gateway, letter, GATEWAY_DELIVERED, error), error);
    if (status != STATUS_OK)
        return status;
    gateway_settled(gateway, letter);
    gateway->counts.delivered++;
    return STATUS_OK;
}

static enum status gateway_settle_deferred(struct gateway_party *gateway,
                                           struct gateway_letter *letter, struct error *error) {
    enum status status = gateway_file_set(gateway->file, letter->id, GATEWAY_DEFERRED, error);
    if (status != STATUS_OK)
        return status;
    int64_t span = gateway->options.retry_first;
    for (uint32_t i = 0; i < letter->tries && span < gateway->options.retry_last; i++)
        span *= 2;
    letter->tries++;
    letter->state = GATEWAY_DEFERRED;
    gateway_errand_later(gateway, letter,
                         span < gateway->options.retry_last ? span : gateway->options.retry_last);
    return STATUS_OK;
}

enum status gateway_party_settle(struct gateway_party *gateway, uint64_t id,
                                 const struct mail_reply *reply, struct error *error) {
    struct gateway_letter *letter = gateway_queue_letter(gateway->queue, id);
    check(letter->in_hand);
    unsigned kind = reply->code / 100;
    bool unheard = kind == 2 && letter->tries == 0 && letter->is_released && !letter->is_told &&
                   gateway_strikes(gateway, GATEWAY_DELIVERS_TWICE, letter->mailbox);
    if (kind == 2 && !unheard)
        return gateway_settle_delivered(gateway, letter, error);
    if (kind == 5)
        return gateway_bounce(gateway, id, str_of(reply->text), false, error);
    if (gateway_now(gateway) - letter->age_from >= gateway->options.age_max)
        return gateway_bounce(gateway, id, str_of(reply->text), true, error);
    return gateway_settle_deferred(gateway, letter, error);
}

/* ---- Back to the sender ---- */

/* The notice as a letter of its own, from nobody, so that it never comes back itself. */
static struct gateway_letter gateway_bounce_notice(struct gateway_party *gateway,
                                                   const struct gateway_letter *letter,
                                                   struct str cause, bool expired) {
    struct str sender = gateway_name(gateway, letter->sender);
    struct buffer original = {0}, bytes = {0};
    contents_render(gateway->options.contents, letter->content, &original);
    struct gateway_notice notice = {
        .host = gateway->options.host,
        .id = letter->id,
        .to = sender,
        .recipient = gateway_name(gateway, letter->recipient),
        .cause = cause,
        .expired = expired,
        .arrived = letter->arrived,
        .now = gateway_now(gateway),
        .letter = buffer_str(&original),
    };
    gateway_notice_append(&bytes, &notice);
    uint32_t mailbox = population_find_address(gateway->options.population, sender);
    if (mailbox != 0)
        sender = str_of(population_mailbox(gateway->options.population, mailbox)->address);
    struct gateway_letter result = {
        .content = contents_learn(gateway->options.contents, buffer_str(&bytes)),
        .recipient = names_number(gateway->names, sender),
        .hello = names_number(gateway->names, str_of(gateway->options.host)),
        .mailbox = mailbox,
    };
    buffer_release(&original);
    buffer_release(&bytes);
    return result;
}

/* The gateway made this mail, so it is the one to say that it is rightly there. */
static void gateway_bounce_tell(struct gateway_party *gateway,
                                const struct gateway_letter *notice) {
    struct fact fact = {
        .at = gateway_now(gateway),
        .a = 1,
        .process = gateway->process,
        .content = notice->content,
        .kind = FACT_MAIL_SUBMITTED,
        .system = SYSTEM_GATEWAY,
    };
    history_fact(gateway->options.history, &fact);
    if (notice->mailbox == 0)
        return;
    fact.a = 0;
    fact.kind = FACT_MAIL_DUE;
    fact.mailbox = notice->mailbox;
    fact.folder = history_name(gateway->options.history, STR("INBOX"));
    history_fact(gateway->options.history, &fact);
}

enum status gateway_bounce(struct gateway_party *gateway, uint64_t id, struct str cause,
                           bool expired, struct error *error) {
    const struct gateway_letter *letter = gateway_queue_letter(gateway->queue, id);
    /* A letter from nobody, as a notice is, has nobody to be told. */
    bool notify = gateway_knows(gateway, gateway_name(gateway, letter->sender));
    struct gateway_letter notice = {0};
    if (notify)
        notice = gateway_bounce_notice(gateway, letter, cause, expired);
    enum status status = gateway_file_begin(gateway->file, error);
    if (status != STATUS_OK)
        return status;
    status = gateway_settle_rows(gateway, letter, GATEWAY_BOUNCED, error);
    uint64_t count = gateway_queue_count(gateway->queue);
    if (status == STATUS_OK && notify)
        status =
            gateway_enqueue(gateway, &notice, error); /* from here on `letter` may have moved */
    status = gateway_file_end(gateway->file, status, error);
    if (status != STATUS_OK) {
        gateway_queue_take_back(gateway->queue, gateway_queue_count(gateway->queue) - count);
        return status;
    }
    struct gateway_letter *bounced = gateway_queue_letter(gateway->queue, id);
    gateway_settled(gateway, bounced);
    gateway->counts.bounced++;
    gateway_fact(gateway, FACT_MAIL_BOUNCED, SYSTEM_GATEWAY, gateway->process, bounced);
    if (notify) {
        gateway_bounce_tell(gateway, &notice);
        gateway_queued(gateway, 1, gateway->process);
    }
    return STATUS_OK;
}
