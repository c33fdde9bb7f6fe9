/* The IMAP target against a real Dovecot: what is written comes back byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../base/chance.h"
#include "../adapters.h"
#include "dovecot.h"

static struct dovecot *dovecot;
static struct target *target;

static struct target *target_new(const struct dovecot *server, bool one_by_one) {
    struct imap_target_options options = {.host = "127.0.0.1",
                                          .port = dovecot_port(server),
                                          .master = DOVECOT_MASTER,
                                          .password = DOVECOT_PASSWORD,
                                          .one_by_one = one_by_one,
                                          .timeout = 20 * SECOND};
    struct target *made;
    assert_int_equal(imap_target_open(&options, &made, NULL), STATUS_OK);
    return made;
}

static int begin(void **state) {
    (void)state;
    adapters_begin();
    dovecot = dovecot_start(
        &(struct dovecot_options){.prefix = "", .separator = '/', .location = "sdbox"});
    if (dovecot != NULL)
        target = target_new(dovecot, false);
    return 0;
}

static int end(void **state) {
    (void)state;
    if (target != NULL)
        target->type->free(&target);
    dovecot_stop(&dovecot);
    adapters_end();
    return 0;
}

static struct target_session *session_of(struct target *of, const char *login) {
    struct target_session *session;
    struct error error = {0};
    enum status status = of->type->open(of, login, &session, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
    return session;
}

#define NEEDS_DOVECOT()                                                                            \
    if (dovecot == NULL)                                                                           \
    skip()

/* A message of about that size, with bytes that some tool somewhere would like to change. Not among
 * them: a bare line feed, which Dovecot itself gives out as CRLF. */
static void message_make(struct chance *chance, size_t size, struct buffer *out) {
    static const char *const lines[] = {
        "bare return ->\r", "\xe4\xf6\xfc in Latin-1\r\n", ".\r\n", "From here on\r\n", "{12}\r\n",
        "A1 OK done\r\n",   "* BYE said nobody\r\n",
    };
    size_t start = out->length;
    buffer_printf(out, "Subject: %llx\r\n\r\n", (unsigned long long)chance_next(chance));
    while (out->length - start < size) {
        if (chance_is(chance, 1, 40))
            buffer_append_text(out, lines[chance_below(chance, sizeof lines / sizeof lines[0])]);
        char line[73];
        for (size_t i = 0; i < 70; i++)
            line[i] = (char)('A' + chance_next(chance) % 60);
        memcpy(line + 70, "\r\n", 3);
        buffer_append_text(out, line);
    }
}

static void the_mailbox_says_whose_it_is(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    char key[64];
    struct error error = {0};
    struct target_session *session = session_of(target, "anna");
    assert_int_equal(target->type->who(session, key, sizeof key, &error), STATUS_NOT_FOUND);
    assert_true(dovecot_set_key(dovecot, "anna", "0a1b2c3d-0000-4000-8000-00000000000a"));
    target->type->close(&session);
    session = session_of(target, "anna");
    assert_int_equal(target->type->who(session, key, sizeof key, &error), STATUS_OK);
    assert_string_equal(key, "0a1b2c3d-0000-4000-8000-00000000000a");
    assert_int_equal(target->type->who(session, key, 10, &error), STATUS_PROTOCOL);
    target->type->close(&session);
}

static void a_wrong_login_is_denied(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    struct target_session *session;
    struct error error = {0};
    assert_int_equal(target->type->open(target, "nobody", &session, &error), STATUS_DENIED);
    assert_null(session);
    assert_non_null(strstr(error.text, "nobody*umzug"));
    assert_int_equal(target->type->open(target, "anna*umzug", &session, &error), STATUS_INVALID);
    assert_int_equal(target->type->open(target, "anna\r\nx", &session, &error), STATUS_INVALID);
}

enum { CORPUS_MAX = 5000 };

struct corpus {
    struct buffer bytes;
    size_t starts[CORPUS_MAX + 1];
    struct digest digests[CORPUS_MAX];
    size_t count, seen, wrong;
    uint32_t first_uid;
};

/* Median about 20 kB, mean about 49 kB, the largest 3 MB: the class of sizes in which the other
 * tools were measured. */
static size_t corpus_size(struct chance *chance) {
    uint64_t kind = chance_below(chance, 100);
    if (kind < 50)
        return (size_t)chance_between(chance, 1000, 20000);
    if (kind < 97)
        return (size_t)chance_between(chance, 20000, 80000);
    return (size_t)chance_between(chance, 200 * 1000, kind == 99 ? 3000 * 1000 : 500 * 1000);
}

static void corpus_make(struct corpus *corpus, size_t count, uint64_t seed) {
    struct chance chance = chance_of(seed, "corpus");
    corpus->count = count;
    for (size_t i = 0; i < count; i++) {
        corpus->starts[i] = corpus->bytes.length;
        size_t size = corpus_size(&chance);
        message_make(&chance, size, &corpus->bytes);
    }
    corpus->starts[count] = corpus->bytes.length;
    for (size_t i = 0; i < count; i++)
        corpus->digests[i] = digest_of(corpus->bytes.data + corpus->starts[i],
                                       corpus->starts[i + 1] - corpus->starts[i]);
}

