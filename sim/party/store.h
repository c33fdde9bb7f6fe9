/*
 * The mailboxes of one party: folders and items, and who did what to them. Every change is a fact
 * that names the process; listeners hear of it, so that a session sees what another one did.
 *
 * Content is synthetic and reproducible, so an item at rest is a content number, not bytes.
 */
#ifndef SIM_PARTY_STORE_H
#define SIM_PARTY_STORE_H

#include "../kernel/clock.h"
#include "contents.h"

struct store;
struct store_mailbox;
struct store_folder;

struct store_item {
    uint32_t uid; /* 0 when handed in: the next one is given */
    uint32_t content;
    instant received;       /* IMAP INTERNALDATE, EWS DateTimeReceived */
    uint64_t declared_size; /* for quota, EWS Size and transfer time; 0 when handed in: what
                               contents_declared() says, which learns of it else */
    uint64_t modseq;        /* set by the store (RFC 7162) */
    uint32_t keywords;      /* a name of the history: sorted, one blank between; 0: none */
    uint32_t flags;         /* enum item_flag */
};

struct store_change {
    enum fact_kind kind; /* ITEM_STORED, ITEM_REMOVED, ITEM_FLAGGED, FOLDER_… */
    struct store_mailbox *mailbox;
    struct store_folder *folder;
    struct store_item item; /* as it is after the change; before it for ITEM_REMOVED */
    size_t index;           /* where it stands or stood in the folder, from 0 */
};

struct store_listener { /* embed it; store and mailboxes keep lists of them */
    void (*hear)(struct store_listener *listener, const struct store_change *change);
    struct store_listener *next, *previous;
    struct store_listener **list; /* in which it stands */
};

struct store_options {
    enum system system;
    struct clock *clock; /* borrows, as the next two */
    struct contents *contents;
    struct history *history;
};

struct store *store_new(const struct store_options *options);
void store_close(struct store **store);
struct contents *store_contents(struct store *store);
struct history *store_history(struct store *store);
const struct clock *store_clock(const struct store *store);

/* `number` is that of the population. `quota_bytes` 0: none. */
struct store_mailbox *store_mailbox_add(struct store *store, uint32_t number, uint64_t quota_bytes);
struct store_mailbox *store_mailbox(struct store *store, uint32_t number); /* NULL: not here */
uint32_t store_mailbox_number(const struct store_mailbox *mailbox);
uint64_t store_mailbox_used(const struct store_mailbox *mailbox);  /* declared bytes */
uint64_t store_mailbox_quota(const struct store_mailbox *mailbox); /* 0: none */

/* Folders are a tree; the mailbox itself is the root (parent NULL). `path` is the truth's name of
 * it (levels joined by "/") and goes into the facts. A name is unique among its siblings. */
struct store_folder_spec {
    struct store_folder *parent;
    struct str name;
    struct str path;
    enum folder_role role;
    uint32_t uid_validity;
    bool container; /* holds folders only, no items */
};
/* EXISTS when the name is taken; then `folder_r` is the one that has it. */
enum status store_folder_add(struct store_mailbox *mailbox, uint32_t process,
                             const struct store_folder_spec *spec, struct store_folder **folder_r);
/* Its items go with it. One that holds folders stays as a mere container of them, into which
 * nothing can be put until store_folder_add() makes a folder of it again; a container whose last
 * folder goes, goes with it. */
void store_folder_remove(struct store_folder *folder, uint32_t process);
/* Gives a folder another parent and name; `path` replaces the beginning of the paths below it.
 * The facts: all items move; listeners that look find them still there, and the folder no mere
 * container when they hear that it was removed. EXISTS when the name is taken, INVALID for a place
 * below itself. */
enum status store_folder_rename(struct store_folder *folder, uint32_t process,
                                const struct store_folder_spec *place);
struct store_folder *store_folder_first(struct store_mailbox *mailbox); /* in order of making */
struct store_folder *store_folder_next(struct store_folder *folder);
struct store_folder *store_folder_by_number(struct store_mailbox *mailbox, uint32_t number);
struct store_folder *store_folder_by_path(struct store_mailbox *mailbox, struct str path);
struct store_folder *store_folder_by_role(struct store_mailbox *mailbox, enum folder_role role);
struct store_folder *store_folder_parent(struct store_folder *folder);
struct store_mailbox *store_folder_mailbox(struct store_folder *folder);
struct str store_folder_name(const struct store_folder *folder);
struct str store_folder_path(const struct store_folder *folder);
enum folder_role store_folder_role(const struct store_folder *folder);
uint32_t store_folder_number(const struct store_folder *folder); /* unique in its mailbox */
uint32_t store_folder_uid_validity(const struct store_folder *folder);
uint32_t store_folder_uid_next(const struct store_folder *folder);
uint64_t store_folder_modseq(const struct store_folder *folder); /* the highest */
bool store_folder_is_container(const struct store_folder *folder);
bool store_folder_has_children(const struct store_folder *folder);
/* What a protocol keeps with a folder and the store does not read: whether a user subscribed to
 * it, and up to which UID a session was told that mail is recent (RFC 3501, 2.3.2). */
struct store_folder_marks {
    bool subscribed;
    uint32_t recent_uid;
};
struct store_folder_marks *store_folder_marks(struct store_folder *folder);

/* Items stand in order of UID; index is from 0. Pointers hold until the next change. */
size_t store_item_count(const struct store_folder *folder);
const struct store_item *store_item_at(const struct store_folder *folder, size_t index);
/* The index of a UID; false when it is gone, and then the index of the next one above. */
bool store_item_find(const struct store_folder *folder, uint32_t uid, size_t *index_r);

/* Puts an item to rest; QUOTA when it does not fit (then nothing is written). A UID that is handed
 * in must be above all earlier ones. */
enum status store_item_add(struct store_folder *folder, uint32_t process, enum how how,
                           struct store_item item, uint32_t *uid_r);
/* Whether `bytes` more would fit. */
bool store_mailbox_fits(const struct store_mailbox *mailbox, uint64_t bytes);
void store_mailbox_set_quota(struct store_mailbox *mailbox, uint64_t quota_bytes);
/* Puts an old copy of the folder in its place, from when it was empty: what lies there is gone, and
 * UIDs begin anew with the same UIDVALIDITY. No server does that by itself; a backup does. */
void store_folder_restore(struct store_folder *folder, uint32_t process);
void store_item_remove(struct store_folder *folder, uint32_t process, enum how how, size_t index);
void store_item_flag(struct store_folder *folder, uint32_t process, size_t index, uint32_t flags,
                     uint32_t keywords);
/* A client was sent the body. */
void store_item_downloaded(struct store_folder *folder, uint32_t process, size_t index,
                           uint64_t bytes);
/* From now on only a person's download is a fact of its own; what others read is summed by folder:
 * store_reading.c. The sums are told by the way, and the rest of them when it is asked for. */
void store_sum_reading(struct store *store);
void store_tell_reading(struct store *store);

/* Hears of each change in the store, or in one mailbox: of those a day has a thousand open. */
void store_listen(struct store *store, struct store_listener *listener);
void store_mailbox_listen(struct store_mailbox *mailbox, struct store_listener *listener);
void store_unlisten(struct store_listener *listener);

/* Faults set this: asked before each write, it may put another folder in place of the one meant,
 * or refuse. NULL: writes go where they are meant to. */
struct store_disturbance {
    void *of;
    enum status (*before_add)(void *of, struct store_folder **folder, struct store_item *item);
};
void store_disturb(struct store *store, const struct store_disturbance *disturbance);

#endif
