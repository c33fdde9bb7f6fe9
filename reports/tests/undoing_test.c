/* The oracles of undoing on hand-written histories: good ones, and one for each error they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../judge.h"
#include "script.h"

#define DAY_SETTINGS                                                                               \
    "set began 2025-08-07T04:00:00Z\n"                                                             \
    "set ended 2025-08-08T04:00:00Z\n"                                                             \
    "set cut_off 2025-07-31T04:00:00Z\n"
/* Mailboxes 1 to 3 are the batch, 4 is a bystander. */
#define LYING                                                                                      \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=2 u=2 d=-1\n"                                       \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=4 u=2 d=-1\n"                                       \
    "0 item_stored h=fixture s=X m=4 f=INBOX c=5 u=1 d=-30\n"
#define HOME(minute, mailbox, system)                                                              \
    minute " home_set m=" mailbox " s=" system " a=0\n" minute " home_set m=" mailbox " s=" system \
           " a=1\n" minute " home_set m=" mailbox " s=" system " a=2\n"
#define SWITCHED                                                                                   \
    "10 phase_begun n=switch\n" HOME("10", "1", "O") HOME("10", "2", "O")                          \
        HOME("10", "3", "O") "12 phase_ended n=switch\n"
#define COPIED                                                                                     \
    "20 phase_begun n=core\n"                                                                      \
    "21 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=1 d=-1\n"                        \
    "22 item_stored h=appended p=umzug_core s=O m=2 f=INBOX c=4 u=1 d=-1\n"                        \
    "30 phase_ended n=core\n"
#define ARRIVED                                                                                    \
    "40 mail_due m=2 f=INBOX c=21\n40 mail_accepted m=2 c=21 u=1\n"                                \
    "41 mail_delivered s=O m=2 c=21 u=1\n"                                                         \
    "41 item_stored h=delivered s=O p=lmtp m=2 f=INBOX c=21 u=9 a=2460000000\n"
#define ROLLBACK_BEGINS "60 phase_begun n=rollback\n"
#define BROUGHT         "61 item_stored h=appended p=umzug_rollback s=X m=2 f=INBOX c=21 u=9 a=2460000000\n"
#define BACK            HOME("62", "1", "X") HOME("62", "2", "X") HOME("62", "3", "X")
#define ROLLBACK_ENDS   "70 phase_ended n=rollback a=0\n"
#define SWITCHED_AGAIN                                                                             \
    "100 phase_begun n=switch\n" HOME("100", "1", "O") HOME("100", "2", "O")                       \
        HOME("100", "3", "O") "102 phase_ended n=switch\n"
#define BEFORE DAY_SETTINGS LYING SWITCHED COPIED ARRIVED

