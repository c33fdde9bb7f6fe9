/* See deaths.h. */
#include "deaths.h"

#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../kernel/task.h"

enum { DEATHS_PHASES_MAX = 64 };

struct deaths {
    struct deaths_options options;
    const char *unfinished[DEATHS_PHASES_MAX]; /* phases whose last process was killed */
    size_t unfinished_count;
};

static struct incarnation **deaths_find(struct deaths *deaths, const struct process *process) {
    struct incarnation **place = &deaths->options.world->incarnations;
    while (*place != NULL && (*place)->process != process)
        place = &(*place)->next;
    return place;
}

static const char **deaths_find_unfinished(struct deaths *deaths, const char *phase) {
    size_t i = 0;
    while (i < deaths->unfinished_count && strcmp(deaths->unfinished[i], phase) != 0)
        i++;
    return &deaths->unfinished[i];
}

static void deaths_step(void *of, uint64_t step, const char *what, const char *name) {
    struct deaths *deaths = of;
    (void)step;
    if (task_current() == NULL)
        return;
    struct incarnation *incarnation = *deaths_find(deaths, task_process(task_current()));
    if (incarnation == NULL)
        return;
    incarnation->steps++;
    faults_durable_step(deaths->options.faults, incarnation);
    if (!incarnation->struck && deaths->options.durable_step != NULL)
        deaths->options.durable_step(deaths->options.of, incarnation, what, name);
}

struct deaths *deaths_new(const struct deaths_options *options) {
    struct deaths *deaths = memory_new(1, sizeof *deaths);
    deaths->options = *options;
    disk_watch(options->world->disk, deaths_step, deaths);
    return deaths;
}

void deaths_free(struct deaths **deaths) {
    free(*deaths);
    *deaths = NULL;
}

void deaths_begin(struct deaths *deaths, struct process *process) {
    struct world *world = deaths->options.world;
    struct incarnation *incarnation = arena_take(world->arena, 1, sizeof *incarnation);
    const char *blank = strrchr(process_name(process), ' ');
    const char *phase = blank != NULL ? blank + 1 : process_name(process);
    const char **unfinished = deaths_find_unfinished(deaths, phase);
    *incarnation = (struct incarnation){
        .world = world,
        .process = process,
        .phase = phase,
        .resumes = unfinished < deaths->unfinished + deaths->unfinished_count,
        .next = world->incarnations,
    };
    world->incarnations = incarnation;
    if (incarnation->resumes)
        *unfinished = deaths->unfinished[--deaths->unfinished_count];
}

void deaths_end(struct deaths *deaths, struct process *process, int exit_code) {
    struct incarnation **place = deaths_find(deaths, process);
    struct incarnation *incarnation = *place;
    check(incarnation != NULL);
    *place = incarnation->next;
    if (incarnation->struck) {
        check_compare(process_tasks(process), ==, 0); /* or files would be open still */
        struct world *world = deaths->options.world;
        struct chance chance = incarnation_chance(world->seed, world->disk);
        disk_crash(world->disk, INCARNATION_FILES, incarnation->crash, &chance);
        check_compare(deaths->unfinished_count, <, DEATHS_PHASES_MAX);
        deaths->unfinished[deaths->unfinished_count++] = incarnation->phase;
    }
    faults_ended(deaths->options.faults, incarnation, exit_code);
    if (incarnation->struck && deaths->options.died != NULL)
        deaths->options.died(deaths->options.of, deaths->options.world);
}
