/*
 * Auditors on hand-written histories: claims that the world contradicts; and histories that lack
 * facts, of which nobody may say that all was well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../judge.h"
#include "days.h"

static void auditors_hold_claims_against_the_world(void **state) {
    (void)state;
#define WRONG "905 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=1 u=9 d=-30\n"
#define WRONG_NUMBERS                                                                              \
    "foreign_at_rest_max=1 foreign_at_rest_end=1 mailboxes_with_foreign=1 "                        \
    "exposed_person_seconds=64200 "
#define ALL_IS_WELL(minute)                                                                        \
    "claim " minute " verified m=1 phase=verify "                                                  \
    "text={\"missing\":0,\"surplus\":0,\"altered\":0}\n"
    static const struct day_case cases[] = {
        {"honest",
         GOOD_DAY "claim 30 mailbox_done m=1 phase=core messages=1\n"
                  "claim 950 mailbox_done m=1 phase=backfill\nclaim 950 run_ended phase=backfill\n",
         "honest=yes"},
        {"done with core does not speak of old mail",
         BEFORE "claim 30 mailbox_done m=1 phase=core\nclaim 30 run_ended phase=core\n",
         "missing=4"},
        {"done although mail is missing",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS
         "claim 950 mailbox_done m=1 phase=backfill\nclaim 950 mailbox_done m=2 phase=backfill\n",
         "missing=1 cut_off_gap=1 dishonest_claims=1 honest=no"},
        {"exit 0 although foreign mail lies there",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND WRONG BACKFILL_ENDS
         "claim 950 run_ended phase=backfill value=0\n",
         WRONG_NUMBERS "dishonest_claims=1 honest=no"},
        {"exit 1 says so",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND WRONG BACKFILL_ENDS
         "claim 950 run_ended phase=backfill value=1\n",
         WRONG_NUMBERS "honest=yes"},
        {"claimed before it happened",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND WRONG BACKFILL_ENDS
         "claim 904 mailbox_done m=2 phase=backfill\n",
         WRONG_NUMBERS "honest=yes"},
        {"done before the last write",
         GOOD_DAY "claim 903 mailbox_done m=2 phase=backfill p=umzug_backfill\n"
                  "claim 904 mailbox_done m=1 phase=backfill p=umzug_backfill\n",
         "dishonest_claims=1"},
        {"done with what a later run writes",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9
         "902:30 process_started p=umzug_backfill\n" COPY_2ND
         "905 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=40 u=9 d=-30\n"
         "906 item_removed h=expunged p=umzug_backfill s=O m=1 f=INBOX c=40 u=9\n" BACKFILL_ENDS
         "claim 902 mailbox_done m=1 phase=core p=umzug_backfill\n",
         "foreign_at_rest_max=1 mailboxes_with_foreign=1 exposed_person_seconds=60"},
        {"exit 0 of a run that refused",
         GOOD_DAY "claim 900 run_started phase=backfill\n"
                  "claim 901 mailbox_refused m=1 phase=backfill\n"
                  "claim 950 run_ended phase=backfill value=0\n",
         "dishonest_claims=1"},
        {"exit 0 of a run beside which another refused",
         GOOD_DAY "claim 900 run_started phase=backfill p=umzug_backfill\n"
                  "claim 901 run_started phase=backfill p=colleague_backfill\n"
                  "claim 902 mailbox_refused m=1 phase=backfill p=colleague_backfill\n"
                  "claim 950 run_ended phase=backfill value=0 p=umzug_backfill\n"
                  "claim 951 run_ended phase=backfill value=1 p=colleague_backfill\n",
         "honest=yes"},
        {"exit 1 of it, and 0 of the next",
         GOOD_DAY "claim 900 run_started phase=backfill\n"
                  "claim 901 mailbox_refused m=1 phase=backfill\n"
                  "claim 950 run_ended phase=backfill value=1\n"
                  "claim 951 run_started phase=backfill\n"
                  "claim 952 run_ended phase=backfill value=0\n",
         "honest=yes"},
        {"consistent, though its missing mail is excused",
         SETTINGS FIXTURES SWITCH CORE
         "800 fault_fired n=wrong m=1\n800 fault_effect n=wrong m=1\n"
         "900 alarm n=who_am_i m=1 c=because\n" BACKFILL_BEGINS COPY_2ND BACKFILL_ENDS
         "claim 960 consistent m=1 phase=close\nclaim 960 consistent m=2 phase=close\n",
         "excused=2 alarms=1 dishonest_claims=1"},
        {"verified",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND WRONG BACKFILL_ENDS
         "claim 950 verified m=2 phase=verify text={\"missing\":0,\"surplus\":0,\"altered\":0}\n"
         "claim 950 verified m=2 phase=verify text={\"missing\":0,\"surplus\":1,\"altered\":0}\n",
         WRONG_NUMBERS "dishonest_claims=1"},
        {"verified after core, before old mail came that never came",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS ALL_IS_WELL(
             "40") "claim 40 run_ended phase=verify value=0\n",
         "missing=1 cut_off_gap=1 honest=yes"},
        {"verified after the backfill that left old mail out",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS
         "claim 949 mailbox_done m=1 phase=backfill\n" ALL_IS_WELL("950"),
         "missing=1 cut_off_gap=1 dishonest_claims=2 honest=no"},
        {"exit 0 of a verify after exit 0 of a backfill",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS
         "claim 949 run_ended phase=backfill value=0\n"
         "claim 950 run_ended phase=verify value=0\n",
         "missing=1 cut_off_gap=1 dishonest_claims=2 honest=no"},
        {"verified in a second attempt, after its core",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS
         "claim 951 mailbox_done m=1 phase=backfill\n"
         "claim 951 run_ended phase=backfill value=0\n"
         "claim 952 rolled_back m=1 phase=rollback\n" ALL_IS_WELL(
             "970") "claim 970 run_ended phase=verify value=0\n",
         "missing=1 cut_off_gap=1 dishonest_claims=2 honest=no"},
        {"writes after the stop",
         BEFORE BACKFILL_BEGINS COPY_1
         "901 stop_acknowledged p=umzug_backfill\n" COPY_9
         "903 process_started p=umzug_backfill\n" COPY_2ND BACKFILL_ENDS,
         "writes_after_stop=1"},
        {"a killed process that goes on speaking",
         GOOD_DAY "960 process_started p=umzug_close\n961 spoke_dead p=umzug_close f=terminal\n"
                  "961 process_ended p=umzug_close a=-1\n",
         "spoke_dead=1"},
        {"claims of a killed process",
         GOOD_DAY "960 process_started p=umzug_close\n961 process_ended p=umzug_close a=-1\n"
                  "970 process_started p=umzug_close\n980 process_ended p=umzug_close a=0\n"
                  "claim 960 run_started phase=close p=umzug_close\n"
                  "claim 961 alarm phase=close p=umzug_close\n"
                  "claim 962 run_ended phase=close value=1 p=umzug_close\n"
                  "claim 971 run_started phase=close p=umzug_close\n"
                  "claim 980 run_ended phase=close value=1 p=umzug_close\n"
                  "claim 981 run_ended phase=close value=1 p=umzug_close\n",
         "spoke_dead=1"},
        {"a false alarm", GOOD_DAY "960 alarm n=reconcile m=1 c=because\n", "alarms=1 calm=no"},
        {"a refusal without a word",
         GOOD_DAY "960 phase_begun n=close\n961 phase_ended n=close a=1\n", "calm=no"},
        {"nine minutes to the alarm",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND WRONG
         "914 alarm n=reconcile m=2 c=because\n",
         WRONG_NUMBERS "alarms=1 alarm_within=9_min"},
    };
    JUDGE(cases);
}

static void histories_that_lack_facts_are_inconclusive(void **state) {
    (void)state;
    static const struct {
        const char *script, *why;
    } cases[] = {
        {FIXTURES, "no end"},
        {SETTINGS FIXTURES "5 item_removed p=script s=X m=1 f=INBOX c=1 u=77\n", "never lay"},
        {SETTINGS FIXTURES "5 item_flagged p=script s=X m=1 f=INBOX c=1 u=77\n", "never lay"},
        {SETTINGS FIXTURES "5 item_stored s=X m=1 f=INBOX u=77\n", "without a content"},
        {SETTINGS FIXTURES "5 item_stored s=G m=1 c=1 f=INBOX u=77\n", "without a place"},
        {SETTINGS "5 phase_begun n=core\n4 phase_ended n=core\n", "backwards"},
        {SETTINGS FIXTURES "5 mail_delivered m=1 c=1 u=7 s=X\n", "never accepted"},
        {SETTINGS "promise reachable_within 10 min\n" FIXTURES, "reachable_within"},
        {SETTINGS "promise missing lots\n" FIXTURES, "expected a number"},
        {"set ended 2025-08-08T04:00:00Z\n" FIXTURES CORE BACKFILL_BEGINS BACKFILL_ENDS, "cut-off"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct history *history = script_play(cases[i].script);
        struct judgement *judgement = NULL;
        assert_int_equal(judge(history, NULL, &judgement, NULL), STATUS_OK);
        if (strstr(judgement->trial.lacking, cases[i].why) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", judgement->trial.lacking, cases[i].why);
        assert_int_equal(judgement->verdict, VERDICT_INCONCLUSIVE);
        assert_false(judgement->kept);
        judgement_close(&judgement);
        history_close(&history);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auditors_hold_claims_against_the_world),
        cmocka_unit_test(histories_that_lack_facts_are_inconclusive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
