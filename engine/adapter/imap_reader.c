/* See imap_reader.h. */
#include "imap_reader.h"

#include <string.h>

#include "../base/check.h"
#include "imap_stream.h"

enum { IMAP_SHOWN_MAX = 60 }; /* bytes of a line that a complaint repeats */

void imap_reader_begin(struct imap_reader *reader, mailstream *stream) {
    *reader = (struct imap_reader){.stream = stream, .line = STR("")};
}

void imap_reader_release(struct imap_reader *reader) {
    buffer_release(&reader->held);
    *reader = (struct imap_reader){.line = STR("")};
}

void imap_reader_settle(struct imap_reader *reader) {
    mailstream *stream = reader->stream;
    check_compare(reader->used, <=, stream->read_buffer_len);
    stream->read_buffer_len -= reader->used;
    if (stream->read_buffer_len > 0)
        memmove(stream->read_buffer, stream->read_buffer + reader->used, stream->read_buffer_len);
    reader->used = 0;
    reader->line = STR("");
    reader->unread = false;
}

static enum status reader_broken(struct imap_reader *reader, const char *what,
                                 struct error *error) {
    struct str found = reader->line;
    if (found.length > IMAP_SHOWN_MAX)
        found.length = IMAP_SHOWN_MAX;
    return error_set(error, STATUS_PROTOCOL, "%s, found \"%.*s\"", what, STR_ARG(found));
}

/* Bytes that lie in the buffer, at least one; empty when the stream failed. */
static struct str reader_available(struct imap_reader *reader) {
    mailstream *stream = reader->stream;
    if (reader->used == stream->read_buffer_len) {
        reader->used = 0;
        stream->read_buffer_len = 0;
        if (mailstream_feed_read_buffer(stream) <= 0)
            return STR("");
    }
    return str_bytes(stream->read_buffer + reader->used, stream->read_buffer_len - reader->used);
}

static enum status reader_failure(struct imap_reader *reader, struct error *error) {
    enum status status = imap_stream_failure(reader->stream);
    if (status == STATUS_OK)
        status = STATUS_NETWORK;
    return error_set(error, status, "waiting for the mail server: %s", status_sentence(status));
}

/* Makes the next line the current one, without its CRLF. */
static enum status reader_line(struct imap_reader *reader, struct error *error) {
    buffer_clear(&reader->held);
    reader->line = STR("");
    for (;;) {
        struct str bytes = reader_available(reader);
        if (bytes.length == 0)
            return reader_failure(reader, error);
        const char *end = memchr(bytes.data, '\n', bytes.length);
        size_t length = end == NULL ? bytes.length : (size_t)(end - bytes.data) + 1;
        reader->used += length;
        if (reader->held.length + length > IMAP_LINE_MAX)
            return error_set(error, STATUS_PROTOCOL, "the mail server sent a line of over %d bytes",
                             IMAP_LINE_MAX);
        struct str line = str_bytes(bytes.data, length);
        if (end == NULL || reader->held.length > 0) {
            buffer_append_str(&reader->held, line);
            line = buffer_str(&reader->held);
        }
        if (end == NULL)
            continue;
        if (line.length < 2 || line.data[line.length - 2] != '\r')
            return error_set(error, STATUS_PROTOCOL, "the mail server sent a line without CR");
        reader->line = str_bytes(line.data, line.length - 2);
        return STATUS_OK;
    }
}

/* Whether the current line ends in a literal's announcement, "{12}", and its size. */
static bool reader_announces(const struct imap_reader *reader, uint64_t *size_r) {
    struct str line = reader->line;
    if (line.length < 3 || line.data[line.length - 1] != '}')
        return false;
    size_t digits = 0;
    while (digits + 1 < line.length && line.data[line.length - 2 - digits] >= '0' &&
           line.data[line.length - 2 - digits] <= '9')
        digits++;
    if (digits + 2 > line.length || line.data[line.length - 2 - digits] != '{')
        return false;
    return str_to_u64(str_bytes(line.data + line.length - 1 - digits, digits), size_r);
}

