/* Scenarios are read strictly, and every complaint names its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scenario.h"

#define OFFICE                                                                                     \
    "  offices:\n    - organisation: Ministerium\n      name: Amt\n      domain: a.example\n"      \
    "      people: 10\n      batch: 8\n"
#define WORLD   "story: a day\nworld:\n  day: 2025-08-07\n" OFFICE
#define RUNBOOK "runbook:\n  - run: check\n"

/* Reads a scenario from text; the path shown in errors is replaced by "F". */
static enum status read_text(struct arena *arena, const char *text,
                             const struct scenario **scenario_r, char *complaint) {
    char path[] = "/tmp/scenario-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    struct error error = {0};
    enum status status = scenario_read(arena, path, scenario_r, &error);
    unlink(path);
    if (complaint != NULL) {
        const char *rest =
            strncmp(error.text, path, strlen(path)) == 0 ? error.text + strlen(path) : error.text;
        assert_true(snprintf(complaint, ERROR_TEXT_MAX, "F%.700s", rest) > 0);
    }
    return status;
}

static void a_scenario_is_read_with_its_presets(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario;
    char complaint[ERROR_TEXT_MAX];
    enum status status = read_text(arena,
                                   WORLD "  latency: 5 ms\n  bandwidth: 10 MB/s\n" RUNBOOK
                                         "  - at: \"20:30\"\n    run: backfill --mapping x.csv\n"
                                         "  - at: \"06:00 +1 d\"\n    run: close\n"
                                         "persons:\n  working: 55 %\n  behaviour: only_read\n"
                                         "promises:\n  missing: 0\n",
                                   &scenario, complaint);
    if (status != STATUS_OK)
        fail_msg("%s", complaint);
    assert_int_equal(scenario->world.latency, 5 * MILLISECOND);
    assert_int_equal(scenario->world.bandwidth, 10000000);
    assert_int_equal(scenario->world.lasts, DAY);
    assert_int_equal(scenario_office(scenario, 0)->batch, 8);
    assert_int_equal(scenario->runbook.count, 3);
    assert_int_equal(scenario_step(scenario, 1)->at, 20 * HOUR + 30 * MINUTE);
    assert_int_equal(scenario_step(scenario, 2)->at, 30 * HOUR);
    assert_int_equal(scenario->persons.working, 550);
    assert_int_equal(scenario->persons.behaviour, PERSONS_ONLY_READ);
    assert_int_equal(scenario->plan.cut_off, 7 * DAY);
    assert_string_equal(scenario->plan.measures, "all");
    assert_int_equal(scenario->promises.count, 1);
    char text[INSTANT_TEXT_MAX];
    assert_string_equal(instant_text(scenario_instant(scenario, 8 * HOUR), text),
                        "2025-08-07T06:00:00Z");
    arena_close(&arena);
}

static void what_is_wrong_is_named_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {WORLD RUNBOOK "promisses:\n  missing: 0\n",
         "F:12:1: \"promisses\" is not known here; did you mean \"promises\"?"},
        {WORLD "  latency: 5\n" RUNBOOK,
         "F:10:12: expected a span with its unit, such as 10 min (us, ms, s, min, h, d), found "
         "\"5\""},
        {WORLD "  latency: 5 m\n" RUNBOOK,
         "F:10:12: expected a span with its unit, such as 10 min (us, ms, s, min, h, d), found "
         "\"5 m\""},
        {WORLD "  oddities: maybe\n" RUNBOOK, "F:10:13: expected yes or no, found \"maybe\""},
        {WORLD "  day: 2025-08-08\n" RUNBOOK, "F:10:3: this key stands twice"},
        {WORLD "  years: &a 5\n" RUNBOOK,
         "F:10:13: anchors, aliases and tags are not used in scenarios"},
        {WORLD "  years: !!int 5\n" RUNBOOK,
         "F:10:16: anchors, aliases and tags are not used in scenarios"},
        {"story: x\nworld:\n  day: 2025-02-30\n" OFFICE RUNBOOK,
         "F:3:8: expected a day, such as 2025-08-07, found \"2025-02-30\""},
        {"a: b\n%fo\x97\n", "F:2:1: expected no directive"},
        {"a: b\xC3\n", "F:1:5: expected UTF-8 without tabs and control characters"},
        {"a:\n  b: \x01\n", "F:2:6: expected UTF-8 without tabs and control characters"},
        {"a: b\n : ? : ?\n", "F:2:1: expected a key that is a word"},
        {WORLD RUNBOOK "---\nstory: y\n", "F:13:1: expected the end of the file, found a second "
                                          "document"},
        {WORLD "runbook: check\n", "F:10:10: expected a list, found \"check\""},
        {WORLD "runbook:\n  - check\n",
         "F:11:5: expected keys with values, found \"a single value\""},
        {WORLD, "F:1:1: expected \"runbook\" (what the operator types, step by step), found "
                "nothing"},
        {"", "F:1:1: the file is empty"},
        {"- a\n", "F:1:1: expected keys with values, found \"a list\""},
        {WORLD "  scale: 0\n" RUNBOOK,
         "F:1:1: scale, databases, nodes, years, workers and batch_size must be at least 1, "
         "messages at least 4"},
        {WORLD "plan:\n  credential: root\n" RUNBOOK,
         "F:11:15: expected one of: master batch, found \"root\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        const struct scenario *scenario;
        char complaint[ERROR_TEXT_MAX];
        enum status status = read_text(arena, cases[i].text, &scenario, complaint);
        assert_int_not_equal(status, STATUS_OK);
        assert_string_equal(complaint, cases[i].complaint);
        arena_close(&arena);
    }
}

static void a_batch_larger_than_its_office_is_refused(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario;
    char complaint[ERROR_TEXT_MAX];
    assert_int_equal(read_text(arena,
                               "story: x\nworld:\n  day: 2025-08-07\n  offices:\n"
                               "    - organisation: M\n      name: Amt\n      domain: a.example\n"
                               "      people: 3\n      batch: 4\n" RUNBOOK,
                               &scenario, complaint),
                     STATUS_INVALID);
    assert_string_equal(complaint, "F:5:7: 4 mailboxes of Amt are in the batch, but it has 3");
    arena_close(&arena);
}

static void broken_yaml_is_named_with_its_place(void **state) {
    (void)state;
    struct arena *arena = arena_new();
    const struct scenario *scenario;
    char complaint[ERROR_TEXT_MAX];
    assert_int_equal(read_text(arena, "story: x\nworld: [\n", &scenario, complaint),
                     STATUS_INVALID);
    assert_true(strncmp(complaint, "F:", 2) == 0);
    assert_non_null(strstr(complaint, ": "));
    arena_close(&arena);
}

static void every_field_explains_itself(void **state) {
    (void)state;
    struct buffer out = {0};
    assert_true(scenario_explain("cut_off", &out));
    assert_string_equal(buffer_text(&out), "plan: cut_off — what is younger, counted from 00:00 "
                                           "UTC of the day, goes with the core; 7 d if not "
                                           "given\n"
                                           "attempts: cut_off — as in the plan, counted from this "
                                           "day; 7 d if not given\n");
    assert_false(scenario_explain("nonsense", &out));
    buffer_clear(&out);
    scenario_reference(&out);
    assert_non_null(strstr(buffer_text(&out), "equal_uid_validity"));
    buffer_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scenario_is_read_with_its_presets),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(a_batch_larger_than_its_office_is_refused),
        cmocka_unit_test(broken_yaml_is_named_with_its_place),
        cmocka_unit_test(every_field_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
