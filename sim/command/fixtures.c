/* `generalprobe fixtures export SCENARIO -o DIR`: a scenario's population as Maildir. */
#include <stdio.h>
#include <string.h>

#include "../scenario.h"
#include "../world.h"
#include "command.h"

static int fixtures_export(const char *path, uint64_t seed, const char *folder) {
    struct arena *arena = arena_new();
    const struct scenario *scenario;
    struct population *population = NULL;
    struct error error;
    enum status status = scenario_read(arena, path, &scenario, &error);
    if (status == STATUS_OK)
        status = world_population(scenario, seed, &population, &error);
    if (status == STATUS_OK)
        status = population_export(population, folder, &error);
    if (status == STATUS_OK)
        printf("%u mailboxes, %u different messages written to %s\n",
               population_mailbox_count(population), population_content_count(population), folder);
    else
        fprintf(stderr, "%s\n", error.text);
    population_close(&population);
    arena_close(&arena);
    return status == STATUS_OK ? EXIT_KEPT : EXIT_BAD_INPUT;
}

int fixtures_command(int count, char **words) {
    static const char *const known[] = {"--seed", "-o", NULL};
    const char *path = NULL, *folder = NULL, *value = NULL;
    uint64_t seed = 1;
    if (count < 2 || strcmp(words[1], "export") != 0)
        return usage_error("fixtures", "expected \"export\"");
    for (int at = 2; at < count;) {
        if (option_value(count, words, &at, "--seed", &value)) {
            if (value == NULL || !str_to_u64(str_of(value), &seed))
                return usage_error("fixtures", "--seed wants a whole number");
        } else if (option_value(count, words, &at, "-o", &value)) {
            folder = value;
        } else if (words[at][0] == '-') {
            return option_unknown("fixtures", words[at], known);
        } else {
            path = words[at++];
        }
    }
    if (path == NULL || folder == NULL)
        return usage_error("fixtures", "expected a scenario and -o with a folder");
    struct paths paths = {0};
    if (!paths_add(&paths, path))
        return paths_unknown("fixtures", path);
    int result = paths.count == 1
                     ? fixtures_export(paths.list[0], seed, folder)
                     : usage_error("fixtures", "\"%s\" holds several scenarios; name one", path);
    paths_release(&paths);
    return result;
}
