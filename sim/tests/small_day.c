/* See small_day.h. */
#include "small_day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../engine/adapter/adapters.h"
#include "../kernel/seam.h"

int small_day_begin(void **state) {
    struct error error = {0};
    (void)state;
    setenv("TZ", "UTC", 1);
    adapters_begin();
    if (seam_prove(&error) == STATUS_OK)
        return 0;
    fprintf(stderr, "%s\n", error.text);
    return 1;
}

const struct scenario *small_day_file(struct arena *arena, const char *path) {
    const struct scenario *scenario;
    struct error error = {0};
    if (scenario_read(arena, path, &scenario, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return scenario;
}

const struct scenario *small_day_of(struct arena *arena, const char *text) {
    char path[] = "/tmp/small-day-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    const struct scenario *scenario;
    struct error error = {0};
    enum status status = scenario_read(arena, path, &scenario, &error);
    unlink(path);
    if (status != STATUS_OK)
        fail_msg("%s", error.text);
    return scenario;
}

static void keep_line(void *of, instant now, bool alarm, struct str line) {
    struct played *played = of;
    (void)now;
    buffer_printf(&played->terminal, "%s%.*s\n", alarm ? "! " : "", STR_ARG(line));
}

void small_day_play(struct played *played, const struct scenario *scenario, uint64_t seed,
                    const char *history_path) {
    struct error error = {0};
    *played = (struct played){0};
    const struct rehearsal_options options = {
        .scenario = scenario,
        .seed = seed,
        .history_path = history_path,
        .line = keep_line,
        .of = played,
    };
    if (rehearsal_play(&options, &played->result, &error) != STATUS_OK ||
        judge(played->result.history, &(struct judge_options){0}, &played->judgement, &error) !=
            STATUS_OK)
        fail_msg("%s", error.text);
    if (played->result.endless)
        fail_msg("endless: %s", played->result.endless_where);
}

void small_day_close(struct played *played) {
    judgement_close(&played->judgement);
    history_close(&played->result.history);
    buffer_release(&played->terminal);
}

int64_t small_day_number(const struct played *played, enum number number) {
    return played->judgement->trial.numbers[number];
}

const char *small_day_digest(const struct played *played) {
    static char texts[2][DIGEST_HEX_MAX];
    static int which;
    which = !which;
    return digest_hex(history_digest(played->result.history), texts[which]);
}

enum verdict small_day_verdict(const struct played *played) {
    const struct judgement *judgement = played->judgement;
    return judgement->fault_count > 0 ? judgement->faults[0].verdict : judgement->verdict;
}
