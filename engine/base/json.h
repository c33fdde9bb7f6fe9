/*
 * Writes JSON (RFC 8259) into a buffer: commas and quoting are done here, and bytes that are not
 * UTF-8 become U+FFFD, so that the output is always valid. There is no reader; integers only.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

enum { JSON_DEPTH_MAX = 32 };

struct json {
    struct buffer *out; /* borrows */
    int depth;
    bool begun[JSON_DEPTH_MAX];
    bool after_key;
};

struct json json_to(struct buffer *out);

/* jansson exports functions of these names. A program that holds both would have the library call
 * ours in place of its own, so ours have other names where the linker looks. */
#define JSON_SYMBOL(name) __asm__("base_" #name)

void json_object(struct json *json) JSON_SYMBOL(json_object);
void json_array(struct json *json) JSON_SYMBOL(json_array);
void json_object_end(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, const char *key);

void json_text(struct json *json, struct str text);
void json_integer(struct json *json, int64_t number) JSON_SYMBOL(json_integer);
void json_boolean(struct json *json, bool value);
void json_null(struct json *json) JSON_SYMBOL(json_null);

/* A key with its value. */
void json_key_text(struct json *json, const char *key, struct str text);
void json_key_integer(struct json *json, const char *key, int64_t number);
void json_key_boolean(struct json *json, const char *key, bool value);

#endif
