#include "mail_dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"

/* What the client waits for. */
enum mail_state {
    MAIL_STATE_GREETING,
    MAIL_STATE_HELLO, /* EHLO or LHLO */
    MAIL_STATE_HELO,  /* the second try with a server that knows no EHLO */
    MAIL_STATE_MAIL,
    MAIL_STATE_RCPT,
    MAIL_STATE_DATA,
    MAIL_STATE_FINAL, /* the message is out: one answer, or in LMTP one for each taken recipient */
    MAIL_STATE_QUIT,
};

struct mail_dialogue {
    struct mail_letter letter;
    struct mail_reply *replies; /* owns */
    bool *taken;                /* owns: which recipients the server took */
    enum mail_state state;
    size_t recipient; /* whose answer is awaited in RCPT and FINAL */
    struct buffer line;
    unsigned reply_lines;
};

static const char *const mail_hello[] = {"EHLO", "LHLO"}; /* by enum mail_protocol */

struct mail_dialogue *mail_dialogue_new(const struct mail_letter *letter) {
    check(letter->recipient_count > 0 && letter->hello != NULL && letter->sender != NULL);
    struct mail_dialogue *dialogue = memory_new(1, sizeof *dialogue);
    dialogue->letter = *letter;
    dialogue->replies = memory_new(letter->recipient_count, sizeof *dialogue->replies);
    dialogue->taken = memory_new(letter->recipient_count, sizeof *dialogue->taken);
    return dialogue;
}

void mail_dialogue_close(struct mail_dialogue **dialogue) {
    struct mail_dialogue *old = *dialogue;
    if (old == NULL)
        return;
    free(old->replies);
    free(old->taken);
    buffer_release(&old->line);
    free(old);
    *dialogue = NULL;
}

const struct mail_reply *mail_dialogue_reply(const struct mail_dialogue *dialogue,
                                             size_t recipient) {
    check_compare(recipient, <, dialogue->letter.recipient_count);
    return &dialogue->replies[recipient];
}

bool mail_dialogue_is_in_doubt(const struct mail_dialogue *dialogue) {
    return dialogue->state == MAIL_STATE_FINAL;
}

static void mail_note(struct mail_dialogue *dialogue, size_t recipient, unsigned code,
                      struct str text) {
    struct mail_reply *reply = &dialogue->replies[recipient];
    reply->code = code;
    size_t length = text.length < sizeof reply->text ? text.length : sizeof reply->text - 1;
    memcpy(reply->text, text.data, length);
    reply->text[length] = '\0';
}

/* The same answer for all recipients that the server took, or has not spoken of. */
static void mail_note_all(struct mail_dialogue *dialogue, unsigned code, struct str text) {
    for (size_t i = 0; i < dialogue->letter.recipient_count; i++)
        if (dialogue->taken[i] || dialogue->replies[i].code == 0)
            mail_note(dialogue, i, code, text);
}

static enum mail_step mail_quit(struct mail_dialogue *dialogue, struct buffer *out) {
    dialogue->state = MAIL_STATE_QUIT;
    buffer_append_text(out, "QUIT\r\n");
    return MAIL_STEP_READ;
}

/* Dots at the beginning of a line are doubled; the last line is ended if it was not, as there is no
 * way to send it otherwise (RFC 5321 §4.1.1.4). */
static void mail_send_bytes(struct str bytes, struct buffer *out) {
    size_t at = 0;
    buffer_reserve(out, bytes.length + 64);
    while (at < bytes.length) {
        if (bytes.data[at] == '.')
            buffer_append_byte(out, '.');
        size_t end = at;
        do { /* to behind the next CR LF; a bare LF begins no line */
            const char *lf = memchr(bytes.data + end, '\n', bytes.length - end);
            end = lf != NULL ? (size_t)(lf - bytes.data) + 1 : bytes.length;
        } while (end < bytes.length && !(end >= at + 2 && bytes.data[end - 2] == '\r'));
        buffer_append(out, bytes.data + at, end - at);
        at = end;
    }
    bool ended = bytes.length == 0 || (bytes.length >= 2 && bytes.data[bytes.length - 2] == '\r' &&
                                       bytes.data[bytes.length - 1] == '\n');
    buffer_append_text(out, ended ? ".\r\n" : "\r\n.\r\n");
}

/* Moves on to the next recipient from `from` that was taken; false when there is none. */
static bool mail_next_taken(struct mail_dialogue *dialogue, size_t from) {
    dialogue->recipient = from;
    while (dialogue->recipient < dialogue->letter.recipient_count &&
           !dialogue->taken[dialogue->recipient])
        dialogue->recipient++;
    return dialogue->recipient < dialogue->letter.recipient_count;
}

static void mail_send_rcpt(const struct mail_dialogue *dialogue, struct buffer *out) {
    buffer_printf(out, "RCPT TO:<%s>\r\n", dialogue->letter.recipients[dialogue->recipient]);
}

/* ---- One function a kind of answer ---- */

