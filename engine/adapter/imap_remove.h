/*
 * One message read, and messages removed: SELECT with a look at UIDVALIDITY, UID STORE \Deleted,
 * UID EXPUNGE (RFC 4315 section 2.1). A plain EXPUNGE would also remove what other people have
 * marked.
 */
#ifndef ENGINE_ADAPTER_IMAP_REMOVE_H
#define ENGINE_ADAPTER_IMAP_REMOVE_H

#include "../target.h"
#include "imap_connection.h"

/* As target.h says of fetch() and remove(). */
NODISCARD enum status imap_fetch_one(struct imap_connection *connection, const char *folder,
                                     uint32_t uid, struct buffer *bytes_r, struct error *error);

struct imap_removal {
    const char *folder;
    uint32_t uid_validity;
    const uint32_t *uids; /* borrows */
    size_t count;
};
NODISCARD enum status imap_remove(struct imap_connection *connection,
                                  const struct imap_removal *removal, struct error *error);

#endif
