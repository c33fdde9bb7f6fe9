/*
 * Any bytes at the two doors where mail comes to rest: LMTP into Open-Xchange's store (mailboxes
 * with room and a full one) and SMTP into Exchange. The first byte chooses the door and how large
 * the pieces are. What a door said 250 to lies there afterwards, and nothing else does.
 */
#include <stdint.h>
#include <string.h>

#include "../../../engine/base/check.h"
#include "../../../engine/base/fuzz/exact.h"
#include "../tests/doors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 5000 }; /* then a new house, since facts pile up in the old one */

static uint64_t count_text(struct str text, const char *what) {
    uint64_t count = 0;
    const char *at = text.data, *end = text.data + text.length;
    while (at < end && (at = memmem(at, (size_t)(end - at), what, strlen(what))) != NULL) {
        count++;
        at++;
    }
    return count;
}

static void talk(struct session *session, struct str bytes, size_t piece, struct buffer *out) {
    enum session_next next = session->type->poll(session, out);
    while (bytes.length > 0 && next == SESSION_READ) {
        size_t length = bytes.length < piece ? bytes.length : piece;
        const char *copy = exact_copy(EXACT_PIECE, bytes.data, length);
        next = session->type->feed(session, copy, length, out);
        bytes = str_bytes(bytes.data + length, bytes.length - length);
    }
    session->type->close(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct doors doors;
    static int runs;
    if (size == 0)
        return 0;
    if (runs > 0 && runs % RUNS_MAX == 0)
        doors_close(&doors);
    if (runs++ % RUNS_MAX == 0)
        doors_open(&doors);
    struct buffer out = {0};
    uint64_t before = doors_items(&doors);
    bool is_lmtp = data[0] % 2 == 0;
    struct session *session =
        is_lmtp ? lmtp_server_session(doors.lmtp, 1) : exchange_smtp_session(doors.smtp, 1);
    talk(session, str_bytes(data + 1, size - 1), 1 + data[0] / 2u, &out);
    uint64_t came = doors_items(&doors) - before;
    check_compare(came, ==, is_lmtp ? count_text(buffer_str(&out), "250 2.0.0 <") : 0);
    buffer_release(&out);
    return 0;
}
