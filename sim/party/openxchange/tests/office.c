/* See office.h. */
#include "office.h"

#include "../../../../engine/base/check.h"
#include "../../tests/people.h"

static enum provisioning_answer office_disturb(void *of, const struct account *account,
                                               struct str operation) {
    (void)operation;
    const struct office *office = of;
    return account->mailbox == 2 ? office->trouble : PROVISIONING_USUAL;
}

void office_open(struct office *office) {
    static const char *const logins[] = {"bkoehler", "bkoehler2", "m\303\274ller&co"};
    *office = (struct office){.clock = {PEOPLE_NOW}};
    office->history = people_history("umzug", OFFICE_ACCOUNTS);
    office->contents = contents_new(NULL, office->history);
    office->openxchange = openxchange_new(&(struct openxchange_options){
        .clock = &office->clock, .contents = office->contents, .history = office->history});
    for (uint32_t i = 0; i < OFFICE_ACCOUNTS; i++) {
        const struct account spec = {.mailbox = i + 1,
                                     .login = logins[i],
                                     .address = "a@amt.test",
                                     .display_name = "K\303\266hler, B. <Amt>",
                                     .given_name = "B.",
                                     .surname = "K\303\266hler",
                                     .key = "00000000-0000-4000-8000-000000000001",
                                     .node = "store-1",
                                     .quota_bytes = i == 0 ? 5000001 : 0};
        struct account *account;
        check(openxchange_provision(office->openxchange, 1, &spec, &account) == STATUS_OK);
    }
    office->server = provisioning_server_new(&(struct provisioning_options){
        .openxchange = office->openxchange,
        .clock = &office->clock,
        .history = office->history,
        .context = 1,
        .admin = "oxadmin",
        .password = "hering",
        .of = office,
        .disturb = office_disturb,
    });
}

void office_close(struct office *office) {
    provisioning_server_close(&office->server);
    openxchange_close(&office->openxchange);
    contents_close(&office->contents);
    history_close(&office->history);
}