static const struct undoing_case {
    const char *name, *script;
    int64_t exact, beyond, fell_short, left, left_behind, source_changed;
} cases[] = {
    {"all is back", BEFORE ROLLBACK_BEGINS BROUGHT BACK ROLLBACK_ENDS, 1, 0, 0, 0, 0, 0},
    {"a person filed a copy at the new home",
     BEFORE "50 item_removed h=moved p=person:anna s=O m=1 f=INBOX c=2 u=1\n"
            "50 item_stored h=moved p=person:anna s=O m=1 f=Projekte c=2 u=1 d=-1\n" ROLLBACK_BEGINS
                BROUGHT BACK ROLLBACK_ENDS,
     1, 0, 0, 0, 1, 0},
    {"mail stayed at the new home", BEFORE ROLLBACK_BEGINS BACK ROLLBACK_ENDS, 0, 0, 0, 1, 0, 0},
    {"a bystander was set back too",
     BEFORE ROLLBACK_BEGINS BROUGHT BACK "63 home_set m=4 s=X a=1\n" ROLLBACK_ENDS, 0, 1, 0, 0, 0,
     0},
    {"a bystander's mail was held",
     BEFORE ROLLBACK_BEGINS BROUGHT BACK "63 mail_due m=4 f=INBOX c=30\n63 mail_accepted m=4 c=30 "
                                         "u=8\n63 mail_held m=4 c=30 u=8\n" ROLLBACK_ENDS,
     0, 1, 0, 0, 0, 0},
    {"one mailbox stayed with its route at the new home",
     BEFORE ROLLBACK_BEGINS BROUGHT HOME("62", "1", "X") HOME("62", "2", "X") ROLLBACK_ENDS, 0, 0,
     1, 0, 0, 0},
    {"brought back twice",
     BEFORE ROLLBACK_BEGINS BROUGHT
     "61 item_stored h=appended p=umzug_rollback s=X m=2 f=INBOX c=21 u=10 a=2460000000\n" BACK
         ROLLBACK_ENDS,
     0, 0, 0, 0, 0, 1},
    {"brought to somebody else",
     BEFORE ROLLBACK_BEGINS BROUGHT
     "61 item_stored h=appended p=umzug_rollback s=X m=1 f=INBOX c=21 u=10 a=2460000000\n" BACK
         ROLLBACK_ENDS,
     0, 0, 0, 0, 0, 1},
    {"removed at the source",
     BEFORE ROLLBACK_BEGINS BROUGHT
     "61 item_removed h=expunged p=umzug_rollback s=X m=1 f=INBOX c=2 u=2\n" BACK ROLLBACK_ENDS,
     0, 0, 0, 1, 0, 1},
    {"exact, and switched again on a later day",
     BEFORE ROLLBACK_BEGINS BROUGHT BACK ROLLBACK_ENDS SWITCHED_AGAIN, 1, 0, 0, 0, 0, 0},
    {"one mailbox stayed at the new home, and the batch was switched again",
     BEFORE ROLLBACK_BEGINS BROUGHT HOME("62", "1", "X") HOME("62", "2", "X")
         ROLLBACK_ENDS SWITCHED_AGAIN,
     0, 0, 1, 0, 0, 0},
    {"mail stayed at the new home, and the batch was switched again",
     BEFORE ROLLBACK_BEGINS BACK ROLLBACK_ENDS SWITCHED_AGAIN, 0, 0, 0, 1, 0, 0},
    {"it never ended", BEFORE ROLLBACK_BEGINS BROUGHT BACK, 0, 0, 0, 0, 0, 0},
};

static struct judgement *judged(const struct undoing_case *test, struct history **history_r) {
    struct judgement *judgement = NULL;
    struct error error = {0};
    *history_r = script_play(test->script);
    if (judge(*history_r, NULL, &judgement, &error) != STATUS_OK)
        fail_msg("%s: %s", test->name, error.text);
    return judgement;
}

static void a_rollback_is_exact_or_it_says_how_not(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct undoing_case *test = &cases[i];
        struct history *history;
        struct judgement *judgement = judged(test, &history);
        const struct {
            enum number number;
            int64_t expected;
        } all[] = {
            {NUMBER_ROLLBACK_EXACT, test->exact},
            {NUMBER_ROLLED_BACK_BEYOND, test->beyond},
            {NUMBER_ROLLED_BACK_SHORT, test->fell_short},
            {NUMBER_LEFT_AT_NEW_HOME, test->left},
            {NUMBER_LEFT_BEHIND, test->left_behind},
            {NUMBER_SOURCE_CHANGED, test->source_changed},
        };
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
            if (judgement->trial.numbers[all[k].number] != all[k].expected)
                fail_msg("%s: %s is %lld, expected %lld", test->name, number_name(all[k].number),
                         (long long)judgement->trial.numbers[all[k].number],
                         (long long)all[k].expected);
        judgement_close(&judgement);
        history_close(&history);
    }
}

static void a_day_without_rollback_knows_nothing_of_one(void **state) {
    (void)state;
    static const struct undoing_case quiet = {.name = "quiet", .script = BEFORE};
    struct history *history;
    struct judgement *judgement = judged(&quiet, &history);
    assert_true(judgement->trial.numbers[NUMBER_ROLLBACK_EXACT] == NUMBER_UNKNOWN);
    assert_true(judgement->trial.numbers[NUMBER_SOURCE_CHANGED] == 0);
    judgement_close(&judgement);
    history_close(&history);
}

