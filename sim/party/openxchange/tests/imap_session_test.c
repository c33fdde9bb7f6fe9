/*
 * What sessions do among each other and to their peer: who may log in and where that leads, what
 * one hears of another, what a disturbance does, and that no input ends badly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imap_world.h"

/* ---- Login ---- */

static void who_may_log_in(void **state) {
    (void)state;
    static const struct {
        const char *input, *code; /* NULL: it opens */
    } cases[] = {
        {"A LOGIN anna geheim\r\n", NULL},
        {"A LOGIN \"Anna\" {6+}\r\ngeheim\r\n", NULL},
        {"A LOGIN bernd*umzug kranich\r\n", NULL},
        {"A AUTHENTICATE PLAIN AGFubmEAZ2VoZWlt\r\n", NULL},
        {"A AUTHENTICATE PLAIN\r\nAGFubmEAZ2VoZWlt\r\n", NULL},
        {"A AUTHENTICATE PLAIN YW5uYQB1bXp1ZwBrcmFuaWNo\r\n", NULL}, /* anna, umzug, kranich */
        {"A LOGIN anna falsch\r\n", "[AUTHENTICATIONFAILED]"},
        {"A LOGIN niemand geheim\r\n", "[AUTHENTICATIONFAILED]"},
        {"A LOGIN anna*umzug geheim\r\n", "[AUTHENTICATIONFAILED]"},
        {"A LOGIN anna*fremd kranich\r\n", "[AUTHENTICATIONFAILED]"},
        {"A LOGIN niemand*umzug kranich\r\n", "[AUTHENTICATIONFAILED]"},
        {"A LOGIN anna*nur kranich\r\n", "[AUTHORIZATIONFAILED]"},
        {"A LOGIN bernd*nur kranich\r\n", NULL},
        {"A LOGIN anna*frist kranich\r\n", "[EXPIRED]"},
        {"A LOGIN anna*aus kranich\r\n", "[AUTHENTICATIONFAILED]"},
        {"A LOGIN clara geheim\r\n", "[CONTACTADMIN]"},
        {"A LOGIN clara*umzug kranich\r\n", NULL},
        {"A AUTHENTICATE LOGIN\r\n", "Unsupported"},
    };
    static const uint32_t only[] = {WORLD_BERND};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imap_world world;
        imap_world_begin(&world);
        struct accounts *accounts = openxchange_accounts(world.openxchange);
        accounts_by_mailbox(accounts, WORLD_CLARA)->mail_enabled = false;
        accounts_master_set(accounts, &(struct master){.name = "nur",
                                                       .password = "kranich",
                                                       .mailboxes = only,
                                                       .mailbox_count = 1});
        accounts_master_set(accounts, &(struct master){.name = "frist",
                                                       .password = "kranich",
                                                       .valid_from = world.clock.now - HOUR,
                                                       .valid_until = world.clock.now});
        accounts_master_set(
            accounts, &(struct master){.name = "aus", .password = "kranich", .disabled = true});
        struct session *session = imap_world_session(&world);
        const char *answer = imap_world_say(session, cases[i].input);
        struct buffer expected = {0};
        buffer_printf(&expected, "A %s %s", cases[i].code == NULL ? "OK" : "NO",
                      cases[i].code == NULL ? "[CAPABILITY" : cases[i].code);
        if (strstr(answer, buffer_text(&expected)) == NULL)
            fail_msg("%s gave %s", cases[i].input, answer);
        assert_int_equal(imap_world_facts(&world, FACT_SESSION_OPENED), cases[i].code == NULL);
        buffer_release(&expected);
        imap_world_hang_up(&session);
        imap_world_end(&world);
    }
}

static uint32_t opens_bernd(void *of, const struct openxchange_moment *moment) {
    (void)of;
    (void)moment;
    return WORLD_BERND;
}

