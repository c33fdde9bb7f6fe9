/*
 * The edges of the world: did anything touch a system that stands by throughout, and did mail leave
 * the administration because of the import?
 *
 * Catches: any touch of a tripwire; a mail to the outside that nobody inside submitted (automatic
 * replies, receipts, bounces to old correspondents). Mail that a person sends outside is allowed.
 */
#include <stdlib.h>

#include "../../engine/base/check.h"

#include "../../engine/base/table.h"
#include "../oracle.h"

struct edges {
    struct table *submitted; /* owns; contents that somebody sent on purpose */
    int64_t tripwires, left;
};

static void *edges_begin(struct trial *trial) {
    (void)trial;
    struct edges *edges = memory_new(1, sizeof *edges);
    edges->submitted = table_new();
    return edges;
}

static void edges_see(void *self, struct trial *trial, const struct step *step) {
    struct edges *edges = self;
    const struct fact *fact = step->fact;
    uint32_t content = rest_base(trial->rest, fact->content);
    if (fact->kind == FACT_MAIL_SUBMITTED) {
        if (fact->mailbox != 0 && content != 0)
            *table_at(edges->submitted, content) = 1;
        return;
    }
    bool tripwire = fact->kind == FACT_TRIPWIRE_TOUCHED;
    if (!tripwire && (step->doer == DOER_PERSON || table_find(edges->submitted, content) != NULL))
        return;
    struct finding *finding = finding_about(
        trial->findings, tripwire ? FINDING_TRIPWIRE : FINDING_MAIL_LEFT, fact->mailbox, fact->at);
    finding->count++;
    finding->until = fact->at;
    finding->subject = finding->subject == 0 ? fact->name : finding->subject;
    finding_shown_by(finding, fact, step->row);
    *(tripwire ? &edges->tripwires : &edges->left) += 1;
}

static void edges_end(void *self, struct trial *trial) {
    struct edges *edges = self;
    trial->numbers[NUMBER_TRIPWIRES_TOUCHED] = edges->tripwires;
    trial->numbers[NUMBER_MAIL_LEFT] = edges->left;
    table_close(&edges->submitted);
    free(edges);
}

const struct oracle oracle_edges = {
    .name = "edges",
    .question = "did anything reach beyond the edges of the migration?",
    .kinds = KIND(MAIL_SUBMITTED) | KIND(TRIPWIRE_TOUCHED) | KIND(MAIL_LEFT),
    .begin = edges_begin,
    .see = edges_see,
    .end = edges_end,
};
