/*
 * People at work: each comes in the morning, looks for mail every so often, opens a sample,
 * answers, moves, deletes, flags, and goes home. Until the directory says that his mailbox has
 * moved he works in Outlook; from then on in a mail program that speaks IMAP.
 *
 * Whether he could get or send mail is a fact each time he tries, and so is what he had on the
 * screen. What he does to his mailbox changes its truth.
 */
#ifndef SIM_ACTOR_PERSON_H
#define SIM_ACTOR_PERSON_H

#include "../world.h"

struct people;

/* Everybody who works on this day; freed by the caller when the world has ended. */
struct people *people_start(struct world *world);
void people_free(struct people **people);

#endif
