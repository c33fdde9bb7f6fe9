/* See person.h. */
#include "person.h"

#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../kernel/task.h"
#include "person_inside.h"

struct people {
    struct person *list; /* owns; never moves while tasks run */
    uint32_t count;
};

struct plan_of_day {
    instant at;
    uint64_t order;
    enum person_deed deed;
};

static void person_fact(const struct person *person, enum fact_kind kind, enum system system,
                        uint32_t content, int64_t a, int64_t b) {
    history_fact(person->world->history, &(struct fact){
                                             .at = person->world->clock.now,
                                             .kind = (uint8_t)kind,
                                             .system = (uint8_t)system,
                                             .process = process_number(person->process),
                                             .mailbox = person->mailbox,
                                             .content = content,
                                             .a = a,
                                             .b = b,
                                         });
}

void person_saw(const struct person *person, enum system system, uint32_t content) {
    person_fact(person, FACT_ITEM_OPENED, system, content, 0, 0);
}

enum status person_answers(struct person *person, uint32_t content) {
    struct world *world = person->world;
    uint32_t to = 1 + (uint32_t)chance_below(&person->chance, world->mailbox_count);
    struct sending sending = {
        .world = world,
        .process = person->process,
        .by = process_number(person->process),
        .mail = {.shape = MAIL_REPLY,
                 .sender = person->mailbox,
                 .to = &to,
                 .to_count = 1,
                 .in_reply_to =
                     content <= population_content_count(world->population) ? content : 0,
                 .chance = chance_next(&person->chance)},
        .client = person->client,
    };
    enum status status = sending_send(&sending);
    person_fact(person, FACT_ACCESS_TRIED, sending_home(world, person->mailbox), 0, 1,
                status == STATUS_OK);
    return status;
}

/* ---- the day ---- */

static int by_time(const void *left, const void *right) {
    const struct plan_of_day *one = left, *other = right;
    if (one->at != other->at)
        return one->at < other->at ? -1 : 1;
    return one->order < other->order ? -1 : one->order > other->order;
}

static void plan_deeds(struct person *person, struct plan_of_day **next, enum person_deed deed,
                       uint64_t mean, instant begin, instant end) {
    uint64_t count = mean == 0 ? 0 : chance_below(&person->chance, 2 * mean + 1);
    for (uint64_t i = 0; i < count; i++) {
        instant at = chance_between(&person->chance, begin, end);
        uint64_t order = chance_next(&person->chance);
        *(*next)++ = (struct plan_of_day){at, order, deed};
    }
}

/* What he means to do on that day, counted from 0. */
static struct plan_of_day *person_plans(struct person *person, uint64_t day, size_t *count_r) {
    const struct scenario_persons *spec = &person->world->scenario->persons;
    const struct scenario *scenario = person->world->scenario;
    instant begin = scenario_instant(scenario, spec->begin + (int64_t)day * DAY);
    instant end = scenario_instant(scenario, spec->end + (int64_t)day * DAY);
    begin += chance_between(&person->chance, 0, 30 * MINUTE);
    end = end > begin ? end : begin + HOUR;
    int64_t every = spec->check_every < MINUTE ? MINUTE : spec->check_every;
    uint64_t most = 2 * (spec->opens + spec->replies + spec->moves + spec->deletes + spec->flags) +
                    (uint64_t)((end - begin) / every) + (uint64_t)(DAY / every) + 6;
    struct plan_of_day *plans = memory_new(most, sizeof *plans), *next = plans;
    for (instant at = begin; at <= end; at += every)
        *next++ = (struct plan_of_day){at, 0, DEED_LOOK};
    for (instant at = end + every; person->left_open && at < begin + DAY; at += every)
        *next++ = (struct plan_of_day){at, 0, DEED_SYNC};
    if (person->evening) {
        instant from = scenario_instant(scenario, 19 * HOUR + (int64_t)day * DAY);
        instant at = chance_between(&person->night, from, from + 3 * HOUR);
        *next++ = (struct plan_of_day){at, 0, DEED_LOOK};
        *next++ = (struct plan_of_day){at, 1, DEED_OPEN_NEWEST};
    }
    plan_deeds(person, &next, DEED_OPEN, spec->opens, begin, end);
    if (spec->behaviour == PERSONS_WORK) {
        plan_deeds(person, &next, DEED_REPLY, spec->replies, begin, end);
        plan_deeds(person, &next, DEED_MOVE, spec->moves, begin, end);
        plan_deeds(person, &next, DEED_DELETE, spec->deletes, begin, end);
        plan_deeds(person, &next, DEED_FLAG, spec->flags, begin, end);
    }
    *count_r = (size_t)(next - plans);
    qsort(plans, *count_r, sizeof *plans, by_time);
    return plans;
}

static void person_does(struct person *person, enum person_deed deed) {
    enum system home = sending_home(person->world, person->mailbox);
    enum status status = home == SYSTEM_EXCHANGE ? person_in_outlook(person, deed)
                                                 : person_in_thunderbird(person, deed);
    if (deed == DEED_LOOK)
        person_fact(person, FACT_ACCESS_TRIED, home, 0, 0, status == STATUS_OK);
}

static void person_works_day(struct person *person, uint64_t day) {
    size_t count;
    struct plan_of_day *plans = person_plans(person, day, &count);
    for (size_t i = 0; i < count; i++) {
        if (plans[i].at >= person->world->ends || task_sleep_until(plans[i].at) != STATUS_OK)
            break;
        person_does(person, plans[i].deed);
    }
    person_leaves_thunderbird(person);
    free(plans);
}

static void person_works(void *of) {
    struct person *person = of;
    for (uint64_t day = 0; day < person->world->scenario->persons.days; day++)
        person_works_day(person, day);
}

struct people *people_start(struct world *world) {
    struct people *people = memory_new(1, sizeof *people);
    const struct scenario_persons *spec = &world->scenario->persons;
    struct chance chance = chance_of(world->seed, "people");
    people->list = memory_new(world->mailbox_count, sizeof *people->list);
    for (uint32_t mailbox = 1; mailbox <= world->mailbox_count; mailbox++) {
        bool works = chance_is(&chance, spec->working, 1000);
        uint64_t seed = chance_next(&chance);
        if (!works || spec->behaviour == PERSONS_STAY_AWAY ||
            population_mailbox(world->population, mailbox)->kind != MAILBOX_PERSONAL)
            continue;
        struct person *person = &people->list[people->count++];
        uint32_t name = sending_person(world, mailbox);
        struct chance night = chance_of(seed, "night");
        *person = (struct person){
            .left_open = chance_is(&night, spec->left_open, 1000),
            .evening = chance_is(&night, spec->evening, 1000),
            .night = night,
            .world = world,
            .process = process_new(world->kernel, "person", name),
            .chance = chance_of(seed, "person"),
            .mailbox = mailbox,
        };
        task_start(person->process, "day", person_works, person);
    }
    return people;
}

static void person_free(struct person *person) {
    for (uint32_t i = 0; i < person->folder_count; i++)
        free(person->folders[i].name);
    free(person->folders);
    free(person->known);
}

void people_free(struct people **people) {
    if (*people == NULL)
        return;
    for (uint32_t i = 0; i < (*people)->count; i++)
        person_free(&(*people)->list[i]);
    free((*people)->list);
    free(*people);
    *people = NULL;
}
