/*
 * Whole days: the same seed gives the same history, a history judged again gives the same
 * judgement, and the founding incident at 41 mailboxes is prevented with all measures and exactly
 * as bad as the fixtures say without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../reports/report.h"
#include "../rehearsal/expected.h"
#include "../world.h"
#include "small_day.h"

#define INCIDENT "scenarios/incidents/2025-08-07.yaml"
#define MIRROR   "scenarios/canaries/strict-sync-deletes-new-mail.yaml"
#define CANARY   "scenarios/canaries/2025-08-07-no-measures.yaml"

static void the_same_seed_gives_the_same_history(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario = small_day_of(arena, SMALL_WORLD SMALL_RUNBOOK);
    struct played one, same, other;
    small_day_play(&one, scenario, 7, NULL);
    small_day_play(&same, scenario, 7, NULL);
    small_day_play(&other, scenario, 8, NULL);
    assert_string_equal(small_day_digest(&one), small_day_digest(&same));
    assert_int_equal(one.result.events, same.result.events);
    assert_string_equal(buffer_text(&one.terminal), buffer_text(&same.terminal));
    assert_string_not_equal(small_day_digest(&one), small_day_digest(&other));
    small_day_close(&one);
    small_day_close(&same);
    small_day_close(&other);
    arena_close(&arena);
}

static void a_stored_history_is_judged_as_it_was(void **state) {
    (void)state;
    char path[] = "/tmp/rehearsal-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct arena *arena = arena_new();
    struct played played;
    small_day_play(&played, small_day_of(arena, SMALL_WORLD SMALL_RUNBOOK), 3, path);
    struct buffer then = {0}, now = {0};
    report_json(played.judgement, &then);
    small_day_close(&played);

    struct history *history;
    struct judgement *judgement;
    struct error error = {0};
    assert_int_equal(history_open(path, &history, &error), STATUS_OK);
    assert_int_equal(judge(history, &(struct judge_options){0}, &judgement, &error), STATUS_OK);
    report_json(judgement, &now);
    assert_string_equal(buffer_text(&then), buffer_text(&now));
    judgement_close(&judgement);
    history_close(&history);
    unlink(path);
    buffer_release(&then);
    buffer_release(&now);
    arena_close(&arena);
}

static void the_incident_at_41_mailboxes_is_prevented(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario =
        rehearsal_of_size(arena, small_day_file(arena, INCIDENT), 1, 20);
    struct played played;
    small_day_play(&played, scenario, 1, NULL);
    assert_int_equal(small_day_number(&played, NUMBER_FOREIGN_AT_REST_MAX), 0);
    assert_int_equal(small_day_number(&played, NUMBER_MISSING), 0);
    assert_int_equal(small_day_number(&played, NUMBER_LOST), 0);
    const struct fault_judgement *fault = &played.judgement->faults[0];
    assert_true(fault->effect && fault->detected);
    assert_true(str_equal_text(fault->detected_by, "signed_plan"));
    assert_non_null(strstr(buffer_text(&played.terminal), "! ALARM signed_plan nachmigration.csv"));
    small_day_close(&played);
    arena_close(&arena);
}

/* DESIGN.md §8 in other words than sim/rehearsal/expected.c: contents older than the cut-off that
 * lie in the mailbox before each (in order of number) and not in its own. */
static int64_t foreign_by_formula(const struct world *world) {
    int64_t foreign = 0;
    for (uint32_t i = 0; i < world->batch_count; i++) {
        uint32_t target = world->batch[(i + 1) % world->batch_count], count, own_count;
        const struct fixture_item *items =
            population_items(world->population, world->batch[i], &count);
        const struct fixture_item *own = population_items(world->population, target, &own_count);
        for (uint32_t k = 0; k < count; k++) {
            bool allowed = items[k].received >= world->cut_off;
            for (uint32_t m = 0; m < own_count && !allowed; m++)
                allowed = own[m].content == items[k].content;
            foreign += !allowed;
        }
    }
    return foreign;
}

