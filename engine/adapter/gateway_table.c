/*
 * The gateway, steered through the SQLite file that it reads: fulfils gateway.h, whose comment has
 * the tables. One connection under a lock of the platform. All recipients of a call change in one
 * transaction; nothing sleeps or waits while it is open. Where the gateway holds the file, a call
 * steps back, sleeps and begins anew, up to a limit; then it is BUSY.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../base/check.h"
#include "adapters.h"

enum { GATEWAY_TRIES_MAX = 12 };
#define GATEWAY_WAIT_FIRST (2 * MILLISECOND) /* doubled each time: 8 s in all */

/* name, text */
#define GATEWAY_STATEMENTS(X)                                                                      \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(HOLD, "INSERT OR REPLACE INTO access(recipient, action) VALUES (?1, 'HOLD')")                \
    X(PASS, "DELETE FROM access WHERE recipient = ?1")                                             \
    X(ROUTE, "INSERT OR REPLACE INTO transport(recipient, nexthop) VALUES (?1, ?2)")               \
    X(RELEASE, "INSERT OR IGNORE INTO release(recipient) VALUES (?1)")                             \
    X(ROUTE_OF, "SELECT nexthop FROM transport WHERE recipient = ?1")                              \
    X(IS_HELD, "SELECT action FROM access WHERE recipient = ?1")                                   \
    X(COUNT_QUEUE, "SELECT coalesce(sum(state = 'hold'), 0),"                                      \
                   " min(CASE WHEN state = 'hold' THEN arrived END),"                              \
                   " coalesce(sum(state <> 'hold'), 0)"                                            \
                   " FROM queue WHERE ?1 IS NULL OR recipient = ?1")                               \
    X(COUNT_JOURNAL, "SELECT event, count(*) FROM journal WHERE at >= ?2 AND recipient = ?1"       \
                     " GROUP BY event ORDER BY event")                                             \
    X(COUNT_ALL_JOURNAL, "SELECT event, count(*) FROM journal WHERE at >= ?2 AND ?1 IS NULL"       \
                         " GROUP BY event ORDER BY event")

enum statement {
#define X(name, text) STATEMENT_##name,
    GATEWAY_STATEMENTS(X)
#undef X
        STATEMENTS
};

static const char *const statement_texts[STATEMENTS] = {
#define X(name, text) text,
    GATEWAY_STATEMENTS(X)
#undef X
};

static const char gateway_schema[] =
    "CREATE TABLE IF NOT EXISTS access(recipient TEXT PRIMARY KEY, action TEXT);"
    "CREATE TABLE IF NOT EXISTS transport(recipient TEXT PRIMARY KEY, nexthop TEXT);"
    "CREATE TABLE IF NOT EXISTS queue(queue_id INTEGER PRIMARY KEY, recipient TEXT, state TEXT,"
    " arrived INTEGER, size INTEGER);"
    "CREATE TABLE IF NOT EXISTS release(recipient TEXT PRIMARY KEY);"
    "CREATE TABLE IF NOT EXISTS journal(queue_id INTEGER, recipient TEXT, event TEXT, at INTEGER);"
    "CREATE INDEX IF NOT EXISTS journal_of ON journal(recipient, at, event);";

static const char *const nexthops[] = {
    [HOME_EXCHANGE] = "smtp:[exchange]", [HOME_OPENXCHANGE] = "lmtp:[open-xchange]"};

struct gateway_table {
    struct gateway gateway;
    struct platform *platform;  /* borrows */
    struct platform_lock *lock; /* owns */
    sqlite3 *database;          /* owns */
    sqlite3_stmt *statements[STATEMENTS];
    char *path;    /* owns */
    bool prepared; /* statements and tables are there */
};

static enum status table_failed(const struct gateway_table *table, int code, struct error *error) {
    int primary = code & 0xff;
    bool busy = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
    return error_set(error, busy ? STATUS_BUSY : STATUS_STORAGE, "the gateway's table %s: %s",
                     table->path, sqlite3_errmsg(table->database));
}

/* Runs a statement to its end. `row` sees each row, or is NULL. */
static enum status table_run(struct gateway_table *table, enum statement which,
                             const char *recipient, void (*row)(void *of, sqlite3_stmt *statement),
                             void *of, struct error *error) {
    sqlite3_stmt *statement = table->statements[which];
    int code = SQLITE_OK;
    if (sqlite3_bind_parameter_count(statement) > 0)
        code = recipient == NULL ? sqlite3_bind_null(statement, 1)
                                 : sqlite3_bind_text(statement, 1, recipient, -1, SQLITE_STATIC);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (row != NULL)
            row(of, statement);
        code = SQLITE_OK;
    }
    enum status status = code == SQLITE_DONE ? STATUS_OK : table_failed(table, code, error);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

/* ---- opening -------------------------------------------------------------------------------- */

