#include "gateway_file.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "../../../engine/base/check.h"

static const char gateway_schema[] =
    "CREATE TABLE IF NOT EXISTS access(recipient TEXT PRIMARY KEY, action TEXT);"
    "CREATE TABLE IF NOT EXISTS transport(recipient TEXT PRIMARY KEY, nexthop TEXT);"
    "CREATE TABLE IF NOT EXISTS queue(queue_id INTEGER PRIMARY KEY, recipient TEXT, state TEXT,"
    " arrived INTEGER, size INTEGER);"
    "CREATE TABLE IF NOT EXISTS release(recipient TEXT PRIMARY KEY);"
    "CREATE TABLE IF NOT EXISTS journal(queue_id INTEGER, recipient TEXT, event TEXT, at INTEGER);"
    "CREATE INDEX IF NOT EXISTS journal_of ON journal(recipient, at, event);";

/* name, text */
#define GATEWAY_STATEMENTS(X)                                                                      \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(VERSION, "PRAGMA data_version")                                                              \
    X(ACCESS, "SELECT 1 FROM access WHERE recipient = ?1 AND action LIKE 'HOLD%'")                 \
    X(ROUTE, "SELECT nexthop FROM transport WHERE recipient = ?1")                                 \
    X(ADD_ROUTE, "INSERT OR IGNORE INTO transport VALUES (?1, ?2)")                                \
    X(ADD, "INSERT INTO queue VALUES (?2, ?1, ?3, ?4, ?5)")                                        \
    X(SET, "UPDATE queue SET state = ?1 WHERE queue_id = ?2")                                      \
    X(REMOVE, "DELETE FROM queue WHERE queue_id = ?2")                                             \
    X(JOURNAL, "INSERT INTO journal VALUES (?2, ?1, ?3, ?4)")                                      \
    X(EACH_QUEUED, "SELECT state, queue_id FROM queue ORDER BY queue_id")                          \
    X(EACH_ROUTE, "SELECT recipient, nexthop FROM transport ORDER BY recipient")                   \
    X(EACH_RELEASE, "SELECT recipient FROM release ORDER BY recipient")                            \
    X(END_RELEASE, "DELETE FROM release")

enum gateway_statement {
#define X(name, text) GATEWAY_##name##_STATEMENT,
    GATEWAY_STATEMENTS(X)
#undef X
        GATEWAY_STATEMENT_COUNT
};

static const char *const gateway_statement_texts[] = {
#define X(name, text) text,
    GATEWAY_STATEMENTS(X)
#undef X
};

static const char *const gateway_state_names[] = {"active", "hold", "deferred"};
static const char *const gateway_event_names[] = {"accepted", "held", "released", "delivered",
                                                  "bounced"};

struct gateway_file {
    sqlite3 *database;
    sqlite3_stmt *statements[GATEWAY_STATEMENT_COUNT];
    sqlite3_int64 version; /* of the data, when last asked */
};

static enum status gateway_file_failed(struct gateway_file *file, struct error *error) {
    int code = sqlite3_errcode(file->database) & 0xff;
    enum status status =
        code == SQLITE_BUSY || code == SQLITE_LOCKED ? STATUS_BUSY : STATUS_STORAGE;
    return error_set(error, status, "the gateway's table: %s", sqlite3_errmsg(file->database));
}

/* A statement with its first parameter bound, if that is given. */
static sqlite3_stmt *gateway_file_ask(struct gateway_file *file, enum gateway_statement which,
                                      struct str text) {
    sqlite3_stmt *statement = file->statements[which];
    sqlite3_clear_bindings(statement); /* those of the last time point at what is gone */
    if (text.length > 0)
        check(sqlite3_bind_text(statement, 1, text.data, (int)text.length, SQLITE_STATIC) ==
              SQLITE_OK);
    return statement;
}

/* Runs a statement that returns no rows. */
static enum status gateway_file_run(struct gateway_file *file, sqlite3_stmt *statement,
                                    struct error *error) {
    enum status status =
        sqlite3_step(statement) == SQLITE_DONE ? STATUS_OK : gateway_file_failed(file, error);
    sqlite3_reset(statement);
    return status;
}

