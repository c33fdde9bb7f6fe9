/*
 * What the files of the web services share: a request as it is being answered, the tree it came in,
 * the ids and errors of EWS. One file a group of operations; ews_session.c carries them.
 *
 * Requests are understood by namespace and local name, whatever the prefixes (EWS.md §1). Answers
 * are written as text, in the order that the schema prescribes.
 */
#ifndef SIM_PARTY_EXCHANGE_EWS_H
#define SIM_PARTY_EXCHANGE_EWS_H

#include <libxml/tree.h>

#include "../../../engine/base/arena.h"
#include "../http.h"
#include "exchange_inside.h"

#define EWS_SOAP     "http://schemas.xmlsoap.org/soap/envelope/"
#define EWS_MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"
#define EWS_TYPES    "http://schemas.microsoft.com/exchange/services/2006/types"
#define EWS_ERRORS   "http://schemas.microsoft.com/exchange/services/2006/errors"

enum {
    EWS_REQUEST_MAX = 4 << 20,     /* bytes of a request; a reader needs far less */
    EWS_PIECE = 16 << 10,          /* an answer goes out once this much of it is ready */
    EWS_IDS_MAX = 10000,           /* folders or items in one request … */
    EWS_PARENTS_MAX = 50,          /* … and folders to be listed in one */
    EWS_ROWS_MAX = 1000,           /* of a listing (EWSFindCountLimit) … */
    EWS_ROWS_RESTRICTED_MAX = 250, /* … and with a restriction */
    EWS_CHANGES_MAX = 512,         /* MaxChangesReturned */
    EWS_EXTENDED_MAX = 64,         /* extended properties in one shape */
    EWS_TESTS_MAX = 64,            /* nodes of a restriction */
    EWS_PROPERTIES_BYTES = 1187,   /* what item:Size counts beside the message itself */
};

/* ---- Errors: ews_faults.c ---- */

/* name of the code, sentence */
#define EWS_ERROR_LIST(X)                                                                          \
    X(NoError, "")                                                                                 \
    X(ErrorAccessDenied, "Access is denied. Check credentials and try again.")                     \
    X(ErrorFolderNotFound, "The specified folder could not be found in the store.")                \
    X(ErrorImpersonateUserDenied,                                                                  \
      "The account does not have permission to impersonate the requested user.")                   \
    X(ErrorInvalidExchangeImpersonationHeaderData,                                                 \
      "ExchangeImpersonation SOAP header must be present for this type of OAuth token.")           \
    X(ErrorInvalidIdMalformed, "Id is malformed.")                                                 \
    X(ErrorInvalidOperation, "The operation is not valid.")                                        \
    X(ErrorInvalidPagingMaxRows, "The specified paging parameters are invalid.")                   \
    X(ErrorInvalidRestriction, "The restriction or sort order is too complex for this operation.") \
    X(ErrorInvalidServerVersion, "The specified server version is invalid.")                       \
    X(ErrorInvalidSyncStateData, "Synchronization state data is corrupt or otherwise invalid.")    \
    X(ErrorInternalServerError, "An internal server error occurred. The operation failed.")        \
    X(ErrorItemNotFound, "The specified object was not found in the store.")                       \
    X(ErrorMimeContentConversionFailed, "Message content conversion failed.")                      \
    X(ErrorMissingEmailAddress, "When making a request as an account that does not have a "        \
                                "mailbox, you must specify the mailbox primary SMTP address for "  \
                                "any distinguished folder Ids.")                                   \
    X(ErrorNameResolutionMultipleResults, "Multiple results were found.")                          \
    X(ErrorNameResolutionNoResults, "No results were found.")                                      \
    X(ErrorNonPrimarySmtpAddress,                                                                  \
      "The primary SMTP address must be specified when referencing a mailbox.")                    \
    X(ErrorNonExistentMailbox, "The SMTP address has no mailbox associated with it.")              \
    X(ErrorSchemaValidation, "The request failed schema validation.")                              \
    X(ErrorServerBusy, "The server cannot service this request right now. Try again later.")       \
    X(ErrorSyncFolderNotFound, "The folder to be synchronized could not be found.")                \
    X(ErrorUnsupportedPathForQuery, "The property can not be used with this type of restriction.") \
    X(ErrorUnsupportedPathForSortGroup, "The property can not be used for sorting or grouping.")

