/*
 * Writes messages into a folder by APPEND (RFC 3501 section 6.3.11), byte for byte. Where the
 * server knows LITERAL+ (RFC 7888) the whole batch leaves at once and the tagged answers are read
 * behind it: one round trip a batch instead of two a message.
 *
 * What is known of each message when the connection ends: answered ones are what the answer said;
 * of those not answered, the ones that had left completely are AMBIGUOUS, and the others cannot
 * have been stored, since their literal never ended.
 */
#ifndef ENGINE_ADAPTER_IMAP_APPEND_H
#define ENGINE_ADAPTER_IMAP_APPEND_H

#include "../target.h"
#include "imap_connection.h"

struct imap_batch {
    const char *folder;                    /* the server's name for it */
    const struct target_message *messages; /* borrows */
    size_t count;                          /* at most TARGET_BATCH_MAX */
    bool one_by_one;                       /* no pipelining, no LITERAL+ */
};

/* Sets results[i] for each message. Returns the state of the connection, not of the messages. */
NODISCARD enum status imap_append(struct imap_connection *connection,
                                  const struct imap_batch *batch, struct target_result *results,
                                  struct error *error);

#endif
