/* What SCIM answers: JSON in an HTTP answer. */
#ifndef SIM_PARTY_DIRECTORY_SCIM_ANSWER_H
#define SIM_PARTY_DIRECTORY_SCIM_ANSWER_H

#include "../http.h"
#include "directory_party.h"

enum { SCIM_VERSION_MAX = 32 };

/* The ETag of a record: W/"3". */
char *scim_version(const struct directory_record *record, char text[SCIM_VERSION_MAX]);

/* RFC 7644 §3.12; `type` is a scimType or NULL. */
void scim_answer_error(struct http_answer *answer, unsigned status, const char *type,
                       const char *detail);
/* One record, with its ETag and Location. */
void scim_answer_user(struct http_answer *answer, const struct directory_record *record,
                      const char *url);
void scim_answer_config(struct http_answer *answer, const char *url);

/* A list: the head, so many records, and the end. */
struct scim_list {
    uint32_t total, first, count; /* first from 1 */
    const struct directory_record *const *records;
};
void scim_answer_list(struct http_answer *answer, const struct scim_list *list, const char *url);

#endif
