/* libfyaml's events built into a tree of our own. See yaml.h. */
#include "yaml.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/base/buffer.h"
#include "../engine/base/utf8.h"

struct yaml_reader {
    struct arena *arena;
    const char *path;
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct error *error;
};

static enum status yaml_complain(const struct yaml_reader *reader, int line, int column,
                                 const char *sentence) {
    return error_set(reader->error, STATUS_INVALID, "%s:%d:%d: %s", reader->path, line, column,
                     sentence);
}

/* What libfyaml itself did not like. */
static enum status yaml_complain_syntax(const struct yaml_reader *reader) {
    void *iterator = NULL;
    struct fy_diag_error *first = fy_diag_errors_iterate(reader->diag, &iterator);
    if (first == NULL)
        return yaml_complain(reader, 1, 1, "expected YAML, found something else");
    return yaml_complain(reader, first->line, first->column, first->msg);
}

static struct yaml_node *yaml_node_new(struct yaml_reader *reader, enum yaml_kind kind,
                                       struct fy_event *event) {
    struct yaml_node *node = arena_take(reader->arena, 1, sizeof *node);
    const struct fy_mark *mark = fy_event_start_mark(event);
    node->kind = kind;
    node->line = mark == NULL ? 1 : mark->line + 1;
    node->column = mark == NULL ? 1 : mark->column + 1;
    return node;
}

static struct str yaml_token_text(struct yaml_reader *reader, struct fy_token *token) {
    size_t length = 0;
    const char *text = token == NULL ? NULL : fy_token_get_text(token, &length);
    return arena_str(reader->arena, str_bytes(text, text == NULL ? 0 : length));
}

static enum status yaml_take(struct yaml_reader *reader, struct fy_event *event, int depth,
                             struct yaml_node **node_r);

/* Children until `end`; in a mapping a key comes before each. */
static enum status yaml_take_children(struct yaml_reader *reader, struct yaml_node *parent,
                                      enum fy_event_type end, int depth) {
    struct yaml_node **tail = &parent->first_child;
    for (;;) {
        struct fy_event *event = fy_parser_parse(reader->parser);
        if (event == NULL)
            return yaml_complain_syntax(reader);
        if (event->type == end) {
            fy_parser_event_free(reader->parser, event);
            return STATUS_OK;
        }
        struct yaml_node *key = NULL, *child = NULL;
        enum status status = STATUS_OK;
        if (parent->kind == YAML_MAPPING) {
            status = yaml_take(reader, event, depth + 1, &key);
            if (status == STATUS_OK && key->kind != YAML_SCALAR)
                status = yaml_complain(reader, key->line, key->column, "expected a word as key");
            if (status == STATUS_OK && yaml_child(parent, key->text.data) != NULL)
                status = yaml_complain(reader, key->line, key->column, "this key stands twice");
            if (status != STATUS_OK)
                return status;
            event = fy_parser_parse(reader->parser);
            if (event == NULL)
                return yaml_complain_syntax(reader);
        }
        status = yaml_take(reader, event, depth + 1, &child);
        if (status != STATUS_OK)
            return status;
        if (key != NULL) {
            child->key = key->text;
            child->key_line = key->line;
            child->key_column = key->column;
        }
        *tail = child;
        tail = &child->next;
    }
}

static bool yaml_is_plain(struct fy_event *event) {
    switch ((int)event->type) {
    case FYET_SCALAR:
        return event->scalar.anchor == NULL && event->scalar.tag == NULL;
    case FYET_MAPPING_START:
        return event->mapping_start.anchor == NULL && event->mapping_start.tag == NULL;
    case FYET_SEQUENCE_START:
        return event->sequence_start.anchor == NULL && event->sequence_start.tag == NULL;
    default:
        return false;
    }
}

/* Takes (and frees) one event and all that belongs to it. */
static enum status yaml_take(struct yaml_reader *reader, struct fy_event *event, int depth,
                             struct yaml_node **node_r) {
    struct yaml_node *node = yaml_node_new(reader, YAML_SCALAR, event);
    enum fy_event_type type = event->type;
    bool plain = yaml_is_plain(event);
    if (plain && type == FYET_SCALAR)
        node->text = yaml_token_text(reader, event->scalar.value);
    fy_parser_event_free(reader->parser, event);
    *node_r = node;
    if (!plain)
        return yaml_complain(reader, node->line, node->column,
                             "anchors, aliases and tags are not used in scenarios");
    if (depth > YAML_DEPTH_MAX)
        return yaml_complain(reader, node->line, node->column, "nested too deeply");
    if (type == FYET_SCALAR)
        return STATUS_OK;
    node->kind = type == FYET_MAPPING_START ? YAML_MAPPING : YAML_SEQUENCE;
    return yaml_take_children(
        reader, node, type == FYET_MAPPING_START ? FYET_MAPPING_END : FYET_SEQUENCE_END, depth);
}

