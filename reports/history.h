/*
 * The history of one rehearsal: facts (what the world saw) and claims (what the engine said), in
 * order, one SQLite file. Facts are integers against interning tables; oracles read nothing else
 * and could judge again years later. The digest of a history is the hash of its canonical rows in
 * order; wall clock and versions are left out.
 *
 * Writing: history_create(), then the functions of "Writing", then history_close(). After a kill
 * the file is readable up to the last history_sync(). Reading: history_open(), then "Reading".
 */
#ifndef REPORTS_HISTORY_H
#define REPORTS_HISTORY_H

#include <stdint.h>

#include "../engine/base/digest.h"
#include "../engine/base/instant.h"
#include "../engine/base/status.h"
#include "../engine/base/str.h"

struct history;

enum fact_kind {
    FACT_NONE,
#define X(kind, name, sentence) FACT_##kind,
#include "facts.def"
#undef X
    FACT_KIND_COUNT
};

enum system {
    SYSTEM_NONE,
    SYSTEM_EXCHANGE,
    SYSTEM_OPENXCHANGE,
    SYSTEM_GATEWAY,
    SYSTEM_DIRECTORY,
    SYSTEM_OUTSIDE,
};

/* How an item came to rest or left. */
enum how {
    HOW_NONE,
    HOW_FIXTURE,   /* it was there when the day began */
    HOW_APPENDED,  /* IMAP APPEND */
    HOW_DELIVERED, /* LMTP or SMTP */
    HOW_COPIED,
    HOW_MOVED,
    HOW_EXPUNGED,
    HOW_SENT,    /* a copy kept by the sender's own client or server */
    HOW_DRAFTED, /* written by a person, not sent */
};

enum home_aspect { HOME_ROUTE, HOME_LOGIN, HOME_DIRECTORY };

/* Flags of an item: the IMAP system flags and what Exchange maps to them. */
enum item_flag {
    ITEM_SEEN = 1,
    ITEM_ANSWERED = 2,
    ITEM_FLAGGED = 4,
    ITEM_DELETED = 8,
    ITEM_DRAFT = 16,
    ITEM_FORWARDED = 32, /* keyword $Forwarded */
};

enum mailbox_role { ROLE_BATCH, ROLE_BYSTANDER, ROLE_STRANGER, ROLE_TRIPWIRE };

struct fact {
    instant at;
    int64_t a, b;
    uint32_t process; /* name */
    uint32_t mailbox; /* 0: none */
    uint32_t folder;  /* name */
    uint32_t content; /* 0: none */
    uint32_t uid;
    uint32_t name; /* name */
    uint8_t kind;  /* enum fact_kind */
    uint8_t system;
    uint8_t how;
};

/* One line the engine said, taken apart by the rehearsal (DESIGN.md §6; claims.def). */
struct claim {
    instant at;
    uint32_t process; /* name */
    uint32_t kind;    /* name, e.g. "mailbox_done" */
    uint32_t phase;   /* name or 0 */
    uint32_t mailbox; /* 0: none or not known */
    uint32_t folder;  /* name or 0 */
    uint32_t subject; /* name: measure, artefact, … or 0 */
    int64_t messages; /* a count where the kind has one, else 0 */
    int64_t value;    /* exit code, bytes, … as the kind says */
    struct str text;  /* the whole line as it was said; borrowed */
};

/* What the world knows of a mailbox, whoever holds it. Texts are borrowed while writing; NULL:
 * none. */
struct history_mailbox {
    uint32_t number; /* from 1, dense */
    const char *address;
    const char *display_name;
    const char *kind; /* "personal", "functional", "resource" */
    const char *organisation;
    const char *office;
    const char *database; /* at Exchange */
    const char *node;     /* storage node at Open-Xchange */
    enum mailbox_role role;
    uint32_t principals; /* how many people may open it */
};

/* ---- Writing ---- */

/* `path` NULL keeps it in memory. An existing file is replaced. */
NODISCARD enum status history_create(const char *path, struct history **history_r,
                                     struct error *error);
/* A fact about the rehearsal itself: scenario, seed, cut_off, batch, began, ended, complete … */
void history_set(struct history *history, const char *key, struct str value);
void history_mailbox_add(struct history *history, const struct history_mailbox *mailbox);
uint32_t history_name(struct history *history, struct str text); /* interned; "" gives 0 */

/* Says what is known of a content: digest and size of its bytes as they lie, and for bytes that a
 * hop prefixed (Received and the like) the content they were before; else base is 0. Numbers are
 * the writer's, from 1, dense. A content that no one ever rendered is never announced. */
void history_content(struct history *history, uint32_t content, struct digest digest,
                     uint64_t bytes, uint32_t base);
void history_fact(struct history *history, const struct fact *fact);
void history_claim(struct history *history, const struct claim *claim);

/* The day is over: facts, contents and claims that still come, while a world is taken down, are not
 * taken any more. Settings are. */
void history_freeze(struct history *history);
/* Makes everything so far readable after a kill. */
void history_sync(struct history *history);
/* Ends the writing of a history in memory and writes it into a file, which is replaced. */
NODISCARD enum status history_save(struct history *history, const char *path, struct error *error);
void history_close(struct history **history);

/* ---- Reading; works on one just written too ---- */

NODISCARD enum status history_open(const char *path, struct history **history_r,
                                   struct error *error);
/* "" when the key was never set. Borrowed. */
struct str history_get(const struct history *history, const char *key);
struct str history_text(const struct history *history, uint32_t name);      /* 0 gives "" */
uint32_t history_find_name(const struct history *history, struct str text); /* 0: never seen */
uint32_t history_mailbox_count(const struct history *history);
const struct history_mailbox *history_mailbox(const struct history *history, uint32_t number);

/* Each in order of happening; `see` returns false to end early. */
NODISCARD enum status history_each_fact(struct history *history,
                                        bool (*see)(void *of, const struct fact *fact), void *of,
                                        struct error *error);
NODISCARD enum status history_each_claim(struct history *history,
                                         bool (*see)(void *of, const struct claim *claim), void *of,
                                         struct error *error);
struct history_content {
    uint32_t content, base;
    uint64_t bytes;
    struct digest digest;
};
NODISCARD enum status history_each_content(struct history *history,
                                           bool (*see)(void *of,
                                                       const struct history_content *content),
                                           void *of, struct error *error);

uint64_t history_fact_count(const struct history *history);
/* The same seed gives the same digest, on any compiler. */
struct digest history_digest(struct history *history);

const char *fact_kind_name(enum fact_kind kind);
const char *system_name(enum system system);

#endif
