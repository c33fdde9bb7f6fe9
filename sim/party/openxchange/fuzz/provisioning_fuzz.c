/*
 * Any bytes as the body of a request to the provisioning service. Whatever they are, there is one
 * answer, and it is a well-formed document.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../../engine/base/check.h"
#include "../../../../engine/base/fuzz/xml_mutator.h"
#include "../provisioning.h"
#include "../provisioning_soap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

struct office { /* an Open-Xchange of two accounts, and its administration */
    struct clock clock;
    struct history *history;
    struct contents *contents;
    struct openxchange *openxchange;
    struct provisioning_server *server;
};

enum { RUNS_MAX = 20000 }; /* then a new office, since facts pile up in the old one */

static void office_open(struct office *office) {
    static const char *const logins[] = {"bkoehler", "m\303\274ller&co"};
    *office = (struct office){.clock = {1754546400 * SECOND}};
    check(history_create(NULL, &office->history, NULL) == STATUS_OK);
    history_name(office->history, STR("umzug"));
    office->contents = contents_new(NULL, office->history);
    office->openxchange = openxchange_new(&(struct openxchange_options){
        .clock = &office->clock, .contents = office->contents, .history = office->history});
    for (uint32_t i = 0; i < 2; i++) {
        const struct account spec = {.mailbox = i + 1,
                                     .login = logins[i],
                                     .address = "a@amt.test",
                                     .display_name = "K\303\266hler, B. <Amt>",
                                     .given_name = "B.",
                                     .surname = "K\303\266hler",
                                     .key = "00000000-0000-4000-8000-000000000001",
                                     .node = "store-1"};
        const struct history_mailbox mailbox = {.number = i + 1,
                                                .address = "",
                                                .display_name = "",
                                                .kind = "personal",
                                                .organisation = "",
                                                .office = "",
                                                .database = "",
                                                .node = ""};
        struct account *account;
        history_mailbox_add(office->history, &mailbox);
        check(openxchange_provision(office->openxchange, 1, &spec, &account) == STATUS_OK);
    }
    office->server = provisioning_server_new(&(struct provisioning_options){
        .openxchange = office->openxchange,
        .clock = &office->clock,
        .history = office->history,
        .context = 1,
        .admin = "oxadmin",
        .password = "hering",
    });
}

static void office_close(struct office *office) {
    provisioning_server_close(&office->server);
    openxchange_close(&office->openxchange);
    contents_close(&office->contents);
    history_close(&office->history);
}

static void look_at_answer(struct str answer) {
    const char *body = memmem(answer.data, answer.length, "\r\n\r\n", 4);
    check(str_starts_with(answer, "HTTP/1.1 ") && body != NULL);
    size_t head = (size_t)(body + 4 - answer.data);
    xmlDoc *document = provisioning_parse(str_bytes(body + 4, answer.length - head));
    check(document != NULL);
    check(provisioning_operation(document) != NULL);
    xmlFreeDoc(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct office office;
    static int runs;
    if (runs % RUNS_MAX == 0) {
        if (runs > 0)
            office_close(&office);
        office_open(&office);
    }
    runs++;
    struct session *session = provisioning_server_session(office.server, 1);
    struct buffer said = {0}, answer = {0};
    buffer_printf(&said,
                  "POST /webservices/OXUserService HTTP/1.1\r\nHost: ox\r\nContent-Type: "
                  "text/xml\r\nContent-Length: %zu\r\n\r\n",
                  size);
    buffer_append_str(&said, str_bytes(data, size));
    enum session_next next = session->type->feed(session, said.data, said.length, &answer);
    check(next == SESSION_READ);
    look_at_answer(buffer_str(&answer));
    session->type->close(session);
    buffer_release(&said);
    buffer_release(&answer);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate(data, size, capacity, seed);
}
