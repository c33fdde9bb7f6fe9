/*
 * The two sessions over which one mailbox is moved. They are proved by the measures whenever they
 * are opened, and opened again, with patience, whenever a connection fails.
 */
#ifndef ENGINE_SESSIONS_H
#define ENGINE_SESSIONS_H

#include "base/digest.h"
#include "engine.h"

enum { SAMPLES_MAX = 12 };

struct sample {       /* a message that was written, to be read back */
    char folder[512]; /* the server's name */
    uint32_t uid, flags;
    instant received;
    struct digest digest;
};

struct sessions {
    struct engine *engine;   /* borrows */
    const struct pair *pair; /* borrows */
    uint32_t mailbox;        /* the ledger's number */
    struct source_session *source;
    struct target_session *target;
    /* Whose mailbox each side says that it opened, lower case: asked when a measure wants to know,
     * "" when it was not asked or the server does not say. */
    char source_key[DIRECTORY_TEXT_MAX], target_key[DIRECTORY_TEXT_MAX];
    bool proved;           /* claimed already */
    instant trouble_since; /* monotonic; 0: none */
    uint64_t written, sample_stride;
    uint32_t sample_count;
    struct sample samples[SAMPLES_MAX];
};

/* Opens both sides and asks the measures. REFUSED when one of them refused: that is told already.
 * Servers that fail are tried again for the plan's patience. */
NODISCARD enum status sessions_open(struct sessions *sessions, struct engine *engine,
                                    const struct pair *pair, struct error *error);
void sessions_close(struct sessions *sessions);
/* After `status` came back from a session: opens both anew when trying again makes sense, else
 * returns `status`. */
NODISCARD enum status sessions_renew(struct sessions *sessions, enum status status,
                                     struct error *error);
/* Something went well: patience begins anew. */
void sessions_progress(struct sessions *sessions);

/* Whether trying again may help. */
bool status_passes(enum status status);

#endif
