/* The gateway's life: opening, beginning, looking at its tables, releasing what was held. */
#include "gateway_party.h"

#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "gateway_inside.h"

bool gateway_strikes(const struct gateway_party *gateway, enum gateway_trouble trouble,
                     uint32_t mailbox) {
    return gateway->disturbance.strikes != NULL &&
           gateway->disturbance.strikes(gateway->disturbance.of, trouble, mailbox);
}

instant gateway_now(const struct gateway_party *gateway) {
    return gateway->options.clock->now;
}

struct str gateway_name(const struct gateway_party *gateway, uint32_t name) {
    return name != 0 ? names_text(gateway->names, name) : STR("");
}

void gateway_called(struct gateway_party *gateway) {
    if (gateway->call != NULL)
        gateway->call(gateway->caller);
}

void gateway_fact(struct gateway_party *gateway, enum fact_kind kind, enum system system,
                  uint32_t process, const struct gateway_letter *letter) {
    struct fact fact = {
        .at = gateway_now(gateway),
        .process = process,
        .mailbox = letter->mailbox,
        .content = letter->content,
        .uid = (uint32_t)letter->id,
        .kind = (uint8_t)kind,
        .system = (uint8_t)system,
    };
    history_fact(gateway->options.history, &fact);
}

struct gateway_party_counts gateway_party_counts(const struct gateway_party *gateway) {
    return gateway->counts;
}

void gateway_party_disturb(struct gateway_party *gateway,
                           const struct gateway_disturbance *disturbance) {
    gateway->disturbance =
        disturbance != NULL ? *disturbance : (struct gateway_disturbance){.of = NULL};
}

instant gateway_party_next(const struct gateway_party *gateway) {
    return gateway_queue_next(gateway->queue);
}

struct session *gateway_party_session(void *of, uint32_t peer) {
    struct gateway_party *gateway = of;
    return smtp_session_new(&(struct smtp_options){
        .mode = SMTP_MODE_SMTP,
        .host = gateway->options.host,
        .receiver = {gateway, gateway_recipient, gateway_message},
        .process = peer,
        .command_work = gateway->options.command_work,
        .message_work = gateway->options.message_work,
    });
}

/* ---- Opening ---- */

static enum status gateway_refuse_row(void *of, uint64_t id, enum gateway_state state) {
    (void)of, (void)id, (void)state;
    return STATUS_INVALID;
}

static enum status gateway_open_tables(struct gateway_party *gateway, struct error *error) {
    enum status status = gateway_file_each_queued(gateway->file, gateway_refuse_row, NULL, NULL);
    if (status == STATUS_INVALID)
        return error_set(error, STATUS_INVALID,
                         "%s holds the queue of an earlier rehearsal; remove it first",
                         gateway->options.file.path);
    if (status == STATUS_OK)
        status = gateway_file_begin(gateway->file, error);
    if (status != STATUS_OK)
        return status;
    for (uint32_t number = 1; number <= gateway->mailbox_count && status == STATUS_OK; number++) {
        const char *address = population_mailbox(gateway->options.population, number)->address;
        gateway->routes[number] = SYSTEM_EXCHANGE;
        status = gateway_file_add_route(gateway->file, str_of(address), SYSTEM_EXCHANGE, error);
    }
    return gateway_file_end(gateway->file, status, error);
}

enum status gateway_party_open(const struct gateway_party_options *options,
                               struct gateway_party **gateway_r, struct error *error) {
    check(options->host != NULL && options->clock != NULL && options->contents != NULL);
    check(options->history != NULL && options->population != NULL);
    check(options->retry_first > 0 && options->retry_last >= options->retry_first);
    check(options->age_max > 0);
    *gateway_r = NULL;
    struct gateway_file *file;
    enum status status = gateway_file_open(&options->file, &file, error);
    if (status != STATUS_OK)
        return status;
    struct gateway_party *gateway = memory_new(1, sizeof *gateway);
    gateway->options = *options;
    gateway->file = file;
    gateway->queue = gateway_queue_new();
    gateway->names = names_new();
    gateway->mailbox_count = population_mailbox_count(options->population);
    gateway->routes = memory_new(gateway->mailbox_count + 1, 1);
    gateway->marks = memory_new(gateway->mailbox_count + 1, 1);
    status = gateway_open_tables(gateway, error);
    if (status != STATUS_OK)
        gateway_party_close(&gateway);
    *gateway_r = gateway;
    return status;
}

