/* The date-time of IMAP (RFC 3501 section 9). Independent of any locale. */
#ifndef ENGINE_ADAPTER_IMAP_DATE_H
#define ENGINE_ADAPTER_IMAP_DATE_H

#include "../base/instant.h"
#include "../base/status.h"

/* "07-Aug-2025 06:00:00 +0000"; false for years that four digits cannot say. */
enum { IMAP_DATE_MAX = 32 };
NODISCARD bool imap_date(instant at, char text[IMAP_DATE_MAX]);

/* Reads the same with any zone; a leading blank may stand for a leading zero. */
NODISCARD bool imap_date_parse(struct str text, instant *at_r);

#endif
