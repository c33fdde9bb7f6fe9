/* See bureau.h. */
#include "bureau.h"

#include "../../../../engine/base/check.h"

void bureau_open(struct bureau *bureau) {
    static const struct office_spec offices[] = {{"Amt", "Amt", "amt.test", BUREAU_PEOPLE, 0, 0}};
    *bureau = (struct bureau){.clock = {1754546400 * SECOND}};
    struct population_spec spec = {.seed = 1,
                                   .day = bureau->clock.now,
                                   .offices = offices,
                                   .office_count = 1,
                                   .messages_mean = 1,
                                   .years = 1,
                                   .scale = 1,
                                   .databases = 1,
                                   .nodes = 1};
    check(population_open(&spec, &bureau->population, NULL) == STATUS_OK);
    check(history_create(NULL, &bureau->history, NULL) == STATUS_OK);
    history_name(bureau->history, STR("umzug"));
    for (uint32_t number = 1; number <= BUREAU_PEOPLE; number++)
        history_mailbox_add(bureau->history, &(struct history_mailbox){.number = number,
                                                                       .address = "",
                                                                       .display_name = "",
                                                                       .kind = "personal",
                                                                       .organisation = "",
                                                                       .office = "",
                                                                       .database = "",
                                                                       .node = ""});
    bureau->directory = directory_party_new(&(struct directory_party_options){
        .clock = &bureau->clock, .history = bureau->history, .population = bureau->population});
    bureau->server = scim_server_new(&(struct scim_options){.directory = bureau->directory,
                                                            .clock = &bureau->clock,
                                                            .url = "http://10.0.0.3/scim/v2",
                                                            .user = "umzug",
                                                            .password = "mowe"});
}

void bureau_close(struct bureau *bureau) {
    scim_server_close(&bureau->server);
    directory_party_close(&bureau->directory);
    history_close(&bureau->history);
    population_close(&bureau->population);
}
