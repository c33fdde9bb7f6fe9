/*
 * The items of a folder within a range of arrival. Servers cap a page (1,000 rows, 250 with a
 * restriction), so all pages are read; they are believed only if each item came once and the sum is
 * what the server counts, because a listing that lost a page says so nowhere else. Until then
 * nothing is told: a mailbox that people still use may need another look.
 */
#include <string.h>

#include "../base/arena.h"
#include "../base/digest.h"
#include "../base/table.h"
#include "ews.h"

struct row {
    struct source_item item;
    struct row *next;
};

struct listing {
    struct source_session *session; /* borrows */
    struct arena *arena;            /* owns the rows */
    struct row *first, **last;
    struct table *seen; /* owns: digests of ids */
    struct ews_page page;
    bool has_page;
    uint32_t rows, page_rows; /* of every kind, mail or not */
};

static enum status listing_page(void *of, const struct ews_page *page, struct error *error) {
    struct listing *listing = of;
    (void)error;
    listing->page = *page;
    listing->has_page = true;
    return STATUS_OK;
}

static enum status listing_item(void *of, const struct ews_item *item, struct error *error) {
    struct listing *listing = of;
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
    if (!item->has_date)
        return error_set(error, STATUS_PROTOCOL, "Exchange listed an item without any date");
    struct row *row = arena_take(listing->arena, 1, sizeof *row);
    row->item = item->item;
    row->item.id = arena_text(listing->arena, str_of(item->item.id));
    row->item.categories = arena_text(listing->arena, str_of(item->item.categories));
    *listing->last = row;
    listing->last = &row->next;
    return STATUS_OK;
}

static enum status listing_message(void *of, const struct ews_message *message,
                                   struct error *error) {
    struct listing *listing = of;
    enum status status = ews_refusal(message, error);
    if (status == STATUS_BUSY)
        return ews_put_off(listing->session, message);
    if (status == STATUS_OK && !listing->has_page)
        status = error_set(error, STATUS_PROTOCOL, "Exchange listed items without a RootFolder");
    return status;
}

/* One page, put off or not. CONFLICT when the listing must begin again. */
static enum status listing_read(struct listing *listing, struct error *error) {
    static const struct ews_events events = {
        .page = listing_page, .item = listing_item, .message = listing_message};
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

static enum status listing_pages(struct listing *listing, const char *folder_id,
                                 struct source_range range, struct error *error) {
    struct source_session *session = listing->session;
    uint32_t offset = 0;
    for (;;) {
        ews_request_begin(&session->request, session->address);
        ews_request_items(&session->request, folder_id, range, offset);
        ews_request_end(&session->request);
        ews_be_patient(session);
        enum status status = listing_read(listing, error);
        if (status != STATUS_OK)
            return status;
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

static bool in_range(const struct source_item *item, struct source_range range) {
    return item->received >= range.from && item->received < range.until;
}

enum status ews_items(struct source_session *session, const char *folder_id,
                      struct source_range range,
                      enum status (*see)(void *of, const struct source_item *item), void *of,
                      struct error *error) {
    struct listing listing = {.session = session, .arena = arena_new(), .seen = table_new()};
    enum status status = STATUS_CONFLICT;
    for (int i = 0; status == STATUS_CONFLICT && i < EWS_LISTINGS_MAX; i++) {
        arena_reset(listing.arena);
        table_clear(listing.seen);
        listing.first = NULL;
        listing.last = &listing.first;
        listing.rows = 0;
        status = listing_pages(&listing, folder_id, range, error);
    }
    if (status == STATUS_CONFLICT)
        status = error_set(error, STATUS_PROTOCOL,
                           "mailbox %s: after %d tries Exchange's listing "
                           "of a folder is still not consistent (%u items of %u)",
                           session->address, EWS_LISTINGS_MAX, listing.rows, listing.page.total);
    for (const struct row *row = listing.first; status == STATUS_OK && row != NULL;
         row = row->next) {
        /* A server that ignores the restriction would make the two parts overlap. */
        if (in_range(&row->item, range))
            status = see(of, &row->item);
    }
    table_close(&listing.seen);
    arena_close(&listing.arena);
    return status;
}