static void a_login_that_opens_another_mailbox_looks_like_a_good_one(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    openxchange_disturb(world.openxchange, &(struct openxchange_disturbance){.opens = opens_bernd});
    struct session *session = imap_world_login(&world, "anna*umzug");
    imap_world_say(session, "b APPEND INBOX {1+}\r\nx\r\n");
    assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_ANNA, "INBOX")), 0);
    assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_BERND, "INBOX")), 1);
    /* Only the key tells. */
    assert_non_null(strstr(
        imap_world_say(session, "c GETMETADATA INBOX /shared/vendor/landesmail/mailbox-key\r\n"),
        "0000-other"));
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

static void a_user_has_so_many_sessions_and_no_more(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    openxchange_settings(world.openxchange, STR("store-1"))->sessions_per_user_max = 2;
    struct session *one = imap_world_login(&world, "anna");
    struct session *two = imap_world_login(&world, "anna");
    struct session *three = imap_world_session(&world);
    assert_non_null(strstr(imap_world_say(three, "a LOGIN anna geheim\r\n"), "a NO [LIMIT]"));
    imap_world_hang_up(&two);
    assert_non_null(strstr(imap_world_say(three, "a LOGIN anna geheim\r\n"), "a OK"));
    imap_world_hang_up(&one);
    imap_world_hang_up(&three);
    imap_world_end(&world);
}

/* ---- What one hears of another ---- */

static void expunges_are_told_only_where_numbers_may_change(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    for (int i = 0; i < 3; i++)
        imap_world_store(&world, WORLD_ANNA, "INBOX", "Subject: x\r\n\r\n", 0);
    struct session *one = imap_world_login(&world, "anna");
    struct session *two = imap_world_login(&world, "anna*umzug");
    imap_world_say(one, "a SELECT INBOX\r\n");
    imap_world_say(two, "a SELECT INBOX\r\n");
    assert_string_equal(imap_world_say(two, "b STORE 1 +FLAGS.SILENT \\Deleted\r\nc EXPUNGE\r\n"
                                            "d STORE 2 +FLAGS.SILENT \\Flagged\r\n"
                                            "e APPEND INBOX {1+}\r\nx\r\n"),
                        "b OK Store completed.\r\n* 1 EXPUNGE\r\nc OK Expunge completed.\r\n"
                        "d OK Store completed.\r\n* 3 EXISTS\r\n* 1 RECENT\r\n"
                        "e OK [APPENDUID 1754546400 4] Append completed.\r\n");
    /* The number 1 is still taken, so 3 is the flagged one and 4 the new one. */
    assert_string_equal(imap_world_say(one, "b FETCH 1:2 (UID)\r\n"),
                        "* 2 FETCH (UID 2)\r\n* 4 EXISTS\r\n* 4 RECENT\r\n* 3 FETCH (FLAGS "
                        "(\\Flagged \\Recent))\r\n"
                        "b NO [EXPUNGEISSUED] Some of the requested messages no longer exist.\r\n");
    assert_string_equal(imap_world_say(one, "c UID FETCH 3:* (UID)\r\n"),
                        "* 3 FETCH (UID 3)\r\n* 4 FETCH (UID 4)\r\n* 1 EXPUNGE\r\n"
                        "c OK Fetch completed.\r\n");
    assert_string_equal(imap_world_say(one, "d FETCH 3 (UID)\r\n"),
                        "* 3 FETCH (UID 4)\r\nd OK Fetch completed.\r\n");
    imap_world_hang_up(&one);
    imap_world_hang_up(&two);
    imap_world_end(&world);
}

static void count_call(void *carrier) {
    ++*(int *)carrier;
}

