/*
 * Carries protocol sessions over the sim drive's streams: for each connection a task in the party's
 * process reads, feeds the session, sleeps as long as the session says its work took, and sends.
 * A session that gives its answer in pieces (SESSION_MORE) is asked for the next one only when the
 * last is on its way, so that a slow peer holds it back and memory stays bounded. Each session is
 * polled once at the start, so that it can greet.
 */
#ifndef SIM_PARTY_CARRIER_H
#define SIM_PARTY_CARRIER_H

#include "../kernel/network.h"
#include "session.h"

/* Makes a session for a connection that the process of that name number opened. NULL refuses it:
 * the peer sees a reset. The carrier takes the session, and sets call and carrier in it. */
typedef struct session *carrier_factory(void *of, uint32_t peer);

/* Sessions of `factory` answer at `place`, in tasks of `process`, until that is killed. */
void carrier_listen(struct process *process, struct network_place place, const struct link *link,
                    carrier_factory *factory, void *of);

/* Carries one session over one stream; takes both. */
void carrier_start(struct process *process, struct stream *stream, struct session *session);

#endif
