/* What the mover's files share: the state of one mailbox on its way. */
#ifndef ENGINE_MOVER_INSIDE_H
#define ENGINE_MOVER_INSIDE_H

#include "base/table.h"
#include "folder_names.h"
#include "mover.h"
#include "sessions.h"

enum {
    MOVER_ITEMS_MAX = 1 << 22,
    MOVER_ROUNDS_MAX = 10,
    MOVER_RESULTS_MAX = 2 * TARGET_BATCH_MAX,
    MOVER_LISTINGS = 16,
};

#define MOVER_BYTES_MAX                                                                            \
    ((size_t)512 << 20) /* of one batch in memory, whatever sizes were listed                      \
                         */
#define MOVER_LEASE (2 * MINUTE)

struct mover_item { /* listed at the source */
    const char *id, *keywords;
    instant received;
    uint64_t size;
    uint64_t hash; /* of folder and id: how the ledger knows it */
    uint32_t flags;
};

struct mover_listing {        /* what the source has in one folder, the oldest first */
    struct mover *mover;      /* borrows */
    struct arena *arena;      /* owns; NULL: not used yet */
    uint32_t place;           /* which folder, counted from 1; 0: none */
    struct mover_item *items; /* owns */
    size_t count, capacity;
    size_t next; /* the first that no batch has taken */
};

struct mover_ahead { /* one message of a later folder, fetched already */
    uint64_t hash;   /* of its item */
    uint32_t place;
    size_t at, length; /* in mover->ahead_bytes */
    struct digest digest;
    bool had;
};

struct mover_message { /* one of the present batch */
    const struct mover_item *item;
    size_t at, length; /* in mover->bytes */
    struct digest digest;
    struct ledger_item row;
    bool seen; /* it was fetched, or cannot be had */
    bool done;
};

struct mover_seen { /* a message found at the target */
    struct digest digest;
    uint32_t uid;
    bool used; /* it is some item's already */
};

struct mover_seen_list {
    struct mover_seen *items; /* owns; by digest, then UID */
    size_t count, capacity;
};

struct mover {
    struct engine *engine; /* borrows */
    const struct pair *pair;
    struct source_range range;
    struct sessions sessions;
    struct arena *arena; /* owns; folders */

    struct ledger_lease lease;
    instant lease_until;
    bool leased;
    struct error fence_error; /* why bytes were kept from leaving */

    struct ledger_item *known; /* owns; what the ledger knew at the beginning */
    size_t known_count;
    struct table *known_by_item; /* owns; hash → place in `known` + 1 */

    const struct folder_place *places;
    uint32_t place_count;

    /* the present folder */
    const struct folder_place *place;
    struct buffer folder; /* the target's name for it */
    uint32_t folder_hash;
    uint32_t uid_validity, uid_next; /* 0: to be asked */
    struct mover_listing *listing;   /* of `listings` */
    struct mover_seen_list before;   /* owns; what lay in the folder before us, if we looked */
    bool looked;

    /* the present batch */
    struct buffer bytes;  /* owns */
    struct buffer hashed; /* owns; scratch */
    struct mover_message messages[TARGET_BATCH_MAX];
    size_t message_count;
    size_t fetched; /* of them, before the present request */
    /* Not yet durable: those of the last batch, and what of this one was found before its write. */
    struct ledger_item results[MOVER_RESULTS_MAX];
    size_t result_count;

    /* mover_ahead.c: folders to come */
    struct mover_listing listings[MOVER_LISTINGS];
    struct mover_ahead ahead[SOURCE_FETCH_MAX];
    size_t ahead_count;
    struct buffer ahead_bytes; /* owns */

    struct engine_counts counts, folder_counts;
    struct error first_trouble;
};

/* mover_listing.c */

/* Reads what the source has in the folder at `place`, once; NULL with its reason in `error`. */
struct mover_listing *mover_listing_read(struct mover *mover, uint32_t place, struct error *error);
void mover_listings_release(struct mover *mover);
/* Whether an item needs nothing more. */
bool mover_is_known(struct mover *mover, const struct mover_item *item);

/* mover_ahead.c */

/* Fills a request for the present batch up with items of later folders. The new count. */
size_t mover_ahead_wish(struct mover *mover, const char **ids, size_t count);
/* One of those came. What could not be had will be asked for again in its turn. */
enum status mover_ahead_see(struct mover *mover, size_t index, enum status status,
                            struct str bytes);
/* Gives a message of the present batch its bytes, when they were fetched ahead. */
bool mover_ahead_take(struct mover *mover, struct mover_message *message);
/* The present folder is done. */
void mover_ahead_forget(struct mover *mover);

/* mover_batch.c: moves the `count` items at `items`, all of the present folder. */
enum status mover_batch(struct mover *mover, const struct mover_item *const *items, size_t count,
                        struct error *error);
/* Makes pending results and `intents` new rows durable; asks for the lease. */
enum status mover_store(struct mover *mover, struct mover_message *const *intents, size_t count,
                        struct error *error);

/* A doubtful write was found at the target: it counts as written. */
void mover_settled(struct mover *mover, struct mover_message *message, uint32_t uid);

/* mover_lease.c */

/* Takes the lease, waiting once for another holder's end. REFUSED, and told, when he holds on. */
enum status mover_take_lease(struct mover *mover, struct error *error);
void mover_give_lease(struct mover *mover);
/* Renews it in its second half. CONFLICT when it was taken away. */
enum status mover_renew_lease(struct mover *mover, struct error *error);
/* What the ledger has to compare when it stores something; NULL: nobody asks. */
const struct ledger_lease *mover_fence(const struct mover *mover);
/* Asked before a batch is sent, and right before its bytes leave: CONFLICT when the lease is lost.
 */
enum status mover_ask_fence(struct mover *mover, struct error *error);
enum status mover_may_write(void *mover);

/* mover_mirror.c: removes from the present folder what the source does not have in it. */
enum status mover_mirror(struct mover *mover, struct error *error);

/* mover_settle.c */

/* Reads what lies in the present folder from `first_uid` on, with digests. */
enum status mover_look(struct mover *mover, uint32_t first_uid, struct mover_seen_list *list,
                       struct error *error);
/* Fills `before` with what lies in the present folder, of `messages`, before this phase writes,
 * where the ledger cannot account for it. */
enum status mover_look_before(struct mover *mover, uint32_t messages, struct error *error);
/* The first unused message seen with that digest, which is then used; NULL when there is none. */
struct mover_seen *mover_find_seen(struct mover_seen_list *list, struct digest digest);
/* Settles the ledger's doubtful intents of the present folder, left by an earlier run. */
enum status mover_settle_known(struct mover *mover, struct error *error);
/* Settles this batch's doubtful writes: done where found, open where not. */
enum status mover_settle_batch(struct mover *mover, struct error *error);

/* Tells of an item that could not be moved. */
void mover_trouble(struct mover *mover, const char *item, const struct error *error);

#endif
