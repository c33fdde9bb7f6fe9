/*
 * An IMAP session in Dovecot's manner (RFC 3501): gathers commands, runs them, says how they ended.
 * See imap_inside.h for how the files of it share the work.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"

/* ---- Saying ---- */

void imap_say(struct imap_session *imap, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    buffer_append_text(imap->out, "* ");
    buffer_vprintf(imap->out, format, arguments);
    buffer_append_text(imap->out, "\r\n");
    va_end(arguments);
}

void imap_say_number(struct imap_session *imap, const char *before, uint64_t number,
                     const char *after) {
    buffer_append_text(imap->out, "* ");
    buffer_append_text(imap->out, before);
    buffer_append_u64(imap->out, number);
    buffer_append_text(imap->out, after);
    buffer_append_text(imap->out, "\r\n");
}

bool imap_out_is_full(const struct imap_session *imap) {
    return imap->out->length - imap->out_begin >= IMAP_OUT_BYTES;
}

static void imap_end(struct imap_session *imap, const char *how, const char *text) {
    check(!imap->answered);
    imap->answered = true;
    buffer_append_str(imap->out, buffer_str(&imap->tag));
    buffer_append_byte(imap->out, ' ');
    buffer_append_text(imap->out, how);
    buffer_append_byte(imap->out, ' ');
    buffer_append_text(imap->out, text);
    buffer_append_text(imap->out, "\r\n");
}

/* FETCH, STORE and SEARCH by sequence number leave numbers as they are (RFC 3501, 7.4.1). */
static bool imap_may_tell_expunges(const struct imap_session *imap) {
    return imap->by_uid ||
           (strcmp(imap->command, "FETCH") != 0 && strcmp(imap->command, "STORE") != 0 &&
            strcmp(imap->command, "SEARCH") != 0);
}

void imap_ok(struct imap_session *imap, const char *text) {
    if (imap->state == IMAP_SELECTED)
        imap_view_tell(imap, imap_may_tell_expunges(imap));
    imap->bad_commands = 0;
    imap_end(imap, "OK", text);
}

void imap_no(struct imap_session *imap, const char *text) {
    if (imap->state == IMAP_SELECTED)
        imap_view_tell(imap, imap_may_tell_expunges(imap));
    imap->bad_commands = 0;
    imap_end(imap, "NO", text);
}

void imap_bye(struct imap_session *imap, const char *text) {
    imap_say(imap, "BYE %s", text);
    imap->end = SESSION_CLOSE;
}

void imap_bad(struct imap_session *imap, const char *text) {
    unsigned most =
        imap->state == IMAP_STRANGER ? IMAP_BAD_COMMANDS_STRANGER : IMAP_BAD_COMMANDS_MAX;
    imap->answered = true;
    if (imap->tag.length == 0)
        buffer_append_byte(imap->out, '*');
    buffer_append_str(imap->out, buffer_str(&imap->tag));
    buffer_append_text(imap->out, " BAD Error in IMAP command ");
    buffer_append_text(imap->out, imap->command == NULL ? "received by server" : imap->command);
    buffer_append_text(imap->out, ": ");
    buffer_append_text(imap->out, text);
    buffer_append_text(imap->out, "\r\n");
    if (++imap->bad_commands >= most)
        imap_bye(imap, "Too many invalid IMAP commands.");
}

bool imap_ends(struct imap_session *imap, struct imap_cursor *cursor) {
    if (imap_parser_at_end(cursor))
        return true;
    imap_bad(imap, "Invalid arguments.");
    return false;
}

/* ---- Faults and work ---- */

struct openxchange_moment imap_moment(const struct imap_session *imap,
                                      struct store_folder *folder) {
    return (struct openxchange_moment){.process = imap->session.process,
                                       .login = buffer_str(&imap->login),
                                       .account = imap->account,
                                       .command = imap->command,
                                       .folder = folder};
}

