#include "small_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tests/people.h"

static void small_world_open_gateway(struct small_world *world) {
    struct gateway_party_options options = {
        .host = "gateway.test",
        .clock = &world->clock,
        .contents = world->contents,
        .history = world->history,
        .population = world->population,
        .file = {.path = world->path},
        .retry_first = GATEWAY_RETRY_FIRST,
        .retry_last = GATEWAY_RETRY_LAST,
        .age_max = GATEWAY_AGE_MAX,
    };
    assert_int_equal(gateway_party_open(&options, &world->gateway, NULL), STATUS_OK);
    assert_int_equal(gateway_party_begin(world->gateway, 9, NULL, NULL, NULL), STATUS_OK);
    assert_int_equal(gateway_party_look(world->gateway, NULL), STATUS_OK);
}

void small_world_open(struct small_world *world) {
    *world = (struct small_world){.clock = {PEOPLE_NOW}};
    strcpy(world->path, "/tmp/gateway-test-XXXXXX");
    int file = mkstemp(world->path);
    assert_true(file >= 0);
    close(file);
    world->population = people_new(SMALL_WORLD_MAILBOXES, 4);
    world->history = people_history("process 1", SMALL_WORLD_MAILBOXES);
    for (int number = 2; number <= 10; number++) {
        char name[24];
        snprintf(name, sizeof name, "process %d", number);
        assert_int_equal(history_name(world->history, str_of(name)), number);
    }
    world->contents = contents_new(world->population, world->history);
    small_world_open_gateway(world);
    assert_int_equal(sqlite3_open(world->path, &world->engine), SQLITE_OK);
}

void small_world_close(struct small_world *world) {
    sqlite3_close(world->engine);
    gateway_party_close(&world->gateway);
    contents_close(&world->contents);
    history_close(&world->history);
    population_close(&world->population);
    unlink(world->path);
}

const char *small_world_address(const struct small_world *world, uint32_t mailbox) {
    return population_mailbox(world->population, mailbox)->address;
}

void small_world_steer(struct small_world *world, const char *sql, const char *address) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(world->engine, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_text(statement, 1, address, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
}

int64_t small_world_ask(struct small_world *world, const char *sql) {
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(world->engine, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

unsigned small_world_send(struct small_world *world, const char *sender, const char *recipient,
                          const char *text) {
    struct session *session = gateway_party_session(world->gateway, 7);
    struct buffer said = {0}, out = {0};
    buffer_printf(&said,
                  "EHLO test\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n%s\r\n.\r\nQUIT\r\n",
                  sender, recipient, text);
    session->type->feed(session, said.data, said.length, &out);
    session->type->close(session);
    unsigned code = 0;
    const char *line = buffer_text(&out);
    for (const char *next; (next = strstr(line, "\r\n")) != NULL; line = next + 2)
        if (strncmp(line, "221", 3) != 0 && strncmp(line, "354", 3) != 0)
            code = (unsigned)atoi(line);
    if (strstr(buffer_text(&out), "550 ") != NULL)
        code = 550;
    buffer_release(&said);
    buffer_release(&out);
    return code;
}

struct small_world_count {
    enum fact_kind kind;
    uint64_t count;
    struct fact *last;
};

static bool small_world_see(void *of, const struct fact *fact) {
    struct small_world_count *count = of;
    if (fact->kind == count->kind) {
        count->count++;
        if (count->last != NULL)
            *count->last = *fact;
    }
    return true;
}

uint64_t small_world_facts(struct small_world *world, enum fact_kind kind, struct fact *last_r) {
    struct small_world_count count = {kind, 0, last_r};
    assert_int_equal(history_each_fact(world->history, small_world_see, &count, NULL), STATUS_OK);
    return count.count;
}
