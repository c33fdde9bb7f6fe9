/* See postman.h. */
#include "postman.h"

#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../kernel/task.h"
#include "../party/mail_insist.h"
#include "sending.h"

enum { POSTMAN_AT_NIGHT = 10 /* of 100 */, POSTMAN_TO_MAX = 4 };

enum errand_kind { ERRAND_OUTSIDE, ERRAND_INSIDE, ERRAND_UNKNOWN };

struct errand {
    instant at;
    uint64_t chance;
    uint32_t mailbox;
    enum errand_kind kind;
};

struct postman {
    struct world *world;
    struct process *process; /* of mail from outside */
    struct errand *errands;  /* owns; by time */
    size_t count, capacity;
};

/* One errand under way: its task frees it. */
struct postman_walk {
    struct postman *postman;
    struct errand errand;
};

/* One errand on that day, counted from 0; at night is any time that is played. */
static void postman_plan(struct postman *postman, struct chance *chance, struct errand what,
                         uint64_t day) {
    const struct world *world = postman->world;
    const struct scenario_postman *spec = &world->scenario->postman;
    int64_t later = (int64_t)day * DAY;
    instant from = scenario_instant(world->scenario, spec->from + later);
    instant until = scenario_instant(world->scenario, spec->until + later);
    if (chance_is(chance, POSTMAN_AT_NIGHT, 100) || from >= until) {
        from = world->begins;
        until = world->ends;
    }
    instant at = chance_between(chance, from, until - 1);
    uint64_t drawn = chance_next(chance);
    if (at < world->begins || at >= world->ends)
        return;
    if (postman->count == postman->capacity) {
        postman->capacity = postman->capacity == 0 ? 256 : postman->capacity * 2;
        postman->errands =
            memory_grow(postman->errands, postman->capacity, sizeof *postman->errands);
    }
    postman->errands[postman->count++] = (struct errand){at, drawn, what.mailbox, what.kind};
}

/* The mean, scattered evenly between nothing and twice as much. */
static uint64_t postman_scatter(struct chance *chance, uint64_t mean) {
    return chance_below(chance, 2 * mean + 1);
}

static int errand_order(const void *left, const void *right) {
    const struct errand *one = left, *other = right;
    if (one->at != other->at)
        return one->at < other->at ? -1 : 1;
    return one->chance < other->chance ? -1 : one->chance > other->chance;
}

static void postman_plan_day(struct postman *postman, struct chance *chance, uint64_t day) {
    struct world *world = postman->world;
    const struct scenario_postman *spec = &world->scenario->postman;
    for (uint32_t mailbox = 1; mailbox <= world->mailbox_count; mailbox++) {
        uint64_t outside = postman_scatter(chance, spec->outside);
        uint64_t inside = postman_scatter(chance, spec->inside);
        for (uint64_t i = 0; i < outside; i++)
            postman_plan(postman, chance,
                         (struct errand){.mailbox = mailbox, .kind = ERRAND_OUTSIDE}, day);
        for (uint64_t i = 0; i < inside; i++)
            postman_plan(postman, chance,
                         (struct errand){.mailbox = mailbox, .kind = ERRAND_INSIDE}, day);
    }
    for (uint64_t i = 0; i < spec->unknown; i++)
        postman_plan(postman, chance, (struct errand){.kind = ERRAND_UNKNOWN}, day);
}

static void postman_plan_days(struct postman *postman) {
    const struct world *world = postman->world;
    struct chance chance = chance_of(world->seed, "postman");
    for (uint64_t day = 0; day < world->scenario->postman.days; day++)
        postman_plan_day(postman, &chance, day);
    if (postman->count > 0)
        qsort(postman->errands, postman->count, sizeof *postman->errands, errand_order);
}

/* ---- errands ---- */

static void walk_from_outside(const struct postman_walk *walk, struct chance *chance) {
    static const enum mail_shape shapes[] = {MAIL_PLAIN, MAIL_PLAIN, MAIL_NEWSLETTER,
                                             MAIL_WITH_ATTACHMENT};
    struct sending sending = {
        .world = walk->postman->world,
        .process = walk->postman->process,
        .by = process_number(walk->postman->process),
        .mail = {.shape = shapes[chance_below(chance, 4)],
                 .to = &walk->errand.mailbox,
                 .to_count = 1,
                 .chance = chance_next(chance)},
    };
    /* Whatever comes of it is in the history. */
    if (sending_send(&sending) != STATUS_OK)
        return;
}

/* A sender who lives at Open-Xchange sends by his own program: person.c does that. Where people
 * stay away nobody of the batch writes, wherever he lives: else it would depend on the minute of
 * the switch which mail there is, and two ends of one day could not be compared. */
