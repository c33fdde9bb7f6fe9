/*
 * Things that are wrong: what, in which mailbox, how much, from when to when, and the facts that
 * show it. One finding a kind and mailbox, however many messages it concerns, so that a day on
 * which everything goes wrong stays readable and bounded.
 */
#ifndef REPORTS_FINDING_H
#define REPORTS_FINDING_H

#include "history.h"

enum finding_kind {
#define X(kind, name, harm, sentence) FINDING_##kind,
#include "findings.def"
#undef X
    FINDING_KIND_COUNT
};

enum { FINDING_ROWS_MAX = 3 };

struct finding {
    enum finding_kind kind;
    uint32_t mailbox;                /* 0: none in particular */
    uint64_t count;                  /* messages, or times */
    uint64_t at_end;                 /* those still so when the day ended */
    instant from, until;             /* until is INSTANT_NEVER while it lasts */
    uint64_t rows[FINDING_ROWS_MAX]; /* the first facts that show it */
    int row_count;
    uint32_t folder, content, subject; /* of the first one; names but for the content; 0: none */
};

struct findings;

struct findings *findings_new(void);
void findings_close(struct findings **findings);

/* The finding of that kind about that mailbox; made when it is new, beginning at `at`. Valid until
 * the next call. */
struct finding *finding_about(struct findings *findings, enum finding_kind kind, uint32_t mailbox,
                              instant at);
/* The same without making one: NULL. */
struct finding *finding_find(const struct findings *findings, enum finding_kind kind,
                             uint32_t mailbox);
/* Adds a fact that shows it. */
void finding_shown_by(struct finding *finding, const struct fact *fact, uint64_t row);

/* Puts them into the order of reports: by kind, then mailbox. */
void findings_sort(struct findings *findings);
size_t findings_count(const struct findings *findings);
const struct finding *findings_at(const struct findings *findings, size_t index);
/* Once sorted: the place after the last one of the same kind as that at `index`. */
size_t findings_end_of_kind(const struct findings *findings, size_t index);

const char *finding_name(enum finding_kind kind);
const char *finding_sentence(enum finding_kind kind);
bool finding_is_harm(enum finding_kind kind);

#endif
