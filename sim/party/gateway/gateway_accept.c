/* Mail coming in: who is known, and how a letter becomes entries of the queue. */
#include <string.h>

#include "../mail_trace.h"
#include "../smtp_path.h"
#include "gateway_inside.h"

static bool gateway_is_inside(const struct gateway_party *gateway, struct str address) {
    struct str domain = smtp_path_domain(address);
    if (domain.length == 0)
        return true; /* postmaster */
    uint32_t count = population_office_count(gateway->options.population);
    for (uint32_t i = 0; i < count; i++)
        if (str_equal_caseless(domain,
                               str_of(population_office(gateway->options.population, i)->domain)))
            return true;
    return false;
}

bool gateway_knows(const struct gateway_party *gateway, struct str address) {
    return population_find_address(gateway->options.population, address) != 0 ||
           !gateway_is_inside(gateway, address);
}

void gateway_recipient(void *of, struct str address, struct smtp_answer *answer_r) {
    if (gateway_knows(of, address))
        smtp_answer_set(answer_r, 250, "2.1.5 Ok");
    else
        smtp_answer_set(answer_r, 550, "5.1.1 <%.*s>: Recipient address rejected: User unknown",
                        STR_ARG(address));
}

enum status gateway_route(struct gateway_party *gateway, struct str recipient, enum system *route_r,
                          struct error *error) {
    enum status status = gateway_file_route(gateway->file, recipient, route_r, error);
    if (status == STATUS_NOT_FOUND) {
        *route_r = SYSTEM_EXCHANGE;
        return STATUS_OK;
    }
    return status;
}

uint32_t gateway_content(struct gateway_party *gateway, const struct gateway_letter *letter) {
    struct buffer prefix = {0};
    struct mail_trace trace = {
        .from = gateway_name(gateway, letter->hello),
        .by = gateway->options.host,
        .with = "ESMTP",
        .id = letter->id,
        .recipient = gateway_name(gateway, letter->recipient),
        .at = letter->arrived,
    };
    mail_trace_append(&prefix, &trace);
    uint32_t content =
        contents_prefix(gateway->options.contents, letter->content, buffer_str(&prefix));
    buffer_release(&prefix);
    return content;
}

/* ---- Into the queue ---- */

static enum status gateway_enqueue_rows(struct gateway_party *gateway,
                                        const struct gateway_letter *letter, struct error *error) {
    struct str recipient = gateway_name(gateway, letter->recipient);
    struct gateway_row row = {
        .id = letter->id,
        .recipient = recipient,
        .state = (enum gateway_state)letter->state,
        .arrived = letter->arrived,
        .bytes = contents_bytes(gateway->options.contents, letter->content),
    };
    enum status status = gateway_file_add(gateway->file, &row, error);
    if (status == STATUS_OK)
        status = gateway_file_journal(gateway->file, letter->id, recipient, GATEWAY_ACCEPTED,
                                      letter->arrived, error);
    if (status == STATUS_OK && letter->state == GATEWAY_HOLD)
        status = gateway_file_journal(gateway->file, letter->id, recipient, GATEWAY_HELD,
                                      letter->arrived, error);
    return status;
}

enum status gateway_enqueue(struct gateway_party *gateway, const struct gateway_letter *letter,
                            struct error *error) {
    if (gateway_queue_count(gateway->queue) == GATEWAY_LETTERS_MAX)
        return error_set(error, STATUS_LIMIT, "the gateway took %d letters and takes no more",
                         GATEWAY_LETTERS_MAX);
    struct str recipient = gateway_name(gateway, letter->recipient);
    bool held = false;
    enum system route = SYSTEM_OUTSIDE;
    if (letter->mailbox != 0) {
        enum status status = gateway_file_is_held(gateway->file, recipient, &held, error);
        if (status == STATUS_OK)
            status = gateway_route(gateway, recipient, &route, error);
        if (status != STATUS_OK &&
            status != STATUS_INVALID) /* a route nobody knows is tried later */
            return status;
        held = held && !gateway_strikes(gateway, GATEWAY_IGNORES_HOLD, letter->mailbox);
    }
    struct gateway_letter *place = gateway_queue_add(gateway->queue, letter);
    place->state = held ? GATEWAY_HOLD : GATEWAY_ACTIVE;
    place->route = (uint8_t)route;
    place->arrived = place->age_from = place->due = gateway_now(gateway);
    enum status status = gateway_enqueue_rows(gateway, place, error);
    if (status != STATUS_OK)
        gateway_queue_take_back(gateway->queue, 1);
    return status;
}

