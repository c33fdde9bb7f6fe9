/* See bureau.h. */
#include "bureau.h"

#include "../../tests/people.h"

void bureau_open(struct bureau *bureau) {
    *bureau = (struct bureau){.clock = {PEOPLE_NOW}};
    bureau->population = people_new(BUREAU_PEOPLE, 4);
    bureau->history = people_history("umzug", BUREAU_PEOPLE);
    bureau->directory = directory_party_new(&(struct directory_party_options){
        .clock = &bureau->clock,
        .history = bureau->history,
        .population = bureau->population,
        .delays = {30 * SECOND, 5 * SECOND, 15 * MINUTE},
    });
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
