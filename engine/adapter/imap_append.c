/* See imap_append.h. */
#include "imap_append.h"

#include <string.h>

#include "../base/check.h"
#include "imap_date.h"

enum { IMAP_KEYWORDS_MAX = 4096 }; /* bytes of one message's keywords */

struct append {
    struct imap_connection *connection; /* borrows */
    const struct imap_batch *batch;     /* borrows */
    struct target_result *results;      /* borrows */
    struct buffer heads;                /* owns: all command lines, one behind the other */
    size_t head_ends[TARGET_BATCH_MAX]; /* in `heads` */
    uint64_t ends[TARGET_BATCH_MAX];    /* bytes sent when message i had left to its last byte */
    uint32_t tags[TARGET_BATCH_MAX];    /* 0: never sent, its result stands */
    bool answered[TARGET_BATCH_MAX];
    size_t waiting; /* messages whose answer is to come */
};

/* Atoms with one blank between (RFC 3501 section 9, "atom"). */
static bool keywords_are_atoms(const char *keywords) {
    size_t length = strlen(keywords);
    if (length > IMAP_KEYWORDS_MAX || (length > 0 && keywords[length - 1] == ' '))
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)keywords[i];
        if (byte == ' ' ? (i == 0 || keywords[i - 1] == ' ')
                        : (byte < 0x21 || byte > 0x7e || strchr("(){%*\"\\]", byte) != NULL))
            return false;
    }
    return true;
}

static void append_flags(struct buffer *out, const struct target_message *message) {
    static const struct {
        enum target_flag flag;
        const char *name;
    } names[] = {
        {TARGET_SEEN, "\\Seen"},       {TARGET_ANSWERED, "\\Answered"},
        {TARGET_FLAGGED, "\\Flagged"}, {TARGET_DELETED, "\\Deleted"},
        {TARGET_DRAFT, "\\Draft"},     {TARGET_FORWARDED, "$Forwarded"},
    };
    const char *blank = "(";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (message->flags & names[i].flag) {
            buffer_append_text(out, blank);
            buffer_append_text(out, names[i].name);
            blank = " ";
        }
    if (message->keywords[0] != '\0') {
        buffer_append_text(out, blank);
        buffer_append_text(out, message->keywords);
        blank = " ";
    }
    buffer_append_text(out, blank[0] == '(' ? "() " : ") ");
}

/* Writes the command line of message `i`, or says why it can never be sent. */
static enum status append_head(struct append *append, size_t i, bool plus, struct str folder) {
    const struct target_message *message = &append->batch->messages[i];
    char date[IMAP_DATE_MAX];
    /* No bytes at all would abort the command. NUL cannot stand in a literal; a literal8 (RFC 3516)
     * would take it in, but no FETCH could prove that it is there. */
    if (message->bytes.length == 0 ||
        memchr(message->bytes.data, '\0', message->bytes.length) != NULL ||
        !keywords_are_atoms(message->keywords) || !imap_date(message->received, date))
        return STATUS_UNMOVABLE;
    struct buffer *out = &append->heads;
    append->tags[i] = imap_connection_tag(append->connection);
    buffer_append_u64(out, append->tags[i]);
    buffer_append_text(out, " APPEND ");
    buffer_append_str(out, folder);
    buffer_append_byte(out, ' ');
    append_flags(out, message);
    buffer_append_byte(out, '"');
    buffer_append_text(out, date);
    buffer_append_text(out, "\" {");
    buffer_append_u64(out, message->bytes.length);
    buffer_append_text(out, plus ? "+}\r\n" : "}\r\n");
    return STATUS_OK;
}

