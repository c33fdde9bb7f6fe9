/* `generalprobe list`: what scenarios there are, with the first sentence of each story. */
#include <stdio.h>
#include <string.h>

#include "../scenario.h"
#include "command.h"

static void print_first_sentence(const char *story) {
    const char *end = strpbrk(story, ".\n");
    while (end != NULL && *end == '.' && end[1] != ' ' && end[1] != '\n' && end[1] != '\0')
        end = strpbrk(end + 1, ".\n");
    int length = end == NULL ? (int)strlen(story) : (int)(end - story) + (*end == '.');
    printf("    %.*s\n", length, story);
}

int list_command(int count, char **words) {
    struct paths paths = {0};
    int result = EXIT_KEPT;
    if (count == 1 && !paths_add(&paths, "scenarios"))
        return usage_error("list", "there is no folder \"scenarios\" here; name one");
    for (int i = 1; i < count; i++)
        if (!paths_add(&paths, words[i]))
            return paths_unknown("list", words[i]);
    for (size_t i = 0; i < paths.count; i++) {
        struct arena *arena = arena_new();
        const struct scenario *scenario;
        struct error error;
        if (scenario_read(arena, paths.list[i], &scenario, &error) == STATUS_OK) {
            printf("%s\n", scenario->path);
            print_first_sentence(scenario->story);
        } else {
            fprintf(stderr, "%s\n", error.text);
            result = EXIT_BAD_INPUT;
        }
        arena_close(&arena);
    }
    paths_release(&paths);
    return result;
}
