/* The real machine: files are replaced whole, threads are joined, locks exclude. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../posix_platform.h"

enum { THREADS = 8, ROUNDS = 20000 };

struct counting {
    struct platform *platform;
    struct platform_lock *lock;
    long count;
};

static void count_up(void *of) {
    struct counting *counting = of;
    for (int i = 0; i < ROUNDS; i++) {
        counting->platform->type->lock(counting->platform, counting->lock);
        counting->count++;
        counting->platform->type->unlock(counting->platform, counting->lock);
    }
}

static void locks_exclude_and_threads_are_joined(void **state) {
    (void)state;
    struct platform *platform = posix_platform_new();
    struct counting counting = {platform, platform->type->lock_new(platform), 0};
    struct platform_thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = platform->type->spawn(platform, "count", count_up, &counting);
    for (int i = 0; i < THREADS; i++)
        platform->type->join(platform, threads[i]);
    assert_int_equal(counting.count, THREADS * ROUNDS);
    platform->type->lock_free(platform, counting.lock);
    posix_platform_free(&platform);
}

static void files_are_replaced_whole_and_appended_to(void **state) {
    (void)state;
    struct platform *platform = posix_platform_new();
    char directory[] = "/tmp/umzug-posix-XXXXXX", path[80], inside[80];
    struct buffer out = {0};
    struct error error;
    assert_non_null(mkdtemp(directory));
    snprintf(inside, sizeof inside, "%s/state", directory);
    snprintf(path, sizeof path, "%s/state/file", directory);
    const struct platform_type *type = platform->type;
    assert_int_equal(type->file_read(platform, path, &out, &error), STATUS_NOT_FOUND);
    assert_int_equal(type->file_append(platform, path, STR("one\n"), true, &error), STATUS_OK);
    assert_int_equal(type->file_append(platform, path, STR("two\nha"), false, &error), STATUS_OK);
    assert_int_equal(type->file_append(platform, path, STR(""), true, &error), STATUS_OK);
    /* Half a line is never gone on with. */
    assert_int_equal(type->file_append(platform, path, STR("three\n"), true, &error), STATUS_OK);
    assert_int_equal(type->file_read(platform, path, &out, &error), STATUS_OK);
    assert_string_equal(buffer_text(&out), "one\ntwo\nha\nthree\n");
    buffer_clear(&out);
    assert_int_equal(type->file_replace(platform, path, STR("three"), &error), STATUS_OK);
    assert_int_equal(type->file_read(platform, path, &out, &error), STATUS_OK);
    assert_string_equal(buffer_text(&out), "three");
    buffer_release(&out);
    unlink(path);
    assert_int_equal(rmdir(inside), 0); /* nothing else was left there */
    rmdir(directory);
    posix_platform_free(&platform);
}

static void time_goes_forward_while_sleeping(void **state) {
    (void)state;
    struct platform *platform = posix_platform_new();
    instant before = platform->type->monotonic(platform);
    assert_int_equal(platform->type->sleep(platform, 5 * MILLISECOND), STATUS_OK);
    assert_true(platform->type->monotonic(platform) - before >= 5 * MILLISECOND);
    assert_false(platform->type->stopped(platform));
    posix_platform_free(&platform);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_exclude_and_threads_are_joined),
        cmocka_unit_test(files_are_replaced_whole_and_appended_to),
        cmocka_unit_test(time_goes_forward_while_sleeping),
    };
    return cmocka_run_group_tests_name("posix platform", tests, NULL, NULL);
}
