/*
 * What can go wrong, graded by how far it reaches, and the detail of where it went wrong.
 *
 * A function that can fail returns `enum status` and takes a `struct error *` (may be NULL), into
 * which the place that saw the failure writes one sentence: what was expected, what was found,
 * where. Callers add what they know with error_context() and pass it on.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#define NODISCARD         __attribute__((warn_unused_result))
#define PRINTF_LIKE(a, b) __attribute__((format(printf, a, b)))

/* name, sentence */
#define STATUS_LIST(X)                                                                             \
    X(OK, "all right")                                                                             \
    /* reach: one message */                                                                       \
    X(NOT_FOUND, "what was asked for does not exist")                                              \
    X(EXISTS, "it exists already")                                                                 \
    X(UNMOVABLE, "this message cannot be moved")                                                   \
    X(AMBIGUOUS, "it is not known whether the write took place")                                   \
    /* reach: one mailbox */                                                                       \
    X(DENIED, "access was denied")                                                                 \
    X(WRONG_MAILBOX, "another mailbox was opened than the one asked for")                          \
    X(QUOTA, "the mailbox is full")                                                                \
    /* reach: one party */                                                                         \
    X(BUSY, "the server asks to come back later")                                                  \
    X(NETWORK, "the connection failed")                                                            \
    X(TIMEOUT, "no answer came in time")                                                           \
    X(PROTOCOL, "the peer broke the protocol")                                                     \
    X(CONFLICT, "somebody else changed it first")                                                  \
    /* reach: the whole run */                                                                     \
    X(INVALID, "the input is not valid")                                                           \
    X(REFUSED, "a measure refuses to go on")                                                       \
    X(LIMIT, "a named limit was reached")                                                          \
    X(STORAGE, "a file could not be read or written")                                              \
    X(STOPPED, "the run was stopped")                                                              \
    X(KILLED, "the process was killed")

enum status {
#define X(name, sentence) STATUS_##name,
    STATUS_LIST(X)
#undef X
};

enum { ERROR_TEXT_MAX = 768 };

struct error {
    enum status status;
    char text[ERROR_TEXT_MAX];
};

/* The name ("NOT_FOUND") and the sentence of a status; both static. */
const char *status_name(enum status status);
const char *status_sentence(enum status status);

/* Writes the sentence into `error` unless that is NULL, and returns `status`. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Puts "<context>: " before what `error` says already. Returns its status. */
enum status error_context(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