static void an_idle_session_calls_and_tells(void **state) {
    (void)state;
    struct imap_world world;
    int calls = 0;
    imap_world_begin(&world);
    struct session *session = imap_world_login(&world, "anna");
    session->call = count_call;
    session->carrier = &calls;
    imap_world_say(session, "a SELECT INBOX\r\nb IDLE\r\n");
    imap_world_store(&world, WORLD_ANNA, "INBOX", "x", 0);
    imap_world_store(&world, WORLD_ANNA, "INBOX", "y", 0);
    imap_world_store(&world, WORLD_ANNA, "Sent", "y", 0);
    imap_world_store(&world, WORLD_BERND, "INBOX", "y", 0);
    assert_int_equal(calls, 1);
    struct buffer said = {0};
    assert_int_equal(session->type->poll(session, &said), SESSION_READ);
    assert_string_equal(buffer_text(&said), "* 2 EXISTS\r\n* 2 RECENT\r\n");
    buffer_release(&said);
    assert_string_equal(imap_world_say(session, "DONE\r\n"), "b OK Idle completed.\r\n");
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

static void a_session_ends_when_its_folder_goes(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    struct session *one = imap_world_login(&world, "anna");
    struct session *two = imap_world_login(&world, "anna");
    imap_world_say(one, "a SELECT Junk\r\n");
    imap_world_say(two, "a RENAME Junk Spam\r\n");
    assert_string_equal(imap_world_say(one, "b NOOP\r\n"), "b OK NOOP completed.\r\n");
    imap_world_say(two, "b DELETE Spam\r\n");
    assert_string_equal(imap_world_say(one, "c NOOP\r\n"),
                        "* BYE Selected mailbox was deleted, have to disconnect.\r\n");
    imap_world_hang_up(&one);
    imap_world_hang_up(&two);
    imap_world_end(&world);
}

/* ---- Long answers ---- */

static void a_long_answer_goes_out_in_pieces(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    char *text = malloc(100 * 1024 + 1);
    assert_non_null(text);
    memset(text, 'x', 100 * 1024);
    text[100 * 1024] = '\0';
    for (int i = 0; i < 20; i++)
        imap_world_store(&world, WORLD_ANNA, "INBOX", text, 0);
    struct session *session = imap_world_login(&world, "anna");
    imap_world_say(session, "a SELECT INBOX\r\n");
    struct str input = STR("b FETCH 1:* BODY.PEEK[]\r\nc NOOP\r\n");
    struct buffer out = {0};
    size_t total = 0, pieces = 0;
    enum session_next next = session->type->feed(session, input.data, input.length, &out);
    while (next == SESSION_MORE) {
        assert_true(out.length < 512 * 1024);
        total += out.length;
        pieces++;
        buffer_clear(&out);
        next = session->type->poll(session, &out);
    }
    assert_int_equal(next, SESSION_READ);
    assert_true(pieces >= 6);
    assert_true(total + out.length > 20 * 100 * 1024);
    assert_non_null(
        strstr(buffer_text(&out) + out.length - 60, "b OK Fetch completed.\r\nc OK NOOP"));
    assert_int_equal(imap_world_facts(&world, FACT_ITEM_DOWNLOADED), 20);
    buffer_release(&out);
    free(text);
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

/* ---- Disturbances ---- */

static bool yes(void *of, const struct openxchange_moment *moment) {
    (void)of;
    (void)moment;
    return true;
}

static void a_lost_answer_leaves_the_message(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    openxchange_disturb(world.openxchange, &(struct openxchange_disturbance){.ack_lost = yes});
    struct session *session = imap_world_login(&world, "anna");
    struct buffer out = {0};
    assert_int_equal(imap_world_feed(session, STR("a APPEND INBOX {1+}\r\nx\r\n"), 0, &out),
                     SESSION_RESET);
    assert_null(strstr(buffer_text(&out), "a OK"));
    assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_ANNA, "INBOX")), 1);
    buffer_release(&out);
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

static void what_was_not_durable_is_gone_after_a_crash(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    struct session *session = imap_world_login(&world, "anna");
    imap_world_say(session, "a APPEND INBOX {1+}\r\nx\r\n");
    openxchange_disturb(world.openxchange, &(struct openxchange_disturbance){.not_durable = yes});
    assert_non_null(strstr(imap_world_say(session, "b APPEND INBOX {1+}\r\ny\r\n"), "b OK"));
    openxchange_crash(world.openxchange, STR("store-2"));
    assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_ANNA, "INBOX")), 2);
    openxchange_crash(world.openxchange, STR("store-1"));
    assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_ANNA, "INBOX")), 1);
    struct buffer out = {0};
    assert_int_equal(session->type->feed(session, "c NOOP\r\n", 8, &out), SESSION_RESET);
    buffer_release(&out);
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

