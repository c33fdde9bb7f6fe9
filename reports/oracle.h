/*
 * Oracles: each answers one question from facts only. All of them see the same pass over the
 * history, after the shared replay (rest.h, day.h) has taken the fact in; what they find goes into
 * the trial as findings and numbers. An oracle that lacks facts says so and leaves its numbers
 * unknown: it never guesses. Auditors have the same shape; they may also look at what the oracles
 * found, which stands when their end() runs.
 *
 * No oracle knows the name of an engine or of a mocked system's implementation.
 */
#ifndef REPORTS_ORACLE_H
#define REPORTS_ORACLE_H

#include "day.h"
#include "expect.h"
#include "finding.h"
#include "rest.h"

enum { TRIAL_LACKING_MAX = 256 };

/* What the engine said, in numbers. */
struct said {
    int64_t claims, mailboxes_done, mailboxes_refused, messages, troubles, verified, consistent;
    int64_t alarms, not_claims;
    int64_t exit_code; /* the last run_ended; −1: none */
    int64_t runs, runs_ended;
};

/* From the first time that something happened to the last; `count` times, `mailboxes` of them. */
struct stretch {
    instant from, until; /* INSTANT_NEVER: not at all */
    int64_t count, mailboxes;
};
void stretch_add(struct stretch *stretch, instant at);

/* How wrong it went and what was done about it, for reports. */
struct course {
    struct stretch at_rest, downloaded, opened; /* foreign mail; mailboxes: whose people */
    struct stretch closed;                      /* logins, by an engine */
    struct stretch sealed;                      /* evidence; count: messages */
    struct stretch removed, spared;             /* foreign mail; what lay at the old home as well */
    struct stretch set_back, returned;          /* mailboxes; messages */
    struct stretch locked_out;                  /* bystanders */
    int64_t held, held_longest;                 /* mails at the gateway; span */
};

/* What all oracles of one judgement share. */
struct trial {
    struct history *history; /* borrows, as all below */
    struct rest *rest;
    struct day *day;
    struct findings *findings;
    const struct promise *promises;
    size_t promise_count;
    int64_t numbers[NUMBER_COUNT]; /* NUMBER_UNKNOWN until somebody counts */
    struct said said;
    struct course course;
    bool *excused;                   /* owns; by mailbox; made when somebody asks */
    char lacking[TRIAL_LACKING_MAX]; /* "" or the first reason why this cannot be judged */
};

/* Notes that `who` cannot answer. */
void trial_lack(struct trial *trial, const char *who, const char *why);
/* The value of the promise about that number, or `otherwise` when there is none. */
int64_t trial_promised(const struct trial *trial, enum number number, int64_t otherwise);
/* True when an alarm after a fault that concerns the mailbox and is not healed names it. For end()
 * only. */
bool trial_excuses(struct trial *trial, uint32_t mailbox);
/* The mailboxes, [0] unused: one zeroed element each. Freed with free(). */
void *trial_each_mailbox(const struct trial *trial, size_t size);

struct oracle {
    const char *name;
    const char *question;
    uint64_t kinds; /* the facts it wants to see, KIND(…) of rest.h */
    void *(*begin)(struct trial *trial);
    void (*see)(void *self, struct trial *trial, const struct step *step);     /* NULL: none */
    void (*claim)(void *self, struct trial *trial, const struct claim *claim); /* NULL: none */
    void (*end)(void *self, struct trial *trial);                              /* frees `self` */
};

/* In the order in which they end; auditors after oracles. NULL-terminated. */
extern const struct oracle *const oracles[];

extern const struct oracle oracle_foreign, oracle_placement, oracle_metadata, oracle_held,
    oracle_home, oracle_cut_off, oracle_bystanders, oracle_access, oracle_edges, oracle_rollback,
    oracle_cleanup, oracle_caches, oracle_repetition;
extern const struct oracle auditor_honest, auditor_stop, auditor_silence, auditor_calm;

#endif
