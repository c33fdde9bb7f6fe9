/*
 * Caches: does any mail program hold a message under a folder, UIDVALIDITY and UID under which
 * other bytes lie now? Whoever removes what lay wrongly and puts something else in its place under
 * the same numbers leaves a colleague's mail on the screen for good: a program that knows the
 * numbers does not ask again (OX.md §0, finding 3).
 *
 * Catches: an item that comes to rest under a UID that its folder had given away before, under that
 * UIDVALIDITY (reused), and among these one whose numbers a person's program has fetched with other
 * bytes (contradicted). A folder that is made anew with another UIDVALIDITY is another folder. Only
 * the target counts: before the switch no program speaks IMAP.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"

#include "../oracle.h"

struct caches {
    struct table *folders;  /* owns; mailbox and path → its number, from 1 */
    struct table *validity; /* owns; number of the folder → UIDVALIDITY now */
    struct table *series;   /* owns; folder and UIDVALIDITY → number of the series, from 1 */
    struct table *given; /* owns; series and UID / 64 → a bit for each UID that was given away */
    struct table *fetched; /* owns; series and UID → content, as a person's program has it */
    int64_t reused, contradicted;
};

static void *caches_begin(struct trial *trial) {
    struct caches *caches = memory_new(1, sizeof *caches);
    (void)trial;
    caches->folders = table_new();
    caches->validity = table_new();
    caches->series = table_new();
    caches->given = table_new();
    caches->fetched = table_new();
    return caches;
}

static uint64_t caches_number(struct table *table, uint64_t high, uint32_t low) {
    uint64_t *number = table_at(table, high << 32 | low);
    if (*number == 0)
        *number = table_count(table);
    return *number;
}

static uint64_t caches_series(struct caches *caches, const struct fact *fact) {
    uint64_t folder = caches_number(caches->folders, fact->mailbox, fact->folder);
    return caches_number(caches->series, folder, (uint32_t)*table_at(caches->validity, folder));
}

static void caches_stored(struct caches *caches, struct trial *trial, const struct step *step) {
    const struct fact *fact = step->fact;
    uint64_t series = caches_series(caches, fact);
    uint64_t *given = table_at(caches->given, series << 32 | fact->uid / 64);
    uint64_t bit = UINT64_C(1) << fact->uid % 64;
    bool reused = (*given & bit) != 0;
    *given |= bit;
    if (!reused)
        return;
    const uint64_t *fetched = table_find(caches->fetched, series << 32 | fact->uid);
    caches->reused++;
    caches->contradicted += fetched != NULL && *fetched != step->content;
    struct finding *finding =
        finding_about(trial->findings, FINDING_UID_REUSED, fact->mailbox, fact->at);
    finding->count++;
    finding->at_end++;
    finding_shown_by(finding, fact, step->row);
}

static void caches_see(void *self, struct trial *trial, const struct step *step) {
    struct caches *caches = self;
    const struct fact *fact = step->fact;
    if (fact->mailbox == 0 || rest_side(fact->system) != SIDE_TARGET)
        return;
    if (fact->kind == FACT_FOLDER_CREATED)
        *table_at(caches->validity, caches_number(caches->folders, fact->mailbox, fact->folder)) =
            (uint64_t)fact->a;
    else if (fact->kind == FACT_ITEM_STORED)
        caches_stored(caches, trial, step);
    else if (step->doer == DOER_PERSON && step->content != 0)
        *table_at(caches->fetched, caches_series(caches, fact) << 32 | fact->uid) = step->content;
}

static void caches_end(void *self, struct trial *trial) {
    struct caches *caches = self;
    trial->numbers[NUMBER_UIDS_REUSED] = caches->reused;
    trial->numbers[NUMBER_CACHES_CONTRADICTED] = caches->contradicted;
    table_close(&caches->folders);
    table_close(&caches->validity);
    table_close(&caches->series);
    table_close(&caches->given);
    table_close(&caches->fetched);
    free(caches);
}

const struct oracle oracle_caches = {
    .name = "caches",
    .question = "does a mail program hold other bytes under the numbers of what lies there now?",
    .kinds = KIND(FOLDER_CREATED) | KIND(ITEM_STORED) | KIND(ITEM_DOWNLOADED),
    .begin = caches_begin,
    .see = caches_see,
    .end = caches_end,
};
