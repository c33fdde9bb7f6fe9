/*
 * A history written as text, for tests: one fact a line.
 *
 *   <minute>[:<second>] <kind> key=value …   at: since 2025-08-07 06:00 in Germany
 *
 * Keys: p process ("_" stands for a blank), s system (X Exchange, O Open-Xchange, G gateway,
 * D directory, E outside), m mailbox, f folder, c content (a number, "~1" is learned content 1, a
 * word is a name), u uid, n name, h how, d received (days from the beginning, for a), a, b.
 * Other lines: "set KEY VALUE", "promise NAME VALUE", "expect NAME VALUE", "base CONTENT BASE",
 * "claim <minute> KIND m= phase= n= value= text=…".
 *
 * Mailboxes 1 to 3 are the batch (2 has two principals), 4 a bystander, 5 a stranger.
 */
#ifndef REPORTS_TESTS_SCRIPT_H
#define REPORTS_TESTS_SCRIPT_H

#include "../history.h"

#define SCRIPT_BEGAN (1754539200 * SECOND) /* 2025-08-07T04:00:00Z */

/* Adds the lines of the script to a new history in memory. Stops the test at a bad line. */
struct history *script_play(const char *script);
/* The same, in a file. */
struct history *script_play_to(const char *path, const char *script);

#endif
