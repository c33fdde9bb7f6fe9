#include "scim_request.h"

#include <jansson.h>

#include "scim.h"

/* ---- Queries ---- */

static int scim_hex(char byte) {
    byte = ascii_lower(byte);
    return byte >= '0' && byte <= '9'   ? byte - '0'
           : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                                        : -1;
}

static bool scim_decode(struct str text, struct buffer *out) {
    buffer_clear(out);
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (byte == '%') {
            if (text.length - i < 3 || scim_hex(text.data[i + 1]) < 0 ||
                scim_hex(text.data[i + 2]) < 0)
                return false;
            byte = (char)(scim_hex(text.data[i + 1]) * 16 + scim_hex(text.data[i + 2]));
            i += 2;
        } else if (byte == '+') {
            byte = ' ';
        }
        buffer_append_byte(out, byte);
    }
    return true;
}

bool scim_query_value(struct str query, const char *name, struct buffer *value) {
    buffer_clear(value);
    while (query.length > 0) {
        struct str text = str_cut(&query, '&');
        struct str key = str_cut(&text, '=');
        if (str_equal_text(key, name))
            return scim_decode(text, value);
    }
    return false;
}

static bool scim_attribute_read(struct str name, enum scim_attribute *attribute_r) {
    static const struct {
        const char *name;
        enum scim_attribute attribute;
    } attributes[] = {
        {"emails", SCIM_EMAILS},
        {"emails.value", SCIM_EMAILS},
        {"userName", SCIM_USER_NAME},
        {"id", SCIM_ID},
        {SCIM_USER_EXTENSION ":key", SCIM_KEY},
        {SCIM_USER_EXTENSION ":login", SCIM_LOGIN},
    };
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        if (str_equal_caseless(name, str_of(attributes[i].name))) {
            *attribute_r = attributes[i].attribute;
            return true;
        }
    return false;
}

/* A JSON string with its quotes; escapes are those of `\"` and `\\` alone. */
static bool scim_quoted(struct str text, struct buffer *value) {
    buffer_clear(value);
    if (text.length < 2 || text.data[0] != '"' || text.data[text.length - 1] != '"')
        return false;
    for (size_t i = 1; i < text.length - 1; i++) {
        if (text.data[i] == '"')
            return false;
        if (text.data[i] == '\\' &&
            (++i == text.length - 1 || (text.data[i] != '"' && text.data[i] != '\\')))
            return false;
        buffer_append_byte(value, text.data[i]);
    }
    return true;
}

bool scim_filter_read(struct str text, struct buffer *value, struct scim_filter *filter_r) {
    text = str_trim(text);
    struct str name = str_cut(&text, ' ');
    text = str_trim(text);
    struct str comparison = str_cut(&text, ' ');
    if (!scim_attribute_read(name, &filter_r->attribute) ||
        !str_equal_caseless(comparison, STR("eq")) || !scim_quoted(str_trim(text), value))
        return false;
    filter_r->value = buffer_str(value);
    return true;
}

/* ---- Patches ---- */

/* Whether the brackets nest no deeper than the parser, which recurses, may go. */
static bool scim_is_shallow(struct str body) {
    int depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < body.length; i++) {
        char byte = body.data[i];
        if (in_text && byte == '\\')
            i++;
        else if (byte == '"')
            in_text = !in_text;
        else if (!in_text && (byte == '{' || byte == '['))
            depth++;
        else if (!in_text && (byte == '}' || byte == ']'))
            depth--;
        if (depth > SCIM_DEPTH_MAX)
            return false;
    }
    return true;
}

static enum scim_patch scim_patch_home(const json_t *value, enum system *home_r) {
    const char *text = json_string_value(value);
    struct str home = str_of(text);
    if (str_equal_text(home, "openxchange"))
        *home_r = SYSTEM_OPENXCHANGE;
    else if (str_equal_text(home, "exchange"))
        *home_r = SYSTEM_EXCHANGE;
    else
        return SCIM_PATCH_VALUE;
    return SCIM_PATCH_HOME;
}

/* An operation with a path: the extension's home, or something that is known but fixed. */
static enum scim_patch scim_patch_path(struct str path, const json_t *value, enum system *home_r) {
    enum scim_attribute fixed;
    if (str_equal_caseless(path, STR(SCIM_USER_EXTENSION ":home")))
        return scim_patch_home(value, home_r);
    if (scim_attribute_read(path, &fixed) || str_equal_caseless(path, STR("displayName")) ||
        str_equal_caseless(path, STR("active")))
        return SCIM_PATCH_MUTABLE;
    return SCIM_PATCH_PATH;
}

/* One without: its value is an object of attributes, the extension's in one of their own. */
static enum scim_patch scim_patch_object(const json_t *value, enum system *home_r) {
    const json_t *home = json_object_get(value, SCIM_USER_EXTENSION ":home");
    const json_t *extension = json_object_get(value, SCIM_USER_EXTENSION);
    if (home == NULL)
        home = json_object_get(extension, "home");
    if (json_object_size(value) != 1 || (extension != NULL && json_object_size(extension) != 1))
        return json_object_size(value) == 0 ? SCIM_PATCH_NOTHING : SCIM_PATCH_MUTABLE;
    return home != NULL ? scim_patch_home(home, home_r) : SCIM_PATCH_PATH;
}

static enum scim_patch scim_patch_operation(const json_t *operation, enum system *home_r) {
    struct str kind = str_of(json_string_value(json_object_get(operation, "op")));
    const json_t *path = json_object_get(operation, "path");
    const json_t *value = json_object_get(operation, "value");
    if (str_equal_caseless(kind, STR("remove")))
        return SCIM_PATCH_MUTABLE; /* everybody has a home */
    if (!str_equal_caseless(kind, STR("replace")) && !str_equal_caseless(kind, STR("add")))
        return SCIM_PATCH_SYNTAX;
    if (json_is_string(path))
        return scim_patch_path(str_of(json_string_value(path)), value, home_r);
    return path == NULL && json_is_object(value) ? scim_patch_object(value, home_r)
                                                 : SCIM_PATCH_SYNTAX;
}

static enum scim_patch scim_patch_operations(const json_t *root, enum system *home_r) {
    const json_t *schema = json_array_get(json_object_get(root, "schemas"), 0);
    const json_t *operations = json_object_get(root, "Operations");
    if (!str_equal_text(str_of(json_string_value(schema)),
                        "urn:ietf:params:scim:api:messages:2.0:PatchOp") ||
        !json_is_array(operations))
        return SCIM_PATCH_SYNTAX;
    enum scim_patch result = SCIM_PATCH_NOTHING;
    for (size_t i = 0; i < json_array_size(operations); i++) {
        enum scim_patch one = scim_patch_operation(json_array_get(operations, i), home_r);
        if (one != SCIM_PATCH_HOME && one != SCIM_PATCH_NOTHING)
            return one; /* all operations or none */
        if (one == SCIM_PATCH_HOME)
            result = one;
    }
    return result;
}

enum scim_patch scim_patch_read(struct str body, enum system *home_r) {
    *home_r = SYSTEM_NONE;
    json_t *root = scim_is_shallow(body)
                       ? json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    enum scim_patch result = SCIM_PATCH_SYNTAX;
    if (root != NULL)
        result = scim_patch_operations(root, home_r);
    json_decref(root);
    return result;
}
