/* SOAP as Open-Xchange's administration speaks it (Apache CXF): requests taken apart, answers and
 * faults written. */
#ifndef SIM_PARTY_OPENXCHANGE_PROVISIONING_SOAP_H
#define SIM_PARTY_OPENXCHANGE_PROVISIONING_SOAP_H

#include <libxml/tree.h>

#include "../http.h"
#include "accounts.h"

#define PROVISIONING_OPERATIONS  "http://soap.admin.openexchange.com"
#define PROVISIONING_OBJECTS     "http://dataobjects.soap.admin.openexchange.com/xsd"
#define PROVISIONING_CREDENTIALS "http://dataobjects.rmi.admin.openexchange.com/xsd"

/* Reads a document without type, entities or network. NULL when it is none. xmlFreeDoc(). */
xmlDoc *provisioning_parse(struct str body);
/* The operation: the one element in the envelope's body; NULL when it is not there. */
const xmlNode *provisioning_operation(const xmlDoc *document);

const xmlNode *provisioning_first(const xmlNode *node); /* element below it; NULL: none */
const xmlNode *provisioning_next(const xmlNode *node);  /* element beside it */
bool provisioning_is(const xmlNode *node, const char *space, const char *name);
const xmlNode *provisioning_child(const xmlNode *node, const char *space, const char *name);
/* The text of an element that holds nothing but text, trimmed; "" for NULL. */
struct str provisioning_text(const xmlNode *node);

/* <operationResponse> … </operationResponse>, with what is appended in between. */
void provisioning_begin(struct http_answer *answer, const char *operation);
void provisioning_end(struct http_answer *answer, const char *operation);
/* <return>text</return> */
void provisioning_return_text(struct http_answer *answer, const char *text);
/* <return> with the fields of a user. */
void provisioning_return_user(struct http_answer *answer, const struct account *account);

/* A fault in place of any answer; `exception` is "NoSuchUser" and the like, or NULL for a request
 * that was not understood. */
void provisioning_fault(struct http_answer *answer, const char *exception, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
