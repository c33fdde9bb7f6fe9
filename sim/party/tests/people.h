/*
 * A few people for tests: the mailboxes of a history, which need no more than numbers, and a small
 * population where mail and addresses are wanted, too.
 */
#ifndef SIM_PARTY_TESTS_PEOPLE_H
#define SIM_PARTY_TESTS_PEOPLE_H

#include "../../../fixtures/population.h"
#include "../../../reports/history.h"

#define PEOPLE_NOW (INT64_C(1754546400) * SECOND) /* 7 August 2025, 06:00:00Z */

/* One office, "Amt" of amt.test, of so many people with so many messages each. */
struct population *people_new(uint32_t people, uint32_t messages);

/* A history in memory with the name of one process, number 1, and mailboxes 1 to `mailboxes`. */
struct history *people_history(const char *process, uint32_t mailboxes);

#endif
