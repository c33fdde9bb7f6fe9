/*
 * Reads what an IMAP server says (RFC 3501 section 7), one response after the other, straight out
 * of the stream's buffer. It is strict: lines end in CRLF and have a named limit, tags are numbers
 * of ours, literals are announced at the end of a line. A literal is never held whole unless the
 * caller asks for that, with a limit.
 *
 * A response is taken apart with the imap_take functions, which move along its current line; what
 * the caller leaves is skipped by the next imap_reader_next(). Anything unexpected is PROTOCOL,
 * after which the connection is of no more use.
 */
#ifndef ENGINE_ADAPTER_IMAP_READER_H
#define ENGINE_ADAPTER_IMAP_READER_H

#include <libetpan/libetpan.h>

#include "../base/buffer.h"

enum {
    IMAP_LINE_MAX = 64 * 1024,
    IMAP_STRING_MAX = 64 * 1024, /* of a string that is held */
    IMAP_NESTING_MAX = 16,       /* of values that are skipped */
    IMAP_CODE_MAX = 128,
    IMAP_TEXT_MAX = 256,
};
#define IMAP_LITERAL_MAX (4ULL << 30)

enum imap_kind { IMAP_UNTAGGED, IMAP_CONTINUE, IMAP_TAGGED };

enum imap_state { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH, IMAP_DATA };

struct imap_response {
    enum imap_kind kind;
    enum imap_state state;    /* IMAP_DATA: neither OK, NO, BAD, BYE nor PREAUTH */
    uint32_t tag;             /* of IMAP_TAGGED */
    uint32_t number;          /* "* 12 FETCH": 12; else 0 */
    char code[IMAP_CODE_MAX]; /* "[APPENDUID 1 2]": without the brackets, cut to fit; data: the
                                 word, "FETCH" */
    char text[IMAP_TEXT_MAX]; /* what follows the code, for people, cut to fit */
};

struct imap_reader {
    mailstream *stream; /* borrows */
    size_t used;        /* bytes of the stream's buffer that are read */
    struct buffer held; /* owns: a line that did not lie in the buffer in one piece */
    struct str line;    /* what is left of the current line; borrows from one of the two */
    bool unread;        /* the current response may go on behind this line */
};

void imap_reader_begin(struct imap_reader *reader, mailstream *stream);
void imap_reader_release(struct imap_reader *reader);

/* Hands the stream back to libetpan: what is left in the buffer moves to its front. */
void imap_reader_settle(struct imap_reader *reader);

/* Reads the next response, skipping what is left of the one before. */
NODISCARD enum status imap_reader_next(struct imap_reader *reader, struct imap_response *response_r,
                                       struct error *error);

/* Take one thing off the current line; false when something else stands there. */
bool imap_take_byte(struct imap_reader *reader, char byte);
bool imap_take_number(struct imap_reader *reader, uint64_t *number_r);
bool imap_take_word(struct imap_reader *reader, struct str *word_r); /* up to blank, ( or ) */
/* A quoted string without escapes and of at most `limit` bytes; `text_r` holds until the next line.
 */
bool imap_take_plain(struct imap_reader *reader, size_t limit, struct str *text_r);
bool imap_at_end(const struct imap_reader *reader);

/* Takes an atom, a quoted string, a literal or NIL, and gives its bytes to `out` (NULL: drops
 * them), at most `limit`; more is LIMIT. `present_r` is false for NIL. */
NODISCARD enum status imap_take_string(struct imap_reader *reader, struct buffer *out, size_t limit,
                                       bool *present_r, struct error *error);

/* The same for a body: the bytes go to `see` piece by piece and are never held. */
NODISCARD enum status imap_take_body(struct imap_reader *reader,
                                     void (*see)(void *of, const void *bytes, size_t length),
                                     void *of, struct error *error);

/* Skips one value: atom, string, literal, or a list of values. */
NODISCARD enum status imap_skip_value(struct imap_reader *reader, struct error *error);

/* What a refusal means, by its response code (RFC 5530) and, for want of one, by its text. */
enum status imap_refusal(const struct imap_response *response);

#endif
