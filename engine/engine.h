/*
 * What a run of `umzug` holds: the plan, the mapping, the ledger, the doors to the servers, and
 * what has become of the mailboxes so far. Made once for each command typed. The fields are for the
 * engine's own files; what several workers change stands under the lock, behind functions.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdatomic.h>

#include "adapter/adapters.h"
#include "base/arena.h"
#include "claims.h"
#include "ledger.h"
#include "mapping.h"
#include "measures.h"
#include "plan.h"

#define UMZUG_VERSION "1"

/* How the doors to the servers are opened: the real adapters, or doubles. */
struct engine_adapters {
    enum status (*source)(const struct ews_source_options *, struct source **, struct error *);
    enum status (*target)(const struct imap_target_options *, struct target **, struct error *);
    enum status (*directory)(const struct scim_directory_options *, struct directory **,
                             struct error *);
    enum status (*provisioning)(const struct ox_provisioning_options *, struct provisioning **,
                                struct error *);
    enum status (*gateway)(const struct gateway_table_options *, struct gateway **, struct error *);
    void (*begin)(void);
    void (*end)(void);
};

struct engine_request { /* what was typed; NULL where it was not */
    enum phase phase;
    const char *plan, *measures, *mapping, *by, *approved_by, *batch;
    const char *surplus; /* "keep" or "remove" */
    const char *version; /* under which it is run; NULL: UMZUG_VERSION */
    const char *typed;   /* all of it, for the claims */
};

struct engine_counts {
    uint64_t mailboxes_done, mailboxes_refused, mailboxes_failed;
    uint64_t messages, bytes, skipped, troubles;
    uint64_t identity_refusals;
    enum status first_failure; /* of a mailbox that a server kept from being done */
};

struct engine {
    struct platform *platform; /* borrows, as the next two */
    const struct engine_adapters *adapters;
    const struct engine_request *request;
    struct arena *arena; /* owns; for what lives as long as the run */
    enum phase phase;
    uint32_t measures;

    struct plan plan;
    struct buffer plan_bytes, mapping_bytes; /* own; as they were read, for the seal */
    const char *mapping_path;
    struct mapping mapping; /* the pairs this phase works on */
    char plan_digest[SEAL_HEX_MAX], mapping_digest[SEAL_HEX_MAX], seal_digest[SEAL_HEX_MAX];
    instant cut_off;      /* core is what arrived at it or later */
    const char *artefact; /* what a refusal of the whole phase is about */

    struct ledger *ledger; /* own, all that follow; NULL when the plan does not name them */
    struct claims *claims;
    struct source *source;
    struct target *target;
    struct source_type source_rights; /* what no_delete_path leaves of their functions */
    struct target_type target_rights;
    bool removes_surplus; /* as mirroring tools do */
    struct directory *directory;
    struct provisioning *provisioning;
    struct gateway *gateway;

    const char *version;
    struct ledger_run run;
    char run_name[64];

    struct platform_lock *lock; /* owns; over all below */
    struct engine_counts counts;
    atomic_bool stopping, killed; /* read between messages, without the lock */
    atomic_bool cannot_note;      /* stopping because the ledger took no more */
    bool stop_told;
    enum measure stop_measure;
};

/* Reads the plan and the mapping, opens ledger and doors, begins the run. Complaints about the
 * mapping reach the operator here. On failure nothing is left open. */
NODISCARD enum status engine_open(struct platform *platform, const struct engine_adapters *adapters,
                                  const struct engine_request *request, struct engine **engine_r,
                                  struct error *error);
/* Ends the run with that exit code, which is claimed unless the process was killed. STORAGE when
 * that could not be made durable; the operator was told. */
enum status engine_close(struct engine **engine, int exit_code);

/* ---- To the operator ---- */

void engine_say(struct engine *engine, const char *format, ...) PRINTF_LIKE(2, 3);
/* "ALARM <measure> <subject> : <sentence>", durable as a claim. `subject` is a mailbox address, the
 * name of an artefact, or NULL. */
void engine_alarm(struct engine *engine, const char *measure, const char *subject,
                  const char *sentence);

/* ---- What becomes of mailboxes ---- */

/* A measure refuses one mailbox: alarm and claim. The second refusal over identity makes the batch
 * suspect, and everything stops. */
void engine_refuse(struct engine *engine, const struct pair *pair, enum measure measure,
                   const char *sentence);
/* The same for what the operator was told before, in all of it: no alarm, but a line and a claim.
 */
void engine_refuse_again(struct engine *engine, const struct pair *pair, enum measure measure,
                         const char *sentence);
/* A server, or a message, kept a mailbox from being finished. */
void engine_fail(struct engine *engine, const struct pair *pair, const struct error *error);
void engine_count(struct engine *engine, const struct engine_counts *more);
/* Names a message that cannot be moved, and notes that it was named. */
void engine_trouble(struct engine *engine, const struct pair *pair, const char *folder,
                    const char *item, const struct error *error);
/* How the ledger knows what was named. */
uint64_t engine_item_hash(const char *item);

/* ---- Stopping: measure/stopping.c ---- */

/* With `stop_all`: takes all leases away and lets no worker write any more. Without it the alarm
 * has been told, and that is all. */
void engine_stop(struct engine *engine, enum measure measure, const char *sentence);
/* The ledger took no more: all workers leave off, and the operator is told once. False when it is
 * not that, or nobody minds (write_ahead). */
bool engine_cannot_note(struct engine *engine, const struct error *error);
/* Somebody else has stopped this run: no worker writes any more. */
void engine_is_over(struct engine *engine, const char *sentence);
/* With `stop_all`: takes the leases of all runs before this one away (`for_good`: of later ones of
 * this attempt too) and waits until each holder has given his back, or it has ended. `held_r` says
 * how many there were. */
NODISCARD enum status engine_stop_others(struct engine *engine, bool for_good, size_t *held_r,
                                         struct error *error);
/* Whether a worker has to leave off: STOPPED, KILLED or OK. */
enum status engine_may_go_on(struct engine *engine);
/* Every status that comes from outside passes here: once one is KILLED, the engine is silent. */
enum status engine_heed(struct engine *engine, enum status status);

/* With `no_delete_path`, takes from the doors what this phase must not be able to do:
 * measure/rights.c. */
void rights_narrow(struct engine *engine);

/* The number of a pair in the ledger. */
NODISCARD enum status engine_mailbox(struct engine *engine, const struct pair *pair,
                                     uint32_t *mailbox_r, struct error *error);
const char *engine_state_path(struct engine *engine, const char *name);

#endif
