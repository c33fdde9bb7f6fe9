/*
 * Any bytes at the directory's door. What begins with "H" is a whole dialogue over HTTP with a
 * directory of three, in pieces whose size the second byte says; the rest is read as the filter of
 * a query and as the body of a patch. What is read must hold together: a home is one of two, a
 * filter's value is never longer than its text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../../engine/base/check.h"
#include "../scim.h"
#include "../scim_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 20000, PEOPLE = 3 }; /* then a new directory: facts pile up in the old one */

struct bureau {
    struct clock clock;
    struct population *population;
    struct history *history;
    struct directory_party *directory;
    struct scim_server *server;
};

static void bureau_open(struct bureau *bureau) {
    static const struct office_spec offices[] = {{"Amt", "Amt", "amt.test", PEOPLE, 0, 0}};
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
    for (uint32_t number = 1; number <= PEOPLE; number++)
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

static void bureau_close(struct bureau *bureau) {
    scim_server_close(&bureau->server);
    directory_party_close(&bureau->directory);
    history_close(&bureau->history);
    population_close(&bureau->population);
}

static void fuzz_dialogue(struct str bytes, size_t piece) {
    static struct bureau bureau;
    static int runs;
    if (runs > 0 && runs % RUNS_MAX == 0)
        bureau_close(&bureau);
    if (runs++ % RUNS_MAX == 0)
        bureau_open(&bureau);
    struct session *session = scim_server_session(bureau.server, 1);
    struct buffer out = {0};
    enum session_next next = SESSION_READ;
    for (size_t at = 0; at < bytes.length && next != SESSION_CLOSE; at += piece) {
        size_t length = bytes.length - at < piece ? bytes.length - at : piece;
        char *copy = memory_new(length, 1); /* ends where the piece ends */
        memcpy(copy, bytes.data + at, length);
        next = session->type->feed(session, copy, length, &out);
        free(copy);
        while (next == SESSION_MORE)
            next = session->type->poll(session, &out);
    }
    check(out.length == 0 || str_starts_with(buffer_str(&out), "HTTP/1.1 "));
    session->type->close(session);
    buffer_release(&out);
}

static void fuzz_parts(struct str text) {
    struct buffer value = {0}, quoted = {0};
    struct scim_filter filter;
    if (scim_query_value(text, "filter", &value) &&
        scim_filter_read(buffer_str(&value), &quoted, &filter))
        check(filter.value.length <= value.length);
    enum system home;
    enum scim_patch patch = scim_patch_read(text, &home);
    check(patch != SCIM_PATCH_HOME || home == SYSTEM_EXCHANGE || home == SYSTEM_OPENXCHANGE);
    buffer_release(&value);
    buffer_release(&quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 2 && data[0] == 'H') {
        fuzz_dialogue(str_bytes(data + 2, size - 2), 1 + data[1]);
        return 0;
    }
    char *bytes = memory_new(size, 1); /* ends where the input ends */
    if (size > 0)
        memcpy(bytes, data, size);
    fuzz_parts(str_bytes(bytes, size));
    free(bytes);
    return 0;
}
