/*
 * The replay that all oracles share: what rests where, and what truth allows, brought up to date
 * fact by fact. Truth comes from three places only: what lay there when the day began
 * (HOW_FIXTURE), mail that became due (MAIL_DUE), and what persons did in their own mailboxes
 * (processes whose name begins with "person:"). Nothing an engine does changes truth, but for one
 * thing: what people did at a home that was taken back is lost, and when the batch is switched
 * again after a rollback, what lies at the source is what should be moved.
 *
 * A content with a base counts as its base, so what a hop prefixed is left out.
 */
#ifndef REPORTS_REST_H
#define REPORTS_REST_H

#include <assert.h>

#include "history.h"
#include "pairs.h"

struct rest;

/* A set of kinds of fact. */
#define KIND(name) (UINT64_C(1) << FACT_##name)
static_assert(FACT_KIND_COUNT <= 64, "a set of kinds is 64 bits");

enum doer { DOER_OTHER, DOER_PERSON, DOER_CORE, DOER_BACKFILL, DOER_ROLLBACK, DOER_CLEANUP };

/* What one fact changed. Facts that concern no item have no pair. */
struct step {
    const struct fact *fact;
    uint64_t row; /* in the history's table of facts */
    enum doer doer;
    uint32_t content;  /* after taking off what hops prefixed */
    struct pair *pair; /* as it is now; NULL when the fact concerns no item at rest, and for reading
                          by anybody but a person */
    struct pair before;
    bool by_engine; /* an item changed, and neither a person nor a delivery did it */
};

struct rest *rest_new(const struct history *history, instant cut_off);
void rest_close(struct rest **rest);

/* First all contents, then the facts in order. */
void rest_know(struct rest *rest, const struct history_content *content);
struct step rest_see(struct rest *rest, const struct fact *fact, uint64_t row);

const struct pairs *rest_pairs(const struct rest *rest);
uint32_t rest_base(const struct rest *rest, uint32_t content);
enum doer rest_doer(struct rest *rest, uint32_t process);
/* The side of a system, SIDE_COUNT for those that hold no mailboxes. */
enum side rest_side(uint8_t system);
/* What people sorted or marked at the new home before a rollback, of batches that have been
 * switched again since: from then on the source was right. */
uint64_t rest_left_behind(const struct rest *rest);
/* "" while every fact made sense; else the first that did not, and why. */
const char *rest_lacking(const struct rest *rest);

/* Copies at rest where truth never allowed that content, on both sides. */
uint32_t rest_foreign(const struct pair *pair);
/* Copies whose bytes no truth knows. */
uint32_t rest_altered(const struct pair *pair);
/* Surplus copies of a mailbox's own mail on that side. */
uint32_t rest_surplus(const struct pair *pair, enum side side);
/* How many that truth allows are not on that side. */
uint32_t rest_absent(const struct pair *pair, enum side side);

#define REST_CONTENT_LEARNED 0x80000000u /* from here on nobody made it: bytes that came back */

#endif