static enum status corpus_see(void *of, const struct target_seen *seen) {
    struct corpus *corpus = of;
    size_t i = seen->uid - corpus->first_uid;
    bool right = i < corpus->count && seen->size == corpus->starts[i + 1] - corpus->starts[i] &&
                 digest_equal(seen->digest, corpus->digests[i]) &&
                 seen->received == (1754546400 + (int64_t)i) * SECOND &&
                 seen->flags == (i % 2 == 0 ? TARGET_SEEN | TARGET_FORWARDED : TARGET_FLAGGED);
    corpus->wrong += !right;
    corpus->seen++;
    return STATUS_OK;
}

static int64_t microseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

/* Processor time of this process. */
static int64_t microseconds_spent(void) {
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return spent.tv_sec * SECOND + spent.tv_nsec / 1000;
}

/* Appends all and returns the microseconds it took. */
static int64_t corpus_append(struct corpus *corpus, struct target *to,
                             struct target_session *session, const char *folder) {
    int64_t began = microseconds_now();
    for (size_t i = 0; i < corpus->count;) {
        struct target_message messages[TARGET_BATCH_MAX];
        struct target_result results[TARGET_BATCH_MAX];
        size_t count = 0;
        for (; count < TARGET_BATCH_MAX && i + count < corpus->count; count++) {
            size_t at = i + count;
            messages[count] = (struct target_message){
                .bytes = str_bytes(corpus->bytes.data + corpus->starts[at],
                                   corpus->starts[at + 1] - corpus->starts[at]),
                .received = (1754546400 + (int64_t)at) * SECOND,
                .flags = at % 2 == 0 ? TARGET_SEEN | TARGET_FORWARDED : TARGET_FLAGGED,
                .keywords = at % 3 == 0 ? "Wichtig Projekt-A" : ""};
        }
        struct error error = {0};
        enum status status = to->type->append(session, folder, messages, count, results, &error);
        assert_int_equal(status, STATUS_OK);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(results[k].status, STATUS_OK);
            assert_int_not_equal(results[k].uid_validity, 0);
            if (i == 0 && k == 0)
                corpus->first_uid = results[k].uid;
            assert_int_equal(results[k].uid, corpus->first_uid + i + k);
        }
        i += count;
    }
    return microseconds_now() - began;
}

static void messages_come_back_byte_for_byte(size_t count, bool one_by_one) {
    static struct corpus corpus;
    memset(&corpus, 0, sizeof corpus);
    corpus_make(&corpus, count, 7);
    struct target *to = target_new(dovecot, one_by_one);
    struct target_session *session = session_of(to, "bernd");
    struct buffer name = {0};
    const char *levels[] = {"Entwürfe/alt", "x"};
    assert_int_equal(to->type->folder(session, levels, 1, TARGET_PLAIN, &name, NULL),
                     STATUS_INVALID);
    levels[0] = one_by_one ? "Einzeln & genau" : "Büro – Ablage";
    assert_int_equal(to->type->folder(session, levels, 2, TARGET_PLAIN, &name, NULL), STATUS_OK);
    int64_t spent = microseconds_spent();
    int64_t took = corpus_append(&corpus, to, session, buffer_text(&name));
    spent = microseconds_spent() - spent;
    struct target_folder_state now;
    assert_int_equal(to->type->state(session, buffer_text(&name), &now, NULL), STATUS_OK);
    assert_int_equal(now.messages, count);
    assert_int_equal(now.uid_next, corpus.first_uid + count);
    assert_int_equal(
        to->type->survey(session, buffer_text(&name), 1, 0, true, corpus_see, &corpus, NULL),
        STATUS_OK);
    assert_int_equal(corpus.seen, count);
    assert_int_equal(corpus.wrong, 0);
    print_message("%zu messages, %zu kB, %s: %lld ms, %lld a second, %lld us of CPU each here\n",
                  count, corpus.bytes.length / 1000, one_by_one ? "one by one" : "pipelined",
                  (long long)(took / 1000), (long long)((int64_t)count * SECOND / took),
                  (long long)(spent / (int64_t)count));
    buffer_release(&name);
    buffer_release(&corpus.bytes);
    to->type->close(&session);
    to->type->free(&to);
}

static void a_thousand_messages_come_back_byte_for_byte(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    const char *wish = getenv("APPEND_BENCH"); /* more of them, for measuring */
    messages_come_back_byte_for_byte(wish != NULL ? (size_t)atoi(wish) : 1000, false);
}

static void messages_one_by_one_come_back_byte_for_byte(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    messages_come_back_byte_for_byte(100, true);
}

