/* See ews_script.h. */
#include "ews_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct plain_platform platform;
struct source *source;
struct source_session *ews_session;
static struct scripted *server;
struct error ews_error;

void ews_begin(const struct scripted_step *steps, size_t piece) {
    char url[64];
    platform = plain_platform();
    ews_error = (struct error){0};
    server = scripted_start(steps, piece);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/EWS/Exchange.asmx",
             (unsigned)scripted_port(server));
    struct ews_source_options options = {.platform = &platform.platform,
                                         .url = url,
                                         .user = "svc-umzug",
                                         .password = "kranich",
                                         .timeout = 2 * SECOND,
                                         .patience = 60 * SECOND};
    assert_int_equal(ews_source_open(&options, &source, &ews_error), STATUS_OK);
}

enum status ews_open(void) {
    return source->type->open(source, "anna@example.org", &ews_session, &ews_error);
}

void ews_begin_open(const struct scripted_step *steps, size_t piece) {
    ews_begin(steps, piece);
    enum status status = ews_open();
    if (status != STATUS_OK)
        print_message("%s\n", ews_error.text);
    assert_int_equal(status, STATUS_OK);
}

void ews_finish(struct buffer *heard) {
    source->type->close(&ews_session);
    source->type->free(&source);
    assert_true(scripted_end(&server, heard));
}

const char *places(void) {
    return scripted_http(200, XML, "", PLACES);
}

int group_begin(void **state) {
    (void)state;
    adapters_begin();
    return 0;
}

int group_end(void **state) {
    (void)state;
    adapters_end();
    return 0;
}
