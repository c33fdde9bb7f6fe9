/*
 * Measures over the plan: is it the one that was sealed, does the mapping pair one with one, does
 * backfill use the pairs that core proved, is there one cut-off, is it this phase's turn.
 */
#include <stdio.h>
#include <string.h>

#include "../base/names.h"
#include "../seal.h"
#include "measure.h"

/* ---- signed_plan ---- */

static enum status signed_plan_mapping(struct engine *engine, const struct seal *seal,
                                       struct error *error) {
    struct mapping sealed;
    struct error why;
    struct buffer sentence = {0};
    engine->artefact = engine->mapping_path;
    enum status status = seal_mapping(engine, seal, &sealed, &why);
    if (status == STATUS_KILLED)
        return status;
    if (status != STATUS_OK)
        buffer_append_text(&sentence, why.text);
    else if (!mapping_difference(&sealed, &engine->mapping, &sentence))
        buffer_append_text(&sentence, "the rows are the same, but not the bytes");
    error_set(error, STATUS_REFUSED,
              "%s is not the mapping that %s sealed and %s approved: %s; take the sealed one, or "
              "seal this one by two people",
              engine->mapping_path, seal->by, seal->approved_by, buffer_text(&sentence));
    buffer_release(&sentence);
    return STATUS_REFUSED;
}

static enum status signed_plan_plan(struct engine *engine, const struct seal *seal,
                                    struct error *error) {
    struct buffer sentence = {0};
    engine->artefact = engine->request->plan;
    if (!seal_plan_difference(engine, seal, &sentence))
        buffer_append_text(&sentence, "the settings are the same, but not the bytes");
    error_set(error, STATUS_REFUSED,
              "%s was changed after %s sealed and %s approved it: %s; restore it, or seal it anew "
              "by two people",
              engine->request->plan, seal->by, seal->approved_by, buffer_text(&sentence));
    buffer_release(&sentence);
    return STATUS_REFUSED;
}

/* Another version may know an item by something else, and would then move it once more. */
static enum status signed_plan_version(struct engine *engine, const struct seal *seal,
                                       struct error *error) {
    if (strcmp(seal->version, engine->version) == 0)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED,
                     "this is umzug %s, but the batch was sealed with umzug %s: go on with %s, or "
                     "set the batch back and begin a new attempt",
                     engine->version, seal->version, seal->version);
}

enum status signed_plan_before(struct engine *engine, struct error *error) {
    struct seal seal;
    engine->artefact = engine_state_path(engine, "seal");
    enum status status = seal_read(engine, &seal, error);
    if (status == STATUS_NOT_FOUND)
        return error_set(error, STATUS_REFUSED,
                         "nothing is sealed yet: run `umzug seal --by NAME --and NAME` first");
    if (status == STATUS_INVALID) {
        error->status = STATUS_REFUSED;
        return STATUS_REFUSED;
    }
    if (status != STATUS_OK)
        return status;
    if (seal.by[0] == '\0' || seal.approved_by[0] == '\0' ||
        str_equal_caseless(str_of(seal.by), str_of(seal.approved_by)))
        return error_set(error, STATUS_REFUSED,
                         "the seal names \"%s\" and \"%s\": two different people must approve",
                         seal.by, seal.approved_by);
    status = signed_plan_version(engine, &seal, error);
    if (status != STATUS_OK)
        return status;
    if (strcmp(seal.plan_digest, engine->plan_digest) != 0)
        return signed_plan_plan(engine, &seal, error);
    if (strcmp(seal.mapping_digest, engine->mapping_digest) != 0)
        return signed_plan_mapping(engine, &seal, error);
    if (seal.pairs != engine->mapping.count)
        return error_set(error, STATUS_REFUSED, "the seal speaks of %llu pairs, there are %zu",
                         (unsigned long long)seal.pairs, engine->mapping.count);
    return STATUS_OK;
}

/* ---- bijection ---- */

