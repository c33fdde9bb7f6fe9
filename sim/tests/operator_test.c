/* The operator at a door behind which nothing stands: what he types, when, and what he reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../actor/operator.h"
#include "../kernel/task.h"
#include "small_day.h"
#include "small_world.h"

/* What the door does when somebody types words that begin with `typed`. */
struct answer {
    const char *typed;
    int exit_code;
    int64_t takes; /* microseconds */
    const char *line;
    bool alarm;
};

struct fake_door {
    struct engine_door door; /* first */
    struct small_world *small;
    const struct answer *answers; /* the last one's `typed` is NULL: everything else */
    struct buffer typed;          /* "07:00:00 umzug hold: hold\n" */
    struct operator* operator;
};

static int fake_run(struct engine_door *door, const struct engine_run *run) {
    struct fake_door *fake = (struct fake_door *)door;
    struct buffer words = {0};
    char clock[INSTANT_TEXT_MAX];
    for (size_t i = 0; run->words[i] != NULL; i++)
        buffer_printf(&words, "%s%s", i > 0 ? " " : "", run->words[i]);
    instant_text_clock(fake->small->world->clock.now, clock);
    buffer_printf(&fake->typed, "%s %s%s: %s\n", clock, run->process,
                  run->old_script ? " (old script)" : "", buffer_text(&words));
    const struct answer *answer = fake->answers;
    while (answer->typed != NULL && !str_starts_with(buffer_str(&words), answer->typed))
        answer++;
    if (answer->line != NULL)
        run->line(run->of, answer->alarm, str_of(answer->line));
    bool killed = task_sleep(answer->takes) != STATUS_OK;
    buffer_release(&words);
    return killed ? -1 : answer->exit_code;
}

static bool by_hand(void *of, const char *deed) {
    struct fake_door *fake = of;
    buffer_printf(&fake->typed, "by hand: %s\n", deed);
    return true;
}

static const struct engine_door_type fake_functions = {.run = fake_run};

static void begin(struct fake_door *fake, struct small_world *small, const char *runbook,
                  const struct answer *answers) {
    struct buffer text = {0};
    buffer_printf(&text, "%srunbook:\n%s", SMALL_WORLD, runbook);
    small_world_open(small, buffer_text(&text), 1);
    *fake =
        (struct fake_door){.door = {.type = &fake_functions}, .small = small, .answers = answers};
    fake->operator= operator_start(&(struct operator_options){
        .scenario = small->scenario,
        .population = small->world->population,
        .history = small->history,
        .process = process_new(small->world->kernel, "operator",
                               history_name(small->history, STR("operator"))),
        .door = &fake->door,
        .by_hand = by_hand,
        .of = fake,
    });
    buffer_release(&text);
}

static void end(struct fake_door *fake) {
    kernel_close(&fake->small->world->kernel);
    operator_free(&fake->operator);
    buffer_release(&fake->typed);
    small_world_close(fake->small);
}

static void steps_wait_for_their_time_and_for_the_step_before(void **state) {
    (void)state;
    static const struct answer answers[] = {
        {"core", 0, 2 * HOUR, NULL, false},
        {NULL, 0, 10 * SECOND, NULL, false},
    };
    struct small_world small;
    struct fake_door fake;
    begin(&fake, &small,
          "  - run: check\n  - at: \"07:00\"\n    run: --by petersen hold\n  - run: switch\n"
          "  - run: core\n  - at: \"08:00\"\n    run: verify\n"
          "  - at: \"20:00\"\n    run: --mapping x.csv backfill\n    engine: old_script\n"
          "    process: night shift\n  - run: restore\n    engine: by_hand\n",
          answers);
    small_world_run(&small, 12 * HOUR);
    assert_false(operator_is_done(fake.operator));
    small_world_run(&small, 24 * HOUR);
    assert_true(operator_is_done(fake.operator));
    assert_string_equal(buffer_text(&fake.typed),
                        "06:00:00 umzug check: check\n"
                        "07:00:00 umzug hold: --by petersen hold\n"
                        "07:00:10 umzug switch: switch\n"
                        "07:00:20 umzug core: core\n"
                        "09:00:20 umzug verify: verify\n"
                        "20:00:00 night shift backfill (old script): --mapping x.csv backfill\n"
                        "by hand: restore\n");
    end(&fake);
}

