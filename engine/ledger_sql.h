/* What the ledger's files share among themselves: the connection and its prepared statements. */
#ifndef ENGINE_LEDGER_SQL_H
#define ENGINE_LEDGER_SQL_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "base/stages.h"
#include "ledger.h"

#define LEDGER_STATEMENTS(X)                                                                       \
    X(BATCH_ADD, "INSERT OR IGNORE INTO batch(campaign,name,attempt) VALUES(?,?,?)")               \
    X(BATCH_FIND, "SELECT id FROM batch WHERE campaign=? AND name=? AND attempt=?")                \
    X(RUN_ADD, "INSERT INTO run(batch,phase,plan,mapping,seal,began,cut_off,version,exit) "        \
               "VALUES(?,?,?,?,?,?,?,?,-1)")                                                       \
    X(RUN_END, "UPDATE run SET exit=?2 WHERE id=?1")                                               \
    X(RUN_CUT_OFF, "UPDATE run SET cut_off=?2 WHERE id=?1")                                        \
    X(RUNS, "SELECT id,phase,plan,mapping,seal,began,cut_off,exit,version FROM run WHERE batch=? " \
            "ORDER BY id")                                                                         \
    X(MAILBOX_ADD, "INSERT OR IGNORE INTO mailbox(batch,source,target,key) VALUES(?,?,?,?)")       \
    X(MAILBOX_FIND, "SELECT id FROM mailbox WHERE batch=? AND source=? AND target=?")              \
    X(MAILBOXES, "SELECT id,source,target,key FROM mailbox WHERE batch=? ORDER BY id")             \
    X(RETURN_ADD, "INSERT INTO returned(mailbox,high,low,received,done) VALUES(?,?,?,?,?)")        \
    X(RETURN_DONE, "UPDATE returned SET done=1 WHERE id=?")                                        \
    X(RETURNS, "SELECT id,high,low,received,done FROM returned WHERE mailbox=? ORDER BY id")       \
    X(EVIDENCE, "SELECT bytes,lines,last FROM evidence WHERE id=1")                                \
    X(EVIDENCE_SET, "INSERT OR REPLACE INTO evidence(id,bytes,lines,last) VALUES(1,?,?,?)")        \
    X(PROVE, "INSERT INTO proof(mailbox,phase,messages,bytes) VALUES(?,?,?,?) ON "                 \
             "CONFLICT(mailbox,phase) DO UPDATE SET messages=messages+excluded.messages, "         \
             "bytes=bytes+excluded.bytes")                                                         \
    X(PROVED, "SELECT 1 FROM proof WHERE mailbox=? AND phase=?")                                   \
    X(PAIRS, "SELECT m.id,m.source,m.target,m.key FROM mailbox m JOIN proof p ON p.mailbox=m.id "  \
             "WHERE m.batch=? AND p.phase=? ORDER BY m.id")                                        \
    X(PACKS, "SELECT id,items FROM pack WHERE id BETWEEN ? AND ? ORDER BY id")                     \
    X(PACK_FIND, "SELECT id,items FROM pack WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1")    \
    X(PACK_ADD, "INSERT INTO pack(id,items,intended,written,refused) VALUES(?,?,?,?,?)")           \
    X(PACK_SET, "UPDATE pack SET items=?2,intended=?3,written=?4,refused=?5 WHERE id=?1")          \
    X(LEASE_FIND, "SELECT holder,until,fence FROM lease WHERE mailbox=?")                          \
    X(LEASE_SET, "INSERT OR REPLACE INTO lease(mailbox,holder,until,fence) VALUES(?,?,?,?)")       \
    X(LEASE_REVOKE, "UPDATE lease SET holder='',until=0,fence=fence+1 WHERE holder<>'' AND "       \
                    "mailbox IN (SELECT id FROM mailbox WHERE batch=?)")                           \
    X(STOP_RUNS, "INSERT INTO stopped(batch,run) VALUES(?,?) ON CONFLICT(batch) DO UPDATE SET "    \
                 "run=max(run,excluded.run)")                                                      \
    X(STOPPED, "SELECT run FROM stopped WHERE batch=?")                                            \
    X(SET_BACK, "SELECT EXISTS(SELECT 1 FROM stopped WHERE batch=?1 AND run=?2) OR EXISTS(SELECT " \
                "1 FROM proof WHERE phase='rollback' AND mailbox IN "                              \
                "(SELECT id FROM mailbox WHERE batch=?1))")                                        \
    X(NAME, "INSERT OR IGNORE INTO named(mailbox,phase,item) VALUES(?,?,?)")                       \
    X(NAMED, "SELECT DISTINCT item FROM named WHERE mailbox=?")                                    \
    X(NAMED_IN, "SELECT 1 FROM named WHERE mailbox=? AND phase=? LIMIT 1")                         \
    X(UNNAME, "DELETE FROM named WHERE mailbox=? AND phase=?")                                     \
    X(LEASE_FENCE, "UPDATE lease SET fence=fence+1 WHERE holder<>'' AND mailbox IN "               \
                   "(SELECT id FROM mailbox WHERE batch=?)")                                       \
    X(LEASES_HELD, "SELECT count(*) FROM lease WHERE holder<>'' AND until>?2 AND mailbox IN "      \
                   "(SELECT id FROM mailbox WHERE batch=?1)")                                      \
    X(TOTALS, "SELECT sum(intended),sum(written),sum(refused) FROM pack WHERE id>>24 IN (SELECT "  \
              "id FROM mailbox WHERE batch=?)")                                                    \
    X(LEASES, "SELECT count(*) FROM lease WHERE holder<>'' AND mailbox IN (SELECT id FROM "        \
              "mailbox WHERE batch=?)")                                                            \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")

