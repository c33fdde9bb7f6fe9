/*
 * The printers, compared whole with what lies beside this test. After a change that is meant,
 * GENERALPROBE_ACCEPT=1 writes those files anew; look at the difference before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/base/utf8.h"
#include "../report.h"
#include "script.h"

#define ORDINARY                                                                                   \
    "set scenario incidents/backfill\nset seed 42\n"                                               \
    "set story The overnight backfill is given a wrong list of pairs.\n"                           \
    "set began 2025-08-07T04:00:00Z\nset ended 2025-08-08T04:00:00Z\n"                             \
    "set cut_off 2025-07-31T04:00:00Z\nset wall_millis 1234\n"                                     \
    "0 item_stored h=fixture s=X m=1 f=INBOX c=1 u=1 d=-30\n"                                      \
    "0 item_stored h=fixture s=X m=2 f=INBOX c=2 u=1 d=-30\n"                                      \
    "10 phase_begun n=switch\n"                                                                    \
    "10 home_set m=1 s=O a=0\n10 home_set m=1 s=O a=1\n10 home_set m=1 s=O a=2\n"                  \
    "10 home_set m=2 s=O a=0\n10 home_set m=2 s=O a=1\n10 home_set m=2 s=O a=2\n"                  \
    "12 phase_ended n=switch\n15 access_tried p=person:anna m=1 a=0 b=0 s=X\n"                     \
    "19 access_tried p=person:anna m=1 a=0 b=1 s=O\n"                                              \
    "20 phase_begun n=core\n30 phase_ended n=core\n"
#define INCIDENT                                                                                   \
    ORDINARY                                                                                       \
    "promise foreign_at_rest_end 0\npromise reachable_within 10 min\n"                             \
    "promise complete_by 07:00\npromise alarm_says colleague\n"                                    \
    "900 phase_begun n=backfill\n"                                                                 \
    "900 fault_fired n=backfill-mapping-not-core-mapping m=1 f=nachmigration.csv\n"                \
    "900:1 fault_effect n=backfill-mapping-not-core-mapping m=2\n"                                 \
    "901 item_stored h=appended p=umzug_backfill s=O m=2 f=INBOX c=1 u=1 d=-30\n"                  \
    "902 item_stored h=appended p=umzug_backfill s=O m=1 f=INBOX c=2 u=1 d=-30\n"                  \
    "903 item_downloaded p=person:anna s=O m=1 f=INBOX c=2 u=1\n"                                  \
    "claim 904 mailbox_done m=1 phase=backfill messages=1\n"                                       \
    "claim 904 mailbox_done m=2 phase=backfill messages=1\n"                                       \
    "905 phase_ended n=backfill\nclaim 905 run_ended phase=backfill value=0\n"                     \
    "1210 alarm n=reconcile m=1 c=mail_of_others_lies_in_the_mailbox_of_Anna_Beck,_which_the_"     \
    "directory_knows_under_another_key_than_the_list_that_the_operator_loaded_last_night\n"        \
    "1215 item_removed h=expunged p=umzug_cleanup s=O m=1 f=INBOX c=2 u=1\n"

static const char *expected_path(const char *name, char path[256]) {
    snprintf(path, 256, "%s", __FILE__);
    char *slash = strrchr(path, '/');
    snprintf(slash + 1, (size_t)(256 - (slash + 1 - path)), "expected/%s", name);
    return path;
}

static void expect_file(const char *name, const struct buffer *found) {
    char path[256];
    expected_path(name, path);
    if (getenv("GENERALPROBE_ACCEPT") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fwrite(buffer_text(found), 1, found->length, file);
        fclose(file);
    }
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read (tests run from the top folder)", path);
    static char expected[65536];
    size_t length = fread(expected, 1, sizeof expected - 1, file);
    fclose(file);
    expected[length] = '\0';
    assert_string_equal(buffer_text(found), expected);
}

static struct judgement *judge_script(const char *script, struct history **history_r) {
    struct judgement *judgement = NULL;
    *history_r = script_play(script);
    assert_int_equal(judge(*history_r, NULL, &judgement, NULL), STATUS_OK);
    return judgement;
}

static const struct report_options plain = {.again = "generalprobe rehearse",
                                            .history_path = "history.db"};

static void expect_text(const char *name, const char *script) {
    struct history *history;
    struct judgement *judgement = judge_script(script, &history);
    struct buffer out = {0};
    report_text(judgement, &plain, &out);
    expect_file(name, &out);
    struct str rest = buffer_str(&out);
    while (rest.length > 0)
        assert_in_range(utf8_count(str_cut(&rest, '\n')), 0, REPORT_COLUMNS);
    /* Colour only adds to it. */
    struct buffer coloured = {0};
    struct report_options options = plain;
    options.colour = true;
    report_text(judgement, &options, &coloured);
    assert_true(coloured.length > out.length);
    assert_null(memchr(out.data, '\033', out.length));
    buffer_release(&coloured);
    buffer_release(&out);
    judgement_close(&judgement);
    history_close(&history);
}

static void a_person_reads_the_story_of_the_day(void **state) {
    (void)state;
    expect_text("incident.txt", INCIDENT);
    expect_text("calm.txt", ORDINARY);
    expect_text("cut-off.txt", "0 item_stored h=fixture s=X m=1 f=INBOX c=1 u=1 d=-30\n");
}