#define FOREIGN_LIES                                                                               \
    "900 phase_begun n=backfill\n"                                                                 \
    "901 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=4 u=7 d=-1\n"                   \
    "905 phase_ended n=backfill\n"
#define CLEANUP_BEGINS "910 phase_begun n=cleanup\n"
#define FOREIGN_GOES   "911 item_removed h=expunged p=umzug_cleanup s=O m=1 f=INBOX c=4 u=7\n"
#define CLEANUP_ENDS   "912 phase_ended n=cleanup a=0\n"
#define SEALED_OF(owner, count, seen, from, until)                                                 \
    "claim 910 evidence m=1 phase=cleanup messages=" count " text={\"owner\":\"" owner             \
    "\",\"seen\":" seen ",\"from\":\"" from "\",\"until\":\"" until "\"}\n"
#define OWNER               "poststelle@im.example"
#define SEALED(count, from) SEALED_OF(OWNER, count, "0", from, "2025-08-07T19:10:00Z")
#define READ(what)          "906 item_" what " p=person:anna s=O m=1 f=INBOX c=4 u=7\n"

static void a_cleanup_takes_only_what_is_foreign_and_seals_all_of_it(void **state) {
    (void)state;
    static const struct {
        const char *name, *script;
        int64_t native_removed, evidence_short, foreign_at_end;
    } cleanups[] = {
        {"all of it, and nothing else",
         BEFORE FOREIGN_LIES CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS SEALED(
             "1", "2025-08-07T19:00:00Z"),
         0, 0, 0},
        {"own mail goes with it",
         BEFORE FOREIGN_LIES CLEANUP_BEGINS FOREIGN_GOES
         "911 item_removed h=expunged p=umzug_cleanup s=O m=2 f=INBOX c=21 u=9\n" CLEANUP_ENDS
             SEALED("1", "2025-08-07T19:00:00Z"),
         1, 0, 0},
        {"own mail goes with it, while access is closed",
         BEFORE FOREIGN_LIES CLEANUP_BEGINS
         "910 home_set m=2 s=X a=1\n" FOREIGN_GOES
         "911 item_removed h=expunged p=umzug_cleanup s=O m=2 f=INBOX c=21 u=9\n" CLEANUP_ENDS
             SEALED("1", "2025-08-07T19:00:00Z"),
         1, 0, 0},
        {"nothing is sealed", BEFORE FOREIGN_LIES CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS, 0, 1,
         0},
        {"it began earlier than the evidence says",
         BEFORE FOREIGN_LIES CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS SEALED(
             "1", "2025-08-07T19:10:00Z"),
         0, 1, 0},
        {"it was somebody else's",
         BEFORE FOREIGN_LIES CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS SEALED_OF(
             "carl.dohrn@fa.example", "1", "0", "2025-08-07T19:00:00Z", "2025-08-07T19:10:00Z"),
         0, 1, 0},
        {"somebody had it on the screen, and the evidence knows",
         BEFORE FOREIGN_LIES READ("downloaded") READ("opened")
             CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS SEALED_OF(
                 OWNER, "1", "1", "2025-08-07T19:00:00Z", "2025-08-07T19:10:00Z"),
         0, 0, 0},
        {"somebody had it on the screen, and the evidence does not know",
         BEFORE FOREIGN_LIES READ("downloaded") READ("opened")
             CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS SEALED("1", "2025-08-07T19:00:00Z"),
         0, 1, 0},
        {"a program fetched it after the end that the evidence names",
         BEFORE FOREIGN_LIES READ("downloaded") CLEANUP_BEGINS FOREIGN_GOES CLEANUP_ENDS SEALED_OF(
             OWNER, "1", "0", "2025-08-07T19:00:00Z", "2025-08-07T19:05:00Z"),
         0, 1, 0},
        {"what lies at the old home as well is spare at the new one",
         BEFORE ROLLBACK_BEGINS BROUGHT BACK ROLLBACK_ENDS CLEANUP_BEGINS
         "911 item_removed h=expunged p=umzug_cleanup s=O m=1 f=INBOX c=2 u=1\n"
         "911 item_removed h=expunged p=umzug_cleanup s=O m=2 f=INBOX c=21 u=9\n" CLEANUP_ENDS,
         0, 0, 0},
        {"mail that nobody brought back goes with it",
         BEFORE ROLLBACK_BEGINS BACK ROLLBACK_ENDS CLEANUP_BEGINS
         "911 item_removed h=expunged p=umzug_cleanup s=O m=2 f=INBOX c=21 u=9\n" CLEANUP_ENDS,
         1, 0, 0},
        {"some stays",
         BEFORE FOREIGN_LIES CLEANUP_BEGINS CLEANUP_ENDS SEALED("1", "2025-08-07T19:00:00Z"), 0, 0,
         1},
    };
    for (size_t i = 0; i < sizeof cleanups / sizeof cleanups[0]; i++) {
        const struct undoing_case test = {.name = cleanups[i].name, .script = cleanups[i].script};
        struct history *history;
        struct judgement *judgement = judged(&test, &history);
        const int64_t *numbers = judgement->trial.numbers;
        if (numbers[NUMBER_NATIVE_REMOVED] != cleanups[i].native_removed ||
            numbers[NUMBER_EVIDENCE_SHORT] != cleanups[i].evidence_short ||
            numbers[NUMBER_FOREIGN_AT_REST_END] != cleanups[i].foreign_at_end)
            fail_msg("%s: native_removed %lld, evidence_short %lld, foreign_at_rest_end %lld",
                     test.name, (long long)numbers[NUMBER_NATIVE_REMOVED],
                     (long long)numbers[NUMBER_EVIDENCE_SHORT],
                     (long long)numbers[NUMBER_FOREIGN_AT_REST_END]);
        judgement_close(&judgement);
        history_close(&history);
    }
}

