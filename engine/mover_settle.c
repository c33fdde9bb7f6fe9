/*
 * Doubtful writes. An intent recorded the folder's UIDNEXT before its append: what was written lies
 * there or behind. So the folder is read from there on, with digests, and each message found counts
 * for one item: first for those whose UID is known, then for the doubtful ones in order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "mover_inside.h"

static enum status mover_see_seen(void *of, const struct target_seen *seen) {
    struct mover_seen_list *list = of;
    if (list->count == MOVER_ITEMS_MAX)
        return STATUS_LIMIT;
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        list->items = memory_grow(list->items, list->capacity, sizeof *list->items);
    }
    list->items[list->count++] = (struct mover_seen){seen->digest, seen->uid, false};
    return STATUS_OK;
}

static int mover_compare_seen(const void *left, const void *right) {
    const struct mover_seen *one = left, *other = right;
    if (one->digest.high != other->digest.high)
        return one->digest.high < other->digest.high ? -1 : 1;
    if (one->digest.low != other->digest.low)
        return one->digest.low < other->digest.low ? -1 : 1;
    return one->uid < other->uid ? -1 : one->uid > other->uid;
}

enum status mover_look(struct mover *mover, uint32_t first_uid, struct mover_seen_list *list,
                       struct error *error) {
    for (;;) {
        list->count = 0;
        enum status status =
            mover->engine->target->type->survey(mover->sessions.target, buffer_text(&mover->folder),
                                                first_uid, 0, true, mover_see_seen, list, error);
        if (status == STATUS_LIMIT)
            return error_set(error, status, "%s holds more than %d messages",
                             buffer_text(&mover->folder), MOVER_ITEMS_MAX);
        if (status == STATUS_OK)
            break;
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, mover_compare_seen);
    return STATUS_OK;
}

static size_t mover_first_seen(const struct mover_seen_list *list, struct digest digest) {
    struct mover_seen wanted = {.digest = digest};
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mover_compare_seen(&list->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct mover_seen *mover_find_seen(struct mover_seen_list *list, struct digest digest) {
    size_t i = mover_first_seen(list, digest);
    for (; i < list->count && digest_equal(list->items[i].digest, digest); i++) {
        if (list->items[i].used)
            continue;
        list->items[i].used = true;
        return &list->items[i];
    }
    return NULL;
}

/* What is known to be another item's is nobody else's. */
static void mover_use_uid(struct mover_seen_list *list, struct digest digest, uint32_t uid) {
    size_t i = mover_first_seen(list, digest);
    for (; i < list->count && digest_equal(list->items[i].digest, digest); i++)
        list->items[i].used |= list->items[i].uid == uid;
}

static void mover_claim_settled(struct mover *mover, const char *item, bool found) {
    struct json *json = claim_begin(mover->engine->claims, CLAIM_MESSAGE_SETTLED);
    json_key_text(json, "mailbox", str_of(mover->pair->source));
    json_key_text(json, "target", str_of(mover->pair->target));
    json_key_text(json, "folder", str_of(mover->place->path));
    json_key_text(json, "item", str_of(item));
    json_key_boolean(json, "found", found);
    claim_end(mover->engine->claims);
}

/* Where to look from: behind a changed UIDVALIDITY all UIDs are new. */
static uint32_t mover_look_from(uint32_t uid_validity, uint32_t uid_validity_now, uint32_t uid) {
    return uid_validity == uid_validity_now && uid > 0 ? uid : 1;
}

