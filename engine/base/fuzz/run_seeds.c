/*
 * A fuzz target as a test of every build: each of its seeds is given to it whole, cut off at up to
 * CUTS_MAX places (as by a peer that hangs up there), and changed at random CHANGES times, always
 * from memory that ends at a page nobody may touch. The seeds lie where the program's name says:
 * build/<configuration>/<path>_fuzz_test reads <path>_fuzz.seeds/.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../buffer.h"
#include "../chance.h"
#include "../check.h"
#include "exact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

enum { CUTS_MAX = 48, CHANGES = 24, SEED_BYTES_MAX = 1 << 16 };

static char folder[300];
static unsigned inputs;

/* Targets that bring a mutator of their own refer to libFuzzer's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity) {
    (void)data;
    (void)capacity;
    return size;
}

static void give(const void *bytes, size_t length) {
    inputs++;
    LLVMFuzzerTestOneInput((const uint8_t *)exact_copy(EXACT_WHOLE, bytes, length), length);
}

/* A byte set, a range left out or doubled: what a careless hand would do. */
static void change(struct chance *chance, struct buffer *bytes) {
    if (bytes->length == 0)
        return;
    size_t from = chance_below(chance, bytes->length);
    size_t length = 1 + chance_below(chance, bytes->length - from);
    switch (chance_below(chance, 4)) {
    case 0:
        memmove(bytes->data + from, bytes->data + from + length, bytes->length - from - length);
        bytes->length -= length;
        return;
    case 1: {
        struct buffer doubled = {0};
        buffer_append(&doubled, bytes->data, from + length);
        buffer_append(&doubled, bytes->data + from, bytes->length - from);
        buffer_release(bytes);
        *bytes = doubled;
        return;
    }
    default:
        bytes->data[from] = (char)chance_next(chance);
        return;
    }
}

static void play_seed(const char *name) {
    char path[600];
    static char bytes[SEED_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    assert_true(length < sizeof bytes);
    fclose(file);
    give(bytes, length);
    size_t step = length / CUTS_MAX + 1;
    for (size_t cut = 0; cut < length; cut += step)
        give(bytes, cut);
    struct chance chance = chance_of(length, name);
    for (int i = 0; i < CHANGES; i++) {
        struct buffer changed = {0};
        buffer_append(&changed, bytes, length);
        for (int k = 0; k <= i % 3; k++)
            change(&chance, &changed);
        give(changed.data, changed.length);
        buffer_release(&changed);
    }
}

static void no_seed_whole_cut_or_changed_ends_badly(void **state) {
    (void)state;
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort), played = 0;
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            play_seed(entries[i]->d_name);
            played++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(played > 0);
    print_message("%u inputs of %d seeds\n", inputs, played);
}

int main(int count, char **words) {
    (void)count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_seed_whole_cut_or_changed_ends_badly),
    };
    const char *path = strstr(words[0], "build/");
    path = path == NULL ? words[0] : strchr(path + strlen("build/"), '/') + 1;
    snprintf(folder, sizeof folder, "%.*s.seeds", (int)(strlen(path) - strlen("_test")), path);
    return cmocka_run_group_tests_name(path, tests, NULL, NULL);
}