/* It goes on writing after the rollback has said that nothing else does. */
static void a_night_run_that_goes_on_beside_a_rollback_is_seen(void **state) {
    (void)state;
    static const struct undoing_case alone = {
        .script = BEFORE ROLLBACK_BEGINS
        "60 stop_acknowledged p=umzug_rollback\n" BROUGHT BACK ROLLBACK_ENDS};
    static const struct undoing_case beside = {
        .script = BEFORE ROLLBACK_BEGINS
        "60 stop_acknowledged p=umzug_rollback\n" BROUGHT BACK
        "65 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=2 u=12 d=-1\n" ROLLBACK_ENDS};
    const struct undoing_case *const both[] = {&alone, &beside};
    for (int64_t i = 0; i < 2; i++) {
        struct history *history;
        struct judgement *judgement = judged(both[i], &history);
        assert_int_equal(judgement->trial.numbers[NUMBER_WRITES_AFTER_STOP], i);
        judgement_close(&judgement);
        history_close(&history);
    }
}

/* What a person had filed at the new home is lost with a rollback: the second attempt moves what
 * lies at the source, as it lies there. */
static void a_second_attempt_is_judged_by_what_lies_at_the_source(void **state) {
    (void)state;
#define FILED                                                                                      \
    BEFORE                                                                                         \
    "50 item_removed h=moved p=person:anna s=O m=1 f=INBOX c=2 u=1\n"                              \
    "50 item_stored h=moved p=person:anna s=O m=1 f=Projekte c=2 u=1 d=-1\n" ROLLBACK_BEGINS       \
        BROUGHT BACK ROLLBACK_ENDS "90 phase_begun n=cleanup\n"                                    \
    "95 item_removed h=expunged p=umzug_cleanup s=O m=1 f=Projekte c=2 u=1\n" SWITCHED_AGAIN
    static const struct {
        struct undoing_case test;
        int64_t folders_changed;
    } both[] = {
        {{.name = "as at the source",
          .script =
              FILED "120 item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=2 u=20 d=-1\n"},
         0},
        {{.name = "elsewhere",
          .script = FILED "120 item_stored h=appended p=umzug_core s=O m=1 f=Alt c=2 u=20 d=-1\n"},
         1},
    };
    for (size_t i = 0; i < 2; i++) {
        struct history *history;
        struct judgement *judgement = judged(&both[i].test, &history);
        const int64_t *numbers = judgement->trial.numbers;
        assert_int_equal(numbers[NUMBER_LEFT_BEHIND], 1);
        assert_int_equal(numbers[NUMBER_FOLDERS_CHANGED], both[i].folders_changed);
        assert_int_equal(numbers[NUMBER_DOUBLED], 0);
        judgement_close(&judgement);
        history_close(&history);
    }
}