static void what_is_refused_is_followed_by_what_the_runbook_has(void **state) {
    (void)state;
    static const struct {
        int exit_code;
        const char *typed;
    } cases[] = {
        {0, "20:00:00 umzug backfill: backfill --mapping x.csv\n20:00:01 umzug close: close\n"},
        {1, "20:00:00 umzug backfill: backfill --mapping x.csv\n"
            "20:00:01 umzug backfill: backfill\n20:00:02 umzug close: close\n"},
        {65, "20:00:00 umzug backfill: backfill --mapping x.csv\n"
             "20:00:01 umzug backfill: backfill\n20:00:02 umzug close: close\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct answer answers[] = {
            {"backfill", cases[i].exit_code, SECOND, NULL, false},
            {NULL, 0, SECOND, NULL, false},
        };
        struct small_world small;
        struct fake_door fake;
        begin(&fake, &small,
              "  - at: \"20:00\"\n    run: backfill --mapping x.csv\n    if_refused: backfill\n"
              "  - run: close\n",
              answers);
        small_world_run(&small, 30 * HOUR);
        assert_string_equal(buffer_text(&fake.typed), cases[i].typed);
        end(&fake);
    }
}

static void what_is_killed_is_typed_again_a_few_times(void **state) {
    (void)state;
    const struct answer answers[] = {
        {"backfill", -1, SECOND, NULL, false},
        {NULL, 0, SECOND, NULL, false},
    };
    struct small_world small;
    struct fake_door fake;
    struct buffer expected = {0};
    begin(&fake, &small,
          "  - at: \"20:00\"\n    run: backfill\n    restart_after: 2 min\n  - run: close\n",
          answers);
    small_world_run(&small, 30 * HOUR);
    for (int i = 0; i < 9; i++) /* each takes a second */
        buffer_printf(&expected, "20:%02d:%02d umzug backfill: backfill\n", 2 * i, i);
    buffer_append_text(&expected, "20:16:09 umzug close: close\n");
    assert_string_equal(buffer_text(&fake.typed), buffer_text(&expected));
    buffer_release(&expected);
    end(&fake);
}

static void what_is_typed_beside_does_not_hold_up_the_runbook(void **state) {
    (void)state;
    static const struct answer answers[] = {
        {"backfill", 0, 3 * HOUR, NULL, false},
        {NULL, 0, SECOND, NULL, false},
    };
    struct small_world small;
    struct fake_door fake;
    begin(&fake, &small,
          "  - at: \"20:00\"\n    run: backfill\n    beside: yes\n"
          "  - at: \"20:05\"\n    run: verify\n    process: colleague\n",
          answers);
    small_world_run(&small, 21 * HOUR);
    assert_string_equal(buffer_text(&fake.typed), "20:00:00 umzug backfill: backfill\n"
                                                  "20:05:00 colleague verify: verify\n");
    assert_false(operator_is_done(fake.operator)); /* the other terminal is still at it */
    small_world_run(&small, 24 * HOUR);
    assert_true(operator_is_done(fake.operator));
    end(&fake);
}

/* The one alarm of a history. */
struct heard {
    struct history *history;
    struct fact fact;
    int count;
};

static bool hear(void *of, const struct fact *fact) {
    struct heard *heard = of;
    if (fact->kind == FACT_ALARM) {
        heard->fact = *fact;
        heard->count++;
    }
    return true;
}

