/*
 * Delivery into Open-Xchange: what Dovecot's LMTP does with a message (OX.md §4.6). Each recipient
 * gets the message into his INBOX with Return-Path, Delivered-To and Received before it, and each
 * gets an answer of his own (RFC 2033 §4.2). What is put before a message is recorded as a prefix,
 * so that digests can leave it out.
 */
#ifndef SIM_PARTY_LMTP_H
#define SIM_PARTY_LMTP_H

#include <stdbool.h>

#include "smtp.h"
#include "store.h"

struct lmtp_server;

struct lmtp_options {
    const char *host;    /* borrows, as the next two */
    struct store *store; /* where mail comes to rest */
    const struct clock *clock;
    /* The mailbox behind an address, 0 when there is none. */
    void *of;
    uint32_t (*mailbox_of)(void *of, struct str address);
    bool full_is_for_ever; /* a full mailbox answers 552, not 452 (quota_full_tempfail = no) */
    int64_t command_work, message_work; /* microseconds */
};

struct lmtp_server *lmtp_server_new(const struct lmtp_options *options);
void lmtp_server_close(struct lmtp_server **server); /* after the last of its sessions */
/* A session for a connection that process `peer` opened; `server` is a struct lmtp_server. The
 * shape is that of a carrier_factory. */
struct session *lmtp_server_session(void *server, uint32_t peer);

#endif
