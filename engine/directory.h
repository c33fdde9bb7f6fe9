/*
 * Who lives where, and who is who: two contracts. The directory (SCIM 2.0, RFC 7643/7644) holds
 * one record for each mailbox with its immutable key, its addresses and its home; changing a home
 * is a compare-and-set on the record's version. Provisioning (the OX SOAP services) says which
 * account stands behind a login at the target, and opens or closes it to its people.
 */
#ifndef ENGINE_DIRECTORY_H
#define ENGINE_DIRECTORY_H

#include <stdint.h>

#include "base/status.h"

enum home { HOME_EXCHANGE, HOME_OPENXCHANGE };

enum { DIRECTORY_TEXT_MAX = 256 };

struct directory_entry {
    char id[DIRECTORY_TEXT_MAX];      /* of the record */
    char version[DIRECTORY_TEXT_MAX]; /* ETag */
    char key[DIRECTORY_TEXT_MAX];     /* mailbox GUID */
    char address[DIRECTORY_TEXT_MAX]; /* primary */
    char login[DIRECTORY_TEXT_MAX];   /* at the target, as the directory assigns it */
    enum home home;
};

struct directory;

struct directory_type {
    /* The record with that address or alias. NOT_FOUND; INVALID when more than one claims it. */
    enum status (*find)(struct directory *directory, const char *address,
                        struct directory_entry *entry_r, struct error *error);
    /* Sets the home if the record is still at entry->version, which is brought up to date;
     * CONFLICT otherwise. */
    enum status (*set_home)(struct directory *directory, struct directory_entry *entry,
                            enum home home, struct error *error);
    void (*free)(struct directory **directory);
};

struct directory { /* embedded first */
    const struct directory_type *type;
};

struct account {
    char login[DIRECTORY_TEXT_MAX];   /* imapLogin */
    char address[DIRECTORY_TEXT_MAX]; /* primaryEmail */
    char key[DIRECTORY_TEXT_MAX];     /* userfield01: the GUID of the mailbox it stands for */
    bool open;                        /* mailenabled: its people may log in */
    uint64_t quota_bytes;             /* 0: none */
};

struct provisioning;

struct provisioning_type {
    enum status (*find)(struct provisioning *provisioning, const char *login,
                        struct account *account_r, struct error *error);
    enum status (*set_open)(struct provisioning *provisioning, const char *login, bool open,
                            struct error *error);
    void (*free)(struct provisioning **provisioning);
};

struct provisioning { /* embedded first */
    const struct provisioning_type *type;
};

#endif
