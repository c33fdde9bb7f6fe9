/*
 * Any bytes as a scenario. What is refused is refused with its place in the file; what is taken
 * has an office and nobody divides by zero later.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../engine/base/check.h"
#include "../scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The reader wants a path: a file in memory that is written anew for each input. */
static const char *fuzz_file(const uint8_t *data, size_t size) {
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("scenario", 0);
        check_compare(file, >=, 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    check_compare(ftruncate(file, 0), ==, 0);
    check_compare(pwrite(file, data, size, 0), ==, (ssize_t)size);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_file(data, size);
    struct arena *arena = arena_new();
    const struct scenario *scenario;
    struct error error = {0};
    if (scenario_read(arena, path, &scenario, &error) == STATUS_OK) {
        check(scenario->world.offices.count > 0 && scenario->world.scale > 0);
        check(scenario->plan.workers > 0);
        (void)scenario_instant(scenario, scenario->world.begins);
    } else {
        check(strncmp(error.text, path, strlen(path)) == 0);
    }
    arena_close(&arena);
    return 0;
}
