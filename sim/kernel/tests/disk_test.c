/* What was acknowledged survives every crash, and a dead process has no effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../disk.h"
#include "../process.h"
#include "../task.h"

enum { ROWS = 12 };

struct trial {
    struct disk *disk;
    struct process *process;
    uint64_t kill_at; /* step; 0: never */
    int acknowledged; /* rows committed before the kill */
    const char *synchronous;
};

static void trial_watch(void *of, uint64_t step, const char *what, const char *name) {
    struct trial *trial = of;
    (void)what, (void)name;
    if (step == trial->kill_at)
        process_kill(trial->process);
}

static sqlite3 *trial_open(struct trial *trial) {
    sqlite3 *database = NULL;
    char pragma[64];
    if (sqlite3_open_v2("ledger", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        disk_vfs_name(trial->disk)) != SQLITE_OK) {
        sqlite3_close(database);
        return NULL;
    }
    snprintf(pragma, sizeof pragma, "PRAGMA synchronous=%s", trial->synchronous);
    sqlite3_exec(database, pragma, NULL, NULL, NULL);
    sqlite3_exec(database, "PRAGMA journal_mode=TRUNCATE", NULL, NULL, NULL);
    return database;
}

static void trial_write(void *of) {
    struct trial *trial = of;
    sqlite3 *database = trial_open(trial);
    if (database == NULL)
        return;
    sqlite3_exec(database, "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b BLOB)", NULL,
                 NULL, NULL);
    for (int row = 1; row <= ROWS; row++) {
        char sql[96];
        snprintf(sql, sizeof sql, "INSERT INTO t VALUES(%d, zeroblob(3000))", row);
        if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
            break;
        trial->acknowledged = row;
    }
    sqlite3_close(database);
}

static int first_number(void *of, int columns, char **values, char **names) {
    (void)columns, (void)names;
    *(int *)of = values[0] == NULL ? 0 : atoi(values[0]);
    return 0;
}

/* Plays one trial; returns the number of rows found afterwards, −1 when the file is broken. */
static int trial_play(struct trial *trial, enum disk_crash crash, uint64_t seed,
                      uint64_t *steps_r) {
    struct clock clock;
    struct kernel *kernel = kernel_new(seed, 0, &clock);
    trial->disk = disk_new(kernel, "trial");
    trial->process = process_new(kernel, "engine", 1);
    trial->acknowledged = 0;
    disk_watch(trial->disk, trial_watch, trial);
    task_start(trial->process, "writer", trial_write, trial);
    assert_int_equal(kernel_run(kernel, INSTANT_NEVER), KERNEL_IDLE);
    *steps_r = disk_steps(trial->disk);
    struct chance chance = chance_of(seed, "crash");
    disk_crash(trial->disk, "", crash, &chance);
    disk_watch(trial->disk, NULL, NULL);
    int rows = 0, whole = 0;
    sqlite3 *database = trial_open(trial);
    if (sqlite3_exec(database, "SELECT count(*), max(a) FROM t", first_number, &rows, NULL) !=
        SQLITE_OK)
        rows = trial->acknowledged == 0 ? 0 : -1; /* not even the table was acknowledged */
    if (sqlite3_exec(database, "SELECT integrity_check = 'ok' FROM pragma_integrity_check",
                     first_number, &whole, NULL) != SQLITE_OK ||
        !whole)
        rows = -1;
    sqlite3_close(database);
    disk_close(&trial->disk);
    kernel_close(&kernel);
    return rows;
}

static void what_was_acknowledged_survives_each_crash_at_each_step(void **state) {
    (void)state;
    struct trial whole = {.synchronous = "FULL"};
    uint64_t steps, ignored;
    assert_int_equal(trial_play(&whole, DISK_KEPT, 1, &steps), ROWS);
    assert_true(steps > 60);
    for (int crash = 0; crash < DISK_CRASH_COUNT; crash++) {
        for (uint64_t step = 1; step <= steps; step++) {
            struct trial trial = {.kill_at = step, .synchronous = "FULL"};
            int rows = trial_play(&trial, (enum disk_crash)crash, step, &ignored);
            if (rows < trial.acknowledged)
                fail_msg("crash %d at step %d: %d rows acknowledged, %d found", crash, (int)step,
                         trial.acknowledged, rows);
            assert_in_range(rows, 0, trial.acknowledged + 1);
        }
    }
}

static void without_syncs_crashes_break_the_file(void **state) {
    (void)state;
    int broken = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t ignored;
        struct trial trial = {.kill_at = 20 + seed, .synchronous = "OFF"};
        if (trial_play(&trial, DISK_SECTORS, seed, &ignored) < trial.acknowledged)
            broken++;
    }
    assert_true(broken > 10); /* else the crashes are no crashes */
}

