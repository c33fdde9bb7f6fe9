/* `generalprobe lint`: reads scenarios without playing them and names all that is wrong. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "../../engine/measures.h"
#include "../../reports/expect.h"
#include "../actor/operator.h"
#include "../fault/fault.h"
#include "../rehearsal/rehearsal.h"
#include "../scenario.h"
#include "../yaml.h"
#include "command.h"

/* Names of promises and expectations, and what they are held against. */
static bool lint_promises(const struct scenario *scenario, const struct scenario_list *list) {
    const struct scenario_promise *rows = list->items;
    bool good = true;
    for (uint32_t i = 0; i < list->count; i++) {
        struct promise promise;
        struct error error;
        const char *value = rows[i].value;
        if (strcmp(value, EXPECT_BY_FIXTURES) == 0)
            value = "0";
        if (promise_read(str_of(rows[i].name), str_of(value), &promise, &error) == STATUS_OK)
            continue;
        fprintf(stderr, "%s:%d:%d: %s\n", scenario->path, rows[i].line, rows[i].column, error.text);
        good = false;
    }
    return good;
}

/* The engine's measures; the scenario itself knows no engine, so the place is looked up again. */
static bool lint_measures(const struct scenario *scenario) {
    struct error error, unread;
    struct yaml_node *root, *place = NULL;
    uint32_t set;
    if (measures_parse(str_of(scenario->plan.measures), &set, &error) == STATUS_OK)
        return true;
    struct arena *arena = arena_new();
    if (yaml_read(arena, scenario->path, &root, &unread) == STATUS_OK)
        place = yaml_child(yaml_child(root, "plan"), "measures");
    fprintf(stderr, "%s:%d:%d: %s\n", scenario->path, place == NULL ? 1 : place->line,
            place == NULL ? 1 : place->column, error.text);
    arena_close(&arena);
    return false;
}

static size_t words_of(const char *command) {
    struct str rest = str_of(command);
    size_t count = 0;
    while (rest.length > 0)
        count += str_cut(&rest, ' ').length > 0;
    return count;
}

/* What the operator types must fit his hands; deeds by hand must be known. */
static bool lint_runbook(const struct scenario *scenario) {
    bool good = true;
    for (uint32_t i = 0; i < scenario->runbook.count; i++) {
        const struct scenario_step *step = scenario_step(scenario, i);
        const char *complaint = NULL;
        if (step->engine == ENGINE_BY_HAND && !rehearsal_knows_deed(step->run))
            complaint = "by hand there is \"restore\", \"restore_target\", \"lock_offices\" and "
                        "\"unlock_offices\"";
        else if (words_of(step->run) > OPERATOR_WORDS_MAX ||
                 words_of(step->if_refused) > OPERATOR_WORDS_MAX)
            complaint = "a command has at most 24 words";
        else if (words_of(step->run) == 0)
            complaint = "expected a command";
        static_assert(OPERATOR_WORDS_MAX == 24, "as the sentence says");
        if (complaint == NULL)
            continue;
        fprintf(stderr, "%s:%d:%d: %s, found \"%.60s\"\n", scenario->path, step->line, step->column,
                complaint, step->run);
        good = false;
    }
    return good;
}

bool lint_names(const struct scenario *scenario) {
    struct error error;
    bool good = lint_promises(scenario, &scenario->promises);
    good = lint_promises(scenario, &scenario->expect) && good;
    good = lint_measures(scenario) && good;
    good = lint_runbook(scenario) && good;
    if (faults_check(scenario, &error) == STATUS_OK)
        return good;
    fprintf(stderr, "%s\n", error.text);
    return false;
}

int lint_command(int count, char **words) {
    struct paths paths = {0};
    int bad = 0;
    if (count == 1 && !paths_add(&paths, "scenarios"))
        return usage_error("lint", "there is no folder \"scenarios\" here; name one");
    for (int i = 1; i < count; i++)
        if (!paths_add(&paths, words[i]))
            return paths_unknown("lint", words[i]);
    for (size_t i = 0; i < paths.count; i++) {
        struct arena *arena = arena_new();
        const struct scenario *scenario;
        struct error error;
        if (scenario_read(arena, paths.list[i], &scenario, &error) != STATUS_OK) {
            fprintf(stderr, "%s\n", error.text);
            bad++;
        } else if (!lint_names(scenario)) {
            bad++;
        }
        arena_close(&arena);
    }
    printf("%zu scenarios read, %d broken\n", paths.count, bad);
    paths_release(&paths);
    return bad == 0 ? EXIT_KEPT : EXIT_BAD_INPUT;
}
