/*
 * Measures over undoing: who is set back, and on whose order. What is set back follows from the
 * ledger, never from a list: the list may be what was wrong, or name a whole office.
 */
#include <string.h>

#include "../base/names.h"
#include "measure.h"

/* ---- two_persons ---- */

enum status two_persons_before(struct engine *engine, struct error *error) {
    const struct engine_request *request = engine->request;
    const char *by = request->by != NULL ? request->by : "";
    const char *other = request->approved_by != NULL ? request->approved_by : "";
    engine->artefact = request->plan;
    if (by[0] != '\0' && other[0] != '\0' && !str_equal_caseless(str_of(by), str_of(other)))
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED,
                     "%s undoes what others rely on and takes two different people: `umzug --plan "
                     "%s --by NAME --and NAME %s`",
                     phase_name(engine->phase), request->plan, phase_name(engine->phase));
}

/* ---- rollback_set ---- */

struct rollback_set {
    struct arena *arena;
    struct names *seen; /* owns */
    struct pair *pairs;
    size_t count, capacity;
};

static void rollback_set_see(void *of, const struct ledger_pair *pair) {
    struct rollback_set *set = of;
    if (names_find(set->seen, str_of(pair->source)) != 0)
        return;
    (void)names_number(set->seen, str_of(pair->source));
    if (set->count == set->capacity) {
        size_t capacity = set->capacity > 0 ? set->capacity * 2 : 256;
        struct pair *pairs = arena_take(set->arena, capacity, sizeof *pairs);
        if (set->count > 0)
            memcpy(pairs, set->pairs, set->count * sizeof *pairs);
        set->pairs = pairs;
        set->capacity = capacity;
    }
    set->pairs[set->count++] = (struct pair){
        .source = arena_text(set->arena, str_of(pair->source)),
        .target = arena_text(set->arena, str_of(pair->target)),
        .key = arena_text(set->arena, str_of(pair->key)),
    };
}

/* Those whose mail was held, whose home was changed or whose core was copied, each once. The night
 * run is not asked: its pairs may be the wrong ones. */
static enum status rollback_set_read(struct engine *engine, struct rollback_set *set,
                                     struct error *error) {
    static const char *const phases[] = {"switch", "hold", "core"};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0] && status == STATUS_OK; i++)
        status = ledger_pairs(engine->ledger, phases[i], rollback_set_see, set, error);
    return status;
}

enum status rollback_set_before(struct engine *engine, struct error *error) {
    struct rollback_set set = {.arena = engine->arena, .seen = names_new()};
    const char *stranger = NULL;
    size_t strangers = 0;
    engine->artefact = engine->mapping_path;
    enum status status = rollback_set_read(engine, &set, error);
    for (size_t i = 0; i < engine->mapping.count && status == STATUS_OK; i++) {
        const char *source = engine->mapping.pairs[i].source;
        if (names_find(set.seen, str_of(source)) != 0)
            continue;
        strangers++;
        stranger = stranger != NULL ? stranger : source;
    }
    names_close(&set.seen);
    if (status != STATUS_OK)
        return status;
    if (engine->request->mapping != NULL && strangers > 0)
        return error_set(error, STATUS_REFUSED,
                         "%s names %zu mailboxes that this batch never touched, the first is %s; "
                         "nothing is set back: run `umzug rollback %s` without a list",
                         engine->mapping_path, strangers, stranger, engine->plan.batch);
    if (set.count == 0)
        return error_set(error, STATUS_REFUSED,
                         "the ledger knows nothing of batch %s that could be set back",
                         engine->plan.batch);
    engine->mapping = (struct mapping){set.pairs, set.count};
    return STATUS_OK;
}
