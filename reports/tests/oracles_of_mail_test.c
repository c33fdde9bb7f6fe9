/*
 * The oracles of mail at rest on hand-written histories: good days on which nothing may be found,
 * and for each error an oracle says it catches a day with that error alone, with the exact numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "days.h"

static void nothing_is_found_on_good_days(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"a whole day", GOOD_DAY, "workable_within=12_min complete_by=21:04 one_home=yes calm=yes"},
        {"nothing moved", SETTINGS FIXTURES, "workable_within=0_s"},
        {"mail arrives before, while and after",
         SETTINGS FIXTURES
         "1 mail_due m=1 f=INBOX c=20\n"
         "2 item_stored h=delivered s=X p=smtp m=1 f=INBOX c=20 u=4 a=120000000\n" SWITCH
             CORE_BEGINS CORE_COPIES
         "23 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=20 u=9 a=120000000\n" CORE_ENDS
         "40 mail_due m=2 f=INBOX c=21\n"
         "40 mail_accepted m=2 c=21 u=1\n"
         "41 mail_delivered s=O m=2 c=21 u=1\n"
         "41 item_stored h=delivered s=O p=lmtp m=2 f=INBOX c=~1 u=9 a=2460000000\n"
         "base ~1 21\n" BACKFILL,
         ""},
        {"a person reads, files, deletes, drafts, sends",
         BEFORE "40 item_downloaded p=person:anna s=O m=1 f=INBOX c=2 u=1\n"
                "40 item_flagged p=person:anna s=O m=1 f=INBOX c=2 u=1 b=1\n"
                "41 item_removed h=moved p=person:anna s=O m=1 f=INBOX c=2 u=1\n"
                "41 item_stored h=moved p=person:anna s=O m=1 f=Projekte c=2 u=1 d=-1 b=1\n"
                "42 item_stored h=drafted p=person:anna s=O m=1 f=Drafts c=30 u=1 b=16\n"
                "43 item_removed h=expunged p=person:anna s=O m=1 f=Drafts c=30 u=1\n"
                "43 item_stored h=sent p=person:anna s=O m=1 f=Sent c=31 u=1 b=1\n"
                "44 item_removed h=expunged p=person:petra s=O m=2 f=INBOX c=4 u=1\n" BACKFILL,
         ""},
        {"a person files with a program that copies first",
         BEFORE "40 item_stored h=moved p=person:anna s=O m=1 f=Projekte c=2 u=1 d=-1\n"
                "40 item_removed h=moved p=person:anna s=O m=1 f=INBOX c=2 u=1\n"
                "41 item_stored h=copied p=person:petra s=O m=2 f=Ablage c=4 u=1 d=-1\n"
                "41 item_removed h=expunged p=person:petra s=O m=2 f=INBOX c=4 u=1\n" BACKFILL,
         ""},
        {"a twin is filed while the older one is still to come",
         SETTINGS FIXTURES
         "0 item_stored h=fixture s=X m=3 f=INBOX c=7 u=1 d=-30\n"
         "0 item_stored h=fixture s=X m=3 f=INBOX c=7 u=2 d=-2\n" SWITCH CORE_BEGINS CORE_COPIES
         "23 item_stored h=appended p=umzug_core s=O m=3 f=INBOX c=7 u=1 d=-2\n" CORE_ENDS
         "40 item_stored h=moved p=person:carl s=O m=3 f=Projekte c=7 u=1 d=-2\n"
         "40 item_removed h=moved p=person:carl s=O m=3 f=INBOX c=7 u=1\n" BACKFILL_BEGINS COPY_1
             COPY_9 COPY_2ND "905 item_stored h=appended p=umzug_backfill s=O m=3 f=INBOX c=7 u=2 "
         "d=-30\n" BACKFILL_ENDS,
         ""},
        {"twins stay two",
         SETTINGS FIXTURES
         "0 item_stored h=fixture s=X m=3 f=INBOX c=7 u=1 d=-2 b=1\n"
         "0 item_stored h=fixture s=X m=3 f=INBOX c=7 u=2 d=-2\n" SWITCH CORE_BEGINS CORE_COPIES
         "23 item_stored h=appended p=umzug_core s=O m=3 f=INBOX c=7 u=1 d=-2\n"
         "23 item_stored h=appended p=umzug_core s=O m=3 f=INBOX c=7 u=2 d=-2 b=1\n" CORE_ENDS
             BACKFILL,
         ""},
        {"a folder of twins is renamed",
         SETTINGS FIXTURES
         "0 item_stored h=fixture s=X m=3 f=A c=7 u=1 d=-2 b=1\n"
         "0 item_stored h=fixture s=X m=3 f=A c=7 u=2 d=-2\n"
         "1 item_removed h=moved p=person:carl s=X m=3 f=A c=7 u=1\n"
         "1 item_removed h=moved p=person:carl s=X m=3 f=A c=7 u=2\n"
         "1 item_stored h=moved p=person:carl s=X m=3 f=B c=7 u=1 d=-2 b=1\n"
         "1 item_stored h=moved p=person:carl s=X m=3 f=B c=7 u=2 d=-2\n" SWITCH CORE_BEGINS
             CORE_COPIES "23 item_stored h=appended p=umzug_core s=O m=3 f=B c=7 u=1 d=-2\n"
         "23 item_stored h=appended p=umzug_core s=O m=3 f=B c=7 u=2 d=-2 b=1\n" CORE_ENDS BACKFILL,
         ""},
        {"no backfill is planned", "set phases hold switch release core\n" BEFORE,
         "complete_by=06:22"},
        {"mail comes to a bystander",
         GOOD_DAY "960 mail_due m=4 f=INBOX c=22\n"
                  "960 item_stored h=delivered s=X p=exchange m=4 f=INBOX c=22 u=2\n"
                  "961 item_flagged p=person:doris s=X m=4 f=INBOX c=22 u=2 b=1\n"
                  "961 access_tried p=person:doris m=4 a=0 b=1 s=X\n",
         ""},
        {"somebody sends mail outside",
         GOOD_DAY "960 mail_submitted m=1 c=23 a=1\n961 mail_left c=23 n=x@else.example\n", ""},
        {"an earlier batch lives at the target",
         SETTINGS FIXTURES
         "0 item_stored h=fixture s=O m=5 f=INBOX c=8 u=1 d=-3\n"
         "1 mail_due m=5 f=INBOX c=24\n1 mail_accepted m=5 c=24 u=7\n"
         "1 mail_delivered s=O m=5 c=24 u=7\n"
         "1 item_stored h=delivered s=O p=lmtp m=5 f=INBOX c=24 u=2\n" SWITCH CORE BACKFILL,
         ""},
    };
    JUDGE(cases);
}

static void foreign_mail_is_found_at_any_instant(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"for a second",
         GOOD_DAY "960 item_stored h=appended p=script s=O m=2 f=INBOX c=1 u=9 d=-30\n"
                  "960:1 item_removed h=expunged p=script s=O m=2 f=INBOX c=1 u=9\n",
         "foreign_at_rest_max=1 mailboxes_with_foreign=1 exposed_person_seconds=2"},
        {"to the end, in two mailboxes, and it is read",
         GOOD_DAY "960 item_stored h=appended p=script s=O m=2 f=INBOX c=1 u=9 d=-30\n"
                  "960 item_stored h=appended p=script s=O m=3 f=INBOX c=1 u=9 d=-30\n"
                  "961 item_downloaded p=person:petra s=O m=2 f=INBOX c=1 u=9\n"
                  "961 item_downloaded p=person:petra s=O m=2 f=INBOX c=1 u=9\n"
                  "961 item_downloaded p=umzug_verify s=O m=3 f=INBOX c=1 u=9\n"
                  "962 item_opened p=person:petra s=O m=2 f=INBOX c=1 u=9\n",
         "foreign_at_rest_max=2 foreign_at_rest_end=2 mailboxes_with_foreign=2 "
         "exposed_person_seconds=86400 downloaded_foreign=1 opened_foreign=1"},
        {"at the source",
         GOOD_DAY "1410 item_stored h=appended p=script s=X m=4 f=INBOX c=1 u=9 d=-30\n",
         "foreign_at_rest_max=1 foreign_at_rest_end=1 mailboxes_with_foreign=1 "
         "exposed_person_seconds=1800 bystanders_touched=1 source_changed=1"},
        {"filed by its reader it is still foreign",
         GOOD_DAY "1430 item_stored h=appended p=script s=O m=3 f=INBOX c=1 u=9 d=-30\n"
                  "1431 item_removed h=moved p=person:carl s=O m=3 f=INBOX c=1 u=9\n"
                  "1431 item_stored h=moved p=person:carl s=O m=3 f=Ablage c=1 u=1 d=-30\n"
                  "1432 item_stored h=copied p=person:carl s=O m=3 f=INBOX c=1 u=10 d=-30\n",
         "foreign_at_rest_max=2 foreign_at_rest_end=2 mailboxes_with_foreign=1 "
         "exposed_person_seconds=600"},
        {"two mailboxes crossed by the backfill; the circular is in its right place by luck",
         BEFORE BACKFILL_BEGINS
         "901 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=1 u=2 d=-30 b=1 n=Wichtig\n"
         "902 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=9 u=3 d=-20\n"
         "903 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=3 u=2 d=-30\n"
         "904 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=9 u=3 d=-20\n"
         "950 phase_ended n=backfill\n",
         "foreign_at_rest_max=2 foreign_at_rest_end=2 mailboxes_with_foreign=2 "
         "exposed_person_seconds=96900 missing=2 cut_off_gap=2"},
    };
    JUDGE(cases);
}

static void placement_finds_what_is_not_where_it_belongs(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"skipped", BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS,
         "missing=1 cut_off_gap=1"},
        {"nowhere any more",
         GOOD_DAY "960 item_removed h=expunged p=script s=O m=1 f=INBOX c=2 u=1\n"
                  "960 item_removed h=expunged p=script s=X m=1 f=INBOX c=2 u=2\n",
         "missing=1 lost=1 source_changed=1"},
        {"gone, but a colleague got a copy that he should not have",
         GOOD_DAY "960 item_stored h=appended p=script s=O m=3 f=INBOX c=2 u=9 d=-1\n"
                  "960 item_removed h=expunged p=script s=O m=3 f=INBOX c=2 u=9\n"
                  "960 item_stored h=appended p=script s=O m=3 f=INBOX c=2 u=10 d=-1\n"
                  "960 item_removed h=expunged p=script s=O m=1 f=INBOX c=2 u=1\n"
                  "960 item_removed h=expunged p=script s=X m=1 f=INBOX c=2 u=2\n",
         "missing=1 foreign_at_rest_max=1 foreign_at_rest_end=1 mailboxes_with_foreign=1 "
         "exposed_person_seconds=28800 source_changed=1"},
        {"a circular is gone; the colleague's own copy does not replace it",
         GOOD_DAY "960 item_removed h=expunged p=script s=O m=1 f=INBOX c=9 u=3\n"
                  "960 item_removed h=expunged p=script s=X m=1 f=INBOX c=9 u=3\n",
         "missing=1 lost=1 source_changed=1"},
        {"arrived mail never came", GOOD_DAY "1000 mail_due m=1 f=INBOX c=20\n",
         "missing=1 lost=1"},
        {"late mail may be on its way", GOOD_DAY "1435 mail_due m=1 f=INBOX c=20\n", ""},
        {"the gateway still has it",
         GOOD_DAY "1300 mail_due m=1 f=INBOX c=20\n1300 mail_accepted m=1 c=20 u=1\n"
                  "1300 mail_held m=1 c=20 u=1\n",
         "missing=1"},
        {"copied twice",
         GOOD_DAY "960 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=1 u=9 d=-30 b=1 "
                  "n=Wichtig\n",
         "doubled=1 writes_by_second_run=1"},
        {"deleted by its owner and copied again",
         GOOD_DAY "960 item_removed h=expunged p=person:anna s=O m=1 f=INBOX c=2 u=1\n"
                  "961 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=9 d=-1\n",
         "doubled=1 writes_by_second_run=1"},
        {"the owner clears up the second copy",
         GOOD_DAY "960 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=1 u=9 d=-30\n"
                  "961 item_removed h=expunged p=person:anna s=O m=1 f=INBOX c=1 u=9\n",
         "writes_by_second_run=1"},
        {"the second copy is filed elsewhere and stays a second copy",
         GOOD_DAY "960 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=1 u=9 d=-30\n"
                  "961 item_removed h=moved p=person:anna s=O m=1 f=INBOX c=1 u=9\n"
                  "961 item_stored h=moved p=person:anna s=O m=1 f=Ablage c=1 u=1 d=-30\n",
         "doubled=1 writes_by_second_run=1"},
        {"other bytes",
         BEFORE BACKFILL_BEGINS COPY_9 COPY_2ND "905 item_stored h=appended p=umzug_backfill s=O "
                                                "m=1 f=INBOX c=~5 u=9 d=-30\n" BACKFILL_ENDS,
         "altered=1 missing=1 cut_off_gap=1"},
        {"one of two twins",
         SETTINGS FIXTURES
         "0 item_stored h=fixture s=X m=3 f=INBOX c=7 u=1 d=-2\n"
         "0 item_stored h=fixture s=X m=3 f=INBOX c=7 u=2 d=-2\n" SWITCH CORE_BEGINS CORE_COPIES
         "23 item_stored h=appended p=umzug_core s=O m=3 f=INBOX c=7 u=1 d=-2\n" CORE_ENDS BACKFILL,
         "missing=1"},
        {"set back: what came to the target meanwhile is not at home",
         GOOD_DAY
         "960 mail_due m=1 f=INBOX c=20\n"
         "960 item_stored h=delivered p=lmtp s=O m=1 f=INBOX c=20 u=9\n"
         "970 phase_begun n=rollback\n" MOVE("970", "1", "X") "971 phase_ended n=rollback\n",
         "missing=1 rolled_back_short=2 left_at_new_home=1"},
        {"excused: an alarm names the mailbox and the fault lasts",
         SETTINGS FIXTURES SWITCH CORE
         "800 fault_fired n=wrong m=1\n800 fault_effect n=wrong m=1\n"
         "900 alarm n=who_am_i m=1 c=because\n" BACKFILL_BEGINS COPY_2ND BACKFILL_ENDS,
         "excused=2 alarms=1"},
        {"not excused once the fault is healed",
         SETTINGS FIXTURES SWITCH CORE
         "800 fault_fired n=wrong m=1\n800 fault_effect n=wrong m=1\n"
         "850 alarm n=who_am_i m=1 c=because\n899 fault_healed n=wrong\n" BACKFILL_BEGINS COPY_2ND
             BACKFILL_ENDS,
         "missing=2 cut_off_gap=2 alarms=1"},
        {"not excused where the fault never reached",
         SETTINGS FIXTURES SWITCH CORE
         "800 fault_fired n=wrong m=2\n800 fault_effect n=wrong m=2\n"
         "900 alarm n=who_am_i m=1 c=because\n" BACKFILL_BEGINS COPY_2ND BACKFILL_ENDS,
         "missing=2 cut_off_gap=2 alarms=1"},
        {"not excused where the alarm names another",
         SETTINGS FIXTURES SWITCH CORE
         "800 fault_fired n=wrong m=1\n800 fault_effect n=wrong m=1\n"
         "850 alarm n=who_am_i m=2 c=because\n" BACKFILL_BEGINS COPY_2ND BACKFILL_ENDS,
         "missing=2 cut_off_gap=2 alarms=1"},
    };
    JUDGE(cases);
}

#define COPY_1_AS(as)                                                                              \
    BEFORE BACKFILL_BEGINS COPY_9 COPY_2ND                                                         \
        "905 item_stored h=appended p=umzug_backfill s=O m=1 c=1 u=9 " as "\n" BACKFILL_ENDS

static void metadata_finds_each_difference(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"all right", COPY_1_AS("f=INBOX d=-30 b=1 n=Wichtig"), ""},
        {"folder", COPY_1_AS("f=Ablage d=-30 b=1 n=Wichtig"), "folders_changed=1"},
        {"date", COPY_1_AS("f=INBOX d=0 b=1 n=Wichtig"), "dates_changed=1"},
        {"flags", COPY_1_AS("f=INBOX d=-30 b=0 n=Wichtig"), "flags_changed=1"},
        {"keywords", COPY_1_AS("f=INBOX d=-30 b=1"), "keywords_changed=1"},
        {"several", COPY_1_AS("f=Ablage d=0 b=5 n=Rot"),
         "folders_changed=1 dates_changed=1 flags_changed=1 keywords_changed=1"},
        {"changed afterwards by nobody's wish",
         GOOD_DAY "960 item_flagged p=umzug_backfill s=O m=1 f=INBOX c=1 u=2 b=0 n=Wichtig\n",
         "flags_changed=1 writes_by_second_run=1"},
        {"and put right again",
         GOOD_DAY "960 item_flagged p=umzug_backfill s=O m=1 f=INBOX c=1 u=2 b=0 n=Wichtig\n"
                  "961 item_flagged p=umzug_backfill s=O m=1 f=INBOX c=1 u=2 b=1 n=Wichtig\n",
         "writes_by_second_run=2"},
        {"a person's flags are right by definition",
         COPY_1_AS(
             "f=INBOX d=-30 b=0") "960 item_flagged p=person:anna s=O m=1 f=INBOX c=1 u=9 b=3\n",
         ""},
        {"flags from before the switch come along late",
         SETTINGS FIXTURES
         "1 item_flagged p=person:anna s=X m=1 f=INBOX c=1 u=1 b=5 n=Wichtig\n" SWITCH CORE
             BACKFILL,
         "flags_changed=1"},
        {"flags changed at the source after it was copied",
         SETTINGS FIXTURES
         "5 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"
         "6 item_flagged p=person:anna s=X m=1 f=INBOX c=2 u=2 b=1\n" SWITCH CORE_BEGINS
         "22 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n" CORE_ENDS BACKFILL,
         "flags_changed=1"},
        {"of two copies that both differ the owner deletes one",
         COPY_1_AS("f=INBOX d=-30 b=0 n=Wichtig") "955 item_stored h=appended p=umzug_backfill s=O "
                                                  "m=1 f=INBOX c=1 u=10 d=-30 b=4\n"
                                                  "960 item_removed h=expunged p=person:anna s=O "
                                                  "m=1 f=INBOX c=1 u=10\n",
         "flags_changed=1 writes_by_second_run=1"},
        {"arrived mail loses its date on the way over",
         SETTINGS FIXTURES
         "1 mail_due m=1 f=INBOX c=20\n"
         "2 item_stored h=delivered s=X p=smtp m=1 f=INBOX c=20 u=4 a=120000000\n" SWITCH
             CORE_BEGINS CORE_COPIES
         "23 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=20 u=9 a=990000000\n" CORE_ENDS
             BACKFILL,
         "dates_changed=1"},
    };
    JUDGE(cases);
}

static void core_and_backfill_share_without_gap_or_overlap(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"gap", BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND BACKFILL_ENDS, "cut_off_gap=1 missing=1"},
        {"overlap",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND
         "905 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=2 u=9 d=-1\n" BACKFILL_ENDS,
         "cut_off_overlap=1 doubled=1"},
        {"copied and removed again is missing, but no gap",
         GOOD_DAY "960 item_removed h=expunged p=script s=O m=1 f=INBOX c=1 u=2\n", "missing=1"},
        {"a phase that failed leaves no gap",
         BEFORE BACKFILL_BEGINS COPY_1 COPY_2ND "950 phase_ended n=backfill a=2\n", "missing=1"},
    };
    JUDGE(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_on_good_days),
        cmocka_unit_test(foreign_mail_is_found_at_any_instant),
        cmocka_unit_test(placement_finds_what_is_not_where_it_belongs),
        cmocka_unit_test(metadata_finds_each_difference),
        cmocka_unit_test(core_and_backfill_share_without_gap_or_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
