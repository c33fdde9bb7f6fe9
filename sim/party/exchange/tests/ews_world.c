/* See ews_world.h. */
#include "ews_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#define DAY_BEGINS INT64_C(1754517600) * SECOND /* 2025-08-06T22:00:00Z */

void ews_world_open(struct ews_world *world) {
    static const struct office_spec office = {.organisation = "Finanzverwaltung",
                                              .name = "Finanzamt Plön",
                                              .domain = "fa-ploen.landsh.example",
                                              .people = 6,
                                              .functional = 1,
                                              .resources = 1};
    struct error error = {0};
    *world = (struct ews_world){.clock.now = DAY_BEGINS};
    struct population_spec spec = {.seed = 4,
                                   .day = world->clock.now,
                                   .offices = &office,
                                   .office_count = 1,
                                   .messages_mean = 40,
                                   .years = 2,
                                   .scale = 1,
                                   .databases = 1,
                                   .nodes = 1,
                                   .oddities = true};
    assert_int_equal(population_open(&spec, &world->population, &error), STATUS_OK);
    assert_int_equal(history_create(NULL, &world->history, &error), STATUS_OK);
    uint32_t count = population_mailbox_count(world->population);
    for (uint32_t number = 1; number <= count; number++)
        history_mailbox_add(world->history, &(struct history_mailbox){.number = number});
    world->contents = contents_new(world->population, world->history);
    world->account =
        (struct exchange_account){.name = "svc-umzug", .password = "kranich", .impersonates = true};
    world->options = (struct exchange_options){.clock = &world->clock,
                                               .history = world->history,
                                               .contents = world->contents,
                                               .population = world->population,
                                               .accounts = &world->account,
                                               .account_count = 1};
}

void ews_world_connect(struct ews_world *world) {
    if (world->session != NULL)
        world->session->type->close(world->session);
    world->session = exchange_ews_session(world->exchange);
    world->session->process = history_name(world->history, STR("umzug core"));
}

void ews_world_start(struct ews_world *world) {
    world->exchange = exchange_new(&world->options);
    ews_world_connect(world);
}

void ews_world_close(struct ews_world *world) {
    xmlFreeDoc(world->document);
    if (world->session != NULL)
        world->session->type->close(world->session);
    exchange_close(&world->exchange);
    contents_close(&world->contents);
    history_close(&world->history);
    population_close(&world->population);
    buffer_release(&world->raw);
    buffer_release(&world->body);
}

const char *ews_world_address(const struct ews_world *world, uint32_t mailbox) {
    return population_mailbox(world->population, mailbox)->address;
}

void ews_world_deliver(struct ews_world *world, uint32_t mailbox, instant from, uint32_t count) {
    instant now = world->clock.now;
    for (uint32_t i = 0; i < count; i++) {
        struct buffer bytes = {0};
        world->clock.now = from + (int64_t)i * MINUTE;
        buffer_printf(&bytes, "Subject: Nr. %u\r\nFrom: a@example\r\n\r\nText %u\r\n", i, mailbox);
        uint32_t content = contents_learn(world->contents, buffer_str(&bytes));
        buffer_release(&bytes);
        struct exchange_letter letter = {.process = history_name(world->history, STR("postman")),
                                         .content = content,
                                         .mailboxes = &mailbox,
                                         .mailbox_count = 1};
        assert_int_equal(exchange_deliver(world->exchange, &letter), STATUS_OK);
    }
    world->clock.now = now;
}

/* The chunks of the body, put together; whatever comes behind a break is left out. */
static void ews_world_dechunk(struct ews_world *world, struct str rest) {
    while (rest.length > 0) {
        unsigned long length = strtoul(rest.data, NULL, 16);
        (void)str_cut(&rest, '\n');
        if (length == 0)
            return;
        assert_true(length + 2 <= rest.length);
        buffer_append(&world->body, rest.data, length);
        rest = (struct str){rest.data + length + 2, rest.length - length - 2};
    }
}

void ews_world_send(struct ews_world *world, struct str bytes) {
    const struct session_type *type = world->session->type;
    buffer_clear(&world->raw);
    buffer_clear(&world->body);
    world->end = type->feed(world->session, bytes.data, bytes.length, &world->raw);
    while (world->end == SESSION_MORE)
        world->end = type->poll(world->session, &world->raw);
    xmlFreeDoc(world->document);
    world->document = NULL;
    world->status = 0;
    const char *end = strstr(buffer_text(&world->raw), "\r\n\r\n");
    if (end == NULL)
        return;
    world->status = (unsigned)strtoul(buffer_text(&world->raw) + strlen("HTTP/1.1 "), NULL, 10);
    struct str rest = str_of(end + 4);
    if (strstr(buffer_text(&world->raw), "Transfer-Encoding: chunked\r\n") != NULL)
        ews_world_dechunk(world, rest);
    else
        buffer_append_str(&world->body, rest);
    world->document = xmlReadMemory(buffer_text(&world->body), (int)world->body.length, NULL, NULL,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_HUGE);
}

