/* IMAP and provisioning against peers that are slow, hang up, never end or ask without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tests/hostile.h"
#include "imap_world.h"
#include "office.h"

#define BYTES(text)                                                                                \
    { text, sizeof(text) - 1 }
#define MIB ((size_t)1 << 20)

/* ---- IMAP ---- */

enum { HELD_MAX = 512 * 1024, MESSAGES = 40, MESSAGE_BYTES = 64 * 1024 };

static struct session *imap_open(void *of) {
    struct imap_world *world = of;
    return openxchange_imap(world->openxchange, world->process);
}

#define IN "i LOGIN bernd geheim\r\ni SELECT INBOX\r\n"

static const struct str imap_dialogue =
    BYTES("a CAPABILITY\r\nb LOGIN {5}\r\nbernd {6+}\r\ngeheim\r\nc SELECT INBOX\r\n"
          "d FETCH 1:3 (FLAGS BODY.PEEK[HEADER])\r\ne UID SEARCH SUBJECT {1+}\r\nx\r\n"
          "f LIST \"\" \"*\"\r\ng APPEND Nirgends {5+}\r\nhallo\r\nh LOGOUT\r\n");

static const struct hostile_flood imap_floods[] = {
    {"imap: a line without end", BYTES(""), BYTES("x"), HELD_MAX, 4 * MIB},
    {"imap: the same, logged in", BYTES(IN "a SEARCH "), BYTES("x"), HELD_MAX, 4 * MIB},
    {"imap: a quoted string without end", BYTES(IN "a SELECT \""), BYTES("y"), HELD_MAX, 4 * MIB},
    {"imap: literals without end", BYTES(IN "a SEARCH SUBJECT "), BYTES("{1+}\r\nx "), HELD_MAX,
     4 * MIB},
    {"imap: a giant literal announced", BYTES(IN "a APPEND INBOX {9999999999}\r\n"), BYTES("x"),
     HELD_MAX, 4 * MIB},
    {"imap: a giant literal sent", BYTES(IN "a APPEND INBOX {9999999999+}\r\n"), BYTES("x"),
     HELD_MAX, 80 * MIB},
    /* What has come of a message, and what its buffer doubles to. */
    {"imap: the largest literal", BYTES(IN "a APPEND INBOX {268435456+}\r\n"), BYTES("x"),
     192 * MIB, 80 * MIB},
    {"imap: a giant literal nowhere", BYTES(IN "a APPEND Nirgends {99999999+}\r\n"), BYTES("x"),
     HELD_MAX, 80 * MIB},
    {"imap: a giant literal by a stranger", BYTES("a LOGIN {99999999+}\r\n"), BYTES("x"), HELD_MAX,
     4 * MIB},
    {"imap: commands without end", BYTES(""), BYTES("a NOOP\r\n"), 4 * MIB, 4 * MIB},
    {"imap: nonsense without end", BYTES(""), BYTES("\r\n"), HELD_MAX, 4 * MIB},
    /* 2.5 MB an answer, 2,600 times in one piece. What was read are facts, which the history keeps.
     */
    {"imap: asks for everything again and again", BYTES(IN), BYTES("a FETCH 1:* BODY.PEEK[]\r\n"),
     16 * MIB, 64 * 1024},
    {"imap: the same while idling", BYTES(IN "a IDLE\r\n"), BYTES("a NOOP\r\n"), HELD_MAX, 4 * MIB},
};

static void imap_fill(struct imap_world *world) {
    struct buffer message = {0};
    buffer_append_text(&message, "Subject: x\r\n\r\n");
    while (message.length < MESSAGE_BYTES)
        buffer_append_text(&message, "0123456789\r\n");
    for (int i = 0; i < MESSAGES; i++)
        imap_world_store(world, WORLD_BERND, "INBOX", buffer_text(&message), 0);
    buffer_release(&message);
}

static void imap_survives(void **state) {
    (void)state;
    struct imap_world world;
    imap_world_begin(&world);
    imap_fill(&world);
    struct hostile_server server = {.of = &world,
                                    .open = imap_open,
                                    .greeting = "* OK ",
                                    .dialogue = imap_dialogue,
                                    .answer = "g NO [TRYCREATE]"};
    hostile_speaks_slowly(&server);
    hostile_hangs_up_anywhere(&server, 1);
    for (size_t i = 0; i < sizeof imap_floods / sizeof imap_floods[0]; i++)
        hostile_floods(&server, &imap_floods[i]);
    imap_world_end(&world);
}

/* ---- provisioning ---- */

static struct session *office_session(void *of) {
    return provisioning_server_session(((struct office *)of)->server, 1);
}

#define POST(length)                                                                               \
    "POST /webservices/OXUserService HTTP/1.1\r\nHost: ox\r\nContent-Type: text/xml\r\n"           \
    "Content-Length: " length "\r\n\r\n"
#define CHUNKED                                                                                    \
    "POST /webservices/OXUserService HTTP/1.1\r\nHost: ox\r\nTransfer-Encoding: chunked\r\n\r\n"
#define ASK                                                                                        \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                           \
    "xmlns:o=\"http://soap.admin.openexchange.com\" "                                              \
    "xmlns:d=\"http://dataobjects.soap.admin.openexchange.com/xsd\" "                              \
    "xmlns:c=\"http://dataobjects.rmi.admin.openexchange.com/xsd\"><s:Body><o:exists><o:ctx>"      \
    "<d:id>1</d:id></o:ctx><o:user><d:name>bkoehler</d:name></o:user><o:auth><c:login>oxadmin"     \
    "</c:login><c:password>hering</c:password></o:auth></o:exists></s:Body></s:Envelope>"

static const struct hostile_flood office_floods[] = {
    {"soap: a header without end", BYTES("POST / HTTP/1.1\r\nX: "), BYTES("x"), HELD_MAX, 4 * MIB},
    {"soap: headers without end", BYTES("POST / HTTP/1.1\r\n"), BYTES("X: y\r\n"), HELD_MAX,
     4 * MIB},
    {"soap: a giant body announced", BYTES(POST("999999999999")), BYTES("x"), HELD_MAX, 4 * MIB},
    {"soap: a body of the largest size", BYTES(POST("262144")), BYTES("<a>"), 2 * MIB, 4 * MIB},
    {"soap: a giant chunk", BYTES(CHUNKED "7fffffffffffffff\r\n"), BYTES("x"), 2 * MIB, 4 * MIB},
    {"soap: chunks without end", BYTES(CHUNKED), BYTES("1\r\nx\r\n"), 2 * MIB, 4 * MIB},
    {"soap: requests without end", BYTES(""), BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 2 * MIB,
     1 * MIB},
};

static void provisioning_survives(void **state) {
    (void)state;
    struct office office;
    struct buffer dialogue = {0};
    office_open(&office);
    buffer_printf(&dialogue, POST("%zu") "%s", sizeof ASK - 1, ASK);
    struct hostile_server server = {.of = &office,
                                    .open = office_session,
                                    .greeting = "HTTP/1.1 200 ",
                                    .dialogue = buffer_str(&dialogue),
                                    .answer = "true</"};
    hostile_speaks_slowly(&server);
    hostile_hangs_up_anywhere(&server, 1);
    for (size_t i = 0; i < sizeof office_floods / sizeof office_floods[0]; i++)
        hostile_floods(&server, &office_floods[i]);
    office_close(&office);
    buffer_release(&dialogue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imap_survives),
        cmocka_unit_test(provisioning_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