/* Whether nothing but a literal's announcement is left: "{12}", or "~{12}" (RFC 3516). */
static bool reader_at_literal(const struct imap_reader *reader, uint64_t *size_r) {
    struct str line = reader->line;
    size_t start = str_starts_with(line, "~") ? 1 : 0;
    if (line.length < start + 3 || line.data[start] != '{')
        return false;
    for (size_t i = start + 1; i + 1 < line.length; i++)
        if (line.data[i] < '0' || line.data[i] > '9')
            return false;
    return reader_announces(reader, size_r);
}

/* Passes a literal's bytes on, then makes the line behind it the current one. */
static enum status reader_literal(struct imap_reader *reader, uint64_t size,
                                  void (*see)(void *of, const void *bytes, size_t length), void *of,
                                  struct error *error) {
    if (size > IMAP_LITERAL_MAX)
        return error_set(error, STATUS_PROTOCOL,
                         "the mail server announced a literal of %llu "
                         "bytes",
                         (unsigned long long)size);
    while (size > 0) {
        struct str bytes = reader_available(reader);
        if (bytes.length == 0)
            return reader_failure(reader, error);
        size_t length = bytes.length < size ? bytes.length : (size_t)size;
        if (see != NULL)
            see(of, bytes.data, length);
        reader->used += length;
        size -= length;
    }
    return reader_line(reader, error);
}

/* Skips the rest of the response before. */
static enum status reader_finish(struct imap_reader *reader, struct error *error) {
    uint64_t size;
    while (reader->unread && reader_announces(reader, &size)) {
        enum status status = reader_literal(reader, size, NULL, NULL, error);
        if (status != STATUS_OK)
            return status;
    }
    reader->unread = false;
    return STATUS_OK;
}

static void copy_cut(char *target, size_t capacity, struct str text) {
    size_t length = text.length < capacity ? text.length : capacity - 1;
    memcpy(target, text.data, length);
    target[length] = '\0';
}

static enum imap_state state_of(struct str word) {
    static const struct {
        const char *word;
        enum imap_state state;
    } states[] = {{"OK", IMAP_OK},
                  {"NO", IMAP_NO},
                  {"BAD", IMAP_BAD},
                  {"BYE", IMAP_BYE},
                  {"PREAUTH", IMAP_PREAUTH}};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (str_equal_caseless(word, str_of(states[i].word)))
            return states[i].state;
    return IMAP_DATA;
}

/* "[CODE …] text" behind a state. */
static void reader_state_text(struct imap_reader *reader, struct imap_response *response) {
    struct str text = reader->line;
    if (text.length > 0 && text.data[0] == '[') {
        struct str rest = str_bytes(text.data + 1, text.length - 1);
        const char *end = rest.length == 0 ? NULL : memchr(rest.data, ']', rest.length);
        if (end != NULL) {
            struct str code = str_cut(&rest, ']');
            copy_cut(response->code, sizeof response->code, code);
            text = str_trim(rest);
        }
    }
    copy_cut(response->text, sizeof response->text, text);
    reader->line = STR("");
}

static enum status reader_untagged(struct imap_reader *reader, struct imap_response *response,
                                   struct error *error) {
    struct str word;
    uint64_t number;
    if (imap_take_number(reader, &number)) {
        if (number > UINT32_MAX || !imap_take_byte(reader, ' '))
            return reader_broken(reader, "expected a response after its number", error);
        response->number = (uint32_t)number;
    }
    if (!imap_take_word(reader, &word))
        return reader_broken(reader, "expected an untagged response", error);
    (void)imap_take_byte(reader, ' ');
    response->state = response->number > 0 ? IMAP_DATA : state_of(word);
    if (response->state == IMAP_DATA) {
        copy_cut(response->code, sizeof response->code, word);
        reader->unread = true;
    } else {
        reader_state_text(reader, response);
    }
    return STATUS_OK;
}

