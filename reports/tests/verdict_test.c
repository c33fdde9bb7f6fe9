/* The order of the verdicts: over all combinations of grounds, and on whole days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../judge.h"
#include "script.h"

static struct grounds grounds_of(unsigned bits) {
    return (struct grounds){.lacking = bits & 1,
                            .effect = bits & 2,
                            .harm = bits & 4,
                            .alarm = bits & 8,
                            .twin_harmed = bits & 16,
                            .within_limits = bits & 32,
                            .left_at_end = bits & 64,
                            .excused = bits & 128};
}

/* The first rule that fits decides; -1 fits any. */
static const struct rule {
    int lacking, effect, harm, alarm, twin_harmed, within_limits, left_at_end, excused;
    enum verdict verdict;
} rules[] = {
    {1, -1, -1, -1, -1, -1, -1, -1, VERDICT_INCONCLUSIVE},
    {-1, 0, -1, -1, -1, -1, -1, -1, VERDICT_VACUOUS},
    {-1, -1, 0, 1, 1, -1, -1, -1, VERDICT_PREVENTED},
    {-1, -1, 0, 1, 0, 1, -1, 1, VERDICT_CONTAINED},
    {-1, -1, 0, 1, 0, -1, -1, -1, VERDICT_VACUOUS},
    {-1, -1, 0, 0, -1, -1, -1, -1, VERDICT_TOLERATED},
    {-1, -1, 1, 0, -1, -1, -1, -1, VERDICT_MISSED},
    {-1, -1, 1, 1, -1, 1, 0, -1, VERDICT_CONTAINED},
    {-1, -1, -1, -1, -1, -1, -1, -1, VERDICT_DETECTED},
};

static bool fits(int wanted, bool is) {
    return wanted < 0 || (wanted != 0) == is;
}

static void every_combination_of_grounds_has_its_verdict(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 256; bits++) {
        struct grounds grounds = grounds_of(bits);
        const struct rule *rule = rules;
        while (!(fits(rule->lacking, grounds.lacking) && fits(rule->effect, grounds.effect) &&
                 fits(rule->harm, grounds.harm) && fits(rule->alarm, grounds.alarm) &&
                 fits(rule->twin_harmed, grounds.twin_harmed) &&
                 fits(rule->within_limits, grounds.within_limits) &&
                 fits(rule->left_at_end, grounds.left_at_end) &&
                 fits(rule->excused, grounds.excused)))
            rule++;
        assert_string_equal(verdict_name(verdict_on_fault(&grounds)), verdict_name(rule->verdict));
    }
}

static void a_day_without_fault_is_calm_or_a_false_alarm(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 256; bits++) {
        struct grounds grounds = grounds_of(bits);
        enum verdict expected = grounds.alarm ? VERDICT_FALSE_ALARM : VERDICT_CALM;
        if (grounds.harm)
            expected = !grounds.alarm                                  ? VERDICT_MISSED
                       : grounds.within_limits && !grounds.left_at_end ? VERDICT_CONTAINED
                                                                       : VERDICT_DETECTED;
        if (grounds.lacking)
            expected = VERDICT_INCONCLUSIVE;
        assert_int_equal(verdict_on_calm_day(&grounds), expected);
    }
}

#define DAY_1                                                                                      \
    "set began 2025-08-07T04:00:00Z\nset ended 2025-08-08T04:00:00Z\n"                             \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=1 u=1 d=-30\n"
#define FIRES  "10 fault_armed n=wrong m=1\n20 fault_fired n=wrong m=1 f=/plan/mapping.csv\n"
#define ACTS   "21 fault_effect n=wrong m=1\n"
#define HARM   "22 item_stored h=appended p=umzug s=O m=2 f=INBOX c=1 u=1 d=-30\n"
#define UNDONE "40 item_removed h=expunged p=umzug s=O m=2 f=INBOX c=1 u=1\n"
#define ALARM  "30 alarm n=bijection m=1 c=because\n"