static enum status table_prepare(struct gateway_table *table, struct error *error) {
    if (table->prepared)
        return STATUS_OK;
    /* The same journal mode as the gateway's, whoever comes first. */
    int code =
        sqlite3_exec(table->database, "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL;",
                     NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(table->database, gateway_schema, NULL, NULL, NULL);
    for (int i = 0; code == SQLITE_OK && i < STATEMENTS; i++)
        if (table->statements[i] == NULL)
            code = sqlite3_prepare_v3(table->database, statement_texts[i], -1,
                                      SQLITE_PREPARE_PERSISTENT, &table->statements[i], NULL);
    if (code != SQLITE_OK)
        return table_failed(table, code, error);
    table->prepared = true;
    return STATUS_OK;
}

/* ---- one piece of work, tried until the file is free ----------------------------------------- */

struct work {
    enum status (*once)(struct gateway_table *table, struct work *work, struct error *error);
    const char *const *recipients;
    size_t count;
    enum statement statement;
    const char *value; /* second parameter, or NULL */
    instant since;
    void (*row)(void *of, sqlite3_stmt *statement);
    void *of;
};

static enum status table_do(struct gateway_table *table, struct work *work, struct error *error) {
    struct platform *platform = table->platform;
    int64_t wait = GATEWAY_WAIT_FIRST;
    for (int tries = 1;; tries++) {
        platform->type->lock(platform, table->lock);
        enum status status = table_prepare(table, error);
        if (status == STATUS_OK)
            status = work->once(table, work, error);
        platform->type->unlock(platform, table->lock);
        if (status != STATUS_BUSY || tries == GATEWAY_TRIES_MAX)
            return status;
        status = platform->type->sleep(platform, wait);
        if (status != STATUS_OK)
            return error_set(error, status, "ended while the gateway's table was busy");
        wait *= 2;
    }
}

static enum status work_change(struct gateway_table *table, struct work *work,
                               struct error *error) {
    sqlite3_stmt *statement = table->statements[work->statement];
    enum status status = table_run(table, STATEMENT_BEGIN, NULL, NULL, NULL, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; status == STATUS_OK && i < work->count; i++) {
        if (work->value != NULL)
            check(sqlite3_bind_text(statement, 2, work->value, -1, SQLITE_STATIC) == SQLITE_OK);
        status = table_run(table, work->statement, work->recipients[i], NULL, NULL, error);
    }
    if (status == STATUS_OK)
        status = table_run(table, STATEMENT_COMMIT, NULL, NULL, NULL, error);
    if (status != STATUS_OK && !sqlite3_get_autocommit(table->database))
        (void)!table_run(table, STATEMENT_ROLLBACK, NULL, NULL, NULL, NULL);
    return status;
}

static enum status work_read(struct gateway_table *table, struct work *work, struct error *error) {
    return table_run(table, work->statement, work->recipients[0], work->row, work->of, error);
}

static enum status table_change(struct gateway *base, enum statement statement, const char *value,
                                const char *const *recipients, size_t count, struct error *error) {
    struct work work = {.once = work_change,
                        .recipients = recipients,
                        .count = count,
                        .statement = statement,
                        .value = value};
    return count == 0 ? STATUS_OK : table_do((struct gateway_table *)base, &work, error);
}

/* ---- the contract ---------------------------------------------------------------------------- */

static enum status table_hold(struct gateway *base, const char *const *recipients, size_t count,
                              bool hold, struct error *error) {
    return table_change(base, hold ? STATEMENT_HOLD : STATEMENT_PASS, NULL, recipients, count,
                        error);
}

static enum status table_route(struct gateway *base, const char *const *recipients, size_t count,
                               enum home home, struct error *error) {
    return table_change(base, STATEMENT_ROUTE, nexthops[home], recipients, count, error);
}

static enum status table_release(struct gateway *base, const char *const *recipients, size_t count,
                                 struct error *error) {
    return table_change(base, STATEMENT_RELEASE, NULL, recipients, count, error);
}

struct one_text {
    bool found;
    char text[64];
};

static void see_text(void *of, sqlite3_stmt *statement) {
    struct one_text *seen = of;
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    seen->found = true;
    seen->text[0] = '\0';
    if (text != NULL && strlen(text) < sizeof seen->text)
        strcpy(seen->text, text);
}

static enum status table_route_of(struct gateway *base, const char *recipient, enum home *home_r,
                                  struct error *error) {
    struct one_text seen = {0};
    struct work work = {.once = work_read,
                        .recipients = &recipient,
                        .statement = STATEMENT_ROUTE_OF,
                        .row = see_text,
                        .of = &seen};
    enum status status = table_do((struct gateway_table *)base, &work, error);
    if (status != STATUS_OK)
        return status;
    if (!seen.found)
        return error_set(error, STATUS_NOT_FOUND, "the gateway has no route for %s", recipient);
    for (size_t i = 0; i < sizeof nexthops / sizeof nexthops[0]; i++)
        if (strcmp(seen.text, nexthops[i]) == 0) {
            *home_r = (enum home)i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_INVALID,
                     "the gateway routes %s to \"%s\", which is neither "
                     "home",
                     recipient, seen.text);
}

static enum status table_is_held(struct gateway *base, const char *recipient, bool *held_r,
                                 struct error *error) {
    struct one_text seen = {0};
    struct work work = {.once = work_read,
                        .recipients = &recipient,
                        .statement = STATEMENT_IS_HELD,
                        .row = see_text,
                        .of = &seen};
    enum status status = table_do((struct gateway_table *)base, &work, error);
    *held_r =
        status == STATUS_OK && seen.found && str_starts_with_caseless(str_of(seen.text), "HOLD");
    return status;
}

static void see_queue(void *of, sqlite3_stmt *statement) {
    struct gateway_count *count = of;
    count->held = (uint64_t)sqlite3_column_int64(statement, 0);
    if (sqlite3_column_type(statement, 1) != SQLITE_NULL)
        count->oldest_held = sqlite3_column_int64(statement, 1) * SECOND;
    count->queued = (uint64_t)sqlite3_column_int64(statement, 2);
}

static void see_journal(void *of, sqlite3_stmt *statement) {
    struct gateway_count *count = of;
    const char *event = (const char *)sqlite3_column_text(statement, 0);
    uint64_t *const places[] = {&count->accepted, &count->held_ever, &count->released,
                                &count->delivered, &count->bounced};
    static const char *const events[] = {"accepted", "held", "released", "delivered", "bounced"};
    for (size_t i = 0; event != NULL && i < sizeof events / sizeof events[0]; i++)
        if (strcmp(event, events[i]) == 0)
            *places[i] = (uint64_t)sqlite3_column_int64(statement, 1);
}

/* Queue and journal are read in one transaction, so that the sums fit together. */
static enum status work_count(struct gateway_table *table, struct work *work, struct error *error) {
    struct gateway_count *count = work->of;
    *count = (struct gateway_count){.oldest_held = INSTANT_NEVER};
    /* Unix seconds; rounded up, so that what happened before `since` never counts. */
    int64_t seconds = work->since / SECOND + (work->since % SECOND > 0);
    enum statement journal =
        work->recipients[0] != NULL ? STATEMENT_COUNT_JOURNAL : STATEMENT_COUNT_ALL_JOURNAL;
    check(sqlite3_bind_int64(table->statements[journal], 2, seconds) == SQLITE_OK);
    enum status status = table_run(table, STATEMENT_BEGIN, NULL, NULL, NULL, error);
    if (status != STATUS_OK)
        return status;
    status = table_run(table, STATEMENT_COUNT_QUEUE, work->recipients[0], see_queue, count, error);
    if (status == STATUS_OK)
        status = table_run(table, journal, work->recipients[0], see_journal, count, error);
    if (status == STATUS_OK)
        status = table_run(table, STATEMENT_COMMIT, NULL, NULL, NULL, error);
    if (status != STATUS_OK && !sqlite3_get_autocommit(table->database))
        (void)!table_run(table, STATEMENT_ROLLBACK, NULL, NULL, NULL, NULL);
    return status;
}

static enum status table_count(struct gateway *base, const char *recipient, instant since,
                               struct gateway_count *count_r, struct error *error) {
    struct work work = {
        .once = work_count, .recipients = &recipient, .since = since, .of = count_r};
    return table_do((struct gateway_table *)base, &work, error);
}

static void table_free(struct gateway **base) {
    struct gateway_table *table = (struct gateway_table *)*base;
    if (table == NULL)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(table->statements[i]);
    sqlite3_close(table->database);
    table->platform->type->lock_free(table->platform, table->lock);
    free(table->path);
    free(table);
    *base = NULL;
}

static const struct gateway_type gateway_table_type = {
    .hold = table_hold,
    .route = table_route,
    .route_of = table_route_of,
    .is_held = table_is_held,
    .release = table_release,
    .count = table_count,
    .free = table_free,
};

enum status gateway_table_open(const struct gateway_table_options *options,
                               struct gateway **gateway_r, struct error *error) {
    *gateway_r = NULL;
    struct gateway_table *table = memory_new(1, sizeof *table);
    table->gateway.type = &gateway_table_type;
    table->platform = options->platform;
    table->path = memory_copy_text(options->path);
    table->lock = options->platform->type->lock_new(options->platform);
    struct gateway *base = &table->gateway;
    int code = sqlite3_open_v2(options->path, &table->database,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                               options->platform->sqlite_vfs);
    if (code != SQLITE_OK) {
        enum status status = table_failed(table, code, error);
        table_free(&base);
        return status;
    }
    sqlite3_extended_result_codes(table->database, 1);
    *gateway_r = base;
    return STATUS_OK;
}
