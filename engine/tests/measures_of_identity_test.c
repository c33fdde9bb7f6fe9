/*
 * Measures over identity, each alone, all others off: the mailbox that was opened is not the one
 * that was meant, on either side, with and without keys that went along.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"

static void target_opens_other(struct world *world) {
    world->opens_other = 3; /* p2's login opens p3's mailbox */
}

static void source_opens_other(struct world *world) {
    world->source_opens_other = 3;
}

static void outside_is_open(struct world *world) {
    plan_adds(world, "outside_login = p4\n");
}

static void each_measure_alone_stops_its_fault(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"key_join", {NULL}, wrong_mapping, "core", "person", 0},
        {"key_join", {"core"}, night_list, "--mapping night.csv backfill", "person", 0},
        {"key_join", {"core"}, night_list_with_keys, "--mapping night.csv backfill", "person", 0},
        {"key_join", {NULL}, source_opens_other, "core", "person2@im.example", 0},
        {"core_overlap", {"core"}, night_list, "--mapping night.csv backfill", "person", 0},
        {"core_overlap", {"core"}, night_list_with_keys, "--mapping night.csv check", "person", 0},
        {"core_overlap", {NULL}, wrong_mapping, "check", "person", 0},
        {"who_am_i", {NULL}, wrong_mapping, "core", "person", 0},
        {"who_am_i", {"core"}, night_list_with_keys, "--mapping night.csv backfill", "person", 0},
        {"who_am_i", {NULL}, target_opens_other, "core", "person2@im.example", 0},
        {"who_am_i", {NULL}, source_opens_other, "core", "person2@im.example", 0},
        {"scoped_credential", {NULL}, outside_is_open, "preflight", "p4", 0},
    };
    faults_are_stopped(faults, sizeof faults / sizeof faults[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_measure_alone_stops_its_fault),
    };
    return cmocka_run_group_tests_name("measures_of_identity", tests, NULL, NULL);
}
