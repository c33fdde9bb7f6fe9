/*
 * Reads one whole IMAP command (RFC 3501, section 9) with its literals in place: each function
 * takes one thing off the front, or takes nothing and returns false. What it returns points into
 * the command or into the scratch arena, and holds as long as both.
 *
 * Where Dovecot is more generous than the grammar, this is too: a line may end in LF alone, quoted
 * strings may hold 8-bit bytes, and an atom that stands for a string may hold "*" and "%". NUL is
 * never part of anything.
 */
#ifndef SIM_PARTY_OPENXCHANGE_IMAP_PARSER_H
#define SIM_PARTY_OPENXCHANGE_IMAP_PARSER_H

#include "../../../engine/base/arena.h"
#include "../../../engine/base/buffer.h"
#include "../../../engine/base/instant.h"
#include "../../../engine/base/str.h"

enum {
    IMAP_KEYWORD_BYTES_MAX = 50, /* Dovecot's mail_max_keyword_length */
    IMAP_KEYWORDS_MAX = 64,
    IMAP_RANGES_MAX = 16 * 1024, /* of one sequence set */
};

struct imap_cursor {
    const char *at, *end;
    struct arena *scratch; /* borrows */
};

struct imap_cursor imap_cursor_of(struct str text, struct arena *scratch);
bool imap_parser_at_end(const struct imap_cursor *cursor);
struct str imap_rest(const struct imap_cursor *cursor);

bool imap_byte(struct imap_cursor *cursor, char byte);
bool imap_space(struct imap_cursor *cursor);
/* This word, without case, if it ends there. */
bool imap_word(struct imap_cursor *cursor, const char *word);
bool imap_atom(struct imap_cursor *cursor, struct str *atom_r);
bool imap_tag(struct imap_cursor *cursor, struct str *tag_r);
/* A quoted string or a literal. */
bool imap_string(struct imap_cursor *cursor, struct str *string_r);
bool imap_astring(struct imap_cursor *cursor, struct str *string_r);
bool imap_number(struct imap_cursor *cursor, uint64_t *number_r);

/* A sequence set. A bound is 0 for "*"; the lower one need not stand first. */
struct imap_range {
    uint32_t first, last;
};
struct imap_set {
    struct imap_range *ranges;
    size_t count;
};
bool imap_set(struct imap_cursor *cursor, struct imap_set *set_r);

/* Flags, in parentheses or (STORE) bare. `$Forwarded` counts as a flag of its own; \Recent is
 * left out. */
struct imap_flags {
    uint32_t flags; /* enum item_flag */
    struct str keywords[IMAP_KEYWORDS_MAX];
    size_t keyword_count;
    const char *wrong; /* a sentence when they were read but cannot be set, else NULL */
};
bool imap_flags(struct imap_cursor *cursor, struct imap_flags *flags_r);

/* "dd-Mon-yyyy", quoted or not: midnight UTC. */
bool imap_session_date(struct imap_cursor *cursor, instant *at_r);
/* "\"dd-Mon-yyyy hh:mm:ss +zzzz\"". */
bool imap_date_time(struct imap_cursor *cursor, instant *at_r);

/* Whether a line ends in the announcement of a literal, `{n}` or `{n+}`. Cuts it off `line`. */
struct imap_literal {
    uint64_t bytes;
    bool waits; /* the client waits to be asked for it */
};
bool imap_literal_at_end(struct str *line, struct imap_literal *literal_r);

/* ---- The other direction ---- */

/* As an atom where that is possible, else quoted, else as a literal. */
void imap_append_astring(struct buffer *out, struct str text);
/* Quoted or as a literal; NIL for a piece without data. */
void imap_append_nstring(struct buffer *out, struct str text);
/* "\"17-Jul-1996 02:44:25 +0000\"". */
void imap_append_date_time(struct buffer *out, instant at);

#endif