void gateway_party_close(struct gateway_party **gateway) {
    struct gateway_party *old = *gateway;
    if (old == NULL)
        return;
    gateway_file_close(&old->file);
    gateway_queue_close(&old->queue);
    names_close(&old->names);
    free(old->routes);
    free(old->marks);
    free(old);
    *gateway = NULL;
}

/* ---- Beginning ---- */

static enum status gateway_begin_letter(void *of, uint64_t id, enum gateway_state state) {
    struct gateway_party *gateway = of;
    if (id == 0 || id > gateway_queue_count(gateway->queue))
        return STATUS_INVALID; /* not of this gateway's making */
    gateway_queue_letter(gateway->queue, id)->state = (uint8_t)state;
    return STATUS_OK;
}

enum status gateway_party_begin(struct gateway_party *gateway, uint32_t process,
                                void (*call)(void *of), void *of, struct error *error) {
    gateway_queue_forget(gateway->queue);
    uint64_t count = gateway_queue_count(gateway->queue);
    for (uint64_t id = 1; id <= count; id++)
        gateway_queue_letter(gateway->queue, id)->state = GATEWAY_GONE;
    enum status status =
        gateway_file_each_queued(gateway->file, gateway_begin_letter, gateway, error);
    if (status == STATUS_INVALID)
        return error_set(error, status, "%s: a row of the queue is not the gateway's",
                         gateway->options.file.path);
    if (status != STATUS_OK)
        return status;
    gateway->counts.held = gateway->counts.queued = 0;
    for (uint64_t id = 1; id <= count; id++) {
        struct gateway_letter *letter = gateway_queue_letter(gateway->queue, id);
        letter->is_told = false;
        if (letter->state == GATEWAY_HOLD)
            gateway->counts.held++;
        if (letter->state != GATEWAY_ACTIVE && letter->state != GATEWAY_DEFERRED)
            continue;
        gateway->counts.queued++;
        letter->due = gateway_now(gateway);
        gateway_queue_put(gateway->queue, letter);
    }
    gateway->process = process;
    gateway->call = call;
    gateway->caller = of;
    gateway->look_again = true;
    gateway_called(gateway);
    return STATUS_OK;
}

void gateway_party_end(struct gateway_party *gateway, const void *of) {
    if (gateway->caller == of)
        gateway->call = NULL;
}

/* ---- Looking: routes ---- */

static void gateway_notice_route(struct gateway_party *gateway, uint32_t mailbox,
                                 enum system route) {
    if (gateway->routes[mailbox] == route)
        return;
    gateway->routes[mailbox] = (uint8_t)route;
    struct fact fact = {
        .at = gateway_now(gateway),
        .a = HOME_ROUTE,
        .process = gateway->process,
        .mailbox = mailbox,
        .kind = FACT_HOME_SET,
        .system = (uint8_t)route,
    };
    history_fact(gateway->options.history, &fact);
}

static enum status gateway_look_at_route(void *of, struct str recipient, enum system route) {
    struct gateway_party *gateway = of;
    uint32_t mailbox = population_find_address(gateway->options.population, recipient);
    if (mailbox == 0 ||
        !str_equal_text(recipient,
                        population_mailbox(gateway->options.population, mailbox)->address))
        return STATUS_OK; /* no letter is ever routed by this row */
    gateway->marks[mailbox] = 1;
    gateway_notice_route(gateway, mailbox, route);
    return STATUS_OK;
}