static struct iovec piece_of(const char *bytes, size_t length) {
    /* sendmsg() does not write to what it is given, whatever its type says. */
    return (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
}

/* "APPENDUID 1754546400 17" (RFC 4315 section 3). */
static void append_uid(const char *code, struct target_result *result) {
    struct str rest = str_of(code);
    uint64_t validity, uid;
    if (!str_equal_caseless(str_cut(&rest, ' '), STR("APPENDUID")))
        return;
    struct str first = str_cut(&rest, ' ');
    if (!str_to_u64(first, &validity) || !str_to_u64(rest, &uid) || validity > UINT32_MAX ||
        uid > UINT32_MAX)
        return;
    result->uid_validity = (uint32_t)validity;
    result->uid = (uint32_t)uid;
}

/* Files a tagged answer under its message. */
static enum status append_answered(struct append *append, const struct imap_response *response,
                                   struct error *error) {
    size_t count = append->batch->count, i = 0;
    while (i < count && (append->tags[i] != response->tag || append->tags[i] == 0))
        i++;
    if (i == count || append->answered[i])
        return error_set(error, STATUS_PROTOCOL,
                         "the mail server answered the tag %u, which is "
                         "not waiting",
                         response->tag);
    append->answered[i] = true;
    append->waiting--;
    append->results[i].status = response->state == IMAP_OK ? STATUS_OK : imap_refusal(response);
    if (response->state == IMAP_OK)
        append_uid(response->code, &append->results[i]);
    /* After BAD the server may take the literal's bytes for commands: stop at once. */
    if (response->state == IMAP_BAD)
        return error_set(error, STATUS_PROTOCOL, "APPEND: the mail server answered BAD [%s] %s",
                         response->code, response->text);
    return STATUS_OK;
}

/* Reads until no answer is missing, or until the server asks for the literal if `wants_more`. */
static enum status append_read(struct append *append, bool wants_more, struct error *error) {
    struct imap_response response;
    for (uint32_t seen = 0; append->waiting > 0 && seen < IMAP_RESPONSES_MAX; seen++) {
        enum status status = imap_reader_next(&append->connection->reader, &response, error);
        if (status != STATUS_OK)
            return status;
        switch (response.kind) {
        case IMAP_UNTAGGED:
            break; /* EXISTS, RECENT, and BYE, behind which the stream ends */
        case IMAP_CONTINUE:
            if (wants_more)
                return STATUS_OK;
            return error_set(error, STATUS_PROTOCOL,
                             "the mail server asks for a literal that it "
                             "has already");
        case IMAP_TAGGED:
            status = append_answered(append, &response, error);
            if (status != STATUS_OK)
                return status;
            break;
        }
    }
    return STATUS_OK;
}

/* The connection is gone: says of each message without an answer what is known of it. */
static void append_unanswered(struct append *append, uint64_t sent, enum status status) {
    for (size_t i = 0; i < append->batch->count; i++)
        if (append->tags[i] != 0 && !append->answered[i])
            append->results[i].status = append->ends[i] <= sent ? STATUS_AMBIGUOUS : status;
}

/* It is not the network that kept bytes back: whoever sends must not. Then no answer is waited for,
 * since part of a message may be on its way, whose rest never comes. */
static bool append_is_forbidden(enum status sending) {
    return sending != STATUS_OK && sending != STATUS_NETWORK && sending != STATUS_TIMEOUT;
}

static enum status append_pipelined(struct append *append, struct error *error) {
    struct iovec pieces[3 * TARGET_BATCH_MAX];
    size_t piece_count = 0, head_start = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < append->batch->count; i++) {
        if (append->tags[i] == 0)
            continue;
        struct str bytes = append->batch->messages[i].bytes;
        size_t head_length = append->head_ends[i] - head_start;
        pieces[piece_count++] = piece_of(append->heads.data + head_start, head_length);
        pieces[piece_count++] = piece_of(bytes.data, bytes.length);
        pieces[piece_count++] = piece_of("\r\n", 2);
        head_start = append->head_ends[i];
        total += head_length + bytes.length;
        /* Without the CRLF behind it a command is not whole, yet a server may take it for it. */
        append->ends[i] = total;
        total += 2;
        append->waiting++;
    }
    uint64_t sent;
    enum status sending = imap_stream_send(append->connection->stream, pieces, piece_count, &sent);
    /* The answers to one batch are small and fit any window, so they wait there until here. */
    enum status status = append_is_forbidden(sending) ? sending : append_read(append, false, error);
    if (sending != STATUS_OK)
        status = error_set(error, sending, "sending messages: %s", status_sentence(sending));
    if (status != STATUS_OK)
        append_unanswered(append, sent, status);
    return status;
}

/* One message: the command, the server's "+", the literal, the answer. */
static enum status append_single(struct append *append, size_t i, struct error *error) {
    size_t start = i == 0 ? 0 : append->head_ends[i - 1];
    struct str bytes = append->batch->messages[i].bytes;
    struct iovec head = piece_of(append->heads.data + start, append->head_ends[i] - start);
    struct iovec body[2] = {piece_of(bytes.data, bytes.length), piece_of("\r\n", 2)};
    uint64_t sent = 0;
    append->waiting = 1;
    append->ends[i] = bytes.length;
    enum status status = imap_stream_send(append->connection->stream, &head, 1, &sent);
    sent = 0;
    if (status == STATUS_OK)
        status = append_read(append, true, error);
    if (status == STATUS_OK && append->waiting > 0) {
        status = imap_stream_send(append->connection->stream, body, 2, &sent);
        enum status reading =
            append_is_forbidden(status) ? status : append_read(append, false, error);
        if (status == STATUS_OK)
            status = reading;
        else
            error_set(error, status, "sending a message: %s", status_sentence(status));
    }
    if (status != STATUS_OK)
        append_unanswered(append, sent, status);
    return status;
}

static enum status append_singly(struct append *append, struct error *error) {
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < append->batch->count; i++)
        if (append->tags[i] != 0)
            status = append_single(append, i, error);
    return status;
}

enum status imap_append(struct imap_connection *connection, const struct imap_batch *batch,
                        struct target_result *results, struct error *error) {
    check_compare(batch->count, <=, TARGET_BATCH_MAX);
    struct append append = {.connection = connection, .batch = batch, .results = results};
    struct buffer folder = {0};
    bool plus = connection->literal_plus && !batch->one_by_one;
    enum status status = imap_connection_usable(connection, error);
    if (status == STATUS_OK && !imap_quote(str_of(batch->folder), &folder))
        status = error_set(error, STATUS_INVALID, "a folder name that IMAP cannot carry");
    for (size_t i = 0; i < batch->count; i++) {
        results[i] = (struct target_result){.status = status};
        if (status == STATUS_OK)
            results[i].status = append_head(&append, i, plus, buffer_str(&folder));
        append.head_ends[i] = append.heads.length;
        append.ends[i] = UINT64_MAX;
    }
    if (status == STATUS_OK) {
        status = plus ? append_pipelined(&append, error) : append_singly(&append, error);
        if (status == STATUS_OK)
            imap_reader_settle(&connection->reader);
        else
            imap_connection_break(connection, status);
    }
    buffer_release(&append.heads);
    buffer_release(&folder);
    return status;
}
