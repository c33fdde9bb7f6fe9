/*
 * Messages that a run could not move, and named to the operator: whoever misses them later need not
 * raise the alarm again. A run that goes through a mailbox once more forgets what the one before it
 * had named there in the same phase, and names anew what still cannot be moved; so what was moved
 * after all, and is then missed, is missed aloud. See ledger.h.
 */
#include "ledger_sql.h"

enum status ledger_name(struct ledger *ledger, uint32_t mailbox, const char *phase, uint64_t item,
                        struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *statement = ledger->statements[SQL_NAME];
    ledger_bind_number(statement, 1, mailbox);
    ledger_bind_text(statement, 2, phase);
    ledger_bind_number(statement, 3, (int64_t)item);
    status = ledger_run(ledger, statement, error);
    ledger_leave(ledger);
    return status;
}

/* Most mailboxes have none: a commit is made only for those that have. */
enum status ledger_unname(struct ledger *ledger, uint32_t mailbox, const char *phase,
                          struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *any = ledger->statements[SQL_NAMED_IN],
                 *statement = ledger->statements[SQL_UNNAME];
    ledger_bind_number(any, 1, mailbox);
    ledger_bind_text(any, 2, phase);
    status = ledger_step(ledger, any, error);
    sqlite3_reset(any);
    if (status == STATUS_OK) {
        ledger_bind_number(statement, 1, mailbox);
        ledger_bind_text(statement, 2, phase);
        status = ledger_run(ledger, statement, error);
    }
    ledger_leave(ledger);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status ledger_named(struct ledger *ledger, uint32_t mailbox,
                         void (*see)(void *of, uint64_t item), void *of, struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *rows = ledger->statements[SQL_NAMED];
    ledger_bind_number(rows, 1, mailbox);
    while ((status = ledger_step(ledger, rows, error)) == STATUS_OK)
        see(of, (uint64_t)sqlite3_column_int64(rows, 0));
    ledger_leave(ledger);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
