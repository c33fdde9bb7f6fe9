/*
 * A small world in memory for the engine's tests: a source, a target, a directory, provisioning, a
 * gateway and a platform that runs threads one after the other on a clock that only sleeping moves.
 * Faults are fields; a kill is a countdown over everything that reaches outside.
 */
#ifndef ENGINE_TESTS_DOUBLES_H
#define ENGINE_TESTS_DOUBLES_H

#include "../command.h"

enum { WORLD_MAILBOXES = 12, WORLD_MESSAGES_MAX = 192, WORLD_FILES_MAX = 16 };

struct world_message {
    char id[32];
    char folder[64]; /* at the source: its id; at the target: the server's name */
    char bytes[96];
    instant received;
    uint32_t flags, uid;
    char keywords[64];
};

struct world_store {
    struct world_message messages[WORLD_MESSAGES_MAX];
    size_t count;
    uint32_t uid_next;
};

struct world_mailbox {
    char address[64], login[32], key[40];
    struct world_store source, target;
    bool open, held, closed_to_us;
    enum home directory, route;
    uint64_t accepted, held_ever, released, still_held, bounced;
    instant oldest_held;
    size_t opened; /* sessions on the target */
};

struct world_file {
    char path[64];
    struct buffer bytes;
};

struct world {
    struct platform platform;
    struct world_mailbox mailboxes[WORLD_MAILBOXES];
    size_t count;
    struct world_file files[WORLD_FILES_MAX];
    struct buffer said, alarms;
    instant now;
    const char *version; /* under which umzug runs; NULL: its own */
    char ledger[64];     /* the directory of the ledger, which is a real file */

    /* what goes wrong */
    int64_t kill_in; /* calls until the process is killed; −1: never */
    bool kill_after; /* an append that is killed was carried out first */
    bool dead;
    int64_t lose_answer_in; /* appends until one was carried out and nobody heard the answer */
    bool lost_was_written;
    int64_t cut_in;     /* calls until a connection fails */
    size_t opens_other; /* the target opens this mailbox for its neighbour's login; 0: never */
    size_t source_opens_other;
    bool drops_every_second; /* the target acknowledges what it does not keep */
    bool drops_dates, conflict_at_directory;
    void (*on_sleep)(struct world *); /* somebody else acts meanwhile */
    void (*on_append)(struct world *);
    bool lists_all;  /* the source lists what lies outside of the range too */
    bool unreadable; /* the first message of each mailbox */
    bool hides;      /* the source leaves that one out of its lists */
    bool refuses;    /* the target takes no message whose body is "recent too" */
    bool breaks;     /* the connection to the source, after each message */

    uint64_t appends, calls, fetches;
};

/* What the doors can do where nothing was taken from them; each call fails with UNMOVABLE. */
enum status world_put(struct source_session *session, const char *folder_id,
                      const struct source_message *message, struct error *error);
enum status world_remove(struct target_session *session, const char *folder, uint32_t uid_validity,
                         const uint32_t *uids, size_t count, struct error *error);

extern const struct engine_adapters world_adapters; /* over the world that was made last */

/* A world of `count` mailboxes, each with six messages in three folders, two of them recent, and
 * a plan "plan" and a mapping "mapping.csv" for all of them. */
struct world *world_new(size_t count);
void world_free(struct world **world);

/* `count` more old messages in the first mailbox's inbox at the source. */
void world_add_old(struct world *world, size_t count);

/* Puts a file in place. */
void world_write(struct world *world, const char *path, const char *text);
const char *world_read(struct world *world, const char *path);
const char *world_claims(struct world *world);
/* The mapping with targets moved on by `shift` rows; keys as they belong to the sources, or along
 * with the targets. */
void world_write_mapping(struct world *world, const char *path, size_t shift, bool rotate_keys);

/* Types a line, words parted by blanks; returns the exit code. "--plan plan" is put before it. */
int world_run(struct world *world, const char *line);
/* Forgets what was said; lives again after a kill. */
void world_wake(struct world *world);

/* Whether every mailbox at the target holds exactly what its source holds, byte by byte, with
 * dates and flags, from `cut_off` on or all of it; prints what differs. */
bool world_is_right(const struct world *world, bool all);
/* Messages at the target that their mailbox's source does not hold. */
size_t world_foreign(const struct world *world);
size_t world_at_target(const struct world *world);
bool world_alarmed(const struct world *world, const char *measure, const char *subject);

#define WORLD_NOW     1754546400000000LL /* 2025-08-07T06:00:00Z */
#define WORLD_CUT_OFF (WORLD_NOW - 7 * DAY)

#endif
