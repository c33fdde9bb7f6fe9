/*
 * Reading a history, from a file that may be years old, cut off, or not one of ours. Each number
 * is held against its range before anybody uses it; the first that does not fit ends the reading
 * with the row where it stands.
 */
#include "history_file.h"

#define NUMBER_MAX INT64_C(0xffffffff)

static enum status history_prepare(struct history *history, const char *sql,
                                   sqlite3_stmt **statement_r, struct error *error) {
    if (sqlite3_prepare_v2(history->database, sql, -1, statement_r, NULL) == SQLITE_OK)
        return STATUS_OK;
    return history_sqlite_failed(history->database, "this is not a history", error);
}

static struct str history_column_text(sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    int length = sqlite3_column_bytes(statement, column);
    return text == NULL ? STR("") : str_bytes(text, (size_t)length);
}

/* A column that must be 0 … highest; sets `bad` when it is not. */
static uint32_t history_column_number(sqlite3_stmt *statement, int column, int64_t highest,
                                      bool *bad) {
    int64_t number = sqlite3_column_int64(statement, column);
    if (number < 0 || number > highest)
        *bad = true;
    return (uint32_t)number;
}

static enum status history_bad_row(const char *table, int64_t row, struct error *error) {
    return error_set(error, STATUS_INVALID,
                     "history: row %lld of %s holds a number outside its range", (long long)row,
                     table);
}

/* Steps `statement`, keeping SQLite's own failure apart from the end of the rows. */
static bool history_step(struct history *history, sqlite3_stmt *statement, enum status *status,
                         struct error *error) {
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        *status = history_sqlite_failed(history->database, "it cannot be read", error);
    return false;
}