static int64_t expected_of(const struct scenario *scenario, uint64_t seed, uint32_t *batch_r) {
    struct history *history;
    struct world *world;
    struct error error = {0};
    assert_int_equal(history_create(NULL, &history, &error), STATUS_OK);
    assert_int_equal(world_open(scenario, seed, history, &world, &error), STATUS_OK);
    int64_t foreign = foreign_by_formula(world);
    assert_int_equal(expected_foreign(world), foreign);
    *batch_r = world->batch_count;
    world_close(&world);
    history_close(&history);
    return foreign;
}

static void the_canary_counts_what_the_formula_says(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario =
        rehearsal_of_size(arena, small_day_file(arena, CANARY), 1, 20);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct played played;
        uint32_t batch;
        int64_t foreign = expected_of(scenario, seed, &batch);
        small_day_play(&played, scenario, seed, NULL);
        assert_true(foreign > batch);
        assert_int_equal(small_day_number(&played, NUMBER_FOREIGN_AT_REST_END), foreign);
        assert_int_equal(small_day_number(&played, NUMBER_FOREIGN_AT_REST_MAX), foreign);
        assert_int_equal(small_day_number(&played, NUMBER_MAILBOXES_WITH_FOREIGN), batch);
        assert_int_equal(small_day_number(&played, NUMBER_LOST), 0);
        assert_int_equal(small_day_verdict(&played), VERDICT_MISSED);
        small_day_close(&played);
    }
    arena_close(&arena);
}

/* What arrived at the new home before the mirror came to that mailbox. */
struct natives {
    struct history *history;
    uint64_t pending[256]; /* by mailbox: delivered, not yet gone */
    int64_t gone;
};

static bool natives_see(void *of, const struct fact *fact) {
    struct natives *natives = of;
    struct str process = history_text(natives->history, fact->process);
    if (fact->system != SYSTEM_OPENXCHANGE || fact->mailbox >= 256)
        return true;
    if (fact->kind == FACT_ITEM_STORED && !str_starts_with(process, "umzug"))
        natives->pending[fact->mailbox]++;
    if (fact->kind == FACT_ITEM_REMOVED && str_starts_with(process, "umzug")) {
        natives->gone += (int64_t)natives->pending[fact->mailbox];
        natives->pending[fact->mailbox] = 0;
    }
    return true;
}

static void a_mirror_loses_exactly_what_has_arrived_since_the_switch(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario = rehearsal_of_size(arena, small_day_file(arena, MIRROR), 1, 2);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct played played;
        small_day_play(&played, scenario, seed, NULL);
        struct natives natives = {.history = played.result.history};
        assert_int_equal(history_each_fact(natives.history, natives_see, &natives, NULL),
                         STATUS_OK);
        assert_true(natives.gone > 24);
        assert_int_equal(small_day_number(&played, NUMBER_LOST), natives.gone);
        assert_int_equal(small_day_number(&played, NUMBER_MISSING), natives.gone);
        assert_int_equal(small_day_verdict(&played), VERDICT_MISSED);
        small_day_close(&played);
    }
    arena_close(&arena);
}

static void a_smaller_size_keeps_two_of_each(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *whole = small_day_file(arena, INCIDENT);
    const struct {
        uint64_t part, whole, people, functional, batch;
    } cases[] = {
        {1, 1, 440, 30, 440},
        {1, 10, 44, 3, 44},
        {1, 1000, 2, 2, 2},
        {1, 3, 147, 10, 147},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct scenario *small =
            rehearsal_of_size(arena, whole, cases[i].part, cases[i].whole);
        assert_int_equal(scenario_office(small, 0)->people, cases[i].people);
        assert_int_equal(scenario_office(small, 0)->functional, cases[i].functional);
        assert_int_equal(scenario_office(small, 0)->batch, cases[i].batch);
    }
    assert_int_equal(scenario_office(whole, 0)->people, 440);
    arena_close(&arena);
}

