/*
 * Each oracle on hand-written histories: a good day on which nothing may be found, and for each
 * error an oracle says it catches a day with that error alone, with the exact numbers. Counts that
 * a case does not mention must be 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../judge.h"
#include "script.h"

#define SETTINGS                                                                                   \
    "set began 2025-08-07T04:00:00Z\n"                                                             \
    "set ended 2025-08-08T04:00:00Z\n"                                                             \
    "set cut_off 2025-07-31T04:00:00Z\n"
/* Mailbox 1: an old mail (1), a young one (2), a circular (9); 2: 3, 4 and 9; 4: 5. */
#define FIXTURES                                                                                   \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=1 u=1 d=-30 b=1 n=Wichtig\n"                        \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=2 u=2 d=-1\n"                                       \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=9 u=3 d=-20\n"                                      \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=3 u=1 d=-30\n"                                      \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=4 u=2 d=-1\n"                                       \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=9 u=3 d=-20\n"                                      \
    "0 item_stored h=fixture s=X m=4 f=INBOX c=5 u=1 d=-30\n"
#define MOVE(minute, mailbox, system)                                                              \
    minute " home_set m=" mailbox " s=" system " a=0\n" minute " home_set m=" mailbox " s=" system \
           " a=1\n" minute " home_set m=" mailbox " s=" system " a=2\n"
#define SWITCH                                                                                     \
    "10 phase_begun n=switch\n" MOVE("10", "1", "O") MOVE("10", "2", "O")                          \
        MOVE("10", "3", "O") "12 phase_ended n=switch\n"
#define CORE_BEGINS "20 phase_begun n=core\n20 process_started p=umzug_core\n"
#define CORE_COPIES                                                                                \
    "21 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"                        \
    "22 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n"
#define CORE_ENDS       "30 process_ended p=umzug_core\n30 phase_ended n=core\n"
#define CORE            CORE_BEGINS CORE_COPIES CORE_ENDS
#define BACKFILL_BEGINS "900 phase_begun n=backfill\n900 process_started p=umzug_backfill\n"
#define COPY_1                                                                                     \
    "901 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=1 u=2 d=-30 b=1 n=Wichtig\n"
#define COPY_9 "902 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=9 u=3 d=-20\n"
#define COPY_2ND                                                                                   \
    "903 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=3 u=2 d=-30\n"                  \
    "904 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=9 u=3 d=-20\n"
#define BACKFILL_ENDS "950 process_ended p=umzug_backfill\n950 phase_ended n=backfill\n"
#define BACKFILL      BACKFILL_BEGINS COPY_1 COPY_9 COPY_2ND BACKFILL_ENDS
#define BEFORE        SETTINGS FIXTURES SWITCH CORE
#define GOOD_DAY      BEFORE BACKFILL

struct test_case {
    const char *name, *script, *numbers;
};

static bool case_mentions(const char *numbers, const char *name) {
    size_t length = strlen(name);
    for (const char *at = strstr(numbers, name); at != NULL; at = strstr(at + 1, name))
        if ((at == numbers || at[-1] == ' ') && at[length] == '=')
            return true;
    return false;
}

static void case_expect(const struct test_case *test, const struct judgement *judgement) {
    const int64_t *found = judgement->trial.numbers;
    struct str rest = str_of(test->numbers);
    while (rest.length > 0) {
        struct str word = str_cut(&rest, ' ');
        struct str name = str_cut(&word, '=');
        struct promise promise;
        struct error error = {0};
        enum number number;
        if (number_find(name, &number, &error) != STATUS_OK)
            fail_msg("%s: %s", test->name, error.text);
        struct buffer text = {0};
        for (size_t i = 0; i < word.length; i++)
            buffer_append_byte(&text, word.data[i] == '_' ? ' ' : word.data[i]);
        if (promise_read(name, buffer_str(&text), &promise, &error) != STATUS_OK)
            fail_msg("%s: %s", test->name, error.text);
        int64_t expected = promise.value;
        if (number_unit(number) == UNIT_CLOCK)
            expected = clock_next_morning(SCRIPT_BEGAN, expected) - DAY;
        if (found[number] != expected)
            fail_msg("%s: %s is %lld, expected %lld", test->name, number_name(number),
                     (long long)found[number], (long long)expected);
        buffer_release(&text);
    }
    for (int i = 0; i < NUMBER_COUNT; i++)
        if (number_unit((enum number)i) == UNIT_COUNT && found[i] != 0 &&
            !case_mentions(test->numbers, number_name((enum number)i)))
            fail_msg("%s: %s is %lld, expected 0", test->name, number_name((enum number)i),
                     (long long)found[i]);
}