static enum status gateway_file_prepare(struct gateway_file *file,
                                        const struct gateway_file_options *options,
                                        struct error *error) {
    sqlite3_busy_timeout(file->database, options->busy_milliseconds);
    /* No kill of the gateway's process can fall into a transaction, so that only a loss of power
     * needs the journal on disk; without it a letter costs half the time. */
    const char *pragmas = options->survives_power
                              ? "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL;"
                              : "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;";
    if (sqlite3_exec(file->database, pragmas, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(file->database, gateway_schema, NULL, NULL, NULL) != SQLITE_OK)
        return gateway_file_failed(file, error);
    for (int i = 0; i < GATEWAY_STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(file->database, gateway_statement_texts[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &file->statements[i], NULL) != SQLITE_OK)
            return gateway_file_failed(file, error);
    return STATUS_OK;
}

enum status gateway_file_open(const struct gateway_file_options *options,
                              struct gateway_file **file_r, struct error *error) {
    struct gateway_file *file = memory_new(1, sizeof *file);
    file->version = -1;
    *file_r = file;
    enum status status;
    if (sqlite3_open_v2(options->path, &file->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        options->vfs) == SQLITE_OK)
        status = gateway_file_prepare(file, options, error);
    else
        status = gateway_file_failed(file, error);
    if (status != STATUS_OK) {
        error_context(error, "%s", options->path);
        gateway_file_close(file_r);
    }
    return status;
}

void gateway_file_close(struct gateway_file **file) {
    if (*file == NULL)
        return;
    for (int i = 0; i < GATEWAY_STATEMENT_COUNT; i++)
        sqlite3_finalize((*file)->statements[i]);
    sqlite3_close((*file)->database);
    free(*file);
    *file = NULL;
}

enum status gateway_file_begin(struct gateway_file *file, struct error *error) {
    return gateway_file_run(file, gateway_file_ask(file, GATEWAY_BEGIN_STATEMENT, STR("")), error);
}

/* After a failure, which is the one to tell; should this fail too, SQLite has undone it already. */
static void gateway_file_undo(struct gateway_file *file) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_ROLLBACK_STATEMENT, STR(""));
    sqlite3_step(statement);
    sqlite3_reset(statement);
}

enum status gateway_file_end(struct gateway_file *file, enum status status, struct error *error) {
    if (status == STATUS_OK)
        status = gateway_file_run(file, gateway_file_ask(file, GATEWAY_COMMIT_STATEMENT, STR("")),
                                  error);
    if (status != STATUS_OK && !sqlite3_get_autocommit(file->database))
        gateway_file_undo(file);
    return status;
}

bool gateway_file_is_changed(struct gateway_file *file) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_VERSION_STATEMENT, STR(""));
    bool changed = true; /* unless it is known that nothing did */
    if (sqlite3_step(statement) == SQLITE_ROW) {
        sqlite3_int64 version = sqlite3_column_int64(statement, 0);
        changed = version != file->version;
        file->version = version;
    }
    sqlite3_reset(statement);
    return changed;
}

enum status gateway_file_is_held(struct gateway_file *file, struct str recipient, bool *held_r,
                                 struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_ACCESS_STATEMENT, recipient);
    int code = sqlite3_step(statement);
    *held_r = code == SQLITE_ROW;
    enum status status =
        code == SQLITE_ROW || code == SQLITE_DONE ? STATUS_OK : gateway_file_failed(file, error);
    sqlite3_reset(statement);
    return status;
}

static struct str gateway_file_column(sqlite3_stmt *statement, int column) {
    const void *text = sqlite3_column_text(statement, column);
    return str_bytes(text, text != NULL ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

/* What the next hops of `transport` mean. */
static bool gateway_route_read(struct str next_hop, enum system *route_r) {
    *route_r = str_equal_text(next_hop, "lmtp:[open-xchange]") ? SYSTEM_OPENXCHANGE
               : str_equal_text(next_hop, "smtp:[exchange]")   ? SYSTEM_EXCHANGE
                                                               : SYSTEM_NONE;
    return *route_r != SYSTEM_NONE;
}

enum status gateway_file_route(struct gateway_file *file, struct str recipient,
                               enum system *route_r, struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_ROUTE_STATEMENT, recipient);
    int code = sqlite3_step(statement);
    enum status status = STATUS_OK;
    if (code == SQLITE_DONE) {
        status = error_set(error, STATUS_NOT_FOUND, "%.*s has no route", STR_ARG(recipient));
    } else if (code != SQLITE_ROW) {
        status = gateway_file_failed(file, error);
    } else {
        struct str next_hop = gateway_file_column(statement, 0);
        if (!gateway_route_read(next_hop, route_r))
            status = error_set(error, STATUS_INVALID,
                               "the route of %.*s is '%.*s'; expected 'smtp:[exchange]' or "
                               "'lmtp:[open-xchange]'",
                               STR_ARG(recipient), STR_ARG(next_hop));
    }
    sqlite3_reset(statement);
    return status;
}

enum status gateway_file_add_route(struct gateway_file *file, struct str recipient,
                                   enum system route, struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_ADD_ROUTE_STATEMENT, recipient);
    sqlite3_bind_text(statement, 2,
                      route == SYSTEM_OPENXCHANGE ? "lmtp:[open-xchange]" : "smtp:[exchange]", -1,
                      SQLITE_STATIC);
    return gateway_file_run(file, statement, error);
}

