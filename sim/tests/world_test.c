/*
 * Days without an engine: mail arrives, people work, and all accounts balance, whether their
 * mailboxes live at Exchange, at Open-Xchange, or move at noon.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../actor/person.h"
#include "../actor/postman.h"
#include "../actor/sending.h"
#include "../kernel/task.h"
#include "small_day.h"
#include "small_world.h"

#define RUNBOOK "runbook:\n  - run: check\n"

static void play_day(struct small_world *small, const char *scenario, uint64_t seed) {
    small_world_open(small, scenario, seed);
    struct postman *postman = postman_start(small->world);
    struct people *people = people_start(small->world);
    small_world_run(small, 30 * HOUR);
    small_world_judge(small);
    people_free(&people);
    postman_free(&postman);
}

static void a_day_without_engine_balances(void **state) {
    (void)state;
    static const enum number zero[] = {
        NUMBER_MISSING,
        NUMBER_LOST,
        NUMBER_DOUBLED,
        NUMBER_ALTERED,
        NUMBER_HELD_VANISHED,
        NUMBER_HELD_TWICE,
        NUMBER_MISDELIVERED,
        NUMBER_FLAGS_CHANGED,
        NUMBER_FOLDERS_CHANGED,
        NUMBER_DATES_CHANGED,
        NUMBER_TRIPWIRES_TOUCHED,
        NUMBER_FOREIGN_AT_REST_MAX,
        NUMBER_ALARMS,
    };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct small_world small;
        play_day(&small, SMALL_WORLD RUNBOOK, seed);
        for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++)
            if (small_world_number(&small, zero[i]) != 0)
                fail_msg("seed %llu: %s is %lld", (unsigned long long)seed, number_name(zero[i]),
                         (long long)small_world_number(&small, zero[i]));
        assert_int_equal(small_world_number(&small, NUMBER_HELD_IN_EQUALS_OUT), 1);
        assert_true(small_world_count(&small, (struct fact_filter){.kind = FACT_MAIL_DUE}) > 50);
        assert_true(small_world_count(&small, (struct fact_filter){.kind = FACT_MAIL_DELIVERED,
                                                                   .process = NULL}) > 20);
        assert_true(small_world_count(&small, (struct fact_filter){.kind = FACT_ITEM_OPENED,
                                                                   .process = "person:"}) > 20);
        small_world_close(&small);
    }
}

static void a_batch_has_as_many_of_each_office_as_it_says(void **state) {
    (void)state;
    struct small_world small;
    small_world_open(&small, SMALL_WORLD RUNBOOK, 4);
    const struct world *world = small.world;
    uint32_t of_office[2] = {0};
    for (uint32_t i = 0; i < world->batch_count; i++) {
        of_office[population_mailbox(world->population, world->batch[i])->office]++;
        assert_int_equal(world->roles[world->batch[i]], ROLE_BATCH);
        assert_true(i == 0 || world->batch[i - 1] < world->batch[i]);
    }
    assert_int_equal(of_office[0], 5);
    assert_int_equal(of_office[1], 5);
    assert_int_equal(world->roles[world_outsider(world)], ROLE_BYSTANDER);
    small_world_close(&small);
}

static void postmen_bring_what_the_scenario_says(void **state) {
    (void)state;
    static const struct {
        const char *postman;
        uint64_t least, most; /* mails due, of 14 mailboxes */
        bool refused;         /* some were for nobody */
    } cases[] = {
        {"postman:\n  inside: 0\n  outside: 0\n  unknown: 0\n", 0, 0, false},
        {"postman:\n  inside: 0\n  outside: 10\n  unknown: 0\n", 70, 280, false},
        {"postman:\n  inside: 10\n  outside: 0\n  unknown: 0\n", 70, 500, false},
        {"postman:\n  inside: 0\n  outside: 0\n  unknown: 20\n", 0, 0, true},
        {"postman:\n  inside: 0\n  outside: 10\n  unknown: 0\n  from: \"12:00\"\n"
         "  until: \"12:00\"\n",
         70, 280, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct small_world small;
        struct buffer text = {0};
        buffer_printf(&text, "%s%s%spersons:\n  behaviour: stay_away\n", SMALL_WORLD, RUNBOOK,
                      cases[i].postman);
        play_day(&small, buffer_text(&text), 1);
        uint64_t due = small_world_count(&small, (struct fact_filter){.kind = FACT_MAIL_DUE});
        uint64_t accepted =
            small_world_count(&small, (struct fact_filter){.kind = FACT_MAIL_ACCEPTED});
        if (due < cases[i].least || due > cases[i].most)
            fail_msg("%s: %llu mails were due", cases[i].postman, (unsigned long long)due);
        assert_true(accepted <= due);
        assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_ACCESS_TRIED,
                                                                        .process = "person:"}),
                         0);
        assert_int_equal(small_world_number(&small, NUMBER_MISSING), 0);
        small_world_close(&small);
        buffer_release(&text);
    }
}