static bool postman_takes_from(const struct world *world, uint32_t sender) {
    if (population_mailbox(world->population, sender)->kind != MAILBOX_PERSONAL ||
        sending_home(world, sender) != SYSTEM_EXCHANGE)
        return false;
    return world->scenario->persons.behaviour != PERSONS_STAY_AWAY ||
           world->roles[sender] != ROLE_BATCH;
}

/* A colleague writes: the errand's mailbox is who gets it, some others get it too. */
static void walk_among_colleagues(const struct postman_walk *walk, struct chance *chance) {
    struct world *world = walk->postman->world;
    uint32_t to[POSTMAN_TO_MAX] = {walk->errand.mailbox};
    uint32_t count = 1;
    uint32_t more = chance_is(chance, 1, 4) ? (uint32_t)chance_below(chance, POSTMAN_TO_MAX) : 0;
    for (uint32_t i = 0; i < more; i++) {
        uint32_t other = 1 + (uint32_t)chance_below(chance, world->mailbox_count);
        bool known = false;
        for (uint32_t k = 0; k < count; k++)
            known = known || to[k] == other;
        if (!known)
            to[count++] = other;
    }
    uint32_t sender = 1 + (uint32_t)chance_below(chance, world->mailbox_count);
    if (!postman_takes_from(world, sender)) {
        walk_from_outside(walk, chance);
        return;
    }
    bool hidden = count > 1 && chance_is(chance, 1, 5);
    struct sending sending = {
        .world = world,
        .process = walk->postman->process,
        .by = sending_person(world, sender),
        .mail = {.shape = count > 2 ? MAIL_CIRCULAR : MAIL_PLAIN,
                 .sender = sender,
                 .to = to,
                 .to_count = hidden ? count - 1 : count,
                 .bcc = hidden ? to + count - 1 : NULL,
                 .bcc_count = hidden ? 1 : 0,
                 .chance = chance_next(chance)},
    };
    if (sending_send(&sending) != STATUS_OK)
        return;
}

/* Mail to an address nobody has is refused at the gateway's door or given back with notice. */
static void walk_to_nobody(const struct postman_walk *walk, struct chance *chance) {
    struct world *world = walk->postman->world;
    struct buffer address = {0};
    buffer_printf(&address, "niemand-%u@%s", (unsigned)chance_below(chance, 1000),
                  population_office(world->population, 0)->domain);
    const char *recipient = buffer_text(&address);
    const struct mail_letter letter = {
        .protocol = MAIL_PROTOCOL_SMTP,
        .hello = "mail.extern.example",
        .sender = "absender@extern.example",
        .recipients = &recipient,
        .recipient_count = 1,
        .bytes = STR("From: absender@extern.example\r\nSubject: Anfrage\r\n\r\nGuten Tag\r\n"),
    };
    struct mail_client client = {walk->postman->process, PLACE_GATEWAY, 5 * MINUTE};
    struct mail_reply reply;
    if (mail_client_insist(&client, &letter, world->scenario->gateway.retry, &reply) != STATUS_OK)
        reply.code = 0;
    buffer_release(&address);
}

static void postman_walk(void *of) {
    struct postman_walk *walk = of;
    struct chance chance = chance_of(walk->errand.chance, "errand");
    switch (walk->errand.kind) {
    case ERRAND_OUTSIDE:
        walk_from_outside(walk, &chance);
        break;
    case ERRAND_INSIDE:
        walk_among_colleagues(walk, &chance);
        break;
    case ERRAND_UNKNOWN:
        walk_to_nobody(walk, &chance);
        break;
    }
    free(walk);
}

static void postman_work(void *of) {
    struct postman *postman = of;
    for (size_t i = 0; i < postman->count; i++) {
        if (task_sleep_until(postman->errands[i].at) != STATUS_OK)
            return;
        struct postman_walk *walk = memory_new(1, sizeof *walk);
        *walk = (struct postman_walk){postman, postman->errands[i]};
        task_start(postman->process, "errand", postman_walk, walk);
    }
}

struct postman *postman_start(struct world *world) {
    struct postman *postman = memory_new(1, sizeof *postman);
    postman->world = world;
    postman->process =
        process_new(world->kernel, "postman", history_name(world->history, STR("postman")));
    postman_plan_days(postman);
    task_start(postman->process, "rounds", postman_work, postman);
    return postman;
}

void postman_free(struct postman **postman) {
    if (*postman == NULL)
        return;
    free((*postman)->errands);
    free(*postman);
    *postman = NULL;
}
