/* Opening an EWS session, faults, hostile answers, patience: each answer that EWS.md knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ews_script.h"

static void opening_acts_for_the_mailbox_and_who_reads_the_id(void **state) {
    (void)state;
    for (size_t piece = 0; piece < 80; piece = piece * 3 + 1) {
        struct buffer heard = {0};
        const struct scripted_step steps[] = {{END, places(), 0}, {0}};
        ews_begin_open(steps, piece);
        char key[64];
        assert_int_equal(source->type->who(ews_session, key, sizeof key, &ews_error), STATUS_OK);
        assert_string_equal(key, "2f1b7a3c-0000-4c4d-8e8e-9a9a1a1a2b2b");
        ews_finish(&heard);
        const char *text = buffer_text(&heard);
        assert_non_null(strstr(text, "Authorization: Basic c3ZjLXVtenVnOmtyYW5pY2g=\r\n"));
        assert_non_null(strstr(text, "X-AnchorMailbox: anna@example.org\r\n"));
        assert_non_null(strstr(text, "<t:PrimarySmtpAddress>anna@example.org<"));
        assert_null(strstr(text, "Expect:"));
        buffer_release(&heard);
    }
}

static void what_keeps_a_session_from_opening_is_told_apart(void **state) {
    (void)state;
    const struct {
        const char *answer;
        enum scripted_then then;
        enum status status;
    } cases[] = {
        {scripted_http(401, "text/html", "WWW-Authenticate: Basic\r\n", "no"), 0, STATUS_DENIED},
        {scripted_http(200, "text/html", "", "<html>please log in</html>"), 0, STATUS_PROTOCOL},
        {scripted_http(200, "text/html", "", PLACES), 0, STATUS_PROTOCOL},
        {scripted_http(302, NULL, "Location: /owa\r\n", ""), 0, STATUS_PROTOCOL},
        {scripted_http(404, "text/html", "", ""), 0, STATUS_NOT_FOUND},
        {scripted_http(500, XML, "", FAULT("ErrorImpersonateUserDenied", "x")), 0, STATUS_DENIED},
        {scripted_http(500, XML, "", FAULT("ErrorNonExistentMailbox", "")), 0, STATUS_NOT_FOUND},
        {scripted_http(500, XML, "", FAULT("ErrorSomethingNew", "")), 0, STATUS_PROTOCOL},
        {scripted_http(500, "text/html", "", "oops"), 0, STATUS_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{END, cases[i].answer, cases[i].then}, {0}};
        ews_begin(steps, 0);
        assert_int_equal(ews_open(), cases[i].status);
        assert_null(ews_session);
        assert_int_equal(ews_error.status, cases[i].status);
        assert_int_not_equal(ews_error.text[0], 0);
        ews_finish(NULL);
    }
}

static void an_answer_that_is_cut_or_hostile_is_no_answer(void **state) {
    (void)state;
    /* Whole and right but for the document type. */
    static char laughs[sizeof HEAD + sizeof PLACES + 200];
    snprintf(laughs, sizeof laughs, "%s%s",
             "<!DOCTYPE s [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>",
             strstr(PLACES, "<s:Envelope"));
    static char deep[8 * 200 + 400];
    strcpy(deep, HEAD);
    for (int i = 0; i < 200; i++)
        strcat(deep, "<a>");
    const struct {
        const char *answer;
        enum scripted_then then;
        enum status status;
    } cases[] = {
        {scripted_http(200, XML, "", HEAD OPEN("GetFolder")), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", HEAD TAIL), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", ""), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", "<a/>"), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", laughs), 0, STATUS_PROTOCOL},
        {scripted_http(200, XML, "", deep), 0, STATUS_PROTOCOL},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000\r\n\r\n" HEAD,
         SCRIPTED_HANG_UP, STATUS_NETWORK},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000\r\n\r\n" HEAD,
         SCRIPTED_SILENT, STATUS_TIMEOUT},
        {"ICY 200 OK\r\n\r\n", SCRIPTED_HANG_UP, STATUS_PROTOCOL},
        {NULL, SCRIPTED_SILENT, STATUS_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{END, cases[i].answer, cases[i].then}, {0}};
        ews_begin(steps, 0);
        assert_int_equal(ews_open(), cases[i].status);
        ews_finish(NULL);
    }
}

