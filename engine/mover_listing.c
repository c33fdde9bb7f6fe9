/* What the source has in a folder, and what of it the ledger knows already. See mover.h. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "keywords.h"
#include "mover_inside.h"

/* Without idempotency_key only what this run settled counts. */
bool mover_is_known(struct mover *mover, const struct mover_item *item) {
    const uint64_t *place = table_find(mover->known_by_item, item->hash);
    if (place == NULL)
        return false;
    const struct ledger_item *row = &mover->known[*place - 1];
    return row->state == LEDGER_WRITTEN && (measure_on(mover->engine, MEASURE_IDEMPOTENCY_KEY) ||
                                            row->run == mover->engine->run.number);
}

static uint64_t listing_hash(struct mover *mover, const char *folder, const char *id) {
    struct buffer *both = &mover->hashed;
    buffer_clear(both);
    buffer_append(both, folder, strlen(folder) + 1);
    buffer_append_text(both, id);
    return digest_of(both->data, both->length).low;
}

static const char *listing_keywords(struct mover_listing *listing, const char *categories) {
    struct buffer keywords = {0};
    if (categories[0] == '\0')
        return "";
    keywords_of_categories(str_of(categories), &keywords);
    const char *text = arena_text(listing->arena, buffer_str(&keywords));
    buffer_release(&keywords);
    return text;
}

static enum status listing_see(void *of, const struct source_item *item) {
    struct mover_listing *listing = of;
    struct mover *mover = listing->mover;
    /* Servers select by coarser dates than we do; the half-open range is kept here. */
    if (item->received < mover->range.from || item->received >= mover->range.until)
        return STATUS_OK;
    if (listing->count == MOVER_ITEMS_MAX)
        return STATUS_LIMIT;
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity > 0 ? listing->capacity * 2 : 64;
        listing->items = memory_grow(listing->items, listing->capacity, sizeof *listing->items);
    }
    listing->items[listing->count++] = (struct mover_item){
        .id = arena_text(listing->arena, str_of(item->id)),
        .keywords = listing_keywords(listing, item->categories),
        .received = item->received,
        .size = item->size,
        .hash = listing_hash(mover, mover->places[listing->place - 1].id, item->id),
        .flags = item->flags & (uint32_t)~TARGET_DELETED,
    };
    return STATUS_OK;
}

static int listing_compare(const void *left, const void *right) {
    const struct mover_item *one = left, *other = right;
    if (one->received != other->received)
        return one->received < other->received ? -1 : 1;
    return strcmp(one->id, other->id);
}

struct mover_listing *mover_listing_read(struct mover *mover, uint32_t place, struct error *error) {
    struct mover_listing *listing = &mover->listings[place % MOVER_LISTINGS];
    if (listing->place == place + 1)
        return listing;
    if (listing->arena == NULL)
        listing->arena = arena_new();
    arena_reset(listing->arena);
    listing->mover = mover;
    listing->count = listing->next = 0;
    listing->place = place + 1;
    const struct source_query query = {.range = mover->range};
    enum status status = mover->engine->source->type->list(
        mover->sessions.source, mover->places[place].id, &query, listing_see, listing, error);
    if (status != STATUS_OK) {
        listing->place = 0;
        error->status = status;
        return NULL;
    }
    if (listing->count > 1)
        qsort(listing->items, listing->count, sizeof *listing->items, listing_compare);
    return listing;
}

void mover_listings_release(struct mover *mover) {
    for (size_t i = 0; i < MOVER_LISTINGS; i++) {
        arena_close(&mover->listings[i].arena);
        free(mover->listings[i].items);
    }
}
