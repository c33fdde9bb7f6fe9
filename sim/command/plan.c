/* `generalprobe plan SCENARIO`: what would be played, without playing it. */
#include <stdio.h>

#include "../fault/fault.h"
#include "../scenario.h"
#include "command.h"

static void print_population(const struct scenario *scenario, uint64_t seed) {
    struct population *population = NULL;
    struct error error;
    if (world_population(scenario, seed, &population, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return;
    }
    uint64_t items = 0, bytes = 0;
    for (uint32_t number = 1; number <= population_mailbox_count(population); number++) {
        uint32_t count;
        const struct fixture_item *list = population_items(population, number, &count);
        items += count;
        for (uint32_t i = 0; i < count; i++)
            bytes += list[i].declared_size;
    }
    printf("who is there\n  %u mailboxes with %llu items, %llu MB declared, %u different "
           "messages\n",
           population_mailbox_count(population), (unsigned long long)items,
           (unsigned long long)(bytes / 1000000), population_content_count(population));
    for (uint32_t i = 0; i < scenario->world.offices.count; i++) {
        const struct scenario_office *office = scenario_office(scenario, i);
        printf("  %-28s %4llu people, %3llu functional, %3llu resources; %llu in the batch\n",
               office->name, (unsigned long long)office->people,
               (unsigned long long)office->functional, (unsigned long long)office->resources,
               (unsigned long long)office->batch);
    }
    population_close(&population);
}

/* A step without a time follows the one before. */
static void print_clock(const struct scenario *scenario, int64_t clock) {
    char text[INSTANT_TEXT_MAX];
    const char *when =
        clock == 0 ? "then" : instant_text_german(scenario_instant(scenario, clock), text);
    printf("  %-19s  ", when);
}

static void print_plan(const struct scenario *scenario, uint64_t seed) {
    char text[INSTANT_TEXT_MAX];
    printf("%s\n\n%s\n", scenario->name, scenario->story);
    print_population(scenario, seed);
    printf("\nrunbook, cut-off %s before 00:00 UTC\n", span_text(scenario->plan.cut_off, text));
    for (uint32_t i = 0; i < scenario->runbook.count; i++) {
        const struct scenario_step *step = scenario_step(scenario, i);
        print_clock(scenario, step->at);
        printf("%s %s", step->process, step->run);
        printf(step->if_refused[0] != '\0' ? "   (if refused: %s)\n" : "\n", step->if_refused);
    }
    printf("\nmeasures: %s\nfaults\n", scenario->plan.measures);
    for (uint32_t i = 0; i < scenario->faults.count; i++) {
        const struct scenario_fault *fault = scenario_fault(scenario, i);
        const struct fault_type *type = fault_type(fault->name);
        printf("  %s — %s\n", fault->name, type == NULL ? "not known" : type->sentence);
    }
    if (scenario->faults.count == 0)
        printf("  none\n");
}

static int plan_one(const char *path, uint64_t seed) {
    struct arena *arena = arena_new();
    const struct scenario *scenario;
    struct error error;
    int result = EXIT_BAD_INPUT;
    if (scenario_read(arena, path, &scenario, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
    } else if (lint_names(scenario)) {
        print_plan(scenario, seed);
        result = EXIT_KEPT;
    }
    arena_close(&arena);
    return result;
}

int plan_command(int count, char **words) {
    static const char *const known[] = {"--seed", NULL};
    const char *path = NULL, *value = NULL;
    uint64_t seed = 1;
    for (int at = 1; at < count;) {
        if (option_value(count, words, &at, "--seed", &value)) {
            if (value == NULL || !str_to_u64(str_of(value), &seed))
                return usage_error("plan", "--seed wants a whole number");
        } else if (words[at][0] == '-') {
            return option_unknown("plan", words[at], known);
        } else {
            path = words[at++];
        }
    }
    if (path == NULL)
        return usage_error("plan", "expected a scenario");
    struct paths paths = {0};
    int result = EXIT_KEPT;
    if (!paths_add(&paths, path))
        return paths_unknown("plan", path);
    for (size_t i = 0; i < paths.count; i++) {
        int code = plan_one(paths.list[i], seed);
        result = code > result ? code : result;
    }
    paths_release(&paths);
    return result;
}
