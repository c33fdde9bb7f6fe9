/*
 * Exchange: the mailboxes of an administration on one mocked server (2016 or 2019, German), as its
 * peers see it. Engines read through EWS as a service account that may impersonate; mail comes in
 * by SMTP (exchange_smtp.h) or from its own people, and goes among its own mailboxes without any
 * gateway; people work in Outlook, which is a few direct functions here.
 *
 * What lies in it when the day begins is at once the truth: each item is stored with how=FIXTURE,
 * with the folder, date, flags and keywords it must have at the target. Exchange holds one "last
 * verb" a message, so an item is never both answered and forwarded, and whole seconds only.
 *
 * Oddities and throttling are options; faults are a table of questions (exchange_disturb()).
 */
#ifndef SIM_PARTY_EXCHANGE_EXCHANGE_H
#define SIM_PARTY_EXCHANGE_EXCHANGE_H

#include "../session.h"
#include "../store.h"

struct exchange;

/* Somebody who may sign in to EWS by HTTP Basic. Texts are borrowed and must outlive it. */
struct exchange_account {
    const char *name, *password;
    uint32_t mailbox;      /* its own; 0: it has none to fall back to */
    bool impersonates;     /* the role ApplicationImpersonation … */
    const uint32_t *scope; /* … for these mailboxes; NULL: for all */
    uint32_t scope_count;
    bool full_access; /* may open every mailbox without impersonating */
};

struct exchange_throttling { /* EWS.md §4; zeroed: never busy */
    uint32_t requests;       /* the budget of one account acting for one mailbox … */
    int64_t window;          /* … in such a span; microseconds */
    int64_t back_off;        /* what a refused client is asked to wait; 0: until the window ends */
    int64_t delay;           /* before refusing, each request beyond half the budget takes longer */
    bool in_message;         /* says ErrorServerBusy in a 200, not as a fault */
};

struct exchange_work {         /* how long the server works, in microseconds */
    int64_t request;           /* on each */
    int64_t row;               /* on each row of a listing */
    int64_t item;              /* on each item read */
    uint64_t bytes_per_second; /* of declared size, for messages; 0: no limit */
};

struct exchange_letter {
    uint32_t process; /* who brought it */
    uint32_t content;
    const uint32_t *mailboxes; /* each once */
    size_t mailbox_count;
};

struct exchange_options {
    struct clock *clock; /* borrows, as the next three */
    struct history *history;
    struct contents *contents;
    const struct population *population;
    const struct exchange_account *accounts; /* borrows */
    uint32_t account_count;
    struct exchange_throttling throttling;
    struct exchange_work work;
    bool compressed_ids; /* ids begin with "AQMk" instead of "AAMk" */
    /* Where a mailbox lives as Exchange sees the directory; NULL: all of them here. */
    enum system (*home_of)(void *of, uint32_t mailbox);
    /* Takes mail for a mailbox that lives elsewhere (it goes to the gateway). May be NULL when
     * home_of is. */
    void (*forward)(void *of, const struct exchange_letter *letter, uint32_t mailbox);
    void *of;
};

/* Makes Exchange and puts the population into it, each item a fact. The clock should stand at the
 * beginning of the day. */
struct exchange *exchange_new(const struct exchange_options *options);
void exchange_close(struct exchange **exchange); /* after the last of its sessions */
struct store *exchange_store(struct exchange *exchange);
const struct population *exchange_population(const struct exchange *exchange);

/* One connection to the web services: HTTP, path /EWS/Exchange.asmx. */
struct session *exchange_ews_session(struct exchange *exchange);

/* ---- Mail ---- */

/* The mailbox that mail for this address or alias belongs to; 0: not one of ours. */
uint32_t exchange_accepts(const struct exchange *exchange, struct str address);
/* Puts a letter into the inboxes of those who live here, and forwards it for the others. QUOTA, or
 * what a disturbance says, when some inbox refuses; then nobody has it. */
