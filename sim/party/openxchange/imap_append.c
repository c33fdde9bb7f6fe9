/*
 * APPEND (RFC 3501, 6.3.11; 3502 for several; 4315 for the UIDs; 7888 for literals that do not
 * wait). This is the path that millions of messages take: a message that came whole in one piece is
 * digested where it lies, and only bytes nobody knew are copied.
 *
 * A message is a literal at the end of a line. The line before it says folder, flags and date; each
 * further line says flags and date of the next message, and an empty one ends the command. When
 * something is wrong the rest is still read, unless the client waits to be asked for it.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "imap_inside.h"

#define IMAP_APPEND_FUTURE_MAX (2 * HOUR) /* later dates become now */

void imap_append_release(struct imap_append *append) {
    buffer_release(&append->message);
    free(append->pending);
    *append = (struct imap_append){0};
}

/* The first thing that is wrong is the answer; it is said when the command ends. */
static void imap_append_refuse(struct imap_session *imap, const char *text, bool is_bad) {
    if (imap->append.refusal == NULL) {
        imap->append.refusal = text;
        imap->append.refusal_is_bad = is_bad;
    }
}

static void imap_append_end(struct imap_session *imap) {
    struct imap_append *append = &imap->append;
    append->active = false;
    append->count = 0;
    append->folder = NULL;
    imap->literal_left = 0;
    if (append->message.capacity > IMAP_RENDERED_BYTES_KEPT)
        buffer_release(&append->message);
    buffer_clear(&append->message);
}

static void imap_append_end_refused(struct imap_session *imap) {
    const char *refusal = imap->append.refusal;
    bool is_bad = imap->append.refusal_is_bad;
    imap_append_end(imap);
    if (is_bad)
        imap_bad(imap, refusal);
    else
        imap_no(imap, refusal);
}

/* ---- At the end: all come to rest, or none ---- */

/* "APPENDUID validity uids": runs of UIDs that follow each other are written as ranges. */
static void imap_append_uids(struct buffer *text, const struct imap_append *append) {
    for (size_t i = 0; i < append->count;) {
        size_t last = i;
        while (last + 1 < append->count &&
               append->pending[last + 1].uid == append->pending[last].uid + 1)
            last++;
        if (i > 0)
            buffer_append_byte(text, ',');
        buffer_append_u64(text, append->pending[i].uid);
        if (last > i) {
            buffer_append_byte(text, ':');
            buffer_append_u64(text, append->pending[last].uid);
        }
        i = last + 1;
    }
}

static const char *imap_append_failure(enum status status) {
    if (status == STATUS_QUOTA)
        return imap_answer_text(OPENXCHANGE_OVERQUOTA);
    if (status == STATUS_BUSY)
        return imap_answer_text(OPENXCHANGE_INUSE);
    return imap_answer_text(OPENXCHANGE_SERVERBUG);
}

/* Puts the pending messages to rest. Whether they fit was asked before, so only a disturbance of
 * the store can still refuse; what it let pass stays, as after a torn transaction. */
static enum status imap_append_store(struct imap_session *imap) {
    struct imap_append *append = &imap->append;
    const struct openxchange_disturbance *disturbance = openxchange_disturbance(imap->openxchange);
    struct openxchange_moment moment = imap_moment(imap, append->folder);
    bool weak =
        disturbance->not_durable != NULL && disturbance->not_durable(disturbance->of, &moment);
    for (size_t i = 0; i < append->count; i++) {
        struct store_item *item = &append->pending[i];
        imap->session.work += imap->settings->times.append;
        imap_charge(imap, item->declared_size);
        enum status status =
            store_item_add(append->folder, imap->session.process, HOW_APPENDED, *item, &item->uid);
        if (status != STATUS_OK)
            return status;
        if (weak)
            openxchange_not_durable(imap->openxchange, append->folder, item->uid);
    }
    return STATUS_OK;
}

