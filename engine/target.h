/*
 * Where mail goes: the contract that each target adapter fulfils (IMAP). One session belongs to
 * one worker and one mailbox. Writes go out as a batch, pipelined where the server can; each
 * result is known or it is AMBIGUOUS, and nothing in between.
 */
#ifndef ENGINE_TARGET_H
#define ENGINE_TARGET_H

#include "base/buffer.h"
#include "base/digest.h"
#include "base/instant.h"
#include "base/status.h"

struct target;
struct target_session;

enum target_role {
    TARGET_PLAIN,
    TARGET_INBOX,
    TARGET_SENT,
    TARGET_DRAFTS,
    TARGET_TRASH,
    TARGET_JUNK,
    TARGET_ARCHIVE,
};

enum target_flag {
    TARGET_SEEN = 1,
    TARGET_ANSWERED = 2,
    TARGET_FLAGGED = 4,
    TARGET_DELETED = 8,
    TARGET_DRAFT = 16,
    TARGET_FORWARDED = 32, /* keyword $Forwarded */
};

struct target_message {
    struct str bytes;     /* borrowed until target's append returns */
    instant received;     /* becomes INTERNALDATE */
    uint32_t flags;       /* enum target_flag */
    const char *keywords; /* IMAP atoms, one blank between; "" for none */
};

struct target_result {
    enum status status;    /* OK, UNMOVABLE, QUOTA, AMBIGUOUS, … of this message */
    uint32_t uid_validity; /* 0 when the server did not say */
    uint32_t uid;
};

struct target_folder_state {
    uint32_t uid_validity, uid_next, messages;
};

struct target_seen { /* what lies there already */
    uint32_t uid;
    uint64_t size;
    uint32_t flags;
    instant received;
    struct digest digest; /* zero unless digests were asked for */
};

struct target_type {
    const char *name; /* "imap" */

    /* Logs in to the mailbox of that login by the migration's credential (master user). */
    enum status (*open)(struct target *target, const char *login, struct target_session **session_r,
                        struct error *error);
    void (*close)(struct target_session **session);

    /* Whose mailbox the server really opened: the immutable key that provisioning placed there
     * (server metadata, RFC 5464), into `key`. Asks the server each time. */
    enum status (*who)(struct target_session *session, char *key, size_t key_capacity,
                       struct error *error);

    /* Finds the folder for a path (levels of UTF-8 joined by U+0000 are not possible; levels come
     * as an array), by role where it has one, and makes and subscribes it when it is missing.
     * `name_r` receives the server's name for it, for use below. */
    enum status (*folder)(struct target_session *session, const char *const *levels,
                          size_t level_count, enum target_role role, struct buffer *name_r,
                          struct error *error);

    enum status (*state)(struct target_session *session, const char *folder,
                         struct target_folder_state *state_r, struct error *error);

    /* Appends `count` messages (at most TARGET_BATCH_MAX) to the folder, in order, byte for byte.
     * results[i] is set for each, whatever is returned. What is returned is the worst status of
     * the session: OK as long as it can be used further. */
    enum status (*append)(struct target_session *session, const char *folder,
                          const struct target_message *messages, size_t count,
                          struct target_result *results, struct error *error);

    /* From now on append() asks `may` each time right before bytes of messages leave. Anything but
     * OK ends the append there, and is what it returns; what had left by then is AMBIGUOUS. */
    void (*guard)(struct target_session *session, enum status (*may)(void *of), void *of);

    /* Calls `see` for each message with first_uid ≤ UID ≤ last_uid (0: no end), without setting
     * \Seen; `digests` reads the bodies and digests them. */
    enum status (*survey)(struct target_session *session, const char *folder, uint32_t first_uid,
                          uint32_t last_uid, bool digests,
                          enum status (*see)(void *of, const struct target_seen *seen), void *of,
                          struct error *error);

    /* Calls `see` with the server's name of each folder of the user's own name space. */
    enum status (*folders)(struct target_session *session,
                           enum status (*see)(void *of, const char *folder), void *of,
                           struct error *error);

    /* Reads one message, without setting \Seen, and puts its bytes behind what `bytes_r` holds.
     * NOT_FOUND when it is gone. */
    enum status (*fetch)(struct target_session *session, const char *folder, uint32_t uid,
                         struct buffer *bytes_r, struct error *error);

    /* Removes exactly these messages (at most TARGET_REMOVE_MAX): nothing that others have marked
     * as deleted goes with them. CONFLICT, and nothing removed, when the folder's UIDVALIDITY is
     * another one. Those that are gone already are no error. */
    enum status (*remove)(struct target_session *session, const char *folder, uint32_t uid_validity,
                          const uint32_t *uids, size_t count, struct error *error);

    void (*free)(struct target **target);
};

enum { TARGET_BATCH_MAX = 64, TARGET_REMOVE_MAX = 256 };

struct target { /* embedded first */
    const struct target_type *type;
};

#endif
