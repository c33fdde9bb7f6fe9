/* A small Open-Xchange for tests: three mailboxes, a master user, sessions that are spoken with. */
#ifndef SIM_PARTY_OPENXCHANGE_TESTS_IMAP_WORLD_H
#define SIM_PARTY_OPENXCHANGE_TESTS_IMAP_WORLD_H

#include "../openxchange.h"

enum { WORLD_ANNA = 1, WORLD_BERND = 2, WORLD_CLARA = 3, WORLD_MAILBOXES = 3 };

struct imap_world {
    struct clock clock; /* 7 August 2025, 06:00:00Z */
    struct history *history;
    struct contents *contents;
    struct openxchange *openxchange;
    uint32_t process;
};

/* Logins anna, bernd, clara with password "geheim"; clara has a quota of 8 KiB. The master user
 * "umzug" with password "kranich" may open all of them. */
void imap_world_begin(struct imap_world *world);
void imap_world_end(struct imap_world *world);
/* The same world as new, but for history and contents, which go on. Making those is most of the
 * work. */
void imap_world_again(struct imap_world *world);
struct store_folder *imap_world_folder(struct imap_world *world, uint32_t mailbox,
                                       const char *path);
/* Puts a message to rest, from outside any session. */
uint32_t imap_world_store(struct imap_world *world, uint32_t mailbox, const char *path,
                          const char *bytes, uint32_t flags);
/* How many facts of that kind the history holds. */
size_t imap_world_facts(struct imap_world *world, enum fact_kind kind);

/* Feeds `bytes` in pieces of at most `piece` bytes (0: at once), each in a buffer that ends where
 * it ends, and polls as long as there is more. Appends what is said to `out`; returns how the
 * session wants to go on. */
enum session_next imap_world_feed(struct session *session, struct str bytes, size_t piece,
                                  struct buffer *out);
/* Opens a session, past the greeting. */
struct session *imap_world_session(struct imap_world *world);
/* The same, logged in by "A LOGIN". */
struct session *imap_world_login(struct imap_world *world, const char *login);
/* Says a text and returns the answer, which lives until the next call for the world. */
const char *imap_world_say(struct session *session, const char *text);
void imap_world_hang_up(struct session **session);

#endif
