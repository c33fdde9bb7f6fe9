/* SMTP, LMTP and plain HTTP against peers that are slow, hang up, never end or ask without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doors.h"
#include "hostile.h"

#define BYTES(text)                                                                                \
    { text, sizeof(text) - 1 }
#define MIB ((size_t)1 << 20)

enum { HELD_MAX = 512 * 1024 };

static struct session *open_smtp(void *of) {
    return exchange_smtp_session(((struct doors *)of)->smtp, 1);
}

static struct session *open_lmtp(void *of) {
    return lmtp_server_session(((struct doors *)of)->lmtp, 1);
}

/* A message in the making may take what a message may have, and what its buffer doubles to. */
#define MESSAGE_MAX (2 * (size_t)SMTP_MESSAGE_BYTES_MAX + MIB)

#define LETTER "MAIL FROM:<s@y>\r\nRCPT TO:<a@x>\r\n"
#define FLOODS(hello)                                                                              \
    {"a line without end", BYTES(""), BYTES("x"), HELD_MAX, 4 * MIB},                              \
        {"an address without end", BYTES(hello "MAIL FROM:<"), BYTES("a"), HELD_MAX, 4 * MIB},     \
        {"commands without end", BYTES(hello), BYTES("NOOP\r\n"), 2 * MIB, 4 * MIB},               \
        {"nonsense without end", BYTES(hello), BYTES("\r\n"), HELD_MAX, 4 * MIB},                  \
        {"recipients without end", BYTES(hello "MAIL FROM:<s@y>\r\n"), BYTES("RCPT TO:<a@x>\r\n"), \
         2 * MIB, 4 * MIB},                                                                        \
        {"a message without end", BYTES(hello LETTER "DATA\r\n"), BYTES("x"), MESSAGE_MAX,         \
         72 * MIB},                                                                                \
        {"dots without end", BYTES(hello LETTER "DATA\r\n"), BYTES("\r\n.."), MESSAGE_MAX,         \
         72 * MIB},                                                                                \
    {                                                                                              \
        "a giant message announced", BYTES(hello "MAIL FROM:<s@y> SIZE=99999999999999999999\r\n"), \
            BYTES("DATA\r\n"), HELD_MAX, 1 * MIB                                                   \
    }

static void survives(const struct hostile_server *server, const struct hostile_flood *floods,
                     size_t count) {
    hostile_speaks_slowly(server);
    hostile_hangs_up_anywhere(server, 1);
    for (size_t i = 0; i < count; i++)
        hostile_floods(server, &floods[i]);
}

static void smtp_survives(void **state) {
    (void)state;
    static const struct hostile_flood floods[] = {FLOODS("EHLO gw\r\n")};
    struct doors doors;
    doors_open(&doors);
    struct hostile_server server = {
        .of = &doors,
        .open = open_smtp,
        .greeting = "220 ",
        .dialogue = BYTES("EHLO gw\r\nMAIL FROM:<s@y> SIZE=9\r\nRCPT TO:<a@x>\r\nRCPT "
                          "TO:<nobody@x>\r\nRSET\r\nVRFY a\r\nQUIT\r\n"),
        .answer = "550 5.1.1"};
    survives(&server, floods, sizeof floods / sizeof floods[0]);
    doors_close(&doors);
}

static void lmtp_survives(void **state) {
    (void)state;
    static const struct hostile_flood floods[] = {FLOODS("LHLO gw\r\n")};
    struct doors doors;
    doors_open(&doors);
    struct hostile_server server = {
        .of = &doors,
        .open = open_lmtp,
        .greeting = "220 ",
        .dialogue = BYTES("LHLO gw\r\nMAIL FROM:<s@y> SIZE=9\r\nRCPT TO:<a@x>\r\nRCPT "
                          "TO:<full@x>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\nQUIT\r\n"),
        .answer = "452 4.2.2 <full@x>"};
    survives(&server, floods, sizeof floods / sizeof floods[0]);
    doors_close(&doors);
}

/* A letter that was cut off before its end is in nobody's mailbox, wherever it was cut. */
static void what_was_cut_off_is_delivered_to_nobody(void **state) {
    (void)state;
    static const struct str letter =
        BYTES("LHLO gw\r\n" LETTER "DATA\r\nSubject: x\r\n\r\ny\r\n.\r\n");
    struct doors doors;
    doors_open(&doors);
    for (size_t end = 0; end <= letter.length; end++) {
        struct session *session = open_lmtp(&doors);
        struct buffer out = {0};
        session->type->feed(session, letter.data, end, &out);
        session->type->close(session);
        buffer_release(&out);
        assert_int_equal(doors_items(&doors), end == letter.length ? 1 : 0);
    }
    doors_close(&doors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smtp_survives),
        cmocka_unit_test(lmtp_survives),
        cmocka_unit_test(what_was_cut_off_is_delivered_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