enum status gateway_file_add(struct gateway_file *file, const struct gateway_row *row,
                             struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_ADD_STATEMENT, row->recipient);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)row->id);
    sqlite3_bind_text(statement, 3, gateway_state_names[row->state], -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, row->arrived / SECOND);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)row->bytes);
    return gateway_file_run(file, statement, error);
}

enum status gateway_file_set(struct gateway_file *file, uint64_t id, enum gateway_state state,
                             struct error *error) {
    bool gone = state == GATEWAY_GONE;
    sqlite3_stmt *statement =
        gateway_file_ask(file, gone ? GATEWAY_REMOVE_STATEMENT : GATEWAY_SET_STATEMENT,
                         gone ? STR("") : str_of(gateway_state_names[state]));
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)id);
    return gateway_file_run(file, statement, error);
}

enum status gateway_file_journal(struct gateway_file *file, uint64_t id, struct str recipient,
                                 enum gateway_event event, instant at, struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_JOURNAL_STATEMENT, recipient);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)id);
    sqlite3_bind_text(statement, 3, gateway_event_names[event], -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, at / SECOND);
    return gateway_file_run(file, statement, error);
}

/* ---- Walks ---- */

/* Steps once: true while there is a row. Ends the walk otherwise. */
static bool gateway_file_walk(struct gateway_file *file, sqlite3_stmt *statement,
                              enum status *status, struct error *error) {
    int code = *status == STATUS_OK ? sqlite3_step(statement) : SQLITE_DONE;
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        *status = gateway_file_failed(file, error);
    sqlite3_reset(statement);
    return false;
}

enum status gateway_file_each_queued(struct gateway_file *file,
                                     enum status (*see)(void *of, uint64_t id,
                                                        enum gateway_state state),
                                     void *of, struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_EACH_QUEUED_STATEMENT, STR(""));
    enum status status = STATUS_OK;
    while (gateway_file_walk(file, statement, &status, error)) {
        struct str name = gateway_file_column(statement, 0);
        enum gateway_state state = str_equal_text(name, "hold")       ? GATEWAY_HOLD
                                   : str_equal_text(name, "deferred") ? GATEWAY_DEFERRED
                                                                      : GATEWAY_ACTIVE;
        status = see(of, (uint64_t)sqlite3_column_int64(statement, 1), state);
    }
    return status;
}

enum status gateway_file_each_route(struct gateway_file *file,
                                    enum status (*see)(void *of, struct str recipient,
                                                       enum system route),
                                    void *of, struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_EACH_ROUTE_STATEMENT, STR(""));
    enum status status = STATUS_OK;
    while (gateway_file_walk(file, statement, &status, error)) {
        enum system route;
        if (gateway_route_read(gateway_file_column(statement, 1), &route))
            status = see(of, gateway_file_column(statement, 0), route);
    }
    return status;
}

enum status gateway_file_each_release(struct gateway_file *file,
                                      enum status (*see)(void *of, struct str recipient), void *of,
                                      struct error *error) {
    sqlite3_stmt *statement = gateway_file_ask(file, GATEWAY_EACH_RELEASE_STATEMENT, STR(""));
    enum status status = STATUS_OK;
    while (gateway_file_walk(file, statement, &status, error))
        status = see(of, gateway_file_column(statement, 0));
    return status;
}

enum status gateway_file_end_release(struct gateway_file *file, struct error *error) {
    return gateway_file_run(file, gateway_file_ask(file, GATEWAY_END_RELEASE_STATEMENT, STR("")),
                            error);
}
