/*
 * EWS from anybody who has a password: the input is the body of a request. Whatever it is, there is
 * an answer, and when it is XML it is well-formed.
 * The seeds name a mailbox and an item of ews_world's population; when that is drawn anew, their
 * addresses and ids must be too, or all of them end in the same refusal.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../../../engine/base/check.h"
#include "../../../../engine/base/fuzz/xml_mutator.h"
#include "../tests/ews_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

enum { RUNS_MAX = 20000 }; /* then a new world, since facts pile up in the old one */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ews_world world;
    static int runs;
    if (runs == RUNS_MAX)
        ews_world_close(&world);
    if (runs == 0 || runs == RUNS_MAX) {
        runs = 0;
        ews_world_open(&world);
        world.account.full_access = true;
        ews_world_start(&world);
    }
    runs++;
    ews_world_post(&world, "c3ZjLXVtenVnOmtyYW5pY2g=", str_bytes(data, size));
    check_compare(world.end, ==, SESSION_READ);
    check(world.document != NULL);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate(data, size, capacity, seed);
}