static void run_cases(const struct test_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct history *history = script_play(cases[i].script);
        struct judgement *judgement = NULL;
        struct error error = {0};
        if (judge(history, NULL, &judgement, &error) != STATUS_OK)
            fail_msg("%s: %s", cases[i].name, error.text);
        if (judgement->trial.lacking[0] != '\0')
            fail_msg("%s: %s", cases[i].name, judgement->trial.lacking);
        case_expect(&cases[i], judgement);
        judgement_close(&judgement);
        history_close(&history);
    }
}

#define RUN(cases) run_cases(cases, sizeof(cases) / sizeof(cases)[0])

static void nothing_is_found_on_good_days(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void foreign_mail_is_found_at_any_instant(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void placement_finds_what_is_not_where_it_belongs(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

#define COPY_1_AS(as)                                                                              \
    BEFORE BACKFILL_BEGINS COPY_9 COPY_2ND                                                         \
        "905 item_stored h=appended p=umzug_backfill s=O m=1 c=1 u=9 " as "\n" BACKFILL_ENDS

static void metadata_finds_each_difference(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void held_mail_is_accounted_for(void **state) {
    (void)state;
#define ARRIVES "400 mail_due m=1 f=INBOX c=20\n400 mail_accepted m=1 c=20 u=1\n"
#define LIES    "item_stored h=delivered p=lmtp s=O m=1 f=INBOX c=20 u=7\n"
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void a_mailbox_has_one_home(void **state) {
    (void)state;
#define CORE_LATE                                                                                  \
    "320 phase_begun n=core\n"                                                                     \
    "321 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"                       \
    "322 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n"                       \
    "330 phase_ended n=core\n"
#define HALF "10 phase_begun n=switch\n10 home_set m=1 s=O a=0\n" MOVE("10", "2", "O")
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void core_and_backfill_share_without_gap_or_overlap(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void bystanders_are_left_alone(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void access_is_measured(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void the_edges_of_the_world_are_watched(void **state) {
    (void)state;
    static const struct test_case cases[] = {
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
    RUN(cases);
}

static void a_second_run_that_writes_is_found(void **state) {
    (void)state;
#define AGAIN "960 process_started p=umzug_core\n"
#define WRITES                                                                                     \
    "961 folder_created p=umzug_core s=O m=1 f=Neu\n"                                              \
    "962 item_flagged p=umzug_core s=O m=1 f=INBOX c=2 u=1 b=0\n"
    static const struct test_case cases[] = {
        {"typed again, and nothing to do", GOOD_DAY AGAIN "970 process_ended p=umzug_core\n", ""},
        {"typed again, and it writes", GOOD_DAY AGAIN WRITES, "writes_by_second_run=2"},
        {"killed, and then it writes", /* its first run did not end well */
         SETTINGS FIXTURES SWITCH CORE_BEGINS
         "20 process_ended p=umzug_core a=-1\n" CORE_BEGINS CORE_COPIES CORE_ENDS BACKFILL,
         ""},
    };
    RUN(cases);
}

static void auditors_hold_claims_against_the_world(void **state) {
    (void)state;
#define WRONG "905 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=1 u=9 d=-30\n"
#define WRONG_NUMBERS                                                                              \
    "foreign_at_rest_max=1 foreign_at_rest_end=1 mailboxes_with_foreign=1 "                        \
    "exposed_person_seconds=64200 "
    static const struct test_case cases[] = {
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
    RUN(cases);
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
        cmocka_unit_test(nothing_is_found_on_good_days),
        cmocka_unit_test(foreign_mail_is_found_at_any_instant),
        cmocka_unit_test(placement_finds_what_is_not_where_it_belongs),
        cmocka_unit_test(metadata_finds_each_difference),
        cmocka_unit_test(held_mail_is_accounted_for),
        cmocka_unit_test(a_mailbox_has_one_home),
        cmocka_unit_test(core_and_backfill_share_without_gap_or_overlap),
        cmocka_unit_test(bystanders_are_left_alone),
        cmocka_unit_test(access_is_measured),
        cmocka_unit_test(the_edges_of_the_world_are_watched),
        cmocka_unit_test(a_second_run_that_writes_is_found),
        cmocka_unit_test(auditors_hold_claims_against_the_world),
        cmocka_unit_test(histories_that_lack_facts_are_inconclusive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