/* Thunderbird keeps what it fetched under folder, UIDVALIDITY and UID, and asks no more. */
static void a_mail_program_is_never_shown_other_mail_under_numbers_it_knows(void **state) {
    (void)state;
#define MADE(minute, validity) minute " folder_created s=O m=1 f=INBOX a=" validity "\n"
#define LIES(minute, content, uid)                                                                 \
    minute " item_stored h=appended p=umzug_core s=O m=1 f=INBOX c=" content " u=" uid " d=-1\n"
#define FETCHED(minute, content, uid)                                                              \
    minute " item_downloaded p=person:anna s=O m=1 f=INBOX c=" content " u=" uid "\n"
#define GONE(minute, content, uid)                                                                 \
    minute " item_removed h=expunged p=umzug_cleanup s=O m=1 f=INBOX c=" content " u=" uid "\n"
#define HELD_BY_ANNA                                                                               \
    DAY_SETTINGS LYING MADE("0", "77") LIES("21", "2", "1") FETCHED("25", "2", "1")                \
        GONE("30", "2", "1")
    static const struct {
        struct undoing_case test;
        int64_t reused, contradicted;
    } all[] = {
        {{.name = "the next UID", .script = HELD_BY_ANNA LIES("40", "4", "2")}, 0, 0},
        {{.name = "another UIDVALIDITY",
          .script = HELD_BY_ANNA "31 folder_removed s=O m=1 f=INBOX\n" MADE("32", "78")
              LIES("40", "4", "1")},
         0,
         0},
        {{.name = "the same UIDVALIDITY",
          .script = HELD_BY_ANNA "31 folder_removed s=O m=1 f=INBOX\n" MADE("32", "77")
              LIES("40", "4", "1")},
         1,
         1},
        {{.name = "the same folder", .script = HELD_BY_ANNA LIES("40", "4", "1")}, 1, 1},
        {{.name = "the same bytes again", .script = HELD_BY_ANNA LIES("40", "2", "1")}, 1, 0},
        {{.name = "nobody had fetched it",
          .script = DAY_SETTINGS LYING MADE("0", "77") LIES("21", "2", "1") GONE("30", "2", "1")
              LIES("40", "4", "1")},
         1,
         0},
        {{.name = "a UIDVALIDITY that comes back",
          .script = HELD_BY_ANNA MADE("32", "78") LIES("33", "4", "1") MADE("34", "77")
              LIES("40", "4", "1")},
         1,
         1},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct history *history;
        struct judgement *judgement = judged(&all[i].test, &history);
        const int64_t *numbers = judgement->trial.numbers;
        if (numbers[NUMBER_UIDS_REUSED] != all[i].reused ||
            numbers[NUMBER_CACHES_CONTRADICTED] != all[i].contradicted)
            fail_msg("%s: reused %lld, contradicted %lld", all[i].test.name,
                     (long long)numbers[NUMBER_UIDS_REUSED],
                     (long long)numbers[NUMBER_CACHES_CONTRADICTED]);
        judgement_close(&judgement);
        history_close(&history);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rollback_is_exact_or_it_says_how_not),
        cmocka_unit_test(a_day_without_rollback_knows_nothing_of_one),
        cmocka_unit_test(a_second_attempt_is_judged_by_what_lies_at_the_source),
        cmocka_unit_test(a_night_run_that_goes_on_beside_a_rollback_is_seen),
        cmocka_unit_test(a_mail_program_is_never_shown_other_mail_under_numbers_it_knows),
        cmocka_unit_test(a_cleanup_takes_only_what_is_foreign_and_seals_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
