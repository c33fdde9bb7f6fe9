/*
 * What the engine proved, in a file that survives a kill: which mailboxes went through which phase,
 * and for each item the intent to write it and what became of that. SQLite with a rollback journal,
 * synchronous=FULL: what a call has returned from is durable.
 *
 * Everything is keyed by campaign, batch and attempt. An item is known by its mailbox and a hash of
 * its source folder and id; its row carries the digest of its bytes.
 *
 *   intended ──append answered──▶ written (uid)      settled by looking: written or open
 *            ──append refused───▶ refused            an open item may be tried again
 *
 * One connection, used by all workers under one platform lock; no call sleeps or talks to a network
 * between BEGIN and COMMIT. Rows of a mailbox lie in order of writing, so a commit of a batch is
 * sequential: a fraction of a microsecond an item.
 */
#ifndef ENGINE_LEDGER_H
#define ENGINE_LEDGER_H

#include <stdint.h>

#include "base/digest.h"
#include "platform.h"

struct ledger;

/* The version of the tables: raised with each change of them. */
#define LEDGER_SCHEMA      2
#define LEDGER_SCHEMA_TEXT "2"

enum { LEDGER_ITEMS_MAX = 1 << 24 /* a mailbox */, LEDGER_DIGEST_MAX = 65 /* hexadecimal */ };

struct ledger_batch { /* what everything is keyed by */
    const char *campaign, *batch;
    int64_t attempt;
};

/* Makes the file if need be. INVALID when its tables are of another version: what they say would be
 * misread; STORAGE. */
NODISCARD enum status ledger_open(struct platform *platform, const char *path,
                                  const struct ledger_batch *batch, struct ledger **ledger_r,
                                  struct error *error);
void ledger_close(struct ledger **ledger);
/* From now on every call fails with KILLED: code that unwinds leaves no trace. */
void ledger_silence(struct ledger *ledger);
/* Whether anything could ever not be read or written, e.g. because the disk is full. */
bool ledger_has_failed(const struct ledger *ledger);

/* ---- Runs ---- */

struct ledger_run {
    uint32_t number; /* from 1, dense over the file */
    const char *phase;
    const char *plan_digest, *mapping_digest, *seal_digest; /* hexadecimal; "" when there is none */
    const char *version;                                    /* of the engine */
    instant began, cut_off;
    int exit; /* −1 while it runs and when it was killed */
};

/* Begins a run; run->number is set. */
NODISCARD enum status ledger_run_begin(struct ledger *ledger, struct ledger_run *run,
                                       struct error *error);
/* The cut-off that the run goes by, once it is known. */
NODISCARD enum status ledger_run_cut_off(struct ledger *ledger, uint32_t run, instant cut_off,
                                         struct error *error);
NODISCARD enum status ledger_run_end(struct ledger *ledger, uint32_t run, int exit,
                                     struct error *error);
/* Calls `see` for each run of this batch, in order; pointers hold for the call. */
NODISCARD enum status ledger_runs(struct ledger *ledger,
                                  void (*see)(void *of, const struct ledger_run *run), void *of,
                                  struct error *error);

/* ---- Mailboxes and what is proved of them ---- */

struct ledger_pair {
    uint32_t mailbox; /* the ledger's number of this pair */
    const char *source, *target, *key;
};

struct ledger_proof {
    uint32_t mailbox;
    uint64_t messages, bytes;
};

/* The number of the pair of source and target; it gets one when it is new. */
NODISCARD enum status ledger_mailbox(struct ledger *ledger, struct ledger_pair *pair,
                                     struct error *error);
/* Durable when it returns. Proving again adds to messages and bytes. */
NODISCARD enum status ledger_prove(struct ledger *ledger, const char *phase,
                                   const struct ledger_proof *proof, struct error *error);
NODISCARD enum status ledger_proved(struct ledger *ledger, const char *phase, uint32_t mailbox,
                                    bool *proved_r, struct error *error);
/* Calls `see` for each pair proved in `phase`, in order of numbers. */
NODISCARD enum status ledger_pairs(struct ledger *ledger, const char *phase,
                                   void (*see)(void *of, const struct ledger_pair *pair), void *of,
                                   struct error *error);

/* Calls `see` for each pair of this batch and attempt that the ledger has a number for. */
NODISCARD enum status ledger_mailboxes(struct ledger *ledger,
                                       void (*see)(void *of, const struct ledger_pair *pair),
                                       void *of, struct error *error);

/* ---- What a rollback brought back: ledger_returns.c ---- */

struct ledger_return {
    int64_t number; /* 0: not yet stored */
    struct digest digest;
    instant received;
    bool done; /* else it was intended, and nobody knows */
};

/* Stores an intent and sets its number, or notes that it was carried out. Durable then. */
NODISCARD enum status ledger_return_store(struct ledger *ledger, uint32_t mailbox,
                                          struct ledger_return *returned, struct error *error);
NODISCARD enum status ledger_returns(struct ledger *ledger, uint32_t mailbox,
                                     void (*see)(void *of, const struct ledger_return *returned),
                                     void *of, struct error *error);

