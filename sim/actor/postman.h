/*
 * The postman: mail that arrives all day and night, from outside and among colleagues. How much
 * each mailbox gets, and when, is drawn when he starts; the hours between `from` and `until` of the
 * scenario hold nine tenths of it.
 */
#ifndef SIM_ACTOR_POSTMAN_H
#define SIM_ACTOR_POSTMAN_H

#include "../world.h"

struct postman;

/* Begins at once, in a process of its own; freed by the caller when the world has ended. */
struct postman *postman_start(struct world *world);
void postman_free(struct postman **postman);

#endif
