/*
 * Any bytes as a scenario. What is refused is refused with its place in the file; what is taken
 * has an office and nobody divides by zero later.
 */
#include <stdint.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/fuzz/memory_file.h"
#include "../scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = memory_file(0, data, size);
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
