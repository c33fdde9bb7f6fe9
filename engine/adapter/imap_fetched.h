/* What one FETCH response says of a message (RFC 3501 section 7.4.2). */
#ifndef ENGINE_ADAPTER_IMAP_FETCHED_H
#define ENGINE_ADAPTER_IMAP_FETCHED_H

#include "../target.h"
#include "imap_reader.h"

struct imap_fetched {
    struct target_seen seen;
    bool uid, size, flags, received, body; /* which of them it said */
};

/* Takes the list of a FETCH response; `stream` digests a body and may be NULL. */
NODISCARD enum status imap_fetched_take(struct imap_reader *reader, struct digest_stream *stream,
                                        struct imap_fetched *fetched_r, struct error *error);

#endif
