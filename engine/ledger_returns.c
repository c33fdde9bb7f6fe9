/* What a rollback brought back to the source, message by message. See ledger.h. */
#include "ledger_sql.h"

enum status ledger_return_store(struct ledger *ledger, uint32_t mailbox,
                                struct ledger_return *returned, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    bool is_new = returned->number == 0;
    sqlite3_stmt *statement = ledger->statements[is_new ? SQL_RETURN_ADD : SQL_RETURN_DONE];
    if (is_new) {
        ledger_bind_number(statement, 1, mailbox);
        ledger_bind_number(statement, 2, (int64_t)returned->digest.high);
        ledger_bind_number(statement, 3, (int64_t)returned->digest.low);
        ledger_bind_number(statement, 4, returned->received);
        ledger_bind_number(statement, 5, returned->done);
    } else {
        ledger_bind_number(statement, 1, returned->number);
    }
    status = ledger_run(ledger, statement, error);
    if (is_new && status == STATUS_OK)
        returned->number = sqlite3_last_insert_rowid(ledger->database);
    ledger_leave(ledger);
    return status;
}

enum status ledger_returns(struct ledger *ledger, uint32_t mailbox,
                           void (*see)(void *, const struct ledger_return *), void *of,
                           struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *rows = ledger->statements[SQL_RETURNS];
    ledger_bind_number(rows, 1, mailbox);
    while ((status = ledger_step(ledger, rows, error)) == STATUS_OK) {
        struct ledger_return returned = {
            .number = sqlite3_column_int64(rows, 0),
            .digest = {(uint64_t)sqlite3_column_int64(rows, 1),
                       (uint64_t)sqlite3_column_int64(rows, 2)},
            .received = sqlite3_column_int64(rows, 3),
            .done = sqlite3_column_int(rows, 4) != 0,
        };
        see(of, &returned);
    }
    ledger_leave(ledger);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
