/*
 * The measures: what keeps a migration day from going wrong, each one row of one table with a
 * switch. Three kinds of question can be asked:
 *
 *   before  once a phase, before it touches anything
 *   pair    once a mailbox and after each reconnect, with both sessions open, before the first read
 *           or write through them
 *   after   once a mailbox, when the mover says that it is done
 *
 * An answer is OK, REFUSED with the reason, or a failure of a server. Measures that are woven into
 * the mover have no question: they are asked for with measure_on() where they act. With all of them
 * off the engine copies what it is told to.
 */
#ifndef ENGINE_MEASURES_H
#define ENGINE_MEASURES_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

struct engine;
struct pair;
struct sessions;

#define MEASURE_LIST(X)                                                                            \
    X(SIGNED_PLAN, "signed_plan")                                                                  \
    X(BIJECTION, "bijection")                                                                      \
    X(KEY_JOIN, "key_join")                                                                        \
    X(CROSS_PHASE, "cross_phase")                                                                  \
    X(CORE_OVERLAP, "core_overlap")                                                                \
    X(WHO_AM_I, "who_am_i")                                                                        \
    X(CANARY_WAVE, "canary_wave")                                                                  \
    X(BLAST_CAP, "blast_cap")                                                                      \
    X(IDEMPOTENCY_KEY, "idempotency_key")                                                          \
    X(WRITE_AHEAD, "write_ahead")                                                                  \
    X(LEASE, "lease")                                                                              \
    X(FENCING, "fencing")                                                                          \
    X(NO_DELETE_PATH, "no_delete_path")                                                            \
    X(READ_BACK, "read_back")                                                                      \
    X(RECONCILE, "reconcile")                                                                      \
    X(ONE_CUT_OFF, "one_cut_off")                                                                  \
    X(ONE_HOME, "one_home")                                                                        \
    X(HOLD_ACCOUNTING, "hold_accounting")                                                          \
    X(PHASE_GATES, "phase_gates")                                                                  \
    X(SCOPED_CREDENTIAL, "scoped_credential")                                                      \
    X(STOP_ALL, "stop_all")                                                                        \
    X(ROLLBACK_SET, "rollback_set")                                                                \
    X(TWO_PERSONS, "two_persons")                                                                  \
    X(DELETE_PROOF, "delete_proof")                                                                \
    X(AUDIT_CHAIN, "audit_chain")

#define PHASE_LIST(X)                                                                              \
    X(CHECK, "check", "compares mapping and servers before anything moves; changes nothing")       \
    X(SEAL, "seal", "freezes plan and mapping; needs --by NAME --and NAME")                        \
    X(PREFLIGHT, "preflight", "opens every mailbox on both sides and looks for obstacles")         \
    X(HOLD, "hold", "lets the gateway hold mail for the batch")                                    \
    X(SWITCH, "switch", "makes Open-Xchange the home of each mailbox: directory, route, login")    \
    X(RELEASE, "release", "lets held mail go to the new home and counts it")                       \
    X(CORE, "core", "copies mail younger than the cut-off")                                        \
    X(VERIFY, "verify", "compares both sides")                                                     \
    X(BACKFILL, "backfill", "copies the older rest of the batch; takes the batch's name")          \
    X(CLOSE, "close", "says which mailboxes are complete, and names every one that is not")        \
    X(ROLLBACK, "rollback", "sets the batch back: mail that came since, home, route, held mail")   \
    X(CLEANUP, "cleanup", "removes at the target what the ledger proves is misplaced; seals it")   \
    X(STATUS, "status", "shows what the ledger proves")

enum phase {
#define X(name, text, sentence) PHASE_##name,
    PHASE_LIST(X)
#undef X
        PHASE_COUNT
};

#define PHASE_BIT(name)   (1u << PHASE_##name)
#define PHASES_MOVING     (PHASE_BIT(CORE) | PHASE_BIT(BACKFILL))
#define PHASES_UNDOING    (PHASE_BIT(ROLLBACK) | PHASE_BIT(CLEANUP))
/* Done by one and approved by another; those that may be told the batch's name. */
#define PHASES_OF_TWO     (PHASES_UNDOING | PHASE_BIT(SEAL))
#define PHASES_WITH_BATCH (PHASES_UNDOING | PHASE_BIT(BACKFILL))
#define PHASES_AFTER_CORE (PHASE_BIT(VERIFY) | PHASE_BIT(BACKFILL) | PHASE_BIT(CLOSE))
#define PHASES_WITH_SESSIONS                                                                       \
    (PHASES_MOVING | PHASE_BIT(CHECK) | PHASE_BIT(PREFLIGHT) | PHASE_BIT(ROLLBACK))
#define PHASES_AFTER_SEAL                                                                          \
    (PHASES_MOVING | PHASES_AFTER_CORE | PHASE_BIT(PREFLIGHT) | PHASE_BIT(HOLD) |                  \
     PHASE_BIT(SWITCH) | PHASE_BIT(RELEASE))
#define PHASES_ALL          ((1u << PHASE_COUNT) - 1)
#define PHASES_WITH_MAPPING (PHASES_AFTER_SEAL | PHASE_BIT(CHECK) | PHASE_BIT(SEAL))

enum measure {
#define X(name, text) MEASURE_##name,
    MEASURE_LIST(X)
#undef X
        MEASURE_COUNT
};

struct measure_row {
    const char *name, *sentence;
    uint32_t phases;
    bool identity; /* two such refusals make the whole batch suspect */
    enum status (*before)(struct engine *engine, struct error *error);
    enum status (*pair)(struct engine *engine, const struct sessions *sessions,
                        struct error *error);
    enum status (*after)(struct engine *engine, const struct sessions *sessions,
                         struct error *error);
};

const struct measure_row *measure_row(enum measure measure);
const char *phase_name(enum phase phase);
const char *phase_sentence(enum phase phase);

/* Reads "all", "none", "bijection, key_join", "all, -cross_phase" into a set of bits. INVALID names
 * the unknown word and the nearest known one. */
NODISCARD enum status measures_parse(struct str list, uint32_t *set_r, struct error *error);

/* Whether it is switched on and belongs to the engine's phase. */
bool measure_on(const struct engine *engine, enum measure measure);

/* Ask all measures of this phase in the table's order, up to the first that does not answer OK;
 * that one is named in `measure_r`. */
NODISCARD enum status measures_before(struct engine *engine, enum measure *measure_r,
                                      struct error *error);
NODISCARD enum status measures_pair(struct engine *engine, const struct sessions *sessions,
                                    enum measure *measure_r, struct error *error);
NODISCARD enum status measures_after(struct engine *engine, const struct sessions *sessions,
                                     enum measure *measure_r, struct error *error);

#endif
