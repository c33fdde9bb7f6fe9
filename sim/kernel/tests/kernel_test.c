/*
 * Claims about the schedule, tasks, processes and locks: order, determinism, killing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel.h"
#include "../process.h"
#include "../schedule.h"
#include "../task.h"

#define START (1754539200 * SECOND) /* 2025-08-07T04:00:00Z */

struct world {
    struct clock clock;
    struct kernel *kernel;
    struct process *process;
    char log[4096];
    struct task_lock lock;
    int value;
};

static void world_open(struct world *world, uint64_t seed) {
    *world = (struct world){.log = ""};
    world->kernel = kernel_new(seed, START, &world->clock);
    world->process = process_new(world->kernel, "some process", 7);
}

static void world_say(struct world *world, const char *word) {
    size_t used = strlen(world->log);
    snprintf(world->log + used, sizeof world->log - used, "%s ", word);
}

/* ---- schedule -------------------------------------------------------------------------------- */

static void nothing(void *of) {
    (void)of;
}

static void schedule_gives_back_in_order_whatever_was_taken_back(void **state) {
    (void)state;
    enum { COUNT = 2000 };
    struct schedule *schedule = schedule_new();
    struct chance chance = chance_of(3, "test");
    static uint64_t tickets[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        struct happening happening = {.happen = nothing, .number = i};
        happening.at = (instant)chance_below(&chance, 50);
        happening.tie = chance_below(&chance, 3);
        tickets[i] = schedule_add(schedule, &happening);
    }
    for (size_t i = 0; i < COUNT; i += 3) {
        assert_true(schedule_cancel(schedule, tickets[i]));
        assert_false(schedule_cancel(schedule, tickets[i]));
    }
    struct happening last = {.at = -1}, next;
    size_t taken = 0;
    while (schedule_take(schedule, &next)) {
        assert_true(next.number % 3 != 0);
        bool ordered =
            next.at > last.at ||
            (next.at == last.at &&
             (next.tie > last.tie || (next.tie == last.tie && next.number > last.number)));
        assert_true(ordered);
        last = next;
        taken++;
    }
    assert_int_equal(taken, COUNT - (COUNT + 2) / 3);
    assert_int_equal(schedule_next(schedule), INSTANT_NEVER);
    assert_false(schedule_cancel(schedule, tickets[1]));
    schedule_close(&schedule);
}

/* ---- the clock ------------------------------------------------------------------------------- */

static void world_notes_age(void *of) {
    struct world *world = of;
    world->value = (int)kernel_age(world->kernel);
}

static void kernel_moves_the_clock_to_events_only(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1);
    kernel_at(world.kernel, START + 5 * SECOND, world_notes_age, &world);
    kernel_timer cancelled = kernel_at(world.kernel, START + 6 * SECOND, world_notes_age, &world);
    assert_int_equal(kernel_run(world.kernel, START + 2 * SECOND), KERNEL_UNTIL);
    assert_int_equal(world.clock.now, START + 2 * SECOND);
    assert_int_equal(world.value, 0);
    assert_true(kernel_cancel(world.kernel, cancelled));
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(world.value, 5 * SECOND);
    assert_int_equal(world.clock.now, START + 5 * SECOND);
    kernel_close(&world.kernel);
}

static void world_stops(void *of) {
    kernel_stop(((struct world *)of)->kernel);
}

static void kernel_stops_when_told_and_goes_on_later(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1);
    kernel_at(world.kernel, START + 1, world_stops, &world);
    kernel_at(world.kernel, START + 2, world_notes_age, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_STOPPED);
    assert_int_equal(world.value, 0);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(world.value, 2);
    kernel_close(&world.kernel);
}

/* ---- determinism ----------------------------------------------------------------------------- */

struct teller {
    struct world *world;
    char word[12];
};

static void teller_run(void *of) {
    struct teller *teller = of;
    for (int i = 0; i < 3; i++) {
        world_say(teller->world, teller->word);
        if (task_sleep(SECOND) != STATUS_OK)
            return;
    }
}

static uint64_t play_tellers(uint64_t seed, char log[4096]) {
    enum { COUNT = 8 };
    struct world world;
    world_open(&world, seed);
    struct teller tellers[COUNT];
    for (int i = 0; i < COUNT; i++) {
        tellers[i].world = &world;
        snprintf(tellers[i].word, sizeof tellers[i].word, "%d", i);
        task_start(world.process, "teller", teller_run, &tellers[i]);
    }
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(kernel_age(world.kernel), 3 * SECOND);
    memcpy(log, world.log, sizeof world.log);
    uint64_t digest = kernel_trace_digest(world.kernel);
    assert_int_equal(kernel_counts(world.kernel).tasks_alive, 0);
    kernel_close(&world.kernel);
    return digest;
}

static void kernel_plays_the_same_again_and_another_seed_otherwise(void **state) {
    (void)state;
    static char one[4096], again[4096], other[4096];
    uint64_t digest = play_tellers(1, one);
    assert_int_equal(digest, 0x5806c3979691bc84); /* on any compiler and machine */
    assert_int_equal(digest, play_tellers(1, again));
    assert_string_equal(one, again);
    assert_int_not_equal(digest, play_tellers(2, other));
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), strlen(other));
}

