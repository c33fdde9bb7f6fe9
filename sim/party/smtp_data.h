/* A message on its way in behind DATA (RFC 5321 §4.5.2): unstuffs dots and finds the end. */
#ifndef SIM_PARTY_SMTP_DATA_H
#define SIM_PARTY_SMTP_DATA_H

#include <stdbool.h>

#include "../../engine/base/buffer.h"

enum smtp_data_place { /* what stood last */
                       SMTP_DATA_LINE_START,
                       SMTP_DATA_DOT,    /* a dot at the start of a line, not kept */
                       SMTP_DATA_DOT_CR, /* and a CR behind it, not kept yet */
                       SMTP_DATA_TEXT,
                       SMTP_DATA_TEXT_CR,
};

struct smtp_data {         /* zeroed is empty */
    struct buffer message; /* owns */
    enum smtp_data_place place;
    bool is_too_big; /* the message was dropped; its end is still looked for */
};

/* Takes bytes until the message is whole, or all of them; returns how many, at least one. */
size_t smtp_data_take(struct smtp_data *data, struct str bytes, size_t bytes_max, bool *whole_r);
void smtp_data_clear(struct smtp_data *data);
void smtp_data_release(struct smtp_data *data);

#endif
