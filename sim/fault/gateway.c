/* Family gateway: held mail is lost, doubled or sent the wrong way; a cache there is old. */
#include "fault.h"

static const struct gateway_fault {
    const char *name;
    enum gateway_trouble trouble;
} gateway_faults[] = {
    {"held-mail-delivered-twice", GATEWAY_DELIVERS_TWICE},
    {"held-mail-lost-or-expired", GATEWAY_LOSES_HELD},
    {"held-mail-released-to-stale-route", GATEWAY_STALE_ROUTE},
    {"mail-lands-at-old-home", GATEWAY_OLD_HOME},
};

static bool gateway_makes(const struct fault *fault, enum gateway_trouble trouble) {
    for (size_t i = 0; i < sizeof gateway_faults / sizeof gateway_faults[0]; i++)
        if (str_equal_text(str_of(fault->type->name), gateway_faults[i].name))
            return gateway_faults[i].trouble == trouble;
    return false;
}

static bool gateway_strikes_here(void *of, enum gateway_trouble trouble, uint32_t mailbox) {
    struct world *world = of;
    for (struct fault *fault = world->gateway_faults; fault != NULL; fault = fault->next) {
        if (!gateway_makes(fault, trouble) || !fault_is_its_time(fault) ||
            !fault_is_affected(fault, mailbox))
            continue;
        fault_fires(fault);
        fault_has_effect(fault, mailbox);
        return true;
    }
    return false;
}

static enum status gateway_arm(struct fault *fault, struct error *error) {
    (void)error;
    struct world *world = fault->world;
    fault_draw_affected(fault);
    fault->next = world->gateway_faults;
    world->gateway_faults = fault;
    const struct gateway_disturbance disturbance = {world, gateway_strikes_here};
    gateway_party_disturb(world->gateway, &disturbance);
    return STATUS_OK;
}

#define GATEWAY_FAULT(fault_name, says)                                                            \
    { .name = fault_name, .sentence = says, .by_scenario = true, .arm = gateway_arm }

const struct fault_type fault_gateway_types[] = {
    GATEWAY_FAULT("held-mail-delivered-twice",
                  "released mail arrives, its receipt is lost, and it is delivered again"),
    GATEWAY_FAULT("held-mail-lost-or-expired", "released mail is never seen again"),
    GATEWAY_FAULT("held-mail-released-to-stale-route",
                  "released mail goes by the route that was there when it came"),
    GATEWAY_FAULT("mail-lands-at-old-home",
                  "an old cache routes mail to Exchange, whatever the table says"),
    {.name = NULL},
};
