/* See finding.h. */
#include "finding.h"

#include <stdlib.h>

#include "../engine/base/check.h"
#include "../engine/base/table.h"

struct findings {
    struct finding *list; /* owns */
    size_t count, capacity;
    struct table *places; /* owns; kind and mailbox → place in the list plus one */
};

struct findings *findings_new(void) {
    struct findings *findings = memory_new(1, sizeof *findings);
    findings->places = table_new();
    return findings;
}

void findings_close(struct findings **findings) {
    if (*findings == NULL)
        return;
    table_close(&(*findings)->places);
    free((*findings)->list);
    free(*findings);
    *findings = NULL;
}

static uint64_t finding_key(enum finding_kind kind, uint32_t mailbox) {
    return (uint64_t)kind << 32 | mailbox;
}

struct finding *finding_about(struct findings *findings, enum finding_kind kind, uint32_t mailbox,
                              instant at) {
    uint64_t *place = table_at(findings->places, finding_key(kind, mailbox));
    if (*place != 0)
        return &findings->list[*place - 1];
    if (findings->count == findings->capacity) {
        findings->capacity = findings->capacity == 0 ? 64 : findings->capacity * 2;
        findings->list = memory_grow(findings->list, findings->capacity, sizeof *findings->list);
    }
    struct finding *finding = &findings->list[findings->count++];
    *finding =
        (struct finding){.kind = kind, .mailbox = mailbox, .from = at, .until = INSTANT_NEVER};
    *place = findings->count;
    return finding;
}

struct finding *finding_find(const struct findings *findings, enum finding_kind kind,
                             uint32_t mailbox) {
    const uint64_t *place = table_find(findings->places, finding_key(kind, mailbox));
    return place == NULL ? NULL : &findings->list[*place - 1];
}

void finding_shown_by(struct finding *finding, const struct fact *fact, uint64_t row) {
    if (finding->row_count == 0) {
        finding->folder = fact->folder;
        finding->content = fact->content;
    }
    if (finding->row_count < FINDING_ROWS_MAX)
        finding->rows[finding->row_count++] = row;
}

static int finding_compare(const void *left_finding, const void *right_finding) {
    const struct finding *left = left_finding, *right = right_finding;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return left->mailbox < right->mailbox ? -1 : left->mailbox > right->mailbox;
}

void findings_sort(struct findings *findings) {
    if (findings->count > 0)
        qsort(findings->list, findings->count, sizeof *findings->list, finding_compare);
    for (size_t i = 0; i < findings->count; i++)
        *table_at(findings->places,
                  finding_key(findings->list[i].kind, findings->list[i].mailbox)) = i + 1;
}

size_t findings_count(const struct findings *findings) {
    return findings->count;
}

const struct finding *findings_at(const struct findings *findings, size_t index) {
    check_compare(index, <, findings->count);
    return &findings->list[index];
}

enum { HARM = 1, NOTE = 0 };

static const struct {
    const char *name, *sentence;
    int harm;
} finding_rows[] = {
#define X(kind, name, harm, sentence) {name, sentence, harm},
#include "findings.def"
#undef X
};

size_t findings_end_of_kind(const struct findings *findings, size_t index) {
    enum finding_kind kind = findings_at(findings, index)->kind;
    while (index < findings->count && findings->list[index].kind == kind)
        index++;
    return index;
}

const char *finding_name(enum finding_kind kind) {
    check_compare((unsigned)kind, <, FINDING_KIND_COUNT);
    return finding_rows[kind].name;
}

const char *finding_sentence(enum finding_kind kind) {
    check_compare((unsigned)kind, <, FINDING_KIND_COUNT);
    return finding_rows[kind].sentence;
}

bool finding_is_harm(enum finding_kind kind) {
    check_compare((unsigned)kind, <, FINDING_KIND_COUNT);
    return finding_rows[kind].harm == HARM;
}
