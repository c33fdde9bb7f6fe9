/* See imap_script.h. */
#include "imap_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct target *target;
struct target_session *imap_session;
static struct scripted *server;
struct error imap_error;

void imap_begin(const struct scripted_step *steps, size_t piece, bool one_by_one) {
    imap_error = (struct error){0};
    server = scripted_start(steps, piece);
    struct imap_target_options options = {.host = "127.0.0.1",
                                          .port = scripted_port(server),
                                          .master = "umzug",
                                          .password = "he\"ring",
                                          .one_by_one = one_by_one,
                                          .timeout = 300 * MILLISECOND};
    assert_int_equal(imap_target_open(&options, &target, &imap_error), STATUS_OK);
}

void imap_begin_open(const struct scripted_step *steps, size_t piece, bool one_by_one) {
    imap_begin(steps, piece, one_by_one);
    enum status status = target->type->open(target, "anna", &imap_session, &imap_error);
    if (status != STATUS_OK)
        print_message("%s\n", imap_error.text);
    assert_int_equal(status, STATUS_OK);
}

void imap_finish(struct buffer *heard) {
    target->type->close(&imap_session);
    target->type->free(&target);
    assert_true(scripted_end(&server, heard));
}
