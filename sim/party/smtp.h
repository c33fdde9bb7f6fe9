/*
 * The server's half of SMTP (RFC 5321) and of LMTP (RFC 2033): one machine, two modes. It takes a
 * letter apart into sender, recipients and bytes and asks its receiver two questions: is this
 * recipient taken, and what becomes of this message. Bytes come through unchanged: dots are
 * unstuffed as they arrive, bare CR and LF stay as they are, and only CR LF . CR LF ends a message,
 * so that nothing can be smuggled in behind a bare line feed.
 *
 * Offered: PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), ENHANCEDSTATUSCODES
 * (RFC 2034). A session holds at most one line, one message and one envelope, each with its limit.
 */
#ifndef SIM_PARTY_SMTP_H
#define SIM_PARTY_SMTP_H

#include <stdbool.h>

#include "../../engine/base/status.h"
#include "session.h"

enum {
    SMTP_LINE_MAX = 2048,       /* bytes of a command with its line end */
    SMTP_ADDRESS_MAX = 256,     /* RFC 5321 §4.5.3.1.3, with the brackets */
    SMTP_RECIPIENTS_MAX = 1000, /* of one message */
    SMTP_TEXT_MAX = 512,        /* of one answer, without its code */
    SMTP_MISTAKES_MAX = 20,     /* then the session hangs up */
    SMTP_MESSAGE_BYTES_MAX = 64 << 20,
};

enum smtp_mode { SMTP_MODE_SMTP, SMTP_MODE_LMTP };

struct smtp_answer {
    unsigned code;            /* 200 … 599 */
    char text[SMTP_TEXT_MAX]; /* one line, the enhanced code first: "2.1.5 Ok" */
};

/* Sets an answer; control bytes in the text become blanks. */
void smtp_answer_set(struct smtp_answer *answer, unsigned code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A whole letter. All borrowed for the call. */
struct smtp_message {
    struct str sender;            /* "" for the null path of a notice */
    const struct str *recipients; /* those that were taken, in order */
    size_t recipient_count;
    struct str bytes;
    struct str hello; /* the name the client gave itself */
    uint32_t process; /* who opened the stream */
};

struct smtp_receiver {
    void *of;
    /* Whether mail for `address` is taken (code 250), later (4xx) or never (5xx). */
    void (*recipient)(void *of, struct str address, struct smtp_answer *answer_r);
    /* Takes the message. `answers_r` has room for one answer in SMTP, where it holds for all
     * recipients, and in LMTP for one a recipient, in their order. What it answers with 250 it must
     * not lose. */
    void (*message)(void *of, const struct smtp_message *message, struct smtp_answer *answers_r);
};

struct smtp_options {
    enum smtp_mode mode;
    const char *host; /* how the server calls itself; borrows */
    struct smtp_receiver receiver;
    uint32_t process;         /* who opened the stream: a name of the history */
    size_t message_bytes_max; /* 0: SMTP_MESSAGE_BYTES_MAX */
    int64_t command_work;     /* how long a command takes; microseconds */
    int64_t message_work;     /* how long it takes to put a message to rest; microseconds */
};

/* A session that has not spoken yet: it greets at the first poll or feed, whichever comes first.
 * The receiver must outlive it. */
struct session *smtp_session_new(const struct smtp_options *options);

#endif
