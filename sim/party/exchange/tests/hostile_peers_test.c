/* EWS against peers that are slow, hang up, never end or ask without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tests/hostile.h"
#include "../ews.h"
#include "ews_world.h"

#define BYTES(text)                                                                                \
    { text, sizeof(text) - 1 }
#define MIB ((size_t)1 << 20)

enum { HELD_MAX = 512 * 1024 };

/* A request lies there once as bytes, once as a tree; a tree of the smallest elements takes some
 * sixty bytes for each of theirs. */
#define TREE_MAX ((size_t)64 * EWS_REQUEST_MAX)

static struct session *open_ews(void *of) {
    struct ews_world *world = of;
    struct session *session = exchange_ews_session(world->exchange);
    session->process = 1;
    return session;
}

#define POST                                                                                       \
    "POST /ews/exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nAuthorization: "     \
    "Basic c3ZjLXVtenVnOmtyYW5pY2g=\r\n"
#define ENVELOPE                                                                                   \
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                           \
    "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\" "                       \
    "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\"><s:Body>"

static const struct hostile_flood floods[] = {
    {"ews: a header without end", BYTES(POST "X: "), BYTES("x"), HELD_MAX, 4 * MIB},
    {"ews: headers without end", BYTES(POST), BYTES("X: y\r\n"), HELD_MAX, 4 * MIB},
    {"ews: a giant body announced", BYTES(POST "Content-Length: 999999999999\r\n\r\n"), BYTES("x"),
     HELD_MAX, 4 * MIB},
    {"ews: a body of the largest size", BYTES(POST "Content-Length: 36700160\r\n\r\n" ENVELOPE),
     BYTES("x"), 4 * (size_t)EWS_REQUEST_MAX, 35 * MIB},
    {"ews: as many elements", BYTES(POST "Content-Length: 4194304\r\n\r\n" ENVELOPE), BYTES("<a/>"),
     TREE_MAX, 4 * MIB},
    {"ews: a giant chunk", BYTES(POST "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"),
     BYTES("x"), 4 * (size_t)EWS_REQUEST_MAX, 64 * MIB},
    {"ews: chunks without end", BYTES(POST "Transfer-Encoding: chunked\r\n\r\n"),
     BYTES("4\r\nxxxx\r\n"), 4 * (size_t)EWS_REQUEST_MAX, 96 * MIB},
    {"ews: asks without end", BYTES(""), BYTES(POST "Content-Length: 0\r\n\r\n"), 2 * MIB, 1 * MIB},
};

static void ews_survives(void **state) {
    (void)state;
    struct ews_world world;
    struct buffer body = {0}, dialogue = {0};
    ews_world_open(&world);
    ews_world_start(&world);
    buffer_append_text(&body,
                       ENVELOPE "<m:ResolveNames ReturnFullContactData=\"false\">"
                                "<m:UnresolvedEntry>nobody</m:UnresolvedEntry></m:ResolveNames>"
                                "</s:Body></s:Envelope>");
    buffer_printf(&dialogue, POST "Content-Length: %zu\r\n\r\n%s", body.length, buffer_text(&body));
    struct hostile_server server = {.of = &world,
                                    .open = open_ews,
                                    .greeting = "HTTP/1.1 200 ",
                                    .dialogue = buffer_str(&dialogue),
                                    .answer = "ErrorNameResolutionNoResults"};
    hostile_speaks_slowly(&server);
    hostile_hangs_up_anywhere(&server, 1);
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++)
        hostile_floods(&server, &floods[i]);
    buffer_release(&body);
    buffer_release(&dialogue);
    ews_world_close(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ews_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