enum status bijection_before(struct engine *engine, struct error *error) {
    struct buffer complaints = {0};
    engine->artefact = engine->mapping_path;
    enum status status = mapping_bijective(&engine->mapping, engine->mapping_path,
                                           engine->plan.mailboxes, &complaints, error);
    struct str rest = buffer_str(&complaints);
    while (rest.length > 0)
        engine->platform->type->alarm(engine->platform, str_cut(&rest, '\n'));
    buffer_release(&complaints);
    if (status == STATUS_INVALID)
        status = error->status = STATUS_REFUSED;
    return status;
}

/* ---- cross_phase ---- */

struct cross_phase_runs { /* what the last core run found */
    char seal[SEAL_HEX_MAX], mapping[SEAL_HEX_MAX], version[32];
    instant began;
};

static void cross_phase_see_run(void *of, const struct ledger_run *run) {
    struct cross_phase_runs *runs = of;
    if (strcmp(run->phase, "core") != 0 || run->cut_off == INSTANT_NEVER)
        return; /* it was refused before it began */
    strncpy(runs->seal, run->seal_digest, sizeof runs->seal - 1);
    strncpy(runs->mapping, run->mapping_digest, sizeof runs->mapping - 1);
    snprintf(runs->version, sizeof runs->version, "%s", run->version);
    runs->began = run->began;
}

struct cross_phase_pairs {
    struct arena *arena;
    struct pair *pairs;
    size_t count, capacity;
};

static void cross_phase_see_pair(void *of, const struct ledger_pair *pair) {
    struct cross_phase_pairs *proved = of;
    if (proved->count == proved->capacity) {
        size_t capacity = proved->capacity > 0 ? proved->capacity * 2 : 256;
        struct pair *pairs = arena_take(proved->arena, capacity, sizeof *pairs);
        if (proved->count > 0)
            memcpy(pairs, proved->pairs, proved->count * sizeof *pairs);
        proved->pairs = pairs;
        proved->capacity = capacity;
    }
    proved->pairs[proved->count++] = (struct pair){
        .source = arena_text(proved->arena, str_of(pair->source)),
        .target = arena_text(proved->arena, str_of(pair->target)),
        .key = arena_text(proved->arena, str_of(pair->key)),
    };
}

/* What core began, complete or killed, goes on under the same seal and the same version. */
static enum status cross_phase_core(struct engine *engine, struct error *error) {
    struct cross_phase_runs runs = {.seal = ""};
    char at[INSTANT_TEXT_MAX];
    enum status status = ledger_runs(engine->ledger, cross_phase_see_run, &runs, error);
    engine->artefact = engine_state_path(engine, "seal");
    if (status != STATUS_OK)
        return status;
    if (runs.seal[0] != '\0' && strcmp(runs.seal, engine->seal_digest) != 0)
        return error_set(
            error, STATUS_REFUSED,
            "the seal is not the one under which core ran at %s: plan or mapping were "
            "sealed anew since (%.12s… then, %.12s… now); bring that seal back, or set "
            "the batch back and begin a new attempt",
            instant_text(runs.began, at), runs.seal, engine->seal_digest);
    if (runs.version[0] != '\0' && strcmp(runs.version, engine->version) != 0)
        return error_set(error, STATUS_REFUSED,
                         "this is umzug %s, but core ran as umzug %s at %s: go on with %s, or set "
                         "the batch back and begin a new attempt",
                         engine->version, runs.version, instant_text(runs.began, at), runs.version);
    return STATUS_OK;
}

/* Mailboxes of the mapping that core never proved stay behind, each by name: a night that leaves
 * them out in silence would end in success. */
static void cross_phase_leave_out(struct engine *engine, const struct mapping *core) {
    struct names *proved = names_new();
    for (size_t i = 0; i < core->count; i++)
        (void)names_number(proved, str_of(core->pairs[i].source));
    for (size_t i = 0; i < engine->mapping.count; i++)
        if (names_find(proved, str_of(engine->mapping.pairs[i].source)) == 0)
            engine_refuse(engine, &engine->mapping.pairs[i], MEASURE_CROSS_PHASE,
                          "core never proved it: backfill leaves it out");
    names_close(&proved);
}

