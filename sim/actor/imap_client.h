/*
 * A person's mail program as far as the wire sees it: a small IMAP client over a stream of the
 * world. It shares no code with the server nor with the engine.
 */
#ifndef SIM_ACTOR_IMAP_CLIENT_H
#define SIM_ACTOR_IMAP_CLIENT_H

#include "../../engine/base/buffer.h"
#include "../kernel/network.h"

struct imap_client;

enum { IMAP_CLIENT_ANSWER_MAX = 64 * 1024 * 1024 };
#define IMAP_CLIENT_PATIENCE (2 * MINUTE)

/* Connects, reads the greeting, logs in. DENIED when the login is refused; NETWORK, TIMEOUT,
 * PROTOCOL, KILLED. Runs in the calling task. */
NODISCARD enum status imap_client_open(struct process *process, struct network_place place,
                                       const char *login, const char *password,
                                       struct imap_client **client_r);
void imap_client_close(struct imap_client **client); /* says LOGOUT when it can */

/* Sends one command (without tag and line end) and reads up to its tagged answer. OK, or REFUSED
 * for NO and BAD. The untagged answers are then in imap_client_answer(). */
NODISCARD enum status imap_client_command(struct imap_client *client, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* APPEND of a message, \Seen, by LITERAL+. */
NODISCARD enum status imap_client_append(struct imap_client *client, const char *folder,
                                         struct str bytes);

/* All untagged answers to the last command, literals included. */
struct str imap_client_answer(const struct imap_client *client);

/* Takes the next "* n FETCH (…)" off `rest`: its UID (0 when it does not say) and its first literal
 * ("" when there is none). False when there is no further one. */
struct imap_fetched {
    uint32_t uid;
    struct str literal;
};
bool imap_client_next_fetch(struct str *rest, struct imap_fetched *fetched_r);

#endif
