/*
 * Sends a letter over the world's network: the gateway, the postman and persons all hand mail to a
 * server this way. Runs in the calling task.
 */
#ifndef SIM_PARTY_MAIL_CLIENT_H
#define SIM_PARTY_MAIL_CLIENT_H

#include "../../engine/base/status.h"
#include "../kernel/network.h"
#include "mail_dialogue.h"

struct mail_client {
    struct process *process; /* who sends; borrows */
    struct network_place place;
    int64_t patience; /* how long to wait for each answer; microseconds */
};

/* Sends `letter` on a connection of its own. `replies_r` has room for one reply a recipient and is
 * set whatever is returned: OK when each has a final answer, good or bad; AMBIGUOUS when the
 * message went out whole and some answer did not come; else NETWORK, TIMEOUT, PROTOCOL or KILLED,
 * and no recipient without an answer has got it. */
NODISCARD enum status mail_client_send(const struct mail_client *client,
                                       const struct mail_letter *letter,
                                       struct mail_reply *replies_r, struct error *error);

#endif
