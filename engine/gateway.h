/*
 * The mail gateway as the engine steers it: holds mail for some recipients, routes each recipient
 * to his home, lets held mail go, and can be asked what it holds. The adapter works on the SQLite
 * file that the gateway reads (tables in the shape of Postfix's sqlite: maps).
 *
 *   access(recipient TEXT PRIMARY KEY, action TEXT)    action 'HOLD' holds, no row lets pass
 *   transport(recipient TEXT PRIMARY KEY, nexthop TEXT) 'smtp:[exchange]' or 'lmtp:[open-xchange]'
 *   queue(queue_id INTEGER PRIMARY KEY, recipient TEXT, state TEXT, arrived INTEGER, size INTEGER)
 *       written by the gateway; state 'active', 'hold', 'deferred'; arrived in Unix seconds
 *   release(recipient TEXT PRIMARY KEY)                 asks that what is held for it be requeued
 *       with the route as it is then; the gateway deletes the row when it has begun
 *   journal(queue_id INTEGER, recipient TEXT, event TEXT, at INTEGER)
 *       written by the gateway; event 'accepted', 'held', 'released', 'delivered', 'bounced'
 */
#ifndef ENGINE_GATEWAY_H
#define ENGINE_GATEWAY_H

#include "base/instant.h"
#include "base/status.h"
#include "directory.h"

struct gateway;

struct gateway_count { /* for one recipient, or for all where the recipient is NULL */
    uint64_t held;     /* lying there now */
    uint64_t queued;   /* on its way now */
    uint64_t accepted, held_ever, released, delivered, bounced; /* since `since` */
    instant oldest_held; /* INSTANT_NEVER when nothing is held */
};

struct gateway_type {
    /* All recipients of one call change together or not at all. */
    enum status (*hold)(struct gateway *gateway, const char *const *recipients, size_t count,
                        bool hold, struct error *error);
    enum status (*route)(struct gateway *gateway, const char *const *recipients, size_t count,
                         enum home home, struct error *error);
    enum status (*route_of)(struct gateway *gateway, const char *recipient, enum home *home_r,
                            struct error *error);
    enum status (*is_held)(struct gateway *gateway, const char *recipient, bool *held_r,
                           struct error *error);
    enum status (*release)(struct gateway *gateway, const char *const *recipients, size_t count,
                           struct error *error);
    enum status (*count)(struct gateway *gateway, const char *recipient, instant since,
                         struct gateway_count *count_r, struct error *error);
    void (*free)(struct gateway **gateway);
};

struct gateway { /* embedded first */
    const struct gateway_type *type;
};

#endif
