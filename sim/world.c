/* Builds a world out of a scenario, party by party. See world.h. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/base/check.h"
#include "party/carrier.h"
#include "party/gateway/gateway_runner.h"
#include "party/mail_insist.h"
#include "party/openxchange/provisioning.h"

enum { WORLD_OFFICES_MAX = 64 };

enum status world_population(const struct scenario *scenario, uint64_t seed,
                             struct population **population_r, struct error *error) {
    const struct scenario_world *world = &scenario->world;
    struct office_spec offices[WORLD_OFFICES_MAX];
    if (world->offices.count > WORLD_OFFICES_MAX)
        return error_set(error, STATUS_LIMIT, "%s: more than %d offices", scenario->path,
                         WORLD_OFFICES_MAX);
    for (uint32_t i = 0; i < world->offices.count; i++) {
        const struct scenario_office *office = scenario_office(scenario, i);
        offices[i] = (struct office_spec){
            .organisation = office->organisation,
            .name = office->name,
            .domain = office->domain,
            .people = (uint32_t)office->people,
            .functional = (uint32_t)office->functional,
            .resources = (uint32_t)office->resources,
        };
    }
    struct population_spec spec = {
        .seed = seed,
        .day = scenario_instant(scenario, world->begins),
        .offices = offices,
        .office_count = world->offices.count,
        .messages_mean = (uint32_t)world->messages,
        .years = (uint32_t)world->years,
        .cut_off = world->day - scenario->plan.cut_off,
        .scale = (uint32_t)world->scale,
        .databases = (uint32_t)world->databases,
        .nodes = (uint32_t)world->nodes,
        .oddities = world->oddities != 0,
        .import = world->import[0] == '\0' ? NULL : world->import,
        .import_into = (enum import_into)world->import_into,
        .shapes = world->shapes[0] == '\0' ? NULL : world->shapes,
    };
    return population_open(&spec, population_r, error);
}

/* ---- who is in the batch ---- */

/* Draws each office's share of the batch among its mailboxes, so that those who move and those who
 * stay sit side by side. */
static void world_choose_batch(struct world *world) {
    struct chance chance = chance_of(world->seed, "batch");
    world->mailbox_count = population_mailbox_count(world->population);
    world->roles = arena_take(world->arena, world->mailbox_count + 1, sizeof *world->roles);
    world->batch = arena_take(world->arena, world->mailbox_count, sizeof *world->batch);
    uint32_t *members = memory_new(world->mailbox_count, sizeof *members);
    uint32_t *order = memory_new(world->mailbox_count, sizeof *order);
    for (uint32_t number = 1; number <= world->mailbox_count; number++)
        world->roles[number] = ROLE_BYSTANDER;
    for (uint32_t i = 0; i < world->scenario->world.offices.count; i++) {
        uint32_t count = 0;
        for (uint32_t number = 1; number <= world->mailbox_count; number++)
            if (population_mailbox(world->population, number)->office == i)
                members[count++] = number;
        chance_shuffle(&chance, order, count);
        for (uint32_t k = 0; k < scenario_office(world->scenario, i)->batch; k++)
            world->roles[members[order[k]]] = ROLE_BATCH;
    }
    for (uint32_t number = 1; number <= world->mailbox_count; number++)
        if (world->roles[number] == ROLE_BATCH)
            world->batch[world->batch_count++] = number;
    free(members);
    free(order);
}

static const char *kind_name(enum mailbox_kind kind) {
    switch (kind) {
    case MAILBOX_PERSONAL:
        return "personal";
    case MAILBOX_FUNCTIONAL:
        return "functional";
    case MAILBOX_RESOURCE:
        return "resource";
    }
    return "";
}

/* Tells the history who there is and who may open what. */
static void world_register(struct world *world) {
    struct history *history = world->history;
    for (uint32_t number = 1; number <= world->mailbox_count; number++) {
        const struct fixture_mailbox *mailbox = population_mailbox(world->population, number);
        const struct office_spec *office = population_office(world->population, mailbox->office);
        history_mailbox_add(history, &(struct history_mailbox){
                                         .number = number,
                                         .address = mailbox->address,
                                         .display_name = mailbox->display_name,
                                         .kind = kind_name(mailbox->kind),
                                         .organisation = office->organisation,
                                         .office = office->name,
                                         .database = mailbox->database,
                                         .node = mailbox->node,
                                         .role = world->roles[number],
                                         .principals = mailbox->principal_count,
                                     });
        for (uint32_t i = 0; i < mailbox->principal_count; i++) {
            const struct fixture_mailbox *principal =
                population_mailbox(world->population, mailbox->principals[i]);
            history_fact(history, &(struct fact){
                                      .at = world->clock.now,
                                      .kind = FACT_GRANT,
                                      .mailbox = number,
                                      .name = history_name(history, str_of(principal->address)),
                                      .a = 0,
                                      .b = INSTANT_NEVER,
                                  });
        }
    }
}