static enum openxchange_answer answers(void *of, const struct openxchange_moment *moment) {
    return strcmp(moment->command, "APPEND") == 0 ? *(enum openxchange_answer *)of
                                                  : OPENXCHANGE_USUAL;
}

static void a_disturbance_answers_and_nothing_is_written(void **state) {
    (void)state;
    static const struct {
        enum openxchange_answer answer;
        const char *code;
    } cases[] = {
        {OPENXCHANGE_UNAVAILABLE, "a NO [UNAVAILABLE]"},
        {OPENXCHANGE_INUSE, "a NO [INUSE]"},
        {OPENXCHANGE_OVERQUOTA, "a NO [OVERQUOTA]"},
        {OPENXCHANGE_SERVERBUG, "a NO [SERVERBUG]"},
        {OPENXCHANGE_REFUSED, "a NO [NOPERM]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imap_world world;
        imap_world_begin(&world);
        enum openxchange_answer answer = cases[i].answer;
        openxchange_disturb(world.openxchange,
                            &(struct openxchange_disturbance){.of = &answer, .before = answers});
        struct session *session = imap_world_login(&world, "anna");
        assert_true(str_starts_with(str_of(imap_world_say(session, "a APPEND INBOX {1+}\r\nx\r\n")),
                                    cases[i].code));
        assert_string_equal(imap_world_say(session, "b NOOP\r\n"), "b OK NOOP completed.\r\n");
        assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_ANNA, "INBOX")), 0);
        imap_world_hang_up(&session);
        imap_world_end(&world);
    }
}