/* Finds or makes the folder and gives its name. */
static void folder_is(struct target_session *session, const char *const *levels, size_t count,
                      enum target_role role, const char *wanted) {
    struct buffer name = {0};
    struct error error = {0};
    enum status status = target->type->folder(session, levels, count, role, &name, &error);
    if (status != STATUS_OK)
        print_message("%s\n", error.text);
    assert_int_equal(status, STATUS_OK);
    assert_string_equal(buffer_text(&name), wanted);
    buffer_release(&name);
}

static enum status note_folder(void *of, const char *folder) {
    buffer_printf(of, "%s\n", folder);
    return STATUS_OK;
}

static void folders_with_umlauts_and_roles_are_found_again(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    static const char *const sent[] = {"Gesendete Elemente"}, *const inbox[] = {"Posteingang"};
    static const char *const deep[] = {"Büro & Küche", "Ä \"Ö\" \\ *%", "\xf0\x9f\x93\xac"};
    struct buffer seen = {0};
    for (int i = 0; i < 2; i++) { /* made, then found by a fresh session */
        struct target_session *session = session_of(target, "anna");
        folder_is(session, sent, 1, TARGET_SENT, "Sent");
        folder_is(session, inbox, 1, TARGET_INBOX, "INBOX");
        folder_is(session, deep, 3, TARGET_PLAIN,
                  "B&APw-ro &- K&APw-che/&AMQ- \"&ANY-\" \\ *%/&2D3c7A-");
        folder_is(session, deep, 3, TARGET_PLAIN,
                  "B&APw-ro &- K&APw-che/&AMQ- \"&ANY-\" \\ *%/&2D3c7A-");
        buffer_clear(&seen);
        assert_int_equal(target->type->folders(session, note_folder, &seen, NULL), STATUS_OK);
        target->type->close(&session);
    }
    assert_non_null(strstr(buffer_text(&seen), "&2D3c7A-\n"));
    assert_non_null(strstr(buffer_text(&seen), "INBOX\n"));
    buffer_release(&seen);
}

static void a_prefix_and_another_separator_are_respected(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    struct dovecot *other = dovecot_start(
        &(struct dovecot_options){.prefix = "INBOX.", .separator = '.', .location = "maildir"});
    if (other == NULL)
        skip();
    struct target *of = target_new(other, false), *before = target;
    struct target_session *session = session_of(of, "anna");
    static const char *const sent[] = {"Gesendete Elemente"}, *const deep[] = {"Akten", "2024"};
    static const char *const bad[] = {"1. Halbjahr"};
    struct buffer name = {0};
    target = of;
    folder_is(session, sent, 1, TARGET_SENT, "INBOX.Sent");
    folder_is(session, deep, 2, TARGET_PLAIN, "INBOX.Akten.2024");
    assert_int_equal(of->type->folder(session, bad, 1, TARGET_PLAIN, &name, NULL), STATUS_INVALID);
    target = before;
    of->type->close(&session);
    of->type->free(&of);
    dovecot_stop(&other);
    buffer_release(&name);
}

static void a_full_mailbox_is_full_and_a_missing_folder_missing(void **state) {
    (void)state;
    NEEDS_DOVECOT();
    static char large[150 * 1000];
    memset(large, 'x', sizeof large);
    memcpy(large, "A: b\r\n\r\n", 8);
    struct target_message messages[4];
    struct target_result results[4];
    for (size_t i = 0; i < 4; i++)
        messages[i] = (struct target_message){.bytes = {large, i == 2 ? 500 : sizeof large},
                                              .received = 1754546400 * SECOND,
                                              .keywords = ""};
    struct target_session *session = session_of(target, "klein");
    assert_int_equal(target->type->append(session, "INBOX", messages, 4, results, NULL), STATUS_OK);
    assert_int_equal(results[0].status, STATUS_OK);
    assert_int_equal(results[1].status, STATUS_QUOTA);
    assert_int_equal(results[2].status, STATUS_OK);
    assert_int_equal(results[3].status, STATUS_QUOTA);
    assert_int_equal(target->type->append(session, "Nirgends", messages, 1, results, NULL),
                     STATUS_OK);
    assert_int_equal(results[0].status, STATUS_NOT_FOUND);
    struct target_folder_state now;
    assert_int_equal(target->type->state(session, "Nirgends", &now, NULL), STATUS_NOT_FOUND);
    assert_int_equal(target->type->survey(session, "Nirgends", 1, 0, true, corpus_see, NULL, NULL),
                     STATUS_NOT_FOUND);
    /* Refusals leave the session as good as it was. */
    assert_int_equal(target->type->state(session, "INBOX", &now, NULL), STATUS_OK);
    assert_int_equal(now.messages, 2);
    target->type->close(&session);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mailbox_says_whose_it_is),
        cmocka_unit_test(a_wrong_login_is_denied),
        cmocka_unit_test(a_thousand_messages_come_back_byte_for_byte),
        cmocka_unit_test(messages_one_by_one_come_back_byte_for_byte),
        cmocka_unit_test(folders_with_umlauts_and_roles_are_found_again),
        cmocka_unit_test(a_prefix_and_another_separator_are_respected),
        cmocka_unit_test(a_full_mailbox_is_full_and_a_missing_folder_missing),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