enum status exchange_deliver(struct exchange *exchange, const struct exchange_letter *letter);
/* A person here sends: a copy, read, lies in the Sent folder, then it is delivered; the copy stays
 * when that fails. Facts about the mail itself (MAIL_SUBMITTED, MAIL_DUE) are the business of
 * whoever made it. */
enum status exchange_submit(struct exchange *exchange, uint32_t sender,
                            const struct exchange_letter *letter);

/* ---- Outlook: what a person does by hand; facts carry the person's process ---- */

struct exchange_item {
    struct store_folder *folder;
    uint32_t uid;
};

/* Nobody logs on to the mailbox while it is locked; the migration's own account still does. */
void exchange_lock(struct exchange *exchange, uint32_t mailbox, bool locked);
/* Whether Outlook gets in: DENIED while the mailbox is locked. */
enum status exchange_outlook_logon(struct exchange *exchange, uint32_t process, uint32_t mailbox);

/* Each returns NOT_FOUND when the item is gone. */
enum status exchange_outlook_open(struct exchange *exchange, uint32_t process,
                                  struct exchange_item item); /* reads it: it is seen then */
enum status exchange_outlook_flag(struct exchange *exchange, uint32_t process,
                                  struct exchange_item item, uint32_t flags); /* all of them */
/* `item` is where it lies afterwards: it has got a new id. */
enum status exchange_outlook_move(struct exchange *exchange, uint32_t process,
                                  struct exchange_item *item, struct store_folder *to);
enum status exchange_outlook_delete(struct exchange *exchange, uint32_t process,
                                    struct exchange_item *item); /* into Gelöschte Elemente */
/* Something written and not sent, into Entwürfe. */
enum status exchange_outlook_draft(struct exchange *exchange, uint32_t process, uint32_t mailbox,
                                   uint32_t content, struct exchange_item *item_r);

/* ---- Faults ---- */

/*
 * Each question may be NULL. It is asked when the server is about to do the thing rightly; an
 * answer other than 0 or false makes the fault fire there. `mailbox` is the one asked for, 0 for
 * the account's own. Named after the fault catalogue.
 */
struct exchange_disturbance {
    void *of;
    /* source-answers-garbage-with-success: 200 with a login page */
    bool (*login_page)(void *of, uint32_t mailbox);
    /* source-throttles-or-drops: busy for so many microseconds; and the connection breaks */
    int64_t (*busy)(void *of, uint32_t mailbox);
    bool (*drops)(void *of, uint32_t mailbox);
    /* token-expires-mid-mailbox: 401 */
    bool (*expires)(void *of, uint32_t mailbox);
    /* access-denied-for-some-accounts: impersonation is denied */
    bool (*denies)(void *of, uint32_t mailbox);
    /* access-falls-back-to-service-account: impersonation is not applied, and nobody says so */
    bool (*falls_back)(void *of, uint32_t mailbox);
    /* pooled-session-answers-out-of-step: another mailbox answers; returns which */
    uint32_t (*answers_for)(void *of, uint32_t mailbox);
    /* source-exposes-foreign-folders: this one's folders are listed as well, and can be read */
    uint32_t (*exposes)(void *of, uint32_t mailbox);
    /* source-listing-incomplete: a folder, an item is left out of lists; counts stay right */
    bool (*hides_folder)(void *of, uint32_t mailbox, struct str path);
    bool (*hides)(void *of, uint32_t mailbox, const struct store_item *item);
    /* source-item-unreadable: ErrorMimeContentConversionFailed */
    bool (*unreadable)(void *of, uint32_t mailbox, const struct store_item *item);
    /* connection-cut-mid-message: half of the message comes, then the connection breaks */
    bool (*cuts)(void *of, uint32_t mailbox, const struct store_item *item);
};
void exchange_disturb(struct exchange *exchange, const struct exchange_disturbance *disturbance);

#endif
