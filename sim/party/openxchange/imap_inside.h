/*
 * What the files of an IMAP session share. Nobody else includes this.
 *
 * One command is worked on at a time. Its text gathers in `text`, literals in place; a message that
 * is appended streams past it. A command that has much to say stops when `out` is full and goes on
 * when it is polled; what the client sent meanwhile waits in `input`.
 */
#ifndef SIM_PARTY_OPENXCHANGE_IMAP_INSIDE_H
#define SIM_PARTY_OPENXCHANGE_IMAP_INSIDE_H

#include "imap_mailbox_names.h"
#include "imap_parser.h"
#include "openxchange.h"

enum {
    IMAP_COMMAND_BYTES_MAX = 64 * 1024,      /* Dovecot's imap_max_line_length */
    IMAP_COMMAND_BYTES_STRANGER = 8 * 1024,  /* before login */
    IMAP_BAD_COMMANDS_MAX = 20,              /* in a row */
    IMAP_BAD_COMMANDS_STRANGER = 3,          /* before login */
    IMAP_LOGIN_TRIES_MAX = 10,               /* that fail */
    IMAP_OUT_BYTES = 256 * 1024,             /* then what is said goes out first */
    IMAP_INPUT_BYTES_MAX = 64 * 1024 * 1024, /* that may wait behind a long answer */
    IMAP_RENDERED_BYTES_KEPT = 1024 * 1024,  /* of room for the message last read */
};

enum imap_state { IMAP_STRANGER = 1, IMAP_AUTHENTICATED = 2, IMAP_SELECTED = 4 };

/* What a session was told of the folder it selected. Sequence number n is uids[n − 1]; a UID stays
 * here until the client was told that it is gone (RFC 3501, 5.5). */
struct imap_view {
    struct store_folder *folder; /* borrows; NULL: removed under the session */
    uint32_t *uids;              /* owns */
    size_t count, capacity;
    struct imap_uids {  /* of `uids`, not told yet */
        uint32_t *uids; /* owns */
        size_t count, capacity;
    } gone, changed;
    uint32_t uid_last;    /* the highest ever told */
    uint32_t recent_from; /* this and higher ones are \Recent here */
    size_t recent_count;
    struct buffer keywords; /* told as FLAGS: each with a blank before it */
    bool read_only;
    bool acting; /* the session changes it itself: it needs not be told of flags */
};

enum imap_literal_to { IMAP_LITERAL_TEXT, IMAP_LITERAL_MESSAGE, IMAP_LITERAL_NOWHERE };

/* An APPEND on its way (RFC 3502: several messages, all or none). */
enum { IMAP_APPEND_MESSAGES_MAX = 10000 };
struct imap_append {
    bool active;
    struct store_folder *folder; /* NULL once it is gone */
    const char *refusal;         /* of the whole, once known: what follows NO or BAD */
    bool refusal_is_bad;
    struct buffer message;      /* of which part has come */
    struct store_item next;     /* the message on its way */
    struct store_item *pending; /* owns: whole ones */
    size_t count, capacity;
};

struct imap_session;

/* A command that goes on: says more; true when it has ended. */
typedef bool imap_going_on(struct imap_session *imap);

struct imap_session {
    struct session session; /* first */
    struct openxchange *openxchange;
    const struct openxchange_settings *settings; /* borrows */
    struct imap_session *next, *previous;        /* of the party */
    struct store_listener listener;
    enum imap_state state;
    enum session_next end; /* READ: it goes on */
    bool greeted, condstore;

    struct account *account; /* whose mailbox is open; before login NULL */
    struct store_mailbox *mailbox;
    struct buffer login; /* as it was typed */
    struct imap_view view;

    struct buffer input; /* waits for a long answer to end */
    struct buffer text;  /* the command so far */
    size_t line_begin;   /* in it: behind the last literal */
    uint64_t literal_left;
    enum imap_literal_to literal_to;
    struct imap_append append;
    struct arena *scratch; /* owns: of one command */

    struct buffer tag;
    const char *command; /* its name, static */
    bool by_uid, answered;
    void (*line)(struct imap_session *imap, struct str line); /* takes the next line */
    imap_going_on *going_on;
    void *going_on_with;
    unsigned bad_commands, login_tries;
    bool idling, called;

    struct buffer rendered; /* the message last read */
    uint32_t rendered_content;
    struct buffer *out; /* borrows while fed or polled */
    size_t out_begin;
};

/* ---- imap_session.c ---- */

