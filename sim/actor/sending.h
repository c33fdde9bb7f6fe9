/*
 * Sending a mail as a person does: it is written, it is due to whom it is addressed to, and the
 * sender's own server takes it: Exchange while he lives there, else the gateway, with a copy in his
 * folder Sent.
 */
#ifndef SIM_ACTOR_SENDING_H
#define SIM_ACTOR_SENDING_H

#include "../world.h"
#include "imap_client.h"

enum { SENDING_RECIPIENTS_MAX = 64 };

struct sending {
    struct world *world;
    struct process *process;    /* that opens the streams */
    uint32_t by;                /* name of whose hand it is */
    struct mail_spec mail;      /* `sent` is set when it is sent */
    struct imap_client *client; /* the sender's connection to Open-Xchange, or NULL */
};

/* Where a mailbox is at home as its people's programs see it. */
enum system sending_home(const struct world *world, uint32_t mailbox);

/* Runs in the calling task until the first server has taken it, or its process is killed. */
NODISCARD enum status sending_send(const struct sending *sending);

/* The name, in the history, of a mailbox's own person: "person:<address>". What is done under such
 * a name changes the truth. */
uint32_t sending_person(const struct world *world, uint32_t mailbox);

#endif
