/*
 * The gateway alive in the sim drive: one process that listens, delivers with a few workers, and
 * looks at its tables every few seconds, at the same beat whether or not it is known that nothing
 * has changed there. When the process is killed, what the gateway accepted is
 * still in its queue; starting it again in a new process goes on from there.
 */
#ifndef SIM_PARTY_GATEWAY_RUNNER_H
#define SIM_PARTY_GATEWAY_RUNNER_H

#include "../../kernel/disk.h"
#include "../../kernel/network.h"
#include "gateway_party.h"

enum { GATEWAY_WORKERS_MAX = 64 };

struct gateway_runner_options {
    struct network_place place; /* where it takes mail */
    struct link link;
    struct network_place exchange, openxchange; /* where it hands mail over: SMTP, LMTP */
    unsigned workers;                           /* letters handed over at a time */
    int64_t look_span;                          /* between two looks at its tables */
    struct disk *disk; /* borrows; where `table` lies: then it looks only when that has changed */
    const char *table; /* borrows; not used without a disk */
    int64_t patience;  /* with another server, for one answer */
};

/* Begins in `process`, whose number is its name in the history. The gateway must outlive the
 * kernel. */
void gateway_runner_start(struct gateway_party *gateway, struct process *process,
                          const struct gateway_runner_options *options);

#endif
