/* Family source: Exchange answers late, wrongly or not at all. */
#include "fault.h"

/* The first fault of that name that has something to say about the mailbox, now. */
static struct fault *source_fault(void *of, const char *name, uint32_t mailbox) {
    struct world *world = of;
    for (struct fault *fault = world->exchange_faults; fault != NULL; fault = fault->next)
        if (str_equal_text(str_of(fault->type->name), name) && fault_is_its_time(fault) &&
            fault_is_affected(fault, mailbox))
            return fault;
    return NULL;
}

static bool source_strikes(void *of, const char *name, uint32_t mailbox) {
    struct fault *fault = source_fault(of, name, mailbox);
    if (fault == NULL)
        return false;
    fault_fires(fault);
    fault_has_effect(fault, mailbox);
    return true;
}

static int64_t source_busy(void *of, uint32_t mailbox) {
    struct fault *fault = source_fault(of, "source-throttles-or-drops", mailbox);
    /* Three of four requests get through, so that the day ends. */
    if (fault == NULL || fault->fired_count++ % 4 != 0)
        return 0;
    fault_fires(fault);
    fault_has_effect(fault, mailbox);
    return fault->world->scenario->exchange.back_off;
}

/* What the service account then reads is a mailbox of its own: one outside the batch. Where it has
 * none, there is nothing to fall back to, and the fault is harmless. */
static uint32_t source_answers_for(void *of, uint32_t mailbox) {
    struct world *world = of;
    return source_strikes(of, "access-falls-back-to-service-account", mailbox)
               ? world_outsider(world)
               : 0;
}

static bool source_login_page(void *of, uint32_t mailbox) {
    return source_strikes(of, "source-answers-garbage-with-success", mailbox);
}

static bool source_unreadable(void *of, uint32_t mailbox, const struct store_item *item) {
    return item->content % 7 == 0 && source_strikes(of, "source-item-unreadable", mailbox);
}

static bool source_hides(void *of, uint32_t mailbox, const struct store_item *item) {
    return item->content % 5 == 0 && source_strikes(of, "source-listing-incomplete", mailbox);
}

static bool source_cuts(void *of, uint32_t mailbox, const struct store_item *item) {
    struct fault *fault = source_fault(of, "connection-cut-mid-message", mailbox);
    (void)item;
    if (fault == NULL || fault->fired_count++ % 50 != 0)
        return false;
    fault_fires(fault);
    fault_has_effect(fault, mailbox);
    return true;
}

static enum status source_arm(struct fault *fault, struct error *error) {
    (void)error;
    struct world *world = fault->world;
    fault_draw_affected(fault);
    fault->next = world->exchange_faults;
    world->exchange_faults = fault;
    const struct exchange_disturbance disturbance = {
        .of = world,
        .login_page = source_login_page,
        .busy = source_busy,
        .answers_for = source_answers_for,
        .hides = source_hides,
        .unreadable = source_unreadable,
        .cuts = source_cuts,
    };
    exchange_disturb(world->exchange, &disturbance);
    return STATUS_OK;
}

#define SOURCE_FAULT(fault_name, says)                                                             \
    { .name = fault_name, .sentence = says, .arm = source_arm }

const struct fault_type fault_source_types[] = {
    SOURCE_FAULT("access-falls-back-to-service-account",
                 "impersonation is not applied, and nobody says so"),
    SOURCE_FAULT("connection-cut-mid-message", "the connection breaks inside a message"),
    SOURCE_FAULT("source-answers-garbage-with-success", "200 with a login page"),
    SOURCE_FAULT("source-item-unreadable", "some items cannot be converted to MIME"),
    SOURCE_FAULT("source-listing-incomplete", "some items are left out of lists"),
    SOURCE_FAULT("source-throttles-or-drops", "ErrorServerBusy with a back-off"),
    {.name = NULL},
};
