/*
 * The items of a folder within a range of arrival. Servers cap a page (1,000 rows, 250 with a
 * restriction), so all pages are read; they are believed only if each item came once and the sum is
 * what the server counts, because a listing that lost a page says so nowhere else. Until then
 * nothing is told: a mailbox that people still use may need another look. Where only the newest are
 * wanted, the server sorts, and reading ends with the page that has them.
 */
#include <string.h>

#include "../base/arena.h"
#include "../base/digest.h"
#include "../base/table.h"
#include "ews.h"

enum status ews_listing_page(void *of, const struct ews_page *page, struct error *error) {
    struct ews_listing *listing = of;
    (void)error;
    listing->page = *page;
    listing->has_page = true;
    return STATUS_OK;
}

enum status ews_listing_item(void *of, const struct ews_item *item, struct error *error) {
    struct ews_listing *listing = of;
    if (listing->rows == EWS_ITEMS_MAX)
        return error_set(error, STATUS_LIMIT, "a folder of more than %d items", EWS_ITEMS_MAX);
    listing->rows++;
    listing->page_rows++;
    uint64_t *place = table_at(listing->seen, digest_of(item->item.id, strlen(item->item.id)).low);
    if (*place != 0)
        return error_set(error, STATUS_CONFLICT, "Exchange listed an item twice");
    *place = 1;
    if (!item->is_mail)
        return STATUS_OK;
    listing->mails++;
    if (!item->has_date)
        return error_set(error, STATUS_PROTOCOL, "Exchange listed an item without any date");
    struct ews_row *row = arena_take(listing->arena, 1, sizeof *row);
    row->item = item->item;
    row->item.id = arena_text(listing->arena, str_of(item->item.id));
    row->item.categories = item->item.categories[0] == '\0'
                               ? ""
                               : arena_text(listing->arena, str_of(item->item.categories));
    *listing->last = row;
    listing->last = &row->next;
    return STATUS_OK;
}

uint32_t ews_listing_rows(const struct source_query *query, uint32_t most) {
    return query->newest > 0 && query->newest < most ? query->newest : most;
}

bool ews_listing_is_enough(const struct ews_listing *listing, const struct source_query *query) {
    return query->newest > 0 && listing->mails >= query->newest;
}

static enum status listing_message(void *of, const struct ews_message *message,
                                   struct error *error) {
    struct ews_listing *listing = of;
    enum status status = ews_refusal(message, error);
    if (status == STATUS_BUSY)
        return ews_put_off(listing->session, message);
    if (status == STATUS_OK && !listing->has_page)
        status = error_set(error, STATUS_PROTOCOL, "Exchange listed items without a RootFolder");
    return status;
}

/* One page, put off or not. CONFLICT when the listing must begin again. */
static enum status listing_read(struct ews_listing *listing, struct error *error) {
    static const struct ews_events events = {
        .page = ews_listing_page, .item = ews_listing_item, .message = listing_message};
    struct source_session *session = listing->session;
    enum status status;
    listing->page_rows = 0;
    listing->has_page = false;
    while ((status = ews_ask(session, &events, listing, error)) == STATUS_BUSY) {
        enum status waiting = ews_wait(session, error);
        if (waiting != STATUS_OK)
            return waiting;
        if (listing->page_rows > 0)
            return STATUS_CONFLICT;
    }
    if (status == STATUS_OK && !listing->has_page)
        status = error_set(error, STATUS_PROTOCOL, "Exchange answered without a page");
    return status;
}

static enum status listing_pages(struct ews_listing *listing, const char *folder_id,
                                 const struct source_query *query, struct error *error) {
    struct source_session *session = listing->session;
    uint32_t offset = 0;
    for (;;) {
        ews_request_begin(&session->request, session->address);
        ews_request_items(&session->request, &(struct ews_listing_of){
                                                 .folder_ids = &folder_id,
                                                 .count = 1,
                                                 .query = query,
                                                 .offset = offset,
                                                 .rows = ews_listing_rows(query, EWS_ITEM_PAGE),
                                             });
        ews_request_end(&session->request);
        ews_be_patient(session);
        enum status status = listing_read(listing, error);
        if (status != STATUS_OK)
            return status;
        if (ews_listing_is_enough(listing, query))
            return STATUS_OK;
        if (listing->page.is_last)
            break;
        if (!listing->page.has_next || listing->page.next_offset <= offset ||
            listing->page_rows == 0)
            return error_set(error, STATUS_PROTOCOL, "Exchange's pages do not come to an end");
        offset = listing->page.next_offset;
    }
    if (listing->rows != listing->page.total)
        return error_set(error, STATUS_CONFLICT, "Exchange counts %u items and listed %u",
                         listing->page.total, listing->rows);
    return STATUS_OK;
}

/* A server that ignores the restriction would make the two parts of a mailbox overlap. */
static enum status listing_tell(const struct ews_listing *listing, struct source_range range,
                                enum status (*see)(void *of, const struct source_item *item),
                                void *of) {
    enum status status = STATUS_OK;
    for (const struct ews_row *row = listing->first; status == STATUS_OK && row != NULL;
         row = row->next)
        if (row->item.received >= range.from && row->item.received < range.until)
            status = see(of, &row->item);
    return status;
}

enum status ews_items(struct source_session *session, const char *folder_id,
                      const struct source_query *query,
                      enum status (*see)(void *of, const struct source_item *item), void *of,
                      struct error *error) {
    const struct ews_listing *ahead = ews_ahead_take(session, folder_id, query);
    if (ahead != NULL)
        return listing_tell(ahead, query->range, see, of);
    struct ews_listing listing = {.session = session, .arena = arena_new(), .seen = table_new()};
    enum status status = STATUS_CONFLICT;
    for (int i = 0; status == STATUS_CONFLICT && i < EWS_LISTINGS_MAX; i++) {
        arena_reset(listing.arena);
        table_clear(listing.seen);
        listing.first = NULL;
        listing.last = &listing.first;
        listing.rows = listing.mails = 0;
        status = listing_pages(&listing, folder_id, query, error);
    }
    if (status == STATUS_CONFLICT)
        status = error_set(error, STATUS_PROTOCOL,
                           "mailbox %s: after %d tries Exchange's listing "
                           "of a folder is still not consistent (%u items of %u)",
                           session->address, EWS_LISTINGS_MAX, listing.rows, listing.page.total);
    if (status == STATUS_OK)
        status = listing_tell(&listing, query->range, see, of);
    table_close(&listing.seen);
    arena_close(&listing.arena);
    return status;
}
