/*
 * Any bytes into SMTP and LMTP sessions, and into the client's half. The first byte chooses which,
 * and how large the pieces are. Besides not crashing: fed at once or in pieces, a session answers
 * the same, and hands on the same messages.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined sim/party/fuzz/smtp_fuzz.c
 *     sim/party/smtp*.c sim/party/mail_dialogue.c engine/base/... -lxxhash -lnettle
 */
#include <stddef.h>
#include <stdint.h>

#include "../../../engine/base/check.h"
#include "../../../engine/base/fuzz/exact.h"
#include "../mail_dialogue.h"
#include "../smtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_recipient(void *of, struct str address, struct smtp_answer *answer_r) {
    (void)of;
    check(address.length > 0 && address.length < SMTP_ADDRESS_MAX);
    if (address.data[0] == 'n')
        smtp_answer_set(answer_r, 550, "5.1.1 <%.*s>", STR_ARG(address));
    else
        smtp_answer_set(answer_r, 250, "2.1.5 Ok");
}

static void fuzz_message(void *of, const struct smtp_message *message,
                         struct smtp_answer *answers_r) {
    struct buffer *seen = of;
    check(message->recipient_count > 0 && message->hello.length > 0);
    check(message->bytes.length <= 1000);
    buffer_append_str(seen, message->sender);
    for (size_t i = 0; i < message->recipient_count; i++) {
        buffer_append_byte(seen, '|');
        buffer_append_str(seen, message->recipients[i]);
    }
    buffer_append_byte(seen, '\n');
    buffer_append_str(seen, message->bytes);
    smtp_answer_set(&answers_r[0], 250, "2.0.0 Ok");
}

/* Feeds a session in pieces; what it answers and hands on goes into `out` and `seen`. */
static void fuzz_session(enum smtp_mode mode, struct str bytes, size_t piece, struct buffer *out,
                         struct buffer *seen) {
    struct session *session = smtp_session_new(&(struct smtp_options){
        .mode = mode,
        .host = "mx",
        .receiver = {seen, fuzz_recipient, fuzz_message},
        .message_bytes_max = 1000,
    });
    enum session_next next = session->type->poll(session, out);
    while (bytes.length > 0 && next == SESSION_READ) {
        size_t length = bytes.length < piece ? bytes.length : piece;
        const char *copy = exact_copy(EXACT_PIECE, bytes.data, length);
        next = session->type->feed(session, copy, length, out);
        bytes = str_bytes(bytes.data + length, bytes.length - length);
    }
    session->type->close(session);
}

static void fuzz_server(enum smtp_mode mode, struct str bytes, size_t piece) {
    struct buffer out[2] = {{0}, {0}}, seen[2] = {{0}, {0}};
    fuzz_session(mode, bytes, bytes.length + 1, &out[0], &seen[0]);
    fuzz_session(mode, bytes, piece, &out[1], &seen[1]);
    check(str_equal(buffer_str(&out[0]), buffer_str(&out[1])));
    check(str_equal(buffer_str(&seen[0]), buffer_str(&seen[1])));
    for (int i = 0; i < 2; i++) {
        buffer_release(&out[i]);
        buffer_release(&seen[i]);
    }
}

static void fuzz_client(enum mail_protocol protocol, struct str bytes, size_t piece) {
    static const char *const recipients[] = {"a@x", "b@x"};
    struct mail_dialogue *dialogue = mail_dialogue_new(
        &(struct mail_letter){protocol, "c", "s@x", recipients, 2, STR(".hi\r\n")});
    struct buffer out = {0};
    enum mail_step step = MAIL_STEP_READ;
    while (bytes.length > 0 && step == MAIL_STEP_READ) {
        size_t length = bytes.length < piece ? bytes.length : piece;
        const char *copy = exact_copy(EXACT_PIECE, bytes.data, length);
        step = mail_dialogue_feed(dialogue, str_bytes(copy, length), &out);
        bytes = str_bytes(bytes.data + length, bytes.length - length);
    }
    for (size_t i = 0; i < 2; i++)
        check(mail_dialogue_reply(dialogue, i)->code < 600);
    check(out.length < 1024);
    mail_dialogue_close(&dialogue);
    buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct str bytes = str_bytes(data + 1, size - 1);
    size_t piece = 1 + data[0] / 4u;
    switch (data[0] % 4) {
    case 0:
        fuzz_server(SMTP_MODE_SMTP, bytes, piece);
        break;
    case 1:
        fuzz_server(SMTP_MODE_LMTP, bytes, piece);
        break;
    case 2:
        fuzz_client(MAIL_PROTOCOL_SMTP, bytes, piece);
        break;
    default:
        fuzz_client(MAIL_PROTOCOL_LMTP, bytes, piece);
        break;
    }
    return 0;
}
