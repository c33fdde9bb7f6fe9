/*
 * The mail gateway: takes mail for every mailbox and for outside, holds it, and routes each
 * recipient by the tables of its SQLite file (engine/gateway.h), and by nothing else: it never asks
 * the directory. A letter to several is split; each recipient has an entry, a number and a fate of
 * his own. Aliases are rewritten to the mailbox's address before any table is asked.
 *
 * What it answered with 250 is in its queue and survives its process. A letter goes to the home
 * that the table names at that moment; one that cannot be handed over is tried again, later each
 * time, and at its maximum age or at a refusal comes back to its sender with a notice. Held mail
 * does not age: its release queues it anew, with a new life (postsuper -r).
 *
 * Here is what the gateway is. Who lets it live is gateway_runner.h in the sim drive.
 */
#ifndef SIM_PARTY_GATEWAY_PARTY_H
#define SIM_PARTY_GATEWAY_PARTY_H

#include "../../kernel/clock.h"
#include "../contents.h"
#include "../mail_dialogue.h"
#include "../session.h"
#include "gateway_file.h"

struct gateway_party;

enum { GATEWAY_HOPS_MAX = 50, GATEWAY_LETTERS_MAX = 1 << 22 };

struct gateway_party_options {
    const char *host; /* "gateway.landsh.example"; borrows, as all pointers here */
    const struct clock *clock;
    struct contents *contents;
    struct history *history;
    const struct population *population; /* who is inside */
    struct gateway_file_options file;
    int64_t retry_first, retry_last; /* spans between tries: doubled from the first to the last */
    int64_t age_max;                 /* of a letter that is not held */
    int64_t command_work, message_work; /* microseconds */
};

/* Spans as Postfix has them: 5 min to 4,000 s between tries, 5 d of life. */
#define GATEWAY_RETRY_FIRST (300 * SECOND)
#define GATEWAY_RETRY_LAST  (4000 * SECOND)
#define GATEWAY_AGE_MAX     (5 * DAY)

/* Opens its file, gives every mailbox without a route the one to Exchange, and waits for
 * gateway_party_begin(). INVALID when the file holds a queue already. */
NODISCARD enum status gateway_party_open(const struct gateway_party_options *options,
                                         struct gateway_party **gateway_r, struct error *error);
void gateway_party_close(struct gateway_party **gateway); /* after the last of its sessions */

/* An SMTP session for a connection that process `peer` opened; a carrier_factory. */
struct session *gateway_party_session(void *gateway, uint32_t peer);

/* What can go wrong at the gateway, each named after the fault it serves. `strikes` is asked at the
 * moment it would matter. */
enum gateway_trouble {
    GATEWAY_LOSES_HELD,     /* held-mail-lost-or-expired: released, and never seen again */
    GATEWAY_AGE_COUNTS_ON,  /* held-mail-lost-or-expired: too old at its release, so it bounces */
    GATEWAY_DELIVERS_TWICE, /* held-mail-delivered-twice: the 250 for a released letter is lost */
    GATEWAY_STALE_ROUTE,    /* held-mail-released-to-stale-route: the route it came with */
    GATEWAY_OLD_HOME,       /* mail-lands-at-old-home: to Exchange, whatever the table says */
    GATEWAY_IGNORES_HOLD,   /* switch-timing: somebody's cache of the hold is old */
};
struct gateway_disturbance {
    void *of;
    bool (*strikes)(void *of, enum gateway_trouble trouble, uint32_t mailbox);
};
/* NULL: nothing goes wrong. */
void gateway_party_disturb(struct gateway_party *gateway,
                           const struct gateway_disturbance *disturbance);

struct gateway_party_counts { /* of entries; accepted = delivered + bounced + held + queued + lost
                               */
    uint64_t accepted, delivered, bounced, released;
    uint64_t held, queued; /* now */
    uint64_t lost;         /* by GATEWAY_LOSES_HELD */
    uint64_t left;         /* of the delivered: outside */
    uint64_t tries;        /* of deliveries */
};
struct gateway_party_counts gateway_party_counts(const struct gateway_party *gateway);

/* ---- For whoever lets it live ---- */

/* A process named `process` in the history takes the gateway up: what lies in the queue is due now,
 * all that the process before it had only in mind is forgotten. `call(of)` says that something new
 * may be due; may be NULL. BUSY: try again. */
NODISCARD enum status gateway_party_begin(struct gateway_party *gateway, uint32_t process,
                                          void (*call)(void *of), void *of, struct error *error);

/* Whoever began with this `of` has gone: it is not called any more. */
void gateway_party_end(struct gateway_party *gateway, const void *of);

/* Looks at its tables, if anybody changed them: notices routes that changed (a fact), and lets go
 * what is to be released. It does so by itself when mail comes and before it delivers. What fails
 * is made up for by the next look, so the status may be ignored. */
enum status gateway_party_look(struct gateway_party *gateway, struct error *error);

/* When the next letter is due; INSTANT_NEVER: none. */
instant gateway_party_next(const struct gateway_party *gateway);

/* One letter to be handed over. */
struct gateway_errand {
    uint64_t id;
    enum system system; /* to whom: by SMTP to Exchange, by LMTP to Open-Xchange; OUTSIDE needs no
                           errand, but is to be settled with 250 */
    const char *hello, *sender, *recipient; /* borrowed from the gateway */
    struct buffer bytes;                    /* owns: buffer_release() */
};
/* Takes the next letter that is due; false when there is none, or it could not be routed just now.
 */
bool gateway_party_take(struct gateway_party *gateway, struct gateway_errand *errand_r);

/* What became of it: the last answer of the server; code 0 for none, its text says why. BUSY: the
 * gateway could not write it down; call again with the same reply. */
NODISCARD enum status gateway_party_settle(struct gateway_party *gateway, uint64_t id,
                                           const struct mail_reply *reply, struct error *error);

#endif