static enum status gateway_look_at_routes(struct gateway_party *gateway, struct error *error) {
    enum status status =
        gateway_file_each_route(gateway->file, gateway_look_at_route, gateway, error);
    if (status == STATUS_OK)
        for (uint32_t mailbox = 1; mailbox <= gateway->mailbox_count; mailbox++)
            if (!gateway->marks[mailbox]) /* its row was taken away */
                gateway_notice_route(gateway, mailbox, SYSTEM_EXCHANGE);
    memset(gateway->marks, 0, gateway->mailbox_count + 1);
    return status;
}

/* ---- Looking: what is to be released ---- */

static enum status gateway_look_at_release(void *of, struct str recipient) {
    struct gateway_party *gateway = of;
    gateway->marks[population_find_address(gateway->options.population, recipient)] = 1;
    return STATUS_OK;
}

static bool gateway_is_to_be_released(const struct gateway_party *gateway,
                                      const struct gateway_letter *letter) {
    return letter->state == GATEWAY_HOLD && letter->mailbox != 0 && gateway->marks[letter->mailbox];
}

static enum status gateway_release_rows(struct gateway_party *gateway, struct error *error) {
    enum status status = gateway_file_end_release(gateway->file, error);
    uint64_t count = gateway_queue_count(gateway->queue);
    for (uint64_t id = 1; id <= count && status == STATUS_OK; id++) {
        const struct gateway_letter *letter = gateway_queue_letter(gateway->queue, id);
        if (!gateway_is_to_be_released(gateway, letter))
            continue;
        status = gateway_file_set(gateway->file, id, GATEWAY_ACTIVE, error);
        if (status == STATUS_OK)
            status =
                gateway_file_journal(gateway->file, id, gateway_name(gateway, letter->recipient),
                                     GATEWAY_RELEASED, gateway_now(gateway), error);
    }
    return status;
}

/* The rows say so already; now the letters follow. */
static void gateway_release_letters(struct gateway_party *gateway) {
    uint64_t count = gateway_queue_count(gateway->queue);
    for (uint64_t id = 1; id <= count; id++) {
        struct gateway_letter *letter = gateway_queue_letter(gateway->queue, id);
        if (!gateway_is_to_be_released(gateway, letter))
            continue;
        letter->state = GATEWAY_ACTIVE;
        letter->is_released = true;
        letter->due = gateway_now(gateway);
        if (!gateway_strikes(gateway, GATEWAY_AGE_COUNTS_ON, letter->mailbox))
            letter->age_from = letter->due;
        gateway->counts.held--;
        gateway->counts.queued++;
        gateway->counts.released++;
        gateway_queue_put(gateway->queue, letter);
        gateway_fact(gateway, FACT_MAIL_RELEASED, SYSTEM_GATEWAY, gateway->process, letter);
    }
}

static enum status gateway_look_at_releases(struct gateway_party *gateway, struct error *error) {
    enum status status =
        gateway_file_each_release(gateway->file, gateway_look_at_release, gateway, error);
    bool any = memchr(gateway->marks, 1, gateway->mailbox_count + 1) != NULL;
    gateway->marks[0] = 0; /* for an address that nobody has */
    if (status == STATUS_OK && any) {
        status = gateway_file_begin(gateway->file, error);
        if (status == STATUS_OK)
            status = gateway_file_end(gateway->file, gateway_release_rows(gateway, error), error);
        if (status == STATUS_OK)
            gateway_release_letters(gateway);
    }
    memset(gateway->marks, 0, gateway->mailbox_count + 1);
    if (status == STATUS_OK && any)
        gateway_called(gateway);
    return status;
}

enum status gateway_party_look(struct gateway_party *gateway, struct error *error) {
    if (!gateway_file_is_changed(gateway->file) && !gateway->look_again)
        return STATUS_OK;
    gateway->look_again = false;
    enum status status = gateway_look_at_routes(gateway, error);
    if (status == STATUS_OK)
        status = gateway_look_at_releases(gateway, error);
    gateway->look_again = status != STATUS_OK;
    return status;
}
