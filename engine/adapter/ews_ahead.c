/*
 * Reading listings ahead. A mailbox has some fifteen folders, most of them small; whoever lists one
 * will list the next. So one FindItem names the folder asked for and those that were told after it,
 * and the listings of small folders are kept until somebody asks, for a minute at most: of 134,000
 * requests in a day of 800 mailboxes 120,000 were for a folder alone.
 *
 * What is kept is as whole as what is asked for alone: one page that is the last, no item twice, as
 * many as the server counts. Anything else (a large folder, a refusal, a server that is busy) is
 * forgotten, and the folder asked for alone, with all the patience that takes.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/arena.h"
#include "../base/check.h"
#include "../base/table.h"
#include "ews.h"

#define AHEAD_AGE_MAX MINUTE

struct ahead_folder {
    const char *id;
    uint32_t items; /* as the server counted when it was told */
};

struct ews_ahead {
    struct arena *names, *rows;   /* own: ids of folders; what was listed */
    struct table *seen;           /* owns */
    struct ahead_folder *folders; /* owns; as they were told */
    size_t folder_count, folder_capacity;
    size_t next; /* the place that is likely asked for next */

    struct source_query query;
    instant read_at;
    size_t places[EWS_AHEAD_MAX]; /* of `listings`, in `folders` */
    struct ews_listing listings[EWS_AHEAD_MAX];
    bool whole[EWS_AHEAD_MAX];
    size_t count, answered;
};

/* ---- the folders ---------------------------------------------------------------------------- */

void ews_ahead_close(struct source_session *session) {
    struct ews_ahead *ahead = session->ahead;
    if (ahead == NULL)
        return;
    arena_close(&ahead->names);
    arena_close(&ahead->rows);
    table_close(&ahead->seen);
    free(ahead->folders);
    free(ahead);
    session->ahead = NULL;
}

void ews_ahead_begin(struct source_session *session) {
    ews_ahead_close(session);
    if (session->options->platform == NULL) /* then nobody knows how old a listing is */
        return;
    session->ahead = memory_new(1, sizeof *session->ahead);
    session->ahead->names = arena_new();
    session->ahead->rows = arena_new();
    session->ahead->seen = table_new();
}

void ews_ahead_folder(struct source_session *session, const struct source_folder *folder) {
    struct ews_ahead *ahead = session->ahead;
    if (ahead == NULL)
        return;
    if (ahead->folder_count == ahead->folder_capacity) {
        ahead->folder_capacity = ahead->folder_capacity > 0 ? ahead->folder_capacity * 2 : 32;
        ahead->folders =
            memory_grow(ahead->folders, ahead->folder_capacity, sizeof *ahead->folders);
    }
    ahead->folders[ahead->folder_count++] =
        (struct ahead_folder){arena_text(ahead->names, str_of(folder->id)), folder->items};
}

/* The place of a folder; `folder_count` when it was not told. */
static size_t ahead_place(const struct ews_ahead *ahead, const char *folder_id) {
    for (size_t i = 0; i < ahead->folder_count; i++) {
        size_t place = (ahead->next + i) % ahead->folder_count;
        if (strcmp(ahead->folders[place].id, folder_id) == 0)
            return place;
    }
    return ahead->folder_count;
}

/* ---- reading -------------------------------------------------------------------------------- */

static enum status ahead_page(void *of, const struct ews_page *page, struct error *error) {
    struct ews_ahead *ahead = of;
    if (ahead->answered == ahead->count)
        return error_set(error, STATUS_PROTOCOL, "Exchange answered more than was asked");
    return ews_listing_page(&ahead->listings[ahead->answered], page, error);
}

static enum status ahead_item(void *of, const struct ews_item *item, struct error *error) {
    struct ews_ahead *ahead = of;
    if (ahead->answered == ahead->count)
        return error_set(error, STATUS_PROTOCOL, "Exchange answered more than was asked");
    return ews_listing_item(&ahead->listings[ahead->answered], item, error);
}

