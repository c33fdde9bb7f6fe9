/* See waves.h. */
#include "waves.h"

#include <string.h>

#include "measure/evidence.h"
#include "mover.h"

struct waves {
    struct engine *engine;
    struct source_range range;
    const struct pair *pairs; /* the present wave */
    bool *moved;              /* of each pair of it; each worker sets only its own */
    uint64_t *named;          /* the same: messages that could not be moved, and were told */
};

static void waves_work(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct waves *waves = of;
    struct error error = {0};
    uint32_t mailbox = 0;
    /* What cannot be moved is named anew by this run. */
    enum status status = engine_mailbox(engine, pair, &mailbox, &error);
    if (status == STATUS_OK)
        status = ledger_unname(engine->ledger, mailbox, phase_name(engine->phase), &error);
    if (engine_heed(engine, status) != STATUS_OK) {
        error.status = status;
        engine_fail(engine, pair, &error);
        return;
    }
    status = mover_move(engine, pair, waves->range, &waves->named[index]);
    waves->moved[index] = status == STATUS_OK || status == STATUS_UNMOVABLE;
}

/* The domain of an address is the office as far as anybody can tell from a mapping. */
static const char *waves_office(const struct pair *pair) {
    const char *at = strchr(pair->source, '@');
    return at != NULL ? at : "";
}

static bool waves_has_office(const struct pair *pairs, size_t count, const struct pair *pair) {
    for (size_t i = 0; i < count; i++)
        if (str_equal_caseless(str_of(waves_office(&pairs[i])), str_of(waves_office(pair))))
            return true;
    return false;
}

/*
 * Puts the canaries first: one of each office, then rows at equal distances over the whole list, so
 * that a column that slipped from some row on is met wherever that row is. The rest keeps its
 * order.
 */
static size_t waves_choose(struct engine *engine, struct pair *ordered) {
    const struct mapping *mapping = &engine->mapping;
    size_t wanted = (size_t)engine->plan.canary;
    size_t chosen = 0;
    wanted = wanted < mapping->count ? wanted : mapping->count;
    bool *is_canary = arena_take(engine->arena, mapping->count, sizeof *is_canary);
    for (size_t i = 0; i < mapping->count && chosen < wanted; i++) {
        if (waves_has_office(ordered, chosen, &mapping->pairs[i]))
            continue;
        is_canary[i] = true;
        ordered[chosen++] = mapping->pairs[i];
    }
    size_t left = wanted - chosen;
    for (size_t i = 0; i < left; i++) {
        size_t row = (i + 1) * mapping->count / (left + 1);
        while (is_canary[row % mapping->count])
            row++;
        is_canary[row % mapping->count] = true;
        ordered[chosen++] = mapping->pairs[row % mapping->count];
    }
    size_t place = chosen;
    for (size_t i = 0; i < mapping->count; i++)
        if (!is_canary[i])
            ordered[place++] = mapping->pairs[i];
    return chosen;
}

static enum status waves_wave(struct waves *waves, const struct pair *pairs, size_t count) {
    struct engine *engine = waves->engine;
    waves->pairs = pairs;
    waves->moved = arena_take(engine->arena, count, sizeof *waves->moved);
    waves->named = arena_take(engine->arena, count, sizeof *waves->named);
    return workers_each(engine, &(struct workers_job){pairs, count, waves_work, waves});
}

/* An independent look at those of the wave that the mover went through. A message that it named is
 * no reason to stop a batch, and none to look away either: as many may be missing, and no more. */
static enum status waves_check(struct waves *waves, size_t count, enum measure measure) {
    struct engine *engine = waves->engine;
    struct pair *moved = arena_take(engine->arena, count, sizeof *moved);
    uint64_t *named = arena_take(engine->arena, count, sizeof *named);
    struct evidence_wave wave = {.pairs = moved,
                                 .named = named,
                                 .range = waves->range,
                                 .measure = measure,
                                 .whole = measure == MEASURE_CANARY_WAVE};
    for (size_t i = 0; i < count; i++)
        if (waves->moved[i]) {
            named[wave.count] = waves->named[i];
            moved[wave.count++] = waves->pairs[i];
        }
    engine_say(engine, "%s: an independent look at %zu mailboxes", measure_row(measure)->name,
               wave.count);
    return evidence_check_wave(engine, &wave);
}

enum status waves_move(struct engine *engine, struct source_range range) {
    const struct mapping *mapping = &engine->mapping;
    struct waves waves = {.engine = engine, .range = range};
    struct pair *ordered = arena_take(engine->arena, mapping->count + 1, sizeof *ordered);
    bool capped = measure_on(engine, MEASURE_BLAST_CAP);
    size_t at = 0;
    enum status status = STATUS_OK;
    memcpy(ordered, mapping->pairs, mapping->count * sizeof *ordered);
    if (measure_on(engine, MEASURE_CANARY_WAVE)) {
        at = waves_choose(engine, ordered);
        status = waves_wave(&waves, ordered, at);
        if (status == STATUS_OK)
            status = waves_check(&waves, at, MEASURE_CANARY_WAVE);
    }
    while (at < mapping->count && status == STATUS_OK) {
        size_t count = mapping->count - at;
        if (capped && count > (size_t)engine->plan.cap)
            count = (size_t)engine->plan.cap;
        status = waves_wave(&waves, &ordered[at], count);
        if (status == STATUS_OK && capped)
            status = waves_check(&waves, count, MEASURE_BLAST_CAP);
        at += count;
    }
    return status;
}
