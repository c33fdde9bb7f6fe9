/*
 * Categories of Exchange as keywords of IMAP, by a declared rule: ä ö ü Ä Ö Ü ß become ae oe ue Ae
 * Oe Ue ss, every other run of bytes outside A–Z a–z 0–9 - becomes one "_", what is longer than 50
 * bytes is cut. The keywords are sorted by bytes, each stands once, one blank between.
 */
#ifndef ENGINE_KEYWORDS_H
#define ENGINE_KEYWORDS_H

#include "base/buffer.h"
#include "base/str.h"

enum { KEYWORD_BYTES_MAX = 50, KEYWORDS_MAX = 64 }; /* more categories than that are left out */

/* `categories` holds one a line. Appends the keywords to `out`. */
void keywords_of_categories(struct str categories, struct buffer *out);

#endif
