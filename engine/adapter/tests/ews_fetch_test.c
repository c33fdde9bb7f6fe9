/* Messages by EWS: errors of their own, batches put off, answers that are not what was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_script.h"

/* ---- messages ------------------------------------------------------------------------------- */

#define MIME(id, base64)                                                                           \
    GOOD("GetItem")                                                                                \
    "<m:Items><t:Message><t:MimeContent CharacterSet=\"UTF-8\">" base64                            \
    "</t:MimeContent><t:ItemId Id=\"" id                                                           \
    "\" ChangeKey=\"k\"/></t:Message></m:Items>" DONE("GetItem")
#define ITEMS(messages) HEAD OPEN("GetItem") messages CLOSE("GetItem") TAIL

static enum status note_message(void *of, size_t index, enum status status, struct str bytes,
                                const char *sentence) {
    buffer_printf(of, "%zu:%s:%.*s%s ", index, status_name(status), STR_ARG(bytes),
                  status != STATUS_OK && sentence[0] == '\0' ? "!" : "");
    return STATUS_OK;
}

static void messages_come_in_order_with_their_own_errors(void **state) {
    (void)state;
    for (size_t piece = 0; piece < 4; piece++) {
        struct buffer seen = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0},
            {END,
             scripted_http(200, XML, "",
                           ITEMS(MIME("a", "RXJzdGU=") BAD("GetItem", "ErrorItemNotFound", "")
                                     BAD("GetItem", "ErrorMimeContentConversionFailed", "") MIME(
                                         "d", "Vml\nlcnRl") BAD("GetItem", "ErrorItemCorrupt", "")
                                         MIME("f", "???") MIME("g", ""))),
             0},
            {0}};
        static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g"};
        ews_begin_open(steps, piece);
        assert_int_equal(source->type->fetch(ews_session, ids, 7, note_message, &seen, &ews_error),
                         STATUS_OK);
        assert_string_equal(buffer_text(&seen), "0:OK:Erste 1:NOT_FOUND: 2:UNMOVABLE: 3:OK:Vierte "
                                                "4:UNMOVABLE: 5:UNMOVABLE: 6:UNMOVABLE: ");
        ews_finish(NULL);
        buffer_release(&seen);
    }
}

static void what_is_put_off_is_asked_for_again_from_there(void **state) {
    (void)state;
    struct buffer seen = {0}, heard = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END,
         scripted_http(200, XML, "",
                       ITEMS(MIME("a", "RXJzdGU=") BAD("GetItem", "ErrorServerBusy",
                                                       BACK_OFF("3000")) MIME("c", "Zm9v"))),
         SCRIPTED_HANG_UP},
        {END, scripted_http(500, XML, "", FAULT("ErrorServerBusy", "4000")), 0},
        {END, scripted_http(200, XML, "", ITEMS(MIME("b", "Zm8=") MIME("c", "Zm9v"))), 0},
        {0}};
    static const char *const ids[] = {"a", "b", "c"};
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->fetch(ews_session, ids, 3, note_message, &seen, &ews_error),
                     STATUS_OK);
    assert_string_equal(buffer_text(&seen), "0:OK:Erste 1:OK:fo 2:OK:foo ");
    assert_int_equal(platform.slept, 7 * SECOND);
    ews_finish(&heard);
    assert_non_null(strstr(buffer_text(&heard),
                           "<m:ItemIds><t:ItemId Id=\"b\"/><t:ItemId Id=\"c\"/>"
                           "</m:ItemIds>"));
    buffer_release(&seen);
    buffer_release(&heard);
}

static void another_item_than_asked_for_is_never_handed_on(void **state) {
    (void)state;
    static const char *const answers[] = {
        ITEMS(MIME("b", "Zm8=")),
        ITEMS(MIME("A", "Zm8=")), /* ids tell case apart */
        ITEMS(""),
        ITEMS(MIME("a", "Zm8=") MIME("b", "Zm8=")),
        ITEMS(GOOD("GetItem") "<m:Items/>" DONE("GetItem")),
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct buffer seen = {0};
        const struct scripted_step steps[] = {
            {END, places(), 0}, {END, scripted_http(200, XML, "", answers[i]), 0}, {0}};
        static const char *const ids[] = {"a"};
        ews_begin_open(steps, 0);
        assert_int_equal(source->type->fetch(ews_session, ids, 1, note_message, &seen, &ews_error),
                         STATUS_PROTOCOL);
        assert_string_equal(buffer_text(&seen), i == 3 ? "0:OK:fo " : "");
        ews_finish(NULL);
        buffer_release(&seen);
    }
}

static void a_message_cut_in_two_is_never_handed_on(void **state) {
    (void)state;
    struct buffer seen = {0};
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END,
         "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
         "2000\r\n" HEAD OPEN("GetItem")
             GOOD("GetItem") "<m:Items><t:Message><t:MimeContent>Zm9vZm9v",
         SCRIPTED_RESET},
        {0}};
    static const char *const ids[] = {"a"};
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->fetch(ews_session, ids, 1, note_message, &seen, &ews_error),
                     STATUS_NETWORK);
    assert_int_equal(seen.length, 0);
    ews_finish(NULL);
    buffer_release(&seen);
}

static const char *many(struct buffer *body, size_t count) {
    buffer_append_text(body, HEAD OPEN("GetItem"));
    for (size_t i = 0; i < count; i++)
        buffer_append_text(body, MIME("a", "Zm8="));
    buffer_append_text(body, CLOSE("GetItem") TAIL);
    return scripted_http(200, XML, "", buffer_text(body));
}

static void named_are(struct str *heard, size_t expected) {
    size_t count = 0;
    char *request = strndup(heard->data, heard->length);
    char *end = strstr(request, END);
    assert_non_null(end);
    *end = '\0';
    for (const char *at = request; (at = strstr(at, "<t:ItemId Id=\"a\"/>")) != NULL; at++)
        count++;
    assert_int_equal(count, expected);
    size_t taken = (size_t)(end - request) + strlen(END);
    *heard = str_bytes(heard->data + taken, heard->length - taken);
    free(request);
}

static void of_small_messages_more_are_asked_for_at_once(void **state) {
    (void)state;
    struct buffer seen = {0}, heard = {0};
    struct buffer bodies[4] = {{0}};
    const char *ids[42];
    for (size_t i = 0; i < 42; i++)
        ids[i] = "a";
    const struct scripted_step steps[] = {
        {END, places(), 0},
        {END, many(&bodies[0], 10), 0},
        {END, many(&bodies[1], 20), 0},
        {END, scripted_http(500, XML, "", FAULT("ErrorServerBusy", "1000")), 0},
        {END, many(&bodies[2], 10), 0},
        {END, many(&bodies[3], 2), 0},
        {0}};
    ews_begin_open(steps, 0);
    assert_int_equal(source->type->fetch(ews_session, ids, 42, note_message, &seen, &ews_error),
                     STATUS_OK);
    ews_finish(&heard);
    struct str rest = buffer_str(&heard);
    static const size_t named[] = {0, 10, 20, 12, 10, 2};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        named_are(&rest, named[i]);
    for (size_t i = 0; i < 4; i++)
        buffer_release(&bodies[i]);
    buffer_release(&seen);
    buffer_release(&heard);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_in_order_with_their_own_errors),
        cmocka_unit_test(what_is_put_off_is_asked_for_again_from_there),
        cmocka_unit_test(another_item_than_asked_for_is_never_handed_on),
        cmocka_unit_test(a_message_cut_in_two_is_never_handed_on),
        cmocka_unit_test(of_small_messages_more_are_asked_for_at_once),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