static struct link world_link(const struct world *world) {
    const struct scenario_world *spec = &world->scenario->world;
    return (struct link){
        .latency = spec->latency,
        .jitter = spec->jitter,
        .bytes_per_second = spec->bandwidth,
    };
}

static struct process *world_process(struct world *world, const char *name, enum stage stage) {
    struct process *process =
        process_new(world->kernel, name, history_name(world->history, str_of(name)));
    process_charge(process, stage);
    return process;
}

/* ---- Exchange ---- */

static enum system exchange_home_of(void *of, uint32_t mailbox) {
    struct world *world = of;
    return directory_party_home(world->directory, DIRECTORY_FOR_EXCHANGE, mailbox);
}

/* Exchange hands mail for those who have moved to the gateway, and tries again until it is taken.
 */
struct forwarding {
    struct world *world;
    uint32_t content, mailbox;
};

static void forward_letter(void *of) {
    struct forwarding *forwarding = of;
    struct world *world = forwarding->world;
    struct buffer bytes = {0};
    contents_render(world->contents, forwarding->content, &bytes);
    const char *recipient = population_mailbox(world->population, forwarding->mailbox)->address;
    struct mail_letter letter = {
        .protocol = MAIL_PROTOCOL_SMTP,
        .hello = "exchange.landsh.example",
        .sender = "postmaster@exchange.landsh.example",
        .recipients = &recipient,
        .recipient_count = 1,
        .bytes = buffer_str(&bytes),
    };
    struct mail_client client = {world->exchange_process, PLACE_GATEWAY, 5 * MINUTE};
    struct mail_reply reply;
    /* Whatever comes of it stands in the gateway's facts; a killed Exchange forwards no more. */
    if (mail_client_insist(&client, &letter, world->scenario->gateway.retry, &reply) != STATUS_OK)
        reply.code = 0;
    buffer_release(&bytes);
    free(forwarding);
}

static void exchange_forward(void *of, const struct exchange_letter *letter, uint32_t mailbox) {
    struct world *world = of;
    struct forwarding *forwarding = memory_new(1, sizeof *forwarding);
    *forwarding = (struct forwarding){world, letter->content, mailbox};
    task_start(world->exchange_process, "forward", forward_letter, forwarding);
}

static uint32_t exchange_smtp_accepts(void *of, struct str address) {
    struct world *world = of;
    return exchange_accepts(world->exchange, address);
}

static enum status exchange_smtp_deliver(void *of, const struct exchange_smtp_letter *letter) {
    struct world *world = of;
    const struct exchange_letter taken = {
        .process = letter->process,
        .content = letter->content,
        .mailboxes = letter->mailboxes,
        .mailbox_count = letter->mailbox_count,
    };
    return exchange_deliver(world->exchange, &taken);
}

static struct session *exchange_ews(void *of, uint32_t peer) {
    struct world *world = of;
    struct session *session = exchange_ews_session(world->exchange);
    session->process = peer;
    return session;
}

static void world_build_exchange(struct world *world) {
    static const struct exchange_account account = {
        .name = CREDENTIAL_EWS_USER,
        .password = CREDENTIAL_EWS_PASSWORD,
        .impersonates = true,
    };
    const struct scenario_exchange *spec = &world->scenario->exchange;
    struct link link = world_link(world);
    world->exchange_process = world_process(world, "exchange", STAGE_EXCHANGE);
    world->exchange = exchange_new(&(struct exchange_options){
        .clock = &world->clock,
        .history = world->history,
        .contents = world->contents,
        .population = world->population,
        .accounts = &account,
        .account_count = 1,
        .throttling = {.requests = (uint32_t)spec->busy_after,
                       .window = MINUTE,
                       .back_off = spec->back_off},
        .work = {.request = spec->request_time,
                 .item = spec->item_time,
                 .bytes_per_second = spec->bandwidth},
        .home_of = exchange_home_of,
        .forward = exchange_forward,
        .of = world,
    });
    store_sum_reading(exchange_store(world->exchange));
    world->exchange_smtp = exchange_smtp_new(&(struct exchange_smtp_options){
        .host = "exchange.landsh.example",
        .clock = &world->clock,
        .contents = world->contents,
        .of = world,
        .accepts = exchange_smtp_accepts,
        .deliver = exchange_smtp_deliver,
    });
    carrier_listen(world->exchange_process, PLACE_EXCHANGE_EWS, &link, exchange_ews, world);
    carrier_listen(world->exchange_process, PLACE_EXCHANGE_SMTP, &link, exchange_smtp_session,
                   world->exchange_smtp);
}

