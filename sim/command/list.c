/* `generalprobe list`: what scenarios there are, with the first sentence of each story. */
#include <stdio.h>
#include <string.h>

#include "../../engine/base/utf8.h"
#include "../scenario.h"
#include "command.h"

enum { LIST_INDENT = 4, LIST_COLUMNS = 100 };

/* A story's lines end where they were wrapped; its sentence goes on behind. */
static void print_first_sentence(const char *story) {
    size_t column = 0;
    while (*story != '\0') {
        size_t length = strcspn(story, " \n"), width = utf8_count(str_bytes(story, length));
        if (length > 0 && column + 1 + width > LIST_COLUMNS) {
            printf("\n");
            column = 0;
        }
        if (length > 0) {
            printf("%*s%.*s", column == 0 ? LIST_INDENT : 1, "", (int)length, story);
            column += (column == 0 ? LIST_INDENT : 1) + width;
        }
        if (length > 0 && story[length - 1] == '.')
            break;
        story += length + (story[length] != '\0');
    }
    printf("\n");
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
