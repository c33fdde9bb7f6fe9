/*
 * Writing a history. Everything goes into one running transaction that is committed now and then;
 * nothing is synced to the platter, since only a kill of this process must be survived, not a
 * power cut. The rollback journal stays small because rows are only ever appended.
 *
 * SQLite's own file system is opened by name: in a rehearsal the default one is simulated.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../engine/base/buffer.h"
#include "../engine/base/check.h"
#include "../engine/base/stages.h"
#include "history_file.h"
#include "history_schema.h"

static enum status history_run(struct history *history, const char *sql, struct error *error) {
    if (sqlite3_exec(history->database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return STATUS_OK;
    return history_sqlite_failed(history->database, "the file cannot be written", error);
}

/* "INSERT INTO <table> VALUES (NULL,?,…),(NULL,?,…)…" with `rows` rows. */
static sqlite3_stmt *history_prepare_rows(struct history *history, const char *table, int columns,
                                          int rows) {
    struct buffer sql = {0};
    buffer_printf(&sql, "INSERT INTO %s VALUES", table);
    for (int row = 0; row < rows; row++) {
        buffer_append_text(&sql, row == 0 ? "(NULL" : ",(NULL");
        for (int column = 0; column < columns; column++)
            buffer_append_text(&sql, ",?");
        buffer_append_byte(&sql, ')');
    }
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v3(history->database, buffer_text(&sql), -1,
                                  SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    buffer_release(&sql);
    check_compare(code, ==, SQLITE_OK); /* the schema is ours and was just made */
    return statement;
}

static void history_batch_open(struct history *history, struct history_batch *batch,
                               const char *table, int columns) {
    batch->table = table;
    batch->columns = columns;
    batch->values = memory_new((size_t)columns * HISTORY_BATCH_ROWS, sizeof *batch->values);
    batch->one = history_prepare_rows(history, table, columns, 1);
}

static void history_batch_close(struct history_batch *batch) {
    sqlite3_finalize(batch->many);
    sqlite3_finalize(batch->one);
    free(batch->values);
    *batch = (struct history_batch){0};
}

static int history_batch_insert(sqlite3_stmt *statement, const int64_t *values, int count) {
    for (int i = 0; i < count; i++)
        sqlite3_bind_int64(statement, i + 1, values[i]);
    sqlite3_step(statement);
    return sqlite3_reset(statement);
}

static enum status history_batch_flush(struct history *history, struct history_batch *batch,
                                       struct error *error) {
    int code = SQLITE_OK;
    /* Most histories are small and never need the long statement. */
    if (batch->rows == HISTORY_BATCH_ROWS && batch->many == NULL)
        batch->many =
            history_prepare_rows(history, batch->table, batch->columns, HISTORY_BATCH_ROWS);
    if (batch->rows == HISTORY_BATCH_ROWS)
        code = history_batch_insert(batch->many, batch->values, batch->rows * batch->columns);
    else
        for (int row = 0; row < batch->rows && code == SQLITE_OK; row++)
            code = history_batch_insert(batch->one, batch->values + row * batch->columns,
                                        batch->columns);
    history->uncommitted += (uint64_t)batch->rows;
    batch->rows = 0;
    if (code == SQLITE_OK)
        return STATUS_OK;
    return history_sqlite_failed(history->database, "rows cannot be written", error);
}

/* Names come before the rows that use them, so that a cut-off file still makes sense. */
static enum status history_flush_names(struct history *history, struct error *error) {
    for (; history->names_written < names_count(history->names); history->names_written++) {
        struct str text = names_text(history->names, history->names_written + 1);
        sqlite3_bind_int64(history->insert_name, 1, history->names_written + 1);
        sqlite3_bind_text(history->insert_name, 2, text.data, (int)text.length, SQLITE_STATIC);
        sqlite3_step(history->insert_name);
        if (sqlite3_reset(history->insert_name) != SQLITE_OK)
            return history_sqlite_failed(history->database, "a name cannot be written", error);
    }
    return STATUS_OK;
}

enum status history_flush(struct history *history, struct error *error) {
    if (!history->writing)
        return STATUS_OK;
    enum status status = history->failed.status;
    if (status == STATUS_OK)
        status = history_flush_names(history, &history->failed);
    if (status == STATUS_OK)
        status = history_batch_flush(history, &history->contents, &history->failed);
    if (status == STATUS_OK)
        status = history_batch_flush(history, &history->facts, &history->failed);
    if (status == STATUS_OK)
        return STATUS_OK;
    history->facts.rows = history->contents.rows = 0;
    return error_set(error, status, "%s", history->failed.text);
}

void history_sync(struct history *history) {
    if (history_flush(history, NULL) != STATUS_OK)
        return;
    history->uncommitted = 0;
    if (history_run(history, "COMMIT", &history->failed) == STATUS_OK)
        (void)history_run(history, "BEGIN", &history->failed);
}

static enum status history_create_schema(struct history *history, struct error *error) {
    enum status status = history_run(history, HISTORY_SQL_SETTINGS, error);
    if (status == STATUS_OK)
        status = history_run(history, "BEGIN;" HISTORY_SQL_TABLES HISTORY_SQL_VIEWS, error);
    for (int kind = 1; status == STATUS_OK && kind < FACT_KIND_COUNT; kind++) {
        static const char *const sentences[] = {
            "",
#define X(kind, name, sentence) sentence,
#include "facts.def"
#undef X
        };
        char *sql = sqlite3_mprintf("INSERT INTO kinds VALUES(%d,%Q,%Q)", kind,
                                    fact_kind_name((enum fact_kind)kind), sentences[kind]);
        status = history_run(history, sql, error);
        sqlite3_free(sql);
    }
    return status;
}

/* Else SQLite would roll the journal of another file back into this one. */
static void history_make_room(const char *path) {
    struct buffer journal = {0};
    buffer_printf(&journal, "%s-journal", path);
    unlink(buffer_text(&journal));
    unlink(path);
    buffer_release(&journal);
}

enum status history_create(const char *path, struct history **history_r, struct error *error) {
    struct history *history = history_new();
    *history_r = NULL;
    if (path != NULL)
        history_make_room(path);
    int code =
        sqlite3_open_v2(path == NULL ? ":memory:" : path, &history->database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix");
    enum status status =
        code == SQLITE_OK
            ? history_create_schema(history, error)
            : history_sqlite_failed(history->database, "the file cannot be made", error);
    if (status != STATUS_OK) {
        error_context(error, "%s", path == NULL ? "(in memory)" : path);
        history_close(&history);
        return status;
    }
    history->writing = true;
    history->canon_complete = true;
    history_batch_open(history, &history->facts, "facts", HISTORY_FACT_COLUMNS);
    history_batch_open(history, &history->contents, "contents", HISTORY_CONTENT_COLUMNS);
    sqlite3_prepare_v3(history->database, "INSERT INTO names VALUES(?,?)", -1,
                       SQLITE_PREPARE_PERSISTENT, &history->insert_name, NULL);
    sqlite3_prepare_v3(history->database, "INSERT INTO claims VALUES(NULL,?,?,?,?,?,?,?,?,?,?)", -1,
                       SQLITE_PREPARE_PERSISTENT, &history->insert_claim, NULL);
    check(history->insert_name != NULL && history->insert_claim != NULL);
    *history_r = history;
    return STATUS_OK;
}

void history_freeze(struct history *history) {
    history->frozen = true;
}

void history_write_close(struct history *history) {
    if (!history->writing)
        return;
    history_sync(history);
    history_batch_close(&history->facts);
    history_batch_close(&history->contents);
    sqlite3_finalize(history->insert_name);
    sqlite3_finalize(history->insert_claim);
    (void)history_run(history, "COMMIT; PRAGMA journal_mode=DELETE", NULL);
    history->writing = false;
}

enum status history_save(struct history *history, const char *path, struct error *error) {
    sqlite3 *file = NULL;
    history_write_close(history);
    history_make_room(path);
    int code = sqlite3_open_v2(
        path, &file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix");
    sqlite3_backup *copy =
        code == SQLITE_OK ? sqlite3_backup_init(file, "main", history->database, "main") : NULL;
    if (copy != NULL)
        sqlite3_backup_step(copy, -1);
    code = copy != NULL ? sqlite3_backup_finish(copy) : sqlite3_errcode(file);
    enum status status = history->failed.status;
    if (status != STATUS_OK)
        error_set(error, status, "%s", history->failed.text);
    else if (code != SQLITE_OK)
        status = history_sqlite_failed(file, "it cannot be saved", error);
    if (status != STATUS_OK)
        error_context(error, "%s", path);
    sqlite3_close(file);
    return status;
}

static void history_keep_failure(struct history *history, int code, const char *doing) {
    if (code != SQLITE_OK && history->failed.status == STATUS_OK)
        (void)history_sqlite_failed(history->database, doing, &history->failed);
}

static struct str history_cut(struct str text) {
    return (struct str){text.data, text.length < HISTORY_TEXT_MAX ? text.length : HISTORY_TEXT_MAX};
}

void history_set(struct history *history, const char *key, struct str value) {
    check(history->writing);
    value = history_cut(value);
    history_set_in_memory(history, str_of(key), value);
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(history->database, "REPLACE INTO meta VALUES(?,?)", -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value.data, (int)value.length, SQLITE_STATIC);
    sqlite3_step(statement);
    history_keep_failure(history, sqlite3_finalize(statement), "a setting cannot be written");
}

void history_mailbox_add(struct history *history, const struct history_mailbox *mailbox) {
    check(history->writing);
    check_compare(history->mailbox_count, <, HISTORY_MAILBOXES_MAX);
    history_mailbox_keep(history, mailbox);
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(history->database, "INSERT INTO mailboxes VALUES(?,?,?,?,?,?,?,?,?,?)", -1,
                       &statement, NULL);
    const char *const texts[] = {mailbox->address,      mailbox->display_name, mailbox->kind,
                                 mailbox->organisation, mailbox->office,       mailbox->database,
                                 mailbox->node};
    sqlite3_bind_int64(statement, 1, mailbox->number);
    for (int i = 0; i < 7; i++)
        sqlite3_bind_text(statement, i + 2, texts[i] == NULL ? "" : texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 9, (int)mailbox->role);
    sqlite3_bind_int64(statement, 10, mailbox->principals);
    sqlite3_step(statement);
    history_keep_failure(history, sqlite3_finalize(statement), "a mailbox cannot be written");
}

uint32_t history_name(struct history *history, struct str text) {
    if (text.length == 0)
        return 0;
    uint32_t number = names_number(history->names, history_cut(text));
    check_compare(number, <, HISTORY_NAMES_MAX);
    return number;
}

void history_content(struct history *history, uint32_t content, struct digest digest,
                     uint64_t bytes, uint32_t base) {
    if (history->frozen)
        return;
    enum stage before = stage_enter(STAGE_HISTORY);
    check(history->writing);
    struct history_content row = {content, base, bytes, digest};
    history_canon_content(history, &row);
    struct history_batch *batch = &history->contents;
    int64_t *values = batch->values + batch->rows * HISTORY_CONTENT_COLUMNS;
    values[0] = content;
    values[1] = base;
    values[2] = (int64_t)bytes;
    values[3] = (int64_t)digest.high;
    values[4] = (int64_t)digest.low;
    if (++batch->rows == HISTORY_BATCH_ROWS)
        (void)history_flush(history, NULL);
    stage_leave(before);
}

void history_fact(struct history *history, const struct fact *fact) {
    if (history->frozen)
        return;
    check(history->writing);
    check(fact->kind > FACT_NONE && fact->kind < FACT_KIND_COUNT);
    enum stage before = stage_enter(STAGE_HISTORY);
    history_canon_fact(history, fact);
    history->fact_count++;
    struct history_batch *batch = &history->facts;
    int64_t *values = batch->values + batch->rows * HISTORY_FACT_COLUMNS;
    values[0] = fact->at;
    values[1] = fact->kind | fact->system << 8 | fact->how << 16;
    values[2] = fact->process;
    values[3] = fact->mailbox;
    values[4] = fact->folder;
    values[5] = fact->content;
    values[6] = fact->uid;
    values[7] = fact->name;
    values[8] = fact->a;
    values[9] = fact->b;
    if (++batch->rows >= HISTORY_BATCH_ROWS && history_flush(history, NULL) == STATUS_OK &&
        history->uncommitted >= HISTORY_COMMIT_ROWS)
        history_sync(history);
    stage_leave(before);
}

void history_claim(struct history *history, const struct claim *claim) {
    if (history->frozen)
        return;
    check(history->writing);
    enum stage before = stage_enter(STAGE_HISTORY);
    history_canon_claim(history, claim);
    struct str text = history_cut(claim->text);
    sqlite3_stmt *statement = history->insert_claim;
    const int64_t numbers[] = {claim->at,      claim->process,  claim->kind,
                               claim->phase,   claim->mailbox,  claim->folder,
                               claim->subject, claim->messages, claim->value};
    for (int i = 0; i < 9; i++)
        sqlite3_bind_int64(statement, i + 1, numbers[i]);
    sqlite3_bind_text(statement, 10, text.data, (int)text.length, SQLITE_STATIC);
    sqlite3_step(statement);
    history_keep_failure(history, sqlite3_reset(statement), "a claim cannot be written");
    stage_leave(before);
}
