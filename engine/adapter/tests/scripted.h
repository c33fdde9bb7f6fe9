/*
 * A server for tests that plays a script on a loopback port: it waits until it was sent a certain
 * text, says its line in pieces of a chosen size, and may hang up. What it was sent is kept.
 */
#ifndef ENGINE_ADAPTER_TESTS_SCRIPTED_H
#define ENGINE_ADAPTER_TESTS_SCRIPTED_H

#include <stdbool.h>
#include <stdint.h>

#include "../../base/buffer.h"

enum scripted_then {
    SCRIPTED_GO_ON,
    SCRIPTED_HANG_UP, /* after this line; the next step waits for a new connection */
    SCRIPTED_RESET,   /* the same, with what was not read lost */
    SCRIPTED_SILENT,  /* says nothing and waits for the client to go */
};

struct scripted_step {
    const char *wait; /* for this text; "" for nothing */
    const char *say;  /* NULL: nothing */
    enum scripted_then then;
};

struct scripted;

/* Plays `steps`, which end with an all-NULL one and must live on; `piece` 0: all at once. */
struct scripted *scripted_start(const struct scripted_step *steps, size_t piece);
uint16_t scripted_port(const struct scripted *scripted);

/* Ends it; false when the script was not played to its end. `heard` receives all that was sent. */
bool scripted_end(struct scripted **scripted, struct buffer *heard);

/* The text of an HTTP answer with its length; it lasts for the next 15 calls. */
const char *scripted_http(int code, const char *type, const char *headers, const char *body);

#endif
