/*
 * XML of the web services. Requests are understood by namespace and local name, whatever the
 * prefixes (EWS.md §1; ../xml.h). Answers are written as text, in the order that the schema
 * prescribes.
 */
#ifndef SIM_PARTY_EXCHANGE_EWS_XML_H
#define SIM_PARTY_EXCHANGE_EWS_XML_H

#include "../../../engine/base/buffer.h"
#include "../xml.h"
#include "ews_faults.h"

#define EWS_SOAP     "http://schemas.xmlsoap.org/soap/envelope/"
#define EWS_MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"
#define EWS_TYPES    "http://schemas.microsoft.com/exchange/services/2006/types"
#define EWS_ERRORS   "http://schemas.microsoft.com/exchange/services/2006/errors"

bool ews_boolean(struct str text, bool *value_r); /* true, false, 1, 0 */

void ews_escape(struct buffer *out, struct str text); /* always valid XML */
void ews_element(struct buffer *out, const char *name, struct str text);
void ews_element_u64(struct buffer *out, const char *name, uint64_t number);
void ews_element_boolean(struct buffer *out, const char *name, bool value);

/* "<m:GetFolderResponse …><m:ResponseMessages>" and its end. */
void ews_response_begin(struct buffer *out, const char *operation);
void ews_response_end(struct buffer *out, const char *operation);
/* One response message up to and including its code; the payload follows. */
void ews_message_begin(struct buffer *out, const char *operation, enum ews_error error);
void ews_message_end(struct buffer *out, const char *operation);

#endif
