/*
 * Any bytes at the two doors where mail comes to rest: LMTP into Open-Xchange's store (mailboxes
 * with room and a full one) and SMTP into Exchange. The first byte chooses the door and how large
 * the pieces are. What a door said 250 to lies there afterwards, and nothing else does.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "../exchange_smtp.h"
#include "../lmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 5000, MAILBOXES = 3 }; /* then a new house, since facts pile up in the old one */

struct house { /* mailboxes 1 and 2 have room, 3 is full */
    struct clock clock;
    struct history *history;
    struct contents *contents;
    struct store *store;
    struct lmtp_server *lmtp;
    struct exchange_smtp *smtp;
    uint32_t letters; /* that Exchange took */
};

static uint32_t house_mailbox_of(void *of, struct str address) {
    static const char *const addresses[] = {"a@x", "b@x", "full@x", "gone@x"};
    (void)of;
    for (uint32_t i = 0; i < 4; i++)
        if (str_equal_caseless(address, str_of(addresses[i])))
            return i + 1;
    return 0;
}

static enum status house_deliver(void *of, const struct exchange_smtp_letter *letter) {
    struct house *house = of;
    check(letter->mailbox_count > 0 && letter->mailbox_count <= 4);
    for (size_t i = 0; i < letter->mailbox_count; i++)
        for (size_t k = 0; k < i; k++)
            check(letter->mailboxes[i] != letter->mailboxes[k]);
    return ++house->letters % 3 == 0 ? STATUS_BUSY : STATUS_OK;
}

static void house_mailbox(struct house *house, uint32_t number) {
    struct store_folder *inbox;
    struct store_folder_spec spec = {
        .name = STR("INBOX"), .path = STR("INBOX"), .role = FOLDER_INBOX, .uid_validity = 1};
    history_mailbox_add(house->history, &(struct history_mailbox){.number = number,
                                                                  .address = "",
                                                                  .display_name = "",
                                                                  .kind = "personal",
                                                                  .organisation = "",
                                                                  .office = "",
                                                                  .database = "",
                                                                  .node = ""});
    check(store_folder_add(store_mailbox_add(house->store, number, number == 3), 1, &spec,
                           &inbox) == STATUS_OK);
}

static void house_open(struct house *house) {
    *house = (struct house){.clock = {1754546400 * SECOND}};
    check(history_create(NULL, &house->history, NULL) == STATUS_OK);
    history_name(house->history, STR("gateway"));
    house->contents = contents_new(NULL, house->history);
    house->store = store_new(&(struct store_options){.system = SYSTEM_OPENXCHANGE,
                                                     .clock = &house->clock,
                                                     .contents = house->contents,
                                                     .history = house->history});
    for (uint32_t number = 1; number <= MAILBOXES; number++)
        house_mailbox(house, number);
    house->lmtp = lmtp_server_new(&(struct lmtp_options){.host = "ox.test",
                                                         .store = house->store,
                                                         .clock = &house->clock,
                                                         .mailbox_of = house_mailbox_of});
    house->smtp = exchange_smtp_new(&(struct exchange_smtp_options){.host = "exchange.test",
                                                                    .clock = &house->clock,
                                                                    .contents = house->contents,
                                                                    .of = house,
                                                                    .accepts = house_mailbox_of,
                                                                    .deliver = house_deliver});
}

static void house_close(struct house *house) {
    lmtp_server_close(&house->lmtp);
    exchange_smtp_close(&house->smtp);
    store_close(&house->store);
    contents_close(&house->contents);
    history_close(&house->history);
}

static uint64_t house_items(const struct house *house) {
    uint64_t items = 0;
    for (uint32_t number = 1; number <= MAILBOXES; number++)
        items += store_item_count(
            store_folder_by_role(store_mailbox(house->store, number), FOLDER_INBOX));
    return items;
}

static uint64_t count_text(struct str text, const char *what) {
    uint64_t count = 0;
    const char *at = text.data, *end = text.data + text.length;
    while (at < end && (at = memmem(at, (size_t)(end - at), what, strlen(what))) != NULL) {
        count++;
        at++;
    }
    return count;
}

static void talk(struct session *session, struct str bytes, size_t piece, struct buffer *out) {
    enum session_next next = session->type->poll(session, out);
    while (bytes.length > 0 && next == SESSION_READ) {
        size_t length = bytes.length < piece ? bytes.length : piece;
        char *copy = memory_new(length, 1); /* ends where the piece ends */
        memcpy(copy, bytes.data, length);
        next = session->type->feed(session, copy, length, out);
        free(copy);
        bytes = str_bytes(bytes.data + length, bytes.length - length);
    }
    session->type->close(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct house house;
    static int runs;
    if (size == 0)
        return 0;
    if (runs > 0 && runs % RUNS_MAX == 0)
        house_close(&house);
    if (runs++ % RUNS_MAX == 0)
        house_open(&house);
    struct buffer out = {0};
    uint64_t before = house_items(&house);
    bool is_lmtp = data[0] % 2 == 0;
    struct session *session =
        is_lmtp ? lmtp_server_session(house.lmtp, 1) : exchange_smtp_session(house.smtp, 1);
    talk(session, str_bytes(data + 1, size - 1), 1 + data[0] / 2u, &out);
    uint64_t came = house_items(&house) - before;
    check_compare(came, ==, is_lmtp ? count_text(buffer_str(&out), "250 2.0.0 <") : 0);
    buffer_release(&out);
    return 0;
}