const char *imap_answer_text(enum openxchange_answer answer) {
    switch (answer) {
    case OPENXCHANGE_USUAL:
    case OPENXCHANGE_DROP:
        return NULL;
    case OPENXCHANGE_UNAVAILABLE:
        return "[UNAVAILABLE] Internal error occurred. Refer to server log for more information.";
    case OPENXCHANGE_INUSE:
        return "[INUSE] Timeout while waiting for lock";
    case OPENXCHANGE_OVERQUOTA:
        return "[OVERQUOTA] Quota exceeded (mailbox for user is full)";
    case OPENXCHANGE_SERVERBUG:
        return "[SERVERBUG] Internal error occurred. Refer to server log for more information.";
    case OPENXCHANGE_REFUSED:
        return "[NOPERM] Permission denied";
    }
    return NULL;
}

bool imap_may(struct imap_session *imap, struct store_folder *folder) {
    const struct openxchange_disturbance *disturbance = openxchange_disturbance(imap->openxchange);
    if (disturbance->before == NULL)
        return true;
    struct openxchange_moment moment = imap_moment(imap, folder);
    enum openxchange_answer answer = disturbance->before(disturbance->of, &moment);
    if (answer == OPENXCHANGE_USUAL)
        return true;
    if (answer == OPENXCHANGE_DROP)
        imap->end = SESSION_RESET;
    else
        imap_no(imap, imap_answer_text(answer));
    return false;
}

void imap_charge(struct imap_session *imap, uint64_t declared_bytes) {
    int64_t a_second = imap->settings->times.bytes_second;
    if (a_second > 0 && declared_bytes < (uint64_t)INT64_MAX / SECOND)
        imap->session.work += (int64_t)declared_bytes * SECOND / a_second;
}

struct str imap_render(struct imap_session *imap, uint32_t content) {
    if (imap->rendered_content != content) {
        buffer_clear(&imap->rendered);
        contents_render(store_contents(openxchange_store(imap->openxchange)), content,
                        &imap->rendered);
        imap->rendered_content = content;
    }
    return buffer_str(&imap->rendered);
}

/* ---- Commands ---- */

static void imap_noop(struct imap_session *imap, struct imap_cursor *cursor) {
    if (imap_ends(imap, cursor))
        imap_ok(imap, "NOOP completed.");
}

static void imap_check(struct imap_session *imap, struct imap_cursor *cursor) {
    if (imap_ends(imap, cursor))
        imap_ok(imap, "Check completed.");
}

static void imap_logout(struct imap_session *imap, struct imap_cursor *cursor) {
    if (!imap_ends(imap, cursor))
        return;
    imap_bye(imap, "Logging out");
    if (imap->state == IMAP_SELECTED) {
        imap_view_close(imap);
        imap->state = IMAP_AUTHENTICATED;
    }
    imap_ok(imap, "Logout completed.");
}

static void imap_idle_tell(struct imap_session *imap) {
    if (imap->view.folder == NULL)
        imap_bye(imap, "Selected mailbox was deleted, have to disconnect.");
    else
        imap_view_tell(imap, true);
}

static void imap_idle_line(struct imap_session *imap, struct str line) {
    imap->idling = false;
    imap->line = NULL;
    if (str_equal_caseless(line, STR("DONE")))
        imap_ok(imap, "Idle completed.");
    else
        imap_bad(imap, "Expected DONE.");
}

static void imap_idle(struct imap_session *imap, struct imap_cursor *cursor) {
    if (!imap_ends(imap, cursor))
        return;
    imap->idling = true;
    imap->line = imap_idle_line;
    buffer_append_text(imap->out, "+ idling\r\n");
    if (imap->state == IMAP_SELECTED)
        imap_idle_tell(imap);
}

enum {
    STRANGER = IMAP_STRANGER,
    KNOWN = IMAP_AUTHENTICATED | IMAP_SELECTED,
    SELECTED = IMAP_SELECTED,
    ANY = STRANGER | KNOWN,
};

