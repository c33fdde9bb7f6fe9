/* What the files of the gateway share. */
#ifndef SIM_PARTY_GATEWAY_INSIDE_H
#define SIM_PARTY_GATEWAY_INSIDE_H

#include "../../../engine/base/names.h"
#include "../smtp.h"
#include "gateway_party.h"
#include "gateway_queue.h"

struct gateway_party {
    struct gateway_party_options options;
    struct gateway_disturbance disturbance;
    struct gateway_file *file;   /* owns */
    struct gateway_queue *queue; /* owns */
    struct names *names;         /* owns: addresses and host names */
    uint8_t *routes;             /* owns: enum system by mailbox, as last seen in the table */
    uint8_t *marks;              /* owns: by mailbox; zero between uses */
    uint32_t mailbox_count;
    bool look_again; /* the last look failed */
    uint32_t process;
    void (*call)(void *of);
    void *caller;
    struct gateway_party_counts counts;
};

bool gateway_strikes(const struct gateway_party *gateway, enum gateway_trouble trouble,
                     uint32_t mailbox);
instant gateway_now(const struct gateway_party *gateway);
struct str gateway_name(const struct gateway_party *gateway, uint32_t name);
void gateway_called(struct gateway_party *gateway);

/* A fact of one letter. `system` is SYSTEM_GATEWAY but for a delivery. */
void gateway_fact(struct gateway_party *gateway, enum fact_kind kind, enum system system,
                  uint32_t process, const struct gateway_letter *letter);

/* Between gateway_file_begin() and _end(): puts a letter for one recipient into the queue, held if
 * the table says so. It is not due before gateway_queued(). */
NODISCARD enum status gateway_enqueue(struct gateway_party *gateway,
                                      const struct gateway_letter *letter, struct error *error);
/* After _end(): the newest `count` letters are in the queue for good; `process` brought them. */
void gateway_queued(struct gateway_party *gateway, size_t count, uint32_t process);

/* Whether mail to that address can go anywhere: it is a mailbox's, or outside. Not so for "". */
bool gateway_knows(const struct gateway_party *gateway, struct str address);

/* Where a recipient's mail goes by the table, Exchange when it does not say. */
NODISCARD enum status gateway_route(struct gateway_party *gateway, struct str recipient,
                                    enum system *route_r, struct error *error);

/* The letter with the header that the gateway puts before it: always the same content. */
uint32_t gateway_content(struct gateway_party *gateway, const struct gateway_letter *letter);

/* Gives a letter back to its sender. */
NODISCARD enum status gateway_bounce(struct gateway_party *gateway, uint64_t id, struct str cause,
                                     bool expired, struct error *error);

/* The receiver's half of its sessions. */
void gateway_recipient(void *gateway, struct str address, struct smtp_answer *answer_r);
void gateway_message(void *gateway, const struct smtp_message *message,
                     struct smtp_answer *answer_r);

#endif
