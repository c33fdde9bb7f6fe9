/*
 * The tables of a history's file. Version HISTORY_SCHEMA; whoever changes a column changes that.
 * People read the views: `sqlite3 history.db "SELECT * FROM facts_readable LIMIT 20"`.
 */
#ifndef REPORTS_HISTORY_SCHEMA_H
#define REPORTS_HISTORY_SCHEMA_H

#define HISTORY_SQL_SETTINGS                                                                       \
    "PRAGMA page_size=16384;"                                                                      \
    "PRAGMA journal_mode=TRUNCATE;"                                                                \
    "PRAGMA synchronous=OFF;"                                                                      \
    "PRAGMA locking_mode=EXCLUSIVE;"                                                               \
    "PRAGMA temp_store=MEMORY;"                                                                    \
    "PRAGMA cache_size=-16384;"                                                                    \
    "PRAGMA application_id=1197494352;" /* "G" "P" "h" "P", so that file(1) can know it */         \
    "PRAGMA user_version=1;"

/* `what` of a fact: its kind, and its system times 256, and its how times 65536. */
#define HISTORY_SQL_TABLES                                                                         \
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"                           \
    "CREATE TABLE names(number INTEGER PRIMARY KEY, text TEXT);"                                   \
    "CREATE TABLE mailboxes(number INTEGER PRIMARY KEY, address TEXT, display_name TEXT,"          \
    " kind TEXT, organisation TEXT, office TEXT, database TEXT, node TEXT, role INTEGER,"          \
    " principals INTEGER);"                                                                        \
    "CREATE TABLE kinds(number INTEGER PRIMARY KEY, name TEXT, sentence TEXT);"                    \
    "CREATE TABLE contents(row INTEGER PRIMARY KEY, content INTEGER, base INTEGER,"                \
    " bytes INTEGER, digest_high INTEGER, digest_low INTEGER);"                                    \
    "CREATE TABLE facts(row INTEGER PRIMARY KEY, at INTEGER, what INTEGER, process INTEGER,"       \
    " mailbox INTEGER, folder INTEGER, content INTEGER, uid INTEGER, name INTEGER, a INTEGER,"     \
    " b INTEGER);"                                                                                 \
    "CREATE TABLE claims(row INTEGER PRIMARY KEY, at INTEGER, process INTEGER, kind INTEGER,"      \
    " phase INTEGER, mailbox INTEGER, folder INTEGER, subject INTEGER, messages INTEGER,"          \
    " value INTEGER, text TEXT);"

#define HISTORY_SQL_TIME(column)                                                                   \
    " strftime('%Y-%m-%dT%H:%M:%S', " column "/1000000, 'unixepoch')"                              \
    " || printf('.%06dZ', " column "%1000000) AS time,"

#define HISTORY_SQL_VIEWS                                                                          \
    "CREATE VIEW facts_readable AS SELECT f.row," HISTORY_SQL_TIME(                                \
        "f.at") " k.name AS fact,"                                                                 \
                " CASE f.what>>8&255 WHEN 1 THEN 'exchange' WHEN 2 THEN 'open-xchange' WHEN 3 "    \
                "THEN 'gateway'"                                                                   \
                "  WHEN 4 THEN 'directory' WHEN 5 THEN 'outside' END AS system,"                   \
                " CASE f.what>>16 WHEN 1 THEN 'fixture' WHEN 2 THEN 'appended' WHEN 3 THEN "       \
                "'delivered'"                                                                      \
                "  WHEN 4 THEN 'copied' WHEN 5 THEN 'moved' WHEN 6 THEN 'expunged' WHEN 7 THEN "   \
                "'sent'"                                                                           \
                "  WHEN 8 THEN 'drafted' END AS how,"                                              \
                " p.text AS process, m.address AS mailbox, d.text AS folder, f.content, f.uid,"    \
                " n.text AS name, f.a, f.b FROM facts f LEFT JOIN kinds k ON k.number=f.what&255"  \
                " LEFT JOIN names p ON p.number=f.process LEFT JOIN mailboxes m ON "               \
                "m.number=f.mailbox"                                                               \
                " LEFT JOIN names d ON d.number=f.folder LEFT JOIN names n ON n.number=f.name;"    \
                "CREATE VIEW claims_readable AS SELECT c.row," HISTORY_SQL_TIME(                   \
                    "c.at") " p.text AS process, k.text AS claim, h.text AS phase, m.address AS "  \
                            "mailbox,"                                                             \
                            " d.text AS folder, s.text AS subject, c.messages, c.value, c.text "   \
                            "FROM claims c"                                                        \
                            " LEFT JOIN names p ON p.number=c.process LEFT JOIN names k ON "       \
                            "k.number=c.kind"                                                      \
                            " LEFT JOIN names h ON h.number=c.phase LEFT JOIN mailboxes m ON "     \
                            "m.number=c.mailbox"                                                   \
                            " LEFT JOIN names d ON d.number=c.folder LEFT JOIN names s ON "        \
                            "s.number=c.subject;"

#endif
