/*
 * A small directory for tests: three people of one office, and its door (SCIM). Exchange hears of a
 * change after 30 s, the gateway after 5 s, people after 15 min.
 */
#ifndef SIM_PARTY_DIRECTORY_TESTS_BUREAU_H
#define SIM_PARTY_DIRECTORY_TESTS_BUREAU_H

#include "../scim.h"

enum { BUREAU_PEOPLE = 3 };

struct bureau {
    struct clock clock; /* 7 August 2025, 06:00:00Z */
    struct population *population;
    struct history *history;
    struct directory_party *directory;
    struct scim_server *server; /* user umzug, password mowe */
};

void bureau_open(struct bureau *bureau);
void bureau_close(struct bureau *bureau);

/* "Authorization: Basic …" with both. */
#define BUREAU_MAY "Authorization: Basic dW16dWc6bW93ZQ==\r\n"

#endif
