/*
 * The disk under the engine's files runs full in some phase, at some step, for ten minutes. The
 * operator types the command again when there is room, and the day is as if nothing had happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "small_day.h"

static const char patient_runbook[] =
    "runbook:\n  - at: \"06:00\"\n    run: --by petersen --and hansen seal\n"
    "  - at: \"06:12\"\n    run: --by petersen --and hansen seal\n  - run: check\n  - run: "
    "preflight\n"
    "  - at: \"06:24\"\n    run: hold\n  - at: \"06:36\"\n    run: hold\n"
    "  - at: \"06:48\"\n    run: switch\n  - at: \"07:00\"\n    run: switch\n"
    "  - at: \"07:12\"\n    run: release\n  - at: \"07:24\"\n    run: release\n"
    "  - at: \"07:36\"\n    run: core\n  - at: \"07:48\"\n    run: core\n  - run: verify\n"
    "  - at: \"20:00\"\n    run: backfill\n  - at: \"20:12\"\n    run: backfill\n"
    "  - at: \"05:00 +1 d\"\n    run: close\n";

static void day_with_full_disk(const char *phase, int step, bool stops) {
    static const enum number none[] = {
        NUMBER_FOREIGN_AT_REST_MAX, NUMBER_MISSING, NUMBER_LOST, NUMBER_DOUBLED, NUMBER_ALTERED,
        NUMBER_DISHONEST_CLAIMS};
    struct arena *arena = arena_new();
    struct buffer text = {0};
    struct played played;
    buffer_printf(&text,
                  SMALL_WORLD "%spersons:\n  behaviour: stay_away\n"
                              "faults:\n  - name: disk-full\n    phase: %s\n    step: %d\n"
                              "    lasts: 10 min\n",
                  patient_runbook, phase, step);
    small_day_play(&played, small_day_of(arena, buffer_text(&text)), 1, NULL);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (small_day_number(&played, none[i]) != 0)
            fail_msg("%s, step %d: %s: %d", phase, step, number_name(none[i]),
                     (int)small_day_number(&played, none[i]));
    assert_true(played.judgement->faults[0].effect);
    /* The last word is that every mailbox is whole. */
    if (strstr(buffer_text(&played.terminal), "close: 10 mailboxes done, 0 refused") == NULL)
        fail_msg("%s, step %d: %s", phase, step, buffer_text(&played.terminal));
    if (stops &&
        strstr(buffer_text(&played.terminal), "! ALARM write_ahead state/ledger.db") == NULL)
        fail_msg("%s, step %d: nobody said that the disk is full", phase, step);
    small_day_close(&played);
    buffer_release(&text);
    arena_close(&arena);
}

static void a_full_disk_stops_a_phase_and_the_next_start_finishes_it(void **state) {
    (void)state;
    static const struct {
        const char *phase;
        int step;
        bool stops; /* in the middle: else it does not even begin, or is done already */
    } cases[] = {{"seal", 1, false},     {"seal", 60, false},    {"hold", 1, false},
                 {"hold", 70, true},     {"switch", 40, false},  {"switch", 120, true},
                 {"release", 70, true},  {"core", 25, true},     {"core", 90, true},
                 {"core", 300, true},    {"backfill", 60, true}, {"backfill", 200, true},
                 {"backfill", 700, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        day_with_full_disk(cases[i].phase, cases[i].step, cases[i].stops);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_stops_a_phase_and_the_next_start_finishes_it),
    };
    return cmocka_run_group_tests_name("disk_full", tests, small_day_begin, NULL);
}
