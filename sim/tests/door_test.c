/*
 * Between world and engine: the plan that is written is one umzug reads, what it claims arrives in
 * the history however it looks, and a wrong list ends with 65 and the place of the mistake.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../kernel/task.h"
#include "../rehearsal/claims_reader.h"
#include "../rehearsal/door.h"
#include "../rehearsal/plan_writer.h"
#include "small_day.h"
#include "small_world.h"

#define CLAIMS_FILE "state/claims.jsonl"

/* ---- claims ---- */

struct claimed {
    const struct history *history;
    struct claim claim;
    char kind[32], subject[32], phase[32];
    int count, not_claims;
};

static void keep_name(const struct claimed *claimed, uint32_t name, char *text, size_t size) {
    snprintf(text, size, "%.*s", STR_ARG(history_text(claimed->history, name)));
}

static bool see_claim(void *of, const struct claim *claim) {
    struct claimed *claimed = of;
    claimed->claim = *claim;
    keep_name(claimed, claim->kind, claimed->kind, sizeof claimed->kind);
    keep_name(claimed, claim->subject, claimed->subject, sizeof claimed->subject);
    keep_name(claimed, claim->phase, claimed->phase, sizeof claimed->phase);
    claimed->count++;
    claimed->not_claims += strcmp(claimed->kind, "not_a_claim") == 0;
    return true;
}

static struct claimed claims_of(struct small_world *small, struct str lines) {
    struct claimed claimed = {.history = small->history};
    claims_read(small->history, small->world->population, 1, small->world->begins, lines);
    assert_int_equal(history_each_claim(small->history, see_claim, &claimed, NULL), STATUS_OK);
    return claimed;
}

static void a_claim_is_taken_apart(void **state) {
    (void)state;
    static const struct {
        const char *line, *kind, *subject, *phase;
        int64_t messages, value;
    } cases[] = {
        {"{\"claim\":\"mailbox_done\",\"phase\":\"core\",\"messages\":12,\"bytes\":900}\n",
         "mailbox_done", "", "core", 12, 900},
        {"{\"claim\":\"run_ended\",\"exit\":65,\"bytes\":3}\n", "run_ended", "", "", 0, 65},
        {"{\"claim\":\"alarm\",\"measure\":\"lease\",\"artefact\":\"x\"}\n", "alarm", "lease", "",
         0, 0},
        {"{\"claim\":\"alarm\",\"artefact\":\"x.csv\"}\n", "alarm", "x.csv", "", 0, 0},
        {"{\"claim\":\"switched\",\"aspect\":\"route\"}", "switched", "route", "", 0, 0},
        {"{\"claim\":\"new_kind\",\"messages\":\"many\"}\n", "new_kind", "", "", 0, 0},
        /* Hostile: none of these is a claim, all of them are kept. */
        {"garbage\n", "not_a_claim", "", "", 0, 0},
        {"[]\n", "not_a_claim", "", "", 0, 0},
        {"{}\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":7}\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"\"}\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"a\",\"claim\":\"b\"}\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"mailbox_done\"", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"mailbox_done\"} trailing\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"a\\u0000b\"}\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"\xff\xfe\"}\n", "not_a_claim", "", "", 0, 0},
        {"{\"claim\":\"x\",\"messages\":99999999999999999999}\n", "not_a_claim", "", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct small_world small;
        small_world_open(&small, SMALL_WORLD SMALL_RUNBOOK, 1);
        struct claimed claimed = claims_of(&small, str_of(cases[i].line));
        assert_int_equal(claimed.count, 1);
        assert_string_equal(claimed.kind, cases[i].kind);
        assert_string_equal(claimed.subject, cases[i].subject);
        assert_string_equal(claimed.phase, cases[i].phase);
        assert_int_equal(claimed.claim.messages, cases[i].messages);
        assert_int_equal(claimed.claim.value, cases[i].value);
        small_world_close(&small);
    }
}

static void a_claim_finds_its_mailbox_by_any_address(void **state) {
    (void)state;
    struct small_world small;
    struct buffer line = {0};
    small_world_open(&small, SMALL_WORLD SMALL_RUNBOOK, 1);
    buffer_printf(&line, "{\"claim\":\"mailbox_done\",\"mailbox\":\"%s\"}\n",
                  population_mailbox(small.world->population, 5)->address);
    assert_int_equal(claims_of(&small, buffer_str(&line)).claim.mailbox, 5);
    assert_int_equal(
        claims_of(&small, STR("{\"claim\":\"mailbox_done\",\"mailbox\":\"nobody@nowhere\"}\n"))
            .claim.mailbox,
        0);
    buffer_release(&line);
    small_world_close(&small);
}

