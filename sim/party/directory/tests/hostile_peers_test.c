/* The directory's door against peers that are slow, hang up, never end or ask without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tests/hostile.h"
#include "bureau.h"

#define BYTES(text)                                                                                \
    { text, sizeof(text) - 1 }
#define MIB ((size_t)1 << 20)

enum { HELD_MAX = 512 * 1024 };

static struct session *open_scim(void *of) {
    return scim_server_session(((struct bureau *)of)->server, 1);
}

#define GET   "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n" BUREAU_MAY
#define PATCH "PATCH /scim/v2/Users/1 HTTP/1.1\r\nHost: x\r\n" BUREAU_MAY

static const struct hostile_flood floods[] = {
    {"scim: a target without end", BYTES("GET /"), BYTES("x"), HELD_MAX, 4 * MIB},
    {"scim: a header without end", BYTES(GET "X: "), BYTES("x"), HELD_MAX, 4 * MIB},
    {"scim: headers without end", BYTES(GET), BYTES("X: y\r\n"), HELD_MAX, 4 * MIB},
    {"scim: a giant body announced", BYTES(PATCH "Content-Length: 999999999999\r\n\r\n"),
     BYTES("["), HELD_MAX, 4 * MIB},
    {"scim: a body of brackets", BYTES(PATCH "Content-Length: 65536\r\n\r\n"), BYTES("["), HELD_MAX,
     4 * MIB},
    {"scim: a giant chunk", BYTES(PATCH "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
     BYTES("x"), HELD_MAX, 4 * MIB},
    {"scim: trailers without end", BYTES(PATCH "Transfer-Encoding: chunked\r\n\r\n0\r\n"),
     BYTES("X: y\r\n"), HELD_MAX, 4 * MIB},
    {"scim: asks without end", BYTES(""), BYTES(GET "\r\n"), 2 * MIB, 1 * MIB},
};

static void scim_survives(void **state) {
    (void)state;
    struct bureau bureau;
    bureau_open(&bureau);
    struct hostile_server server = {
        .of = &bureau,
        .open = open_scim,
        .greeting = "HTTP/1.1 200 ",
        .dialogue = BYTES("GET /scim/v2/Users?filter=userName+eq+%22x%40y%22&count=2 HTTP/1.1\r\n"
                          "Host: x\r\n" BUREAU_MAY "\r\n"),
        .answer = "\"totalResults\""};
    hostile_speaks_slowly(&server);
    hostile_hangs_up_anywhere(&server, 1);
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++)
        hostile_floods(&server, &floods[i]);
    bureau_close(&bureau);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scim_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
