/*
 * Provisioning of Open-Xchange: the SOAP service OXUserService at /webservices/OXUserService
 * (OX.md §2), as the context administrator uses it. It reads and changes the same accounts that
 * Dovecot's password database reads.
 *
 *   getData, getMultipleData   accounts by id or name
 *   list, listAll              by a pattern with "*"
 *   exists
 *   change                     mailenabled opens or closes an account to its people (a fact);
 *                              imapLogin, userfield01 and password are written as they come,
 *                              unchecked, as the real one does
 *
 * A user's name is his login. Whatever else `change` names is refused, so that nobody believes it
 * was changed.
 */
#ifndef SIM_PARTY_OPENXCHANGE_PROVISIONING_H
#define SIM_PARTY_OPENXCHANGE_PROVISIONING_H

#include "openxchange.h"

struct provisioning_server;

enum { PROVISIONING_BODY_MAX = 256 * 1024 };

enum provisioning_answer {
    PROVISIONING_USUAL,
    PROVISIONING_STORAGE_FAILS, /* a StorageException, and nothing is changed */
    PROVISIONING_DROPS,         /* the connection is reset, and nothing is changed */
    PROVISIONING_ANSWER_LOST,   /* changed, but the connection is reset before the answer */
};

struct provisioning_options {
    struct openxchange *openxchange; /* borrows, as all pointers here */
    const struct clock *clock;
    struct history *history;
    uint32_t context;
    const char *admin, *password;
    int64_t work; /* how long a request takes; microseconds */
    /* A fault: asked before each request for an account; NULL: all goes as usual. */
    void *of;
    enum provisioning_answer (*disturb)(void *of, const struct account *account,
                                        struct str operation);
};

struct provisioning_server *provisioning_server_new(const struct provisioning_options *options);
void provisioning_server_close(struct provisioning_server **server); /* after its sessions */

/* An HTTP session for a connection that process `peer` opened; a carrier_factory. */
struct session *provisioning_server_session(void *server, uint32_t peer);

#endif
