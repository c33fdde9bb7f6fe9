/*
 * Family network: connections of the migration go dead without a word, or crawl. Those that others
 * hold are left alone, so that what is found is the engine's doing.
 */
#include <string.h>

#include "fault.h"

enum {
    HALF_OPEN_AFTER = 2000, /* bytes that still pass */
    HALF_OPEN_COUNT = 3,    /* where the scenario says nothing */
    CRAWL_BYTES_SECOND = 1500,
};

static bool network_is_migration(const struct stream *client) {
    return strncmp(process_name(stream_process(client)), "umzug", strlen("umzug")) == 0;
}

static void network_acts(void *of) {
    fault_has_effect(of, 0);
}

static bool network_is_imap(struct network_place place) {
    return place.ip == PLACE_OX_IMAP.ip && place.port == PLACE_OX_IMAP.port;
}

static bool network_is_half_open(const struct fault *fault) {
    return strcmp(fault->type->name, "half-open-connection") == 0;
}

/* Lays the fault on one connection. */
static void network_lay(struct fault *fault, struct network_place place, struct stream *client,
                        struct stream *server) {
    uint64_t most = fault->spec->count == 0 ? HALF_OPEN_COUNT : fault->spec->count;
    const struct stream_fault drop = {
        .kind = STREAM_FAULT_DROP, .after = HALF_OPEN_AFTER, .fired = network_acts, .of = fault};
    const struct stream_fault crawl = {.kind = STREAM_FAULT_SLOW,
                                       .bytes_per_second = CRAWL_BYTES_SECOND,
                                       .fired = network_acts,
                                       .of = fault};
    if (!network_is_half_open(fault)) {
        fault_fires(fault);
        stream_disturb(client, crawl);
        stream_disturb(server, crawl);
    } else if (network_is_imap(place) && fault->fired_count < most) {
        fault->fired_count++;
        fault_fires(fault);
        stream_disturb(client, drop);
    }
}

static void network_opened(void *of, struct network_place place, struct stream *client,
                           struct stream *server) {
    struct world *world = of;
    for (struct fault *fault = world->network_faults; fault != NULL; fault = fault->next)
        if (network_is_migration(client) && fault_is_its_time(fault))
            network_lay(fault, place, client, server);
}

static void network_heal_one(void *of, struct network_place place, struct stream *client,
                             struct stream *server) {
    (void)of;
    (void)place;
    if (!network_is_migration(client))
        return;
    stream_disturb(client, (struct stream_fault){.kind = STREAM_FAULT_NONE});
    stream_disturb(server, (struct stream_fault){.kind = STREAM_FAULT_NONE});
}

static void network_ends(void *of) {
    struct fault *fault = of;
    struct kernel *kernel = fault->world->kernel;
    network_each(kernel, PLACE_EXCHANGE_EWS, network_heal_one, fault);
    network_each(kernel, PLACE_OX_IMAP, network_heal_one, fault);
    fault_heals(fault);
}

static enum status network_arm(struct fault *fault, struct error *error) {
    (void)error;
    struct world *world = fault->world;
    fault->next = world->network_faults;
    world->network_faults = fault;
    network_watch(world->kernel, network_opened, world);
    /* What has gone dead stays dead; what crawls recovers. */
    if (!network_is_half_open(fault))
        kernel_at(world->kernel,
                  scenario_instant(world->scenario, fault->spec->at) + fault->spec->lasts,
                  network_ends, fault);
    return STATUS_OK;
}

#define NETWORK_FAULT(fault_name, says)                                                            \
    { .name = fault_name, .sentence = says, .arm = network_arm }

const struct fault_type fault_network_types[] = {
    NETWORK_FAULT("half-open-connection",
                  "what the engine sends vanishes, and nobody closes the connection"),
    NETWORK_FAULT("throughput-collapse", "connections of the engine crawl"),
    {.name = NULL},
};