/* ---- endless worlds -------------------------------------------------------------------------- */

static void task_gives_way_for_ever(void *of) {
    for (;;)
        if (task_sleep(0) == STATUS_KILLED)
            ((struct world *)of)->value++;
}

static void kernel_finds_that_time_stands_still(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1);
    kernel_set_patience(world.kernel, 1000);
    task_start(world.process, "restless", task_gives_way_for_ever, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_ENDLESS);
    assert_string_equal(kernel_endless(world.kernel), "task 'restless' of process 'some process'");
    kernel_close(&world.kernel); /* although that task would never unwind */
}

static void event_comes_again(void *of) {
    struct world *world = of;
    kernel_at(world->kernel, kernel_now(world->kernel), event_comes_again, world);
}

static void kernel_finds_endless_events_without_a_task(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1);
    kernel_set_patience(world.kernel, 1000);
    event_comes_again(&world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_ENDLESS);
    assert_string_equal(kernel_endless(world.kernel), "an event outside of tasks");
    kernel_close(&world.kernel);
}

static void kernel_closes_although_a_killed_task_never_ends(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1);
    kernel_set_patience(world.kernel, 1000);
    task_start(world.process, "restless", task_gives_way_for_ever, &world);
    kernel_close(&world.kernel);
    assert_true(world.value > 100);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void sleeper_run(void *of) {
    struct world *world = of;
    assert_int_equal(task_sleep(30 * SECOND), STATUS_OK);
    world_say(world, "slept");
    assert_int_equal(kernel_age(world->kernel), 30 * SECOND);
    world->value = task_sleep(HOUR);
    assert_int_equal(task_sleep(HOUR), STATUS_KILLED);
    assert_int_equal(task_park(INSTANT_NEVER), STATUS_KILLED);
    world_say(world, "unwound");
}

static void parent_run(void *of) {
    struct world *world = of;
    struct process *child = process_new(world->kernel, "child", 8);
    struct task *sleeper = task_spawn(child, "sleeper", sleeper_run, world);
    assert_int_equal(task_sleep(10 * SECOND), STATUS_OK);
    task_wake(sleeper); /* does not shorten a sleep */
    assert_int_equal(task_sleep(50 * SECOND), STATUS_OK);
    process_kill(child);
    assert_true(process_is_dead(child));
    assert_int_equal(process_tasks(child), 1);
    process_join(child);
    assert_int_equal(process_tasks(child), 0);
    task_join(&sleeper);
    assert_null(sleeper);
    assert_int_equal(kernel_age(world->kernel), MINUTE);
    world_say(world, "joined");
}

static void process_kill_wakes_sleepers_and_lets_them_unwind(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 5);
    task_start(world.process, "parent", parent_run, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_string_equal(world.log, "slept unwound joined ");
    assert_int_equal(world.value, STATUS_KILLED);
    kernel_close(&world.kernel);
}

/* A sleep, a park that is woken, a park that times out: all end while the process stands still, and
 * nobody notices before it goes on. */
static void stopped_sleeper_run(void *of) {
    struct world *world = of;
    assert_int_equal(task_sleep(10 * SECOND), STATUS_OK);
    assert_int_equal(kernel_age(world->kernel), MINUTE);
    world_say(world, "slept");
}

static void stopped_parker_run(void *of) {
    struct world *world = of;
    assert_int_equal(task_park(START + HOUR), STATUS_OK);
    assert_int_equal(kernel_age(world->kernel), MINUTE);
    assert_int_equal(task_park(START + 2 * MINUTE), STATUS_TIMEOUT);
    assert_int_equal(kernel_age(world->kernel), 2 * MINUTE);
    assert_int_equal(task_sleep(HOUR), STATUS_KILLED);
    assert_int_equal(kernel_age(world->kernel), 4 * MINUTE); /* a kill does not wait */
    world_say(world, "killed");
}

static void process_pause_keeps_its_tasks_where_they_stand(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 5);
    struct process *paused = process_new(world.kernel, "paused", 8);
    task_start(paused, "sleeper", stopped_sleeper_run, &world);
    struct task *parker = task_spawn(paused, "parker", stopped_parker_run, &world);
    assert_int_equal(kernel_run(world.kernel, START + SECOND), KERNEL_UNTIL);
    process_pause(paused, START + MINUTE);
    process_pause(paused, START + 2 * SECOND); /* does not shorten it */
    assert_int_equal(kernel_run(world.kernel, START + 30 * SECOND), KERNEL_UNTIL);
    task_wake(parker);
    assert_string_equal(world.log, "");
    assert_int_equal(kernel_run(world.kernel, START + 3 * MINUTE), KERNEL_UNTIL);
    assert_string_equal(world.log, "slept ");
    process_pause(paused, START + 30 * MINUTE);
    assert_int_equal(kernel_run(world.kernel, START + 4 * MINUTE), KERNEL_UNTIL);
    process_kill(paused);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_string_equal(world.log, "slept killed ");
    kernel_close(&world.kernel);
}