static void a_full_mailbox_takes_all_or_none(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    struct session *session = imap_world_login(&world, "clara");
    struct buffer text = {0};
    buffer_append_text(&text, "a APPEND INBOX");
    for (int i = 0; i < 2; i++) {
        buffer_append_text(&text, " {5000+}\r\n");
        for (int k = 0; k < 5000; k++)
            buffer_append_byte(&text, (char)('a' + i));
    }
    buffer_append_text(&text, "\r\n");
    assert_string_equal(imap_world_say(session, buffer_text(&text)),
                        "a NO [OVERQUOTA] Quota exceeded (mailbox for user is full)\r\n");
    assert_int_equal(store_item_count(imap_world_folder(&world, WORLD_CLARA, "INBOX")), 0);
    assert_string_equal(imap_world_say(session, "b GETQUOTAROOT INBOX\r\n"),
                        "* QUOTAROOT INBOX \"User quota\"\r\n"
                        "* QUOTA \"User quota\" (STORAGE 0 8)\r\nb OK Getquotaroot completed.\r\n");
    buffer_release(&text);
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

static void a_node_may_have_other_settings(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    struct openxchange_settings *settings = openxchange_settings(world.openxchange, STR("store-2"));
    settings->inbox_prefix = true;
    settings->message_bytes_max = 10;
    settings->times = (struct openxchange_times){.login = 1000, .append = 250, .command = 5};
    struct session *session = imap_world_login(&world, "clara");
    assert_int_equal(session->work, 1000); /* the login itself is read before its node is known */
    session->work = 0;
    assert_string_equal(
        imap_world_say(session, "a LIST \"\" *S*\r\nb SELECT Sent\r\nc CREATE INBOX.a.b\r\n"
                                "d APPEND INBOX.Sent {11}\r\ne APPEND INBOX.Sent {10+}\r\n"
                                "0123456789\r\nf STATUS INBOX.a.b (MESSAGES)\r\n"),
        "* LIST (\\HasNoChildren \\Sent) \".\" INBOX.Sent\r\na OK List completed.\r\n"
        "b NO [NONEXISTENT] Mailbox doesn't exist\r\nc OK Create completed.\r\n"
        "d NO [LIMIT] Mail size is larger than the maximum size allowed by server "
        "configuration\r\ne OK [APPENDUID 1754546412 1] Append completed.\r\n"
        "* STATUS INBOX.a.b (MESSAGES 0)\r\nf OK Status completed.\r\n");
    assert_int_equal(session->work, 6 * 5 + 250);
    imap_world_folder(&world, WORLD_CLARA, "a/b");
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

/* ---- Hostile input ---- */

#define BYTES(literal)                                                                             \
    { (literal), sizeof(literal) - 1 }

static void no_input_ends_badly(void **state) {
    (void)state;
    static const struct str inputs[] = {
        BYTES("a APPEND INBOX {18446744073709551615+}\r\nxx"),
        BYTES("a APPEND INBOX {99999999999999999999+}\r\nxx"),
        BYTES("a APPEND INBOX {5+}\r\n\0\0\0\0\0\r\n"),
        BYTES("a LOGIN {4294967295+}\r\n"),
        BYTES("a SELECT {70000+}\r\n"),
        BYTES("a SELECT \"unendlich\r\n"),
        BYTES("a SELECT \"\\\r\n"),
        BYTES("a SELECT INBOX\0\r\n"),
        BYTES("\0\0\0\r\n"),
        BYTES("a SELECT \xff\xfe\x80\r\n"),
        BYTES("a LIST \"\" ****************%%%%%%%%%%%%%%%%%%%x\r\n"),
        BYTES("a FETCH 0 FLAGS\r\nb FETCH 4294967296 FLAGS\r\n"),
        BYTES("a UID FETCH 4294967295:* FLAGS\r\n"),
        BYTES("a UID FETCH *:4294967295,1,1,1:9 (FLAGS)\r\n"),
        BYTES("a FETCH 1 BODY[1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1]\r\n"),
        BYTES("a FETCH 1 BODY[]<99999999999.1>\r\n"),
        BYTES("a FETCH 1 (BODY[HEADER.FIELDS ({3+}\r\na\"b)])\r\n"),
        BYTES("a STORE 1 FLAGS (((((\r\n"),
        BYTES("a CREATE ///\r\nb CREATE &-&-\r\nc CREATE &2D3cAA-\r\n"),
        BYTES("a RENAME INBOX INBOX/x\r\nb RENAME Sent Sent/x\r\n"),
        BYTES("a SEARCH NOT\r\nb SEARCH OR ALL\r\nc SEARCH ()\r\n"),
        BYTES("a AUTHENTICATE PLAIN ====\r\n"),
        BYTES("a GETMETADATA INBOX ///\r\nb SETMETADATA INBOX (/shared/a NIL\r\n"),
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        for (size_t piece = 0; piece <= 1; piece++) {
            struct imap_world world;
            imap_world_begin(&world);
            imap_world_store(&world, WORLD_ANNA, "INBOX", "Subject: x\r\n\r\ny", 0);
            struct session *session = imap_world_login(&world, "anna");
            struct buffer out = {0};
            imap_world_say(session, "s SELECT INBOX\r\n");
            imap_world_feed(session, inputs[i], piece, &out);
            buffer_release(&out);
            imap_world_hang_up(&session);
            imap_world_end(&world);
        }
    }
}

/* A text of `count` times `piece` between two others. */
static void flood(struct buffer *text, const char *before, const char *piece, size_t count,
                  const char *after) {
    buffer_clear(text);
    buffer_append_text(text, before);
    for (size_t i = 0; i < count; i++)
        buffer_append_text(text, piece);
    buffer_append_text(text, after);
}

static void floods_are_answered_or_end_the_session(void **state) {
    (void)state;
    static const struct {
        const char *before, *piece, *after, *answer;
        size_t count;
        enum session_next next;
    } cases[] = {
        {"a SEARCH ", "(", "ALL\r\n", "a BAD", 60000, SESSION_READ},
        {"a SEARCH ", "NOT ", "ALL\r\n", "a BAD", 10000, SESSION_READ},
        {"a SEARCH ALL", " ALL", "\r\n", "a BAD", 10000, SESSION_READ},
        {"a FETCH 1", ",1", " FLAGS\r\n", "a OK", 10000, SESSION_READ},
        {"a FETCH 1 (FLAGS", " BODY[]", ")\r\n", "a BAD", 100, SESSION_READ},
        {"a NOOP ", "x", "", "* BYE", 70000, SESSION_CLOSE},
        {"", "x BLA\r\n", "", "* BYE Too many", 20, SESSION_CLOSE},
        {"", "x\r\n", "a NOOP\r\n", "a OK", 19, SESSION_READ},
        {"a LIST \"\" ", "*a", "\r\n", "a OK", 5000, SESSION_READ},
        {"a CREATE ", "a/", "x\r\n", "a NO [CANNOT]", 40, SESSION_READ},
        {"a STORE 1 FLAGS (", "k ", "k)\r\n", "a OK", 3000, SESSION_READ},
        {"a ID (", "\"a\" ", "\"b\")\r\n", "a BAD", 200, SESSION_READ},
    };
    struct buffer text = {0}, out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct imap_world world;
        imap_world_begin(&world);
        imap_world_store(&world, WORLD_ANNA, "INBOX", "Subject: x\r\n\r\ny", 0);
        struct session *session = imap_world_login(&world, "anna");
        imap_world_say(session, "s SELECT INBOX\r\n");
        buffer_clear(&out);
        flood(&text, cases[i].before, cases[i].piece, cases[i].count, cases[i].after);
        assert_int_equal(imap_world_feed(session, buffer_str(&text), 0, &out), cases[i].next);
        if (strstr(buffer_text(&out), cases[i].answer) == NULL)
            fail_msg("%s%s… gave %s", cases[i].before, cases[i].piece, buffer_text(&out));
        imap_world_hang_up(&session);
        imap_world_end(&world);
    }
    buffer_release(&text);
    buffer_release(&out);
}

static void a_stranger_has_three_tries_and_a_short_line(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    struct session *session = imap_world_session(&world);
    struct buffer out = {0};
    assert_int_equal(
        imap_world_feed(session, STR("a BLA\r\nb NOOP x\r\nc SELECT INBOX\r\n"), 0, &out),
        SESSION_CLOSE);
    imap_world_hang_up(&session);
    session = imap_world_session(&world);
    flood(&out, "a LOGIN ", "x", 9000, " y\r\n");
    struct buffer said = {0};
    assert_int_equal(imap_world_feed(session, buffer_str(&out), 0, &said), SESSION_CLOSE);
    buffer_release(&said);
    buffer_release(&out);
    imap_world_hang_up(&session);
    imap_world_end(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_log_in),
        cmocka_unit_test(a_login_that_opens_another_mailbox_looks_like_a_good_one),
        cmocka_unit_test(a_user_has_so_many_sessions_and_no_more),
        cmocka_unit_test(expunges_are_told_only_where_numbers_may_change),
        cmocka_unit_test(an_idle_session_calls_and_tells),
        cmocka_unit_test(a_session_ends_when_its_folder_goes),
        cmocka_unit_test(a_long_answer_goes_out_in_pieces),
        cmocka_unit_test(a_lost_answer_leaves_the_message),
        cmocka_unit_test(what_was_not_durable_is_gone_after_a_crash),
        cmocka_unit_test(a_disturbance_answers_and_nothing_is_written),
        cmocka_unit_test(a_full_mailbox_takes_all_or_none),
        cmocka_unit_test(a_node_may_have_other_settings),
        cmocka_unit_test(no_input_ends_badly),
        cmocka_unit_test(floods_are_answered_or_end_the_session),
        cmocka_unit_test(a_stranger_has_three_tries_and_a_short_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