void ews_world_post(struct ews_world *world, const char *credentials, struct str body) {
    struct buffer bytes = {0};
    buffer_append_text(&bytes, "POST /ews/exchange.asmx HTTP/1.1\r\nHost: exchange\r\n");
    if (credentials != NULL)
        buffer_printf(&bytes, "Authorization: Basic %s\r\n", credentials);
    buffer_printf(&bytes, "Content-Type: text/xml\r\nContent-Length: %zu\r\n\r\n", body.length);
    buffer_append_str(&bytes, body);
    ews_world_send(world, buffer_str(&bytes));
    buffer_release(&bytes);
}

void ews_world_ask(struct ews_world *world, uint32_t mailbox, const char *operation) {
    struct buffer body = {0};
    buffer_append_text(&body,
                       "<?xml version=\"1.0\"?><s:Envelope "
                       "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
                       "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
                       "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">"
                       "<s:Header><t:RequestServerVersion Version=\"Exchange2013_SP1\"/>");
    if (mailbox != 0)
        buffer_printf(&body,
                      "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>%s"
                      "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>",
                      ews_world_address(world, mailbox));
    buffer_printf(&body, "</s:Header><s:Body>%s</s:Body></s:Envelope>", operation);
    ews_world_post(world, "c3ZjLXVtenVnOmtyYW5pY2g=", buffer_str(&body));
    buffer_release(&body);
    if (world->end == SESSION_READ && strstr(buffer_text(&world->raw), "text/xml") != NULL)
        assert_non_null(world->document);
}

static xmlXPathObject *ews_world_find(struct ews_world *world, const char *path) {
    static const struct {
        const char *prefix, *space;
    } spaces[] = {
        {"s", "http://schemas.xmlsoap.org/soap/envelope/"},
        {"m", "http://schemas.microsoft.com/exchange/services/2006/messages"},
        {"t", "http://schemas.microsoft.com/exchange/services/2006/types"},
        {"e", "http://schemas.microsoft.com/exchange/services/2006/errors"},
    };
    assert_non_null(world->document);
    xmlXPathContext *context = xmlXPathNewContext(world->document);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        xmlXPathRegisterNs(context, (const xmlChar *)spaces[i].prefix,
                           (const xmlChar *)spaces[i].space);
    xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)path, context);
    xmlXPathFreeContext(context);
    assert_non_null(found);
    return found;
}

int ews_world_count(struct ews_world *world, const char *path) {
    xmlXPathObject *found = ews_world_find(world, path);
    int count = found->nodesetval == NULL ? 0 : found->nodesetval->nodeNr;
    xmlXPathFreeObject(found);
    return count;
}

char *ews_world_text(struct ews_world *world, const char *path, int index) {
    xmlXPathObject *found = ews_world_find(world, path);
    xmlChar *text = NULL;
    if (found->nodesetval != NULL && index < found->nodesetval->nodeNr)
        text = xmlNodeGetContent(found->nodesetval->nodeTab[index]);
    char *copy = strdup(text == NULL ? "" : (const char *)text);
    xmlFree(text);
    xmlXPathFreeObject(found);
    return copy;
}

void ews_world_expect(struct ews_world *world, const char *path, const char *text) {
    char *found = ews_world_text(world, path, 0);
    assert_string_equal(found, text);
    free(found);
}

struct ews_world_tally {
    enum fact_kind kind;
    uint32_t mailbox;
    uint64_t count;
};

static bool ews_world_see(void *of, const struct fact *fact) {
    struct ews_world_tally *tally = of;
    bool fits =
        fact->kind == tally->kind && (tally->mailbox == 0 || fact->mailbox == tally->mailbox);
    tally->count += fits ? 1 : 0;
    return true;
}

uint64_t ews_world_facts(struct ews_world *world, enum fact_kind kind, uint32_t mailbox) {
    struct ews_world_tally tally = {.kind = kind, .mailbox = mailbox};
    struct error error = {0};
    if (history_each_fact(world->history, ews_world_see, &tally, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return tally.count;
}
