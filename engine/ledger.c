/* The file, its statements, runs and mailboxes. Items and leases: ledger_items.c. See ledger.h. */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ledger_sql.h"

enum { LEDGER_BUSY_MILLISECONDS = 10000 };

static const char ledger_manners[] =
    "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;";

/* Whoever changes the tables raises LEDGER_SCHEMA: nobody shall go on with what he cannot read. */
static const char ledger_schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS batch(id INTEGER PRIMARY KEY, campaign TEXT, name TEXT,"
    " attempt INTEGER, UNIQUE(campaign,name,attempt));"
    "CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, batch INTEGER, phase TEXT, plan TEXT,"
    " mapping TEXT, seal TEXT, began INTEGER, cut_off INTEGER, exit INTEGER, version TEXT);"
    "CREATE TABLE IF NOT EXISTS mailbox(id INTEGER PRIMARY KEY, batch INTEGER,"
    " source TEXT COLLATE NOCASE, target TEXT COLLATE NOCASE, key TEXT,"
    " UNIQUE(batch,source,target));"
    "CREATE TABLE IF NOT EXISTS proof(mailbox INTEGER, phase TEXT, messages INTEGER,"
    " bytes INTEGER, PRIMARY KEY(mailbox,phase)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS pack(id INTEGER PRIMARY KEY, items BLOB, intended INTEGER,"
    " written INTEGER, refused INTEGER);"
    "CREATE TABLE IF NOT EXISTS returned(id INTEGER PRIMARY KEY, mailbox INTEGER, high INTEGER,"
    " low INTEGER, received INTEGER, done INTEGER);"
    "CREATE TABLE IF NOT EXISTS named(mailbox INTEGER, phase TEXT, item INTEGER,"
    " PRIMARY KEY(mailbox,phase,item)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS stopped(batch INTEGER PRIMARY KEY, run INTEGER);"
    "CREATE TABLE IF NOT EXISTS evidence(id INTEGER PRIMARY KEY, bytes INTEGER, lines INTEGER,"
    " last TEXT);"
    "CREATE TABLE IF NOT EXISTS lease(mailbox INTEGER PRIMARY KEY, holder TEXT, until INTEGER,"
    " fence INTEGER);"
    "PRAGMA user_version=" LEDGER_SCHEMA_TEXT "; COMMIT;";

static enum status ledger_failed(struct ledger *ledger, struct error *error) {
    ledger->failed = true;
    return error_set(error, STATUS_STORAGE, "the ledger: %s",
                     ledger->database != NULL ? sqlite3_errmsg(ledger->database) : "no memory");
}

static enum status ledger_ask_number(struct ledger *ledger, const char *sql, int *number_r,
                                     struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status = STATUS_OK;
    if (sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        status = ledger_failed(ledger, error);
    else
        *number_r = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* Makes the tables of a new file; goes on with those of its own version; refuses any others. The
 * version becomes durable with the tables, so a file with tables and none is not ours. */
static enum status ledger_make_tables(struct ledger *ledger, struct error *error) {
    int version = 0, tables = 0;
    enum status status = ledger_ask_number(ledger, "PRAGMA user_version", &version, error);
    if (status == STATUS_OK)
        status = ledger_ask_number(ledger, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (status != STATUS_OK)
        return status;
    if (version != LEDGER_SCHEMA && (version != 0 || tables != 0))
        return error_set(error, STATUS_INVALID,
                         "expected a ledger of version %d, found one of version %d: finish this "
                         "batch with the umzug that began it, or name a new folder as \"state\" in "
                         "the plan",
                         LEDGER_SCHEMA, version);
    const char *const steps[] = {ledger_manners, version == 0 ? ledger_schema : ""};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (sqlite3_exec(ledger->database, steps[i], NULL, NULL, NULL) != SQLITE_OK)
            return ledger_failed(ledger, error);
    return STATUS_OK;
}

static enum status ledger_prepare(struct ledger *ledger, struct error *error) {
    static const char *const sql[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = text,
        LEDGER_STATEMENTS(X)
#undef X
    };
    for (size_t i = 0; i < SQL_COUNT; i++)
        if (sqlite3_prepare_v3(ledger->database, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &ledger->statements[i], NULL) != SQLITE_OK)
            return ledger_failed(ledger, error);
    return STATUS_OK;
}

static enum status ledger_batch_find(struct ledger *ledger, const struct ledger_batch *batch,
                                     struct error *error) {
    for (int i = 0; i < 2; i++) {
        sqlite3_stmt *statement = ledger->statements[i == 0 ? SQL_BATCH_ADD : SQL_BATCH_FIND];
        ledger_bind_text(statement, 1, batch->campaign);
        ledger_bind_text(statement, 2, batch->batch);
        ledger_bind_number(statement, 3, batch->attempt);
    }
    enum status status = ledger_run(ledger, ledger->statements[SQL_BATCH_ADD], error);
    sqlite3_stmt *found = ledger->statements[SQL_BATCH_FIND];
    if (status == STATUS_OK)
        status = ledger_step(ledger, found, error);
    if (status == STATUS_OK)
        ledger->batch = sqlite3_column_int64(found, 0);
    sqlite3_reset(found);
    return status;
}

enum status ledger_open(struct platform *platform, const char *path,
                        const struct ledger_batch *batch, struct ledger **ledger_r,
                        struct error *error) {
    struct ledger *ledger = memory_new(1, sizeof *ledger);
    *ledger_r = NULL;
    ledger->platform = platform;
    ledger->lock = platform->type->lock_new(platform);
    enum status status = STATUS_OK;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &ledger->database, flags, platform->sqlite_vfs) != SQLITE_OK)
        status = ledger_failed(ledger, error);
    if (status == STATUS_OK) {
        sqlite3_busy_timeout(ledger->database, LEDGER_BUSY_MILLISECONDS);
        status = ledger_make_tables(ledger, error);
    }
    if (status == STATUS_OK)
        status = ledger_prepare(ledger, error);
    if (status == STATUS_OK)
        status = ledger_batch_find(ledger, batch, error);
    if (status != STATUS_OK) {
        error_context(error, "%s", path);
        ledger_close(&ledger);
    }
    *ledger_r = ledger;
    return status;
}

void ledger_close(struct ledger **ledger) {
    if (*ledger == NULL)
        return;
    for (size_t i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize((*ledger)->statements[i]);
    sqlite3_close((*ledger)->database);
    (*ledger)->platform->type->lock_free((*ledger)->platform, (*ledger)->lock);
    free(*ledger);
    *ledger = NULL;
}

void ledger_silence(struct ledger *ledger) {
    ledger->silent = true;
}

bool ledger_has_failed(const struct ledger *ledger) {
    return ledger->failed;
}

enum status ledger_enter(struct ledger *ledger, struct error *error) {
    ledger->platform->type->lock(ledger->platform, ledger->lock);
    ledger->stage_before = stage_enter(STAGE_LEDGER);
    if (!ledger->silent)
        return STATUS_OK;
    ledger_leave(ledger);
    return error_set(error, STATUS_KILLED, "the ledger is closed to a killed run");
}

void ledger_leave(struct ledger *ledger) {
    stage_leave(ledger->stage_before);
    ledger->platform->type->unlock(ledger->platform, ledger->lock);
}

void ledger_bind_number(sqlite3_stmt *statement, int at, int64_t number) {
    check(sqlite3_bind_int64(statement, at, number) == SQLITE_OK);
}

void ledger_bind_text(sqlite3_stmt *statement, int at, const char *text) {
    check(sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT) == SQLITE_OK);
}

const char *ledger_text(sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text != NULL ? (const char *)text : "";
}

enum status ledger_run(struct ledger *ledger, sqlite3_stmt *statement, struct error *error) {
    int result = sqlite3_step(statement);
    enum status status = result == SQLITE_DONE ? STATUS_OK : ledger_failed(ledger, error);
    sqlite3_reset(statement);
    return status;
}

enum status ledger_step(struct ledger *ledger, sqlite3_stmt *statement, struct error *error) {
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return STATUS_OK;
    enum status status = result == SQLITE_DONE ? STATUS_NOT_FOUND : ledger_failed(ledger, error);
    sqlite3_reset(statement);
    return status;
}

enum status ledger_begin(struct ledger *ledger, struct error *error) {
    return ledger_run(ledger, ledger->statements[SQL_BEGIN], error);
}

enum status ledger_end(struct ledger *ledger, enum status status, struct error *error) {
    if (status == STATUS_OK)
        status = ledger_run(ledger, ledger->statements[SQL_COMMIT], error);
    if (status != STATUS_OK && !sqlite3_get_autocommit(ledger->database)) {
        struct error ignored; /* the first failure is the one to tell */
        if (ledger_run(ledger, ledger->statements[SQL_ROLLBACK], &ignored) != STATUS_OK)
            ledger->silent = true; /* nothing more can be trusted to this connection */
    }
    return status;
}

/* ---- Runs ---- */

enum status ledger_run_begin(struct ledger *ledger, struct ledger_run *run, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *statement = ledger->statements[SQL_RUN_ADD];
    ledger_bind_number(statement, 1, ledger->batch);
    ledger_bind_text(statement, 2, run->phase);
    ledger_bind_text(statement, 3, run->plan_digest);
    ledger_bind_text(statement, 4, run->mapping_digest);
    ledger_bind_text(statement, 5, run->seal_digest);
    ledger_bind_number(statement, 6, run->began);
    ledger_bind_number(statement, 7, run->cut_off);
    ledger_bind_text(statement, 8, run->version);
    status = ledger_run(ledger, statement, error);
    run->number = (uint32_t)sqlite3_last_insert_rowid(ledger->database);
    ledger_leave(ledger);
    return status;
}

static enum status ledger_run_set(struct ledger *ledger, enum ledger_statement which, uint32_t run,
                                  int64_t value, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    ledger_bind_number(ledger->statements[which], 1, run);
    ledger_bind_number(ledger->statements[which], 2, value);
    status = ledger_run(ledger, ledger->statements[which], error);
    ledger_leave(ledger);
    return status;
}

enum status ledger_run_cut_off(struct ledger *ledger, uint32_t run, instant cut_off,
                               struct error *error) {
    return ledger_run_set(ledger, SQL_RUN_CUT_OFF, run, cut_off, error);
}

enum status ledger_run_end(struct ledger *ledger, uint32_t run, int exit, struct error *error) {
    return ledger_run_set(ledger, SQL_RUN_END, run, exit, error);
}

enum status ledger_runs(struct ledger *ledger, void (*see)(void *, const struct ledger_run *),
                        void *of, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *rows = ledger->statements[SQL_RUNS];
    ledger_bind_number(rows, 1, ledger->batch);
    while ((status = ledger_step(ledger, rows, error)) == STATUS_OK) {
        struct ledger_run run = {
            .number = (uint32_t)sqlite3_column_int64(rows, 0),
            .phase = ledger_text(rows, 1),
            .plan_digest = ledger_text(rows, 2),
            .mapping_digest = ledger_text(rows, 3),
            .seal_digest = ledger_text(rows, 4),
            .began = sqlite3_column_int64(rows, 5),
            .cut_off = sqlite3_column_int64(rows, 6),
            .exit = sqlite3_column_int(rows, 7),
            .version = ledger_text(rows, 8),
        };
        see(of, &run);
    }
    ledger_leave(ledger);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---- Mailboxes ---- */

enum status ledger_mailbox(struct ledger *ledger, struct ledger_pair *pair, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *find = ledger->statements[SQL_MAILBOX_FIND];
    for (int attempt = 0; attempt < 2; attempt++) {
        ledger_bind_number(find, 1, ledger->batch);
        ledger_bind_text(find, 2, pair->source);
        ledger_bind_text(find, 3, pair->target);
        status = ledger_step(ledger, find, error);
        if (status == STATUS_OK)
            pair->mailbox = (uint32_t)sqlite3_column_int64(find, 0);
        sqlite3_reset(find);
        if (status != STATUS_NOT_FOUND || attempt == 1)
            break;
        sqlite3_stmt *add = ledger->statements[SQL_MAILBOX_ADD];
        ledger_bind_number(add, 1, ledger->batch);
        ledger_bind_text(add, 2, pair->source);
        ledger_bind_text(add, 3, pair->target);
        ledger_bind_text(add, 4, pair->key);
        status = ledger_run(ledger, add, error);
        if (status != STATUS_OK)
            break;
    }
    ledger_leave(ledger);
    return status;
}

enum status ledger_prove(struct ledger *ledger, const char *phase, const struct ledger_proof *proof,
                         struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *statement = ledger->statements[SQL_PROVE];
    ledger_bind_number(statement, 1, proof->mailbox);
    ledger_bind_text(statement, 2, phase);
    ledger_bind_number(statement, 3, (int64_t)proof->messages);
    ledger_bind_number(statement, 4, (int64_t)proof->bytes);
    status = ledger_run(ledger, statement, error);
    ledger_leave(ledger);
    return status;
}

enum status ledger_proved(struct ledger *ledger, const char *phase, uint32_t mailbox,
                          bool *proved_r, struct error *error) {
    *proved_r = false;
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *statement = ledger->statements[SQL_PROVED];
    ledger_bind_number(statement, 1, mailbox);
    ledger_bind_text(statement, 2, phase);
    status = ledger_step(ledger, statement, error);
    *proved_r = status == STATUS_OK;
    sqlite3_reset(statement);
    ledger_leave(ledger);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status ledger_pairs_of(struct ledger *ledger, sqlite3_stmt *rows, const char *phase,
                                   void (*see)(void *, const struct ledger_pair *), void *of,
                                   struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    ledger_bind_number(rows, 1, ledger->batch);
    if (phase != NULL)
        ledger_bind_text(rows, 2, phase);
    while ((status = ledger_step(ledger, rows, error)) == STATUS_OK) {
        struct ledger_pair pair = {
            .mailbox = (uint32_t)sqlite3_column_int64(rows, 0),
            .source = ledger_text(rows, 1),
            .target = ledger_text(rows, 2),
            .key = ledger_text(rows, 3),
        };
        see(of, &pair);
    }
    ledger_leave(ledger);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status ledger_pairs(struct ledger *ledger, const char *phase,
                         void (*see)(void *, const struct ledger_pair *), void *of,
                         struct error *error) {
    return ledger_pairs_of(ledger, ledger->statements[SQL_PAIRS], phase, see, of, error);
}

enum status ledger_mailboxes(struct ledger *ledger, void (*see)(void *, const struct ledger_pair *),
                             void *of, struct error *error) {
    return ledger_pairs_of(ledger, ledger->statements[SQL_MAILBOXES], NULL, see, of, error);
}
