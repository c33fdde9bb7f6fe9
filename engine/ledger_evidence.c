/* How far the file of evidence is sealed. It is one file for all batches. See ledger.h. */
#include <stdio.h>

#include "ledger_sql.h"

enum status ledger_evidence(struct ledger *ledger, struct ledger_evidence *evidence_r,
                            struct error *error) {
    *evidence_r = (struct ledger_evidence){0};
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *row = ledger->statements[SQL_EVIDENCE];
    status = ledger_step(ledger, row, error);
    if (status == STATUS_OK) {
        evidence_r->bytes = (uint64_t)sqlite3_column_int64(row, 0);
        evidence_r->lines = (uint64_t)sqlite3_column_int64(row, 1);
        snprintf(evidence_r->last, sizeof evidence_r->last, "%s", ledger_text(row, 2));
    }
    sqlite3_reset(row);
    ledger_leave(ledger);
    return status;
}

enum status ledger_evidence_store(struct ledger *ledger, const struct ledger_evidence *evidence,
                                  struct error *error) {
    enum status status = ledger_enter(ledger, error);
    if (status != STATUS_OK)
        return status;
    sqlite3_stmt *set = ledger->statements[SQL_EVIDENCE_SET];
    ledger_bind_number(set, 1, (int64_t)evidence->bytes);
    ledger_bind_number(set, 2, (int64_t)evidence->lines);
    ledger_bind_text(set, 3, evidence->last);
    status = ledger_run(ledger, set, error);
    ledger_leave(ledger);
    return status;
}
