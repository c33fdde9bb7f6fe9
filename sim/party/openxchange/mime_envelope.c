/*
 * ENVELOPE and BODYSTRUCTURE (RFC 3501, 7.4.2). Fields are told as they stand in the message,
 * unfolded and not decoded. Addresses are read leniently: whatever is no address becomes a name.
 */
#include <string.h>

#include "mime_structure.h"

#include "imap_parser.h"

enum { MIME_ADDRESSES_MAX = 10000, MIME_ADDRESS_PIECES_MAX = 512 };

/* ---- Addresses (RFC 5322, 3.4) ---- */

struct mime_words { /* reads an address list; words gather in `text` */
    struct str rest;
    struct buffer text;
};

static void mime_words_take(struct mime_words *words, size_t length) {
    words->rest = (struct str){words->rest.data + length, words->rest.length - length};
}

/* Skips a comment with those inside it, without depth: only how many are open matters. */
static void mime_words_comment(struct mime_words *words) {
    size_t open = 0, at = 0;
    do {
        char byte = words->rest.data[at++];
        open += byte == '(';
        open -= byte == ')';
        at += byte == '\\' && at < words->rest.length;
    } while (open > 0 && at < words->rest.length);
    mime_words_take(words, at);
}

static void mime_words_quoted(struct mime_words *words) {
    size_t at = 1;
    for (; at < words->rest.length && words->rest.data[at] != '"'; at++) {
        at += words->rest.data[at] == '\\' && at + 1 < words->rest.length;
        buffer_append_byte(&words->text, words->rest.data[at]);
    }
    mime_words_take(words, at < words->rest.length ? at + 1 : at);
}

/* Gathers words up to one of `stops`, which stays; one blank stands between them. */
static void mime_words_gather(struct mime_words *words, const char *stops) {
    buffer_clear(&words->text);
    bool blank = false;
    while (words->rest.length > 0 && strchr(stops, words->rest.data[0]) == NULL) {
        char byte = words->rest.data[0];
        if (byte == ' ' || byte == '\t') {
            blank = words->text.length > 0;
            mime_words_take(words, 1);
            continue;
        }
        if (byte == '(') {
            mime_words_comment(words);
            continue;
        }
        if (blank)
            buffer_append_byte(&words->text, ' ');
        blank = false;
        if (byte == '"') {
            mime_words_quoted(words);
        } else {
            buffer_append_byte(&words->text, byte);
            mime_words_take(words, 1);
        }
    }
}

static void mime_write_text(struct buffer *out, struct str text) {
    imap_append_nstring(out, text.length == 0 ? (struct str){NULL, 0} : text);
}

static void mime_write_address(struct buffer *out, struct str name, struct str address) {
    size_t at = address.length;
    while (at > 0 && address.data[at - 1] != '@')
        at--;
    struct str host = {address.data + at, at == 0 ? 0 : address.length - at};
    struct str local = {address.data, at == 0 ? address.length : at - 1};
    buffer_append_byte(out, '(');
    mime_write_text(out, name);
    buffer_append_text(out, " NIL ");
    mime_write_text(out, local);
    buffer_append_byte(out, ' ');
    imap_append_nstring(out, host); /* an address without a host is none, NIL begins a group */
    buffer_append_byte(out, ')');
}

/* One address, or the edge of a group. */
static void mime_write_next(struct buffer *out, struct mime_words *words) {
    mime_words_gather(words, ",;:<");
    char stop = words->rest.length > 0 ? words->rest.data[0] : ',';
    if (words->rest.length > 0)
        mime_words_take(words, 1);
    if (stop == ':') {
        buffer_append_text(out, "(NIL NIL ");
        mime_write_text(out, buffer_str(&words->text));
        buffer_append_text(out, " NIL)");
        return;
    }
    if (stop == '<') {
        struct buffer name = words->text;
        words->text = (struct buffer){0};
        mime_words_gather(words, ">");
        mime_write_address(out, buffer_str(&name), buffer_str(&words->text));
        buffer_release(&name);
        mime_words_gather(words, ",;");
        if (words->rest.length > 0 && words->rest.data[0] == ',')
            mime_words_take(words, 1);
        return;
    }
    if (words->text.length > 0)
        mime_write_address(out, STR(""), buffer_str(&words->text));
    if (stop == ';')
        buffer_append_text(out, "(NIL NIL NIL NIL)");
}

static void mime_write_addresses(struct buffer *out, struct arena *arena, struct str value) {
    if (value.data == NULL) {
        buffer_append_text(out, "NIL");
        return;
    }
    struct mime_words words = {.rest = mime_unfold(arena, value)};
    size_t begin = out->length;
    buffer_append_byte(out, '(');
    for (int i = 0; i < MIME_ADDRESSES_MAX && words.rest.length > 0; i++)
        mime_write_next(out, &words);
    buffer_append_byte(out, ')');
    if (out->length == begin + 2) {
        buffer_truncate(out, begin);
        buffer_append_text(out, "NIL");
    }
    buffer_release(&words.text);
}

