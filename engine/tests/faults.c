/* See faults.h. */
#include "faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void night_list(struct world *world) {
    world_write_mapping(world, "night.csv", 1, false);
}

void night_list_with_keys(struct world *world) {
    world_write_mapping(world, "night.csv", 1, true);
}

void wrong_mapping(struct world *world) {
    world_write_mapping(world, "mapping.csv", 1, false);
}

void plan_adds(struct world *world, const char *line) {
    struct buffer text = {0};
    buffer_append_text(&text, world_read(world, "plan"));
    buffer_append_text(&text, line);
    world_write(world, "plan", buffer_text(&text));
    buffer_release(&text);
}

void other_cut_off(struct world *world) {
    struct buffer text = {0};
    struct str rest = str_of(world_read(world, "plan"));
    while (rest.length > 0) {
        struct str line = str_cut(&rest, '\n');
        if (str_starts_with(line, "cut_off"))
            line = STR("cut_off = 2025-07-30T06:00:00Z");
        buffer_printf(&text, "%.*s\n", STR_ARG(line));
    }
    world_write(world, "plan", buffer_text(&text));
    buffer_release(&text);
}

void other_version(struct world *world) {
    world->version = "2";
}

int run_with(struct world *world, const char *measures, const char *words) {
    char line[256];
    snprintf(line, sizeof line, "--measures %s %s", measures, words);
    return world_run(world, line);
}

void faults_are_stopped(const struct fault *faults, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct fault *fault = &faults[i];
        struct world *world = world_new(6);
        for (size_t k = 0; k < 4 && fault->before[k] != NULL; k++)
            assert_int_equal(run_with(world, fault->measure, fault->before[k]), 0);
        if (fault->plant != NULL)
            fault->plant(world);
        int code = run_with(world, fault->measure, fault->then);
        char first[32];
        snprintf(first, sizeof first, "%.*s", (int)strcspn(fault->measure, ","), fault->measure);
        if (code == 0 || !world_alarmed(world, first, fault->subject) ||
            world_foreign(world) > fault->foreign_max) {
            printf("fault %zu (%s, %s): exit %d, %zu foreign\n%s", i, fault->measure, fault->then,
                   code, world_foreign(world), buffer_text(&world->alarms));
            fail();
        }
        world_free(&world);
    }
}