/* ---- Open-Xchange ---- */

static enum status world_provision(struct world *world, struct error *error) {
    for (uint32_t number = 1; number <= world->mailbox_count; number++) {
        const struct fixture_mailbox *mailbox = population_mailbox(world->population, number);
        char password[48];
        snprintf(password, sizeof password, "geheim-%u", number);
        const struct account account = {
            .mailbox = number,
            .login = mailbox->login,
            .address = mailbox->address,
            .display_name = mailbox->display_name,
            .given_name = mailbox->given_name,
            .surname = mailbox->surname,
            .password = password,
            .key = mailbox->guid,
            .node = mailbox->node,
            .quota_bytes = world->scenario->world.quota,
        };
        struct account *made;
        enum status status = openxchange_provision(
            world->openxchange, process_number(world->openxchange_process), &account, &made);
        if (status != STATUS_OK)
            return error_set(error, status, "%s: the account %s cannot be made: %s",
                             world->scenario->path, mailbox->login, status_sentence(status));
    }
    return STATUS_OK;
}

/* With a credential for the batch, the standing one is locked for the day. */
static void world_set_masters(struct world *world) {
    struct accounts *accounts = openxchange_accounts(world->openxchange);
    bool scoped = world->scenario->plan.credential == CREDENTIAL_BATCH;
    accounts_master_set(accounts, &(struct master){
                                      .name = CREDENTIAL_MASTER_NAME,
                                      .password = CREDENTIAL_MASTER_PASSWORD,
                                      .disabled = scoped,
                                  });
    accounts_master_set(accounts, &(struct master){
                                      .name = CREDENTIAL_BATCH_NAME,
                                      .password = CREDENTIAL_BATCH_PASSWORD,
                                      .mailboxes = world->batch,
                                      .mailbox_count = world->batch_count,
                                      .valid_from = world->begins,
                                      .valid_until = world->ends,
                                      .disabled = !scoped,
                                  });
}

static enum status world_build_openxchange(struct world *world, struct error *error) {
    const struct scenario_openxchange *spec = &world->scenario->openxchange;
    struct link link = world_link(world);
    world->openxchange_process = world_process(world, "openxchange", STAGE_OPENXCHANGE);
    world->openxchange = openxchange_new(&(struct openxchange_options){
        .clock = &world->clock,
        .contents = world->contents,
        .history = world->history,
        .settings = {.times = {.command = spec->command_time,
                               .login = spec->login_time,
                               .login_failed = 2 * SECOND,
                               .append = spec->append_time}},
        .equal_uid_validity = spec->equal_uid_validity != 0,
    });
    enum status status = world_provision(world, error);
    if (status != STATUS_OK)
        return status;
    world_set_masters(world);
    store_sum_reading(openxchange_store(world->openxchange));
    carrier_listen(world->openxchange_process, PLACE_OX_IMAP, &link, openxchange_imap,
                   world->openxchange);
    return STATUS_OK;
}

static uint32_t lmtp_mailbox_of(void *of, struct str address) {
    struct world *world = of;
    uint32_t number = population_find_address(world->population, address);
    struct store *store = openxchange_store(world->openxchange);
    return number != 0 && store_mailbox(store, number) != NULL ? number : 0;
}

static void world_build_lmtp(struct world *world) {
    struct link link = world_link(world);
    world->lmtp = lmtp_server_new(&(struct lmtp_options){
        .host = "ox.landsh.example",
        .store = openxchange_store(world->openxchange),
        .clock = &world->clock,
        .of = world,
        .mailbox_of = lmtp_mailbox_of,
        .message_work = world->scenario->openxchange.append_time,
    });
    carrier_listen(world->openxchange_process, PLACE_OX_LMTP, &link, lmtp_server_session,
                   world->lmtp);
    world->provisioning = provisioning_server_new(&(struct provisioning_options){
        .openxchange = world->openxchange,
        .clock = &world->clock,
        .history = world->history,
        .admin = CREDENTIAL_OX_ADMIN,
        .password = CREDENTIAL_OX_PASSWORD,
        .context = 1,
        .work = world->scenario->openxchange.command_time,
    });
    carrier_listen(world->openxchange_process, PLACE_OX_PROVISIONING, &link,
                   provisioning_server_session, world->provisioning);
}

/* ---- directory and gateway ---- */

static void world_build_directory(struct world *world) {
    struct link link = world_link(world);
    world->directory_process = world_process(world, "directory", STAGE_PARTIES);
    world->directory = directory_party_new(&(struct directory_party_options){
        .clock = &world->clock,
        .history = world->history,
        .population = world->population,
        .delays = {[DIRECTORY_FOR_EXCHANGE] = world->scenario->exchange.replication,
                   [DIRECTORY_FOR_PERSONS] = MINUTE},
    });
    world->scim = scim_server_new(&(struct scim_options){
        .directory = world->directory,
        .clock = &world->clock,
        .url = "http://10.0.0.3/scim/v2",
        .user = CREDENTIAL_SCIM_USER,
        .password = CREDENTIAL_SCIM_PASSWORD,
        .work = 2 * MILLISECOND,
    });
    carrier_listen(world->directory_process, PLACE_DIRECTORY, &link, scim_server_session,
                   world->scim);
}