static void imap_append_answer(struct imap_session *imap) {
    struct buffer text = {0};
    if (!imap->settings->without_uidplus) {
        buffer_append_text(&text, "[APPENDUID ");
        buffer_append_u64(&text, store_folder_uid_validity(imap->append.folder));
        buffer_append_byte(&text, ' ');
        imap_append_uids(&text, &imap->append);
        buffer_append_text(&text, "] ");
    }
    buffer_append_text(&text, "Append completed.");
    imap_append_end(imap);
    imap_ok(imap, buffer_text(&text));
    buffer_release(&text);
}

static void imap_append_finish(struct imap_session *imap) {
    struct imap_append *append = &imap->append;
    const struct openxchange_disturbance *disturbance = openxchange_disturbance(imap->openxchange);
    uint64_t bytes = 0;
    if (append->folder == NULL)
        imap_append_refuse(imap, "[TRYCREATE] Mailbox doesn't exist", false);
    if (append->count == 0)
        imap_append_refuse(imap, "Missing message.", true);
    for (size_t i = 0; i < append->count; i++)
        bytes += append->pending[i].declared_size;
    if (!store_mailbox_fits(imap->mailbox, bytes))
        imap_append_refuse(imap, imap_answer_text(OPENXCHANGE_OVERQUOTA), false);
    if (append->refusal != NULL) {
        imap_append_end_refused(imap);
        return;
    }
    struct openxchange_moment moment = imap_moment(imap, append->folder);
    enum status status = imap_append_store(imap);
    if (status != STATUS_OK) {
        imap_append_refuse(imap, imap_append_failure(status), false);
        imap_append_end_refused(imap);
    } else if (disturbance->ack_lost != NULL && disturbance->ack_lost(disturbance->of, &moment)) {
        imap_append_end(imap);
        imap->end = SESSION_RESET;
    } else {
        imap_append_answer(imap);
    }
}

/* ---- Message by message ---- */

/* The message on its way came whole. */
static void imap_append_whole(struct imap_session *imap, struct str bytes) {
    struct imap_append *append = &imap->append;
    struct contents *contents = store_contents(openxchange_store(imap->openxchange));
    append->next.content = contents_learn(contents, bytes);
    append->next.declared_size = contents_declared(contents, append->next.content);
    if (append->count == append->capacity) {
        append->capacity = append->capacity == 0 ? 1 : append->capacity * 2;
        append->pending = memory_grow(append->pending, append->capacity, sizeof *append->pending);
    }
    append->pending[append->count++] = append->next;
    buffer_clear(&append->message);
}

void imap_append_bytes(struct imap_session *imap, struct str bytes) {
    struct imap_append *append = &imap->append;
    if (imap->literal_left == 0 && append->message.length == 0) {
        imap_append_whole(imap, bytes);
        return;
    }
    buffer_append_str(&append->message, bytes);
    if (imap->literal_left == 0)
        imap_append_whole(imap, buffer_str(&append->message));
}

/* "[(flags) ]["date" ]" before a literal. */
static bool imap_append_arguments(struct imap_session *imap, struct imap_cursor *cursor) {
    instant now = store_clock(openxchange_store(imap->openxchange))->now;
    struct store_item *next = &imap->append.next;
    *next = (struct store_item){.received = instant_whole_second(now)};
    if (cursor->at < cursor->end && *cursor->at == '(') {
        struct imap_flags flags;
        if (!imap_flags(cursor, &flags) || !imap_space(cursor))
            return false;
        if (flags.wrong != NULL)
            imap_append_refuse(imap, flags.wrong, true);
        next->flags = flags.flags;
        next->keywords = imap_keywords_name(imap, &flags);
    }
    if (cursor->at < cursor->end && *cursor->at == '"') {
        if (!imap_date_time(cursor, &next->received) || !imap_space(cursor))
            return false;
        if (next->received > now + IMAP_APPEND_FUTURE_MAX)
            next->received = instant_whole_second(now);
    }
    return imap_parser_at_end(cursor);
}