static void parker_run(void *of) {
    struct world *world = of;
    assert_int_equal(task_park(START + SECOND), STATUS_TIMEOUT);
    assert_int_equal(kernel_age(world->kernel), SECOND);
    assert_int_equal(task_park(START + HOUR), STATUS_OK);
    assert_int_equal(kernel_age(world->kernel), 3 * SECOND);
    world_say(world, "parked");
}

static void task_park_tells_a_wake_up_from_a_timeout(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 5);
    struct task *parker = task_spawn(world.process, "parker", parker_run, &world);
    assert_int_equal(kernel_run(world.kernel, START + 3 * SECOND), KERNEL_UNTIL);
    task_wake(parker);
    task_wake(parker);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_string_equal(world.log, "parked ");
    kernel_close(&world.kernel);
}

static void counter_run(void *of) {
    struct world *world = of;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(task_sleep(1 + i), STATUS_OK);
        world->value++;
    }
}

static void kernel_carries_ten_thousand_tasks(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 9);
    for (int i = 0; i < 10 * 1000; i++)
        task_start(world.process, "counter", counter_run, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(world.value, 40 * 1000);
    kernel_close(&world.kernel);
}

static void deep_run(void *of) {
    volatile char large[100 * 1024];
    memset((char *)(uintptr_t)large, 1, sizeof large);
    ((struct world *)of)->value = large[70 * 1024];
}

static void task_has_a_hundred_kibibytes_of_stack(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 9);
    task_start(world.process, "deep", deep_run, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(world.value, 1);
    kernel_close(&world.kernel);
}

/* ---- locks ----------------------------------------------------------------------------------- */

static void locker_run(void *of) {
    struct teller *teller = of;
    struct world *world = teller->world;
    assert_int_equal(task_sleep(teller->word[0]), STATUS_OK); /* asks in order of the letters */
    task_lock(&world->lock);
    assert_int_equal(world->value, 0);
    world->value = 1;
    world_say(world, teller->word);
    enum status status = task_sleep(SECOND);
    assert_true(status == STATUS_OK || status == STATUS_KILLED);
    world->value = 0;
    task_unlock(&world->lock);
}

static void task_lock_is_handed_on_in_order_of_asking(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 4);
    struct teller tellers[5];
    for (int i = 0; i < 5; i++) {
        tellers[i] = (struct teller){.world = &world, .word = {(char)('a' + i)}};
        task_start(world.process, "locker", locker_run, &tellers[i]);
    }
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_string_equal(world.log, "a b c d e ");
    kernel_close(&world.kernel);
}

static void task_lock_still_excludes_while_a_killed_process_unwinds(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 4);
    struct teller tellers[5];
    for (int i = 0; i < 5; i++) {
        tellers[i] = (struct teller){.world = &world, .word = {(char)('a' + i)}};
        task_start(world.process, "locker", locker_run, &tellers[i]);
    }
    assert_int_equal(kernel_run(world.kernel, START + SECOND), KERNEL_UNTIL);
    process_kill(world.process);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(kernel_age(world.kernel), SECOND);
    assert_string_equal(world.log, "a b c d e ");
    kernel_close(&world.kernel);
}

/* Reads, locks, writes: wrong, since it reads before it locks. */
static void racer_run(void *of) {
    struct world *world = of;
    int read = world->value;
    task_lock(&world->lock);
    world->value = read + 1;
    task_unlock(&world->lock);
}

static int race(uint64_t seed, unsigned yields) {
    struct world world;
    world_open(&world, seed);
    kernel_set_lock_yields(world.kernel, yields);
    for (int i = 0; i < 10; i++)
        task_start(world.process, "racer", racer_run, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_IDLE);
    kernel_close(&world.kernel);
    return world.value;
}

static void task_lock_shows_races_when_told_to_yield(void **state) {
    (void)state;
    assert_int_equal(race(1, 0), 10);
    assert_true(race(1, 50) < 10);
    assert_int_equal(race(1, 50), race(1, 50));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule_gives_back_in_order_whatever_was_taken_back),
        cmocka_unit_test(kernel_moves_the_clock_to_events_only),
        cmocka_unit_test(kernel_stops_when_told_and_goes_on_later),
        cmocka_unit_test(kernel_plays_the_same_again_and_another_seed_otherwise),
        cmocka_unit_test(kernel_finds_that_time_stands_still),
        cmocka_unit_test(kernel_finds_endless_events_without_a_task),
        cmocka_unit_test(kernel_closes_although_a_killed_task_never_ends),
        cmocka_unit_test(process_kill_wakes_sleepers_and_lets_them_unwind),
        cmocka_unit_test(process_pause_keeps_its_tasks_where_they_stand),
        cmocka_unit_test(task_park_tells_a_wake_up_from_a_timeout),
        cmocka_unit_test(kernel_carries_ten_thousand_tasks),
        cmocka_unit_test(task_has_a_hundred_kibibytes_of_stack),
        cmocka_unit_test(task_lock_is_handed_on_in_order_of_asking),
        cmocka_unit_test(task_lock_still_excludes_while_a_killed_process_unwinds),
        cmocka_unit_test(task_lock_shows_races_when_told_to_yield),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
