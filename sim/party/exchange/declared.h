/*
 * The declared mapping of Exchange's categories to IMAP keywords, as the truth states it; engines
 * state the same rule on their own:
 *
 * 1. ä ö ü ß Ä Ö Ü (in UTF-8) become ae oe ue ss Ae Oe Ue.
 * 2. Each other run of bytes outside A–Z, a–z, 0–9 and "-" becomes one "_".
 * 3. The result is cut to DECLARED_KEYWORD_MAX bytes.
 * 4. The keywords of an item are sorted by bytes, each once, with one blank between them.
 */
#ifndef SIM_PARTY_EXCHANGE_DECLARED_H
#define SIM_PARTY_EXCHANGE_DECLARED_H

#include "../../../engine/base/str.h"

enum { DECLARED_KEYWORD_MAX = 50 };

/* The keyword of one category, terminated. Returns its length; 0 for the empty name. */
size_t declared_keyword(struct str category, char keyword[DECLARED_KEYWORD_MAX + 1]);

#endif
