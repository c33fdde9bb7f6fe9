#include "smtp_data.h"

#include <string.h>

enum { SMTP_DATA_KEPT_MAX = 1 << 20 }; /* memory a session keeps for its next message */

static void smtp_data_keep(struct smtp_data *data, const char *bytes, size_t length,
                           size_t bytes_max) {
    if (data->is_too_big)
        return;
    if (length > bytes_max - data->message.length) {
        data->is_too_big = true;
        buffer_release(&data->message);
        return;
    }
    buffer_append(&data->message, bytes, length);
}

/* One byte where its place decides. True when it ended the message. */
static bool smtp_data_step(struct smtp_data *data, const char *byte, size_t bytes_max) {
    switch (data->place) {
    case SMTP_DATA_LINE_START:
        if (*byte == '.') {
            data->place = SMTP_DATA_DOT;
            return false;
        }
        break;
    case SMTP_DATA_DOT:
        if (*byte == '\r') {
            data->place = SMTP_DATA_DOT_CR;
            return false;
        }
        break;
    case SMTP_DATA_DOT_CR:
        if (*byte == '\n')
            return true;
        smtp_data_keep(data, "\r", 1, bytes_max); /* it belonged to the text after all */
        data->place = SMTP_DATA_TEXT_CR;
        break;
    case SMTP_DATA_TEXT:
    case SMTP_DATA_TEXT_CR:
        break;
    }
    smtp_data_keep(data, byte, 1, bytes_max);
    if (*byte == '\r')
        data->place = SMTP_DATA_TEXT_CR;
    else if (*byte == '\n' && data->place == SMTP_DATA_TEXT_CR)
        data->place = SMTP_DATA_LINE_START;
    else
        data->place = SMTP_DATA_TEXT;
    return false;
}

size_t smtp_data_take(struct smtp_data *data, struct str bytes, size_t bytes_max, bool *whole_r) {
    size_t at = 0;
    *whole_r = false;
    while (at < bytes.length && !*whole_r) {
        if (data->place ==
            SMTP_DATA_TEXT) { /* nothing but a CR can matter here: go there at once */
            const char *stop = memchr(bytes.data + at, '\r', bytes.length - at);
            size_t run = stop != NULL ? (size_t)(stop - bytes.data) - at : bytes.length - at;
            smtp_data_keep(data, bytes.data + at, run, bytes_max);
            at += run;
            if (at == bytes.length)
                break;
        }
        *whole_r = smtp_data_step(data, bytes.data + at, bytes_max);
        at++;
    }
    return at;
}

void smtp_data_clear(struct smtp_data *data) {
    if (data->message.capacity > SMTP_DATA_KEPT_MAX)
        buffer_release(&data->message);
    else
        buffer_clear(&data->message);
    data->place = SMTP_DATA_LINE_START;
    data->is_too_big = false;
}

void smtp_data_release(struct smtp_data *data) {
    buffer_release(&data->message);
}