static void replaced_files_are_whole_after_any_crash(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct clock clock;
        struct kernel *kernel = kernel_new(seed, 0, &clock);
        struct disk *disk = disk_new(kernel, "trial");
        struct chance chance = chance_of(seed, "crash");
        struct buffer bytes = {0};
        assert_int_equal(disk_replace(disk, "seal", STR("first")), STATUS_OK);
        assert_int_equal(disk_append(disk, "claims", STR("unsynced"), false), STATUS_OK);
        disk_crash(disk, "", (enum disk_crash)(seed % DISK_CRASH_COUNT), &chance);
        assert_int_equal(disk_read(disk, "seal", &bytes), STATUS_OK);
        assert_string_equal(buffer_text(&bytes), "first");
        buffer_clear(&bytes);
        if (seed % DISK_CRASH_COUNT == DISK_LOST)
            assert_int_equal(disk_read(disk, "claims", &bytes), STATUS_NOT_FOUND);
        if (seed % DISK_CRASH_COUNT == DISK_KEPT)
            assert_int_equal(disk_read(disk, "claims", &bytes), STATUS_OK);
        buffer_release(&bytes);
        disk_close(&disk);
        kernel_close(&kernel);
    }
}

/* Writes A, B and C to places of their own; says which of them a crash leaves, as bits. */
static unsigned three_writes_after(enum disk_crash crash, uint64_t seed) {
    struct clock clock;
    struct kernel *kernel = kernel_new(seed, 0, &clock);
    struct disk *disk = disk_new(kernel, "three");
    struct chance chance = chance_of(seed, "crash");
    struct buffer bytes = {0}, write = {0};
    unsigned left = 0;
    assert_int_equal(disk_append(disk, "file", STR(""), true), STATUS_OK);
    for (char letter = 'A'; letter <= 'C'; letter++) {
        buffer_clear(&write);
        for (int i = 0; i < 4096; i++)
            buffer_append_byte(&write, letter);
        assert_int_equal(disk_append(disk, "file", buffer_str(&write), false), STATUS_OK);
    }
    disk_crash(disk, "", crash, &chance);
    assert_int_equal(disk_read(disk, "file", &bytes), STATUS_OK);
    for (size_t i = 0; i < bytes.length; i += 4096)
        if (bytes.data[i] != '\0')
            left |= 1u << (bytes.data[i] - 'A');
    for (size_t i = 0; crash == DISK_REORDERED && i < bytes.length; i++)
        assert_int_equal(bytes.data[i], bytes.data[i - i % 4096]); /* whole or not at all */
    buffer_release(&bytes);
    buffer_release(&write);
    disk_close(&disk);
    kernel_close(&kernel);
    return left;
}

static void a_later_write_may_be_durable_and_an_earlier_one_not(void **state) {
    (void)state;
    unsigned seen = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        unsigned left = three_writes_after(DISK_REORDERED, seed), torn = 0;
        seen |= 1u << left;
        assert_true(left == 2 || left == 4 || left == 5 || left == 6); /* B, C, AC, BC */
        torn = three_writes_after(DISK_TORN, seed);
        assert_true(torn == 0 || torn == 1 || torn == 3 || torn == 7); /* nothing, A, AB, ABC */
    }
    assert_int_equal(seen, 1u << 2 | 1u << 4 | 1u << 5 | 1u << 6);
}

static void note_file(void *of, const char *name, struct str bytes) {
    buffer_printf(of, "%s %zu %.*s\n", name, bytes.length, STR_ARG(bytes));
}

/* Names and writes in every state: synced, not synced, replaced, deleted. */
static void a_crash_leaves_what_was_foretold(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct clock clock;
        struct kernel *kernel = kernel_new(seed, 0, &clock);
        struct disk *disk = disk_new(kernel, "foretold");
        struct buffer before = {0}, foretold = {0}, left = {0}, after = {0};
        enum disk_crash crash = (enum disk_crash)(seed % DISK_CRASH_COUNT);
        struct chance first = chance_of(seed, "crash"), second = chance_of(seed, "crash");
        assert_int_equal(disk_replace(disk, "state/seal", STR("first")), STATUS_OK);
        assert_int_equal(disk_append(disk, "state/claims", STR("one\n"), true), STATUS_OK);
        assert_int_equal(disk_append(disk, "state/claims", STR("two\n"), false), STATUS_OK);
        assert_int_equal(disk_append(disk, "state/claims", STR("three\n"), false), STATUS_OK);
        assert_int_equal(disk_append(disk, "state/new", STR("new"), false), STATUS_OK);
        assert_int_equal(disk_delete(disk, "state/seal", false), STATUS_OK);
        assert_int_equal(disk_append(disk, "gateway", STR("elsewhere"), false), STATUS_OK);
        disk_each(disk, note_file, &before);
        disk_crash_foretell(disk, "state", crash, &first, note_file, &foretold);
        disk_each(disk, note_file, &left);
        assert_string_equal(buffer_text(&left), buffer_text(&before));
        disk_crash(disk, "state", crash, &second);
        disk_each(disk, note_file, &after);
        assert_string_equal(buffer_text(&after), buffer_text(&foretold));
        buffer_release(&before);
        buffer_release(&foretold);
        buffer_release(&left);
        buffer_release(&after);
        disk_close(&disk);
        kernel_close(&kernel);
    }
}

