/*
 * Odd mail of the real world: what two test suites, which Debian has packages of, collected over
 * the years (libpython3.11-testsuite, golang-github-jhillyerd-enmime-dev). It is not ours to copy,
 * so it is taken from where it lies; where it does not, the test is skipped. All of it is imported
 * into a batch and moved in a day, and then each file's own digest is looked for at the target.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "small_day.h"

enum { REAL_MAIL_LEAST = 50, REAL_MAIL_MAX = 400, BYTES_MAX = 1 << 20 };

static const char *const patterns[] = {
    "/usr/lib/python3*/test/test_email/data/msg_*.txt",
    "/usr/share/gocode/src/github.com/jhillyerd/enmime/testdata/*/*.raw",
    "/usr/share/doc/spamassassin/examples/sample-*.txt",
};

/* Everybody moves, so that whoever got a message takes it along. */
#define WORLD                                                                                      \
    "story: odd mail\nworld:\n  day: 2025-08-07\n  begins: \"06:00\"\n  lasts: 24 h\n"             \
    "  messages: 20\n  offices:\n"                                                                 \
    "    - organisation: Ministerium\n      name: Innenministerium\n"                              \
    "      domain: im.landsh.example\n      people: 6\n      functional: 1\n      batch: 7\n"      \
    "    - organisation: Finanzverwaltung\n      name: Finanzamt Plön\n"                          \
    "      domain: fa-ploen.landsh.example\n      people: 4\n      batch: 4\n"

struct looking {
    struct digest wanted[REAL_MAIL_MAX]; /* of each file */
    bool known[REAL_MAIL_MAX], arrived[REAL_MAIL_MAX];
    uint32_t contents[REAL_MAIL_MAX];
    size_t count;
};

static struct digest digest_of_file(const char *path) {
    static char bytes[BYTES_MAX];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_in_range(length, 1, sizeof bytes - 1);
    return digest_of(bytes, length);
}

/* Links each file into the folder as "<number>.eml". */
static void gather(struct looking *looking, const char *folder) {
    glob_t found = {0};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        glob(patterns[i], i == 0 ? 0 : GLOB_APPEND, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc && looking->count < REAL_MAIL_MAX; i++) {
        char name[100];
        snprintf(name, sizeof name, "%s/%03zu.eml", folder, i);
        assert_int_equal(symlink(found.gl_pathv[i], name), 0);
        looking->wanted[looking->count++] = digest_of_file(found.gl_pathv[i]);
    }
    globfree(&found);
}

static void remove_folder(const char *folder) {
    char command[100];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
}

static bool see_content(void *of, const struct history_content *content) {
    struct looking *looking = of;
    for (size_t i = 0; i < looking->count; i++)
        if (digest_equal(content->digest, looking->wanted[i])) {
            looking->known[i] = true;
            looking->contents[i] = content->content;
        }
    return true;
}

static bool see_fact(void *of, const struct fact *fact) {
    struct looking *looking = of;
    if (fact->kind == FACT_ITEM_STORED && fact->system == SYSTEM_OPENXCHANGE)
        for (size_t i = 0; i < looking->count; i++)
            looking->arrived[i] |= looking->known[i] && fact->content == looking->contents[i];
    return true;
}

static void every_file_lies_at_the_target(const struct played *played, struct looking *looking) {
    size_t arrived = 0;
    assert_int_equal(history_each_content(played->result.history, see_content, looking, NULL),
                     STATUS_OK);
    assert_int_equal(history_each_fact(played->result.history, see_fact, looking, NULL), STATUS_OK);
    for (size_t i = 0; i < looking->count; i++)
        arrived += looking->arrived[i];
    print_message("%zu of %zu odd messages arrived byte for byte; altered %lld, missing %lld\n",
                  arrived, looking->count, (long long)small_day_number(played, NUMBER_ALTERED),
                  (long long)small_day_number(played, NUMBER_MISSING));
    assert_int_equal(arrived, looking->count);
}

static void odd_mail_of_the_real_world_arrives_byte_for_byte(void **state) {
    (void)state;
    static const enum number zero[] = {NUMBER_ALTERED, NUMBER_MISSING,       NUMBER_LOST,
                                       NUMBER_DOUBLED, NUMBER_FLAGS_CHANGED, NUMBER_DATES_CHANGED,
                                       NUMBER_ALARMS};
    static struct looking looking;
    char folder[] = "/tmp/real-mail-XXXXXX";
    assert_non_null(mkdtemp(folder));
    gather(&looking, folder);
    if (looking.count < REAL_MAIL_LEAST) {
        remove_folder(folder);
        print_message("skipped: only %zu odd messages are on this machine\n", looking.count);
        skip();
    }
    struct arena *arena = arena_new();
    struct buffer text = {0};
    struct played played;
    buffer_printf(&text, WORLD "  import: %s\n  import_into: all\n" SMALL_RUNBOOK, folder);
    small_day_play(&played, small_day_of(arena, buffer_text(&text)), 1, NULL);
    remove_folder(folder);
    every_file_lies_at_the_target(&played, &looking);
    for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++)
        if (small_day_number(&played, zero[i]) != 0)
            fail_msg("%s: %lld\n%s", number_name(zero[i]),
                     (long long)small_day_number(&played, zero[i]), buffer_text(&played.terminal));
    small_day_close(&played);
    buffer_release(&text);
    arena_close(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_mail_of_the_real_world_arrives_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
