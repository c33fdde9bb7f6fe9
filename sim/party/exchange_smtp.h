/*
 * Exchange's door for mail from outside it (port 25): takes letters by SMTP and hands them to
 * Exchange through two functions, so that neither knows the other's insides. Adds one Received
 * header, recorded as a prefix.
 */
#ifndef SIM_PARTY_EXCHANGE_SMTP_H
#define SIM_PARTY_EXCHANGE_SMTP_H

#include "../kernel/clock.h"
#include "contents.h"
#include "smtp.h"

struct exchange_smtp;

struct exchange_smtp_letter { /* borrowed for the call */
    uint32_t process;         /* who opened the stream */
    uint32_t content;         /* with the Received header before it */
    struct str sender;
    const uint32_t *mailboxes; /* each once, in order of first naming */
    size_t mailbox_count;
};

struct exchange_smtp_options {
    const char *host; /* borrows, as the next two */
    const struct clock *clock;
    struct contents *contents;
    void *of;
    /* The mailbox that mail for `address` belongs to, 0 when Exchange knows none. */
    uint32_t (*accepts)(void *of, struct str address);
    /* Takes the letter for all its mailboxes. Anything but OK and it will be tried again: QUOTA,
     * BUSY and the like; then none of them may have it. */
    enum status (*deliver)(void *of, const struct exchange_smtp_letter *letter);
    int64_t command_work, message_work; /* microseconds */
};

struct exchange_smtp *exchange_smtp_new(const struct exchange_smtp_options *options);
void exchange_smtp_close(struct exchange_smtp **door); /* after the last of its sessions */
/* A session for a connection that process `peer` opened; `door` is a struct exchange_smtp. The
 * shape is that of a carrier_factory. */
struct session *exchange_smtp_session(void *door, uint32_t peer);

#endif
