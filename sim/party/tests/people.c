/* See people.h. */
#include "people.h"

#include "../../../engine/base/check.h"

struct population *people_new(uint32_t people, uint32_t messages) {
    const struct office_spec office = {
        .organisation = "Amt", .name = "Amt", .domain = "amt.test", .people = people};
    const struct population_spec spec = {.seed = 1,
                                         .day = PEOPLE_NOW,
                                         .offices = &office,
                                         .office_count = 1,
                                         .messages_mean = messages,
                                         .years = 1,
                                         .scale = 1,
                                         .databases = 1,
                                         .nodes = 1};
    struct population *population = NULL;
    check(population_open(&spec, &population, NULL) == STATUS_OK);
    return population;
}

struct history *people_history(const char *process, uint32_t mailboxes) {
    struct history *history = NULL;
    check(history_create(NULL, &history, NULL) == STATUS_OK);
    check_compare(history_name(history, str_of(process)), ==, 1);
    for (uint32_t number = 1; number <= mailboxes; number++)
        history_mailbox_add(history, &(struct history_mailbox){.number = number});
    return history;
}
