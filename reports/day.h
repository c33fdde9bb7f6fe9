/*
 * The course of the day, which oracles, auditors and printers share: when it began and ended, its
 * phases, faults and alarms, and where each mailbox is at home. Filled from the history's settings
 * and, fact by fact, beside the replay of rest.h. Plain data: whoever reads it changes nothing.
 */
#ifndef REPORTS_DAY_H
#define REPORTS_DAY_H

#include "rest.h"

enum {
    DAY_PHASES_MAX = 4096,
    DAY_FAULTS_MAX = 1024,
    DAY_ALARMS_MAX = 100000, /* further ones are counted, not kept */
    DAY_ARTEFACTS_MAX = 8,   /* a fault */
};

struct day_phase {
    uint32_t name;
    instant begun, ended; /* ended is INSTANT_NEVER when it never did */
    int64_t exit_code;
};

struct day_fault {
    uint32_t name;
    instant armed, fired, effect, healed; /* the first of each, INSTANT_NEVER: not at all */
    uint64_t fired_row;                   /* 0: never */
    uint64_t healed_row;                  /* of the last healing after which it did not fire; 0 */
    uint32_t mailboxes;                   /* how many it is known to aim at or to have reached */
    uint32_t artefacts[DAY_ARTEFACTS_MAX];
    int artefact_count;
};

struct day_alarm {
    instant at;
    uint64_t row;
    uint32_t measure, mailbox, artefact, sentence; /* names but for the mailbox; 0: none */
};

struct day_home {
    uint8_t aspect[3]; /* side by enum home_aspect */
    uint8_t latest;    /* side that was set last: where it is at home */
    bool known;        /* somebody said or showed it */
    instant moved;     /* first came home at the target after the day began; INSTANT_NEVER */
};

struct day {
    const struct history *history; /* borrows */
    bool complete;                 /* its end is recorded */
    instant began, ended, cut_off; /* cut_off INSTANT_NEVER: none */
    bool backfill_planned;
    uint32_t batch;           /* mailboxes */
    struct day_phase *phases; /* owns the lists */
    struct day_fault *faults;
    struct day_alarm *alarms;
    size_t phase_count, fault_count, alarm_count; /* kept */
    uint64_t alarms_seen;
    struct day_home *homes;      /* owns; by mailbox, [0] unused */
    int switching;               /* phases that move homes and run now */
    instant switching_ended;     /* the last time that number became 0; INT64_MIN: never */
    uint64_t fixtures;           /* messages of the batch at the source in the morning */
    struct table *fault_reached; /* owns; fault and mailbox → 1 */
};

struct day *day_new(const struct history *history);
void day_close(struct day **day);
void day_see(struct day *day, const struct fact *fact, uint64_t row);

/* A setting that holds a span or count in decimal; `otherwise` when it is absent or no number. */
int64_t day_setting(const struct history *history, const char *key, int64_t otherwise);

enum side day_home(const struct day *day, uint32_t mailbox);
bool day_is_of_batch(const struct day *day, uint32_t mailbox);
/* True when the fault aims at that mailbox or was seen to reach it. */
bool day_fault_reached(const struct day *day, size_t fault, uint32_t mailbox);
/* The last end of a phase of that name with exit code 0, INSTANT_NEVER when there is none. */
instant day_phase_done(const struct day *day, const char *phase);

#endif
