/*
 * seal: freezes plan and mapping. Two different people have to be named: who did it and who
 * approved it. The cut-off is stored too, so that no phase works it out again.
 */
#include "../seal.h"
#include "phase.h"

enum status phase_seal(struct engine *engine, struct error *error) {
    const struct engine_request *request = engine->request;
    const char *by = request->by != NULL ? request->by : "";
    const char *approved_by = request->approved_by != NULL ? request->approved_by : "";
    if (by[0] == '\0' || (approved_by[0] == '\0' && (engine->measures & 1u << MEASURE_SIGNED_PLAN)))
        return error_set(error, STATUS_REFUSED,
                         "a seal needs two names: `umzug --plan %s seal --by NAME --and NAME`",
                         request->plan);
    if ((engine->measures & 1u << MEASURE_SIGNED_PLAN) != 0 &&
        str_equal_caseless(str_of(by), str_of(approved_by)))
        return error_set(error, STATUS_REFUSED,
                         "%s cannot approve what %s sealed: it takes two different people",
                         approved_by, by);
    struct seal seal = {
        .plan_digest = engine->plan_digest,
        .mapping_digest = engine->mapping_digest,
        .by = by,
        .approved_by = approved_by,
        .version = engine->version,
        .pairs = engine->mapping.count,
        .cut_off = engine->plan.cut_off,
    };
    if (seal.cut_off == INSTANT_NEVER && measure_on(engine, MEASURE_ONE_CUT_OFF))
        seal.cut_off = instant_whole_second(engine->cut_off);
    enum status status = seal_write(engine, &seal, error);
    if (status != STATUS_OK)
        return status;
    struct json *json = claim_begin(engine->claims, CLAIM_SEALED);
    json_key_text(json, "plan_digest", str_of(seal.plan_digest));
    json_key_text(json, "mapping_digest", str_of(seal.mapping_digest));
    json_key_text(json, "by", str_of(by));
    json_key_text(json, "approved_by", str_of(approved_by));
    json_key_integer(json, "pairs", (int64_t)seal.pairs);
    claim_end(engine->claims);
    engine_say(engine, "seal: %zu pairs of batch %s, by %s and %s", engine->mapping.count,
               engine->plan.batch, by, approved_by);
    return STATUS_OK;
}
