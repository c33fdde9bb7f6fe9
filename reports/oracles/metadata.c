/*
 * Metadata: has each mail that lies at home the folder, date of arrival, flags and keywords that
 * truth says? The declared mapping (folder names, categories to keywords) is in the truth already.
 *
 * Catches: another folder; the date of the copying in place of the date of arrival; a lost or
 * invented flag; a lost keyword. A message may count in several of these.
 * After a rollback what people did at the new home is counted apart: it is not undone by anybody.
 * Truth of mail that arrived during the day is how it looked when it arrived; what a person changed
 * at home is right by definition.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../oracle.h"

struct metadata {
    int64_t flags, dates, folders, keywords, left_behind;
};

static void *metadata_begin(struct trial *trial) {
    (void)trial;
    return memory_new(1, sizeof(struct metadata));
}

static void metadata_found(struct trial *trial, enum finding_kind kind, const struct pair *pair,
                           uint32_t folder, int64_t *count) {
    struct finding *finding =
        finding_about(trial->findings, kind, pair->mailbox, trial->day->ended);
    if (finding->count == 0) {
        finding->content = pair->content;
        finding->folder = folder;
    }
    finding->count++;
    finding->at_end++;
    *count += 1;
}

/* Where a mailbox was set back, what its people did at the new home stays there: nobody has
 * promised otherwise, but it is counted. Dates are never theirs to change. */
static bool metadata_left_behind(const struct trial *trial, uint32_t mailbox,
                                 const struct item *truth, const struct item *found) {
    return trial->day->homes[mailbox].moved != INSTANT_NEVER &&
           day_home(trial->day, mailbox) == SIDE_SOURCE && truth->date == found->date;
}

/* One mail as truth says beside one of the same content as it was found. */
static void metadata_compare(struct metadata *metadata, struct trial *trial,
                             const struct pair *pair, const struct item *truth,
                             const struct item *found) {
    bool open = (truth->flags & ITEM_OPEN) != 0;
    if (!open && metadata_left_behind(trial, pair->mailbox, truth, found)) {
        metadata_found(trial, FINDING_LEFT_BEHIND, pair, found->folder, &metadata->left_behind);
        return;
    }
    if (truth->folder != found->folder)
        metadata_found(trial, FINDING_FOLDERS, pair, found->folder, &metadata->folders);
    if (!open && truth->date != found->date)
        metadata_found(trial, FINDING_DATES, pair, found->folder, &metadata->dates);
    if (!open && truth->flags != found->flags)
        metadata_found(trial, FINDING_FLAGS, pair, found->folder, &metadata->flags);
    if (!open && truth->keywords != found->keywords)
        metadata_found(trial, FINDING_KEYWORDS, pair, found->folder, &metadata->keywords);
}

static void metadata_judge(struct metadata *metadata, struct trial *trial,
                           const struct pair *pair) {
    const struct pairs *pairs = rest_pairs(trial->rest);
    enum side home = day_home(trial->day, pair->mailbox);
    uint32_t truth = pair->truths;
    for (uint32_t stray = pair->strays; stray != 0; stray = pairs_item(pairs, stray)->next) {
        if (pairs_item(pairs, stray)->uid[home] == 0)
            continue;
        while (truth != 0 && pairs_item(pairs, truth)->uid[home] != 0)
            truth = pairs_item(pairs, truth)->next;
        if (truth == 0)
            return; /* what remains is too many, not different */
        metadata_compare(metadata, trial, pair, pairs_item(pairs, truth), pairs_item(pairs, stray));
        truth = pairs_item(pairs, truth)->next;
    }
}

static void metadata_end(void *self, struct trial *trial) {
    struct metadata *metadata = self;
    const struct pairs *pairs = rest_pairs(trial->rest);
    for (uint32_t i = 0; i < pairs_count(pairs); i++) {
        const struct pair *pair = pairs_index(pairs, i);
        if (pair->strays != 0 && pair->truths != 0)
            metadata_judge(metadata, trial, pair);
    }
    trial->numbers[NUMBER_FLAGS_CHANGED] = metadata->flags;
    trial->numbers[NUMBER_DATES_CHANGED] = metadata->dates;
    trial->numbers[NUMBER_FOLDERS_CHANGED] = metadata->folders;
    trial->numbers[NUMBER_KEYWORDS_CHANGED] = metadata->keywords;
    trial->numbers[NUMBER_LEFT_BEHIND] =
        metadata->left_behind + (int64_t)rest_left_behind(trial->rest);
    free(metadata);
}

const struct oracle oracle_metadata = {
    .name = "metadata",
    .question = "has each mail its folder, date, flags and keywords?",
    .begin = metadata_begin,
    .end = metadata_end,
};