static enum mail_step mail_answer_hello(struct mail_dialogue *dialogue, unsigned code,
                                        struct str text, struct buffer *out) {
    const struct mail_letter *letter = &dialogue->letter;
    if (dialogue->state == MAIL_STATE_GREETING && code == 220) {
        dialogue->state = MAIL_STATE_HELLO;
        buffer_printf(out, "%s %s\r\n", mail_hello[letter->protocol], letter->hello);
    } else if (dialogue->state == MAIL_STATE_HELLO && code >= 500 &&
               letter->protocol == MAIL_PROTOCOL_SMTP) {
        dialogue->state = MAIL_STATE_HELO;
        buffer_printf(out, "HELO %s\r\n", letter->hello);
    } else if (dialogue->state != MAIL_STATE_GREETING && code == 250) {
        dialogue->state = MAIL_STATE_MAIL;
        buffer_printf(out, "MAIL FROM:<%s>\r\n", letter->sender);
    } else {
        mail_note_all(dialogue, code, text);
        return mail_quit(dialogue, out);
    }
    return MAIL_STEP_READ;
}

static enum mail_step mail_answer_rcpt(struct mail_dialogue *dialogue, unsigned code,
                                       struct str text, struct buffer *out) {
    mail_note(dialogue, dialogue->recipient, code, text);
    dialogue->taken[dialogue->recipient] = code / 100 == 2;
    if (++dialogue->recipient < dialogue->letter.recipient_count) {
        mail_send_rcpt(dialogue, out);
        return MAIL_STEP_READ;
    }
    if (!mail_next_taken(dialogue, 0))
        return mail_quit(dialogue, out);
    for (size_t i = 0; i < dialogue->letter.recipient_count; i++)
        if (dialogue->taken[i]) /* to be taken is no answer yet */
            dialogue->replies[i].code = 0;
    dialogue->state = MAIL_STATE_DATA;
    buffer_append_text(out, "DATA\r\n");
    return MAIL_STEP_READ;
}

static enum mail_step mail_answer_final(struct mail_dialogue *dialogue, unsigned code,
                                        struct str text, struct buffer *out) {
    if (dialogue->letter.protocol == MAIL_PROTOCOL_SMTP) {
        mail_note_all(dialogue, code, text);
        return mail_quit(dialogue, out);
    }
    mail_note(dialogue, dialogue->recipient, code, text);
    if (mail_next_taken(dialogue, dialogue->recipient + 1))
        return MAIL_STEP_READ;
    return mail_quit(dialogue, out);
}

static enum mail_step mail_answer(struct mail_dialogue *dialogue, unsigned code, struct str text,
                                  struct buffer *out) {
    switch (dialogue->state) {
    case MAIL_STATE_GREETING:
    case MAIL_STATE_HELLO:
    case MAIL_STATE_HELO:
        return mail_answer_hello(dialogue, code, text, out);
    case MAIL_STATE_MAIL:
        if (code / 100 == 2) {
            dialogue->state = MAIL_STATE_RCPT;
            mail_send_rcpt(dialogue, out);
            return MAIL_STEP_READ;
        }
        mail_note_all(dialogue, code, text);
        return mail_quit(dialogue, out);
    case MAIL_STATE_RCPT:
        return mail_answer_rcpt(dialogue, code, text, out);
    case MAIL_STATE_DATA:
        if (code == 354) {
            dialogue->state = MAIL_STATE_FINAL;
            mail_send_bytes(dialogue->letter.bytes, out);
            return MAIL_STEP_READ;
        }
        mail_note_all(dialogue, code, text);
        return mail_quit(dialogue, out);
    case MAIL_STATE_FINAL:
        return mail_answer_final(dialogue, code, text, out);
    case MAIL_STATE_QUIT:
        return MAIL_STEP_DONE;
    }
    check(false);
    return MAIL_STEP_BROKEN;
}

/* One line: three digits, then a blank or the end on the last line of a reply, "-" before it. */
static enum mail_step mail_line(struct mail_dialogue *dialogue, struct str line,
                                struct buffer *out) {
    uint64_t code;
    if (line.length < 3 || !str_to_u64(str_bytes(line.data, 3), &code) || code < 200 ||
        code > 599 || ++dialogue->reply_lines > MAIL_REPLY_LINES_MAX)
        return MAIL_STEP_BROKEN;
    struct str text = str_bytes(line.data + 3, line.length - 3);
    if (text.length > 0 && text.data[0] == '-')
        return MAIL_STEP_READ;
    if (text.length > 0 && text.data[0] != ' ')
        return MAIL_STEP_BROKEN;
    dialogue->reply_lines = 0;
    if (code == 421 && dialogue->state != MAIL_STATE_QUIT) { /* it hangs up now, for everybody */
        mail_note_all(dialogue, 421, str_trim(text));
        dialogue->state = MAIL_STATE_QUIT;
        return MAIL_STEP_DONE;
    }
    return mail_answer(dialogue, (unsigned)code, str_trim(text), out);
}

enum mail_step mail_dialogue_feed(struct mail_dialogue *dialogue, struct str bytes,
                                  struct buffer *out) {
    enum mail_step step = MAIL_STEP_READ;
    while (bytes.length > 0 && step == MAIL_STEP_READ) {
        const char *end = memchr(bytes.data, '\n', bytes.length);
        size_t taken = end != NULL ? (size_t)(end - bytes.data) + 1 : bytes.length;
        if (dialogue->line.length + taken > MAIL_LINE_MAX)
            return MAIL_STEP_BROKEN;
        buffer_append(&dialogue->line, bytes.data, taken);
        bytes = str_bytes(bytes.data + taken, bytes.length - taken);
        if (end == NULL)
            continue;
        step = mail_line(dialogue, str_trim(buffer_str(&dialogue->line)), out);
        buffer_clear(&dialogue->line);
    }
    return step;
}
