/*
 * What the files of the EWS source share: requests as text, answers as events, ids, and a session
 * that calls with patience. Namespaces and shapes: Exchange Web Services, schema Exchange2013_SP1.
 */
#ifndef ENGINE_ADAPTER_EWS_H
#define ENGINE_ADAPTER_EWS_H

#include "../source.h"
#include "adapters.h"
#include "soap.h"

enum {
    EWS_ID_MAX = 1024,       /* characters of an id */
    EWS_IDS_FIRST = 10,      /* in one request; what Microsoft recommends */
    EWS_IDS_BYTES = 1 << 20, /* of messages that may come at once without a thought */
    EWS_FOLDER_PAGE = 500,   /* rows asked for */
    EWS_ITEM_PAGE = 1000,
    EWS_FOLDERS_MAX = 100 * 1000, /* of one mailbox */
    EWS_ITEMS_MAX = 2000 * 1000,  /* of one folder */
    EWS_LISTINGS_MAX = 4,         /* tries to see a folder that holds still */
    EWS_AHEAD_MAX = 32,           /* folders listed in one request */
    EWS_AHEAD_ROWS = 100,         /* of each; larger ones are listed alone */
    EWS_CATEGORIES_MAX = 16 * 1024,
    EWS_MESSAGE_MAX = 256 << 20, /* bytes of one message */
    EWS_CODE_MAX = 96,
    EWS_TEXT_MAX = 256,
};

/* ---- ews_request.c ------------------------------------------------------------------------- */

void ews_request_begin(struct buffer *out, const char *address); /* whom to act for */
void ews_request_end(struct buffer *out);

/* GetFolder, ids only. */
void ews_request_distinguished(struct buffer *out, const char *const *names, size_t count);
void ews_request_folders(struct buffer *out, uint32_t offset); /* FindFolder, deep */
/* FindItem: a page of each of `count` folders. */
struct ews_listing_of {
    const char *const *folder_ids;
    size_t count;
    const struct source_query *query;
    uint32_t offset, rows;
};
void ews_request_items(struct buffer *out, const struct ews_listing_of *of);
void ews_request_messages(struct buffer *out, const char *const *ids, size_t count);
/* CreateItem: saves one message in a folder, as it was received. */
void ews_request_create(struct buffer *out, const char *folder_id,
                        const struct source_message *message);

/* ---- ews_id.c ------------------------------------------------------------------------------ */

/* The mailbox GUID that a folder or item id carries, as it is written there. PROTOCOL when the id
 * is none (MS-OXWSITEMID; compressed or not). */
NODISCARD enum status ews_id_mailbox(struct str id, char *key, size_t key_capacity,
                                     struct error *error);

/* ---- ews_answer.c -------------------------------------------------------------------------- */

struct ews_message { /* one response message */
    bool success;
    char code[EWS_CODE_MAX]; /* "NoError"; the inner code where the outer says only "internal" */
    char text[EWS_TEXT_MAX];
    int64_t back_off; /* microseconds; 0: not said */
};

struct ews_page {
    uint32_t total, next_offset;
    bool has_next, is_last;
};

struct ews_folder {
    const char *id, *parent_id, *name, *class;
    uint32_t items;
    bool is_plain; /* t:Folder: neither search folder, calendar, contacts nor tasks */
};

struct ews_item {
    struct source_item item;
    bool is_mail, has_date;
};

/* Told as the answer streams in. Any status but OK ends the reading and is returned. */
struct ews_events {
    enum status (*page)(void *of, const struct ews_page *page, struct error *error);
    enum status (*folder)(void *of, const struct ews_folder *folder, struct error *error);
    enum status (*mime)(void *of, struct str base64, struct error *error);
    enum status (*item)(void *of, const struct ews_item *item, struct error *error);
    /* At the end of each response message, after what it held. */
    enum status (*message)(void *of, const struct ews_message *message, struct error *error);
};

struct ews_answer;
struct ews_answer *ews_answer_new(const struct ews_events *events, void *of);
void ews_answer_close(struct ews_answer **answer);
extern const struct soap_handler ews_answer_handler; /* its `of` is the answer */

/* What a response code means; OK for NoError. */
enum status ews_meaning(const char *code);
/* The same as a status and a sentence. */
enum status ews_refusal(const struct ews_message *message, struct error *error);

