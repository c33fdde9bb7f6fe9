/* The notice that a letter could not be delivered (RFC 3464, in RFC 6522's multipart/report). */
#ifndef SIM_PARTY_GATEWAY_NOTICE_H
#define SIM_PARTY_GATEWAY_NOTICE_H

#include "../../../engine/base/buffer.h"
#include "../../../engine/base/instant.h"

struct gateway_notice {
    const char *host;
    uint64_t id;   /* of the letter that comes back */
    struct str to; /* its sender */
    struct str recipient;
    struct str cause; /* what the other server said, or why nobody tried any more */
    bool expired;
    instant arrived, now;
    struct str letter; /* its bytes; only its header is sent back */
};

enum { GATEWAY_NOTICE_HEADER_MAX = 16 * 1024 };

void gateway_notice_append(struct buffer *out, const struct gateway_notice *notice);

#endif
