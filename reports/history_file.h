/*
 * What lies behind a history, for history*.c only: the SQLite file, the rows that wait to be
 * written, and what is kept in memory (names, mailboxes, meta; never facts).
 *
 * Facts and contents are rows of integers. They wait in a batch and are inserted many rows a
 * statement, which halves the cost of a row; there is no index but the row number.
 */
#ifndef REPORTS_HISTORY_FILE_H
#define REPORTS_HISTORY_FILE_H

#include <sqlite3.h>

#include "../engine/base/arena.h"
#include "../engine/base/names.h"
#include "history.h"

enum {
    HISTORY_SCHEMA = 1,
    HISTORY_BATCH_ROWS = 128,
    HISTORY_COMMIT_ROWS = 1 << 19, /* a transaction's rows at the most; bounds SQLite's cache */
    HISTORY_FACT_COLUMNS = 10,
    HISTORY_CONTENT_COLUMNS = 5,
    HISTORY_NAMES_MAX = 1 << 24,
    HISTORY_MAILBOXES_MAX = 1 << 20,
    HISTORY_SETTINGS_MAX = 4096,
    HISTORY_TEXT_MAX = 1 << 20, /* bytes of a name, setting or claim; a longer one is cut */
};

struct history_batch {
    const char *table;
    sqlite3_stmt *many, *one; /* owns */
    int64_t *values;          /* owns; HISTORY_BATCH_ROWS × columns */
    int columns, rows;
};

struct history_setting {
    struct str key, value;
};

/* The canonical rows, hashed as they come. */
struct history_canon {
    struct digest_stream *facts, *contents; /* owns */
    uint64_t claims[2];    /* sums: claims of two processes at one instant have no order */
    uint64_t *name_hashes; /* owns; by number */
    uint32_t name_count, name_capacity;
};

struct history {
    sqlite3 *database;                 /* owns */
    struct arena *arena;               /* owns the texts of mailboxes and settings */
    struct names *names;               /* owns */
    struct history_mailbox *mailboxes; /* owns; [0] is number 1 */
    uint32_t mailbox_count, mailbox_capacity;
    struct history_setting *settings; /* owns; in order of first setting */
    uint32_t setting_count, setting_capacity;
    uint64_t fact_count;

    bool writing;           /* made by history_create() */
    bool frozen;            /* nothing more is taken */
    uint32_t names_written; /* those up to here are in the file */
    uint64_t uncommitted;   /* rows */
    struct history_batch facts, contents;
    sqlite3_stmt *insert_name, *insert_claim; /* own */
    struct error failed;                      /* the first failure while writing stays */

    struct history_canon canon;
    bool canon_complete; /* it has seen every row */
};

/* history.c */
struct history *history_new(void);
void history_set_in_memory(struct history *history, struct str key, struct str value);
void history_mailbox_keep(struct history *history, const struct history_mailbox *mailbox);
enum status history_sqlite_failed(sqlite3 *database, const char *doing, struct error *error);

/* history_write.c: brings what waits into the file, in the running transaction. */
enum status history_flush(struct history *history, struct error *error);
void history_write_close(struct history *history);

/* history_canon.c */
void history_canon_open(struct history_canon *canon);
void history_canon_close(struct history_canon *canon);
void history_canon_fact(struct history *history, const struct fact *fact);
void history_canon_content(struct history *history, const struct history_content *content);
void history_canon_claim(struct history *history, const struct claim *claim);

#endif
