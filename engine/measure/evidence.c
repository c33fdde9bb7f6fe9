/*
 * Measures that want evidence: messages are read back through a session that the mover never had,
 * and found by the digest of their bytes. A count proves nothing, and neither does the mover's
 * word.
 */
#include "evidence.h"

#include <stdio.h>
#include <string.h>

#include "../sessions.h"
#include "measure.h"

enum { EVIDENCE_SAMPLE = 4 };

/* ---- read_back ---- */

struct read_back {
    const struct sample *sample;
    bool found, same, dated, flagged;
};

static enum status read_back_see(void *of, const struct target_seen *seen) {
    struct read_back *back = of;
    const struct sample *sample = back->sample;
    if (seen->uid != sample->uid)
        return STATUS_OK;
    back->found = true;
    back->same = digest_equal(seen->digest, sample->digest);
    back->dated = seen->received == sample->received;
    back->flagged = (seen->flags & sample->flags) == sample->flags;
    return STATUS_OK;
}

/* One message that somebody moved or marked meanwhile is no alarm; other bytes always are. */
static enum status read_back_judge(const struct read_back *backs, uint32_t count,
                                   struct error *error) {
    uint32_t gone = 0, changed = 0, misdated = 0, unflagged = 0;
    for (uint32_t i = 0; i < count; i++) {
        gone += !backs[i].found;
        changed += backs[i].found && !backs[i].same;
        misdated += backs[i].found && !backs[i].dated;
        unflagged += backs[i].found && !backs[i].flagged;
    }
    const char *what = changed > 0                 ? "have other bytes"
                       : misdated > 0              ? "have lost their date"
                       : gone > 1 || gone == count ? "are not there"
                       : unflagged > 1             ? "have lost their flags"
                                                   : NULL;
    if (what == NULL)
        return STATUS_OK;
    return error_set(error, STATUS_REFUSED,
                     "of %u messages read back through a fresh session some %s: %u changed, %u "
                     "misdated, %u gone, %u without their flags",
                     count, what, changed, misdated, gone, unflagged);
}

enum status read_back_after(struct engine *engine, const struct sessions *sessions,
                            struct error *error) {
    const struct target_type *type = engine->target->type;
    struct target_session *session = NULL;
    struct read_back backs[SAMPLES_MAX];
    uint32_t count = sessions->sample_count;
    if (count == 0)
        return STATUS_OK;
    enum status status = type->open(engine->target, sessions->pair->target, &session, error);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        backs[i] = (struct read_back){.sample = &sessions->samples[i]};
        status = type->survey(session, backs[i].sample->folder, backs[i].sample->uid,
                              backs[i].sample->uid, true, read_back_see, &backs[i], error);
    }
    if (session != NULL)
        type->close(&session);
    return status == STATUS_OK ? read_back_judge(backs, count, error) : status;
}

/* ---- Independent checks: canary_wave, blast_cap, reconcile ---- */

/* Where the mailbox belongs by the directory, which no mapping file ever passed through. */
static enum status evidence_login(struct engine *engine, const struct pair *pair,
                                  struct directory_entry *entry_r, struct error *error) {
    *entry_r = (struct directory_entry){.login = ""};
    enum status status = STATUS_OK;
    if (engine->directory != NULL)
        status = engine->directory->type->find(engine->directory, pair->source, entry_r, error);
    if (status == STATUS_OK && entry_r->login[0] == '\0')
        strncat(entry_r->login, pair->target, sizeof entry_r->login - 1);
    return status;
}

/* The directory knows the key of the mailbox that should be there; the server is asked for the one
 * that is. A server that does not say is no witness either way. */
static enum status evidence_key(struct engine *engine, struct target_session *session,
                                const struct directory_entry *entry, struct error *error) {
    char key[DIRECTORY_TEXT_MAX] = "";
    if (entry->key[0] == '\0')
        return STATUS_OK;
    enum status status = engine->target->type->who(session, key, sizeof key, error);
    if (status == STATUS_NOT_FOUND || key[0] == '\0')
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    if (status != STATUS_OK || str_equal_caseless(str_of(key), str_of(entry->key)))
        return status;
    return error_set(error, STATUS_REFUSED,
                     "login %s opens the mailbox %s, the directory says that it is %s",
                     entry->login, key, entry->key);
}

