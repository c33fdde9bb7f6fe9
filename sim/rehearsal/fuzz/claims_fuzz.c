/*
 * Any bytes as what an engine, ours or another's, says of itself. Each line that is not empty
 * becomes one claim; what is no claim is kept as such.
 */
#include <stdint.h>

#include "../../../engine/base/check.h"
#include "../../party/tests/people.h"
#include "../claims_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 20000 }; /* then a new history, since claims pile up in the old one */

static struct population *population;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct history *history;
    static int runs;
    if (population == NULL)
        population = people_new(2, 1);
    if (runs++ % RUNS_MAX == 0) {
        history_close(&history);
        check(history_create(NULL, &history, NULL) == STATUS_OK);
        history_name(history, STR("umzug"));
    }
    claims_read(history, population, 1, PEOPLE_NOW, str_bytes(data, size));
    return 0;
}