static enum status history_read_settings(struct history *history, struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status =
        history_prepare(history, "SELECT key, value FROM meta ORDER BY key", &statement, error);
    while (status == STATUS_OK && history_step(history, statement, &status, error)) {
        if (history->setting_count >= HISTORY_SETTINGS_MAX)
            status = error_set(error, STATUS_LIMIT, "history: more than %d settings",
                               HISTORY_SETTINGS_MAX);
        else
            history_set_in_memory(history, history_column_text(statement, 0),
                                  history_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status history_read_names(struct history *history, struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status = history_prepare(history, "SELECT number, text FROM names ORDER BY number",
                                         &statement, error);
    while (status == STATUS_OK && history_step(history, statement, &status, error)) {
        int64_t number = sqlite3_column_int64(statement, 0);
        struct str text = history_column_text(statement, 1);
        bool next = number == (int64_t)names_count(history->names) + 1;
        if (!next || number >= HISTORY_NAMES_MAX || text.length == 0 ||
            names_number(history->names, text) != (uint32_t)number)
            status = history_bad_row("names", number, error);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status history_read_mailboxes(struct history *history, struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status =
        history_prepare(history,
                        "SELECT number, address, display_name, kind, organisation, office,"
                        " database, node, role, principals FROM mailboxes ORDER BY number",
                        &statement, error);
    while (status == STATUS_OK && history_step(history, statement, &status, error)) {
        bool bad = false;
        const char *texts[7];
        for (int i = 0; i < 7; i++) {
            texts[i] = (const char *)sqlite3_column_text(statement, i + 1);
            if (texts[i] == NULL)
                texts[i] = "";
        }
        struct history_mailbox mailbox = {
            .number = history_column_number(statement, 0, HISTORY_MAILBOXES_MAX, &bad),
            .address = texts[0],
            .display_name = texts[1],
            .kind = texts[2],
            .organisation = texts[3],
            .office = texts[4],
            .database = texts[5],
            .node = texts[6],
            .role = (enum mailbox_role)history_column_number(statement, 8, ROLE_TRIPWIRE, &bad),
            .principals = history_column_number(statement, 9, NUMBER_MAX, &bad),
        };
        if (bad || mailbox.number != history->mailbox_count + 1)
            status = history_bad_row("mailboxes", sqlite3_column_int64(statement, 0), error);
        else
            history_mailbox_keep(history, &mailbox);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum status history_read_counts(struct history *history, struct error *error) {
    sqlite3_stmt *statement = NULL;
    int version = 0;
    enum status status = history_prepare(history, "PRAGMA user_version", &statement, error);
    if (status == STATUS_OK && history_step(history, statement, &status, error))
        version = sqlite3_column_int(statement, 0);
    if (status == STATUS_OK && version == 0)
        status = error_set(error, STATUS_INVALID, "this is not a history: it has no version");
    else if (status == STATUS_OK && version != HISTORY_SCHEMA)
        status = error_set(error, STATUS_INVALID,
                           "expected a history of version %d, found one of version %d: play the "
                           "scenario again, or use the generalprobe that wrote it",
                           HISTORY_SCHEMA, version);
    sqlite3_finalize(statement);
    if (status != STATUS_OK)
        return status;
    status = history_prepare(history, "SELECT max(row) FROM facts", &statement, error);
    if (status == STATUS_OK && history_step(history, statement, &status, error))
        history->fact_count = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

enum status history_open(const char *path, struct history **history_r, struct error *error) {
    struct history *history = history_new();
    *history_r = NULL;
    /* Writing must be tried first: a journal that a kill left behind has to be rolled back. */
    static const int ways[] = {SQLITE_OPEN_READWRITE, SQLITE_OPEN_READONLY};
    int code = SQLITE_CANTOPEN;
    for (int i = 0; i < 2 && code != SQLITE_OK; i++) {
        sqlite3_close(history->database);
        code = sqlite3_open_v2(path, &history->database, ways[i] | SQLITE_OPEN_NOMUTEX, "unix");
    }
    enum status status = STATUS_OK;
    if (code != SQLITE_OK)
        status = history_sqlite_failed(history->database, "the file cannot be opened", error);
    if (status == STATUS_OK)
        status = history_read_counts(history, error);
    if (status == STATUS_OK)
        status = history_read_settings(history, error);
    if (status == STATUS_OK)
        status = history_read_names(history, error);
    if (status == STATUS_OK)
        status = history_read_mailboxes(history, error);
    if (status != STATUS_OK) {
        error_context(error, "%s", path);
        history_close(&history);
        return status;
    }
    *history_r = history;
    return STATUS_OK;
}

static struct fact history_fact_of(const struct history *history, sqlite3_stmt *statement,
                                   bool *bad) {
    int64_t names_max = names_count(history->names);
    int64_t what = sqlite3_column_int64(statement, 1);
    struct fact fact = {
        .at = sqlite3_column_int64(statement, 0),
        .kind = (uint8_t)(what & 255),
        .system = (uint8_t)(what >> 8 & 255),
        .how = (uint8_t)(what >> 16 & 255),
        .process = history_column_number(statement, 2, names_max, bad),
        .mailbox = history_column_number(statement, 3, history->mailbox_count, bad),
        .folder = history_column_number(statement, 4, names_max, bad),
        .content = history_column_number(statement, 5, NUMBER_MAX, bad),
        .uid = history_column_number(statement, 6, NUMBER_MAX, bad),
        .name = history_column_number(statement, 7, names_max, bad),
        .a = sqlite3_column_int64(statement, 8),
        .b = sqlite3_column_int64(statement, 9),
    };
    if (what < 0 || what >> 24 != 0 || fact.kind == FACT_NONE || fact.kind >= FACT_KIND_COUNT ||
        fact.system > SYSTEM_OUTSIDE || fact.how > HOW_DRAFTED)
        *bad = true;
    return fact;
}

enum status history_each_fact(struct history *history,
                              bool (*see)(void *of, const struct fact *fact), void *of,
                              struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status = history_flush(history, error);
    if (status == STATUS_OK)
        status = history_prepare(history,
                                 "SELECT at, what, process, mailbox, folder, content, uid, name,"
                                 " a, b FROM facts ORDER BY row",
                                 &statement, error);
    for (int64_t row = 1; status == STATUS_OK && history_step(history, statement, &status, error);
         row++) {
        bool bad = false;
        struct fact fact = history_fact_of(history, statement, &bad);
        if (bad)
            status = history_bad_row("facts", row, error);
        else if (!see(of, &fact))
            break;
    }
    sqlite3_finalize(statement);
    return status;
}

enum status history_each_claim(struct history *history,
                               bool (*see)(void *of, const struct claim *claim), void *of,
                               struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status = history_flush(history, error);
    if (status == STATUS_OK)
        status = history_prepare(history,
                                 "SELECT at, process, kind, phase, mailbox, folder, subject,"
                                 " messages, value, text FROM claims ORDER BY row",
                                 &statement, error);
    int64_t names_max = names_count(history->names);
    for (int64_t row = 1; status == STATUS_OK && history_step(history, statement, &status, error);
         row++) {
        bool bad = false;
        struct claim claim = {
            .at = sqlite3_column_int64(statement, 0),
            .process = history_column_number(statement, 1, names_max, &bad),
            .kind = history_column_number(statement, 2, names_max, &bad),
            .phase = history_column_number(statement, 3, names_max, &bad),
            .mailbox = history_column_number(statement, 4, history->mailbox_count, &bad),
            .folder = history_column_number(statement, 5, names_max, &bad),
            .subject = history_column_number(statement, 6, names_max, &bad),
            .messages = sqlite3_column_int64(statement, 7),
            .value = sqlite3_column_int64(statement, 8),
            .text = history_column_text(statement, 9),
        };
        if (bad)
            status = history_bad_row("claims", row, error);
        else if (!see(of, &claim))
            break;
    }
    sqlite3_finalize(statement);
    return status;
}

enum status history_each_content(struct history *history,
                                 bool (*see)(void *of, const struct history_content *content),
                                 void *of, struct error *error) {
    sqlite3_stmt *statement = NULL;
    enum status status = history_flush(history, error);
    if (status == STATUS_OK)
        status = history_prepare(history,
                                 "SELECT content, base, bytes, digest_high, digest_low"
                                 " FROM contents ORDER BY row",
                                 &statement, error);
    for (int64_t row = 1; status == STATUS_OK && history_step(history, statement, &status, error);
         row++) {
        bool bad = false;
        struct history_content content = {
            .content = history_column_number(statement, 0, NUMBER_MAX, &bad),
            .base = history_column_number(statement, 1, NUMBER_MAX, &bad),
            .bytes = (uint64_t)sqlite3_column_int64(statement, 2),
            .digest = {(uint64_t)sqlite3_column_int64(statement, 3),
                       (uint64_t)sqlite3_column_int64(statement, 4)},
        };
        if (bad)
            status = history_bad_row("contents", row, error);
        else if (!see(of, &content))
            break;
    }
    sqlite3_finalize(statement);
    return status;
}
