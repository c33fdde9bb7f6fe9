/* See doors.h. */
#include "doors.h"

#include "../../../engine/base/check.h"
#include "people.h"

uint32_t doors_mailbox_of(void *of, struct str address) {
    static const char *const addresses[] = {"a@x", "b@x", "full@x", "gone@x"};
    (void)of;
    if (str_equal_text(address, "alias@x"))
        return 1;
    for (uint32_t i = 0; i < 4; i++)
        if (str_equal_caseless(address, str_of(addresses[i])))
            return i + 1;
    return 0;
}

static enum status doors_deliver(void *of, const struct exchange_smtp_letter *letter) {
    struct doors *doors = of;
    check(letter->mailbox_count > 0 && letter->mailbox_count <= 4);
    for (size_t i = 0; i < letter->mailbox_count; i++)
        for (size_t k = 0; k < i; k++)
            check(letter->mailboxes[i] != letter->mailboxes[k]);
    return ++doors->letters % 3 == 0 ? STATUS_BUSY : STATUS_OK;
}

static void doors_mailbox(struct doors *doors, uint32_t number) {
    struct store_folder *inbox;
    struct store_folder_spec spec = {
        .name = STR("INBOX"), .path = STR("INBOX"), .role = FOLDER_INBOX, .uid_validity = 1};
    check(store_folder_add(store_mailbox_add(doors->store, number, number == 3), 1, &spec,
                           &inbox) == STATUS_OK);
}

void doors_open(struct doors *doors) {
    *doors = (struct doors){.clock = {PEOPLE_NOW}};
    doors->history = people_history("gateway", DOORS_MAILBOXES);
    doors->contents = contents_new(NULL, doors->history);
    doors->store = store_new(&(struct store_options){.system = SYSTEM_OPENXCHANGE,
                                                     .clock = &doors->clock,
                                                     .contents = doors->contents,
                                                     .history = doors->history});
    for (uint32_t number = 1; number <= DOORS_MAILBOXES; number++)
        doors_mailbox(doors, number);
    doors->lmtp = lmtp_server_new(&(struct lmtp_options){.host = "ox.test",
                                                         .store = doors->store,
                                                         .clock = &doors->clock,
                                                         .mailbox_of = doors_mailbox_of});
    doors->smtp = exchange_smtp_new(&(struct exchange_smtp_options){.host = "exchange.test",
                                                                    .clock = &doors->clock,
                                                                    .contents = doors->contents,
                                                                    .of = doors,
                                                                    .accepts = doors_mailbox_of,
                                                                    .deliver = doors_deliver});
}

void doors_close(struct doors *doors) {
    lmtp_server_close(&doors->lmtp);
    exchange_smtp_close(&doors->smtp);
    store_close(&doors->store);
    contents_close(&doors->contents);
    history_close(&doors->history);
}

uint64_t doors_items(const struct doors *doors) {
    uint64_t items = 0;
    for (uint32_t number = 1; number <= DOORS_MAILBOXES; number++)
        items += store_item_count(
            store_folder_by_role(store_mailbox(doors->store, number), FOLDER_INBOX));
    return items;
}
