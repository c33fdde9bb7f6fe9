/*
 * The command line, case by case: each is a function of commands.sh, which calls the program as a
 * user would. With --json or --xml this program is the shell's checker of what was printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <jansson.h>
#include <libxml/parser.h>

/* What the README promises of each line. */
static const char *const json_keys[] = {"schema",
                                        "scenario",
                                        "seed",
                                        "verdict",
                                        "kept",
                                        "history_digest",
                                        "simulated_seconds",
                                        "wall_seconds",
                                        "mailboxes",
                                        "messages",
                                        "faults",
                                        "truth",
                                        "claims",
                                        "findings",
                                        "findings_by_kind"};
static const char *const truth_keys[] = {"foreign_at_rest_max",
                                         "foreign_at_rest_end",
                                         "mailboxes_with_foreign",
                                         "exposed_person_seconds",
                                         "downloaded_foreign",
                                         "opened_foreign",
                                         "missing",
                                         "lost",
                                         "doubled",
                                         "altered",
                                         "bystanders_touched",
                                         "unreachable_seconds_max",
                                         "workable_seconds_max"};

static int check_keys(json_t *object, const char *const *keys, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (json_object_get(object, keys[i]) == NULL) {
            printf("the key \"%s\" is missing\n", keys[i]);
            return 1;
        }
    return 0;
}

/* Prints the number of lines, or what is wrong. */
static int check_json(FILE *file) {
    char *line = NULL;
    size_t capacity = 0;
    int lines = 0, bad = 0;
    for (ssize_t length; bad == 0 && (length = getline(&line, &capacity, file)) > 0; lines++) {
        json_error_t error;
        json_t *object = json_loadb(line, (size_t)length, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(object) || line[length - 1] != '\n') {
            printf("line %d is no JSON object: %s\n", lines + 1, error.text);
            bad = 1;
        } else {
            bad = check_keys(object, json_keys, sizeof json_keys / sizeof json_keys[0]) ||
                  check_keys(json_object_get(object, "truth"), truth_keys,
                             sizeof truth_keys / sizeof truth_keys[0]);
        }
        json_decref(object);
    }
    free(line);
    if (bad == 0)
        printf("%d\n", lines);
    return bad;
}

/* Prints the root's name and sums, or what is wrong. */
static int check_xml(const char *path) {
    xmlDoc *document = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    if (document == NULL) {
        printf("%s is not well-formed\n", path);
        return 1;
    }
    xmlNode *root = xmlDocGetRootElement(document);
    while (root != NULL && xmlStrcmp(root->name, (const xmlChar *)"testsuite") != 0)
        root = xmlFirstElementChild(root);
    xmlChar *tests = root == NULL ? NULL : xmlGetProp(root, (const xmlChar *)"tests");
    xmlChar *failures = root == NULL ? NULL : xmlGetProp(root, (const xmlChar *)"failures");
    printf("testsuite tests=%s failures=%s\n", tests == NULL ? "?" : (char *)tests,
           failures == NULL ? "?" : (char *)failures);
    xmlFree(tests);
    xmlFree(failures);
    xmlFreeDoc(document);
    return root == NULL;
}

static int check_file(const char *option, const char *path) {
    if (strcmp(option, "--xml") == 0)
        return check_xml(path);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 1;
    int bad = check_json(file);
    fclose(file);
    return bad;
}

static char program[4096], checker[4096];

enum { CASE_CANNOT_TELL = 77 };

static void run_case(const char *name) {
    char command[9000];
    snprintf(command, sizeof command, "sh sim/tests/commands.sh '%s' '%s' %s", program, checker,
             name);
    int status = system(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CASE_CANNOT_TELL)
        skip();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("sh sim/tests/commands.sh %s %s %s", program, checker, name);
}

#define CASES(X)                                                                                   \
    X(a_kept_day_exits_0)                                                                          \
    X(a_finding_exits_1)                                                                           \
    X(a_fault_without_effect_exits_2)                                                              \
    X(an_unknown_command_exits_64_and_suggests)                                                    \
    X(what_is_typed_wrongly_exits_64)                                                              \
    X(what_is_no_history_exits_65)                                                                 \
    X(an_interrupt_closes_the_history_and_exits_130)                                               \
    X(a_killed_run_can_be_judged_to_its_last_fact)                                                 \
    X(a_killed_parent_leaves_a_closed_history)                                                     \
    X(after_an_interrupt_no_further_rehearsal_begins)                                              \
    X(a_broken_scenario_is_named_with_its_place)                                                   \
    X(a_wrong_promise_is_named_with_its_place)                                                     \
    X(a_wrong_fault_is_named_with_its_place)                                                       \
    X(a_wrong_measure_is_named_with_its_place)                                                     \
    X(a_wrong_step_is_named_with_its_place)                                                        \
    X(one_broken_scenario_keeps_the_others_from_being_played)                                      \
    X(seeds_and_jobs_give_a_row_each)                                                              \
    X(json_is_one_object_a_line)                                                                   \
    X(an_incident_is_prevented_and_its_twin_harmed)                                                \
    X(colour_is_for_terminals_without_no_color)                                                    \
    X(a_stored_history_is_judged_and_reported)                                                     \
    X(each_command_has_help_that_opens_with_an_example)                                            \
    X(list_shows_the_first_sentence_of_each_story)                                                 \
    X(plan_says_what_would_be_played)                                                              \
    X(explain_knows_fields_promises_faults_measures_and_verdicts)                                  \
    X(the_shipped_scenarios_are_without_fault)                                                     \
    X(fixtures_are_exported_as_maildir)

#define X(name)                                                                                    \
    static void name(void **state) {                                                               \
        (void)state;                                                                               \
        run_case(#name);                                                                           \
    }
CASES(X)
#undef X

int main(int count, char **words) {
    if (count == 3)
        return check_file(words[1], words[2]);
    /* build/<configuration>/sim/tests/commands_test; the program lies two folders up. */
    snprintf(checker, sizeof checker, "%s", words[0]);
    char *tail = strstr(words[0], "sim/tests/commands_test");
    snprintf(program, sizeof program, "%.*sgeneralprobe", tail == NULL ? 0 : (int)(tail - words[0]),
             words[0]);
    const struct CMUnitTest tests[] = {
#define X(name) cmocka_unit_test(name),
        CASES(X)
#undef X
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
