/* One batch of messages from fetch to durable result. See mover.h. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "mover_inside.h"

/* ---- Fetching ---- */

static enum status mover_see_bytes(void *of, size_t index, enum status status, struct str bytes,
                                   const char *sentence) {
    struct mover *mover = of;
    if (mover->fetched + index >= mover->message_count)
        return mover_ahead_see(mover, mover->fetched + index - mover->message_count, status, bytes);
    struct mover_message *message = &mover->messages[mover->fetched + index];
    if (status != STATUS_OK) {
        struct error error;
        if (status_passes(status) || status == STATUS_KILLED)
            return status;
        error_set(&error, status, "%s", sentence != NULL ? sentence : status_sentence(status));
        if (status != STATUS_NOT_FOUND) /* deleted since it was listed: nothing is amiss */
            mover_trouble(mover, message->item->id, &error);
        message->seen = message->done = true;
        return STATUS_OK;
    }
    if (mover->bytes.length + bytes.length > MOVER_BYTES_MAX)
        return STATUS_LIMIT;
    message->at = mover->bytes.length;
    message->length = bytes.length;
    message->digest = digest_of(bytes.data, bytes.length);
    message->seen = true;
    buffer_append_str(&mover->bytes, bytes);
    return STATUS_OK;
}

/* Asks for all that was not seen yet. A connection that breaks now and then must not cost what came
 * before: else a batch longer than the time between two breaks would never be had. */
static enum status mover_fetch_rest(struct mover *mover, struct error *error) {
    const char *ids[SOURCE_FETCH_MAX];
    size_t from = mover->fetched;
    for (size_t i = from; i < mover->message_count; i++)
        ids[i - from] = mover->messages[i].item->id;
    size_t count = mover_ahead_wish(mover, ids, mover->message_count - from);
    enum status status = mover->engine->source->type->fetch(mover->sessions.source, ids, count,
                                                            mover_see_bytes, mover, error);
    while (mover->fetched < mover->message_count && mover->messages[mover->fetched].seen)
        mover->fetched++;
    if (mover->fetched > from)
        sessions_progress(&mover->sessions);
    if (status == STATUS_OK && mover->fetched < mover->message_count)
        status = error_set(error, STATUS_PROTOCOL, "the source left out a message");
    return status;
}

