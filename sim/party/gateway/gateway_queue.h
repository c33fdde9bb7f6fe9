/*
 * The letters in the gateway's hands, one for each recipient, numbered from 1 in order of coming
 * and never reused. This is the spool: it survives the gateway's process, as files would. What does
 * not survive is the order in which they are due; gateway_queue_forget() models that, and the rows
 * of the queue table say which are to be queued again.
 */
#ifndef SIM_PARTY_GATEWAY_QUEUE_H
#define SIM_PARTY_GATEWAY_QUEUE_H

#include "gateway_file.h"

struct gateway_letter {
    uint64_t id;
    instant arrived;
    instant age_from;                  /* a requeued letter begins a new life */
    instant due;                       /* the next try */
    uint32_t content;                  /* as it came, without what the gateway puts before it */
    uint32_t sender, recipient, hello; /* names of the gateway's */
    uint32_t mailbox;                  /* 0: outside */
    uint32_t tries;
    uint8_t state;       /* enum gateway_state */
    uint8_t route;       /* enum system: where it would have gone when it came */
    uint8_t route_taken; /* where it was last sent */
    bool in_hand;        /* somebody is delivering it */
    bool is_released;    /* it was held once */
    bool is_told;        /* the fact of its delivery is written */
};

struct gateway_queue;

struct gateway_queue *gateway_queue_new(void);
void gateway_queue_close(struct gateway_queue **queue);

/* Takes a copy, numbers it, and returns its place, which holds until the next is added. The letter
 * is not due before gateway_queue_put(). */
struct gateway_letter *gateway_queue_add(struct gateway_queue *queue,
                                         const struct gateway_letter *letter);
/* Takes back the newest `count` letters: they were never accepted. */
void gateway_queue_take_back(struct gateway_queue *queue, size_t count);
struct gateway_letter *gateway_queue_letter(struct gateway_queue *queue, uint64_t id);
uint64_t gateway_queue_count(const struct gateway_queue *queue); /* the highest number */

/* The letter is due at `letter->due`. Must not be in the order already. */
void gateway_queue_put(struct gateway_queue *queue, const struct gateway_letter *letter);
/* When the next is due; INSTANT_NEVER: none. */
instant gateway_queue_next(const struct gateway_queue *queue);
/* The letter that is due first, by number where several are; NULL when none is due by `now`. */
struct gateway_letter *gateway_queue_take(struct gateway_queue *queue, instant now);
/* Forgets what is due and who has what in hand. */
void gateway_queue_forget(struct gateway_queue *queue);

#endif
