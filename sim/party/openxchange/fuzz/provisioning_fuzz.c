/*
 * Any bytes as the body of a request to the provisioning service. Whatever they are, there is one
 * answer, and it is a well-formed document.
 */
#include <stdint.h>
#include <string.h>

#include "../../../../engine/base/check.h"
#include "../../../../engine/base/fuzz/exact.h"
#include "../../../../engine/base/fuzz/xml_mutator.h"
#include "../provisioning_soap.h"
#include "../tests/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);

enum { RUNS_MAX = 20000 }; /* then a new office, since facts pile up in the old one */

static void look_at_answer(struct str answer) {
    const char *body = memmem(answer.data, answer.length, "\r\n\r\n", 4);
    check(str_starts_with(answer, "HTTP/1.1 ") && body != NULL);
    size_t head = (size_t)(body + 4 - answer.data);
    struct arena *arena = arena_new();
    int line;
    const struct xml_node *root =
        xml_read_any(arena, str_bytes(body + 4, answer.length - head), &line);
    check(root != NULL && provisioning_operation(root) != NULL);
    arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct office office;
    static int runs;
    if (runs % RUNS_MAX == 0) {
        if (runs > 0)
            office_close(&office);
        office_open(&office);
    }
    runs++;
    struct session *session = provisioning_server_session(office.server, 1);
    struct buffer said = {0}, answer = {0};
    buffer_printf(&said,
                  "POST /webservices/OXUserService HTTP/1.1\r\nHost: ox\r\nContent-Type: "
                  "text/xml\r\nContent-Length: %zu\r\n\r\n",
                  size);
    buffer_append_str(&said, str_bytes(data, size));
    const char *copy = exact_copy(EXACT_PIECE, said.data, said.length);
    enum session_next next = session->type->feed(session, copy, said.length, &answer);
    check(next == SESSION_READ);
    look_at_answer(buffer_str(&answer));
    session->type->close(session);
    buffer_release(&said);
    buffer_release(&answer);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return xml_mutate(data, size, capacity, seed);
}
