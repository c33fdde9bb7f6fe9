/*
 * Measures over homes and rights, each alone, all others off: route, login and directory agree,
 * held mail adds up, and no phase can do what is not its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"

static void directory_conflict(struct world *world) {
    world->conflict_at_directory = true;
}

static void route_is_stale(struct world *world) {
    world->mailboxes[2].route = HOME_EXCHANGE;
}

static void held_mail_is_lost(struct world *world) {
    world->mailboxes[2].held_ever = 5;
    world->mailboxes[2].released = 4;
}

static void released_mail_vanishes(struct world *world) {
    world->mailboxes[2].accepted = 1;
}

static void held_mail_is_old(struct world *world) {
    world->mailboxes[2].held_ever = world->mailboxes[2].still_held = 1;
    world->mailboxes[2].oldest_held = world->now - DAY;
}

static void each_measure_alone_stops_its_fault(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"one_home", {"hold"}, directory_conflict, "switch", "person0@im.example", 0},
        {"one_home", {NULL}, NULL, "switch", "person0@im.example", 0}, /* nothing is held */
        {"one_home", {"hold", "switch"}, route_is_stale, "release", "person2@im.example", 0},
        {"hold_accounting", {"hold"}, held_mail_is_lost, "release", "person2@im.example", 0},
        {"hold_accounting", {"hold"}, released_mail_vanishes, "release", "person2@im.example", 0},
        {"hold_accounting", {"hold"}, held_mail_is_old, "release", "person2@im.example", 0},
        {"no_delete_path", {"core"}, NULL, "--surplus remove backfill", "--surplus", 0},
    };
    faults_are_stopped(faults, sizeof faults / sizeof faults[0]);
}

/* The means are gone, not only the wish: whatever a phase comes to want, the doors lack it. */
static void only_a_clean_up_removes_and_only_a_rollback_changes_the_source(void **state) {
    (void)state;
    static const struct {
        enum phase phase;
        const char *measures;
        bool removes, puts;
    } cases[] = {
        {PHASE_CORE, "no_delete_path", false, false},
        {PHASE_BACKFILL, "no_delete_path", false, false},
        {PHASE_VERIFY, "all", false, false},
        {PHASE_ROLLBACK, "no_delete_path", false, true},
        {PHASE_CLEANUP, "no_delete_path", true, false},
        {PHASE_CORE, "all, -no_delete_path", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_new(1);
        struct engine *engine = NULL;
        struct error error = {0};
        const struct engine_request request = {
            .phase = cases[i].phase, .plan = "plan", .measures = cases[i].measures, .typed = ""};
        const struct target_type *target = NULL;
        assert_int_equal(engine_open(&world->platform, &world_adapters, &request, &engine, &error),
                         STATUS_OK);
        target = engine->target->type;
        bool removes = target->remove == world_remove,
             puts = engine->source->type->put == world_put;
        assert_int_equal(removes, cases[i].removes);
        assert_int_equal(puts, cases[i].puts);
        if (!removes)
            assert_int_equal(target->remove(NULL, "INBOX", 1, NULL, 3, &error), STATUS_REFUSED);
        if (!puts)
            assert_int_equal(engine->source->type->put(NULL, "inbox", NULL, &error),
                             STATUS_REFUSED);
        engine_close(&engine, 0);
        world_free(&world);
    }
}

static void a_mirror_is_refused_before_it_begins(void **state) {
    (void)state;
    struct world *world = world_new(2);
    assert_int_equal(world_run(world, "--measures no_delete_path --surplus remove core"), 1);
    assert_true(world_alarmed(world, "no_delete_path", "--surplus"));
    assert_int_equal(world_at_target(world), 0);
    assert_int_equal(world_run(world, "--measures no_delete_path --surplus keep core"), 0);
    assert_int_equal(world_run(world, "--measures no_delete_path --surplus all core"), 65);
    world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_measure_alone_stops_its_fault),
        cmocka_unit_test(only_a_clean_up_removes_and_only_a_rollback_changes_the_source),
        cmocka_unit_test(a_mirror_is_refused_before_it_begins),
    };
    return cmocka_run_group_tests_name("measures_of_homes", tests, NULL, NULL);
}
