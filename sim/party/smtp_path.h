/* What stands behind MAIL FROM: and RCPT TO: (RFC 5321 §4.1.2): a path, then parameters. */
#ifndef SIM_PARTY_SMTP_PATH_H
#define SIM_PARTY_SMTP_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "../../engine/base/str.h"

struct smtp_path {
    struct str address;    /* without brackets and source route; "" for <> */
    struct str parameters; /* trimmed */
    uint64_t size;         /* of SIZE=, once smtp_path_knows_mail_parameters() has read it */
};

/* False when it is no path. `null` allows <>. Borrows from `text`. */
bool smtp_path_read(struct str text, bool null, struct smtp_path *path_r);

/* Reads SIZE= and BODY=; false when there is anything else, or a value that is none. */
bool smtp_path_knows_mail_parameters(struct smtp_path *path);

/* The part of an address behind its last @; "" when there is none. */
struct str smtp_path_domain(struct str address);

#endif