static void alarms_are_read_word_by_word(void **state) {
    (void)state;
    static const struct {
        const char *line;
        bool alarm, recorded;
        const char *measure, *artefact, *sentence;
    } cases[] = {
        {"ALARM signed_plan x.csv : another list", true, true, "signed_plan", "x.csv",
         "another list"},
        {"ALARM lease - : taken away", true, true, "lease", "", "taken away"},
        {"ALARM lease -", true, true, "lease", "", ""},
        {"ALARM lease", true, true, "lease", "", ""},
        {"ALARM ", true, true, "", "", ""},
        {"ALARM  : x", true, true, "", ":", "x"},
        {"ALARM m \xff\xfe : \x01", true, true, "m", "\xff\xfe", "\x01"},
        {"ALARM", true, false, "", "", ""},
        {"ALARMIST", true, false, "", "", ""},
        {"alarm signed_plan x : y", true, false, "", "", ""},
        {"", true, false, "", "", ""},
        {"ALARM signed_plan x.csv : on the other channel", false, false, "", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct answer answers[] = {{NULL, 1, SECOND, cases[i].line, cases[i].alarm}};
        struct small_world small;
        struct fake_door fake;
        begin(&fake, &small, "  - run: check\n", answers);
        small_world_run(&small, 7 * HOUR);
        struct heard heard = {.history = small.history};
        assert_int_equal(history_each_fact(small.history, hear, &heard, NULL), STATUS_OK);
        assert_int_equal(heard.count, cases[i].recorded);
        if (cases[i].recorded) {
            const struct history *history = small.history;
            assert_true(str_equal_text(history_text(history, heard.fact.name), cases[i].measure));
            assert_true(
                str_equal_text(history_text(history, heard.fact.folder), cases[i].artefact));
            assert_true(
                str_equal_text(history_text(history, heard.fact.content), cases[i].sentence));
            assert_int_equal(heard.fact.mailbox, 0);
        }
        end(&fake);
    }
}

static void an_alarm_about_a_mailbox_names_it(void **state) {
    (void)state;
    struct small_world small;
    struct fake_door fake;
    struct answer answers[] = {{NULL, 1, SECOND, NULL, true}};
    struct buffer line = {0};
    begin(&fake, &small, "  - run: check\n", answers);
    buffer_printf(&line, "ALARM who_am_i %s : somebody else's",
                  population_mailbox(small.world->population, 3)->address);
    answers[0].line = buffer_text(&line);
    small_world_run(&small, 7 * HOUR);
    struct heard heard = {.history = small.history};
    assert_int_equal(history_each_fact(small.history, hear, &heard, NULL), STATUS_OK);
    assert_int_equal(heard.fact.mailbox, 3);
    assert_int_equal(heard.fact.folder, 0);
    buffer_release(&line);
    end(&fake);
}

static void phases_are_facts_with_their_exit_codes(void **state) {
    (void)state;
    static const struct answer answers[] = {{"--wave", 2, MINUTE, NULL, false},
                                            {NULL, 0, SECOND, NULL, false}};
    struct small_world small;
    struct fake_door fake;
    begin(&fake, &small, "  - run: check\n  - run: --wave 2 hold\n", answers);
    small_world_run(&small, 7 * HOUR);
    assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_PHASE_BEGUN}), 2);
    assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_PHASE_ENDED}), 2);
    assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_PHASE_ENDED,
                                                                    .process = "operator",
                                                                    .a_at_least = 2}),
                     1);
    assert_true(history_find_name(small.history, STR("hold")) != 0);
    assert_int_equal(history_find_name(small.history, STR("2")), 0);
    end(&fake);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_wait_for_their_time_and_for_the_step_before),
        cmocka_unit_test(what_is_refused_is_followed_by_what_the_runbook_has),
        cmocka_unit_test(what_is_killed_is_typed_again_a_few_times),
        cmocka_unit_test(what_is_typed_beside_does_not_hold_up_the_runbook),
        cmocka_unit_test(alarms_are_read_word_by_word),
        cmocka_unit_test(an_alarm_about_a_mailbox_names_it),
        cmocka_unit_test(phases_are_facts_with_their_exit_codes),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
