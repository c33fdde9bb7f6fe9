/* The history: what is written is read again, from memory, from a file, and after a kill. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../../engine/base/buffer.h"
#include "../history.h"

enum { FACTS = 1000 };

static char history_folder[] = "/tmp/history-test-XXXXXX";
static char history_path[64];

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(history_folder) == NULL)
        return -1;
    snprintf(history_path, sizeof history_path, "%s/history.db", history_folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(history_path);
    return rmdir(history_folder);
}

static struct fact fact_number(struct history *history, int number) {
    return (struct fact){
        .at = 1754546400 * SECOND + number,
        .a = -number,
        .b = INT64_MAX - number,
        .process = history_name(history, STR("umzug core")),
        .mailbox = 1,
        .folder = history_name(history, STR("INBOX")),
        .content = 0x80000000u + (uint32_t)number,
        .uid = (uint32_t)number,
        .kind = FACT_ITEM_STORED,
        .system = SYSTEM_OPENXCHANGE,
        .how = HOW_APPENDED,
    };
}

/* A small history; `names_first` interns names in another order. */
static struct history *write_history(const char *path, int facts, bool names_first) {
    struct history *history = NULL;
    struct error error = {0};
    if (history_create(path, &history, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    history_set(history, "seed", STR("41"));
    history_set(history, "seed", STR("42"));
    history_mailbox_add(history, &(struct history_mailbox){.number = 1,
                                                           .address = "a@x.example",
                                                           .display_name = "Köhler, Britta",
                                                           .role = ROLE_BYSTANDER,
                                                           .principals = 3});
    if (names_first) {
        history_name(history, STR("INBOX"));
        history_name(history, STR("nobody ever uses this"));
    }
    for (int i = 0; i < facts; i++) {
        struct fact fact = fact_number(history, i);
        history_fact(history, &fact);
    }
    history_content(history, 7, (struct digest){UINT64_MAX, 1}, 1234, 0);
    struct claim claim = {.at = 5,
                          .kind = history_name(history, STR("mailbox_done")),
                          .mailbox = 1,
                          .messages = 12,
                          .text = STR("{\"claim\":\"mailbox_done\"}")};
    history_claim(history, &claim);
    return history;
}

struct seen {
    struct history *history;
    int facts, claims, contents, stop_at;
};

static bool see_fact(void *of, const struct fact *fact) {
    struct seen *seen = of;
    struct fact expected = {
        .at = 1754546400 * SECOND + seen->facts,
        .a = -seen->facts,
        .b = INT64_MAX - seen->facts,
        .process = fact->process,
        .mailbox = 1,
        .folder = fact->folder,
        .content = 0x80000000u + (uint32_t)seen->facts,
        .uid = (uint32_t)seen->facts,
        .kind = FACT_ITEM_STORED,
        .system = SYSTEM_OPENXCHANGE,
        .how = HOW_APPENDED,
    };
    assert_int_equal(fact->at, expected.at);
    assert_int_equal(fact->a, expected.a);
    assert_int_equal(fact->b, expected.b);
    assert_int_equal(fact->content, expected.content);
    assert_int_equal(fact->uid, expected.uid);
    assert_int_equal(fact->kind, expected.kind);
    assert_int_equal(fact->system, expected.system);
    assert_int_equal(fact->how, expected.how);
    assert_true(str_equal_text(history_text(seen->history, fact->process), "umzug core"));
    assert_true(str_equal_text(history_text(seen->history, fact->folder), "INBOX"));
    return ++seen->facts != seen->stop_at;
}

static bool see_claim(void *of, const struct claim *claim) {
    struct seen *seen = of;
    assert_true(str_equal_text(history_text(seen->history, claim->kind), "mailbox_done"));
    assert_true(str_equal_text(claim->text, "{\"claim\":\"mailbox_done\"}"));
    assert_int_equal(claim->messages, 12);
    seen->claims++;
    return true;
}

static bool see_content(void *of, const struct history_content *content) {
    struct seen *seen = of;
    assert_int_equal(content->content, 7);
    assert_true(content->digest.high == UINT64_MAX && content->digest.low == 1);
    assert_int_equal(content->bytes, 1234);
    seen->contents++;
    return true;
}

static void expect_all(struct history *history, int facts) {
    struct seen seen = {.history = history};
    struct error error;
    assert_int_equal(history_each_fact(history, see_fact, &seen, &error), STATUS_OK);
    assert_int_equal(history_each_claim(history, see_claim, &seen, &error), STATUS_OK);
    assert_int_equal(history_each_content(history, see_content, &seen, &error), STATUS_OK);
    assert_int_equal(seen.facts, facts);
    assert_int_equal(seen.claims, 1);
    assert_int_equal(seen.contents, 1);
    assert_int_equal(history_fact_count(history), facts);
    assert_true(str_equal_text(history_get(history, "seed"), "42"));
    assert_int_equal(history_get(history, "never set").length, 0);
    assert_int_equal(history_mailbox_count(history), 1);
    const struct history_mailbox *mailbox = history_mailbox(history, 1);
    assert_string_equal(mailbox->display_name, "Köhler, Britta");
    assert_string_equal(mailbox->node, "");
    assert_int_equal(mailbox->role, ROLE_BYSTANDER);
    assert_int_equal(mailbox->principals, 3);
    assert_null(history_mailbox(history, 0));
    assert_null(history_mailbox(history, 2));
}

static void one_in_memory_is_read_while_it_is_written(void **state) {
    (void)state;
    struct history *history = write_history(NULL, FACTS, false);
    expect_all(history, FACTS);
    struct fact fact = fact_number(history, FACTS);
    history_fact(history, &fact);
    expect_all(history, FACTS + 1);
    struct seen seen = {.history = history, .stop_at = 10};
    assert_int_equal(history_each_fact(history, see_fact, &seen, NULL), STATUS_OK);
    assert_int_equal(seen.facts, 10);
    history_close(&history);
    assert_null(history);
}

static void a_file_says_what_was_written_and_has_the_same_digest(void **state) {
    (void)state;
    struct history *history = write_history(history_path, FACTS, false);
    struct digest written = history_digest(history);
    history_close(&history);
    struct error error = {0};
    assert_int_equal(history_open(history_path, &history, &error), STATUS_OK);
    expect_all(history, FACTS);
    assert_true(digest_equal(written, history_digest(history)));
    history_close(&history);
}

static void the_digest_sees_rows_and_not_the_numbers_of_names(void **state) {
    (void)state;
    struct history *one = write_history(NULL, FACTS, false);
    struct history *same = write_history(NULL, FACTS, true);
    struct history *shorter = write_history(NULL, FACTS - 1, false);
    assert_true(digest_equal(history_digest(one), history_digest(same)));
    assert_false(digest_equal(history_digest(one), history_digest(shorter)));
    struct fact last = fact_number(shorter, FACTS - 1);
    last.name = last.folder;
    history_fact(shorter, &last);
    assert_false(digest_equal(history_digest(one), history_digest(shorter)));
    history_close(&one);
    history_close(&same);
    history_close(&shorter);
}

static void a_kill_leaves_what_was_synced(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct history *history = write_history(history_path, FACTS, false);
        history_sync(history);
        /* Enough that SQLite must write some of it before any commit. */
        for (int i = 0; i < 400000; i++) {
            struct fact fact = fact_number(history, i);
            history_fact(history, &fact);
        }
        raise(SIGKILL); /* nothing is closed */
    }
    int code = 0;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
    struct history *history = NULL;
    struct error error = {0};
    assert_int_equal(history_open(history_path, &history, &error), STATUS_OK);
    expect_all(history, FACTS);
    history_close(&history);
}

static void damage(const char *sql) {
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(history_path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static bool see_any_fact(void *of, const struct fact *fact) {
    (void)of;
    (void)fact;
    return true;
}

static void a_damaged_file_is_refused_with_the_row(void **state) {
    (void)state;
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"UPDATE facts SET what=99 WHERE row=3", "row 3 of facts"},
        {"UPDATE facts SET what=-1 WHERE row=4", "row 4 of facts"},
        {"UPDATE facts SET mailbox=2 WHERE row=5", "row 5 of facts"},
        {"UPDATE facts SET process=77 WHERE row=6", "row 6 of facts"},
        {"UPDATE facts SET content=-5 WHERE row=7", "row 7 of facts"},
        {"DELETE FROM names WHERE number=1", "of names"},
        {"UPDATE mailboxes SET number=2", "row 2 of mailboxes"},
        {"UPDATE mailboxes SET role=9", "row 1 of mailboxes"},
        {"DROP TABLE facts", "not a history"},
        {"PRAGMA user_version=7", "expected a history of version 1, found one of version 7: play"},
        {"PRAGMA user_version=0", "not a history"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct history *history = write_history(history_path, 10, false);
        history_close(&history);
        damage(cases[i].sql);
        struct error error = {0};
        enum status status = history_open(history_path, &history, &error);
        if (status == STATUS_OK)
            status = history_each_fact(history, see_any_fact, NULL, &error);
        assert_int_not_equal(status, STATUS_OK);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.text, cases[i].says);
        history_close(&history);
    }
}

static void a_person_can_read_the_facts_with_sqlite(void **state) {
    (void)state;
    struct history *history = write_history(history_path, 3, false);
    history_close(&history);
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(history_path, &database), SQLITE_OK);
    sqlite3_prepare_v2(database,
                       "SELECT time, fact, system, how, process, mailbox, folder, uid"
                       " FROM facts_readable WHERE row=3",
                       -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    static const char *const expected[] = {"2025-08-07T06:00:00.000002Z",
                                           "item_stored",
                                           "open-xchange",
                                           "appended",
                                           "umzug core",
                                           "a@x.example",
                                           "INBOX",
                                           "2"};
    for (int i = 0; i < 8; i++)
        assert_string_equal((const char *)sqlite3_column_text(statement, i), expected[i]);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

static void a_fact_takes_no_more_than_64_bytes(void **state) {
    (void)state;
    struct history *history = write_history(history_path, 100000, false);
    history_close(&history);
    struct stat file;
    assert_int_equal(stat(history_path, &file), 0);
    assert_in_range(file.st_size, 1, 64 * 100000);
}

static void a_place_that_cannot_be_written_is_an_error(void **state) {
    (void)state;
    struct history *history = NULL;
    struct error error = {0};
    assert_int_equal(history_create("/nowhere/at/all.db", &history, &error), STATUS_STORAGE);
    assert_null(history);
    assert_non_null(strstr(error.text, "/nowhere/at/all.db"));
    assert_int_not_equal(history_open("/nowhere/at/all.db", &history, &error), STATUS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_in_memory_is_read_while_it_is_written),
        cmocka_unit_test(a_file_says_what_was_written_and_has_the_same_digest),
        cmocka_unit_test(the_digest_sees_rows_and_not_the_numbers_of_names),
        cmocka_unit_test(a_kill_leaves_what_was_synced),
        cmocka_unit_test(a_damaged_file_is_refused_with_the_row),
        cmocka_unit_test(a_person_can_read_the_facts_with_sqlite),
        cmocka_unit_test(a_fact_takes_no_more_than_64_bytes),
        cmocka_unit_test(a_place_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
