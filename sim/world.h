/*
 * The world of one rehearsal: all that exists. It owns the kernel, the population, the contents and
 * the parties, and has the parties listen on the network. It knows no engine and judges nothing.
 *
 *   10.0.0.1  Exchange       EWS 80, SMTP 25
 *   10.0.0.2  Open-Xchange   IMAP 143, LMTP 24, provisioning 80
 *   10.0.0.3  directory      SCIM 80
 *   10.0.0.4  gateway        SMTP 25; its table is the file "gateway.db" on the disk
 *   10.0.0.9  a specialist system that stands by: a tripwire
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "../fixtures/population.h"
#include "../reports/history.h"
#include "kernel/disk.h"
#include "kernel/network.h"
#include "party/directory/directory_party.h"
#include "party/directory/scim.h"
#include "party/exchange/exchange.h"
#include "party/exchange_smtp.h"
#include "party/gateway/gateway_party.h"
#include "party/lmtp.h"
#include "party/openxchange/openxchange.h"
#include "scenario.h"

#define PLACE_EXCHANGE_EWS    ((struct network_place){NETWORK_IP(10, 0, 0, 1), 80})
#define PLACE_EXCHANGE_SMTP   ((struct network_place){NETWORK_IP(10, 0, 0, 1), 25})
#define PLACE_OX_IMAP         ((struct network_place){NETWORK_IP(10, 0, 0, 2), 143})
#define PLACE_OX_LMTP         ((struct network_place){NETWORK_IP(10, 0, 0, 2), 24})
#define PLACE_OX_PROVISIONING ((struct network_place){NETWORK_IP(10, 0, 0, 2), 80})
#define PLACE_DIRECTORY       ((struct network_place){NETWORK_IP(10, 0, 0, 3), 80})
#define PLACE_GATEWAY         ((struct network_place){NETWORK_IP(10, 0, 0, 4), 25})
#define PLACE_TRIPWIRE        ((struct network_place){NETWORK_IP(10, 0, 0, 9), 443})

#define GATEWAY_TABLE "gateway.db"

/* Credentials of the world; the plan names those the engine is given. */
#define CREDENTIAL_EWS_USER        "svc-umzug"
#define CREDENTIAL_EWS_PASSWORD    "kranich"
#define CREDENTIAL_MASTER_NAME     "umzugsmaster" /* standing: opens every mailbox at any time */
#define CREDENTIAL_MASTER_PASSWORD "seeadler"
#define CREDENTIAL_BATCH_NAME      "charge" /* limited to the batch and its hours */
#define CREDENTIAL_BATCH_PASSWORD  "austernfischer"
#define CREDENTIAL_OX_ADMIN        "oxadmin"
#define CREDENTIAL_OX_PASSWORD     "hering"
#define CREDENTIAL_SCIM_USER       "umzug"
#define CREDENTIAL_SCIM_PASSWORD   "mowe"

struct fault;
struct incarnation;

struct world {
    const struct scenario *scenario; /* borrows */
    uint64_t seed;
    struct arena *arena;
    struct clock clock;
    struct kernel *kernel;
    struct history *history; /* borrows */
    struct population *population;
    struct contents *contents;
    struct disk *disk; /* of the machine the engine runs on, and the gateway's table */
    struct exchange *exchange;
    struct exchange_smtp *exchange_smtp;
    struct openxchange *openxchange;
    struct lmtp_server *lmtp;
    struct provisioning_server *provisioning;
    struct directory_party *directory;
    struct scim_server *scim;
    struct gateway_party *gateway;
    struct process *exchange_process, *openxchange_process, *directory_process, *gateway_process;
    uint32_t mailbox_count;
    enum mailbox_role *roles; /* by number, [0] unused; owned by the arena */
    uint32_t *batch;          /* numbers of the mailboxes in the batch, ascending */
    uint32_t batch_count;
    instant begins, ends, cut_off;
    struct fault *exchange_faults, *openxchange_faults, *network_faults, *gateway_faults,
        *disk_faults;                 /* lists; sim/fault/ */
    const char *engine_version;       /* after an update in the middle of the day; else NULL */
    struct incarnation *incarnations; /* that run now; sim/rehearsal/deaths.h */
};

/* The population alone. */
NODISCARD enum status world_population(const struct scenario *scenario, uint64_t seed,
                                       struct population **population_r, struct error *error);

/* Builds the world as it is when the day begins; `history` must be empty and outlive it. */
NODISCARD enum status world_open(const struct scenario *scenario, uint64_t seed,
                                 struct history *history, struct world **world_r,
                                 struct error *error);
void world_close(struct world **world);

/* A mailbox outside the batch, or 0 when there is none. */
uint32_t world_outsider(const struct world *world);

#endif
