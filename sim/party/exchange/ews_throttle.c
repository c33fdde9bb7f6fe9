/*
 * Budgets (EWS.md §4): with impersonation each target mailbox has one of its own, without it all
 * requests of an account count on one. A budget is so many requests in a span that begins with the
 * first of them; beyond half of it the server gets slower, beyond all of it refuses.
 */
#include "../../../engine/base/check.h"
#include "ews.h"

static struct exchange_budget *ews_budget(struct exchange *exchange, uint32_t account,
                                          uint32_t mailbox) {
    uint64_t *place = table_at(exchange->budget_of, (uint64_t)account << 32 | mailbox);
    if (*place == 0) {
        if (exchange->budget_count + 1 >= exchange->budget_capacity) {
            exchange->budget_capacity = exchange->budget_capacity * 2 + 64;
            exchange->budgets = memory_grow(exchange->budgets, exchange->budget_capacity,
                                            sizeof *exchange->budgets);
        }
        *place = ++exchange->budget_count;
        exchange->budgets[*place] = (struct exchange_budget){.began = exchange->options.clock->now};
    }
    return &exchange->budgets[*place];
}

bool ews_throttle(struct exchange *exchange, uint32_t account, uint32_t mailbox,
                  int64_t *back_off_r, int64_t *delay_r) {
    const struct exchange_throttling *throttling = &exchange->options.throttling;
    instant now = exchange->options.clock->now;
    *back_off_r = *delay_r = 0;
    if (throttling->requests == 0)
        return false;
    struct exchange_budget *budget = ews_budget(exchange, account, mailbox);
    if (now - budget->began >= throttling->window)
        *budget = (struct exchange_budget){.began = now};
    budget->requests++;
    if (budget->requests > throttling->requests) {
        *back_off_r = throttling->back_off > 0 ? throttling->back_off
                                               : budget->began + throttling->window - now;
        return true;
    }
    if (budget->requests > throttling->requests / 2)
        *delay_r = throttling->delay;
    return false;
}