static enum status mover_fetch(struct mover *mover, struct error *error) {
    buffer_clear(&mover->bytes);
    mover->fetched = 0;
    while (mover->fetched < mover->message_count &&
           mover_ahead_take(mover, &mover->messages[mover->fetched]))
        mover->fetched++;
    while (mover->fetched < mover->message_count) {
        enum status status = mover_fetch_rest(mover, error);
        if (status == STATUS_LIMIT)
            return error_set(error, STATUS_LIMIT, "messages larger than %zu bytes",
                             MOVER_BYTES_MAX);
        if (status != STATUS_OK)
            status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ---- Becoming durable ---- */

enum status mover_store(struct mover *mover, struct mover_message *const *intents, size_t count,
                        struct error *error) {
    struct ledger_item rows[MOVER_RESULTS_MAX];
    size_t row_count = mover->result_count;
    check_compare(row_count + count, <=, MOVER_RESULTS_MAX);
    memcpy(rows, mover->results, mover->result_count * sizeof rows[0]);
    for (size_t i = 0; i < count; i++)
        rows[row_count++] = intents[i]->row;
    const struct ledger_write write = {
        .mailbox = mover->sessions.mailbox,
        .lease = mover_fence(mover),
        .items = rows,
        .count = row_count,
    };
    enum status status = mover_renew_lease(mover, error);
    if (status == STATUS_OK)
        status = ledger_store(mover->engine->ledger, &write, error);
    if (engine_heed(mover->engine, status) != STATUS_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        intents[i]->row = rows[mover->result_count + i];
    mover->result_count = 0;
    return STATUS_OK;
}

/* A result waits for the next commit, when anybody will ask for it. */
static void mover_result(struct mover *mover, const struct mover_message *message) {
    const struct engine *engine = mover->engine;
    if (!measure_on(engine, MEASURE_WRITE_AHEAD) && !measure_on(engine, MEASURE_IDEMPOTENCY_KEY))
        return;
    check_compare(mover->result_count, <, MOVER_RESULTS_MAX);
    mover->results[mover->result_count++] = message->row;
}

/* ---- Before the write ---- */

/* UIDNEXT before the first write of a batch bounds where to look for it later. Once appends were
 * answered with their UIDs it is known without asking. */
static enum status mover_state(struct mover *mover, struct error *error) {
    struct target_folder_state state;
    if (mover->uid_next != 0)
        return STATUS_OK;
    for (;;) {
        enum status status = mover->engine->target->type->state(
            mover->sessions.target, buffer_text(&mover->folder), &state, error);
        if (status == STATUS_OK)
            break;
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
    mover->uid_validity = state.uid_validity;
    mover->uid_next = state.uid_next > 0 ? state.uid_next : 1;
    if (mover->looked || !measure_on(mover->engine, MEASURE_IDEMPOTENCY_KEY))
        return STATUS_OK;
    return mover_look_before(mover, state.messages, error);
}

static void mover_found(struct mover *mover, struct mover_message *message, uint32_t uid) {
    message->row.state = LEDGER_WRITTEN;
    message->row.uid = uid;
    message->row.uid_validity = mover->uid_validity;
    message->done = true;
    mover_result(mover, message);
}

/* Makes durable what the last batch came to, what of this one lies there already, and the intents
 * of the rest, if anybody minds. From here on no result waits but this batch's own. */
static enum status mover_intend(struct mover *mover, struct error *error) {
    struct mover_message *intents[TARGET_BATCH_MAX];
    size_t count = 0;
    enum status status = mover_state(mover, error);
    for (size_t i = 0; i < mover->message_count && status == STATUS_OK; i++) {
        struct mover_message *message = &mover->messages[i];
        if (message->done)
            continue;
        message->row.folder = mover->folder_hash;
        message->row.item = message->item->hash;
        message->row.digest = message->digest;
        message->row.size = message->length;
        message->row.run = mover->engine->run.number;
        message->row.uid_validity = mover->uid_validity;
        message->row.uid = mover->uid_next;
        struct mover_seen *seen =
            mover->looked ? mover_find_seen(&mover->before, message->digest) : NULL;
        if (seen != NULL) {
            mover_found(mover, message, seen->uid);
            mover->folder_counts.skipped++;
            continue;
        }
        message->row.state = LEDGER_INTENDED;
        intents[count++] = message;
    }
    if (!measure_on(mover->engine, MEASURE_WRITE_AHEAD))
        count = 0;
    if (status != STATUS_OK || count + mover->result_count == 0)
        return status;
    return mover_store(mover, intents, count, error);
}

/* ---- The write ---- */

/* Every message at first, then every second, fourth … is kept to be read back: spread over the
 * mailbox, bounded, and always the same ones. */
static void mover_keep_sample(struct mover *mover, const struct mover_message *message) {
    struct sessions *sessions = &mover->sessions;
    if (sessions->sample_stride == 0)
        sessions->sample_stride = 1;
    if (sessions->written++ % sessions->sample_stride != 0 || message->row.uid == 0 ||
        mover->folder.length >= sizeof sessions->samples[0].folder)
        return;
    if (sessions->sample_count == SAMPLES_MAX) {
        for (uint32_t i = 0; i < SAMPLES_MAX / 2; i++)
            sessions->samples[i] = sessions->samples[2 * i];
        sessions->sample_count = SAMPLES_MAX / 2;
        sessions->sample_stride *= 2;
    }
    struct sample *sample = &sessions->samples[sessions->sample_count++];
    *sample = (struct sample){.uid = message->row.uid,
                              .flags = message->item->flags,
                              .received = message->item->received,
                              .digest = message->digest};
    memcpy(sample->folder, buffer_text(&mover->folder), mover->folder.length + 1);
}

static void mover_written(struct mover *mover, struct mover_message *message,
                          const struct target_result *result) {
    if (result->uid != 0) {
        mover->uid_validity = result->uid_validity;
        mover->uid_next = result->uid + 1;
    } else {
        mover->uid_next = 0;
    }
    mover_found(mover, message, result->uid);
    mover->folder_counts.messages++;
    mover->folder_counts.bytes += message->length;
    mover_keep_sample(mover, message);
}

void mover_settled(struct mover *mover, struct mover_message *message, uint32_t uid) {
    const struct target_result result = {STATUS_OK, mover->uid_validity, uid};
    mover_written(mover, message, &result);
}

static void mover_refused(struct mover *mover, struct mover_message *message,
                          const struct target_result *result) {
    struct error error;
    char received[INSTANT_TEXT_MAX];
    bool has_nul = memchr(mover->bytes.data + message->at, '\0', message->length) != NULL;
    error_set(&error, result->status,
              "the target did not take the message of %s (%zu bytes) into %s: %s%s",
              instant_text(message->item->received, received), message->length, mover->place->path,
              status_sentence(result->status),
              has_nul ? "; it holds a NUL byte, which IMAP cannot carry" : "");
    mover_trouble(mover, message->item->id, &error);
    message->row.state = LEDGER_REFUSED;
    message->row.uid = 0;
    message->done = true;
    mover_result(mover, message);
}

/* Takes the results in. `doubt_r` says whether one of them is in doubt. */
static void mover_take_results(struct mover *mover, struct mover_message *const *sent,
                               const struct target_result *results, size_t count, bool *doubt_r) {
    *doubt_r = false;
    for (size_t i = 0; i < count; i++) {
        enum status status = results[i].status;
        if (status == STATUS_OK)
            mover_written(mover, sent[i], &results[i]);
        else if (status == STATUS_AMBIGUOUS)
            *doubt_r = true;
        else if (!status_passes(status) && status != STATUS_STOPPED && status != STATUS_KILLED)
            mover_refused(mover, sent[i], &results[i]);
    }
}

/* Sends what is not done yet; one round. */
static enum status mover_append(struct mover *mover, bool *doubt_r, struct error *error) {
    struct target_message out[TARGET_BATCH_MAX];
    struct target_result results[TARGET_BATCH_MAX] = {0};
    struct mover_message *sent[TARGET_BATCH_MAX];
    size_t count = 0;
    *doubt_r = false;
    for (size_t i = 0; i < mover->message_count; i++) {
        struct mover_message *message = &mover->messages[i];
        if (message->done)
            continue;
        out[count] = (struct target_message){
            .bytes = str_bytes(mover->bytes.data + message->at, message->length),
            .received = message->item->received,
            .flags = message->item->flags,
            .keywords = message->item->keywords,
        };
        sent[count++] = message;
    }
    if (count == 0)
        return STATUS_OK;
    const struct target_type *type = mover->engine->target->type;
    enum status status = mover_ask_fence(mover, error);
    if (status != STATUS_OK)
        return status;
    mover->fence_error = (struct error){0};
    type->guard(mover->sessions.target, mover_may_write, mover);
    status = type->append(mover->sessions.target, buffer_text(&mover->folder), out, count, results,
                          error);
    /* What left before the lease was lost is in doubt: whoever holds it now settles that. */
    if (mover->fence_error.status != STATUS_OK) {
        *error = mover->fence_error;
        return status;
    }
    if (engine_heed(mover->engine, status) == STATUS_KILLED)
        return status;
    mover_take_results(mover, sent, results, count, doubt_r);
    return status;
}

static bool mover_all_done(const struct mover *mover) {
    for (size_t i = 0; i < mover->message_count; i++)
        if (!mover->messages[i].done)
            return false;
    return true;
}

/* What was listed as small may be large: then one by one, and what alone is too large stays. */
static enum status mover_split(struct mover *mover, const struct mover_item *const *items,
                               size_t count, struct error *error) {
    enum status status = STATUS_OK;
    if (count == 1) {
        mover_trouble(mover, items[0]->id, error);
        return STATUS_OK;
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = mover_batch(mover, &items[i], 1, error);
    return status;
}

/* Sends until all is done; a session in which something went wrong is opened, and proved, anew. */
static enum status mover_send(struct mover *mover, struct error *error) {
    for (int round = 0; !mover_all_done(mover); round++) {
        bool doubt = false;
        if (round == MOVER_ROUNDS_MAX)
            return error_set(error, STATUS_TIMEOUT, "the target did not take messages in %d rounds",
                             MOVER_ROUNDS_MAX);
        enum status status = engine_may_go_on(mover->engine);
        if (status != STATUS_OK)
            return status;
        status = mover_append(mover, &doubt, error);
        if (status == STATUS_KILLED)
            return status;
        if (status == STATUS_OK)
            sessions_progress(&mover->sessions);
        else
            status = sessions_renew(&mover->sessions, status, error);
        if (status == STATUS_OK && doubt && measure_on(mover->engine, MEASURE_WRITE_AHEAD))
            status = mover_settle_batch(mover, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status mover_batch(struct mover *mover, const struct mover_item *const *items, size_t count,
                        struct error *error) {
    check_compare(count, <=, TARGET_BATCH_MAX);
    mover->message_count = count;
    for (size_t i = 0; i < count; i++)
        mover->messages[i] = (struct mover_message){.item = items[i]};
    enum status status = mover_fetch(mover, error);
    if (status == STATUS_LIMIT)
        return mover_split(mover, items, count, error);
    if (status == STATUS_OK)
        status = mover_intend(mover, error);
    return status == STATUS_OK ? mover_send(mover, error) : status;
}
