/*
 * A small house for tests with the two doors through which mail comes to rest: LMTP into
 * Open-Xchange's store, where a@x, who is alias@x too, and b@x have room, full@x has none, and
 * gone@x is known and not there, and SMTP into an Exchange that takes two letters of three and
 * keeps none.
 */
#ifndef SIM_PARTY_TESTS_DOORS_H
#define SIM_PARTY_TESTS_DOORS_H

#include "../exchange_smtp.h"
#include "../lmtp.h"

enum { DOORS_MAILBOXES = 3 };

struct doors {
    struct clock clock; /* 7 August 2025, 06:00:00Z */
    struct history *history;
    struct contents *contents;
    struct store *store;
    struct lmtp_server *lmtp;
    struct exchange_smtp *smtp;
    uint32_t letters; /* that came to Exchange */
};

void doors_open(struct doors *doors);
void doors_close(struct doors *doors);
/* The mailbox of an address, 0 for a stranger's. */
uint32_t doors_mailbox_of(void *of, struct str address);
/* How many messages lie in the store. */
uint64_t doors_items(const struct doors *doors);

#endif
