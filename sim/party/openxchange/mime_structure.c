/* Taking a message apart. See mime_structure.h. */
#include "mime_structure.h"

#include <string.h>

/* ---- Header ---- */

/* The length of the first line with its line end. */
static size_t mime_line(struct str text) {
    const char *end = memchr(text.data, '\n', text.length);
    return end == NULL ? text.length : (size_t)(end - text.data) + 1;
}

static bool mime_is_empty_line(struct str text) {
    return text.length > 0 && (text.data[0] == '\n' ||
                               (text.length > 1 && text.data[0] == '\r' && text.data[1] == '\n'));
}

static struct str mime_behind(struct str text, size_t length) {
    return (struct str){text.data + length, text.length - length};
}

struct str mime_split(struct str message, struct str *body_r) {
    struct str rest = message;
    while (rest.length > 0 && !mime_is_empty_line(rest))
        rest = mime_behind(rest, mime_line(rest));
    *body_r = mime_behind(rest, mime_line(rest));
    return (struct str){message.data, message.length - body_r->length};
}

bool mime_field_next(struct str *header, struct str *field_r, struct str *name_r) {
    if (header->length == 0 || mime_is_empty_line(*header))
        return false;
    size_t length = mime_line(*header);
    while (length < header->length && (header->data[length] == ' ' || header->data[length] == '\t'))
        length += mime_line(mime_behind(*header, length));
    *field_r = (struct str){header->data, length};
    *header = mime_behind(*header, length);
    const char *colon = memchr(field_r->data, ':', mime_line(*field_r));
    *name_r = colon == NULL
                  ? STR("")
                  : str_trim((struct str){field_r->data, (size_t)(colon - field_r->data)});
    return true;
}

struct str mime_field(struct str header, const char *name) {
    struct str field, found;
    while (mime_field_next(&header, &field, &found))
        if (str_equal_caseless(found, str_of(name)) && found.length > 0) {
            const char *colon = memchr(field.data, ':', field.length);
            return str_trim(mime_behind(field, (size_t)(colon - field.data) + 1));
        }
    return (struct str){NULL, 0};
}

struct str mime_unfold(struct arena *arena, struct str value) {
    if (value.data == NULL)
        return value;
    if (memchr(value.data, '\n', value.length) == NULL &&
        memchr(value.data, '\r', value.length) == NULL &&
        memchr(value.data, '\0', value.length) == NULL)
        return value;
    char *plain = arena_text(arena, value);
    size_t length = 0;
    for (size_t i = 0; i < value.length; i++)
        if (value.data[i] != '\r' && value.data[i] != '\n' && value.data[i] != '\0')
            plain[length++] = value.data[i];
    return (struct str){plain, length};
}

/* ---- Content-Type ---- */

static void mime_skip(struct str *text) {
    while (text->length > 0 && (text->data[0] == ' ' || text->data[0] == '\t'))
        *text = mime_behind(*text, 1);
}

static struct str mime_token(struct str *text) {
    size_t length = 0;
    while (length < text->length && strchr(" \t;=/\"()<>@,:\\", text->data[length]) == NULL)
        length++;
    struct str token = {text->data, length};
    *text = mime_behind(*text, length);
    return token;
}

static struct str mime_quoted(struct arena *arena, struct str *text) {
    char *plain = arena_text(arena, *text);
    size_t length = 0, at = 1;
    for (; at < text->length && text->data[at] != '"'; at++) {
        if (text->data[at] == '\\' && at + 1 < text->length)
            at++;
        plain[length++] = text->data[at];
    }
    *text = mime_behind(*text, at < text->length ? at + 1 : at);
    return (struct str){plain, length};
}

size_t mime_parameters(struct arena *arena, struct str value, struct str *type_r,
                       struct str *subtype_r, struct mime_parameter *parameters, size_t most) {
    if (value.length > MIME_VALUE_BYTES_MAX)
        value.length = MIME_VALUE_BYTES_MAX;
    struct str rest = mime_unfold(arena, value);
    size_t count = 0;
    *subtype_r = STR("");
    mime_skip(&rest);
    *type_r = mime_token(&rest);
    mime_skip(&rest);
    if (rest.length > 0 && rest.data[0] == '/') {
        rest = mime_behind(rest, 1);
        *subtype_r = mime_token(&rest);
    }
    while (count < most) {
        str_cut(&rest, ';');
        mime_skip(&rest);
        struct str name = mime_token(&rest);
        mime_skip(&rest);
        if (name.length == 0 || rest.length == 0 || rest.data[0] != '=')
            break;
        rest = mime_behind(rest, 1);
        mime_skip(&rest);
        bool quoted = rest.length > 0 && rest.data[0] == '"';
        struct str given = quoted ? mime_quoted(arena, &rest) : mime_token(&rest);
        parameters[count++] = (struct mime_parameter){name, given};
    }
    return count;
}

