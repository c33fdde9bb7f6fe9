/* See json.h. */
#include "json.h"

#include "check.h"
#include "utf8.h"

struct json json_to(struct buffer *out) {
    return (struct json){.out = out};
}

static void json_before_value(struct json *json) {
    if (!json->after_key && json->depth > 0) {
        if (json->begun[json->depth - 1])
            buffer_append_byte(json->out, ',');
        json->begun[json->depth - 1] = true;
    }
    json->after_key = false;
}

static void json_open(struct json *json, char bracket) {
    json_before_value(json);
    check_compare(json->depth, <, JSON_DEPTH_MAX);
    json->begun[json->depth++] = false;
    buffer_append_byte(json->out, bracket);
}

static void json_end(struct json *json, char bracket) {
    check_compare(json->depth, >, 0);
    json->depth--;
    buffer_append_byte(json->out, bracket);
}

void json_object(struct json *json) {
    json_open(json, '{');
}

void json_array(struct json *json) {
    json_open(json, '[');
}

void json_object_end(struct json *json) {
    json_end(json, '}');
}

void json_array_end(struct json *json) {
    json_end(json, ']');
}

/* Nearly all there is: it stands for itself. */
static bool json_is_plain(char byte) {
    return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

static void json_quoted(struct buffer *out, struct str text) {
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.length;) {
        size_t plain = i;
        while (i < text.length && json_is_plain(text.data[i]))
            i++;
        buffer_append(out, text.data + plain, i - plain);
        if (i == text.length)
            break;
        unsigned char byte = (unsigned char)text.data[i];
        size_t sequence = utf8_sequence((struct str){text.data + i, text.length - i});
        if (byte == '"' || byte == '\\')
            buffer_printf(out, "\\%c", byte);
        else if (byte == '\n')
            buffer_append_text(out, "\\n");
        else if (byte < 0x20 || byte == 0x7f)
            buffer_printf(out, "\\u%04x", byte);
        else if (sequence == 0)
            buffer_append_text(out, "\xEF\xBF\xBD");
        else
            buffer_append(out, text.data + i, sequence);
        i += sequence == 0 ? 1 : sequence;
    }
    buffer_append_byte(out, '"');
}

void json_key(struct json *json, const char *key) {
    json_before_value(json);
    json_quoted(json->out, str_of(key));
    buffer_append_byte(json->out, ':');
    json->after_key = true;
}

void json_text(struct json *json, struct str text) {
    json_before_value(json);
    json_quoted(json->out, text);
}

void json_integer(struct json *json, int64_t number) {
    json_before_value(json);
    buffer_printf(json->out, "%lld", (long long)number);
}

void json_boolean(struct json *json, bool value) {
    json_before_value(json);
    buffer_append_text(json->out, value ? "true" : "false");
}

void json_null(struct json *json) {
    json_before_value(json);
    buffer_append_text(json->out, "null");
}

void json_key_text(struct json *json, const char *key, struct str text) {
    json_key(json, key);
    json_text(json, text);
}

void json_key_integer(struct json *json, const char *key, int64_t number) {
    json_key(json, key);
    json_integer(json, number);
}

void json_key_boolean(struct json *json, const char *key, bool value) {
    json_key(json, key);
    json_boolean(json, value);
}
