/* A person before the switch: Outlook at Exchange, which has no wire here. */
#include "../../engine/base/check.h"
#include "person_inside.h"

/* Any message of the inbox, or none. */
static bool outlook_picks(struct person *person, struct exchange_item *item_r,
                          struct store_item *what_r) {
    struct store *store = exchange_store(person->world->exchange);
    struct store_mailbox *mailbox = store_mailbox(store, person->mailbox);
    struct store_folder *inbox =
        mailbox == NULL ? NULL : store_folder_by_role(mailbox, FOLDER_INBOX);
    size_t count = inbox == NULL ? 0 : store_item_count(inbox);
    if (count == 0)
        return false;
    *what_r = *store_item_at(inbox, (size_t)chance_below(&person->chance, count));
    *item_r = (struct exchange_item){inbox, what_r->uid};
    return true;
}

/* Some folder of his own, not one of those with a role. */
static struct store_folder *outlook_other_folder(struct person *person) {
    struct store_mailbox *mailbox =
        store_mailbox(exchange_store(person->world->exchange), person->mailbox);
    for (struct store_folder *folder = store_folder_first(mailbox); folder != NULL;
         folder = store_folder_next(folder))
        if (store_folder_role(folder) == FOLDER_PLAIN)
            return folder;
    return NULL;
}

enum status person_in_outlook(struct person *person, enum person_deed deed) {
    struct exchange *exchange = person->world->exchange;
    uint32_t process = process_number(person->process);
    struct exchange_item item;
    struct store_item what;
    enum status logon = exchange_outlook_logon(exchange, process, person->mailbox);
    if (logon != STATUS_OK)
        return logon;
    if (deed == DEED_LOOK || deed == DEED_SYNC || !outlook_picks(person, &item, &what))
        return STATUS_OK;
    switch (deed) {
    case DEED_LOOK:
    case DEED_SYNC:
        return STATUS_OK;
    case DEED_OPEN:
    case DEED_OPEN_NEWEST:
    case DEED_REPLY: {
        enum status status = exchange_outlook_open(exchange, process, item);
        if (status == STATUS_OK)
            person_saw(person, SYSTEM_EXCHANGE, what.content);
        if (status == STATUS_OK && deed == DEED_REPLY)
            status = person_answers(person, what.content);
        return status;
    }
    case DEED_MOVE: {
        struct store_folder *folder = outlook_other_folder(person);
        return folder == NULL ? STATUS_OK : exchange_outlook_move(exchange, process, &item, folder);
    }
    case DEED_DELETE:
        return exchange_outlook_delete(exchange, process, &item);
    case DEED_FLAG:
        return exchange_outlook_flag(exchange, process, item, what.flags | ITEM_FLAGGED);
    }
    return STATUS_OK;
}
