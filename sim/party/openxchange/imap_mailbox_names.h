/*
 * Names of folders on the wire and in the world. On the wire they are modified UTF-7 (RFC 3501,
 * 5.1.3), levels joined by the server's separator, perhaps below a prefix. In the world a path is
 * UTF-8, levels joined by "/".
 */
#ifndef SIM_PARTY_OPENXCHANGE_IMAP_MAILBOX_NAMES_H
#define SIM_PARTY_OPENXCHANGE_IMAP_MAILBOX_NAMES_H

#include "../../../engine/base/buffer.h"
#include "../../../engine/base/str.h"
#include "openxchange.h"

enum { IMAP_LEVEL_BYTES_MAX = 255, IMAP_NAME_BYTES_MAX = 4096, IMAP_LEVELS_MAX = 32 };

/* Appends the UTF-8 of `name`. False, with `out` as it was, for 8-bit and control bytes, bad or
 * needless base64, and code units that are no text. */
bool mutf7_decode(struct str name, struct buffer *out);
/* Appends the modified UTF-7 of valid UTF-8. */
void mutf7_encode(struct str text, struct buffer *out);

char imap_separator(const struct openxchange_settings *settings);

/* Appends the path that `name` means; INBOX counts without case. NULL when all is well, else the
 * sentence that refuses the name. A separator at the end is cut off and reported. */
const char *imap_name_read(const struct openxchange_settings *settings, struct str name,
                           struct buffer *path, bool *separator_at_end_r);
/* Appends the name of a path. */
void imap_name_write(const struct openxchange_settings *settings, struct str path,
                     struct buffer *name);

#endif
