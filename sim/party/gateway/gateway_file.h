/*
 * The SQLite file of the gateway, whose tables engine/gateway.h describes: `access` and `transport`
 * are written by whoever steers the gateway and only read here, `queue` and `journal` are written
 * here, and `release` is written there and emptied here. Others have the same file open, so any
 * call may return BUSY; then nothing has happened, and it may be tried again.
 */
#ifndef SIM_PARTY_GATEWAY_FILE_H
#define SIM_PARTY_GATEWAY_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../../engine/base/instant.h"
#include "../../../engine/base/status.h"
#include "../../../engine/base/str.h"
#include "../../../reports/history.h"

struct gateway_file;

struct gateway_file_options {
    const char *path;
    const char *vfs;       /* NULL: SQLite's default */
    bool survives_power;   /* sync each acceptance to the disk, not only to the file system */
    int busy_milliseconds; /* how long SQLite waits for a lock, asleep in real time; 0 in the sim */
};

/* Opens the file and makes the tables it lacks. */
NODISCARD enum status gateway_file_open(const struct gateway_file_options *options,
                                        struct gateway_file **file_r, struct error *error);
void gateway_file_close(struct gateway_file **file);

/* All writes between the two happen or none does. The second returns `status` when that is not OK,
 * having undone the writes. */
NODISCARD enum status gateway_file_begin(struct gateway_file *file, struct error *error);
enum status gateway_file_end(struct gateway_file *file, enum status status, struct error *error);

/* Whether somebody else wrote into the file since this was last asked; true the first time. */
bool gateway_file_is_changed(struct gateway_file *file);

NODISCARD enum status gateway_file_is_held(struct gateway_file *file, struct str recipient,
                                           bool *held_r, struct error *error);
/* SYSTEM_EXCHANGE or SYSTEM_OPENXCHANGE; NOT_FOUND without a row, INVALID for another next hop. */
NODISCARD enum status gateway_file_route(struct gateway_file *file, struct str recipient,
                                         enum system *route_r, struct error *error);
/* Gives the recipient a route unless there is one. */
NODISCARD enum status gateway_file_add_route(struct gateway_file *file, struct str recipient,
                                             enum system route, struct error *error);

enum gateway_state { GATEWAY_ACTIVE, GATEWAY_HOLD, GATEWAY_DEFERRED, GATEWAY_GONE };
enum gateway_event {
    GATEWAY_ACCEPTED,
    GATEWAY_HELD,
    GATEWAY_RELEASED,
    GATEWAY_DELIVERED,
    GATEWAY_BOUNCED
};

struct gateway_row { /* of the queue */
    uint64_t id;
    struct str recipient;
    enum gateway_state state;
    instant arrived;
    uint64_t bytes;
};
NODISCARD enum status gateway_file_add(struct gateway_file *file, const struct gateway_row *row,
                                       struct error *error);
/* Sets the state of a queued letter; GATEWAY_GONE takes its row away. */
NODISCARD enum status gateway_file_set(struct gateway_file *file, uint64_t id,
                                       enum gateway_state state, struct error *error);
NODISCARD enum status gateway_file_journal(struct gateway_file *file, uint64_t id,
                                           struct str recipient, enum gateway_event event,
                                           instant at, struct error *error);

/* Each walks one table in order of its key. What `see` is shown is borrowed, and `see` must not
 * write; its first status that is not OK ends the walk and is returned. */
NODISCARD enum status gateway_file_each_queued(struct gateway_file *file,
                                               enum status (*see)(void *of, uint64_t id,
                                                                  enum gateway_state state),
                                               void *of, struct error *error);
NODISCARD enum status gateway_file_each_route(struct gateway_file *file,
                                              enum status (*see)(void *of, struct str recipient,
                                                                 enum system route),
                                              void *of, struct error *error);
NODISCARD enum status gateway_file_each_release(struct gateway_file *file,
                                                enum status (*see)(void *of, struct str recipient),
                                                void *of, struct error *error);
/* Takes all rows of `release` away. */
NODISCARD enum status gateway_file_end_release(struct gateway_file *file, struct error *error);

#endif
