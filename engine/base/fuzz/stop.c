/* Linked to every fuzz target: a check that fails ends in abort(), so that the fuzzer keeps the
 * input that did it. check.h would leave by _exit(). */
#include <stdlib.h>

#include "../check.h"

static __attribute__((constructor)) void stop_for_the_fuzzer(void) {
    check_on_failure(abort);
}