static void without_scoped_credential_the_master_is_open(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *whole = small_day_file(arena, INCIDENT);
    static const struct {
        const char *measures;
        int64_t credential;
    } cases[] = {
        {NULL, CREDENTIAL_BATCH},
        {"all", CREDENTIAL_BATCH},
        {"none", CREDENTIAL_MASTER},
        {"all, -scoped_credential", CREDENTIAL_MASTER},
        {"all, -cross_phase", CREDENTIAL_BATCH},
        {"bijection", CREDENTIAL_MASTER},
        {"bijection, scoped_credential", CREDENTIAL_BATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rehearsal_with_measures(arena, whole, cases[i].measures)->plan.credential,
                         cases[i].credential);
    arena_close(&arena);
}

/* Ctrl-C before the first slice of the day and in the middle of it. */
static void interrupt_at(void *of, instant now, const char *phase, int exit_code) {
    volatile sig_atomic_t *interrupted = of;
    (void)now;
    (void)exit_code;
    if (phase != NULL && strcmp(phase, "core") == 0)
        *interrupted = 1;
}

static void an_interrupted_day_is_judged_inconclusive(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario = small_day_of(arena, SMALL_WORLD SMALL_RUNBOOK);
    for (int before = 0; before < 2; before++) {
        volatile sig_atomic_t interrupted = before;
        struct rehearsal_result result;
        struct judgement *judgement;
        struct error error = {0};
        const struct rehearsal_options options = {
            .scenario = scenario,
            .seed = 1,
            .interrupted = &interrupted,
            .progress = interrupt_at,
            .of = (void *)(uintptr_t)&interrupted,
        };
        assert_int_equal(rehearsal_play(&options, &result, &error), STATUS_OK);
        assert_true(result.interrupted);
        assert_int_equal(judge(result.history, NULL, &judgement, &error), STATUS_OK);
        assert_int_equal(judgement->verdict, VERDICT_INCONCLUSIVE);
        assert_false(judgement->kept);
        assert_non_null(strstr(judgement->trial.lacking, "no end"));
        judgement_close(&judgement);
        history_close(&result.history);
    }
    arena_close(&arena);
}

/* People send Windows-1252 and UTF-16 from their spreadsheets. */
static void every_dialect_of_the_list_plays_a_clean_day(void **state) {
    (void)state;
    static const char *const dialects[] = {"utf8", "utf8_bom", "utf16", "windows_1252"};
    static const char *const separators[] = {"comma", "semicolon"};
    for (int i = 0; i < 8; i++) {
        struct arena *arena = arena_new();
        struct buffer text = {0};
        struct played played;
        buffer_printf(&text, "%splan:\n  dialect: %s\n  separator: %s\n%s", SMALL_WORLD,
                      dialects[i / 2], separators[i % 2], SMALL_RUNBOOK);
        small_day_play(&played, small_day_of(arena, buffer_text(&text)), 1, NULL);
        assert_int_equal(small_day_verdict(&played), VERDICT_CALM);
        assert_int_equal(small_day_number(&played, NUMBER_MISSING), 0);
        assert_int_equal(small_day_number(&played, NUMBER_FOREIGN_AT_REST_MAX), 0);
        assert_int_equal(small_day_number(&played, NUMBER_DOUBLED), 0);
        assert_int_equal(small_day_number(&played, NUMBER_HONEST), 1);
        small_day_close(&played);
        buffer_release(&text);
        arena_close(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_history),
        cmocka_unit_test(a_stored_history_is_judged_as_it_was),
        cmocka_unit_test(the_incident_at_41_mailboxes_is_prevented),
        cmocka_unit_test(the_canary_counts_what_the_formula_says),
        cmocka_unit_test(a_mirror_loses_exactly_what_has_arrived_since_the_switch),
        cmocka_unit_test(a_smaller_size_keeps_two_of_each),
        cmocka_unit_test(without_scoped_credential_the_master_is_open),
        cmocka_unit_test(an_interrupted_day_is_judged_inconclusive),
        cmocka_unit_test(every_dialect_of_the_list_plays_a_clean_day),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
