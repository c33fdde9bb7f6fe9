/* The file of evidence: what was sealed must be there, what was never finished goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../evidence_file.h"
#include "doubles.h"

struct sealing { /* a run that seals */
    struct world *world;
    struct engine engine;
    struct evidence_file file;
};

static void sealing_begin(struct sealing *sealing) {
    char path[96];
    struct error error;
    const struct ledger_batch batch = {"test", "17", 1};
    *sealing = (struct sealing){.world = world_new(1)};
    struct engine *engine = &sealing->engine;
    engine->platform = &sealing->world->platform;
    engine->arena = arena_new();
    engine->plan.state = "state";
    engine->phase = PHASE_CLEANUP;
    engine->measures = 1u << MEASURE_AUDIT_CHAIN;
    snprintf(path, sizeof path, "%s/ledger.db", sealing->world->ledger);
    assert_int_equal(ledger_open(engine->platform, path, &batch, &engine->ledger, &error),
                     STATUS_OK);
}

static void sealing_end(struct sealing *sealing) {
    ledger_close(&sealing->engine.ledger);
    arena_close(&sealing->engine.arena);
    world_free(&sealing->world);
}

static enum status sealing_open(struct sealing *sealing) {
    struct error error = {0};
    return evidence_file_open(&sealing->engine, &sealing->file, &error);
}

static void seal_for(struct sealing *sealing, const char *owner) {
    struct error error;
    const struct digest digest = {1, 2};
    assert_int_equal(
        evidence_file_add(
            &sealing->engine, &sealing->file,
            &(struct exposure){
                .mailbox = "a@x", .login = "a", .owner = owner, .messages = 1, .items = &digest},
            &error),
        STATUS_OK);
}

/* Two lines are sealed; then the file is what `change` makes of it. */
static void evidence_is(enum status expected, void (*change)(struct buffer *text),
                        uint64_t lines_left) {
    struct sealing sealing;
    struct buffer text = {0};
    sealing_begin(&sealing);
    assert_int_equal(sealing_open(&sealing), STATUS_OK);
    seal_for(&sealing, "b@x");
    seal_for(&sealing, "c@x");
    buffer_append_text(&text, world_read(sealing.world, "state/evidence.jsonl"));
    change(&text);
    world_write(sealing.world, "state/evidence.jsonl", buffer_text(&text));
    assert_int_equal(sealing_open(&sealing), expected);
    if (expected == STATUS_OK) {
        assert_int_equal(sealing.file.sealed.lines, lines_left);
        seal_for(&sealing, "d@x"); /* it goes on where it was whole */
        assert_int_equal(sealing_open(&sealing), STATUS_OK);
        assert_int_equal(sealing.file.sealed.lines, lines_left + 1);
    }
    buffer_release(&text);
    sealing_end(&sealing);
}

static void left_alone(struct buffer *text) {
    (void)text;
}

static void torn_line_behind(struct buffer *text) {
    buffer_append_text(text, "{\"schema\":1,\"previous\":\"00");
}

static void garbage_behind(struct buffer *text) {
    buffer_append_text(text, "\x01\xff\n\n{}\n");
}

static void first_line_changed(struct buffer *text) {
    *strstr(text->data, "b@x") = 'z';
}

static void last_line_changed(struct buffer *text) {
    *strstr(text->data, "c@x") = 'z';
}

static void last_line_taken_out(struct buffer *text) {
    buffer_truncate(text, (size_t)(strchr(text->data, '\n') - text->data) + 1);
}

static void what_was_never_finished_is_cut_off(void **state) {
    (void)state;
    evidence_is(STATUS_OK, left_alone, 2);
    evidence_is(STATUS_OK, torn_line_behind, 2);
    evidence_is(STATUS_OK, garbage_behind, 2);
}

static void what_was_sealed_cannot_be_changed_or_taken_out(void **state) {
    (void)state;
    evidence_is(STATUS_REFUSED, first_line_changed, 0);
    evidence_is(STATUS_REFUSED, last_line_changed, 0);
    evidence_is(STATUS_REFUSED, last_line_taken_out, 0);
}

/* The first line may be torn too; but what is older than the ledger is not taken for torn. */
static void a_ledger_that_knows_of_no_evidence_follows_the_chain(void **state) {
    (void)state;
    struct sealing sealing;
    sealing_begin(&sealing);
    assert_int_equal(sealing_open(&sealing), STATUS_OK);
    world_write(sealing.world, "state/evidence.jsonl", "{\"previous\":\"\",\"mail");
    assert_int_equal(sealing_open(&sealing), STATUS_OK);
    assert_string_equal(world_read(sealing.world, "state/evidence.jsonl"), "");
    sealing_end(&sealing);
    sealing_begin(&sealing);
    world_write(sealing.world, "state/evidence.jsonl", "{\"previous\":\"\"}\n");
    assert_int_equal(sealing_open(&sealing), STATUS_OK);
    assert_int_equal(sealing.file.sealed.lines, 1);
    sealing_end(&sealing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_never_finished_is_cut_off),
        cmocka_unit_test(what_was_sealed_cannot_be_changed_or_taken_out),
        cmocka_unit_test(a_ledger_that_knows_of_no_evidence_follows_the_chain),
    };
    return cmocka_run_group_tests_name("evidence_file", tests, NULL, NULL);
}