/* ---- a full disk ---- */

static bool no_room(void *of, const char *name) {
    (void)name;
    return *(const bool *)of;
}

static void a_full_disk_lets_nothing_grow(void **state) {
    (void)state;
    struct clock clock;
    struct kernel *kernel = kernel_new(1, 0, &clock);
    struct disk *disk = disk_new(kernel, "full");
    struct trial trial = {.disk = disk, .synchronous = "FULL"};
    struct buffer bytes = {0};
    bool room = true;
    int rows = 0;
    disk_watch_room(disk, no_room, &room);
    assert_int_equal(disk_replace(disk, "seal", STR("first")), STATUS_OK);
    sqlite3 *database = trial_open(&trial);
    assert_int_equal(
        sqlite3_exec(database, "CREATE TABLE t(a); INSERT INTO t VALUES(1)", NULL, NULL, NULL),
        SQLITE_OK);
    room = false;
    assert_int_equal(disk_append(disk, "claims", STR("more"), true), STATUS_STORAGE);
    assert_int_equal(disk_replace(disk, "seal", STR("other")), STATUS_STORAGE);
    assert_int_equal(disk_read(disk, "seal", &bytes), STATUS_OK);
    assert_string_equal(buffer_text(&bytes), "first");
    assert_int_equal(sqlite3_exec(database, "INSERT INTO t VALUES(2)", NULL, NULL, NULL),
                     SQLITE_FULL);
    room = true;
    assert_int_equal(sqlite3_exec(database, "INSERT INTO t VALUES(3)", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_exec(database, "SELECT sum(a) FROM t", first_number, &rows, NULL);
    assert_int_equal(rows, 4);
    sqlite3_close(database);
    buffer_release(&bytes);
    disk_close(&disk);
    kernel_close(&kernel);
}

static void of_a_file_that_nobody_syncs_a_crash_takes_the_newest_writes_only(void **state) {
    (void)state;
    enum { WRITES = 5 * DISK_PENDING_MAX };
    struct clock clock;
    struct kernel *kernel = kernel_new(1, 0, &clock);
    struct disk *disk = disk_new(kernel, "unsynced");
    struct chance chance = chance_of(1, "crash");
    struct buffer found = {0};
    assert_int_equal(disk_append(disk, "log", STR("#"), true), STATUS_OK);
    for (int i = 0; i < WRITES; i++)
        assert_int_equal(disk_append(disk, "log", str_bytes(&"abcdefghij"[i % 10], 1), false),
                         STATUS_OK);
    disk_crash(disk, "", DISK_LOST, &chance);
    assert_int_equal(disk_read(disk, "log", &found), STATUS_OK);
    assert_true(found.length < 1 + WRITES);
    assert_true(found.length >= 1 + WRITES - DISK_PENDING_MAX);
    for (size_t i = 1; i < found.length; i++)
        assert_int_equal(found.data[i], "abcdefghij"[(i - 1) % 10]);
    buffer_release(&found);
    disk_close(&disk);
    kernel_close(&kernel);
}

static void a_crash_leaves_other_machines_files_alone(void **state) {
    (void)state;
    struct clock clock;
    struct kernel *kernel = kernel_new(1, 0, &clock);
    struct disk *disk = disk_new(kernel, "trial");
    struct chance chance = chance_of(1, "crash");
    struct buffer bytes = {0};
    assert_int_equal(disk_append(disk, "state/claims", STR("ours"), false), STATUS_OK);
    assert_int_equal(disk_append(disk, "gateway.db", STR("theirs"), false), STATUS_OK);
    disk_crash(disk, "state/", DISK_LOST, &chance);
    assert_int_equal(disk_read(disk, "state/claims", &bytes), STATUS_NOT_FOUND);
    assert_int_equal(disk_read(disk, "gateway.db", &bytes), STATUS_OK);
    disk_crash(disk, "", DISK_LOST, &chance); /* still not durable: it was not made so in passing */
    assert_int_equal(disk_read(disk, "gateway.db", &bytes), STATUS_NOT_FOUND);
    buffer_release(&bytes);
    disk_close(&disk);
    kernel_close(&kernel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_each_crash_at_each_step),
        cmocka_unit_test(without_syncs_crashes_break_the_file),
        cmocka_unit_test(replaced_files_are_whole_after_any_crash),
        cmocka_unit_test(a_later_write_may_be_durable_and_an_earlier_one_not),
        cmocka_unit_test(a_crash_leaves_what_was_foretold),
        cmocka_unit_test(a_full_disk_lets_nothing_grow),
        cmocka_unit_test(of_a_file_that_nobody_syncs_a_crash_takes_the_newest_writes_only),
        cmocka_unit_test(a_crash_leaves_other_machines_files_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