void gateway_queued(struct gateway_party *gateway, size_t count, uint32_t process) {
    uint64_t last = gateway_queue_count(gateway->queue);
    for (uint64_t id = last - count + 1; id <= last; id++) {
        const struct gateway_letter *letter = gateway_queue_letter(gateway->queue, id);
        gateway_fact(gateway, FACT_MAIL_ACCEPTED, SYSTEM_GATEWAY, process, letter);
        gateway->counts.accepted++;
        if (letter->state == GATEWAY_HOLD) {
            gateway_fact(gateway, FACT_MAIL_HELD, SYSTEM_GATEWAY, gateway->process, letter);
            gateway->counts.held++;
        } else {
            gateway_queue_put(gateway->queue, letter);
            gateway->counts.queued++;
        }
    }
    gateway_called(gateway);
}

/* ---- A letter from outside the gateway ---- */

/* Received headers, which count the servers that a message passed (RFC 5321 §6.3). */
static unsigned gateway_hops(struct str bytes) {
    unsigned hops = 0;
    while (bytes.length > 0) {
        struct str line = str_trim(str_cut(&bytes, '\n'));
        if (line.length == 0)
            break;
        hops += str_starts_with_caseless(line, "Received:");
    }
    return hops;
}

/* The name of the address by which the gateway goes on: the mailbox's own for each of its aliases.
 */
static uint32_t gateway_canonical(struct gateway_party *gateway, struct str address,
                                  uint32_t *mailbox_r) {
    *mailbox_r = population_find_address(gateway->options.population, address);
    if (*mailbox_r != 0)
        address = str_of(population_mailbox(gateway->options.population, *mailbox_r)->address);
    return names_number(gateway->names, address);
}

/* Whether one of the newest `count` letters goes to that address already. */
static bool gateway_has(struct gateway_party *gateway, size_t count, uint32_t recipient) {
    uint64_t last = gateway_queue_count(gateway->queue);
    for (uint64_t id = last; id > last - count; id--)
        if (gateway_queue_letter(gateway->queue, id)->recipient == recipient)
            return true;
    return false;
}

/* One entry for each recipient, or none at all. */
static enum status gateway_take_in(struct gateway_party *gateway,
                                   const struct smtp_message *message, size_t *count_r) {
    struct gateway_letter letter = {
        .content = contents_learn(gateway->options.contents, message->bytes),
        .hello = names_number(gateway->names, message->hello),
        .sender = message->sender.length > 0 ? names_number(gateway->names, message->sender) : 0,
    };
    *count_r = 0;
    enum status status = gateway_file_begin(gateway->file, NULL);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < message->recipient_count && status == STATUS_OK; i++) {
        letter.recipient = gateway_canonical(gateway, message->recipients[i], &letter.mailbox);
        if (gateway_has(gateway, *count_r, letter.recipient))
            continue;
        status = gateway_enqueue(gateway, &letter, NULL);
        *count_r += status == STATUS_OK;
    }
    status = gateway_file_end(gateway->file, status, NULL);
    if (status != STATUS_OK)
        gateway_queue_take_back(gateway->queue, *count_r);
    return status;
}

void gateway_message(void *of, const struct smtp_message *message, struct smtp_answer *answer_r) {
    struct gateway_party *gateway = of;
    gateway_party_look(gateway, NULL);
    if (gateway_hops(message->bytes) > GATEWAY_HOPS_MAX) {
        smtp_answer_set(answer_r, 554, "5.4.0 Error: too many hops");
        return;
    }
    size_t count;
    enum status status = gateway_take_in(gateway, message, &count);
    if (status == STATUS_LIMIT) {
        smtp_answer_set(answer_r, 452, "4.3.1 Insufficient system storage");
    } else if (status != STATUS_OK) {
        smtp_answer_set(answer_r, 451, "4.3.0 Error: queue file write error");
    } else {
        gateway_queued(gateway, count, message->process);
        smtp_answer_set(answer_r, 250, "2.0.0 Ok: queued as %016llX",
                        (unsigned long long)gateway_queue_count(gateway->queue));
    }
}