static void days_are_judged_from_their_histories(void **state) {
    (void)state;
    static const struct {
        const char *script;
        enum verdict verdict;
        bool kept, twin_harmed;
    } cases[] = {
        {DAY_1, VERDICT_CALM, true, false},
        {DAY_1 ALARM, VERDICT_FALSE_ALARM, false, false},
        {DAY_1 HARM, VERDICT_MISSED, false, false},
        {DAY_1 HARM ALARM, VERDICT_DETECTED, false, false},
        {DAY_1 "10 fault_armed n=wrong\n", VERDICT_VACUOUS, false, false},
        {DAY_1 FIRES, VERDICT_VACUOUS, false, true},
        {DAY_1 FIRES ACTS, VERDICT_TOLERATED, true, false},
        {DAY_1 FIRES ACTS ALARM, VERDICT_VACUOUS, false, false},
        {DAY_1 FIRES ACTS ALARM, VERDICT_PREVENTED, true, true},
        {"set twin_harmed yes\n" DAY_1 FIRES ACTS ALARM, VERDICT_PREVENTED, true, false},
        {DAY_1 FIRES ACTS HARM, VERDICT_MISSED, false, true},
        {DAY_1 FIRES ACTS HARM ALARM, VERDICT_DETECTED, false, false},
        {DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_CONTAINED, true, false},
        /* Limits of the scenario. */
        {"promise foreign_at_rest_max 1\npromise alarm_within 8 min\n" DAY_1 FIRES ACTS HARM ALARM
             UNDONE,
         VERDICT_CONTAINED, true, false},
        {"promise alarm_within 7 min\n" DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_DETECTED, false,
         false},
        {"promise foreign_at_rest_max 0\n" DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_DETECTED,
         false, false},
        /* Alarms that do not count: too early, about another mailbox, about nothing. */
        {DAY_1 "5 alarm n=bijection m=1 c=because\n" FIRES ACTS, VERDICT_TOLERATED, true, true},
        {DAY_1 FIRES ACTS "30 alarm n=bijection m=3 c=because\n", VERDICT_TOLERATED, true, true},
        {DAY_1 FIRES ACTS "30 alarm n=bijection c=because\n", VERDICT_TOLERATED, true, true},
        {DAY_1 FIRES ACTS "30 alarm n=bijection f=other.csv c=because\n", VERDICT_TOLERATED, true,
         true},
        /* By the artefact, also without its folder; by a mailbox that was harmed. */
        {DAY_1 FIRES ACTS "30 alarm n=bijection f=mapping.csv c=because\n", VERDICT_PREVENTED, true,
         true},
        {DAY_1 FIRES ACTS HARM "30 alarm n=reconcile m=2 c=because\n" UNDONE, VERDICT_CONTAINED,
         true, false},
        /* Promises decide as well; what a canary expects does. */
        {"promise calm no\n" DAY_1, VERDICT_CALM, false, false},
        {"expect foreign_at_rest_max 1\nexpect detected no\n" DAY_1 FIRES ACTS HARM, VERDICT_MISSED,
         true, false},
        {"expect foreign_at_rest_max 2\n" DAY_1 FIRES ACTS HARM, VERDICT_MISSED, false, false},
        {"expect foreign_at_rest_max 2\n" DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_CONTAINED,
         false, false}, /* no limit, and not kept */
        {"promise contained yes\n" DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_CONTAINED, true,
         false},
        {"promise alarm_says caus\n" DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_CONTAINED, true,
         false},
        {"promise alarm_says moon\n" DAY_1 FIRES ACTS HARM ALARM UNDONE, VERDICT_CONTAINED, false,
         false},
        /* Two faults: the worse one counts for the day; each keeps its own harm. */
        {DAY_1 FIRES ACTS "21 fault_fired n=slow m=3\n21 fault_effect n=slow m=3\n",
         VERDICT_TOLERATED, true, false},
        {DAY_1 FIRES ACTS "21 fault_fired n=slow m=3\n21 fault_effect n=slow m=3\n"
                          "22 item_stored h=appended p=umzug s=O m=3 f=INBOX c=1 u=1 d=-30\n" ALARM
                          "40 item_removed h=expunged p=umzug s=O m=3 f=INBOX c=1 u=1\n",
         VERDICT_MISSED, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct history *history = script_play(cases[i].script);
        struct judgement *judgement = NULL;
        struct judge_options options = {.twin_harmed = cases[i].twin_harmed};
        assert_int_equal(judge(history, &options, &judgement, NULL), STATUS_OK);
        if (judgement->verdict != cases[i].verdict || judgement->kept != cases[i].kept)
            fail_msg("case %zu: %s (%s), expected %s (%s)%s%s", i, verdict_name(judgement->verdict),
                     judgement->kept ? "kept" : "not kept", verdict_name(cases[i].verdict),
                     cases[i].kept ? "kept" : "not kept", judgement->trial.lacking[0] ? ": " : "",
                     judgement->trial.lacking);
        judgement_close(&judgement);
        history_close(&history);
    }
}

static void harm_from_before_its_effect_is_not_a_faults(void **state) {
    (void)state;
    struct history *history =
        script_play(DAY_1 HARM UNDONE "50 fault_fired n=late m=1\n51 fault_effect n=late m=1\n");
    struct judgement *judgement = NULL;
    assert_int_equal(judge(history, NULL, &judgement, NULL), STATUS_OK);
    assert_int_equal(judgement->fault_count, 1);
    assert_int_equal(judgement->faults[0].verdict, VERDICT_TOLERATED);
    assert_int_equal(judgement->verdict, VERDICT_MISSED);
    judgement_close(&judgement);
    history_close(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_of_grounds_has_its_verdict),
        cmocka_unit_test(a_day_without_fault_is_calm_or_a_false_alarm),
        cmocka_unit_test(days_are_judged_from_their_histories),
        cmocka_unit_test(harm_from_before_its_effect_is_not_a_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
