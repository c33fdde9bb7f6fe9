/*
 * Runs that are over. A batch is undone while an earlier run may still be at work, in this process
 * or in another, asleep or half dead: its leases are fenced off, and it gets no new ones. See
 * ledger.h.
 */
#include "ledger_sql.h"

static enum status ledger_stop_rows(struct ledger *ledger, uint32_t last, struct error *error) {
    sqlite3_stmt *stop = ledger->statements[SQL_STOP_RUNS];
    ledger_bind_number(stop, 1, ledger->batch);
    ledger_bind_number(stop, 2, last);
    enum status status = ledger_run(ledger, stop, error);
    sqlite3_stmt *fence = ledger->statements[SQL_LEASE_FENCE];
    ledger_bind_number(fence, 1, ledger->batch);
    return status == STATUS_OK ? ledger_run(ledger, fence, error) : status;
}

enum status ledger_stop_runs(struct ledger *ledger, uint32_t last, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    status = ledger_begin(ledger, error);
    if (status == STATUS_OK)
        status = ledger_end(ledger, ledger_stop_rows(ledger, last, error), error);
    ledger_leave(ledger);
    return status;
}

enum status ledger_ask_stopped(struct ledger *ledger, uint32_t run, struct error *error) {
    sqlite3_stmt *stopped = ledger->statements[SQL_STOPPED];
    ledger_bind_number(stopped, 1, ledger->batch);
    enum status status = ledger_step(ledger, stopped, error);
    uint32_t last = status == STATUS_OK ? (uint32_t)sqlite3_column_int64(stopped, 0) : 0;
    sqlite3_reset(stopped);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && run > last))
        return STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (last == LEDGER_EVERY_RUN)
        return error_set(error, STATUS_STOPPED,
                         "the batch is being set back, or was: nothing more is written in this "
                         "attempt; a new one has the plan's next number");
    return error_set(error, STATUS_STOPPED,
                     "a clean-up has begun since: this run writes nothing more");
}

enum status ledger_set_back(struct ledger *ledger, bool *set_back_r, struct error *error) {
    *set_back_r = false;
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *asked = ledger->statements[SQL_SET_BACK];
    ledger_bind_number(asked, 1, ledger->batch);
    ledger_bind_number(asked, 2, LEDGER_EVERY_RUN);
    status = ledger_step(ledger, asked, error);
    *set_back_r = status == STATUS_OK && sqlite3_column_int(asked, 0) != 0;
    sqlite3_reset(asked);
    ledger_leave(ledger);
    return status;
}

enum status ledger_leases_held(struct ledger *ledger, instant now, size_t *count_r,
                               struct error *error) {
    enum status status = ledger_enter(ledger, error);
    *count_r = 0;
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *held = ledger->statements[SQL_LEASES_HELD];
    ledger_bind_number(held, 1, ledger->batch);
    ledger_bind_number(held, 2, now);
    status = ledger_step(ledger, held, error);
    if (status == STATUS_OK)
        *count_r = (size_t)sqlite3_column_int64(held, 0);
    sqlite3_reset(held);
    ledger_leave(ledger);
    return status;
}