static enum status evidence_once(struct engine *engine, const struct evidence_request *request,
                                 struct comparison *comparison_r, struct error *error) {
    const struct pair *pair = request->pair;
    struct directory_entry entry;
    struct compare_request compare = {.range = request->range,
                                      .settled = INSTANT_NEVER,
                                      .sample = request->sample,
                                      .surplus = request->sample == 0,
                                      .absent = request->absent,
                                      .of = request->of};
    enum status status = evidence_login(engine, pair, &entry, error);
    if (status == STATUS_OK)
        status = engine->source->type->open(engine->source, pair->source, &compare.source, error);
    if (status == STATUS_OK)
        status = engine->target->type->open(engine->target, entry.login, &compare.target, error);
    if (status == STATUS_OK)
        status = evidence_key(engine, compare.target, &entry, error);
    if (status == STATUS_OK)
        status = compare_mailbox(engine, &compare, comparison_r, error);
    if (compare.source != NULL)
        engine->source->type->close(&compare.source);
    if (compare.target != NULL)
        engine->target->type->close(&compare.target);
    return engine_heed(engine, status);
}

enum status evidence_compare(struct engine *engine, const struct evidence_request *request,
                             struct comparison *comparison_r, struct error *error) {
    struct platform *platform = engine->platform;
    instant began = platform->type->monotonic(platform);
    for (int64_t pause = SECOND;; pause = pause < MINUTE ? pause * 2 : MINUTE) {
        enum status status = evidence_once(engine, request, comparison_r, error);
        if (!status_passes(status) ||
            platform->type->monotonic(platform) - began >= engine->plan.patience)
            return status;
        status = engine_heed(engine, platform->type->sleep(platform, pause));
        if (status == STATUS_OK)
            status = engine_may_go_on(engine);
        if (status != STATUS_OK)
            return status;
    }
}

bool evidence_right(const struct comparison *comparison, uint64_t named, struct error *error) {
    char of_them[64] = "";
    if (comparison->missing <= named && comparison->altered == 0)
        return true;
    if (named > 0)
        snprintf(of_them, sizeof of_them, " (%llu of them were named as not moved)",
                 (unsigned long long)named);
    error_set(error, STATUS_REFUSED,
              "an independent look found only %llu of %llu messages at the target that the "
              "directory names: %llu missing%s, %llu altered",
              (unsigned long long)comparison->found, (unsigned long long)comparison->looked_for,
              (unsigned long long)comparison->missing, of_them,
              (unsigned long long)comparison->altered);
    return false;
}

static void evidence_look(struct engine *engine, const struct pair *pair, size_t index, void *of) {
    struct evidence_wave *wave = of;
    struct evidence_request request = {
        .pair = pair, .range = wave->range, .sample = wave->whole ? 0 : EVIDENCE_SAMPLE};
    struct comparison comparison = {0};
    struct error error = {0};
    enum status status = evidence_compare(engine, &request, &comparison, &error);
    if (status == STATUS_OK && !evidence_right(&comparison, wave->named[index], &error))
        status = STATUS_REFUSED;
    if (status == STATUS_REFUSED) {
        engine_refuse(engine, pair, wave->measure, error.text);
        engine_stop(engine, wave->measure,
                    "an independent look contradicts the mover: nothing more is written");
    } else if (status != STATUS_OK && status != STATUS_STOPPED && status != STATUS_KILLED) {
        error.status = status;
        engine_fail(engine, pair, &error);
    }
}

enum status evidence_check_wave(struct engine *engine, const struct evidence_wave *wave) {
    struct evidence_wave copy = *wave;
    return workers_each(engine,
                        &(struct workers_job){wave->pairs, wave->count, evidence_look, &copy});
}
