/*
 * The party Open-Xchange: accounts, their mailboxes at rest on storage nodes, and the IMAP sessions
 * that are open. Delivery (LMTP) and provisioning (SOAP) work on the same accounts and store.
 *
 * Oddities of real servers are settings, faults are functions in a disturbance; both are asked at
 * the moment when they matter, so they may change while sessions are open.
 */
#ifndef SIM_PARTY_OPENXCHANGE_OPENXCHANGE_H
#define SIM_PARTY_OPENXCHANGE_OPENXCHANGE_H

#include "../session.h"
#include "../store.h"
#include "accounts.h"

struct openxchange;

/* How long the server works, in microseconds. All 0: no time passes. */
struct openxchange_times {
    int64_t command, login, login_failed;
    int64_t append;       /* one message, to disk */
    int64_t bytes_second; /* declared bytes in and out; 0: none is charged */
};

struct openxchange_settings {
    struct openxchange_times times;
    uint64_t message_bytes_max;     /* 0: IMAP_MESSAGE_BYTES_MAX */
    uint32_t sessions_per_user_max; /* 0: no limit (mail_max_userip_connections) */
    bool inbox_prefix;              /* all folders are "INBOX.name", separator "." */
    bool dot_refused;               /* Maildir++ under "/": no "." in a name */
    bool without_literal_plus;      /* an older server: LITERAL+ is not offered */
    bool without_uidplus;           /* no APPENDUID, no COPYUID */
};

#define IMAP_MESSAGE_BYTES_MAX ((uint64_t)256 << 20)

struct openxchange_options {
    struct clock *clock; /* borrows, as the next two */
    struct contents *contents;
    struct history *history;
    struct openxchange_settings settings;
    /* Dovecot makes a UIDVALIDITY of the second in which the folder was made. Two made in the same
     * second have the same one; unless this is set, the later one is raised above it. */
    bool equal_uid_validity;
};

struct openxchange *openxchange_new(const struct openxchange_options *options);
/* Sessions must have been closed. */
void openxchange_close(struct openxchange **openxchange);
struct store *openxchange_store(struct openxchange *openxchange);
struct accounts *openxchange_accounts(struct openxchange *openxchange);

/* The settings of a storage node, "" for those of all nodes that have none of their own. May be
 * written at any time (target-nodes-configured-differently). */
struct openxchange_settings *openxchange_settings(struct openxchange *openxchange, struct str node);

/* Makes an account and its mailbox with INBOX, Drafts, Sent, Trash and Junk, subscribed. EXISTS
 * when login or mailbox are taken. */
NODISCARD enum status openxchange_provision(struct openxchange *openxchange, uint32_t process,
                                            const struct account *spec, struct account **account_r);
/* A UIDVALIDITY for a folder made now. */
uint32_t openxchange_uid_validity(struct openxchange *openxchange);

/* An IMAP session of the peer's process; carried by carrier.h. `openxchange` is a pointer to one.
 */
struct session *openxchange_imap(void *openxchange, uint32_t process);

/* ---- What happens to a server ---- */

/* A node goes down and comes back: its sessions end (SESSION_RESET when they are called), and what
 * was acknowledged without being durable is gone. */
void openxchange_crash(struct openxchange *openxchange, struct str node);
/* Expiry as a retention job does it: removes what was received before `before`. */
void openxchange_expire(struct openxchange *openxchange, uint32_t process, uint32_t mailbox,
                        instant before);

/* ---- Faults: each function may be NULL; names as in the catalogue ---- */

/* What a function of a disturbance is told. */
struct openxchange_moment {
    uint32_t process;
    struct str login;              /* as it was typed, with "*master" */
    const struct account *account; /* the one whose mailbox is open; before login the one named */
    const char *command;           /* "APPEND" */
    struct store_folder *folder;   /* the one named by APPEND, or selected; may be NULL */
};

enum openxchange_answer {
    OPENXCHANGE_USUAL,
    OPENXCHANGE_UNAVAILABLE, /* NO [UNAVAILABLE] */
    OPENXCHANGE_INUSE,       /* NO [INUSE] */
    OPENXCHANGE_OVERQUOTA,   /* NO [OVERQUOTA] */
    OPENXCHANGE_SERVERBUG,   /* NO [SERVERBUG] */
    OPENXCHANGE_REFUSED,     /* NO [AUTHENTICATIONFAILED] at login, else NO [NOPERM] */
    OPENXCHANGE_DROP,        /* the connection is reset without an answer */
};

struct openxchange_disturbance {
    void *of;
    /* target-login-opens-other-mailbox, access-falls-back-to-service-account: the mailbox that is
     * opened in place of the account's; 0 or an unknown one: the right one. */
    uint32_t (*opens)(void *of, const struct openxchange_moment *moment);
    /* access-denied-for-some-accounts, target-rejects-quota-or-size, target overload and drops:
     * asked before each command, LOGIN and AUTHENTICATE too. */
    enum openxchange_answer (*before)(void *of, const struct openxchange_moment *moment);
    /* target-append-ack-lost: asked when all messages of an APPEND are at rest; true: the tagged
     * answer never leaves, the connection is reset. */
    bool (*ack_lost)(void *of, const struct openxchange_moment *moment);
    /* target-ack-not-durable: true: what this APPEND stored is gone after openxchange_crash(). */
    bool (*not_durable)(void *of, const struct openxchange_moment *moment);
    /* target-mail-invisible: true: clients are not shown that folder by LIST and LSUB. */
    bool (*hides)(void *of, struct store_folder *folder);
    /* Mail that rests in another mailbox or folder than named, dates-or-flags-lost,
     * message-reencoded and target-rewrites-identity-headers: store_disturb() on the store. */
};
/* Copies it; NULL ends all. */
void openxchange_disturb(struct openxchange *openxchange,
                         const struct openxchange_disturbance *disturbance);

#endif