enum ews_error {
#define X(name, sentence) EWS_##name,
    EWS_ERROR_LIST(X)
#undef X
};

const char *ews_error_name(enum ews_error error);
const char *ews_error_sentence(enum ews_error error);

/* ---- A request ---- */

struct ews_connection;

struct ews_shape {       /* which properties are asked for */
    uint64_t properties; /* bits of the table in ews_shape.c */
    struct ews_extended {
        uint32_t tag;     /* a property tag, or 0x10000 and the long id of a named one */
        const char *type; /* as the client wrote it, if it is one we know */
    } extended[EWS_EXTENDED_MAX];
    uint32_t extended_count;
};

struct ews_request {
    struct exchange *exchange;
    struct ews_connection *connection;
    const struct exchange_account *account;
    uint32_t account_index;
    uint32_t process;
    uint32_t actor;      /* the mailbox it is made for; 0: an account without one */
    struct arena *arena; /* lives as long as the request */
    const xmlNode *operation;
    struct buffer *out; /* the answer, or the present piece of it */
    int64_t work;
    enum ews_error fault;  /* set by ews_fault(): nothing else is sent */
    int64_t back_off;      /* with ErrorServerBusy; microseconds, 0: not told */
    const char *violation; /* with ErrorSchemaValidation */
    const xmlNode *next;   /* where go_on() continues */
    struct ews_shape shape;
    struct buffer *content; /* the message just looked at */
    bool cut;               /* the connection breaks behind what is written */
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

/* ---- Reading and writing XML: ews_xml.c ---- */

bool ews_is(const xmlNode *node, const char *space, const char *name);
/* The first child, the next sibling, that is an element; NULL when there is none. */
const xmlNode *ews_first(const xmlNode *node);
const xmlNode *ews_next(const xmlNode *node);
const xmlNode *ews_child(const xmlNode *node, const char *space, const char *name);
/* The text of an element, without white space around; "" for NULL. Lives in the arena or tree. */
struct str ews_text(struct arena *arena, const xmlNode *node);
struct str ews_attribute(struct arena *arena, const xmlNode *node, const char *name);
bool ews_boolean(struct str text, bool *value_r); /* true, false, 1, 0 */

void ews_escape(struct buffer *out, struct str text); /* always valid XML */
void ews_element(struct buffer *out, const char *name, struct str text);
void ews_element_u64(struct buffer *out, const char *name, uint64_t number);
void ews_element_boolean(struct buffer *out, const char *name, bool value);

/* Reads a document, without entities, of limited depth; NULL with the place of the first error. */
xmlDoc *ews_parse(struct str bytes, int *line_r);

/* "<m:GetFolderResponse …><m:ResponseMessages>" and its end. */
void ews_response_begin(struct buffer *out, const char *operation);
void ews_response_end(struct buffer *out, const char *operation);
/* One response message up to and including its code; the payload follows. */
void ews_message_begin(struct buffer *out, const char *operation, enum ews_error error);
void ews_message_end(struct buffer *out, const char *operation);

/* ---- Ids: ews_ids.c ---- */

struct ews_id {
    uint32_t mailbox;
    uint32_t folder; /* number of a folder, a bare one included */
    uint32_t uid;    /* 0: the id of the folder itself */
};

void ews_id_append(const struct exchange *exchange, struct buffer *out, const struct ews_id *id);
enum ews_error ews_id_read(const struct exchange *exchange, struct str text, struct ews_id *id_r);
/* `kind`: what changes: 1 a folder, 2 calendar, 3 contacts, 4 tasks, 9 a message. */
void ews_change_key_append(struct buffer *out, unsigned kind, const struct ews_id *id,
                           uint64_t version);

/* ---- Folders: ews_folders.c ---- */

/* A folder of the store, or one that is bare: no mail ever lies in it, so the store does not know
 * it (the root, the calendar, the outbox …). */
struct ews_bare;
struct ews_folder {
    struct store_mailbox *mailbox;
    struct store_folder *folder; /* NULL: `bare` */
    const struct ews_bare *bare;
};

uint32_t ews_folder_number(const struct ews_folder *folder);
/* The folder with that number, or of the parent; false when there is none. */
bool ews_folder_by_number(struct store_mailbox *mailbox, uint32_t number,
                          struct ews_folder *folder_r);
bool ews_folder_parent(const struct ews_folder *folder, struct ews_folder *parent_r);
struct ews_id ews_folder_id(const struct ews_folder *folder);
/* What a t:FolderId or t:DistinguishedFolderId means, rights checked. */
enum ews_error ews_folder_find(struct ews_request *request, const xmlNode *id,
                               struct ews_folder *folder_r);
/* msgfolderroot of the mailbox that the request is made for. */
enum ews_error ews_folder_top(struct ews_request *request, struct ews_folder *folder_r);
/* Calls for each folder below one, parents first; `deep`: not only children. Folders that a
 * disturbance hides are left out. */
void ews_folder_each(struct ews_request *request, const struct ews_folder *below, bool deep,
                     void (*see)(void *of, const struct ews_folder *folder), void *of);
/* Reads m:FolderShape; false: a fault is set. */
bool ews_folder_shape_read(struct ews_request *request, struct ews_shape *shape_r);
void ews_folder_write(struct ews_request *request, const struct ews_shape *shape,
                      const struct ews_folder *folder);

/* ---- Items: ews_shape.c ---- */

/* Reads m:ItemShape; false: a fault is set. Without `mime` message bodies are never part of it. */
bool ews_item_shape_read(struct ews_request *request, bool mime, struct ews_shape *shape_r);
bool ews_shape_has_mime(const struct ews_shape *shape);
/* t:Message with what the shape asks for. Where a fault cuts the message, request->cut is set and
 * nothing may follow. */
void ews_item_write(struct ews_request *request, const struct ews_shape *shape,
                    struct store_folder *folder, size_t index);
/* t:ItemId alone. */
void ews_item_id_write(struct ews_request *request, struct store_folder *folder, uint32_t uid,
                       uint64_t modseq);
/* "0xe07" of an ExtendedFieldURI; 0x10000 + id for a named property; false when it is neither. */
bool ews_extended_read(struct arena *arena, const xmlNode *node, struct ews_extended *extended_r);

/* ---- Header fields: ews_header.c ---- */

/* Appends the first field of that name as people read it: unfolded, encoded words (RFC 2047)
 * decoded. False when the message has none. */
bool ews_header(struct str message, const char *name, struct buffer *out);
/* Takes one field, as it stands, off the front; false at the end of the header. */
bool ews_header_take(struct str *message, struct str *name_r, struct str *value_r);

/* ---- Restrictions: ews_restriction.c ---- */

struct ews_test; /* one node of a restriction, an array of them all of it */
struct ews_restriction {
    struct ews_test *tests;
    uint32_t count; /* 0: everything passes */
};
enum ews_error ews_restriction_read(struct ews_request *request, const xmlNode *node,
                                    struct ews_restriction *restriction_r);
bool ews_restriction_passes(const struct ews_restriction *restriction,
                            const struct store_item *item);

/* Which property a FieldURI or ExtendedFieldURI names, of those that can be tested and sorted by.
 */
bool ews_sort_field(struct ews_request *request, const xmlNode *node, unsigned *field_r);
int64_t ews_sort_value(const struct store_item *item, unsigned field);

/* ---- Throttling: ews_throttle.c ---- */

/* Takes one request from the budget of (account, mailbox). True: it is used up, and the client
 * should wait for `back_off_r`. `delay_r` is how much longer the server takes. */
bool ews_throttle(struct exchange *exchange, uint32_t account, uint32_t mailbox,
                  int64_t *back_off_r, int64_t *delay_r);

#endif
