/*
 * Fuzzes the IMAP session: the input is what a client sends, cut into pieces at each byte 0xff, to
 * two sessions by turns that share a mailbox. Input that begins with "L" or "l" meets a server that
 * is logged in to already, with "l" or "b" it comes byte by byte; any other must log in itself.
 *
 * Build: clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined this file, the
 * party's sources, engine/base, fixtures and reports/history*.c, -lxxhash -lnettle -lsqlite3.
 */

#include "../../../../engine/base/fuzz/exact.h"
#include "../tests/imap_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FUZZ_OUT_BYTES_MAX = 64 * 1024 * 1024,
    FUZZ_POLLS_MAX = 10000,
    FUZZ_INPUTS_A_HISTORY = 5000
};

/* One piece, in a buffer that ends where it ends, and all that is said about it. False when the
 * session is over. */
static bool fuzz_piece(struct session *session, struct str piece) {
    struct buffer out = {0};
    size_t said = 0;
    const char *copy = exact_copy(EXACT_PIECE, piece.data, piece.length);
    enum session_next next = session->type->feed(session, copy, piece.length, &out);
    for (int polls = 0; next == SESSION_MORE && polls < FUZZ_POLLS_MAX; polls++) {
        said += out.length;
        buffer_clear(&out);
        next = said > FUZZ_OUT_BYTES_MAX ? SESSION_CLOSE : session->type->poll(session, &out);
    }
    buffer_release(&out);
    return next == SESSION_READ;
}

static bool fuzz_bytes(struct session *session, struct str piece) {
    for (size_t i = 0; i < piece.length; i++)
        if (!fuzz_piece(session, str_bytes(piece.data + i, 1)))
            return false;
    return true;
}

/* A world for one input. Its history and contents serve some thousands of them. */
static void fuzz_world(struct imap_world *world) {
    static unsigned inputs;
    if (inputs > 0 && inputs % FUZZ_INPUTS_A_HISTORY == 0)
        imap_world_end(world);
    if (inputs % FUZZ_INPUTS_A_HISTORY == 0)
        imap_world_begin(world);
    else
        imap_world_again(world);
    inputs++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct imap_world world;
    fuzz_world(&world);
    struct str rest = str_bytes(data, size);
    bool logged_in = size > 0 && (data[0] == 'L' || data[0] == 'l');
    bool by_bytes = size > 0 && (data[0] == 'b' || data[0] == 'l');
    struct session *sessions[2];
    for (int i = 0; i < 2; i++) {
        sessions[i] = logged_in ? imap_world_login(&world, "clara") : imap_world_session(&world);
        if (logged_in)
            fuzz_piece(sessions[i], STR("s SELECT INBOX\r\n"));
    }
    imap_world_store(
        &world, WORLD_CLARA, "INBOX",
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ny\r\n"
        "--b--\r\n",
        0);
    if (logged_in)
        rest = (struct str){rest.data + 1, rest.length - 1};
    bool open[2] = {true, true};
    for (int turn = 0; rest.length > 0; turn ^= 1) {
        struct str piece = str_cut(&rest, '\xff');
        if (open[turn])
            open[turn] =
                by_bytes ? fuzz_bytes(sessions[turn], piece) : fuzz_piece(sessions[turn], piece);
    }
    imap_world_hang_up(&sessions[0]);
    imap_world_hang_up(&sessions[1]);
    return 0;
}
