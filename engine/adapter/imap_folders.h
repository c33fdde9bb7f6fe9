/*
 * The folders of one mailbox as its IMAP session sees them: listed once, found by role (RFC 6154)
 * or by path, made where they are missing. The name space's prefix and separator (RFC 2342) are the
 * server's business and stay in here; names outside are the server's own, in modified UTF-7.
 */
#ifndef ENGINE_ADAPTER_IMAP_FOLDERS_H
#define ENGINE_ADAPTER_IMAP_FOLDERS_H

#include "../target.h"
#include "imap_connection.h"

enum {
    IMAP_FOLDERS_MAX = 100 * 1000, /* of one mailbox */
    IMAP_LEVELS_MAX = 64,
    IMAP_LEVEL_BYTES_MAX = 255,
    IMAP_NAME_MAX = 4096,
    IMAP_NAMESPACES_MAX = 64,
};

struct imap_folders;

/* Asks for name spaces and folders. */
NODISCARD enum status imap_folders_open(struct imap_connection *connection,
                                        struct imap_folders **folders_r, struct error *error);
void imap_folders_close(struct imap_folders **folders);

struct imap_path {
    const char *const *levels; /* UTF-8; borrows */
    size_t count;
    enum target_role role;
};

/* As target.h says of folder(). INVALID for a level that holds the separator or control bytes. */
NODISCARD enum status imap_folders_find(struct imap_folders *folders, const struct imap_path *path,
                                        struct buffer *name_r, struct error *error);

/* Calls `see` with each folder of the user's own name space that can hold messages. */
NODISCARD enum status imap_folders_each(struct imap_folders *folders,
                                        enum status (*see)(void *of, const char *folder), void *of);

#endif
