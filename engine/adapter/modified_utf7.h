/*
 * Folder names on the IMAP wire: UTF-7 as RFC 3501 section 5.1.3 modifies it. Printable ASCII
 * stands for itself, "&" is "&-", everything else is UTF-16 in base64 with "," for "/" between "&"
 * and "-". Decoding is strict: each name has exactly one encoding, and only that one is accepted.
 */
#ifndef ENGINE_ADAPTER_MODIFIED_UTF7_H
#define ENGINE_ADAPTER_MODIFIED_UTF7_H

#include "../base/buffer.h"

/* Appends the encoding of `text`. False when it is no UTF-8. */
NODISCARD bool modified_utf7_encode(struct str text, struct buffer *out);

/* Appends the UTF-8 of `name`. False when it is not the encoding of anything. */
NODISCARD bool modified_utf7_decode(struct str name, struct buffer *out);

#endif
