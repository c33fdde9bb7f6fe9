/*
 * One logged-in IMAP connection: libetpan for greeting, login, capabilities and small answers, our
 * own reader for the rest, on one stream. Invariant: a connection whose answer was not read to its
 * end, or whose server broke the protocol, is broken for good; every later use says so.
 */
#ifndef ENGINE_ADAPTER_IMAP_CONNECTION_H
#define ENGINE_ADAPTER_IMAP_CONNECTION_H

#include "imap_reader.h"
#include "imap_stream.h"

enum { IMAP_RESPONSES_MAX = 50 * 1000 * 1000 }; /* untagged ones before one tagged answer */

struct imap_connection {
    mailimap *session;         /* owns; holds the stream */
    mailstream *stream;        /* borrows from the session */
    struct imap_reader reader; /* owns */
    bool literal_plus, metadata, has_namespace, special_use;
    enum status broken; /* OK while it can be used */
};

struct imap_login {
    const char *name, *password;
};

/* Connects, logs in and asks what the server can do. DENIED, BUSY, NETWORK, TIMEOUT, PROTOCOL. */
NODISCARD enum status imap_connection_open(const struct imap_stream_options *options,
                                           const struct imap_login *login,
                                           struct imap_connection **connection_r,
                                           struct error *error);
void imap_connection_close(struct imap_connection **connection);

/* OK, or why the connection is of no more use. */
NODISCARD enum status imap_connection_usable(const struct imap_connection *connection,
                                             struct error *error);
/* Marks it broken and returns `status`, whose sentence is set already. */
enum status imap_connection_break(struct imap_connection *connection, enum status status);

/* Takes the next tag. */
uint32_t imap_connection_tag(struct imap_connection *connection);

/* Around each use of libetpan: the guard is up while it reads. `code` is what libetpan said; a
 * refusal leaves the connection usable. */
void imap_connection_lend(struct imap_connection *connection);
NODISCARD enum status imap_connection_returned(struct imap_connection *connection, int code,
                                               const char *what, struct error *error);

/* Looks at one untagged response; may take from the reader. Anything but OK breaks the connection,
 * since the rest of the answer stays unread. */
typedef enum status imap_see_response(void *of, struct imap_reader *reader,
                                      const struct imap_response *response, struct error *error);

/* Sends "<tag> <command>" and reads up to the tagged answer; `see` may be NULL. A refusal is
 * returned as imap_refusal() sees it, with the server's text, and breaks nothing. */
NODISCARD enum status imap_connection_command(struct imap_connection *connection,
                                              struct str command, imap_see_response *see, void *of,
                                              struct error *error);

/* What a refusal means is known better here than its code says: keeps the sentence. */
enum status imap_means(struct error *error, enum status status);

/* Appends `text` as a quoted string. False when it cannot be one: CR, LF, NUL or 8-bit bytes. */
NODISCARD bool imap_quote(struct str text, struct buffer *out);

#endif
