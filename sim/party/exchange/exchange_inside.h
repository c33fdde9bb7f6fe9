/* What the files of this folder share. Nobody else includes this. */
#ifndef SIM_PARTY_EXCHANGE_INSIDE_H
#define SIM_PARTY_EXCHANGE_INSIDE_H

#include "../../../engine/base/table.h"
#include "declared.h"
#include "exchange.h"

enum { EXCHANGE_CATEGORIES_MAX = 16 }; /* bits of a fixture_item's set */

struct exchange_category {
    const char *name;                       /* borrows: "Rückfrage offen" */
    char keyword[DECLARED_KEYWORD_MAX + 1]; /* "Rueckfrage_offen" */
};

/* An item that is gone, for SyncFolderItems; the next in its mailbox, 0: none. */
struct exchange_grave {
    uint64_t modseq;
    uint32_t folder, uid;
    uint32_t next;
};

/* How much one account has asked for on behalf of one mailbox. */
struct exchange_budget {
    instant began;
    uint32_t requests;
};

struct exchange {
    struct exchange_options options;
    struct store *store;            /* owns */
    struct store_listener listener; /* hears of what leaves */
    struct exchange_disturbance disturbance;
    struct table *by_guid; /* owns; half a digest of the GUID → mailbox */
    struct table *locked;  /* owns; mailbox → 1 while nobody may log on */
    struct exchange_category categories[EXCHANGE_CATEGORIES_MAX];
    uint32_t category_count;
    struct exchange_grave *graves; /* owns; the index counts from 1 */
    uint32_t grave_count, grave_capacity;
    struct table *graves_of;         /* owns; mailbox → its last grave */
    struct exchange_budget *budgets; /* owns; the index counts from 1 */
    uint32_t budget_count, budget_capacity;
    struct table *budget_of; /* owns; account and mailbox → budget */
};

/* The mailbox with that GUID (36 bytes), 0 when there is none. */
uint32_t exchange_by_guid(const struct exchange *exchange, struct str guid);

/* Asks a question of the disturbance; 0 where nobody has an answer. */
#define EXCHANGE_ASK(exchange, question, ...)                                                      \
    ((exchange)->disturbance.question == NULL                                                      \
         ? 0                                                                                       \
         : (exchange)->disturbance.question((exchange)->disturbance.of, __VA_ARGS__))

#endif
