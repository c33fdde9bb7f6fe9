/* A small world for tests of the gateway: six mailboxes, a history, a file, and a second connection
 * to that file, which steers the gateway as an engine would. */
#ifndef SIM_PARTY_GATEWAY_TESTS_SMALL_WORLD_H
#define SIM_PARTY_GATEWAY_TESTS_SMALL_WORLD_H

#include <sqlite3.h>

#include "../gateway_party.h"

enum { SMALL_WORLD_MAILBOXES = 6 };

struct small_world {
    struct clock clock;
    struct population *population;
    struct history *history;
    struct contents *contents;
    struct gateway_party *gateway;
    sqlite3 *engine;
    char path[64];
};

void small_world_open(struct small_world *world);
void small_world_close(struct small_world *world);

const char *small_world_address(const struct small_world *world, uint32_t mailbox);

/* Runs SQL on the engine's connection; "%s" stands for an address. */
void small_world_steer(struct small_world *world, const char *sql, const char *address);
/* The first column of the first row. */
int64_t small_world_ask(struct small_world *world, const char *sql);

/* Sends a letter by SMTP from process 7 and returns the code of the last answer before the
 * farewell. */
unsigned small_world_send(struct small_world *world, const char *sender, const char *recipient,
                          const char *text);

/* Facts of one kind, and the last of them. */
uint64_t small_world_facts(struct small_world *world, enum fact_kind kind, struct fact *last_r);

#endif