static enum status yaml_take_document(struct yaml_reader *reader, struct yaml_node **root_r) {
    enum status status = STATUS_OK;
    *root_r = NULL;
    for (struct fy_event *event; status == STATUS_OK;) {
        event = fy_parser_parse(reader->parser);
        if (event == NULL)
            return fy_parser_get_stream_error(reader->parser) ? yaml_complain_syntax(reader)
                   : *root_r == NULL ? yaml_complain(reader, 1, 1, "the file is empty")
                                     : STATUS_OK;
        switch ((int)event->type) {
        case FYET_SCALAR:
        case FYET_MAPPING_START:
        case FYET_SEQUENCE_START:
        case FYET_ALIAS:
            if (*root_r != NULL) {
                struct yaml_node *second = yaml_node_new(reader, YAML_SCALAR, event);
                fy_parser_event_free(reader->parser, event);
                return yaml_complain(reader, second->line, second->column,
                                     "expected the end of the file, found a second document");
            }
            status = yaml_take(reader, event, 0, root_r);
            break;
        default:
            fy_parser_event_free(reader->parser, event);
        }
    }
    return status;
}

static enum status yaml_load(const char *path, struct buffer *text, struct error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return error_set(error, STATUS_NOT_FOUND, "%s: cannot be opened: %s", path,
                         strerror(errno));
    char piece[8192];
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, file)) > 0 &&
           text->length <= YAML_FILE_BYTES_MAX)
        buffer_append(text, piece, length);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return error_set(error, STATUS_STORAGE, "%s: cannot be read", path);
    if (text->length > YAML_FILE_BYTES_MAX)
        return error_set(error, STATUS_LIMIT, "%s: larger than %d bytes", path,
                         YAML_FILE_BYTES_MAX);
    return STATUS_OK;
}

/* Why a line must not reach libfyaml, and behind which of its bytes; NULL when it may. */
static const char *yaml_line_fault(struct str line, size_t *at_r) {
    struct str left = line, word = str_trim(line);
    uint32_t code;
    *at_r = 0;
    if (str_starts_with(line, "%"))
        return "no directive";
    if (word.length > 0 && (word.data[0] == '?' || word.data[0] == ':') &&
        (word.length == 1 || word.data[1] == ' ' || word.data[1] == word.data[0]))
        return "a key that is a word";
    while (left.length > 0) {
        *at_r = line.length - left.length;
        if (!utf8_take(&left, &code) || (code < ' ' && code != '\r'))
            return "UTF-8 without tabs and control characters";
    }
    return NULL;
}

/*
 * What libfyaml 0.7.2 must not be given, since it does not come back, or crashes: directives ("%…")
 * with bytes that are no UTF-8, and nested keys that are no words ("? : ? :") with tabs in between.
 * A scenario has no use for any of these.
 */
static enum status yaml_judge_bytes(const char *path, struct str rest, struct error *error) {
    for (int number = 1; rest.length > 0; number++) {
        size_t at;
        struct str line = str_cut(&rest, '\n');
        const char *expected = yaml_line_fault(line, &at);
        if (expected != NULL)
            return error_set(error, STATUS_INVALID, "%s:%d:%zu: expected %s", path, number,
                             utf8_count((struct str){line.data, at}) + 1, expected);
    }
    return STATUS_OK;
}

enum status yaml_read(struct arena *arena, const char *path, struct yaml_node **root_r,
                      struct error *error) {
    struct buffer text = {0};
    enum status status = yaml_load(path, &text, error);
    if (status == STATUS_OK)
        status = yaml_judge_bytes(path, buffer_str(&text), error);
    if (status != STATUS_OK) {
        buffer_release(&text);
        return status;
    }
    struct fy_diag_cfg diag_options;
    fy_diag_cfg_default(&diag_options);
    diag_options.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_options);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg options = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    struct yaml_reader reader = {
        .arena = arena,
        .path = path,
        .parser = fy_parser_create(&options),
        .diag = diag,
        .error = error,
    };
    fy_parser_set_string(reader.parser, buffer_text(&text), text.length);
    status = yaml_take_document(&reader, root_r);
    fy_parser_destroy(reader.parser);
    fy_diag_destroy(diag);
    buffer_release(&text);
    return status;
}

struct yaml_node *yaml_child(const struct yaml_node *mapping, const char *key) {
    for (struct yaml_node *child = mapping->first_child; child != NULL; child = child->next)
        if (str_equal_text(child->key, key))
            return child;
    return NULL;
}