static void a_program_reads_one_line_of_json(void **state) {
    (void)state;
    struct history *history;
    struct judgement *judgement = judge_script(INCIDENT, &history);
    struct buffer out = {0};
    report_json(judgement, &out);
    expect_file("incident.json", &out);
    assert_ptr_equal(memchr(out.data, '\n', out.length), out.data + out.length - 1);
    buffer_release(&out);
    judgement_close(&judgement);
    history_close(&history);
}

static struct buffer printed_text(const struct judgement *judgement) {
    struct buffer out = {0};
    report_text(judgement, &plain, &out);
    return out;
}

/* As in the evening of eight hundred, where one kind's two hundred hid the clean-up's own crime. */
static void no_kind_of_finding_crowds_out_another(void **state) {
    (void)state;
    enum { MANY = 800 };
    struct history *history;
    struct judgement *judgement = judge_script("set phases core\n" ORDINARY, &history);
    struct buffer json = {0};
    for (uint32_t mailbox = 1; mailbox <= MANY; mailbox++)
        finding_about(judgement->trial.findings, FINDING_FOREIGN, mailbox, SCRIPT_BEGAN)->count = 2;
    finding_about(judgement->trial.findings, FINDING_NATIVE_REMOVED, 3, SCRIPT_BEGAN)->count = 1;
    findings_sort(judgement->trial.findings);
    report_json(judgement, &json);
    assert_non_null(strstr(buffer_text(&json), "{\"what\":\"native_removed\",\"harm\":true,"
                                               "\"mailbox\":\"carl.dohrn@fa.example\""));
    assert_non_null(
        strstr(buffer_text(&json),
               "\"findings_count\":801,\"findings_by_kind\":["
               "{\"what\":\"foreign\",\"harm\":true,\"findings\":800,\"count\":1600},"
               "{\"what\":\"native_removed\",\"harm\":true,\"findings\":1,\"count\":1}]"));
    size_t shown = 0;
    for (const char *at = buffer_text(&json); (at = strstr(at, "\"mailbox\":")) != NULL; at++)
        shown++;
    assert_int_equal(shown, REPORT_JSON_FINDINGS_MAX + 1);
    struct buffer text = printed_text(judgement);
    assert_non_null(strstr(buffer_text(&text), "… and 792 more mailboxes\n"));
    assert_non_null(strstr(buffer_text(&text), "  native_removed: "));
    buffer_release(&text);
    buffer_release(&json);
    judgement_close(&judgement);
    history_close(&history);
}

static void no_measure_s_alarms_crowd_out_another_s(void **state) {
    (void)state;
    struct buffer script = {0};
    buffer_append_text(&script, ORDINARY);
    for (int i = 0; i < 100; i++) /* more phases than there is room for, then alarms by two */
        buffer_append_text(&script, "40 phase_begun n=core\n41 phase_ended n=core\n");
    for (int i = 0; i < 800; i++)
        buffer_append_text(&script, "50 alarm n=reconcile m=1 c=again\n");
    buffer_append_text(&script, "60 alarm n=bijection m=2 c=another_mailbox\n");
    struct history *history;
    struct judgement *judgement = judge_script(buffer_text(&script), &history);
    struct buffer text = printed_text(judgement);
    assert_non_null(strstr(buffer_text(&text), "ALARM reconcile anna.beck@im.example: again\n"));
    assert_non_null(strstr(buffer_text(&text), "ALARM bijection poststelle@im.example: another"));
    assert_non_null(
        strstr(buffer_text(&text), "  … and 54 more of the phases, 789 more of the alarms\n"));
    buffer_release(&text);
    buffer_release(&script);
    judgement_close(&judgement);
    history_close(&history);
}

static void a_pipeline_reads_junit_and_a_terminal_a_table(void **state) {
    (void)state;
    static const char *const scripts[] = {
        "set phases core\n" ORDINARY, INCIDENT,
        "set scenario smoke/<&\"\x01\xff>\nset seed 7\n0 alarm n=x c=y\n"};
    struct arena *arena = arena_new();
    struct report_row rows[3];
    for (size_t i = 0; i < 3; i++) {
        struct history *history;
        struct judgement *judgement = judge_script(scripts[i], &history);
        rows[i] = report_row_of(judgement, arena, &plain);
        rows[i].details = str_of(i == 1 ? "the story <of> the day" : "");
        judgement_close(&judgement);
        history_close(&history);
    }
    struct buffer out = {0};
    report_junit(rows, 3, &out);
    expect_file("three.xml", &out);
    buffer_clear(&out);
    report_table(rows, 3, false, &out);
    expect_file("three.txt", &out);
    buffer_release(&out);
    arena_close(&arena);
}

static void two_rehearsals_stand_side_by_side(void **state) {
    (void)state;
    struct history *left_history, *right_history;
    struct judgement *left = judge_script(INCIDENT, &left_history);
    struct judgement *right = judge_script(ORDINARY, &right_history);
    struct buffer out = {0};
    report_beside(left, right, &out);
    expect_file("beside.txt", &out);
    for (struct str rest = buffer_str(&out); rest.length > 0;)
        assert_in_range(utf8_count(str_cut(&rest, '\n')), 0, REPORT_COLUMNS);
    buffer_release(&out);
    judgement_close(&left);
    judgement_close(&right);
    history_close(&left_history);
    history_close(&right_history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_rehearsals_stand_side_by_side),
        cmocka_unit_test(a_person_reads_the_story_of_the_day),
        cmocka_unit_test(a_program_reads_one_line_of_json),
        cmocka_unit_test(no_kind_of_finding_crowds_out_another),
        cmocka_unit_test(no_measure_s_alarms_crowd_out_another_s),
        cmocka_unit_test(a_pipeline_reads_junit_and_a_terminal_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
