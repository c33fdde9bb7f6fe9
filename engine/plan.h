/*
 * The plan of one batch: who moves when, from where to where, by which measures. A file of
 * "key = value" lines (settings.h), read strictly; the table in plan.c lists
 * what it may say, with defaults and bounds.
 *
 *   campaign = landesmail-2025
 *   day      = 2025-08-07
 *   batch    = 17
 *   cut_off  = 2025-07-31T06:00:00Z
 *   mapping  = charge-17.csv
 *   state    = /var/lib/umzug/17
 *
 * Passwords stand in files of their own (`source_password_file = …`) or, in a rehearsal, in the
 * plan itself (`source_password = …`). Spans carry a unit: "30 min", "4 h", "7 d".
 */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/instant.h"
#include "platform.h"

struct plan { /* all texts live in the arena; never NULL, "" when not given */
    const char *campaign, *day, *batch;
    const char *mapping, *state;
    const char *source_url, *source_user, *source_password;
    const char *target_host, *target_master, *target_password;
    const char *directory_url, *directory_user, *directory_password;
    const char *provisioning_url, *provisioning_admin, *provisioning_password;
    const char *gateway_table;
    const char *measures;
    const char *outside_login;   /* a login outside the batch, which must stay closed to us */
    const char *outside_address; /* the same at the source */
    instant cut_off;             /* INSTANT_NEVER when not given */
    int64_t attempt;             /* 1 */
    int64_t mailboxes;           /* how many the batch has; 0: not given */
    int64_t target_port, provisioning_context;
    int64_t workers, canary, cap;
    int64_t batch_size, batch_bytes; /* of one write */
    int64_t one_by_one;              /* 1: no pipelining, as an ordinary tool does it */
    int64_t hold_max, timeout, patience, core_age; /* spans */
    int64_t settling; /* until a change of homes has reached everybody */
};

/* Reads the plan file at `path`, and the password files it names. INVALID names file, line and
 * column; STORAGE or NOT_FOUND the file. `bytes` receives the file as it was read. */
NODISCARD enum status plan_read(struct platform *platform, struct arena *arena, const char *path,
                                struct plan *plan_r, struct buffer *bytes, struct error *error);

/* A line a key: what it says, and what holds without it. */
void plan_explain(struct buffer *out);

/* `path` as it stands when it is absolute, else beside the plan file. */
const char *plan_path(struct arena *arena, const char *plan_file, const char *path);

/* Reads "30 min", "500 ms", "4 h", "7 d", "60 s". */
bool plan_span(struct str text, int64_t *span_r);

#endif