enum ledger_statement {
#define X(name, sql) SQL_##name,
    LEDGER_STATEMENTS(X)
#undef X
        SQL_COUNT
};

struct ledger {
    struct platform *platform;  /* borrows */
    struct platform_lock *lock; /* owns */
    sqlite3 *database;          /* owns */
    sqlite3_stmt *statements[SQL_COUNT];
    int64_t batch;
    atomic_bool silent, failed;
    enum stage stage_before; /* of whoever holds the lock */
};

/* Each public function holds the lock from its first statement to its last. KILLED, and nothing
 * locked, once the ledger is silent. */
NODISCARD enum status ledger_enter(struct ledger *ledger, struct error *error);
void ledger_leave(struct ledger *ledger);

void ledger_bind_number(sqlite3_stmt *statement, int at, int64_t number);
void ledger_bind_text(sqlite3_stmt *statement, int at, const char *text);
const char *ledger_text(sqlite3_stmt *statement, int column); /* never NULL */

/* Runs a bound statement that gives no row, and resets it. */
NODISCARD enum status ledger_run(struct ledger *ledger, sqlite3_stmt *statement,
                                 struct error *error);
/* Steps to the next row: OK with a row, NOT_FOUND at the end (then reset), STORAGE. */
NODISCARD enum status ledger_step(struct ledger *ledger, sqlite3_stmt *statement,
                                  struct error *error);
NODISCARD enum status ledger_begin(struct ledger *ledger, struct error *error);
/* Whether a run was stopped by a later one: STOPPED, or OK. Inside of a transaction. */
NODISCARD enum status ledger_ask_stopped(struct ledger *ledger, uint32_t run, struct error *error);
/* Commits when `status` is OK, else rolls back and returns `status`. */
NODISCARD enum status ledger_end(struct ledger *ledger, enum status status, struct error *error);

/* ---- Items: ledger_packs.c ---- */

enum { LEDGER_PLACE_BITS = 24, LEDGER_PACK_MAX = 64, LEDGER_ITEM_BYTES = 52 };

/* Item `index` of the pack in that column, without its number; false when it holds fewer. */
bool ledger_unpack(sqlite3_stmt *row, int column, size_t index, struct ledger_item *item_r);
/* Calls `see` for each item of the mailbox, in order. */
NODISCARD enum status ledger_packs(struct ledger *ledger, uint32_t mailbox,
                                   void (*see)(void *of, const struct ledger_item *item), void *of,
                                   struct error *error);
/* Within a transaction, as ledger_store() says; asks for no lease. */
NODISCARD enum status ledger_packs_store(struct ledger *ledger, const struct ledger_write *write,
                                         struct error *error);

#endif
