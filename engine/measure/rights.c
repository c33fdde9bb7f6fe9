/*
 * Measures over what the engine is able to do at all. no_delete_path: nothing but a clean-up can
 * remove mail at the target, and nothing but a rollback can put mail into the source: in all other
 * phases the doors to the servers have no such function, whatever the plan, the command line or a
 * mistake in the mover wants of them.
 */
#include "measure.h"

static enum status rights_no_remove(struct target_session *session, const char *folder,
                                    uint32_t uid_validity, const uint32_t *uids, size_t count,
                                    struct error *error) {
    (void)session;
    (void)uid_validity;
    (void)uids;
    return error_set(error, STATUS_REFUSED,
                     "%zu messages in %s were to be removed at the target: only a clean-up can",
                     count, folder);
}

static enum status rights_no_put(struct source_session *session, const char *folder_id,
                                 const struct source_message *message, struct error *error) {
    (void)session;
    (void)folder_id;
    (void)message;
    return error_set(error, STATUS_REFUSED,
                     "a message was to be put into the source: only a rollback can");
}

void rights_narrow(struct engine *engine) {
    if (!measure_on(engine, MEASURE_NO_DELETE_PATH))
        return;
    engine->source_rights = *engine->source->type;
    engine->target_rights = *engine->target->type;
    if (engine->phase != PHASE_ROLLBACK)
        engine->source_rights.put = rights_no_put;
    if (engine->phase != PHASE_CLEANUP)
        engine->target_rights.remove = rights_no_remove;
    engine->source->type = &engine->source_rights;
    engine->target->type = &engine->target_rights;
}

enum status no_delete_path_before(struct engine *engine, struct error *error) {
    if (!engine->removes_surplus)
        return STATUS_OK;
    engine->artefact = "--surplus";
    return error_set(error, STATUS_REFUSED,
                     "\"--surplus remove\" would delete at the target what the source does not "
                     "have: the mail since the switch, and what people have sorted; run `umzug %s` "
                     "without it",
                     phase_name(engine->phase));
}
