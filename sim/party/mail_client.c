#include "mail_client.h"

#include <string.h>

#include "../../engine/base/check.h"

static enum status mail_client_write(const struct mail_client *client, struct stream *stream,
                                     struct str bytes) {
    instant until = kernel_now(process_kernel(client->process)) + client->patience;
    enum status status = STATUS_OK;
    while (bytes.length > 0 && status == STATUS_OK) {
        size_t written = 0;
        status = stream_write_some(stream, bytes, until, &written);
        bytes = str_bytes(bytes.data + written, bytes.length - written);
    }
    return status;
}

static enum status mail_client_talk(const struct mail_client *client, struct stream *stream,
                                    struct mail_dialogue *dialogue, struct error *error) {
    struct kernel *kernel = process_kernel(client->process);
    struct buffer out = {0};
    enum mail_step step = MAIL_STEP_READ;
    enum status status = STATUS_OK;
    while (step == MAIL_STEP_READ && status == STATUS_OK) {
        struct str bytes;
        status = stream_peek(stream, kernel_now(kernel) + client->patience, &bytes);
        if (status != STATUS_OK)
            break;
        if (bytes.length == 0) {
            status = STATUS_NETWORK;
            break;
        }
        step = mail_dialogue_feed(dialogue, bytes, &out);
        stream_consume(stream, bytes.length);
        if (step == MAIL_STEP_BROKEN)
            status = STATUS_PROTOCOL;
        else
            status = mail_client_write(client, stream, buffer_str(&out));
        buffer_clear(&out);
    }
    buffer_release(&out);
    char place[NETWORK_TEXT_MAX];
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, status, "%s did not answer a letter to the end: %s",
                           network_text(client->place, place), status_sentence(status));
}

enum status mail_client_send(const struct mail_client *client, const struct mail_letter *letter,
                             struct mail_reply *replies_r, struct error *error) {
    check(client->patience > 0);
    memset(replies_r, 0, letter->recipient_count * sizeof *replies_r);
    struct kernel *kernel = process_kernel(client->process);
    struct stream *stream;
    enum status status = network_connect(client->process, client->place,
                                         kernel_now(kernel) + client->patience, &stream, error);
    if (status != STATUS_OK)
        return status;
    struct mail_dialogue *dialogue = mail_dialogue_new(letter);
    status = mail_client_talk(client, stream, dialogue, error);
    stream_close(&stream);

    bool all_answered = true;
    for (size_t i = 0; i < letter->recipient_count; i++) {
        replies_r[i] = *mail_dialogue_reply(dialogue, i);
        all_answered = all_answered && replies_r[i].code != 0;
    }
    if (status != STATUS_OK && status != STATUS_KILLED) {
        if (all_answered) /* only the farewell was missed */
            status = STATUS_OK;
        else if (mail_dialogue_is_in_doubt(dialogue))
            status = STATUS_AMBIGUOUS;
    }
    mail_dialogue_close(&dialogue);
    return status;
}