static void endless_and_nested_lines_are_no_claims(void **state) {
    (void)state;
    struct small_world small;
    struct buffer lines = {0};
    small_world_open(&small, SMALL_WORLD SMALL_RUNBOOK, 1);
    buffer_append_text(&lines, "{\"claim\":\"");
    for (int i = 0; i < CLAIM_BYTES_MAX; i++)
        buffer_append_byte(&lines, 'x');
    buffer_append_text(&lines, "\"}\n\n\n");
    for (int i = 0; i < 20000; i++)
        buffer_append_byte(&lines, '[');
    buffer_append_byte(&lines, '\n');
    struct claimed claimed = claims_of(&small, buffer_str(&lines));
    assert_int_equal(claimed.count, 2);
    assert_string_equal(claimed.kind, "not_a_claim");
    buffer_release(&lines);
    small_world_close(&small);
}

/* ---- the door ---- */

struct at_the_door {
    struct small_world small;
    struct faults *faults;
    struct umzug_door *door;
    const char *words[8];
    int exit_code, syncs;
    struct buffer said;
};

static void hear_line(void *of, bool alarm, struct str line) {
    buffer_printf(&((struct at_the_door *)of)->said, "%s%.*s\n", alarm ? "! " : "", STR_ARG(line));
}

static void type_words(void *of) {
    struct at_the_door *at = of;
    struct engine_door *door = umzug_door_engine(at->door);
    const struct engine_run run = {
        .process = "umzug", .words = at->words, .line = hear_line, .of = at};
    at->exit_code = door->type->run(door, &run);
}

static void door_open(struct at_the_door *at, const char *plan) {
    static const char *const before[] = {"--plan", PLAN_FILE, NULL};
    struct buffer text = {0};
    struct error error = {0};
    *at = (struct at_the_door){.exit_code = -2};
    buffer_printf(&text, "%s%s%s", SMALL_WORLD, plan, SMALL_RUNBOOK);
    small_world_open(&at->small, buffer_text(&text), 1);
    struct world *world = at->small.world;
    assert_int_equal(faults_open(world, &at->faults, &error), STATUS_OK);
    assert_int_equal(plan_write(world, at->faults, &error), STATUS_OK);
    at->door = umzug_door_new(&(struct umzug_door_options){
        .kernel = world->kernel,
        .disk = world->disk,
        .history = at->small.history,
        .population = world->population,
        .before = before,
        .before_old_script = before,
    });
    buffer_release(&text);
}

static void door_type(struct at_the_door *at, int64_t until) {
    struct world *world = at->small.world;
    task_start(process_new(world->kernel, "hand", 0), "type", type_words, at);
    small_world_run(&at->small, until);
}

static void door_close(struct at_the_door *at) {
    kernel_close(&at->small.world->kernel);
    umzug_door_free(&at->door);
    faults_close(&at->faults);
    buffer_release(&at->said);
    small_world_close(&at->small);
}

static void the_plan_that_is_written_is_one_that_umzug_reads(void **state) {
    (void)state;
    static const char *const plans[] = {
        "", "plan:\n  batch: Charge 17\n  cut_off: 14 d\n  credential: master\n",
        "plan:\n  measures: none\n  credential: master\n  pipelined: no\n",
        "plan:\n  dialect: utf16\n  separator: comma\n  workers: 1\n  canary: 1\n  cap: 1\n"};
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        struct at_the_door at;
        door_open(&at, plans[i]);
        at.words[0] = "check";
        door_type(&at, 8 * HOUR);
        if (at.exit_code != 0)
            fail_msg("%sexit code %d: %s", plans[i], at.exit_code, buffer_text(&at.said));
        door_close(&at);
    }
}

/* Replaces the `line`th line of the list (from 1) on the engine's disk. */
static void spoil(struct at_the_door *at, int line, const char *text) {
    struct buffer list = {0}, spoilt = {0};
    assert_int_equal(disk_read(at->small.world->disk, PLAN_LIST, &list), STATUS_OK);
    struct str rest = buffer_str(&list);
    for (int i = 1; rest.length > 0; i++) {
        struct str row = str_cut(&rest, '\n');
        if (i == line)
            buffer_append_text(&spoilt, text);
        else
            buffer_append_str(&spoilt, row);
        buffer_append_byte(&spoilt, '\n');
    }
    assert_int_equal(disk_replace(at->small.world->disk, PLAN_LIST, buffer_str(&spoilt)),
                     STATUS_OK);
    buffer_release(&list);
    buffer_release(&spoilt);
}

static void a_wrong_list_ends_with_65_and_its_place(void **state) {
    (void)state;
    static const struct {
        int line;
        const char *text, *place;
    } cases[] = {
        {4, "nobody;nobody", "mapping.csv:4:"},
        {4, "", "mapping.csv:4:1: expected a row"},
        {4, "not-an-address;login;00000000-0000-0000-0000-000000000000;x", "mapping.csv:4:1:"},
        {4, "a@b.example;login;no-key;x", "mapping.csv:4:19:"},
        {4, "a@b.example;login;\"open", "mapping.csv:4:19:"},
        {1, "source_address;target_logn;key;display_name", "mapping.csv:1:16:"},
    };
    static const char *const phases[] = {"seal", "check"};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        struct at_the_door at;
        bool seal = i % 2 == 0;
        door_open(&at, "plan:\n  dialect: utf8\n");
        spoil(&at, cases[i / 2].line, cases[i / 2].text);
        const char *words[] = {"--by", "a", "--and", "b", phases[i % 2], NULL};
        memcpy(at.words, seal ? words : words + 4, (seal ? 6 : 2) * sizeof *words);
        door_type(&at, 8 * HOUR);
        if (at.exit_code != 65 || strstr(buffer_text(&at.said), cases[i / 2].place) == NULL)
            fail_msg("%s: expected %s and 65, found %d: %s", phases[i % 2], cases[i / 2].place,
                     at.exit_code, buffer_text(&at.said));
        assert_int_equal(small_world_count(&at.small, (struct fact_filter){.kind = FACT_ITEM_STORED,
                                                                           .process = "umzug"}),
                         0);
        door_close(&at);
    }
}

