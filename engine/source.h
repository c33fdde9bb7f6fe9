/*
 * Where mail comes from: the contract that each source adapter fulfils (EWS now, IMAP later).
 * A source is only read, but for `put`, by which a rollback brings back what has arrived elsewhere;
 * nothing here changes or removes what lies there. One session belongs to one worker and one
 * mailbox; nothing here is shared between threads but the `struct source` itself, which is
 * read-only after it was opened.
 */
#ifndef ENGINE_SOURCE_H
#define ENGINE_SOURCE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/instant.h"
#include "base/status.h"

struct source;
struct source_session;

enum source_folder_role {
    SOURCE_PLAIN,
    SOURCE_INBOX,
    SOURCE_SENT,
    SOURCE_DRAFTS,
    SOURCE_TRASH,
    SOURCE_JUNK,
    SOURCE_ARCHIVE,
};

struct source_folder {
    const char *id;        /* opaque, stable within the day */
    const char *parent_id; /* "" at the top */
    const char *name;      /* UTF-8, as people see it; may hold any character, "/" included */
    enum source_folder_role role; /* by the server's well-known names, never by display name */
    uint32_t items;               /* as the server counts them */
};

enum source_flag {
    SOURCE_SEEN = 1,
    SOURCE_ANSWERED = 2,
    SOURCE_FLAGGED = 4,
    SOURCE_DRAFT = 16,
    SOURCE_FORWARDED = 32,
};

struct source_item {
    const char *id;         /* opaque, immutable as long as the item stays where it is */
    instant received;       /* whole seconds */
    uint32_t flags;         /* enum source_flag */
    const char *categories; /* UTF-8, one a line, in the server's order; "" for none */
    uint64_t size;          /* as the server says; never equal to the size of the message */
};

struct source_message {
    struct str bytes; /* borrowed */
    instant received; /* whole seconds */
    uint32_t flags;   /* enum source_flag */
};

/* Half open: from ≤ received < until. INSTANT_NEVER and its negative leave an end open. */
struct source_range {
    instant from, until;
};

/* How much of each item is asked for: a server that has less to tell answers sooner. */
enum source_detail {
    SOURCE_ALL,   /* of an item */
    SOURCE_SIZES, /* id, arrival and size; the rest may be empty */
    SOURCE_DATES, /* id and arrival */
};

struct source_query { /* of items; zeroed but for the range: all there is to know of all */
    struct source_range range;
    enum source_detail detail;
    uint32_t newest; /* so many of the latest, or more, are enough; 0: all */
};

struct source_type {
    const char *name; /* "ews" */

    /* Opens a session on the mailbox of that address, by the service account's right to act for
     * it. The session is owned by the caller. DENIED, NOT_FOUND, BUSY, NETWORK, TIMEOUT, … */
    enum status (*open)(struct source *source, const char *address,
                        struct source_session **session_r, struct error *error);
    void (*close)(struct source_session **session);

    /* Whose mailbox the server really opened, as it said when this session was opened: its
     * immutable key (at Exchange the mailbox GUID that its folder ids carry), into `key`. */
    enum status (*who)(struct source_session *session, char *key, size_t key_capacity,
                       struct error *error);

    /* Calls `see` for each mail folder, parents before children. Pointers hold for the call only.
     * `see` may return any status but OK to end early; that status is returned. */
    enum status (*folders)(struct source_session *session,
                           enum status (*see)(void *of, const struct source_folder *folder),
                           void *of, struct error *error);

    /* Calls `see` for each mail item of a folder that arrived within the range, in any order. */
    enum status (*list)(struct source_session *session, const char *folder_id,
                        const struct source_query *query,
                        enum status (*see)(void *of, const struct source_item *item), void *of,
                        struct error *error);

    /* Reads the messages of `count` items (at most SOURCE_FETCH_MAX) as RFC 5322 bytes and calls
     * `see` for each, in the order asked for; `bytes` holds for the call only. An item that cannot
     * be had is seen with its status and sentence and no bytes; the rest goes on. */
    enum status (*fetch)(struct source_session *session, const char *const *ids, size_t count,
                         enum status (*see)(void *of, size_t index, enum status status,
                                            struct str bytes, const char *sentence),
                         void *of, struct error *error);

    /* Saves one message in a folder, byte for byte, with its date and flags. AMBIGUOUS when nobody
     * knows whether that happened; QUOTA, UNMOVABLE and NOT_FOUND are of this message. */
    enum status (*put)(struct source_session *session, const char *folder_id,
                       const struct source_message *message, struct error *error);

    void (*free)(struct source **source);
};

enum { SOURCE_FETCH_MAX = 64 };

struct source { /* embedded first */
    const struct source_type *type;
};

#endif
