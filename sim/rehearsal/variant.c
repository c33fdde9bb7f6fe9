/* Variants of a scenario: the twin with other measures, the small one. See rehearsal.h. */
#include <string.h>

#include "rehearsal.h"

/* "all, -x" or a list without x, or none: whether the measure is off. */
static bool measures_lack(const char *measures, const char *name) {
    if (strncmp(measures, "all", 3) != 0)
        return strstr(measures, name) == NULL;
    const char *found = strstr(measures, name);
    return found != NULL && found > measures && found[-1] == '-';
}

const struct scenario *rehearsal_with_measures(struct arena *arena, const struct scenario *scenario,
                                               const char *measures) {
    struct scenario *copy = arena_take(arena, 1, sizeof *copy);
    *copy = *scenario;
    if (measures != NULL) {
        copy->plan.measures = arena_text(arena, str_of(measures));
        struct scenario_attempt *attempts =
            arena_take(arena, scenario->attempts.count + 1, sizeof *attempts);
        for (uint32_t i = 0; i < scenario->attempts.count; i++) {
            attempts[i] = *scenario_attempt(scenario, i);
            attempts[i].measures = ""; /* those of the plan */
        }
        copy->attempts.items = attempts;
        if (measures_lack(measures, "scoped_credential"))
            copy->plan.credential = CREDENTIAL_MASTER;
    }
    return copy;
}

static uint64_t shrink(uint64_t count, uint64_t part, uint64_t whole) {
    uint64_t smaller = (count * part + whole - 1) / whole;
    return count < 2 ? count : smaller < 2 ? 2 : smaller;
}

const struct scenario *rehearsal_of_size(struct arena *arena, const struct scenario *scenario,
                                         uint64_t part, uint64_t whole) {
    struct scenario *copy = arena_take(arena, 1, sizeof *copy);
    *copy = *scenario;
    uint32_t count = scenario->world.offices.count;
    struct scenario_office *offices = arena_take(arena, count, sizeof *offices);
    copy->world.offices.items = offices;
    for (uint32_t i = 0; i < count; i++) {
        offices[i] = *scenario_office(scenario, i);
        offices[i].people = shrink(offices[i].people, part, whole);
        offices[i].functional = shrink(offices[i].functional, part, whole);
        offices[i].resources = shrink(offices[i].resources, part, whole);
        offices[i].batch = shrink(offices[i].batch, part, whole);
    }
    return copy;
}

const struct scenario *rehearsal_typed_twice(struct arena *arena, const struct scenario *scenario) {
    struct scenario *copy = arena_take(arena, 1, sizeof *copy);
    *copy = *scenario;
    uint32_t count = scenario->runbook.count, made = 0;
    struct scenario_step *steps = arena_take(arena, 2 * (size_t)count, sizeof *steps);
    for (uint32_t i = 0; i < count; i++) {
        steps[made++] = *scenario_step(scenario, i);
        if (steps[made - 1].engine == ENGINE_UMZUG)
            steps[made++] = *scenario_step(scenario, i);
    }
    copy->runbook = (struct scenario_list){steps, made};
    copy->persons.behaviour = PERSONS_STAY_AWAY;
    return copy;
}
