/*
 * The registry of faults: each row has a name and a sentence, and on a small day it is armed,
 * fires, and has an effect on something. With all measures on none of them leaves foreign or lost
 * mail behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../fault/fault.h"
#include "small_day.h"
#include "small_world.h"

static void each_row_has_its_own_name_and_a_sentence(void **state) {
    (void)state;
    const struct fault_type *type, *other;
    size_t count = 0;
    for (; (type = fault_type_at(count)) != NULL; count++) {
        assert_ptr_equal(fault_type(type->name), type);
        assert_true(strlen(type->sentence) > 10);
        assert_non_null(type->arm);
        assert_int_equal(strspn(type->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(type->name));
        for (size_t i = 0; i < count && (other = fault_type_at(i)) != NULL; i++)
            assert_string_not_equal(other->name, type->name);
    }
    assert_true(count >= 14);
    assert_null(fault_type("no-such-fault"));
    assert_null(fault_type(""));
}

/* Checks a scenario with one fault of that name and way; what is said goes into `error`. */
static enum status check_fault(const char *name, const char *way, struct error *error) {
    struct arena *arena = arena_new();
    struct buffer text = {0};
    buffer_printf(&text, "%s%sfaults:\n  - name: %s\n    way: %s\n", SMALL_WORLD, SMALL_RUNBOOK,
                  name, way);
    enum status status = faults_check(small_day_of(arena, buffer_text(&text)), error);
    buffer_release(&text);
    arena_close(&arena);
    return status;
}

static void only_ways_that_a_fault_has_are_taken(void **state) {
    (void)state;
    static const char *const ways[] = {"argument", "sealed_file", "past_the_engine", "plan"};
    const struct fault_type *type;
    struct error error = {0};
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++)
        for (unsigned way = 0; way < 4; way++)
            assert_int_equal(check_fault(type->name, ways[way], &error),
                             type->ways == 0 || type->ways & 1U << way ? STATUS_OK
                                                                       : STATUS_INVALID);
    assert_int_equal(check_fault("mapping-row-shifd", "plan", &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "did you mean \"mapping-row-shift\"?"));
}

/* The runbook in which a hand gives the fault its chance. */
static const char *runbook_of(const char *way) {
    if (strcmp(way, "argument") == 0)
        return "    run: backfill --mapping nachmigration.csv\n    if_refused: backfill\n";
    if (strcmp(way, "past_the_engine") == 0)
        return "    run: --mapping nachmigration.csv backfill\n    engine: old_script\n";
    return "    run: backfill\n";
}

static void play_fault(struct played *played, struct arena *arena, const char *name,
                       const char *way) {
    struct buffer text = {0};
    buffer_append_text(&text, SMALL_WORLD
                       "runbook:\n  - at: \"06:20\"\n    run: --by petersen --and hansen seal\n"
                       "  - run: check\n  - run: preflight\n  - run: hold\n  - run: switch\n"
                       "  - run: release\n  - at: \"07:20\"\n    run: core\n  - run: verify\n"
                       "  - at: \"20:00\"\n");
    buffer_printf(&text,
                  "%sfaults:\n  - name: %s\n    way: %s\n    at: \"07:00\"\n    lasts: 20 h\n",
                  runbook_of(way), name, way);
    small_day_play(played, small_day_of(arena, buffer_text(&text)), 1, NULL);
    buffer_release(&text);
}

static uint64_t facts(const struct played *played, enum fact_kind kind) {
    return history_count(played->result.history, (struct fact_filter){.kind = kind});
}

static void fault_shows(const char *name, const char *way) {
    struct arena *arena = arena_new();
    struct played played;
    play_fault(&played, arena, name, way);
    uint64_t armed = facts(&played, FACT_FAULT_ARMED), fired = facts(&played, FACT_FAULT_FIRED),
             effects = facts(&played, FACT_FAULT_EFFECT);
    if (armed != 1 || fired == 0 || effects == 0)
        fail_msg("%s by %s: armed %llu, fired %llu, effects %llu", name, way,
                 (unsigned long long)armed, (unsigned long long)fired, (unsigned long long)effects);
    int64_t foreign = small_day_number(&played, NUMBER_FOREIGN_AT_REST_END);
    int64_t lost = small_day_number(&played, NUMBER_LOST);
    if (foreign != 0 || lost != 0)
        fail_msg("%s by %s: %lld foreign, %lld lost at the end, all measures on", name, way,
                 (long long)foreign, (long long)lost);
    small_day_close(&played);
    arena_close(&arena);
}