static enum status ahead_message(void *of, const struct ews_message *message, struct error *error) {
    struct ews_ahead *ahead = of;
    if (ahead->answered == ahead->count)
        return error_set(error, STATUS_PROTOCOL, "Exchange answered more than was asked");
    const struct ews_listing *listing = &ahead->listings[ahead->answered];
    bool whole = listing->page.is_last && listing->rows == listing->page.total;
    ahead->whole[ahead->answered] = ews_refusal(message, error) == STATUS_OK && listing->has_page &&
                                    (whole || ews_listing_is_enough(listing, &ahead->query));
    ahead->answered++;
    table_clear(ahead->seen);
    return STATUS_OK;
}

/* Folders whose first page would only be thrown away are left out. */
static bool ahead_is_small(const struct ahead_folder *folder, const struct source_query *query) {
    return folder->items <= EWS_AHEAD_ROWS || query->range.from != -INSTANT_NEVER ||
           query->newest > 0;
}

/* Asks for the folder at `place` and for small ones behind it, once. */
static void ahead_read(struct source_session *session, size_t place,
                       const struct source_query *query) {
    static const struct ews_events events = {
        .page = ahead_page, .item = ahead_item, .message = ahead_message};
    struct ews_ahead *ahead = session->ahead;
    struct platform *platform = session->options->platform;
    const char *ids[EWS_AHEAD_MAX];
    struct error error = {0};
    arena_reset(ahead->rows);
    table_clear(ahead->seen);
    ahead->query = *query;
    ahead->count = ahead->answered = 0;
    for (size_t i = place; i < ahead->folder_count && ahead->count < EWS_AHEAD_MAX; i++) {
        struct ews_listing *listing = &ahead->listings[ahead->count];
        if (!ahead_is_small(&ahead->folders[i], query))
            continue;
        *listing = (struct ews_listing){
            .session = session, .arena = ahead->rows, .seen = ahead->seen, .last = &listing->first};
        ids[ahead->count] = ahead->folders[i].id;
        ahead->whole[ahead->count] = false;
        ahead->places[ahead->count++] = i;
    }
    if (ahead->count < 2) {
        ahead->count = 0;
        return;
    }
    ews_request_begin(&session->request, session->address);
    ews_request_items(&session->request,
                      &(struct ews_listing_of){.folder_ids = ids,
                                               .count = ahead->count,
                                               .query = query,
                                               .rows = ews_listing_rows(query, EWS_AHEAD_ROWS)});
    ews_request_end(&session->request);
    ahead->read_at = platform->type->monotonic(platform);
    enum status status = ews_ask(session, &events, ahead, &error);
    if (status == STATUS_OK && ahead->answered == ahead->count)
        return;
    /* Asked for alone, each failure is told as it deserves. What is not busy will fail again. */
    ahead->count = 0;
    if (status != STATUS_BUSY)
        ahead->folder_count = 0;
}

/* ---- giving out ------------------------------------------------------------------------------ */

static size_t ahead_find(const struct ews_ahead *ahead, size_t place) {
    size_t i = 0;
    while (i < ahead->count && ahead->places[i] != place)
        i++;
    return i;
}

static bool ahead_is_same(const struct source_query *one, const struct source_query *other) {
    return one->range.from == other->range.from && one->range.until == other->range.until &&
           one->detail == other->detail && one->newest == other->newest;
}

static bool ahead_holds(const struct source_session *session, size_t place,
                        const struct source_query *query) {
    const struct ews_ahead *ahead = session->ahead;
    struct platform *platform = session->options->platform;
    return ahead_find(ahead, place) < ahead->count && ahead_is_same(&ahead->query, query) &&
           platform->type->monotonic(platform) - ahead->read_at <= AHEAD_AGE_MAX;
}

const struct ews_listing *ews_ahead_take(struct source_session *session, const char *folder_id,
                                         const struct source_query *query) {
    struct ews_ahead *ahead = session->ahead;
    size_t place = ahead == NULL ? 0 : ahead_place(ahead, folder_id);
    if (ahead == NULL || place == ahead->folder_count)
        return NULL;
    if (!ahead_holds(session, place, query)) {
        if (!ahead_is_small(&ahead->folders[place], query))
            return NULL;
        ahead_read(session, place, query);
    }
    ahead->next = place + 1;
    size_t i = ahead_find(ahead, place);
    if (i == ahead->count)
        return NULL;
    ahead->places[i] = ahead->folder_count; /* nobody's: a second look is a new one */
    return ahead->whole[i] ? &ahead->listings[i] : NULL;
}
