/*
 * What a mail server writes on top of a message that passes it (RFC 5321 §4.4), and the date as
 * mail writes it (RFC 5322 §3.3).
 */
#ifndef SIM_PARTY_MAIL_TRACE_H
#define SIM_PARTY_MAIL_TRACE_H

#include "../../engine/base/buffer.h"
#include "../../engine/base/instant.h"

struct mail_trace {
    struct str from;      /* the name the client gave itself */
    const char *by;       /* the server */
    const char *with;     /* "ESMTP", "LMTP" */
    uint64_t id;          /* of the letter at this server */
    struct str recipient; /* "": not named, as with several of them (§7.2) */
    instant at;
};

/* Appends one Received header with its line end. */
void mail_trace_append(struct buffer *out, const struct mail_trace *trace);

/* "Thu, 07 Aug 2025 08:00:00 +0200", by the wall clock in Germany. */
void mail_date_append(struct buffer *out, instant at);

#endif
