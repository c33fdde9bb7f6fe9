/* SOAP as Open-Xchange's administration speaks it (Apache CXF): requests taken apart, answers and
 * faults written. */
#ifndef SIM_PARTY_OPENXCHANGE_PROVISIONING_SOAP_H
#define SIM_PARTY_OPENXCHANGE_PROVISIONING_SOAP_H

#include "../http.h"
#include "../xml.h"
#include "accounts.h"

#define PROVISIONING_OPERATIONS  "http://soap.admin.openexchange.com"
#define PROVISIONING_OBJECTS     "http://dataobjects.soap.admin.openexchange.com/xsd"
#define PROVISIONING_CREDENTIALS "http://dataobjects.rmi.admin.openexchange.com/xsd"

/* The operation: the one element in the envelope's body; NULL when it is not there. */
const struct xml_node *provisioning_operation(const struct xml_node *root);
/* The text of an element that holds one piece of it and nothing else; "" for NULL. */
static inline struct str provisioning_text(const struct xml_node *node) {
    return node != NULL && node->has_text_only ? node->text : STR("");
}

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
