/* Sends a letter as a mail server does: again and again until the other side has said yes or no. */
#ifndef SIM_PARTY_MAIL_INSIST_H
#define SIM_PARTY_MAIL_INSIST_H

#include "mail_client.h"

/* Sends `letter`, which must have one recipient, every `retry` until there is a final answer in
 * `reply_r`: OK, or KILLED. What was sent whole without an answer is sent again (RFC 1047). */
NODISCARD enum status mail_client_insist(const struct mail_client *client,
                                         const struct mail_letter *letter, int64_t retry,
                                         struct mail_reply *reply_r);

#endif