/* ---- Parts ---- */

struct mime_parsing {
    struct arena *arena;
    size_t parts;
};

static struct mime_part *mime_parse_part(struct mime_parsing *parsing, struct str bytes, int depth);

/* Finds the next line that begins with the delimiter; it begins at `at_r`. */
static bool mime_delimiter(struct str body, struct str delimiter, size_t from, size_t *at_r) {
    while (from + delimiter.length <= body.length) {
        const char *found =
            memmem(body.data + from, body.length - from, delimiter.data, delimiter.length);
        if (found == NULL)
            return false;
        *at_r = (size_t)(found - body.data);
        if (*at_r == 0 || body.data[*at_r - 1] == '\n')
            return true;
        from = *at_r + 1;
    }
    return false;
}

static void mime_parse_multipart(struct mime_parsing *parsing, struct mime_part *part,
                                 struct str boundary, int depth) {
    char *text = arena_take(parsing->arena, boundary.length + 3, 1);
    memcpy(text, "--", 2);
    memcpy(text + 2, boundary.data, boundary.length);
    struct str delimiter = {text, boundary.length + 2};
    struct mime_part **place = &part->first_child;
    size_t at;
    if (!mime_delimiter(part->body, delimiter, 0, &at))
        return;
    while (parsing->parts < MIME_PARTS_MAX) {
        struct str behind = mime_behind(part->body, at + delimiter.length);
        if (str_starts_with(behind, "--"))
            return;
        size_t begin = at + delimiter.length + mime_line(behind);
        bool more = mime_delimiter(part->body, delimiter, begin, &at);
        size_t end = more ? at : part->body.length;
        /* The line end before a delimiter belongs to the delimiter. */
        if (more && end > begin && part->body.data[end - 1] == '\n')
            end--;
        if (more && end > begin && part->body.data[end - 1] == '\r')
            end--;
        *place =
            mime_parse_part(parsing, (struct str){part->body.data + begin, end - begin}, depth + 1);
        place = &(*place)->next;
        if (!more)
            return;
    }
}

static struct mime_part *mime_parse_part(struct mime_parsing *parsing, struct str bytes,
                                         int depth) {
    struct mime_part *part = arena_take(parsing->arena, 1, sizeof *part);
    parsing->parts++;
    part->header = mime_split(bytes, &part->body);
    struct str type = mime_field(part->header, "Content-Type");
    if (type.data != NULL)
        part->parameter_count = mime_parameters(parsing->arena, type, &part->type, &part->subtype,
                                                part->parameters, MIME_PARAMETERS_MAX);
    if (part->type.length == 0 || part->subtype.length == 0) {
        part->type = STR("text");
        part->subtype = STR("plain");
        part->parameter_count = 0;
    }
    if (depth == MIME_DEPTH_MAX)
        return part;
    if (str_equal_caseless(part->type, STR("multipart"))) {
        for (size_t i = 0; i < part->parameter_count; i++)
            if (str_equal_caseless(part->parameters[i].name, STR("boundary")) &&
                part->parameters[i].value.length > 0 && part->first_child == NULL)
                mime_parse_multipart(parsing, part, part->parameters[i].value, depth);
        part->is_multipart = part->first_child != NULL;
    } else if (str_equal_caseless(part->type, STR("message")) &&
               str_equal_caseless(part->subtype, STR("rfc822"))) {
        part->first_child = mime_parse_part(parsing, part->body, depth + 1);
        part->is_message = true;
    }
    return part;
}

struct mime_part *mime_parse(struct arena *arena, struct str message) {
    struct mime_parsing parsing = {.arena = arena};
    return mime_parse_part(&parsing, message, 0);
}

const struct mime_part *mime_part_at(const struct mime_part *root, const uint32_t *path,
                                     size_t length) {
    const struct mime_part *part = root;
    for (size_t i = 0; i < length && part != NULL; i++) {
        bool holds_message = i == 0 || part->is_message;
        const struct mime_part *holder = i > 0 && part->is_message ? part->first_child : part;
        if (!holder->is_multipart) {
            part = holds_message && path[i] == 1 ? holder : NULL;
            continue;
        }
        part = holder->first_child;
        for (uint32_t n = 1; n < path[i] && part != NULL; n++)
            part = part->next;
    }
    return part;
}