static void kill_umzug(void *of) {
    struct at_the_door *at = of;
    struct engine_door *door = umzug_door_engine(at->door);
    door->type->kill(door, "nobody");
    assert_int_equal(at->exit_code, -2);
    door->type->kill(door, "umzug");
}

/* The power goes when claims were written and are not yet durable. */
static void kill_at_sync_of_claims(void *of, uint64_t step, const char *what, const char *name) {
    struct at_the_door *at = of;
    (void)step;
    if (strcmp(what, "sync") == 0 && strcmp(name, CLAIMS_FILE) == 0 && ++at->syncs == 2)
        kill_umzug(at);
}

/* The claims in the engine's own file. */
static struct claimed claims_on_disk(const struct at_the_door *at) {
    struct buffer file = {0};
    struct history *history = NULL;
    assert_int_equal(history_create(NULL, &history, NULL), STATUS_OK);
    history_name(history, STR("umzug"));
    for (uint32_t i = 1; i <= population_mailbox_count(at->small.world->population); i++)
        history_mailbox_add(history, &(struct history_mailbox){.number = i, .principals = 1});
    struct claimed claimed = {.history = history};
    assert_int_equal(disk_read(at->small.world->disk, CLAIMS_FILE, &file), STATUS_OK);
    claims_read(history, at->small.world->population, 1, 0, buffer_str(&file));
    assert_int_equal(history_each_claim(history, see_claim, &claimed, NULL), STATUS_OK);
    buffer_release(&file);
    history_close(&history);
    return claimed;
}

/* The claims that reached the history. */
static int claims_heard(const struct at_the_door *at) {
    struct claimed claimed = {.history = at->small.history};
    assert_int_equal(history_each_claim(at->small.history, see_claim, &claimed, NULL), STATUS_OK);
    return claimed.count;
}

/* What a loss of power leaves of a line stays a line of its own: the next run's first claim does
 * not go on behind it. */
static void a_torn_claim_takes_none_with_it(void **state) {
    (void)state;
    int torn = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct at_the_door at;
        struct chance chance = chance_of(seed, "power");
        door_open(&at, "");
        at.words[0] = "check";
        disk_watch(at.small.world->disk, kill_at_sync_of_claims, &at);
        door_type(&at, 8 * HOUR);
        assert_int_equal(at.exit_code, -1);
        disk_crash(at.small.world->disk, "state", DISK_TORN, &chance);
        bool half = disk_ends_in_half_a_line(at.small.world->disk, CLAIMS_FILE);
        struct claimed left = claims_on_disk(&at);
        assert_int_equal(left.not_claims, half);
        int before = claims_heard(&at);
        door_type(&at, 16 * HOUR);
        assert_int_equal(at.exit_code, 0);
        struct claimed claimed = claims_on_disk(&at);
        assert_int_equal(claimed.not_claims, half);
        assert_int_equal(claimed.count - left.count, claims_heard(&at) - before);
        torn += half;
        door_close(&at);
    }
    assert_in_range(torn, 2, 7); /* both happened */
}

static void a_killed_engine_ends_with_minus_1_and_says_no_more(void **state) {
    (void)state;
    struct at_the_door at;
    door_open(&at, "");
    at.words[0] = "check";
    kernel_at(at.small.world->kernel, at.small.world->begins + 20 * MILLISECOND, kill_umzug, &at);
    door_type(&at, 8 * HOUR);
    assert_int_equal(at.exit_code, -1);
    assert_null(strstr(buffer_text(&at.said), "exit"));
    assert_int_equal(
        small_world_count(&at.small, (struct fact_filter){.kind = FACT_PROCESS_STARTED}), 1);
    door_close(&at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_is_taken_apart),
        cmocka_unit_test(a_claim_finds_its_mailbox_by_any_address),
        cmocka_unit_test(endless_and_nested_lines_are_no_claims),
        cmocka_unit_test(the_plan_that_is_written_is_one_that_umzug_reads),
        cmocka_unit_test(a_wrong_list_ends_with_65_and_its_place),
        cmocka_unit_test(a_torn_claim_takes_none_with_it),
        cmocka_unit_test(a_killed_engine_ends_with_minus_1_and_says_no_more),
    };
    return cmocka_run_group_tests(tests, small_day_begin, NULL);
}
