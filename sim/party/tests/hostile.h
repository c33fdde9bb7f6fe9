/*
 * What every server must survive, played against one session after the other: a peer that speaks
 * byte by byte, one that hangs up anywhere, one that never ends what it began, and one that asks
 * and asks. The server must go on, and one connection must never cost more memory than is named.
 *
 * Memory is what malloc() has given out, so a world must be as it was when a session has ended.
 */
#ifndef SIM_PARTY_TESTS_HOSTILE_H
#define SIM_PARTY_TESTS_HOSTILE_H

#include "../session.h"

struct hostile_server {
    void *of;
    struct session *(*open)(void *of);
    const char *greeting; /* how a good answer to `dialogue` begins */
    struct str dialogue;  /* a good one, which leaves the world as it was, or nearly */
    const char *answer;   /* what stands in its answer, once */
};

/* Something that never ends: `before` once, then `piece` again and again. */
struct hostile_flood {
    const char *name;
    struct str before, piece;
    size_t memory_max; /* of the session with all it holds, and of one answer */
    uint64_t bytes;    /* how much of it is sent, unless the server hangs up before */
};

/* The good dialogue byte by byte: the same answer as at once. */
void hostile_speaks_slowly(const struct hostile_server *server);
/* The good dialogue, hung up after 0, 1, 2 … bytes; after each the next session works. */
void hostile_hangs_up_anywhere(const struct hostile_server *server, size_t step);
/* Fails when session and answers ever take more than memory_max. */
void hostile_floods(const struct hostile_server *server, const struct hostile_flood *flood);

#endif
