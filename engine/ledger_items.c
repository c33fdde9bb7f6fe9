/* Items in order of writing, and leases. How items lie: ledger_packs.c. See ledger.h. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ledger_sql.h"

enum { LEDGER_ITEMS_STEP = 256 };

struct ledger_reading {
    struct ledger_item *items; /* owns */
    size_t count, capacity;
};

static void ledger_read(void *of, const struct ledger_item *item) {
    struct ledger_reading *reading = of;
    if (reading->count == reading->capacity) {
        reading->capacity = reading->capacity > 0 ? reading->capacity * 2 : LEDGER_ITEMS_STEP;
        reading->items = memory_grow(reading->items, reading->capacity, sizeof *reading->items);
    }
    reading->items[reading->count++] = *item;
}

enum status ledger_items(struct ledger *ledger, uint32_t mailbox, struct ledger_item **items_r,
                         size_t *count_r, struct error *error) {
    struct ledger_reading reading = {0};
    *items_r = NULL;
    *count_r = 0;
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_packs(ledger, mailbox, ledger_read, &reading, error);
    ledger_leave(ledger);
    if (status != STATUS_OK) {
        free(reading.items);
        return status;
    }
    *items_r = reading.items;
    *count_r = reading.count;
    return STATUS_OK;
}

struct ledger_holder {
    char name[LEDGER_HOLDER_MAX];
    instant until;
    uint64_t fence;
};

