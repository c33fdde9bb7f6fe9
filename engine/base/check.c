/* Checks that are always on. See check.h. */
#include "check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_BUG_HERE = 70 };

static void (*check_say)(void);

void check_on_failure(void (*say)(void)) {
    check_say = say;
}

static _Noreturn void check_stop(void) {
    void (*say)(void) = check_say;
    check_say = NULL;
    if (say != NULL)
        say();
    fflush(NULL);
    /* A debugger and the sanitizers want a signal, a pipeline wants an exit code. */
    if (getenv("GENERALPROBE_ABORT") != NULL)
        abort();
    _Exit(EXIT_BUG_HERE);
}

void check_failed(const char *expression, const char *file, int line, const char *function) {
    fprintf(stderr, "%s:%d: %s: this must hold and does not: %s\n", file, line, function,
            expression);
    check_stop();
}

void check_failed_compare(const char *expression, long long left, long long right, const char *file,
                          int line) {
    fprintf(stderr, "%s:%d: this must hold and does not: %s (left is %lld, right is %lld)\n", file,
            line, expression, left, right);
    check_stop();
}

void *memory_new(size_t count, size_t size) {
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    check(memory != NULL);
    return memory;
}

void *memory_grow(void *old, size_t count, size_t size) {
    check(size == 0 || count <= SIZE_MAX / size);
    void *memory = realloc(old, count * size == 0 ? 1 : count * size);
    check(memory != NULL);
    return memory;
}

char *memory_copy_text(const char *text) {
    size_t length = strlen(text) + 1;
    char *copy = memory_new(length, 1);
    memcpy(copy, text, length);
    return copy;
}
