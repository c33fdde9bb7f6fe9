/*
 * Any bytes as what an engine, ours or another's, says of itself. Each line that is not empty
 * becomes one claim; what is no claim is kept as such.
 */
#include <stdint.h>

#include "../../../engine/base/check.h"
#include "../claims_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 20000 }; /* then a new history, since claims pile up in the old one */

static struct population *population;

static void people(void) {
    static const struct office_spec offices[] = {{"Amt", "Amt", "amt.test", 2, 0, 0}};
    struct population_spec spec = {.seed = 1,
                                   .day = 1754546400 * SECOND,
                                   .offices = offices,
                                   .office_count = 1,
                                   .messages_mean = 1,
                                   .years = 1,
                                   .scale = 1,
                                   .databases = 1,
                                   .nodes = 1};
    check(population_open(&spec, &population, NULL) == STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct history *history;
    static int runs;
    if (population == NULL)
        people();
    if (runs++ % RUNS_MAX == 0) {
        history_close(&history);
        check(history_create(NULL, &history, NULL) == STATUS_OK);
        history_name(history, STR("umzug"));
    }
    claims_read(history, population, 1, 1754546400 * SECOND, str_bytes(data, size));
    return 0;
}