static void nobody_listening_is_a_network_error(void **state) {
    (void)state;
    platform = plain_platform();
    struct ews_source_options options = {.platform = &platform.platform,
                                         .url = "http://127.0.0.1:1/EWS",
                                         .user = "u",
                                         .password = "p",
                                         .timeout = SECOND,
                                         .patience = 0};
    assert_int_equal(ews_source_open(&options, &source, NULL), STATUS_OK);
    assert_int_equal(ews_open(), STATUS_NETWORK);
    assert_int_equal(source->type->open(source, "no address", &ews_session, NULL), STATUS_INVALID);
    assert_int_equal(source->type->open(source, "a@b\r\nX: y", &ews_session, NULL), STATUS_INVALID);
    source->type->free(&source);
}

static void a_busy_server_is_waited_for_as_it_asks(void **state) {
    (void)state;
    const struct {
        const char *answer;
        int64_t slept;
    } cases[] = {
        {scripted_http(500, XML, "", FAULT("ErrorServerBusy", "1500")), 1500 * MILLISECOND},
        {scripted_http(200, XML, "",
                       HEAD OPEN("GetFolder") BAD("GetFolder", "ErrorServerBusy", BACK_OFF("2500"))
                           CLOSE("GetFolder") TAIL),
         2500 * MILLISECOND},
        {scripted_http(200, XML, "",
                       HEAD OPEN("GetFolder") BAD(
                           "GetFolder", "ErrorInternalServerError",
                           "<m:MessageXml><t:Value Name=\"InnerErrorResponseCode\">ErrorServerBusy"
                           "</t:Value></m:MessageXml>") CLOSE("GetFolder") TAIL),
         1 * SECOND},
        {scripted_http(503, "text/html", "Retry-After: 7\r\n", "later"), 7 * SECOND},
        {scripted_http(503, "text/html", "", "later"), 1 * SECOND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scripted_step steps[] = {{END, cases[i].answer, 0},
                                              /* what is ended early is a new connection */
                                              {END, cases[i].answer, 0},
                                              {END, places(), 0},
                                              {0}};
        struct scripted_step hang_up[4];
        memcpy(hang_up, steps, sizeof steps);
        bool message = i == 1 || i == 2;
        hang_up[0].then = hang_up[1].then = message ? SCRIPTED_HANG_UP : SCRIPTED_GO_ON;
        ews_begin_open(hang_up, 0);
        assert_int_equal(platform.sleeps, 2);
        /* Where it names no time, ours doubles. */
        assert_int_equal(platform.slept,
                         cases[i].slept == SECOND ? 3 * SECOND : 2 * cases[i].slept);
        ews_finish(NULL);
    }
}

static void patience_ends(void **state) {
    (void)state;
    const char *busy = scripted_http(500, XML, "", FAULT("ErrorServerBusy", "25000"));
    const struct scripted_step steps[] = {{END, busy, 0}, {END, busy, 0}, {END, busy, 0}, {0}};
    ews_begin(steps, 0);
    assert_int_equal(ews_open(), STATUS_BUSY);
    assert_int_equal(platform.slept, 50 * SECOND);
    assert_non_null(strstr(ews_error.text, "25 s"));
    ews_finish(NULL);
    const struct scripted_step once[] = {{END, busy, 0}, {0}};
    ews_begin(once, 0);
    platform.stopped = true;
    assert_int_equal(ews_open(), STATUS_STOPPED);
    ews_finish(NULL);
    ews_begin(once, 0);
    platform.sleep_status = STATUS_KILLED;
    assert_int_equal(ews_open(), STATUS_KILLED);
    ews_finish(NULL);
}

static void an_older_server_is_not_asked_for_the_archive(void **state) {
    (void)state;
    struct buffer heard = {0};
    const struct scripted_step steps[] = {
        {END, scripted_http(500, XML, "", FAULT("ErrorSchemaValidation", "")), 0},
        {END,
         scripted_http(200, XML, "",
                       HEAD OPEN("GetFolder") PLACE(TOP_ID) PLACE("inbox1") PLACE("sent1")
                           PLACE("drafts1") PLACE("trash1") PLACE("junk1") PLACE("outbox1")
                               PLACE("issues1") CLOSE("GetFolder") TAIL),
         0},
        {0}};
    ews_begin_open(steps, 0);
    ews_finish(&heard);
    const char *first = strstr(buffer_text(&heard), "\"archive\"");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"archive\""));
    buffer_release(&heard);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_acts_for_the_mailbox_and_who_reads_the_id),
        cmocka_unit_test(what_keeps_a_session_from_opening_is_told_apart),
        cmocka_unit_test(an_answer_that_is_cut_or_hostile_is_no_answer),
        cmocka_unit_test(nobody_listening_is_a_network_error),
        cmocka_unit_test(a_busy_server_is_waited_for_as_it_asks),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(an_older_server_is_not_asked_for_the_archive),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
