/*
 * Looks at what lies in a folder already, without leaving a trace: EXAMINE, then UID FETCH. Bodies
 * are digested as they stream in and never held.
 */
#ifndef ENGINE_ADAPTER_IMAP_SURVEY_H
#define ENGINE_ADAPTER_IMAP_SURVEY_H

#include "../target.h"
#include "imap_connection.h"

struct imap_survey {
    const char *folder; /* the server's name for it */
    uint32_t first_uid, last_uid;
    bool digests;
    enum status (*see)(void *of, const struct target_seen *seen);
    void *of;
};

/* As target.h says of survey(). When `see` ends it early the connection is broken, since the rest
 * of the answer stays unread. */
NODISCARD enum status imap_survey(struct imap_connection *connection,
                                  const struct imap_survey *survey, struct error *error);

#endif