void mime_write_envelope(struct buffer *out, struct arena *arena, struct str header) {
    struct str from = mime_field(header, "From");
    struct str sender = mime_field(header, "Sender");
    struct str reply_to = mime_field(header, "Reply-To");
    buffer_append_byte(out, '(');
    imap_append_nstring(out, mime_unfold(arena, mime_field(header, "Date")));
    buffer_append_byte(out, ' ');
    imap_append_nstring(out, mime_unfold(arena, mime_field(header, "Subject")));
    const struct str lists[] = {from,
                                sender.length == 0 ? from : sender,
                                reply_to.length == 0 ? from : reply_to,
                                mime_field(header, "To"),
                                mime_field(header, "Cc"),
                                mime_field(header, "Bcc")};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        buffer_append_byte(out, ' ');
        mime_write_addresses(out, arena, lists[i]);
    }
    buffer_append_byte(out, ' ');
    imap_append_nstring(out, mime_unfold(arena, mime_field(header, "In-Reply-To")));
    buffer_append_byte(out, ' ');
    imap_append_nstring(out, mime_unfold(arena, mime_field(header, "Message-ID")));
    buffer_append_byte(out, ')');
}

/* ---- BODY and BODYSTRUCTURE ---- */

static void mime_write_parameters(struct buffer *out, const struct mime_parameter *parameters,
                                  size_t count) {
    if (count == 0) {
        buffer_append_text(out, "NIL");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(out, i == 0 ? '(' : ' ');
        imap_append_nstring(out, parameters[i].name);
        buffer_append_byte(out, ' ');
        imap_append_nstring(out, parameters[i].value);
    }
    buffer_append_byte(out, ')');
}

/* " disposition language location". */
static void mime_write_extension(struct buffer *out, struct arena *arena,
                                 const struct mime_part *part) {
    struct str disposition = mime_field(part->header, "Content-Disposition");
    buffer_append_byte(out, ' ');
    if (disposition.length == 0) {
        buffer_append_text(out, "NIL");
    } else {
        struct str type, none;
        struct mime_parameter *parameters =
            arena_take(arena, MIME_PARAMETERS_MAX, sizeof *parameters);
        size_t count =
            mime_parameters(arena, disposition, &type, &none, parameters, MIME_PARAMETERS_MAX);
        buffer_append_byte(out, '(');
        imap_append_nstring(out, type);
        buffer_append_byte(out, ' ');
        mime_write_parameters(out, parameters, count);
        buffer_append_byte(out, ')');
    }
    buffer_append_byte(out, ' ');
    mime_write_text(out, mime_unfold(arena, mime_field(part->header, "Content-Language")));
    buffer_append_byte(out, ' ');
    mime_write_text(out, mime_unfold(arena, mime_field(part->header, "Content-Location")));
}

static uint64_t mime_lines(struct str text) {
    uint64_t lines = 0;
    for (const char *at = text.data; at < text.data + text.length; lines++) {
        const char *end = memchr(at, '\n', (size_t)(text.data + text.length - at));
        if (end == NULL)
            break;
        at = end + 1;
    }
    return lines;
}

static void mime_write_single(struct buffer *out, struct arena *arena, const struct mime_part *part,
                              bool extended) {
    struct str encoding = mime_field(part->header, "Content-Transfer-Encoding");
    imap_append_nstring(out, part->type);
    buffer_append_byte(out, ' ');
    imap_append_nstring(out, part->subtype);
    buffer_append_byte(out, ' ');
    mime_write_parameters(out, part->parameters, part->parameter_count);
    buffer_append_byte(out, ' ');
    mime_write_text(out, mime_unfold(arena, mime_field(part->header, "Content-ID")));
    buffer_append_byte(out, ' ');
    mime_write_text(out, mime_unfold(arena, mime_field(part->header, "Content-Description")));
    buffer_append_byte(out, ' ');
    imap_append_nstring(out, encoding.length == 0 ? STR("7bit") : mime_unfold(arena, encoding));
    buffer_append_byte(out, ' ');
    buffer_append_u64(out, part->body.length);
    if (part->is_message) {
        buffer_append_byte(out, ' ');
        mime_write_envelope(out, arena, part->first_child->header);
        buffer_append_byte(out, ' ');
        mime_write_structure(out, arena, part->first_child, extended);
    }
    if (part->is_message || str_equal_caseless(part->type, STR("text"))) {
        buffer_append_byte(out, ' ');
        buffer_append_u64(out, mime_lines(part->body));
    }
    if (!extended)
        return;
    buffer_append_byte(out, ' ');
    mime_write_text(out, mime_unfold(arena, mime_field(part->header, "Content-MD5")));
}

void mime_write_structure(struct buffer *out, struct arena *arena, const struct mime_part *part,
                          bool extended) {
    buffer_append_byte(out, '(');
    if (part->is_multipart) {
        for (const struct mime_part *child = part->first_child; child != NULL; child = child->next)
            mime_write_structure(out, arena, child, extended);
        buffer_append_byte(out, ' ');
        imap_append_nstring(out, part->subtype);
        if (extended) {
            buffer_append_byte(out, ' ');
            mime_write_parameters(out, part->parameters, part->parameter_count);
        }
    } else {
        mime_write_single(out, arena, part, extended);
    }
    if (extended)
        mime_write_extension(out, arena, part);
    buffer_append_byte(out, ')');
}