static enum status world_build_gateway(struct world *world, struct error *error) {
    const struct scenario_gateway *spec = &world->scenario->gateway;
    world->gateway_process = world_process(world, "gateway", STAGE_PARTIES);
    const struct gateway_party_options options = {
        .host = "gateway.landsh.example",
        .clock = &world->clock,
        .contents = world->contents,
        .history = world->history,
        .population = world->population,
        .file = {.path = GATEWAY_TABLE, .vfs = disk_vfs_name(world->disk)},
        .retry_first = spec->retry,
        .retry_last = GATEWAY_RETRY_LAST > spec->retry ? GATEWAY_RETRY_LAST : spec->retry,
        .age_max = spec->lifetime,
        .message_work = 5 * MILLISECOND,
    };
    enum status status = gateway_party_open(&options, &world->gateway, error);
    if (status != STATUS_OK)
        return status;
    gateway_runner_start(world->gateway, world->gateway_process,
                         &(struct gateway_runner_options){
                             .place = PLACE_GATEWAY,
                             .link = world_link(world),
                             .exchange = PLACE_EXCHANGE_SMTP,
                             .openxchange = PLACE_OX_LMTP,
                             .workers = 16,
                             .look_span = 2 * SECOND,
                             .disk = world->disk,
                             .table = GATEWAY_TABLE,
                             .patience = 5 * MINUTE,
                         });
    return STATUS_OK;
}

/* ---- tripwires ---- */

/* Nobody has any business here on a migration day. */
static void tripwire_touched(void *of, struct stream *stream, struct process *peer) {
    struct world *world = of;
    history_fact(world->history, &(struct fact){
                                     .at = world->clock.now,
                                     .kind = FACT_TRIPWIRE_TOUCHED,
                                     .process = process_number(peer),
                                     .name = history_name(world->history, STR("Fachverfahren")),
                                 });
    stream_reset(stream);
    stream_close(&stream);
}

static void world_build_tripwire(struct world *world) {
    struct link link = world_link(world);
    network_listen(world_process(world, "specialist system", STAGE_PARTIES), PLACE_TRIPWIRE, &link,
                   tripwire_touched, world);
}

/* ---- the whole ---- */

uint32_t world_outsider(const struct world *world) {
    for (uint32_t number = 1; number <= world->mailbox_count; number++)
        if (world->roles[number] == ROLE_BYSTANDER)
            return number;
    return 0;
}

enum status world_open(const struct scenario *scenario, uint64_t seed, struct history *history,
                       struct world **world_r, struct error *error) {
    struct world *world = memory_new(1, sizeof *world);
    *world_r = world;
    world->scenario = scenario;
    world->seed = seed;
    world->history = history;
    world->arena = arena_new();
    world->begins = scenario_instant(scenario, scenario->world.begins);
    world->ends = world->begins + scenario->world.lasts;
    world->cut_off = scenario->world.day - scenario->plan.cut_off;
    world->kernel = kernel_new(seed, world->begins, &world->clock);
    world->disk = disk_new(world->kernel, "disk");
    enum status status = world_population(scenario, seed, &world->population, error);
    if (status != STATUS_OK)
        return status;
    world->contents = contents_new(world->population, history);
    world_choose_batch(world);
    world_register(world);
    world_build_exchange(world);
    world_build_directory(world);
    world_build_tripwire(world);
    status = world_build_openxchange(world, error);
    if (status != STATUS_OK)
        return status;
    world_build_lmtp(world);
    return world_build_gateway(world, error);
}

/* The kernel goes first: its tasks let go of sessions, and sessions of parties. */
void world_close(struct world **world) {
    if (*world == NULL)
        return;
    struct world *closing = *world;
    if (closing->kernel != NULL)
        kernel_close(&closing->kernel);
    gateway_party_close(&closing->gateway);
    scim_server_close(&closing->scim);
    directory_party_close(&closing->directory);
    provisioning_server_close(&closing->provisioning);
    lmtp_server_close(&closing->lmtp);
    openxchange_close(&closing->openxchange);
    exchange_smtp_close(&closing->exchange_smtp);
    exchange_close(&closing->exchange);
    disk_close(&closing->disk);
    contents_close(&closing->contents);
    population_close(&closing->population);
    arena_close(&closing->arena);
    free(closing);
    *world = NULL;
}
