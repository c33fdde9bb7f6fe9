/* What a SCIM client asks: filters in a query, patches in a body. Both are read strictly. */
#ifndef SIM_PARTY_DIRECTORY_SCIM_REQUEST_H
#define SIM_PARTY_DIRECTORY_SCIM_REQUEST_H

#include <stdbool.h>

#include "../../../engine/base/buffer.h"
#include "../../../reports/history.h"

/* The value of one parameter of a query, decoded (RFC 3986 §2.1, "+" is a blank), into `value`,
 * which is emptied first. False when it is not there or not decodable. */
bool scim_query_value(struct str query, const char *name, struct buffer *value);

enum scim_attribute { SCIM_EMAILS, SCIM_USER_NAME, SCIM_ID, SCIM_KEY, SCIM_LOGIN };

struct scim_filter { /* one comparison for equality; all else is not supported */
    enum scim_attribute attribute;
    struct str value; /* owned by the buffer of scim_filter_read() */
};

/* Reads `emails eq "…"`; the value without its quotes goes into `value`. */
bool scim_filter_read(struct str text, struct buffer *value, struct scim_filter *filter_r);

enum scim_patch {
    SCIM_PATCH_HOME,    /* sets the home */
    SCIM_PATCH_NOTHING, /* is well-formed and changes nothing */
    SCIM_PATCH_SYNTAX,  /* no JSON, or no PatchOp (invalidSyntax) */
    SCIM_PATCH_PATH,    /* no such attribute (invalidPath) */
    SCIM_PATCH_VALUE,   /* no home of that name (invalidValue) */
    SCIM_PATCH_MUTABLE, /* an attribute that cannot be written (mutability) */
};

/* Reads a PatchOp (RFC 7644 §3.5.2); the last home it sets is the one that counts. */
enum scim_patch scim_patch_read(struct str body, enum system *home_r);

#endif