static void people_do_what_their_behaviour_says(void **state) {
    (void)state;
    static const struct {
        const char *behaviour;
        bool reads, writes;
    } cases[] = {{"work", true, true}, {"only_read", true, false}, {"stay_away", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct small_world small;
        struct buffer text = {0};
        buffer_printf(&text, "%s%spersons:\n  working: 100 %%\n  behaviour: %s\n", SMALL_WORLD,
                      RUNBOOK, cases[i].behaviour);
        play_day(&small, buffer_text(&text), 1);
        assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_ITEM_OPENED,
                                                                        .process = "person:"}) > 0,
                         cases[i].reads);
        assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_ITEM_REMOVED,
                                                                        .process = "person:"}) > 0,
                         cases[i].writes);
        /* Somebody who works tried to send, which is access of the other kind. */
        assert_int_equal(small_world_count(&small, (struct fact_filter){.kind = FACT_ACCESS_TRIED,
                                                                        .process = "person:",
                                                                        .a_at_least = 1}) > 0,
                         cases[i].writes);
        small_world_close(&small);
        buffer_release(&text);
    }
}

/* Everybody's home is Open-Xchange from now on, and the accounts there are opened; mailboxes are
 * empty, so people see what arrives by the gateway only. */
static void move_everybody(struct small_world *small) {
    struct world *world = small->world;
    for (uint32_t number = 1; number <= world->mailbox_count; number++) {
        accounts_by_mailbox(openxchange_accounts(world->openxchange), number)->mail_enabled = true;
        assert_int_equal(directory_party_set_home(world->directory, 0, number,
                                                  DIRECTORY_ANY_VERSION, SYSTEM_OPENXCHANGE),
                         STATUS_OK);
    }
}

static void people_follow_the_directory_into_the_new_program(void **state) {
    (void)state;
    struct small_world small;
    small_world_open(&small, SMALL_WORLD RUNBOOK "persons:\n  working: 100 %\n", 2);
    struct people *people = people_start(small.world);
    const struct fact_filter outlook = {FACT_ACCESS_TRIED, "person:", 0, SYSTEM_EXCHANGE, 0};
    const struct fact_filter thunderbird = {FACT_ACCESS_TRIED, "person:", 0, SYSTEM_OPENXCHANGE, 0};
    small_world_run(&small, 12 * HOUR);
    uint64_t before = small_world_count(&small, outlook);
    assert_true(before > 0);
    assert_int_equal(small_world_count(&small, thunderbird), 0);
    move_everybody(&small);
    small_world_run(&small, 12 * HOUR + 5 * MINUTE); /* address books are a minute behind */
    uint64_t after = small_world_count(&small, outlook);
    small_world_run(&small, 18 * HOUR);
    assert_int_equal(small_world_count(&small, outlook), after);
    assert_true(small_world_count(&small, thunderbird) > before / 2);
    assert_true(small_world_count(&small, (struct fact_filter){.kind = FACT_SESSION_OPENED,
                                                               .process = "person:"}) > 0);
    kernel_close(&small.world->kernel);
    people_free(&people);
    small_world_close(&small);
}

/* Touching what stands by throughout is seen, whoever does it. */
static void touch(void *of) {
    struct stream *stream;
    struct process *process = of;
    assert_int_equal(network_connect(process, PLACE_TRIPWIRE,
                                     kernel_now(process_kernel(process)) + MINUTE, &stream, NULL),
                     STATUS_OK);
    stream_close(&stream);
}

static void a_touched_tripwire_is_counted(void **state) {
    (void)state;
    struct small_world small;
    small_world_open(&small, SMALL_WORLD RUNBOOK, 1);
    struct process *process =
        process_new(small.world->kernel, "curious", history_name(small.history, STR("curious")));
    task_start(process, "touch", touch, process);
    small_world_run(&small, 8 * HOUR);
    small_world_judge(&small);
    assert_int_equal(small_world_number(&small, NUMBER_TRIPWIRES_TOUCHED), 1);
    small_world_close(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_without_engine_balances),
        cmocka_unit_test(a_batch_has_as_many_of_each_office_as_it_says),
        cmocka_unit_test(postmen_bring_what_the_scenario_says),
        cmocka_unit_test(people_do_what_their_behaviour_says),
        cmocka_unit_test(people_follow_the_directory_into_the_new_program),
        cmocka_unit_test(a_touched_tripwire_is_counted),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
