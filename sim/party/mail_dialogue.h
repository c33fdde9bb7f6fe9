/*
 * The client's half of SMTP and LMTP: hands one letter to a server. It takes the server's bytes and
 * gives its own, one command after the other, and knows nothing of streams.
 *
 * What became of the letter stands in a reply for each recipient. A recipient without a final
 * answer has code 0; when the bytes of the message had gone out whole by then, nobody knows whether
 * the server took it (RFC 1047), and mail_dialogue_is_in_doubt() says so.
 */
#ifndef SIM_PARTY_MAIL_DIALOGUE_H
#define SIM_PARTY_MAIL_DIALOGUE_H

#include <stdbool.h>

#include "../../engine/base/buffer.h"

enum {
    MAIL_REPLY_TEXT_MAX = 256,
    MAIL_LINE_MAX = 4096,       /* bytes of one line of the server's */
    MAIL_REPLY_LINES_MAX = 128, /* of one reply */
};

enum mail_protocol { MAIL_PROTOCOL_SMTP, MAIL_PROTOCOL_LMTP };

struct mail_letter { /* all borrowed while the dialogue lasts */
    enum mail_protocol protocol;
    const char *hello;  /* how the client calls itself */
    const char *sender; /* "" for the null path */
    const char *const *recipients;
    size_t recipient_count;
    struct str bytes;
};

struct mail_reply {
    unsigned code;                  /* of the last answer for this recipient, 0: none */
    char text[MAIL_REPLY_TEXT_MAX]; /* its last line, cut short if need be */
};

enum mail_step {
    MAIL_STEP_READ,   /* send what is in `out`, then feed me more */
    MAIL_STEP_DONE,   /* send what is in `out` and hang up */
    MAIL_STEP_BROKEN, /* the server broke the protocol; hang up */
};

struct mail_dialogue;

struct mail_dialogue *mail_dialogue_new(const struct mail_letter *letter);
void mail_dialogue_close(struct mail_dialogue **dialogue);

/* Takes what the server sent and appends what to send. */
enum mail_step mail_dialogue_feed(struct mail_dialogue *dialogue, struct str bytes,
                                  struct buffer *out);

/* The reply for one recipient, by its place in the letter. */
const struct mail_reply *mail_dialogue_reply(const struct mail_dialogue *dialogue,
                                             size_t recipient);
bool mail_dialogue_is_in_doubt(const struct mail_dialogue *dialogue);

#endif
