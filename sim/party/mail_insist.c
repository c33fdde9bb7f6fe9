/* See mail_insist.h. */
#include "mail_insist.h"

#include "../../engine/base/check.h"
#include "../kernel/task.h"

enum status mail_client_insist(const struct mail_client *client, const struct mail_letter *letter,
                               int64_t retry, struct mail_reply *reply_r) {
    check_compare(letter->recipient_count, ==, 1);
    for (;;) {
        struct error error;
        enum status status = mail_client_send(client, letter, reply_r, &error);
        bool final = reply_r->code / 100 == 2 || reply_r->code / 100 == 5;
        if (status == STATUS_KILLED || (status == STATUS_OK && final))
            return status;
        status = task_sleep(retry);
        if (status != STATUS_OK)
            return status;
    }
}
