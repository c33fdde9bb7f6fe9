/*
 * A scenario: a file that tells one migration day as a story: world, plan and runbook, actors,
 * faults, which measures are switched on, what must hold. Strict YAML (yaml.h): an unknown key is
 * an error with the nearest known word, a number with a dimension always carries its unit, and
 * every complaint has path:line:column. One table of fields (scenario_fields.c) drives the reader,
 * the reference text and `explain`.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdint.h>

#include "../engine/base/arena.h"
#include "../engine/base/buffer.h"
#include "../engine/base/instant.h"
#include "../engine/base/status.h"

struct scenario_list {
    void *items; /* owned by the scenario's arena */
    uint32_t count;
};

struct scenario_office {
    const char *organisation, *name, *domain;
    uint64_t people, functional, resources;
    uint64_t batch; /* how many of its mailboxes are in the batch; the others are bystanders */
    int line, column;
};

struct scenario_world {
    instant day; /* 00:00 UTC of the calendar day; see scenario_instant() */
    int64_t begins, lasts;
    struct scenario_list offices; /* struct scenario_office */
    uint64_t messages, years, scale, databases, nodes;
    int64_t oddities;
    const char *import;  /* a path, "" for none; read beside the scenario's file */
    int64_t import_into; /* enum import_into of fixtures/population.h */
    const char *shapes;  /* a path like that of import */
    int64_t latency, jitter;
    uint64_t bandwidth; /* bytes a second of each connection; 0: no bound */
    uint64_t quota;     /* bytes a mailbox at the target; 0: none */
};

struct scenario_exchange {
    int64_t request_time, item_time;
    uint64_t bandwidth;
    uint64_t busy_after; /* requests in a minute for each mailbox; 0: never busy */
    int64_t back_off;
    int64_t replication; /* until it hears of a move */
};

struct scenario_openxchange {
    int64_t command_time, append_time, login_time;
    int64_t equal_uid_validity;
};

struct scenario_gateway {
    int64_t retry, lifetime;
};

struct scenario_plan {
    const char *batch;
    int64_t cut_off; /* span before 00:00 UTC of the day */
    uint64_t workers, canary, cap, batch_size;
    int64_t pipelined;
    int64_t credential; /* enum scenario_credential */
    int64_t dialect;    /* enum list_dialect of fixtures/population.h */
    int64_t separator;  /* enum scenario_separator */
    const char *measures;
};
enum scenario_credential { CREDENTIAL_MASTER, CREDENTIAL_BATCH };
enum scenario_separator { SEPARATOR_COMMA, SEPARATOR_SEMICOLON };

/* The plan of a further attempt at the same batch; else as `plan`. */
struct scenario_attempt {
    instant day;     /* 00:00 UTC, as in struct scenario_world */
    int64_t cut_off; /* span before it */
    const char *measures;
};

struct scenario_step {
    int64_t at;             /* clock; the step waits for it and for the step before */
    const char *run;        /* what is typed, e.g. "backfill --mapping nachmigration.csv" */
    const char *if_refused; /* what the operator types then, or "" */
    const char *process;    /* who types: "umzug" */
    int64_t engine;         /* enum scenario_engine */
    int64_t restart_after;  /* until he types again what was killed */
    int64_t beside;         /* at a second terminal: the next step does not wait for it */
    uint64_t attempt;       /* whose plan it goes by */
    int line, column;
};
enum scenario_engine { ENGINE_UMZUG, ENGINE_OLD_SCRIPT, ENGINE_BY_HAND };

struct scenario_postman {
    uint64_t inside, outside; /* mails a mailbox and day, at the mean */
    uint64_t unknown;         /* mails a day to nobody */
    int64_t from, until;      /* clocks between which it is dense; some arrive all night */
    uint64_t days;
};

struct scenario_persons {
    uint64_t working; /* per mille of the people who work this day */
    int64_t begin, end;
    int64_t check_every;
    uint64_t opens, replies, moves, deletes, flags; /* a day and person, at the mean */
    uint64_t left_open, evening;                    /* per mille of those who work */
    int64_t behaviour;                              /* enum scenario_behaviour */
    uint64_t days;
};
enum scenario_behaviour { PERSONS_WORK, PERSONS_ONLY_READ, PERSONS_STAY_AWAY };

struct scenario_fault {
    const char *name; /* of the catalogue */
    int64_t at;       /* clock, where the fault has one */
    uint64_t count;   /* how many mailboxes, messages, … as the fault says; 0: all */
    int64_t way;      /* enum scenario_way */
    int64_t keys_follow;
    int64_t within; /* enum scenario_within */
    int64_t lasts;
    const char *phase; /* whose process it strikes, or "" */
    uint64_t step;     /* counted from `at` on, at which it strikes */
    int64_t disk;      /* enum disk_crash: what is left of what was not synced */
    int line, column;
};
enum scenario_way {
    WAY_ARGUMENT,
    WAY_SEALED_FILE,
    WAY_PAST_THE_ENGINE,
    WAY_PLAN,
    WAY_LIST,
    WAY_VERSION,
};
enum scenario_within { WITHIN_BATCH, WITHIN_OFFICE };

/* As a value of `expect`: the number is computed from the population and the wrong list. */
#define EXPECT_BY_FIXTURES "by the fixtures"

struct scenario_promise { /* one row of `promises` or `expect`, still as text */
    const char *name, *value;
    int line, column;
};

struct scenario {
    const char *path; /* as it was given */
    const char *name; /* "incidents/2025-08-07" */
    const char *story;
    struct scenario_world world;
    struct scenario_exchange exchange;
    struct scenario_openxchange openxchange;
    struct scenario_gateway gateway;
    struct scenario_plan plan;
    struct scenario_list attempts; /* struct scenario_attempt; from the second on */
    struct scenario_list runbook;  /* struct scenario_step */
    struct scenario_postman postman;
    struct scenario_persons persons;
    struct scenario_list faults;   /* struct scenario_fault */
    struct scenario_list promises; /* struct scenario_promise */
    struct scenario_list expect;   /* struct scenario_promise */
};

/* Reads and checks a scenario; everything lives in `arena`. INVALID with path:line:column. */
NODISCARD enum status scenario_read(struct arena *arena, const char *path,
                                    const struct scenario **scenario_r, struct error *error);

/* The phase that a step types: its first word that is no option and no option's value. */
struct str scenario_step_phase(const struct scenario_step *step);

/* The instant at which clocks in Germany show `clock` (counted from midnight of the day). */
instant scenario_instant(const struct scenario *scenario, int64_t clock);

static inline const struct scenario_office *scenario_office(const struct scenario *scenario,
                                                            uint32_t index) {
    return (const struct scenario_office *)scenario->world.offices.items + index;
}
static inline const struct scenario_step *scenario_step(const struct scenario *scenario,
                                                        uint32_t index) {
    return (const struct scenario_step *)scenario->runbook.items + index;
}
static inline const struct scenario_attempt *scenario_attempt(const struct scenario *scenario,
                                                              uint32_t index) {
    return (const struct scenario_attempt *)scenario->attempts.items + index;
}
static inline const struct scenario_fault *scenario_fault(const struct scenario *scenario,
                                                          uint32_t index) {
    return (const struct scenario_fault *)scenario->faults.items + index;
}

/* Appends what is known of a field, section or choice of that name; false when there is none. */
bool scenario_explain(const char *word, struct buffer *out);
/* Appends the reference of all fields as text. */
void scenario_reference(struct buffer *out);

#endif