enum status cross_phase_before(struct engine *engine, struct error *error) {
    struct cross_phase_pairs proved = {.arena = engine->arena};
    struct buffer sentence = {0};
    enum status status = ledger_pairs(engine->ledger, "core", cross_phase_see_pair, &proved, error);
    if (status != STATUS_OK)
        return status;
    struct mapping core = {proved.pairs, proved.count};
    engine->artefact = engine->mapping_path;
    if (engine->phase == PHASE_BACKFILL && engine->request->mapping != NULL) {
        bool differs = mapping_difference(&core, &engine->mapping, &sentence);
        error_set(error, STATUS_REFUSED,
                  "backfill takes the pairs that core proved and no list: --mapping %s is "
                  "refused%s%s; run `umzug backfill %s` without it",
                  engine->request->mapping, differs ? "; against core " : "",
                  buffer_text(&sentence), engine->plan.batch);
        buffer_release(&sentence);
        return STATUS_REFUSED;
    }
    status = cross_phase_core(engine, error);
    if (status != STATUS_OK || engine->phase != PHASE_BACKFILL)
        return status;
    engine->artefact = engine->mapping_path;
    if (core.count == 0)
        return error_set(error, STATUS_REFUSED,
                         "the ledger proves no pair of batch %s: core has to run first",
                         engine->plan.batch);
    cross_phase_leave_out(engine, &core);
    engine->mapping = core;
    return STATUS_OK;
}

/* ---- one_cut_off ---- */

struct cut_off_seen {
    instant cut_off; /* INSTANT_NEVER: no run yet */
    char phase[16];
};

static void cut_off_see_run(void *of, const struct ledger_run *run) {
    struct cut_off_seen *seen = of;
    if (seen->cut_off != INSTANT_NEVER || run->cut_off == INSTANT_NEVER)
        return;
    if (strcmp(run->phase, "core") != 0 && strcmp(run->phase, "backfill") != 0)
        return;
    seen->cut_off = run->cut_off;
    snprintf(seen->phase, sizeof seen->phase, "%s", run->phase);
}

enum status one_cut_off_before(struct engine *engine, struct error *error) {
    struct cut_off_seen seen = {.cut_off = INSTANT_NEVER};
    struct seal seal = {.cut_off = INSTANT_NEVER};
    char now[INSTANT_TEXT_MAX], was[INSTANT_TEXT_MAX];
    struct error none;
    if (engine->phase == PHASE_SEAL)
        return STATUS_OK; /* it stores the instant */
    enum status status = seal_read(engine, &seal, &none);
    if (status == STATUS_KILLED)
        return status;
    if (status != STATUS_OK)
        seal.cut_off = INSTANT_NEVER;
    status = ledger_runs(engine->ledger, cut_off_see_run, &seen, error);
    if (status != STATUS_OK)
        return status;
    if (seal.cut_off != INSTANT_NEVER && engine->plan.cut_off != INSTANT_NEVER &&
        seal.cut_off != engine->plan.cut_off) {
        engine->artefact = engine->request->plan;
        return error_set(error, STATUS_REFUSED,
                         "the plan's cut-off is %s, sealed was %s: restore it, or seal it anew",
                         instant_text(engine->plan.cut_off, now), instant_text(seal.cut_off, was));
    }
    instant cut_off = seal.cut_off != INSTANT_NEVER ? seal.cut_off : engine->plan.cut_off;
    if (cut_off == INSTANT_NEVER)
        cut_off = seen.cut_off;
    if (cut_off == INSTANT_NEVER && engine->phase != PHASE_CORE)
        return error_set(error, STATUS_REFUSED,
                         "neither the seal nor the plan nor core says which instant parts core "
                         "from backfill: give cut_off in the plan");
    if (cut_off == INSTANT_NEVER)
        cut_off = engine->cut_off;
    if (seen.cut_off != INSTANT_NEVER && seen.cut_off != cut_off) {
        engine->artefact = engine->request->plan;
        return error_set(error, STATUS_REFUSED,
                         "the cut-off is %s, but %s went by %s: mail in between would be moved "
                         "twice or not at all",
                         instant_text(cut_off, now), seen.phase, instant_text(seen.cut_off, was));
    }
    engine->cut_off = cut_off;
    return STATUS_OK;
}

