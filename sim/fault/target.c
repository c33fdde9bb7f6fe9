/* Family target: Open-Xchange opens the wrong mailbox, loses an answer, refuses or drops. */
#include <string.h>

#include "../../engine/base/check.h"
#include "../incarnation.h"
#include "fault.h"

enum { ACK_LOST_EVERY = 40 };

/* The first fault of that name that concerns the account, now. Only the migration's own logins,
 * which carry a master user, are disturbed: what befalls people is another story. */
static struct fault *target_fault(void *of, const char *name,
                                  const struct openxchange_moment *moment) {
    struct world *world = of;
    if (moment->account == NULL || memchr(moment->login.data, '*', moment->login.length) == NULL)
        return NULL;
    for (struct fault *fault = world->openxchange_faults; fault != NULL; fault = fault->next)
        if (str_equal_text(str_of(fault->type->name), name) && fault_is_its_time(fault) &&
            fault_is_affected(fault, moment->account->mailbox))
            return fault;
    return NULL;
}

/* The mailbox of the next affected account: two logins are crossed, as a cache with too short a key
 * crosses them. */
static uint32_t target_opens(void *of, const struct openxchange_moment *moment) {
    struct fault *fault = target_fault(of, "target-login-opens-other-mailbox", moment);
    if (fault == NULL || fault->affected_count < 2)
        return 0;
    uint32_t mailbox = moment->account->mailbox, other = fault->affected[0];
    for (uint32_t i = 0; i + 1 < fault->affected_count; i++)
        if (fault->affected[i] == mailbox)
            other = fault->affected[i + 1];
    fault_fires(fault);
    fault_has_effect(fault, mailbox);
    return other;
}

/* Those who count what an incarnation of the engine has stored are told. */
static void target_appended(const struct world *world, const struct openxchange_moment *moment) {
    struct incarnation *incarnation = world->incarnations;
    while (incarnation != NULL && process_number(incarnation->process) != moment->process)
        incarnation = incarnation->next;
    if (incarnation == NULL)
        return;
    incarnation->appends++;
    for (struct fault *fault = world->openxchange_faults; fault != NULL; fault = fault->next)
        if (fault->type->appended != NULL)
            fault->type->appended(fault, incarnation);
}

static bool target_ack_lost(void *of, const struct openxchange_moment *moment) {
    target_appended(of, moment);
    struct fault *fault = target_fault(of, "target-append-ack-lost", moment);
    if (fault == NULL || fault->fired_count++ % ACK_LOST_EVERY != ACK_LOST_EVERY - 1)
        return false;
    fault_fires(fault);
    fault_has_effect(fault, moment->account->mailbox);
    return true;
}

static bool target_strikes(void *of, const char *name, const struct openxchange_moment *moment) {
    struct fault *fault = target_fault(of, name, moment);
    if (fault == NULL)
        return false;
    fault_fires(fault);
    fault_has_effect(fault, moment->account->mailbox);
    return true;
}

static enum openxchange_answer target_before(void *of, const struct openxchange_moment *moment) {
    struct str command = str_of(moment->command);
    bool login = str_equal_text(command, "LOGIN") || str_equal_text(command, "AUTHENTICATE");
    if (login && target_strikes(of, "access-denied-for-some-accounts", moment))
        return OPENXCHANGE_REFUSED;
    if (str_equal_text(command, "APPEND") &&
        target_strikes(of, "target-rejects-quota-or-size", moment))
        return OPENXCHANGE_OVERQUOTA;
    return OPENXCHANGE_USUAL;
}

/* ---- target-mailbox-not-empty ---- */

enum { REMAINS_MAX = 5 };

/* What a rolled-back run left: some of the mailbox's own old mail lies in the inbox already. */
static void target_leave_remains(struct fault *fault, uint32_t mailbox) {
    struct world *world = fault->world;
    struct store *store = openxchange_store(world->openxchange);
    struct store_folder *inbox = store_folder_by_role(store_mailbox(store, mailbox), FOLDER_INBOX);
    uint32_t count = 0, uid = 0;
    const struct fixture_item *items = population_items(world->population, mailbox, &count);
    for (uint32_t i = 0; i < count && i < REMAINS_MAX; i++) {
        struct store_item item = {
            .content = items[i].content, .received = items[i].received, .flags = items[i].flags};
        check(store_item_add(inbox, process_number(world->openxchange_process), HOW_FIXTURE, item,
                             &uid) == STATUS_OK);
    }
}

static enum status target_arm_remains(struct fault *fault, struct error *error) {
    (void)error;
    fault_draw_affected(fault);
    fault_fires(fault);
    for (uint32_t i = 0; i < fault->affected_count; i++) {
        target_leave_remains(fault, fault->affected[i]);
        fault_has_effect(fault, fault->affected[i]);
    }
    return STATUS_OK;
}

void fault_join_target(struct fault *fault) {
    struct world *world = fault->world;
    fault->next = world->openxchange_faults;
    world->openxchange_faults = fault;
    const struct openxchange_disturbance disturbance = {
        .of = world,
        .opens = target_opens,
        .before = target_before,
        .ack_lost = target_ack_lost,
    };
    openxchange_disturb(world->openxchange, &disturbance);
}

static enum status target_arm(struct fault *fault, struct error *error) {
    (void)error;
    fault_draw_affected(fault);
    fault_join_target(fault);
    return STATUS_OK;
}

#define TARGET_FAULT(fault_name, says)                                                             \
    { .name = fault_name, .sentence = says, .arm = target_arm }

const struct fault_type fault_target_types[] = {
    TARGET_FAULT("access-denied-for-some-accounts", "some accounts cannot be opened"),
    TARGET_FAULT("target-append-ack-lost", "a message was stored, the answer never came"),
    TARGET_FAULT("target-login-opens-other-mailbox",
                 "the login is right, the server opens somebody else's mailbox"),
    {.name = "target-mailbox-not-empty",
     .sentence = "the target still holds mail of a run that was rolled back",
     .arm = target_arm_remains},
    TARGET_FAULT("target-rejects-quota-or-size", "the quota of some accounts is full"),
    {.name = NULL},
};