static const struct imap_command {
    const char *name;
    unsigned states;
    imap_run *run;
    bool also_by_uid;
} imap_commands[] = {
    {"APPEND", KNOWN, NULL, false},
    {"FETCH", SELECTED, imap_fetch, true},
    {"STORE", SELECTED, imap_store, true},
    {"SEARCH", SELECTED, imap_search, true},
    {"COPY", SELECTED, imap_copy, true},
    {"MOVE", SELECTED, imap_move, true},
    {"EXPUNGE", SELECTED, imap_expunge, true},
    {"NOOP", ANY, imap_noop, false},
    {"CHECK", SELECTED, imap_check, false},
    {"IDLE", KNOWN, imap_idle, false},
    {"SELECT", KNOWN, imap_select, false},
    {"EXAMINE", KNOWN, imap_examine, false},
    {"STATUS", KNOWN, imap_status, false},
    {"CLOSE", SELECTED, imap_close, false},
    {"UNSELECT", SELECTED, imap_unselect, false},
    {"LIST", KNOWN, imap_list, false},
    {"LSUB", KNOWN, imap_lsub, false},
    {"CREATE", KNOWN, imap_create, false},
    {"DELETE", KNOWN, imap_delete, false},
    {"RENAME", KNOWN, imap_rename, false},
    {"SUBSCRIBE", KNOWN, imap_subscribe, false},
    {"UNSUBSCRIBE", KNOWN, imap_unsubscribe, false},
    {"NAMESPACE", KNOWN, imap_namespace, false},
    {"GETQUOTAROOT", KNOWN, imap_getquotaroot, false},
    {"GETQUOTA", KNOWN, imap_getquota, false},
    {"SETQUOTA", KNOWN, imap_setquota, false},
    {"GETMETADATA", KNOWN, imap_getmetadata, false},
    {"SETMETADATA", KNOWN, imap_setmetadata, false},
    {"CAPABILITY", ANY, imap_capability, false},
    {"ID", ANY, imap_id, false},
    {"ENABLE", KNOWN, imap_enable, false},
    {"LOGIN", STRANGER, imap_login, false},
    {"AUTHENTICATE", STRANGER, imap_authenticate, false},
    {"STARTTLS", STRANGER, imap_starttls, false},
    {"LOGOUT", ANY, imap_logout, false},
};

static const struct imap_command *imap_command_named(struct str name) {
    for (size_t i = 0; i < sizeof imap_commands / sizeof imap_commands[0]; i++)
        if (str_equal_caseless(name, str_of(imap_commands[i].name)))
            return &imap_commands[i];
    return NULL;
}

/* The tag, and the command that is named with its "UID " before it. */
static const struct imap_command *imap_command_read(struct imap_session *imap,
                                                    struct imap_cursor *cursor) {
    struct str tag, name;
    imap->answered = false;
    imap->command = NULL;
    imap->by_uid = false;
    buffer_clear(&imap->tag);
    if (!imap_tag(cursor, &tag) || !imap_space(cursor))
        return NULL;
    buffer_append_str(&imap->tag, tag);
    imap->by_uid = imap_word(cursor, "UID") && imap_space(cursor);
    if (!imap_atom(cursor, &name))
        return NULL;
    const struct imap_command *command = imap_command_named(name);
    if (command == NULL || (imap->by_uid && !command->also_by_uid))
        return NULL;
    imap->command = command->name;
    return command;
}

static void imap_run_command(struct imap_session *imap, struct str text) {
    struct imap_cursor cursor = imap_cursor_of(text, imap->scratch);
    const struct imap_command *command = imap_command_read(imap, &cursor);
    imap->session.work += imap->settings->times.command;
    if (command == NULL)
        imap_bad(imap, imap->tag.length == 0 ? "Missing or invalid tag." : "Unknown command.");
    else if ((command->states & imap->state) == 0)
        imap_bad(imap, imap->state == IMAP_STRANGER     ? "Please log in first."
                       : (command->states & KNOWN) == 0 ? "You are logged in already."
                                                        : "No mailbox selected.");
    else if (imap->state == IMAP_SELECTED && imap->view.folder == NULL)
        imap_bye(imap, "Selected mailbox was deleted, have to disconnect.");
    else if (command->run == NULL)
        imap_bad(imap, "Invalid arguments."); /* an APPEND without a literal */
    else if ((command->states & KNOWN) == 0 || imap_may(imap, imap->view.folder))
        command->run(imap, &cursor);
}