enum status imap_reader_next(struct imap_reader *reader, struct imap_response *response_r,
                             struct error *error) {
    enum status status = reader_finish(reader, error);
    if (status == STATUS_OK)
        status = reader_line(reader, error);
    if (status != STATUS_OK)
        return status;
    *response_r = (struct imap_response){.state = IMAP_DATA};
    if (imap_take_byte(reader, '*')) {
        response_r->kind = IMAP_UNTAGGED;
        if (!imap_take_byte(reader, ' '))
            return reader_broken(reader, "expected a blank after *", error);
        return reader_untagged(reader, response_r, error);
    }
    if (imap_take_byte(reader, '+')) {
        response_r->kind = IMAP_CONTINUE;
        reader->line = STR("");
        return STATUS_OK;
    }
    response_r->kind = IMAP_TAGGED;
    uint64_t tag;
    struct str word;
    bool zero_first = reader->line.length > 0 && reader->line.data[0] == '0';
    if (zero_first || !imap_take_number(reader, &tag) || tag > UINT32_MAX ||
        !imap_take_byte(reader, ' ') || !imap_take_word(reader, &word))
        return reader_broken(reader, "expected an answer with a tag of ours", error);
    response_r->tag = (uint32_t)tag;
    response_r->state = state_of(word);
    (void)imap_take_byte(reader, ' ');
    if (response_r->state > IMAP_BAD)
        return reader_broken(reader, "expected OK, NO or BAD after the tag", error);
    reader_state_text(reader, response_r);
    return STATUS_OK;
}

bool imap_take_byte(struct imap_reader *reader, char byte) {
    if (reader->line.length == 0 || reader->line.data[0] != byte)
        return false;
    reader->line = str_bytes(reader->line.data + 1, reader->line.length - 1);
    return true;
}

bool imap_take_number(struct imap_reader *reader, uint64_t *number_r) {
    size_t digits = 0;
    while (digits < reader->line.length && reader->line.data[digits] >= '0' &&
           reader->line.data[digits] <= '9')
        digits++;
    if (!str_to_u64(str_bytes(reader->line.data, digits), number_r))
        return false;
    reader->line = str_bytes(reader->line.data + digits, reader->line.length - digits);
    return true;
}

static bool is_of_word(char byte) {
    return byte != ' ' && byte != '(' && byte != ')' && byte != '\0';
}

bool imap_take_word(struct imap_reader *reader, struct str *word_r) {
    size_t length = 0;
    while (length < reader->line.length && is_of_word(reader->line.data[length]))
        length++;
    *word_r = str_bytes(reader->line.data, length);
    reader->line = str_bytes(reader->line.data + length, reader->line.length - length);
    return length > 0;
}

bool imap_take_plain(struct imap_reader *reader, size_t limit, struct str *text_r) {
    struct str line = reader->line;
    if (line.length == 0 || line.data[0] != '"')
        return false;
    const char *end = memchr(line.data + 1, '"', line.length - 1);
    size_t length = end == NULL ? 0 : (size_t)(end - line.data) - 1;
    if (end == NULL || length > limit || memchr(line.data + 1, '\\', length) != NULL)
        return false;
    *text_r = str_bytes(line.data + 1, length);
    reader->line = str_bytes(end + 1, line.length - length - 2);
    return true;
}

bool imap_at_end(const struct imap_reader *reader) {
    return reader->line.length == 0;
}

struct holder {
    struct buffer *out; /* borrows; may be NULL */
    size_t limit;
    bool over;
};

static void holder_see(void *of, const void *bytes, size_t length) {
    struct holder *holder = of;
    if (length > holder->limit) {
        holder->over = true;
        return;
    }
    holder->limit -= length;
    if (holder->out != NULL)
        buffer_append(holder->out, bytes, length);
}

/* Behind the opening quote. */
static enum status take_quoted(struct imap_reader *reader, struct holder *holder,
                               struct error *error) {
    struct str line = reader->line;
    for (size_t i = 0; i < line.length; i++) {
        if (line.data[i] == '"') {
            reader->line = str_bytes(line.data + i + 1, line.length - i - 1);
            return STATUS_OK;
        }
        if (line.data[i] == '\\' && ++i == line.length)
            break;
        holder_see(holder, line.data + i, 1);
    }
    return reader_broken(reader, "expected the end of a quoted string", error);
}

