/*
 * The network of one world: who listens where, and how one connects. Addresses are IPv4 in host
 * order, `NETWORK_IP(10, 0, 0, 1)`; there are no names, no routes and nothing outside.
 */
#ifndef SIM_KERNEL_NETWORK_H
#define SIM_KERNEL_NETWORK_H

#include "stream.h"

#define NETWORK_IP(a, b, c, d)                                                                     \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

enum {
    NETWORK_LISTENERS_MAX = 64,
    NETWORK_TEXT_MAX = 24, /* "255.255.255.255:65535" */
};

#define NETWORK_CONNECT_SPAN                                                                       \
    (127 * SECOND) /* what Linux waits for an answer (tcp_syn_retries 6)                           \
                    */

struct network_place {
    uint32_t ip;
    uint16_t port;
};

/* Called for each connection, outside of tasks, when it has arrived; takes the stream. `peer` is
 * the process that opened it. */
typedef void network_accept(void *of, struct stream *stream, struct process *peer);

/* `process` listens at `place` from now until it dies. The place must be free, or its last listener
 * dead. */
void network_listen(struct process *process, struct network_place place, const struct link *link,
                    network_accept *accept, void *of);

/* Begins to connect and returns the client's end, which is STREAM_OPENING until the answer has
 * come: after a round trip, or after NETWORK_CONNECT_SPAN when nothing answers. Never NULL. */
struct stream *network_open(struct process *process, struct network_place place);

/* Connects and waits for it in the calling task. On failure says in `error` who did not answer, and
 * leaves NULL. */
NODISCARD enum status network_connect(struct process *process, struct network_place place,
                                      instant until, struct stream **stream_r, struct error *error);

/* Faults of a whole place. */
enum network_answer {
    NETWORK_ACCEPTS,
    NETWORK_REFUSES, /* new connections are refused at once */
    NETWORK_SILENT,  /* new connections are never answered */
};
void network_set_answer(struct kernel *kernel, struct network_place place,
                        enum network_answer answer);
/* The link of connections made from now on. */
void network_set_link(struct kernel *kernel, struct network_place place, const struct link *link);

/* Is shown both ends of each connection as it is accepted, before anything is sent, so that faults
 * can be laid on it; one watcher a kernel, NULL for none. */
typedef void network_watcher(void *of, struct network_place place, struct stream *client,
                             struct stream *server);
void network_watch(struct kernel *kernel, network_watcher *watcher, void *of);
/* Shows the same for each connection that stands, in order of opening. The visitor may disturb or
 * reset, not close. */
void network_each(struct kernel *kernel, struct network_place place, network_watcher *visit,
                  void *of);

/* "10.0.0.1:80". Returns `text`. */
char *network_text(struct network_place place, char text[NETWORK_TEXT_MAX]);

#endif
