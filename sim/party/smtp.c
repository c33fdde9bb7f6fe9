/*
 * The session is a loop over the bytes it is fed: in command state it gathers a line and answers
 * it, in data state smtp_data.c gathers the message. Nothing is looked at twice and no state hangs
 * on where a piece of input ends, so a dialogue fed at once and one fed byte by byte are the same.
 */
#include "smtp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/arena.h"
#include "../../engine/base/check.h"
#include "smtp_data.h"
#include "smtp_path.h"

struct smtp_session {
    struct session session;
    struct smtp_options options;
    struct buffer line;    /* owns: the command being gathered */
    bool line_is_too_long; /* the rest of it is dropped */
    bool greeted, in_data, ended;
    unsigned mistakes;

    struct buffer hello; /* owns; empty before EHLO, HELO or LHLO */
    struct arena *arena; /* owns: addresses of the envelope */
    bool has_sender;
    struct str sender;
    struct str *recipients; /* owns */
    size_t recipient_count, recipient_capacity;
    struct smtp_data data;
};

void smtp_answer_set(struct smtp_answer *answer, unsigned code, const char *format, ...) {
    check(code >= 200 && code <= 599);
    answer->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(answer->text, sizeof answer->text, format, arguments);
    va_end(arguments);
    for (char *at = answer->text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
}

static void smtp_say(struct buffer *out, unsigned code, const char *text) {
    buffer_append_u64(out, code);
    buffer_append_byte(out, ' ');
    buffer_append_text(out, text);
    buffer_append_text(out, "\r\n");
}

/* Answers what the client should not have said. */
static void smtp_complain(struct smtp_session *smtp, struct buffer *out, unsigned code,
                          const char *text) {
    smtp->mistakes++;
    smtp_say(out, code, text);
}

static void smtp_reset(struct smtp_session *smtp) {
    arena_reset(smtp->arena);
    smtp->has_sender = false;
    smtp->sender = STR("");
    smtp->recipient_count = 0;
    smtp_data_clear(&smtp->data);
}

static void smtp_greet(struct smtp_session *smtp, struct buffer *out) {
    smtp->greeted = true;
    bool local = smtp->options.mode == SMTP_MODE_LMTP;
    buffer_printf(out, "220 %s %s\r\n", smtp->options.host, local ? "Dovecot ready." : "ESMTP");
}

/* ---- Commands: each takes what stands behind its verb ---- */

static void smtp_hello(struct smtp_session *smtp, struct str name, struct buffer *out) {
    if (name.length == 0) {
        smtp_complain(smtp, out, 501, "5.5.4 A host name is missing");
        return;
    }
    smtp_reset(smtp);
    buffer_clear(&smtp->hello);
    buffer_append_str(&smtp->hello, name);
    for (size_t i = 0; i < smtp->hello.length; i++)
        if ((unsigned char)smtp->hello.data[i] <= ' ' || (unsigned char)smtp->hello.data[i] >= 0x7f)
            smtp->hello.data[i] = '?';
}

static void smtp_helo(struct smtp_session *smtp, struct str name, struct buffer *out) {
    smtp_hello(smtp, name, out);
    if (name.length > 0)
        smtp_say(out, 250, smtp->options.host);
}

static void smtp_ehlo(struct smtp_session *smtp, struct str name, struct buffer *out) {
    smtp_hello(smtp, name, out);
    if (name.length == 0)
        return;
    buffer_printf(out, "250-%s\r\n250-PIPELINING\r\n", smtp->options.host);
    if (smtp->options.mode == SMTP_MODE_SMTP) /* Dovecot's LMTP knows no limit and offers none */
        buffer_printf(out, "250-SIZE %zu\r\n", smtp->options.message_bytes_max);
    buffer_append_text(out, "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n");
}

static void smtp_mail(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    struct smtp_path path;
    if (smtp->hello.length == 0) {
        smtp_complain(smtp, out, 503, "5.5.1 Say hello first");
    } else if (smtp->has_sender) {
        smtp_complain(smtp, out, 503, "5.5.1 Nested MAIL command");
    } else if (!str_starts_with_caseless(arguments, "FROM:") ||
               !smtp_path_read(str_bytes(arguments.data + 5, arguments.length - 5), true, &path)) {
        smtp_complain(smtp, out, 501, "5.1.7 Bad sender address syntax");
    } else if (!smtp_path_knows_mail_parameters(&path)) {
        smtp_complain(smtp, out, 555, "5.5.4 Unsupported option");
    } else if (path.size > smtp->options.message_bytes_max) {
        smtp_say(out, 552, "5.3.4 Message size exceeds fixed limit");
    } else {
        smtp->has_sender = true;
        smtp->sender = arena_str(smtp->arena, path.address);
        smtp_say(out, 250, "2.1.0 Ok");
    }
}

static void smtp_recipient(struct smtp_session *smtp, struct str address, struct buffer *out) {
    struct smtp_answer answer;
    smtp_answer_set(&answer, 451, "4.3.0 Internal error");
    smtp->options.receiver.recipient(smtp->options.receiver.of, address, &answer);
    smtp_say(out, answer.code, answer.text);
    if (answer.code >= 300)
        return;
    if (smtp->recipient_count == smtp->recipient_capacity) {
        smtp->recipient_capacity = smtp->recipient_capacity * 2 + 4;
        smtp->recipients =
            memory_grow(smtp->recipients, smtp->recipient_capacity, sizeof *smtp->recipients);
    }
    smtp->recipients[smtp->recipient_count++] = arena_str(smtp->arena, address);
}

static void smtp_rcpt(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    struct smtp_path path;
    if (!smtp->has_sender)
        smtp_complain(smtp, out, 503, "5.5.1 MAIL first");
    else if (!str_starts_with_caseless(arguments, "TO:") ||
             !smtp_path_read(str_bytes(arguments.data + 3, arguments.length - 3), false, &path))
        smtp_complain(smtp, out, 501, "5.1.3 Bad recipient address syntax");
    else if (path.parameters.length > 0)
        smtp_complain(smtp, out, 555, "5.5.4 Unsupported option");
    else if (smtp->recipient_count == SMTP_RECIPIENTS_MAX)
        smtp_say(out, 452, "4.5.3 Too many recipients");
    else
        smtp_recipient(smtp, path.address, out);
}

static void smtp_begin_data(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    if (arguments.length > 0) {
        smtp_complain(smtp, out, 501, "5.5.4 DATA takes no argument");
    } else if (!smtp->has_sender) {
        smtp_complain(smtp, out, 503, "5.5.1 MAIL first");
    } else if (smtp->recipient_count == 0) {
        smtp_complain(smtp, out, 503, "5.5.1 No valid recipients");
    } else {
        smtp_data_clear(&smtp->data);
        smtp->in_data = true;
        smtp_say(out, 354, "End data with <CR><LF>.<CR><LF>");
    }
}

static void smtp_rset(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    (void)arguments;
    smtp_reset(smtp);
    smtp_say(out, 250, "2.0.0 Ok");
}

static void smtp_noop(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    (void)smtp, (void)arguments;
    smtp_say(out, 250, "2.0.0 Ok");
}

/* Tells nobody who exists (RFC 5321 §7.3). */
static void smtp_vrfy(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    if (arguments.length == 0)
        smtp_complain(smtp, out, 501, "5.5.4 An address is missing");
    else
        smtp_say(out, 252, "2.5.0 Try it and see");
}

static void smtp_quit(struct smtp_session *smtp, struct str arguments, struct buffer *out) {
    (void)arguments;
    smtp_say(out, 221, "2.0.0 Bye");
    smtp->ended = true;
}

static const struct smtp_verb {
    const char *name;
    bool in_smtp, in_lmtp;
    void (*act)(struct smtp_session *smtp, struct str arguments, struct buffer *out);
} smtp_verbs[] = {
    {"EHLO", true, false, smtp_ehlo}, {"HELO", true, false, smtp_helo},
    {"LHLO", false, true, smtp_ehlo}, {"MAIL", true, true, smtp_mail},
    {"RCPT", true, true, smtp_rcpt},  {"DATA", true, true, smtp_begin_data},
    {"RSET", true, true, smtp_rset},  {"NOOP", true, true, smtp_noop},
    {"VRFY", true, true, smtp_vrfy},  {"QUIT", true, true, smtp_quit},
};

static void smtp_command(struct smtp_session *smtp, struct str line, struct buffer *out) {
    struct str arguments = line;
    struct str name = str_cut(&arguments, ' ');
    bool local = smtp->options.mode == SMTP_MODE_LMTP;
    smtp->session.work += smtp->options.command_work;
    for (size_t i = 0; i < sizeof smtp_verbs / sizeof smtp_verbs[0]; i++) {
        const struct smtp_verb *verb = &smtp_verbs[i];
        if ((local ? verb->in_lmtp : verb->in_smtp) &&
            str_equal_caseless(name, str_of(verb->name))) {
            verb->act(smtp, str_trim(arguments), out);
            return;
        }
    }
    smtp_complain(smtp, out, 500, "5.5.2 Unknown command");
}

/* ---- The message ---- */

static void smtp_take(struct smtp_session *smtp, struct buffer *out) {
    bool local = smtp->options.mode == SMTP_MODE_LMTP;
    size_t count = local ? smtp->recipient_count : 1;
    struct smtp_answer *answers = memory_new(count, sizeof *answers);
    for (size_t i = 0; i < count; i++)
        smtp_answer_set(&answers[i], 451, "4.3.0 Internal error");
    if (smtp->data.is_too_big) {
        for (size_t i = 0; i < count; i++)
            smtp_answer_set(&answers[i], 552, "5.3.4 Message size exceeds fixed limit");
    } else {
        struct smtp_message message = {
            .sender = smtp->sender,
            .recipients = smtp->recipients,
            .recipient_count = smtp->recipient_count,
            .bytes = buffer_str(&smtp->data.message),
            .hello = buffer_str(&smtp->hello),
            .process = smtp->session.process,
        };
        smtp->options.receiver.message(smtp->options.receiver.of, &message, answers);
        smtp->session.work += smtp->options.message_work;
    }
    for (size_t i = 0; i < count; i++)
        smtp_say(out, answers[i].code, answers[i].text);
    free(answers);
    smtp->in_data = false;
    smtp_reset(smtp);
}

/* ---- Bytes ---- */

/* Takes bytes up to the end of a line, or all; returns how many. */
static size_t smtp_gather(struct smtp_session *smtp, struct str bytes, struct buffer *out) {
    const char *end = memchr(bytes.data, '\n', bytes.length);
    size_t taken = end != NULL ? (size_t)(end - bytes.data) + 1 : bytes.length;
    if (smtp->line.length + taken > SMTP_LINE_MAX) {
        smtp->line_is_too_long = true;
        buffer_clear(&smtp->line);
    }
    if (!smtp->line_is_too_long)
        buffer_append(&smtp->line, bytes.data, taken);
    if (end == NULL)
        return taken;
    if (smtp->line_is_too_long)
        smtp_complain(smtp, out, 500, "5.5.2 Line too long");
    else
        smtp_command(smtp, str_trim(buffer_str(&smtp->line)), out);
    smtp->line_is_too_long = false;
    buffer_clear(&smtp->line);
    return taken;
}

static enum session_next smtp_feed(struct session *session, const void *bytes, size_t length,
                                   struct buffer *out) {
    struct smtp_session *smtp = (struct smtp_session *)session;
    struct str rest = str_bytes(bytes, length);
    if (!smtp->greeted)
        smtp_greet(smtp, out);
    while (rest.length > 0 && !smtp->ended) {
        size_t taken;
        if (smtp->in_data) {
            bool whole;
            taken = smtp_data_take(&smtp->data, rest, smtp->options.message_bytes_max, &whole);
            if (whole)
                smtp_take(smtp, out);
        } else {
            taken = smtp_gather(smtp, rest, out);
        }
        check(taken > 0 && taken <= rest.length);
        rest = str_bytes(rest.data + taken, rest.length - taken);
        if (smtp->mistakes >= SMTP_MISTAKES_MAX && !smtp->ended) {
            smtp_say(out, 421, "4.7.0 Too many errors");
            smtp->ended = true;
        }
    }
    return smtp->ended ? SESSION_CLOSE : SESSION_READ;
}

static enum session_next smtp_poll(struct session *session, struct buffer *out) {
    return smtp_feed(session, "", 0, out);
}

static void smtp_close(struct session *session) {
    struct smtp_session *smtp = (struct smtp_session *)session;
    buffer_release(&smtp->line);
    buffer_release(&smtp->hello);
    smtp_data_release(&smtp->data);
    arena_close(&smtp->arena);
    free(smtp->recipients);
    free(smtp);
}

static const struct session_type smtp_type = {"smtp", smtp_feed, smtp_poll, smtp_close};
static const struct session_type lmtp_type = {"lmtp", smtp_feed, smtp_poll, smtp_close};

struct session *smtp_session_new(const struct smtp_options *options) {
    check(options->host != NULL && options->receiver.recipient != NULL);
    check(options->receiver.message != NULL);
    struct smtp_session *smtp = memory_new(1, sizeof *smtp);
    smtp->session.type = options->mode == SMTP_MODE_LMTP ? &lmtp_type : &smtp_type;
    smtp->options = *options;
    smtp->session.process = options->process;
    if (smtp->options.message_bytes_max == 0)
        smtp->options.message_bytes_max = SMTP_MESSAGE_BYTES_MAX;
    smtp->arena = arena_new();
    smtp_reset(smtp);
    return &smtp->session;
}