/* A literal is announced. Asks for it, or says right away what is wrong if the client waits. */
static void imap_append_announced(struct imap_session *imap, struct imap_cursor *cursor,
                                  struct imap_literal literal) {
    struct imap_append *append = &imap->append;
    uint64_t most = imap->settings->message_bytes_max;
    if (!imap_append_arguments(imap, cursor))
        imap_append_refuse(imap, "Invalid arguments.", true);
    if (append->folder == NULL)
        imap_append_refuse(imap, "[TRYCREATE] Mailbox doesn't exist", false);
    if (literal.bytes == 0)
        imap_append_refuse(imap, "Can't save a zero byte message.", false);
    if (literal.bytes > (most == 0 ? IMAP_MESSAGE_BYTES_MAX : most))
        imap_append_refuse(imap,
                           "[LIMIT] Mail size is larger than the maximum size allowed by server "
                           "configuration",
                           false);
    if (append->count == IMAP_APPEND_MESSAGES_MAX)
        imap_append_refuse(imap, "[LIMIT] Too many messages in one command", false);
    if (append->refusal != NULL && literal.waits) {
        imap_append_end_refused(imap);
        return;
    }
    imap->literal_left = literal.bytes;
    imap->literal_to = append->refusal == NULL ? IMAP_LITERAL_MESSAGE : IMAP_LITERAL_NOWHERE;
    buffer_clear(&imap->text);
    imap->line_begin = 0;
    if (literal.waits)
        buffer_append_text(imap->out, "+ OK\r\n");
}

void imap_append_line(struct imap_session *imap, struct str line) {
    struct imap_literal literal;
    if (line.length == 0) {
        imap_append_finish(imap);
        return;
    }
    bool more = imap_literal_at_end(&line, &literal);
    struct imap_cursor cursor = imap_cursor_of(line, imap->scratch);
    if (more && imap_space(&cursor)) {
        imap_append_announced(imap, &cursor, literal);
        return;
    }
    imap_append_refuse(imap, "Invalid arguments.", true);
    imap_append_end_refused(imap);
    if (more && !literal.waits) /* what comes now is no command */
        imap_bye(imap, "Input buffer full, aborting.");
}

/* A disturbance may answer for the whole command. */
static void imap_append_ask(struct imap_session *imap) {
    const struct openxchange_disturbance *disturbance = openxchange_disturbance(imap->openxchange);
    if (disturbance->before == NULL)
        return;
    struct openxchange_moment moment = imap_moment(imap, imap->append.folder);
    enum openxchange_answer answer = disturbance->before(disturbance->of, &moment);
    if (answer == OPENXCHANGE_DROP)
        imap->end = SESSION_RESET;
    else if (answer != OPENXCHANGE_USUAL)
        imap_append_refuse(imap, imap_answer_text(answer), false);
}

bool imap_append_begin(struct imap_session *imap, struct str line, struct imap_literal literal) {
    struct imap_cursor cursor = imap_cursor_of(line, imap->scratch);
    struct str tag, name;
    if (!imap_tag(&cursor, &tag) || !imap_space(&cursor) || !imap_word(&cursor, "APPEND") ||
        !imap_space(&cursor) || !imap_astring(&cursor, &name) || !imap_space(&cursor))
        return false;
    buffer_clear(&imap->tag);
    buffer_append_str(&imap->tag, tag);
    imap->command = "APPEND";
    imap->by_uid = imap->answered = false;
    imap->session.work += imap->settings->times.command;
    struct imap_append *append = &imap->append;
    append->active = true;
    append->refusal = NULL;
    append->folder = imap_folder_named(imap, name, true);
    imap_append_ask(imap);
    imap_append_announced(imap, &cursor, literal);
    return true;
}