/* Ends the command: tells what is new, then says "tag OK text". The text brings its code. */
void imap_ok(struct imap_session *imap, const char *text);
void imap_no(struct imap_session *imap, const char *text);
/* What is wrong with the command; twenty in a row end the session. */
void imap_bad(struct imap_session *imap, const char *text);
void imap_bye(struct imap_session *imap, const char *text);
/* One untagged line. */
void imap_say(struct imap_session *imap, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same with a number in it; each folder that is chosen says six of these. */
void imap_say_number(struct imap_session *imap, const char *before, uint64_t number,
                     const char *after);
bool imap_out_is_full(const struct imap_session *imap);
/* Asks the disturbance about the command in work; false when it has answered. */
bool imap_may(struct imap_session *imap, struct store_folder *folder);
const char *imap_answer_text(enum openxchange_answer answer);
struct openxchange_moment imap_moment(const struct imap_session *imap, struct store_folder *folder);
/* The bytes of a content, valid until the next call. */
struct str imap_render(struct imap_session *imap, uint32_t content);
void imap_charge(struct imap_session *imap, uint64_t declared_bytes);
/* The cursor stands at the end of the command; else BAD was said. */
bool imap_ends(struct imap_session *imap, struct imap_cursor *cursor);

/* The open mailbox's folder of that wire name. NULL: answered with NO, or with `quiet` nothing was
 * said. Containers are no such folders. */
struct store_folder *imap_folder_named(struct imap_session *imap, struct str name, bool quiet);

/* ---- imap_view.c ---- */

void imap_view_open(struct imap_session *imap, struct store_folder *folder, bool read_only);
void imap_view_close(struct imap_session *imap);
void imap_view_hear(struct store_listener *listener, const struct store_change *change);
void imap_view_tell(struct imap_session *imap, bool expunges);
/* Says FLAGS and PERMANENTFLAGS. */
void imap_view_say_flags(struct imap_session *imap);
/* Learns the words of a keyword name; says FLAGS again when one is new and `say`. */
void imap_view_learn_keywords(struct imap_session *imap, uint32_t keywords, bool say);
void imap_write_flags(struct imap_session *imap, const struct store_item *item);
/* The keywords' name of the history: sorted, one blank between. */
uint32_t imap_keywords_name(struct imap_session *imap, struct imap_flags *flags);

/* The places a set means in the view, as ranges in order that do not touch. False: said BAD. */
struct imap_places {
    struct imap_place {
        size_t first, end;
    } * places;
    size_t count;
};
bool imap_view_places(struct imap_session *imap, const struct imap_set *set,
                      struct imap_places *places_r);
bool imap_places_hold(const struct imap_places *places, size_t place);
/* The item at a place of the view; false when it is gone. */
bool imap_view_item(const struct imap_session *imap, size_t place, size_t *index_r);

/* ---- Commands: each ends with imap_ok(), imap_no() or imap_bad(), or goes on ---- */

typedef void imap_run(struct imap_session *imap, struct imap_cursor *cursor);
imap_run imap_capability, imap_login, imap_authenticate, imap_id, imap_enable, imap_starttls;
imap_run imap_namespace, imap_getquotaroot, imap_getquota, imap_setquota;
imap_run imap_getmetadata, imap_setmetadata;
imap_run imap_select, imap_examine, imap_status, imap_close, imap_unselect;
imap_run imap_create, imap_delete, imap_rename, imap_subscribe, imap_unsubscribe;
imap_run imap_list, imap_lsub;
imap_run imap_fetch, imap_store, imap_copy, imap_move, imap_expunge, imap_search;

/* Where STATUS items are written for STATUS and LIST. False: an unknown item. */
struct imap_status_items {
    bool messages, recent, uid_next, uid_validity, unseen, modseq, size;
};
bool imap_status_items(struct imap_cursor *cursor, struct imap_status_items *items_r);
void imap_status_say(struct imap_session *imap, struct store_folder *folder,
                     const struct imap_status_items *items);

const char *imap_capabilities(const struct imap_session *imap, struct buffer *out);

/* imap_append.c: takes over a command whose line announced a literal; false when it is no APPEND
 * with a mailbox. */
bool imap_append_begin(struct imap_session *imap, struct str line, struct imap_literal literal);
void imap_append_line(struct imap_session *imap, struct str line);
void imap_append_bytes(struct imap_session *imap, struct str bytes); /* of the message */
void imap_append_release(struct imap_append *append);

/* ---- openxchange.c, for sessions ---- */

void openxchange_session_add(struct imap_session *imap);
void openxchange_session_remove(struct imap_session *imap);
size_t openxchange_session_count(const struct openxchange *openxchange,
                                 const struct account *account);
const struct openxchange_disturbance *
openxchange_disturbance(const struct openxchange *openxchange);
const struct openxchange_settings *openxchange_settings_at(struct openxchange *openxchange,
                                                           struct str node);
/* Metadata of the server (folder 0) or of a folder, as SETMETADATA wrote it; a value without data
 * is NIL. */
enum { IMAP_ANNOTATIONS_MAX = 10000, IMAP_ANNOTATION_BYTES_MAX = 4096 };
struct imap_annotation {
    uint32_t mailbox, folder;
    struct str entry, value;
    struct imap_annotation *next;
};
struct imap_annotation *openxchange_annotations(const struct openxchange *openxchange);
bool openxchange_annotate(struct openxchange *openxchange, const struct imap_annotation *as);
/* Notes that an item is not on disk yet. */
void openxchange_not_durable(struct openxchange *openxchange, struct store_folder *folder,
                             uint32_t uid);

#endif
