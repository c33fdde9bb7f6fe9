/*
 * The oracles of service on hand-written histories: mail on its way, homes, access, bystanders and
 * the edges of the world; for each error a day with that error alone, with the exact numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "days.h"

static void held_mail_is_accounted_for(void **state) {
    (void)state;
#define ARRIVES "400 mail_due m=1 f=INBOX c=20\n400 mail_accepted m=1 c=20 u=1\n"
#define LIES    "item_stored h=delivered p=lmtp s=O m=1 f=INBOX c=20 u=7\n"
    static const struct day_case cases[] = {
        {"held, released, delivered",
         BEFORE ARRIVES "400 mail_held m=1 c=20 u=1\n420 mail_released m=1 c=20 u=1\n"
                        "421 mail_delivered s=O m=1 c=20 u=1\n421 " LIES BACKFILL,
         "held_in_equals_out=yes"},
        {"given back with notice", BEFORE ARRIVES "401 mail_bounced m=1 c=20 u=1\n" BACKFILL,
         "bounced=1 missing=1 held_in_equals_out=yes"},
        {"vanished", BEFORE ARRIVES "401 " LIES BACKFILL, "held_vanished=1 held_in_equals_out=no"},
        {"delivered twice",
         BEFORE ARRIVES "401 mail_delivered s=O m=1 c=20 u=1\n401 " LIES
                        "402 mail_delivered s=O m=1 c=20 u=1\n" BACKFILL,
         "held_twice=1 held_in_equals_out=no"},
        {"held too long, delivered in the end",
         BEFORE ARRIVES "400 mail_held m=1 c=20 u=1\n641 mail_released m=1 c=20 u=1\n"
                        "641 mail_delivered s=O m=1 c=20 u=1\n641 " LIES BACKFILL,
         "held_late=1"},
        {"held for ever", BEFORE ARRIVES "400 mail_held m=1 c=20 u=1\n" BACKFILL,
         "held_late=1 missing=1 held_in_equals_out=yes"},
        {"to the old home",
         BEFORE ARRIVES "401 mail_delivered s=X m=1 c=20 u=1\n"
                        "401 item_stored h=delivered p=smtp s=X m=1 f=INBOX c=20 u=7\n" BACKFILL,
         "misdelivered=1 missing=1 cut_off_gap=1"},
    };
    JUDGE(cases);
}

static void a_mailbox_has_one_home(void **state) {
    (void)state;
#define CORE_LATE                                                                                  \
    "320 phase_begun n=core\n"                                                                     \
    "321 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"                       \
    "322 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n"                       \
    "330 phase_ended n=core\n"
#define HALF "10 phase_begun n=switch\n10 home_set m=1 s=O a=0\n" MOVE("10", "2", "O")
    static const struct day_case cases[] = {
        {"split within the switch and the grace",
         "set phases core\n" SETTINGS FIXTURES HALF "300 phase_ended n=switch\n"
         "314 home_set m=1 s=O a=1\n314 home_set m=1 s=O a=2\n" MOVE("314", "3", "O") CORE_LATE,
         "one_home=yes"},
        {"split beyond the grace",
         "set phases core\n" SETTINGS FIXTURES HALF "300 phase_ended n=switch\n"
         "316 home_set m=1 s=O a=1\n316 home_set m=1 s=O a=2\n" MOVE("316", "3", "O") CORE_LATE,
         "one_home=no homes_disagreeing=1"},
        {"split to the end",
         "set phases core\n" SETTINGS FIXTURES HALF "300 phase_ended n=switch\n" CORE_LATE,
         "one_home=no homes_disagreeing=1"},
        {"split although nobody switches",
         GOOD_DAY "960 home_set m=1 s=X a=2\n980 home_set m=1 s=O a=2\n",
         "one_home=no homes_disagreeing=1"},
    };
    JUDGE(cases);
}

static void bystanders_are_left_alone(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"written", GOOD_DAY "960 item_stored h=appended p=script s=X m=4 f=INBOX c=5 u=9 d=-30\n",
         "bystanders_touched=1 doubled=1 source_changed=1"},
        {"removed", GOOD_DAY "960 item_removed h=expunged p=script s=X m=4 f=INBOX c=5 u=1\n",
         "bystanders_touched=1 missing=1 lost=1 source_changed=1"},
        {"flagged", GOOD_DAY "960 item_flagged p=script s=X m=4 f=INBOX c=5 u=1 b=1\n",
         "bystanders_touched=1 flags_changed=1 source_changed=1"},
        {"a folder made", GOOD_DAY "960 folder_created p=script s=O m=5 f=INBOX\n",
         "bystanders_touched=1"},
        {"home moved", GOOD_DAY MOVE("960", "4", "O") MOVE("961", "4", "X"),
         "bystanders_touched=1"},
        {"home said in the morning", SETTINGS FIXTURES MOVE("0", "5", "O") SWITCH CORE BACKFILL,
         ""},
        {"locked out, twice the same",
         GOOD_DAY "960 access_tried p=person:doris m=4 a=0 b=0 s=X\n"
                  "961 access_tried p=person:doris m=4 a=1 b=0 s=X\n",
         "bystanders_touched=1 bystanders_locked_out=1 bystander_minutes=480"},
        {"locked out twice, and let in again",
         GOOD_DAY "960 access_tried p=person:doris m=4 a=0 b=0 s=X\n"
                  "975 access_tried p=person:doris m=4 a=0 b=0 s=X\n"
                  "990 access_tried p=person:doris m=4 a=0 b=1 s=X\n"
                  "1000 access_tried p=person:doris m=4 a=0 b=0 s=X\n"
                  "1005 access_tried p=person:doris m=4 a=0 b=1 s=X\n",
         "bystanders_touched=1 bystanders_locked_out=1 bystander_minutes=35"},
    };
    JUDGE(cases);
}

static void access_is_measured(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"seven minutes",
         BEFORE "40 access_tried p=person:anna m=1 a=0 b=0 s=X\n"
                "42 access_tried p=person:anna m=1 a=0 b=0 s=O\n"
                "47 access_tried p=person:anna m=1 a=0 b=1 s=O\n"
                "50 access_tried p=person:anna m=1 a=0 b=0 s=O\n"
                "51 access_tried p=person:anna m=1 a=0 b=1 s=O\n" BACKFILL,
         "reachable_within=7_min"},
        {"getting works, sending does not",
         BEFORE "40 access_tried p=person:anna m=1 a=1 b=0 s=O\n"
                "41 access_tried p=person:anna m=1 a=0 b=1 s=O\n"
                "60 access_tried p=person:anna m=1 a=1 b=1 s=O\n" BACKFILL,
         "reachable_within=20_min"},
        {"never again", BEFORE "40 access_tried p=person:anna m=1 a=0 b=0 s=O\n" BACKFILL,
         "reachable_within=1400_min"},
        {"a late core",
         SETTINGS FIXTURES SWITCH CORE_BEGINS
         "21 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"
         "190 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n"
         "200 phase_ended n=core\n" BACKFILL,
         "workable_within=3_h complete_by=21:04"},
        {"complete again after a repair",
         GOOD_DAY "960 item_removed h=expunged p=script s=O m=1 f=INBOX c=1 u=2\n"
                  "990 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=1 u=9 d=-30 b=1 "
                  "n=Wichtig\n",
         "complete_by=22:30 writes_by_second_run=1"},
    };
    JUDGE(cases);
}

static void the_edges_of_the_world_are_watched(void **state) {
    (void)state;
    static const struct day_case cases[] = {
        {"tripwire", GOOD_DAY "960 tripwire_touched p=umzug_core n=elster\n",
         "tripwires_touched=1"},
        {"an automatic reply", GOOD_DAY "960 mail_left p=gateway c=40 n=x@else.example\n",
         "mail_left=1"},
        {"a person's own program sends outside",
         GOOD_DAY "960 mail_left p=person:anna c=41 n=x@y\n", ""},
        {"sent mail that a hop prefixed",
         GOOD_DAY
         "960 mail_submitted m=1 c=23 a=1\nbase ~7 23\n961 mail_left c=~7 n=x@else.example\n",
         ""},
    };
    JUDGE(cases);
}

static void a_second_run_that_writes_is_found(void **state) {
    (void)state;
#define AGAIN "960 process_started p=umzug_core\n"
#define WRITES                                                                                     \
    "961 folder_created p=umzug_core s=O m=1 f=Neu\n"                                              \
    "962 item_flagged p=umzug_core s=O m=1 f=INBOX c=2 u=1 b=0\n"
    static const struct day_case cases[] = {
        {"typed again, and nothing to do", GOOD_DAY AGAIN "970 process_ended p=umzug_core\n", ""},
        {"typed again, and it writes", GOOD_DAY AGAIN WRITES, "writes_by_second_run=2"},
        {"killed, and then it writes", /* its first run did not end well */
         SETTINGS FIXTURES SWITCH CORE_BEGINS
         "20 process_ended p=umzug_core a=-1\n" CORE_BEGINS CORE_COPIES CORE_ENDS BACKFILL,
         ""},
    };
    JUDGE(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_mail_is_accounted_for),
        cmocka_unit_test(a_mailbox_has_one_home),
        cmocka_unit_test(bystanders_are_left_alone),
        cmocka_unit_test(access_is_measured),
        cmocka_unit_test(the_edges_of_the_world_are_watched),
        cmocka_unit_test(a_second_run_that_writes_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
