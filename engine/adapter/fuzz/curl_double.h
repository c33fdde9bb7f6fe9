/*
 * A libcurl that asks nobody: each request gets the next of the answers it was given, in pieces,
 * through the callbacks that http_client.c has set. It is linked where the real one would be, so
 * everything of ours runs as it does on the day.
 *
 * Answers stand one behind the other with a byte 0xff between. One begins with a byte that says how
 * it comes: 'x' as text/xml, 'j' as application/scim+json, 'e' as an empty answer 204, 'f' as a
 * fault (500, text/xml), 'b' as busy (503 with Retry-After), 'r' cut off in the middle, 'h' with
 * header lines of its own up to an empty one; anything else as 'x'. Where there is no answer left,
 * the connection fails.
 */
#ifndef ENGINE_ADAPTER_FUZZ_CURL_DOUBLE_H
#define ENGINE_ADAPTER_FUZZ_CURL_DOUBLE_H

#include "../../base/str.h"

/* `piece` is how many bytes come at once, at least 1. Borrows the answers. */
void curl_double_begin(struct str answers, size_t piece);

#endif
