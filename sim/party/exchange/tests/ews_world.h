/*
 * A small Exchange for tests: one office of six people and one functional mailbox, a connection to
 * it, and XPath over its answers, each of which must be well-formed.
 */
#ifndef SIM_PARTY_EXCHANGE_TESTS_EWS_WORLD_H
#define SIM_PARTY_EXCHANGE_TESTS_EWS_WORLD_H

#include <libxml/tree.h>

#include "../exchange.h"

struct ews_world {
    struct clock clock;
    struct history *history;
    struct population *population;
    struct contents *contents;
    struct exchange_account account;
    struct exchange_options options; /* change before ews_world_start() */
    struct exchange *exchange;
    struct session *session;
    enum session_next end; /* of the last request */
    unsigned status;       /* its HTTP status */
    struct buffer raw;     /* the whole answer as it came */
    struct buffer body;    /* without the head and chunks */
    xmlDoc *document;      /* of the body; NULL when it is no XML */
};

void ews_world_open(struct ews_world *world);
void ews_world_start(struct ews_world *world);   /* makes Exchange and connects */
void ews_world_connect(struct ews_world *world); /* a new connection instead of the old one */
void ews_world_close(struct ews_world *world);

/* The primary address of a mailbox. */
const char *ews_world_address(const struct ews_world *world, uint32_t mailbox);
/* Delivers `count` mails to a mailbox, one a minute from `from` on; the bytes are made up. */
void ews_world_deliver(struct ews_world *world, uint32_t mailbox, instant from, uint32_t count);

/* Sends bytes as they are and collects the answer. */
void ews_world_send(struct ews_world *world, struct str bytes);
/* Posts an envelope with this inside s:Body, on behalf of a mailbox (0: nobody). */
void ews_world_ask(struct ews_world *world, uint32_t mailbox, const char *operation);
void ews_world_post(struct ews_world *world, const char *credentials, struct str body);

/* How many nodes of the answer fit; prefixes s, m, t, e. */
int ews_world_count(struct ews_world *world, const char *path);
/* The text of the `index`th, to be freed; "" when there is none. */
char *ews_world_text(struct ews_world *world, const char *path, int index);
/* Fails unless the first one's text is this. */
void ews_world_expect(struct ews_world *world, const char *path, const char *text);

/* How many facts there are of a kind (for a mailbox, if that is not 0). */
uint64_t ews_world_facts(struct ews_world *world, enum fact_kind kind, uint32_t mailbox);

#define EWS_SHAPE_ID  "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
#define EWS_FOLDER_ID "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"

#endif