/* ---- phase_gates ---- */

/* Which phase must be proved for a mailbox; none when the plan names no server for it. */
static const char *phase_gates_needs(const struct engine *engine) {
    bool steers = engine->gateway != NULL && engine->directory != NULL;
    switch (engine->phase) {
    case PHASE_HOLD: /* what cannot be switched later would be held for the whole day */
        return "preflight";
    case PHASE_SWITCH:
        return engine->gateway != NULL ? "hold" : NULL;
    case PHASE_RELEASE:
    case PHASE_CORE:
        return steers ? "switch" : NULL;
    case PHASE_VERIFY:
    case PHASE_BACKFILL:
        return "core";
    case PHASE_CLOSE:
        return "backfill";
    case PHASE_CHECK:
    case PHASE_SEAL:
    case PHASE_PREFLIGHT:
    case PHASE_ROLLBACK:
    case PHASE_CLEANUP:
    case PHASE_STATUS:
    case PHASE_COUNT:
        break;
    }
    return NULL;
}

static void phase_gates_leave_out(struct engine *engine, const struct pair *pair,
                                  const char *needs) {
    char sentence[160];
    snprintf(sentence, sizeof sentence, "the ledger does not prove %s for it: %s leaves it out",
             needs, phase_name(engine->phase));
    engine_refuse(engine, pair, MEASURE_PHASE_GATES, sentence);
}

/* An attempt that was set back, in part or as a whole, is over: what would go on moves people to
 * where their mail no longer is. To look is still allowed. */
static enum status phase_gates_attempt(struct engine *engine, struct error *error) {
    const uint32_t acting =
        PHASES_MOVING | PHASE_BIT(HOLD) | PHASE_BIT(SWITCH) | PHASE_BIT(RELEASE);
    bool set_back = false;
    if ((acting & 1u << engine->phase) == 0)
        return STATUS_OK;
    enum status status = ledger_set_back(engine->ledger, &set_back, error);
    if (status != STATUS_OK || !set_back)
        return status;
    engine->artefact = engine->request->plan;
    return error_set(
        error, STATUS_REFUSED,
        "batch %s was set back in attempt %lld, or is being set back: there is no %s "
        "any more. A rollback that was cut short is typed again; to move the batch "
        "anew, write \"attempt = %lld\" into the plan, seal it and begin with preflight",
        engine->plan.batch, (long long)engine->plan.attempt, phase_name(engine->phase),
        (long long)engine->plan.attempt + 1);
}

enum status phase_gates_before(struct engine *engine, struct error *error) {
    enum status answer = phase_gates_attempt(engine, error);
    if (answer != STATUS_OK)
        return answer;
    const char *needs = phase_gates_needs(engine);
    const struct mapping *mapping = &engine->mapping;
    struct mapping open = {0}, shut = {0};
    engine->artefact = engine->mapping_path;
    if (needs == NULL)
        return STATUS_OK;
    struct pair *pairs = arena_take(engine->arena, mapping->count + 1, sizeof *pairs);
    struct pair *others = arena_take(engine->arena, mapping->count + 1, sizeof *others);
    for (size_t i = 0; i < mapping->count; i++) {
        uint32_t mailbox = 0;
        bool proved = false;
        enum status status = engine_mailbox(engine, &mapping->pairs[i], &mailbox, error);
        if (status == STATUS_OK)
            status = ledger_proved(engine->ledger, needs, mailbox, &proved, error);
        if (status != STATUS_OK)
            return status;
        if (proved)
            pairs[open.count++] = mapping->pairs[i];
        else
            others[shut.count++] = mapping->pairs[i];
    }
    if (open.count == 0)
        return error_set(error, STATUS_REFUSED,
                         "%s has to wait: the ledger proves %s for none of the %zu mailboxes, and "
                         "a phase begins by proof, not by time",
                         phase_name(engine->phase), needs, mapping->count);
    for (size_t i = 0; i < shut.count; i++)
        phase_gates_leave_out(engine, &others[i], needs);
    open.pairs = pairs;
    engine->mapping = open;
    return STATUS_OK;
}
