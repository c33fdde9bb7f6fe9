/*
 * Any bytes at the directory's door. What begins with "H" is a whole dialogue over HTTP with a
 * directory of three, in pieces whose size the second byte says; the rest is read as the filter of
 * a query and as the body of a patch. What is read must hold together: a home is one of two, a
 * filter's value is never longer than its text.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../../../engine/base/check.h"
#include "../../../../engine/base/fuzz/exact.h"
#include "../scim_request.h"
#include "../tests/bureau.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 20000 }; /* then a new directory: facts pile up in the old one */

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
        const char *copy = exact_copy(EXACT_PIECE, bytes.data + at, length);
        next = session->type->feed(session, copy, length, &out);
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
    fuzz_parts(str_bytes(exact_copy(EXACT_PIECE, data, size), size));
    return 0;
}
