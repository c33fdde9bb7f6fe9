/* What rest.c and rest_item.c share. Nobody else includes this. */
#ifndef REPORTS_REST_INSIDE_H
#define REPORTS_REST_INSIDE_H

#include "../engine/base/table.h"
#include "rest.h"

enum { REST_LACKING_MAX = 160 };

struct rest {
    const struct history *history; /* borrows */
    instant cut_off;               /* INSTANT_NEVER: none */
    struct pairs *pairs;           /* owns */
    struct table *bases;           /* owns; content → what it was before a hop */
    uint8_t *doers;                /* owns; by name: enum doer plus one, 0: not asked yet */
    uint32_t doer_capacity;
    instant last;
    bool rolled_back;     /* and nobody has been switched again since */
    uint64_t left_behind; /* by earlier attempts */
    char lacking[REST_LACKING_MAX];
};

/* Notes the first reason for which the history cannot be believed. */
void rest_lack(struct rest *rest, uint64_t row, const char *why);

/* An item came to rest, left or was changed: rest_item.c. */
void rest_item(struct rest *rest, struct step *step);
/* Mail on its way is due: what it will look like is open. */
void rest_due(struct rest *rest, struct step *step);

#endif