static enum status take_string(struct imap_reader *reader, struct holder *holder, bool *present_r,
                               struct error *error) {
    uint64_t size;
    struct str word;
    *present_r = true;
    if (imap_take_byte(reader, '"'))
        return take_quoted(reader, holder, error);
    if (reader_at_literal(reader, &size))
        return reader_literal(reader, size, holder_see, holder, error);
    if (str_starts_with(reader->line, "{") || !imap_take_word(reader, &word))
        return reader_broken(reader, "expected a string", error);
    *present_r = !str_equal_caseless(word, STR("NIL"));
    if (*present_r)
        holder_see(holder, word.data, word.length);
    return STATUS_OK;
}

enum status imap_take_string(struct imap_reader *reader, struct buffer *out, size_t limit,
                             bool *present_r, struct error *error) {
    struct holder holder = {.out = out, .limit = limit};
    enum status status = take_string(reader, &holder, present_r, error);
    if (status == STATUS_OK && holder.over)
        return error_set(error, STATUS_LIMIT, "the mail server sent a string of over %zu bytes",
                         limit);
    return status;
}

enum status imap_take_body(struct imap_reader *reader,
                           void (*see)(void *of, const void *bytes, size_t length), void *of,
                           struct error *error) {
    uint64_t size;
    if (reader_at_literal(reader, &size))
        return reader_literal(reader, size, see, of, error);
    struct buffer held = {0};
    bool present;
    enum status status = imap_take_string(reader, &held, IMAP_LINE_MAX, &present, error);
    if (status == STATUS_OK && present)
        see(of, buffer_text(&held), held.length);
    buffer_release(&held);
    return status;
}

enum status imap_skip_value(struct imap_reader *reader, struct error *error) {
    unsigned depth = 0;
    do {
        (void)imap_take_byte(reader, ' ');
        if (imap_take_byte(reader, '(')) {
            if (++depth > IMAP_NESTING_MAX)
                return reader_broken(reader, "expected a list nested less deeply", error);
        } else if (depth > 0 && imap_take_byte(reader, ')')) {
            depth--;
        } else {
            bool present;
            struct holder nothing = {.limit = SIZE_MAX};
            enum status status = take_string(reader, &nothing, &present, error);
            if (status != STATUS_OK)
                return status;
        }
    } while (depth > 0);
    return STATUS_OK;
}

enum status imap_refusal(const struct imap_response *response) {
    static const struct {
        const char *code;
        enum status status;
    } codes[] = {
        {"OVERQUOTA", STATUS_QUOTA},
        {"TRYCREATE", STATUS_NOT_FOUND},
        {"NONEXISTENT", STATUS_NOT_FOUND},
        {"ALREADYEXISTS", STATUS_EXISTS},
        {"UNAVAILABLE", STATUS_BUSY},
        {"INUSE", STATUS_BUSY},
        {"SERVERBUG", STATUS_BUSY},
        {"TOOBIG", STATUS_UNMOVABLE},
        {"LIMIT", STATUS_UNMOVABLE},
        {"CANNOT", STATUS_UNMOVABLE},
        {"UNKNOWN-CTE", STATUS_UNMOVABLE},
        {"NOPERM", STATUS_DENIED},
        {"AUTHENTICATIONFAILED", STATUS_DENIED},
        {"AUTHORIZATIONFAILED", STATUS_DENIED},
        {"EXPIRED", STATUS_DENIED},
        {"PRIVACYREQUIRED", STATUS_DENIED},
        {"CONTACTADMIN", STATUS_DENIED},
    };
    if (response->state == IMAP_BAD)
        return STATUS_PROTOCOL;
    struct str rest = str_of(response->code);
    struct str code = str_cut(&rest, ' ');
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (str_equal_caseless(code, str_of(codes[i].code)))
            return codes[i].status;
    if (str_starts_with_caseless(str_of(response->text), "Quota exceeded"))
        return STATUS_QUOTA;
    return STATUS_UNMOVABLE;
}