/* ---- Messages that were named as not moved: ledger_named.c ---- */

/* Durable when it returns. `item` is a hash of the source's id of the message. */
NODISCARD enum status ledger_name(struct ledger *ledger, uint32_t mailbox, const char *phase,
                                  uint64_t item, struct error *error);
/* Forgets those of one phase. */
NODISCARD enum status ledger_unname(struct ledger *ledger, uint32_t mailbox, const char *phase,
                                    struct error *error);
NODISCARD enum status ledger_named(struct ledger *ledger, uint32_t mailbox,
                                   void (*see)(void *of, uint64_t item), void *of,
                                   struct error *error);

/* ---- How far the evidence is sealed: ledger_evidence.c ---- */

struct ledger_evidence {
    uint64_t bytes, lines;        /* of the file of evidence; what lies behind was never finished */
    char last[LEDGER_DIGEST_MAX]; /* of the last of those lines; "" when there is none */
};

/* NOT_FOUND when nothing was ever noted. */
NODISCARD enum status ledger_evidence(struct ledger *ledger, struct ledger_evidence *evidence_r,
                                      struct error *error);
/* Durable when it returns. */
NODISCARD enum status ledger_evidence_store(struct ledger *ledger,
                                            const struct ledger_evidence *evidence,
                                            struct error *error);

/* ---- Items ---- */

enum ledger_state { LEDGER_OPEN, LEDGER_INTENDED, LEDGER_WRITTEN, LEDGER_REFUSED };

struct ledger_item {
    uint32_t number; /* of the row in its mailbox, from 1; 0: not yet stored */
    uint32_t folder; /* hash of the target folder's path */
    uint64_t item;   /* hash of source folder and item id */
    struct digest digest;
    uint64_t size;
    enum ledger_state state;
    uint32_t uid_validity, uid; /* of a written item; of an intended one the folder's UIDNEXT */
    uint32_t run;
};

/* All items of a mailbox in order of writing; `items_r` is freed with free(). */
NODISCARD enum status ledger_items(struct ledger *ledger, uint32_t mailbox,
                                   struct ledger_item **items_r, size_t *count_r,
                                   struct error *error);

struct ledger_lease;

struct ledger_write { /* one transaction */
    uint32_t mailbox;
    const struct ledger_lease *lease; /* must still be held; NULL: nobody asks */
    struct ledger_item *items; /* stored where number is 0, which is then set, else updated */
    size_t count;
};
/* CONFLICT when the lease is no longer held: then nothing was changed. */
NODISCARD enum status ledger_store(struct ledger *ledger, const struct ledger_write *write,
                                   struct error *error);

/* ---- Leases: one writer a mailbox ---- */

enum { LEDGER_HOLDER_MAX = 64 };

struct ledger_lease {
    uint32_t mailbox;
    uint64_t fence; /* grows with each holder */
    char holder[LEDGER_HOLDER_MAX];
    uint32_t run; /* the holder's; 0: he is no run and cannot be stopped */
};

/* Takes the lease on a mailbox until `until`, or renews it when `lease` holds it. CONFLICT with the
 * other holder in the sentence and his end in `ends_r` while that is later than `now`; STOPPED when
 * the run is over. */
NODISCARD enum status ledger_lease_take(struct ledger *ledger, struct ledger_lease *lease,
                                        instant now, instant until, instant *ends_r,
                                        struct error *error);
/* Whether it is still held: OK or CONFLICT. A lease that ran out is held until another takes it. */
NODISCARD enum status ledger_lease_ask(struct ledger *ledger, const struct ledger_lease *lease,
                                       struct error *error);
NODISCARD enum status ledger_lease_give(struct ledger *ledger, const struct ledger_lease *lease,
                                        struct error *error);
/* Takes all leases of this batch away, whoever holds them: none of their writes is accepted any
 * more. `count_r` says how many were held. */
NODISCARD enum status ledger_lease_revoke(struct ledger *ledger, size_t *count_r,
                                          struct error *error);

/* ---- Runs that are over: ledger_stopped.c ---- */

#define LEDGER_EVERY_RUN UINT32_MAX

/* No run of this batch and attempt up to number `last` gets a lease any more, or keeps one: their
 * writes are not accepted from now on. Whoever held one gives it back when he notices. */
NODISCARD enum status ledger_stop_runs(struct ledger *ledger, uint32_t last, struct error *error);
/* Whether this attempt was set back, for any mailbox or as a whole, or is being set back. */
NODISCARD enum status ledger_set_back(struct ledger *ledger, bool *set_back_r, struct error *error);
/* How many leases of this batch and attempt are not yet given back at `now`, nor at their end. */
NODISCARD enum status ledger_leases_held(struct ledger *ledger, instant now, size_t *count_r,
                                         struct error *error);

struct ledger_totals {
    uint64_t intended, written, refused, leases;
};
NODISCARD enum status ledger_totals(struct ledger *ledger, struct ledger_totals *totals_r,
                                    struct error *error);

#endif
