/*
 * XML of the web services. Requests are understood by namespace and local name, whatever the
 * prefixes (EWS.md §1). Answers are written as text, in the order that the schema prescribes.
 */
#ifndef SIM_PARTY_EXCHANGE_EWS_XML_H
#define SIM_PARTY_EXCHANGE_EWS_XML_H

#include <libxml/tree.h>

#include "../../../engine/base/arena.h"
#include "../../../engine/base/buffer.h"
#include "ews_faults.h"

#define EWS_SOAP     "http://schemas.xmlsoap.org/soap/envelope/"
#define EWS_MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"
#define EWS_TYPES    "http://schemas.microsoft.com/exchange/services/2006/types"
#define EWS_ERRORS   "http://schemas.microsoft.com/exchange/services/2006/errors"

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

#endif