static enum status mover_ask_state(struct mover *mover, struct target_folder_state *state_r,
                                   struct error *error) {
    for (;;) {
        enum status status = mover->engine->target->type->state(
            mover->sessions.target, buffer_text(&mover->folder), state_r, error);
        if (status == STATUS_OK)
            return STATUS_OK;
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
}

static void mover_use_known(struct mover *mover, struct mover_seen_list *list,
                            uint32_t uid_validity) {
    for (size_t i = 0; i < mover->known_count; i++) {
        const struct ledger_item *row = &mover->known[i];
        if (row->folder == mover->folder_hash && row->state == LEDGER_WRITTEN && row->uid > 0 &&
            row->uid_validity == uid_validity)
            mover_use_uid(list, row->digest, row->uid);
    }
}

/* ---- What lies there before us ---- */

struct strangers {
    struct source_range range;
    const struct table *ours; /* by UID */
    bool found;
};

static enum status strangers_see(void *of, const struct target_seen *seen) {
    struct strangers *strangers = of;
    strangers->found |= seen->received >= strangers->range.from &&
                        seen->received < strangers->range.until &&
                        table_find(strangers->ours, seen->uid) == NULL;
    return STATUS_OK;
}

/* Whether something of this phase's time lies there that the ledger does not know. People's new
 * mail is of core's time, so by night hardly anything is. */
static enum status mover_find_strangers(struct mover *mover, const struct table *ours,
                                        bool *found_r, struct error *error) {
    struct strangers strangers = {.range = mover->range, .ours = ours};
    const struct target_type *type = mover->engine->target->type;
    for (;;) {
        enum status status = type->survey(mover->sessions.target, buffer_text(&mover->folder), 1, 0,
                                          false, strangers_see, &strangers, error);
        *found_r = strangers.found;
        if (status == STATUS_OK)
            return STATUS_OK;
        status = sessions_renew(&mover->sessions, status, error);
        if (status != STATUS_OK)
            return status;
    }
}

/*
 * A ledger that was lost, or begun anew for another attempt, does not know what was written: then
 * what lies in the folder is the only witness. It may know core, which was typed again since, and
 * nothing of the backfill that was under way. Where as many messages lie there as the ledger knows,
 * nothing else is looked for.
 */
enum status mover_look_before(struct mover *mover, uint32_t messages, struct error *error) {
    struct table *ours = table_new();
    enum status status = STATUS_OK;
    size_t count = 0;
    bool strangers = mover->known_count == 0;
    mover->looked = true;
    for (size_t i = 0; i < mover->known_count; i++) {
        const struct ledger_item *row = &mover->known[i];
        if (row->folder != mover->folder_hash || row->state != LEDGER_WRITTEN ||
            row->uid_validity != mover->uid_validity)
            continue;
        *table_at(ours, row->uid) = 1;
        count++;
    }
    if (messages > count && !strangers)
        status = mover_find_strangers(mover, ours, &strangers, error);
    table_close(&ours);
    if (status != STATUS_OK || messages <= count || !strangers)
        return status;
    status = mover_look(mover, 1, &mover->before, error);
    mover_use_known(mover, &mover->before, mover->uid_validity);
    return status;
}

/* ---- Doubts of an earlier run ---- */

static bool mover_is_doubtful(const struct mover *mover, const struct ledger_item *row) {
    return row->folder == mover->folder_hash && row->state == LEDGER_INTENDED;
}

/* Decides each doubtful row of the folder by what was found there, and makes that durable. */
static enum status mover_decide_known(struct mover *mover, struct mover_seen_list *list,
                                      uint32_t uid_validity, struct error *error) {
    struct ledger_item *settled = memory_new(mover->known_count, sizeof *settled);
    size_t count = 0;
    mover_use_known(mover, list, uid_validity);
    for (size_t i = 0; i < mover->known_count; i++) {
        struct ledger_item *row = &mover->known[i];
        char item[24];
        if (!mover_is_doubtful(mover, row))
            continue;
        struct mover_seen *seen = mover_find_seen(list, row->digest);
        row->state = seen != NULL ? LEDGER_WRITTEN : LEDGER_OPEN;
        row->uid = seen != NULL ? seen->uid : 0;
        row->uid_validity = uid_validity;
        /* The run that intended it wrote it, and exposure began with that one. */
        if (seen == NULL || !measure_on(mover->engine, MEASURE_IDEMPOTENCY_KEY))
            row->run = mover->engine->run.number;
        settled[count++] = *row;
        snprintf(item, sizeof item, "%016llx", (unsigned long long)row->item);
        mover_claim_settled(mover, item, seen != NULL);
    }
    const struct ledger_write write = {mover->sessions.mailbox, mover_fence(mover), settled, count};
    enum status status =
        engine_heed(mover->engine, ledger_store(mover->engine->ledger, &write, error));
    free(settled);
    return status;
}

enum status mover_settle_known(struct mover *mover, struct error *error) {
    struct target_folder_state state;
    struct mover_seen_list list = {0};
    uint32_t first = UINT32_MAX;
    bool doubt = false;
    for (size_t i = 0; i < mover->known_count; i++)
        doubt |= mover_is_doubtful(mover, &mover->known[i]);
    if (!doubt)
        return STATUS_OK;
    enum status status = mover_ask_state(mover, &state, error);
    for (size_t i = 0; i < mover->known_count && status == STATUS_OK; i++) {
        const struct ledger_item *row = &mover->known[i];
        if (!mover_is_doubtful(mover, row))
            continue;
        uint32_t from = mover_look_from(row->uid_validity, state.uid_validity, row->uid);
        first = from < first ? from : first;
    }
    if (status == STATUS_OK)
        status = mover_look(mover, first, &list, error);
    if (status == STATUS_OK)
        status = mover_decide_known(mover, &list, state.uid_validity, error);
    free(list.items);
    return status;
}

static void mover_decide_batch(struct mover *mover, struct mover_seen_list *list,
                               uint32_t uid_validity) {
    mover_use_known(mover, list, uid_validity);
    for (size_t i = 0; i < mover->message_count; i++) {
        const struct mover_message *message = &mover->messages[i];
        if (message->done && message->row.uid > 0)
            mover_use_uid(list, message->digest, message->row.uid);
    }
    for (size_t i = 0; i < mover->message_count; i++) {
        struct mover_message *message = &mover->messages[i];
        if (message->done)
            continue;
        struct mover_seen *seen = mover_find_seen(list, message->digest);
        mover_claim_settled(mover, message->item->id, seen != NULL);
        if (seen != NULL)
            mover_settled(mover, message, seen->uid);
    }
}

enum status mover_settle_batch(struct mover *mover, struct error *error) {
    struct target_folder_state state;
    struct mover_seen_list list = {0};
    uint32_t first = UINT32_MAX;
    enum status status = mover_ask_state(mover, &state, error);
    for (size_t i = 0; i < mover->message_count && status == STATUS_OK; i++) {
        const struct ledger_item *row = &mover->messages[i].row;
        if (mover->messages[i].done)
            continue;
        uint32_t from = mover_look_from(row->uid_validity, state.uid_validity, row->uid);
        first = from < first ? from : first;
    }
    if (status == STATUS_OK)
        status = mover_look(mover, first, &list, error);
    if (status == STATUS_OK) {
        mover->uid_validity = state.uid_validity;
        mover_decide_batch(mover, &list, state.uid_validity);
        mover->uid_next = 0;
    }
    free(list.items);
    return status;
}
