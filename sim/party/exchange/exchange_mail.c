/* Mail at Exchange: delivery, sending, and what people do in Outlook. See exchange.h. */
#include <stdlib.h>

#include "../../../engine/base/check.h"
#include "exchange_inside.h"

uint32_t exchange_accepts(const struct exchange *exchange, struct str address) {
    return population_find_address(exchange->options.population, address);
}

static bool exchange_is_home(const struct exchange *exchange, uint32_t mailbox) {
    return exchange->options.home_of == NULL ||
           exchange->options.home_of(exchange->options.of, mailbox) == SYSTEM_EXCHANGE;
}

static struct store_folder *exchange_folder(struct exchange *exchange, uint32_t mailbox,
                                            enum folder_role role) {
    struct store_mailbox *found = store_mailbox(exchange->store, mailbox);
    check(found != NULL);
    return store_folder_by_role(found, role);
}

/* Takes back what was put to rest already, since one inbox refused. */
static void exchange_take_back(uint32_t process, struct store_folder *folder, uint32_t uid) {
    size_t index;
    if (store_item_find(folder, uid, &index))
        store_item_remove(folder, process, HOW_EXPUNGED, index);
}

static enum status exchange_put(struct exchange *exchange, uint32_t process,
                                struct store_folder *folder, enum how how, uint32_t content,
                                uint32_t flags, uint32_t *uid_r) {
    struct store_item item = {
        .content = content,
        .received = instant_whole_second(exchange->options.clock->now),
        .flags = flags,
    };
    return store_item_add(folder, process, how, item, uid_r);
}

enum status exchange_deliver(struct exchange *exchange, const struct exchange_letter *letter) {
    uint32_t *uids = memory_new(letter->mailbox_count + 1, sizeof *uids);
    enum status status = STATUS_OK;
    size_t done = 0;
    for (; done < letter->mailbox_count && status == STATUS_OK; done++) {
        uint32_t mailbox = letter->mailboxes[done];
        struct store_folder *inbox = exchange_folder(exchange, mailbox, FOLDER_INBOX);
        if (!exchange_is_home(exchange, mailbox))
            continue;
        status = inbox == NULL ? STATUS_NOT_FOUND
                               : exchange_put(exchange, letter->process, inbox, HOW_DELIVERED,
                                              letter->content, 0, &uids[done]);
    }
    for (size_t i = 0; i < done; i++) {
        uint32_t mailbox = letter->mailboxes[i];
        if (status == STATUS_OK && uids[i] == 0)
            exchange->options.forward(exchange->options.of, letter, mailbox);
        else if (status != STATUS_OK && uids[i] != 0)
            exchange_take_back(letter->process, exchange_folder(exchange, mailbox, FOLDER_INBOX),
                               uids[i]);
    }
    free(uids);
    return status;
}

enum status exchange_submit(struct exchange *exchange, uint32_t sender,
                            const struct exchange_letter *letter) {
    struct store_folder *sent = exchange_folder(exchange, sender, FOLDER_SENT);
    uint32_t uid;
    enum status status = sent == NULL ? STATUS_NOT_FOUND
                                      : exchange_put(exchange, letter->process, sent, HOW_SENT,
                                                     letter->content, ITEM_SEEN, &uid);
    return status == STATUS_OK ? exchange_deliver(exchange, letter) : status;
}

/* ---- Outlook ---- */

void exchange_lock(struct exchange *exchange, uint32_t mailbox, bool locked) {
    *table_at(exchange->locked, mailbox) = locked;
}

enum status exchange_outlook_logon(struct exchange *exchange, uint32_t process, uint32_t mailbox) {
    const uint64_t *locked = table_find(exchange->locked, mailbox);
    if (locked == NULL || *locked == 0)
        return STATUS_OK;
    history_fact(exchange->options.history, &(struct fact){.at = exchange->options.clock->now,
                                                           .process = process,
                                                           .mailbox = mailbox,
                                                           .kind = FACT_SESSION_REFUSED,
                                                           .system = SYSTEM_EXCHANGE});
    return STATUS_DENIED;
}

enum status exchange_outlook_open(struct exchange *exchange, uint32_t process,
                                  struct exchange_item item) {
    size_t index;
    if (!store_item_find(item.folder, item.uid, &index))
        return STATUS_NOT_FOUND;
    struct store_item found = *store_item_at(item.folder, index);
    store_item_downloaded(item.folder, process, index,
                          contents_bytes(exchange->options.contents, found.content));
    struct str path = store_folder_path(item.folder);
    history_fact(exchange->options.history,
                 &(struct fact){
                     .at = exchange->options.clock->now,
                     .process = process,
                     .mailbox = store_mailbox_number(store_folder_mailbox(item.folder)),
                     .folder = history_name(exchange->options.history, path),
                     .content = found.content,
                     .uid = found.uid,
                     .kind = FACT_ITEM_OPENED,
                     .system = SYSTEM_EXCHANGE,
                 });
    store_item_flag(item.folder, process, index, found.flags | ITEM_SEEN, found.keywords);
    return STATUS_OK;
}

enum status exchange_outlook_flag(struct exchange *exchange, uint32_t process,
                                  struct exchange_item item, uint32_t flags) {
    (void)exchange;
    size_t index;
    if (!store_item_find(item.folder, item.uid, &index))
        return STATUS_NOT_FOUND;
    if ((flags & ITEM_ANSWERED) != 0)
        flags &= ~(uint32_t)ITEM_FORWARDED; /* one last verb */
    store_item_flag(item.folder, process, index, flags,
                    store_item_at(item.folder, index)->keywords);
    return STATUS_OK;
}

enum status exchange_outlook_move(struct exchange *exchange, uint32_t process,
                                  struct exchange_item *item, struct store_folder *to) {
    (void)exchange;
    size_t index;
    if (!store_item_find(item->folder, item->uid, &index))
        return STATUS_NOT_FOUND;
    struct store_item moved = *store_item_at(item->folder, index);
    moved.uid = 0;
    uint32_t uid;
    enum status status = store_item_add(to, process, HOW_MOVED, moved, &uid);
    if (status != STATUS_OK)
        return status;
    check(store_item_find(item->folder, item->uid, &index));
    store_item_remove(item->folder, process, HOW_MOVED, index);
    *item = (struct exchange_item){.folder = to, .uid = uid};
    return STATUS_OK;
}

enum status exchange_outlook_delete(struct exchange *exchange, uint32_t process,
                                    struct exchange_item *item) {
    struct store_folder *trash =
        store_folder_by_role(store_folder_mailbox(item->folder), FOLDER_TRASH);
    if (trash == NULL)
        return STATUS_NOT_FOUND;
    return exchange_outlook_move(exchange, process, item, trash);
}

enum status exchange_outlook_draft(struct exchange *exchange, uint32_t process, uint32_t mailbox,
                                   uint32_t content, struct exchange_item *item_r) {
    item_r->folder = exchange_folder(exchange, mailbox, FOLDER_DRAFTS);
    if (item_r->folder == NULL)
        return STATUS_NOT_FOUND;
    return exchange_put(exchange, process, item_r->folder, HOW_DRAFTED, content,
                        ITEM_SEEN | ITEM_DRAFT, &item_r->uid);
}