static void each_fault_fires_and_has_an_effect(void **state) {
    (void)state;
    static const char *const ways[] = {"argument", "sealed_file", "past_the_engine", "plan"};
    const struct fault_type *type;
    for (size_t i = 0; (type = fault_type_at(i)) != NULL; i++)
        for (unsigned way = 0; way < 4; way++)
            if (type->by_scenario)
                continue; /* scenarios/drills/ show these */
            else if (type->ways == 0 ? way == 3 : (type->ways & 1U << way) != 0)
                fault_shows(type->name, ways[way]);
}

/* ---- what wrong lists look like ---- */

static void wrong_lists(struct small_world *small, const char *name, const char *more,
                        struct faults **faults_r) {
    struct buffer text = {0};
    struct error error = {0};
    buffer_printf(&text, "%s%sfaults:\n  - name: %s\n    way: plan\n%s", SMALL_WORLD, SMALL_RUNBOOK,
                  name, more);
    small_world_open(small, buffer_text(&text), 5);
    assert_int_equal(faults_open(small->world, faults_r, &error), STATUS_OK);
    buffer_release(&text);
}

static void wrong_lists_are_wrong_as_their_names_say(void **state) {
    (void)state;
    static const struct {
        const char *name, *more;
        uint32_t least, most; /* rows that are wrong, of ten */
        bool permutation;     /* every target stands there once */
    } cases[] = {
        {"mapping-full-permutation", "", 10, 10, true},
        {"mapping-full-permutation", "    within: office\n", 10, 10, true},
        {"mapping-row-shift", "", 2, 10, true},
        {"mapping-swapped-pair", "", 2, 2, true},
        {"mapping-swapped-pair", "    count: 5\n", 2, 10, true},
        {"mapping-many-to-one", "", 1, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct small_world small;
        struct faults *faults;
        wrong_lists(&small, cases[i].name, cases[i].more, &faults);
        struct world *world = small.world;
        struct mapping_row_spec *rows = fault_right_list(world);
        uint32_t wrong = 0, *seen = arena_take(small.arena, world->mailbox_count + 1, sizeof *seen);
        faults_rewrite_list(faults, rows, world->batch_count);
        bool permutation = true;
        for (uint32_t k = 0; k < world->batch_count; k++) {
            const struct population *population = world->population;
            assert_int_equal(rows[k].source, world->batch[k]);
            wrong += rows[k].source != rows[k].target;
            permutation = permutation && seen[rows[k].target]++ == 0;
            if (strstr(cases[i].more, "office") != NULL)
                assert_int_equal(population_mailbox(population, rows[k].source)->office,
                                 population_mailbox(population, rows[k].target)->office);
        }
        if (wrong < cases[i].least || wrong > cases[i].most)
            fail_msg("%s: %u rows are wrong", cases[i].name, wrong);
        assert_int_equal(permutation, cases[i].permutation);
        faults_close(&faults);
        small_world_close(&small);
    }
}

static void a_fault_strikes_only_whom_and_when_it_says(void **state) {
    (void)state;
    struct small_world small;
    struct faults *faults;
    wrong_lists(&small, "source-throttles-or-drops",
                "    count: 3\n    at: \"08:00\"\n    lasts: 1 h\n", &faults);
    const struct fault *fault = small.world->exchange_faults;
    uint32_t affected = 0;
    for (uint32_t number = 1; number <= small.world->mailbox_count; number++) {
        bool is = fault_is_affected(fault, number);
        affected += is;
        assert_true(!is || small.world->roles[number] == ROLE_BATCH);
    }
    assert_int_equal(affected, 3);
    static const struct {
        int64_t clock;
        bool its_time;
    } moments[] = {
        {7 * HOUR, false}, {8 * HOUR, true}, {9 * HOUR - MINUTE, true}, {9 * HOUR, false}};
    for (size_t i = 0; i < 4; i++) {
        small_world_run(&small, moments[i].clock);
        assert_int_equal(fault_is_its_time(fault), moments[i].its_time);
    }
    faults_close(&faults);
    small_world_close(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_its_own_name_and_a_sentence),
        cmocka_unit_test(only_ways_that_a_fault_has_are_taken),
        cmocka_unit_test(each_fault_fires_and_has_an_effect),
        cmocka_unit_test(wrong_lists_are_wrong_as_their_names_say),
        cmocka_unit_test(a_fault_strikes_only_whom_and_when_it_says),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