static enum status ledger_holder_find(struct ledger *ledger, uint32_t mailbox,
                                      struct ledger_holder *holder_r, struct error *error) {
    *holder_r = (struct ledger_holder){0};
    sqlite3_stmt *find = ledger->statements[SQL_LEASE_FIND];
    ledger_bind_number(find, 1, mailbox);
    enum status status = ledger_step(ledger, find, error);
    if (status == STATUS_OK) {
        strncat(holder_r->name, ledger_text(find, 0), sizeof holder_r->name - 1);
        holder_r->until = sqlite3_column_int64(find, 1);
        holder_r->fence = (uint64_t)sqlite3_column_int64(find, 2);
    }
    sqlite3_reset(find);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* The fence: whoever lost the lease, and slept through that, writes nothing any more. */
static enum status ledger_fence(struct ledger *ledger, const struct ledger_lease *lease,
                                struct error *error) {
    struct ledger_holder holder;
    enum status status = ledger_holder_find(ledger, lease->mailbox, &holder, error);
    if (status != STATUS_OK || holder.fence == lease->fence)
        return status;
    if (holder.name[0] == '\0' || strcmp(holder.name, lease->holder) == 0)
        return error_set(error, STATUS_CONFLICT,
                         "the lease on this mailbox was taken away: nothing more is written");
    return error_set(error, STATUS_CONFLICT,
                     "the lease on this mailbox was lost to %s: nothing more is written",
                     holder.name);
}

static enum status ledger_store_rows(struct ledger *ledger, const struct ledger_write *write,
                                     struct error *error) {
    enum status status = STATUS_OK;
    if (write->lease != NULL)
        status = ledger_fence(ledger, write->lease, error);
    return status == STATUS_OK ? ledger_packs_store(ledger, write, error) : status;
}

enum status ledger_store(struct ledger *ledger, const struct ledger_write *write,
                         struct error *error) {
    if (write->count == 0)
        return STATUS_OK;
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_begin(ledger, error);
    if (status == STATUS_OK)
        status = ledger_end(ledger, ledger_store_rows(ledger, write, error), error);
    ledger_leave(ledger);
    return status;
}

/* ---- Leases ---- */

static enum status ledger_lease_set(struct ledger *ledger, const struct ledger_lease *lease,
                                    const char *holder, instant until, struct error *error) {
    sqlite3_stmt *set = ledger->statements[SQL_LEASE_SET];
    ledger_bind_number(set, 1, lease->mailbox);
    ledger_bind_text(set, 2, holder);
    ledger_bind_number(set, 3, until);
    ledger_bind_number(set, 4, (int64_t)lease->fence);
    return ledger_run(ledger, set, error);
}

enum status ledger_lease_take(struct ledger *ledger, struct ledger_lease *lease, instant now,
                              instant until, instant *ends_r, struct error *error) {
    struct ledger_holder holder = {0};
    char text[INSTANT_TEXT_MAX];
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_begin(ledger, error);
    if (status == STATUS_OK) {
        status = lease->run != 0 ? ledger_ask_stopped(ledger, lease->run, error) : STATUS_OK;
        if (status == STATUS_OK)
            status = ledger_holder_find(ledger, lease->mailbox, &holder, error);
        bool held = lease->fence != 0 && holder.fence == lease->fence;
        if (status == STATUS_OK && lease->fence != 0 && !held)
            status = ledger_fence(ledger, lease, error);
        else if (status == STATUS_OK && !held && holder.name[0] != '\0' && holder.until > now) {
            *ends_r = holder.until;
            status = error_set(error, STATUS_CONFLICT, "%s holds this mailbox until %s",
                               holder.name, instant_text(holder.until, text));
        }
        if (status == STATUS_OK && !held)
            lease->fence = holder.fence + 1;
        if (status == STATUS_OK)
            status = ledger_lease_set(ledger, lease, lease->holder, until, error);
        status = ledger_end(ledger, status, error);
    }
    ledger_leave(ledger);
    return status;
}

enum status ledger_lease_ask(struct ledger *ledger, const struct ledger_lease *lease,
                             struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_fence(ledger, lease, error);
    ledger_leave(ledger);
    return status;
}

enum status ledger_lease_give(struct ledger *ledger, const struct ledger_lease *lease,
                              struct error *error) {
    struct ledger_holder holder;
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_begin(ledger, error);
    if (status == STATUS_OK) {
        status = ledger_holder_find(ledger, lease->mailbox, &holder, error);
        /* A lease that was taken away is given back all the same: so everybody knows that its
         * holder writes no more. */
        bool own = holder.fence == lease->fence || strcmp(holder.name, lease->holder) == 0;
        if (status == STATUS_OK && own)
            status = ledger_lease_set(
                ledger, &(struct ledger_lease){.mailbox = lease->mailbox, .fence = holder.fence},
                "", 0, error);
        status = ledger_end(ledger, status, error);
    }
    ledger_leave(ledger);
    return status;
}

enum status ledger_lease_revoke(struct ledger *ledger, size_t *count_r, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *revoke = ledger->statements[SQL_LEASE_REVOKE];
    ledger_bind_number(revoke, 1, ledger->batch);
    status = ledger_run(ledger, revoke, error);
    *count_r = status == STATUS_OK ? (size_t)sqlite3_changes(ledger->database) : 0;
    ledger_leave(ledger);
    return status;
}

enum status ledger_totals(struct ledger *ledger, struct ledger_totals *totals_r,
                          struct error *error) {
    *totals_r = (struct ledger_totals){0};
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *rows = ledger->statements[SQL_TOTALS];
    ledger_bind_number(rows, 1, ledger->batch);
    status = ledger_step(ledger, rows, error);
    if (status == STATUS_OK) { /* no pack at all sums up to NULL, which reads as 0 */
        totals_r->intended = (uint64_t)sqlite3_column_int64(rows, 0);
        totals_r->written = (uint64_t)sqlite3_column_int64(rows, 1);
        totals_r->refused = (uint64_t)sqlite3_column_int64(rows, 2);
    }
    sqlite3_reset(rows);
    sqlite3_stmt *leases = ledger->statements[SQL_LEASES];
    ledger_bind_number(leases, 1, ledger->batch);
    if (status == STATUS_OK)
        status = ledger_step(ledger, leases, error);
    if (status == STATUS_OK)
        totals_r->leases = (uint64_t)sqlite3_column_int64(leases, 0);
    sqlite3_reset(leases);
    ledger_leave(ledger);
    return status;
}