/* ---- Gathering ---- */

static size_t imap_text_max(const struct imap_session *imap) {
    return imap->state == IMAP_STRANGER ? IMAP_COMMAND_BYTES_STRANGER : IMAP_COMMAND_BYTES_MAX;
}

/* A line came that announces a literal. True when the command is over because of it. */
static bool imap_literal_announced(struct imap_session *imap, struct str text,
                                   struct imap_literal literal) {
    if (imap->state != IMAP_STRANGER && imap_append_begin(imap, text, literal))
        return !imap->append.active;
    if (literal.bytes <= imap_text_max(imap) - imap->text.length) {
        imap->literal_left = literal.bytes;
        imap->literal_to = IMAP_LITERAL_TEXT;
        imap->line_begin = imap->text.length + (size_t)literal.bytes;
        if (literal.waits)
            buffer_append_text(imap->out, "+ OK\r\n");
        return false;
    }
    struct imap_cursor cursor = imap_cursor_of(text, imap->scratch);
    imap_command_read(imap, &cursor);
    imap_bad(imap, "Literal size too large.");
    if (!literal.waits) /* it comes unasked, and there is no telling where it ends */
        imap_bye(imap, "Input buffer full, aborting.");
    return true;
}

/* The text so far ends in a whole line; its line end is `line_end` bytes. */
static void imap_line_came(struct imap_session *imap, size_t line_end) {
    struct imap_literal literal;
    struct str text = {imap->text.data, imap->text.length - line_end};
    struct str line = {text.data + imap->line_begin, text.length - imap->line_begin};
    if (imap->append.active) {
        imap_append_line(imap, line);
        if (imap->append.active)
            return;
    } else if (imap->line != NULL) {
        imap->line(imap, line);
    } else if (imap_literal_at_end(&line, &literal)) {
        text.length = imap->line_begin + line.length;
        if (!imap_literal_announced(imap, text, literal))
            return;
    } else {
        imap_run_command(imap, text);
    }
    buffer_clear(&imap->text);
    imap->line_begin = 0;
}

static void imap_eat_line(struct imap_session *imap, struct str *left) {
    const char *end = memchr(left->data, '\n', left->length);
    size_t length = end == NULL ? left->length : (size_t)(end - left->data) + 1;
    if (length > imap_text_max(imap) - imap->text.length) {
        imap_bye(imap, "Input buffer full, aborting.");
        return;
    }
    buffer_append(&imap->text, left->data, length);
    *left = (struct str){left->data + length, left->length - length};
    if (end == NULL)
        return;
    size_t line_end =
        imap->text.length - imap->line_begin > 1 && imap->text.data[imap->text.length - 2] == '\r'
            ? 2
            : 1;
    imap_line_came(imap, line_end);
}

static void imap_eat_literal(struct imap_session *imap, struct str *left) {
    size_t length = left->length;
    if (length > imap->literal_left)
        length = (size_t)imap->literal_left;
    struct str piece = {left->data, length};
    *left = (struct str){left->data + length, left->length - length};
    imap->literal_left -= length;
    switch (imap->literal_to) {
    case IMAP_LITERAL_TEXT:
        buffer_append_str(&imap->text, piece);
        break;
    case IMAP_LITERAL_MESSAGE:
        imap_append_bytes(imap, piece);
        break;
    case IMAP_LITERAL_NOWHERE:
        break;
    }
}