/* ---- the session (ews_source.c) -------------------------------------------------------------- */

enum ews_place { /* the folders that have a role by their distinguished ids */
                 EWS_TOP,
                 EWS_INBOX,
                 EWS_SENT,
                 EWS_DRAFTS,
                 EWS_TRASH,
                 EWS_JUNK,
                 EWS_OUTBOX,
                 EWS_SYNC_ISSUES,
                 EWS_ARCHIVE,
                 EWS_PLACES
};

struct ews_ahead;

struct source_session {
    const struct ews_source_options *options; /* borrows */
    struct http_client *http;                 /* owns */
    char *address, *anchor;                   /* owns; whose mailbox, and as a header */
    char places[EWS_PLACES][EWS_ID_MAX];      /* "" for a folder that is not there */
    struct buffer request;                    /* owns; scratch */
    struct ews_ahead *ahead;                  /* owns; ews_ahead.c */
    size_t ids;                               /* to ask for in one GetItem; 0: the first number */
    int64_t busy;                             /* what the server asked for last; 0: nothing */
    int64_t waited;                           /* of the patience for this request */
    uint32_t waits;
};

/* Sends session->request once. BUSY when the server puts us off. */
NODISCARD enum status ews_ask(struct source_session *session, const struct ews_events *events,
                              void *of, struct error *error);

/* Sleeps as long as the server asked. BUSY when the patience is used up; STOPPED, KILLED. */
NODISCARD enum status ews_wait(struct source_session *session, struct error *error);

/* Progress: the next request has all the patience again. */
void ews_be_patient(struct source_session *session);

/* Tells the session that a response message put us off; returns BUSY. */
enum status ews_put_off(struct source_session *session, const struct ews_message *message);

/* ---- ews_items.c ---------------------------------------------------------------------------- */

struct ews_row {
    struct source_item item;
    struct ews_row *next;
};

/* What was listed of one folder so far. */
struct ews_listing {
    struct source_session *session; /* borrows */
    struct arena *arena;            /* borrows; holds the rows */
    struct table *seen;             /* borrows: digests of ids */
    struct ews_row *first, **last;
    struct ews_page page;
    bool has_page;
    uint32_t rows, page_rows; /* of every kind, mail or not */
    uint32_t mails;
};

/* Events of an answer about one folder; `of` is its listing. */
enum status ews_listing_page(void *of, const struct ews_page *page, struct error *error);
enum status ews_listing_item(void *of, const struct ews_item *item, struct error *error);
/* Rows to ask for at once. */
uint32_t ews_listing_rows(const struct source_query *query, uint32_t most);
/* Whether as many came as the query wants, the latest first, though the server has more. */
bool ews_listing_is_enough(const struct ews_listing *listing, const struct source_query *query);

/* ---- ews_ahead.c ---------------------------------------------------------------------------- */

void ews_ahead_close(struct source_session *session);
/* The folders are being told anew; then each in its order. */
void ews_ahead_begin(struct source_session *session);
void ews_ahead_folder(struct source_session *session, const struct source_folder *folder);
/* The listing of a folder, asked for together with those that come next or kept from then; NULL
 * when it must be asked for alone. Each is given out once. */
const struct ews_listing *ews_ahead_take(struct source_session *session, const char *folder_id,
                                         const struct source_query *query);

/* ---- ews_folders.c, ews_items.c, ews_fetch.c, ews_put.c: as source.h says -------------------- */

NODISCARD enum status ews_folders(struct source_session *session,
                                  enum status (*see)(void *of, const struct source_folder *folder),
                                  void *of, struct error *error);
NODISCARD enum status ews_items(struct source_session *session, const char *folder_id,
                                const struct source_query *query,
                                enum status (*see)(void *of, const struct source_item *item),
                                void *of, struct error *error);
NODISCARD enum status ews_fetch(struct source_session *session, const char *const *ids,
                                size_t count,
                                enum status (*see)(void *of, size_t index, enum status status,
                                                   struct str bytes, const char *sentence),
                                void *of, struct error *error);
NODISCARD enum status ews_put(struct source_session *session, const char *folder_id,
                              const struct source_message *message, struct error *error);

#endif
