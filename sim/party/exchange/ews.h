/*
 * What the operations of the web services share: a request as it is being answered. One file a
 * group of operations; ews_session.c decides who asks and which operation it is.
 */
#ifndef SIM_PARTY_EXCHANGE_EWS_H
#define SIM_PARTY_EXCHANGE_EWS_H

#include "../http.h"
#include "ews_items.h"

enum {
    EWS_REQUEST_MAX = 35 << 20,    /* bytes of a request; mail that is brought comes in base64 */
    EWS_PIECE = 16 << 10,          /* an answer goes out once this much of it is ready */
    EWS_IDS_MAX = 10000,           /* folders or items in one request … */
    EWS_PARENTS_MAX = 50,          /* … and folders to be listed in one */
    EWS_ROWS_MAX = 1000,           /* of a listing (EWSFindCountLimit) … */
    EWS_ROWS_RESTRICTED_MAX = 250, /* … and with a restriction */
    EWS_CHANGES_MAX = 512,         /* MaxChangesReturned */
};

struct ews_connection;

struct ews_request {
    struct exchange *exchange;
    struct ews_connection *connection;
    const struct exchange_account *account;
    uint32_t account_index;
    uint32_t process;
    uint32_t actor;      /* the mailbox it is made for; 0: an account without one */
    struct arena *arena; /* lives as long as the request */
    const struct xml_node *operation;
    struct buffer *out; /* the answer, or the present piece of it */
    int64_t work;
    enum ews_error fault;        /* set by ews_fault(): nothing else is sent */
    int64_t back_off;            /* with ErrorServerBusy; microseconds, 0: not told */
    const char *violation;       /* with ErrorSchemaValidation; what is wrong and … */
    int line;                    /* … in which line of the request */
    const struct xml_node *next; /* where go_on() continues */
    struct ews_shape shape;
    struct buffer *content;  /* the message just looked at, or room for what is written apart */
    bool cut;                /* the connection breaks behind what is written */
    struct ews_stems *stems; /* borrows: of the connection */
};

/* Writes the answer into request->out. HTTP_MORE: go_on() writes the next piece. */
struct ews_operation {
    const char *name;
    enum http_next (*begin)(struct ews_request *request);
    enum http_next (*go_on)(struct ews_request *request);
};

enum http_next ews_get_folder(struct ews_request *request);
enum http_next ews_find_folder(struct ews_request *request);
enum http_next ews_find_item(struct ews_request *request);
enum http_next ews_get_item(struct ews_request *request);
enum http_next ews_get_item_go_on(struct ews_request *request);
enum http_next ews_create_item(struct ews_request *request);
enum http_next ews_sync_folder_hierarchy(struct ews_request *request);
enum http_next ews_sync_folder_items(struct ews_request *request);
enum http_next ews_resolve_names(struct ews_request *request);

/* Makes the whole answer a SOAP fault, and returns HTTP_DONE. Not after a first piece. */
enum http_next ews_fault(struct ews_request *request, enum ews_error error);
/* The same for a request that does not fit the schema. */
enum http_next ews_invalid(struct ews_request *request, const char *violation);
/* Writes the fault that was set, or the one of a request that never got so far. */
void ews_fault_write(const struct ews_request *request, struct buffer *out);

/* Whether the one the request is made for may open a mailbox. */
bool ews_may_open(const struct ews_request *request, uint32_t mailbox);
/* The mailbox, if it may be opened; the first time on a connection that is a fact. NULL else. */
struct store_mailbox *ews_open(struct ews_request *request, uint32_t mailbox);

/* ---- Throttling: ews_throttle.c ---- */

/* Takes one request from the budget of (account, mailbox). True: it is used up, and the client
 * should wait for `back_off_r`. `delay_r` is how much longer the server takes. */
bool ews_throttle(struct exchange *exchange, uint32_t account, uint32_t mailbox,
                  int64_t *back_off_r, int64_t *delay_r);

#endif
