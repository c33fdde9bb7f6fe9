/* See office.h. */
#include "office.h"

#include "../../../../engine/base/check.h"

void office_open(struct office *office) {
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

void office_close(struct office *office) {
    provisioning_server_close(&office->server);
    openxchange_close(&office->openxchange);
    contents_close(&office->contents);
    history_close(&office->history);
}