/* Takes bytes until there are none left, a long answer begins or the session ends. */
static void imap_eat(struct imap_session *imap, struct str *left) {
    while (left->length > 0 && imap->end == SESSION_READ && imap->going_on == NULL &&
           !imap_out_is_full(imap)) {
        if (imap->literal_left > 0)
            imap_eat_literal(imap, left);
        else
            imap_eat_line(imap, left);
        if (imap->text.length == 0 && imap->going_on == NULL && arena_bytes(imap->scratch) > 0)
            arena_reset(imap->scratch);
    }
}

/* ---- Life ---- */

static void imap_greet(struct imap_session *imap) {
    struct buffer capabilities = {0};
    imap->greeted = true;
    imap_say(imap, "OK [CAPABILITY %s] Dovecot ready.", imap_capabilities(imap, &capabilities));
    buffer_release(&capabilities);
}

/* Says how it goes on, and keeps what could not be eaten yet. */
static enum session_next imap_next(struct imap_session *imap) {
    if (imap->rendered.capacity > IMAP_RENDERED_BYTES_KEPT && imap->going_on == NULL) {
        buffer_release(&imap->rendered);
        imap->rendered_content = 0;
    }
    if (imap->end != SESSION_READ)
        return imap->end;
    return imap->going_on != NULL || imap->input.length > 0 ? SESSION_MORE : SESSION_READ;
}

static void imap_begin(struct imap_session *imap, struct buffer *out) {
    imap->out = out;
    imap->out_begin = out->length;
    imap->called = false;
    if (!imap->greeted)
        imap_greet(imap);
}

static enum session_next imap_feed(struct session *session, const void *bytes, size_t length,
                                   struct buffer *out) {
    struct imap_session *imap = (struct imap_session *)session;
    if (imap->end != SESSION_READ)
        return imap->end;
    imap_begin(imap, out);
    struct str left = str_bytes(bytes, length);
    if (imap->input.length == 0)
        imap_eat(imap, &left);
    if (left.length > IMAP_INPUT_BYTES_MAX - imap->input.length)
        imap_bye(imap, "Input buffer full, aborting.");
    else
        buffer_append_str(&imap->input, left);
    return imap_next(imap);
}

static enum session_next imap_poll(struct session *session, struct buffer *out) {
    struct imap_session *imap = (struct imap_session *)session;
    if (imap->end != SESSION_READ)
        return imap->end;
    imap_begin(imap, out);
    if (imap->going_on != NULL && imap->going_on(imap)) {
        imap->going_on = NULL;
        arena_reset(imap->scratch);
    }
    struct str left = buffer_str(&imap->input);
    imap_eat(imap, &left);
    buffer_consume(&imap->input, imap->input.length - left.length);
    if (imap->idling && imap->state == IMAP_SELECTED)
        imap_idle_tell(imap);
    return imap_next(imap);
}

static void imap_session_close(struct session *session) {
    struct imap_session *imap = (struct imap_session *)session;
    imap_view_close(imap);
    if (imap->state != IMAP_STRANGER)
        store_unlisten(&imap->listener);
    openxchange_session_remove(imap);
    imap_append_release(&imap->append);
    buffer_release(&imap->login);
    buffer_release(&imap->input);
    buffer_release(&imap->text);
    buffer_release(&imap->tag);
    buffer_release(&imap->rendered);
    arena_close(&imap->scratch);
    free(imap);
}

static const struct session_type imap_type = {"imap", imap_feed, imap_poll, imap_session_close};

struct session *openxchange_imap(void *openxchange, uint32_t process) {
    struct imap_session *imap = memory_new(1, sizeof *imap);
    imap->session.type = &imap_type;
    imap->session.process = process;
    imap->openxchange = openxchange;
    imap->state = IMAP_STRANGER;
    imap->end = SESSION_READ;
    imap->scratch = arena_new();
    imap->listener.hear = imap_view_hear;
    openxchange_session_add(imap);
    return &imap->session;
}
