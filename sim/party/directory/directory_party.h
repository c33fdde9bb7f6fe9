/*
 * The directory: one record for each mailbox, saying who it is, how it is addressed, and where it
 * is at home. A change is truth at once, but each of its readers sees it only after a replication
 * delay of its own, so that for a while two systems may disagree about a home.
 *
 * Records are numbered by the mailbox. What others do over the network is scim.h.
 */
#ifndef SIM_PARTY_DIRECTORY_DIRECTORY_PARTY_H
#define SIM_PARTY_DIRECTORY_DIRECTORY_PARTY_H

#include "../../../fixtures/population.h"
#include "../../../reports/history.h"
#include "../../kernel/clock.h"

struct directory_party;

enum directory_reader { /* who keeps a copy of it */
                        DIRECTORY_FOR_EXCHANGE,
                        DIRECTORY_FOR_GATEWAY,
                        DIRECTORY_FOR_PERSONS, /* autodiscovery, address books */
                        DIRECTORY_READER_COUNT
};

struct directory_party_options {
    const struct clock *clock; /* borrows, as the next two */
    struct history *history;
    const struct population *population;
    int64_t delays[DIRECTORY_READER_COUNT]; /* of replication to each reader; microseconds */
};

/* Each mailbox of the population has a record and is at home at Exchange. Never NULL. */
struct directory_party *directory_party_new(const struct directory_party_options *options);
void directory_party_close(struct directory_party **directory);

/* ---- Homes: SYSTEM_EXCHANGE or SYSTEM_OPENXCHANGE ---- */

/* Where `reader` believes the mailbox to be at home. */
enum system directory_party_home(const struct directory_party *directory,
                                 enum directory_reader reader, uint32_t mailbox);
/* Where it is. */
enum system directory_party_home_now(const struct directory_party *directory, uint32_t mailbox);

#define DIRECTORY_ANY_VERSION UINT64_MAX

/* Sets the home if the record is still at `version`; CONFLICT otherwise. A fact, unless it is there
 * already. */
NODISCARD enum status directory_party_set_home(struct directory_party *directory, uint32_t process,
                                               uint32_t mailbox, uint64_t version,
                                               enum system home);

/* Changes how late a reader sees what happens from now on, and what it has not seen yet. */
void directory_party_set_delay(struct directory_party *directory, enum directory_reader reader,
                               int64_t delay);

/* ---- Records ---- */

enum { DIRECTORY_ID_MAX = 37, DIRECTORY_ADDRESSES_MAX = 32 };

struct directory_record {      /* texts are owned by the directory and hold until the next change */
    char id[DIRECTORY_ID_MAX]; /* says nothing of the mailbox's key */
    uint64_t version;          /* from 1, raised with each change */
    enum system home;
    const char *key; /* immutable */
    const char *login;
    const char *display_name;
    const char *addresses[DIRECTORY_ADDRESSES_MAX]; /* the primary one first */
    uint32_t address_count;
};

uint32_t directory_party_count(const struct directory_party *directory);
const struct directory_record *directory_party_record(const struct directory_party *directory,
                                                      uint32_t mailbox);
/* Whether an address is one of the record's; caseless. */
bool directory_record_has(const struct directory_record *record, struct str address);
/* The mailbox of a record's id, 0 when there is none. */
uint32_t directory_party_by_id(const struct directory_party *directory, struct str id);
/* The first mailbox above `after` that has this address (caseless), 0 when there is none; more than
 * one is a mistake that happens. */
uint32_t directory_party_by_address(const struct directory_party *directory, struct str address,
                                    uint32_t after);

/* What a clerk may do in the midst of a day (identity-renamed-mid-day,
 * mapping-address-reused-or-ambiguous): a new primary address or login, NULL keeps the one there
 * is, and the old address stays as an alias; one address more. LIMIT at DIRECTORY_ADDRESSES_MAX. */
NODISCARD enum status directory_party_rename(struct directory_party *directory, uint32_t mailbox,
                                             const char *address, const char *login);
NODISCARD enum status directory_party_add_address(struct directory_party *directory,
                                                  uint32_t mailbox, const char *address);

#endif
