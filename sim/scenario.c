/* From a tree of YAML to `struct scenario`, led by the table of fields. See scenario.h. */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "../engine/base/check.h"
#include "scenario_fields.h"
#include "scenario_value.h"
#include "yaml.h"

struct scenario_reader {
    struct arena *arena;
    const char *path;
    struct error *error;
};

static enum status complain(const struct scenario_reader *reader, int line, int column,
                            const char *expected, struct str found) {
    return error_set(reader->error, STATUS_INVALID, "%s:%d:%d: expected %s, found \"%.*s\"",
                     reader->path, line, column, expected,
                     (int)(found.length > 60 ? 60 : found.length), found.data);
}

/* The field whose name is nearest to the word, for suggestions. */
static const struct field *nearest_field(const struct field *fields, struct str word) {
    const struct field *best = fields;
    size_t best_distance = 1000;
    for (const struct field *field = fields; field->name != NULL; field++) {
        size_t distance = str_distance(word, str_of(field->name), 100);
        if (distance < best_distance) {
            best = field;
            best_distance = distance;
        }
    }
    return best;
}

static enum status read_section(const struct scenario_reader *reader, const struct yaml_node *node,
                                const struct field *fields, void *place);

static const char *kind_of_node(const struct yaml_node *node) {
    switch (node->kind) {
    case YAML_SCALAR:
        return "a single value";
    case YAML_MAPPING:
        return "keys with values";
    case YAML_SEQUENCE:
        return "a list";
    }
    return "";
}

/* Elements that remember their line do so in members of these names, which a list's table knows
 * nothing of: the three element types that end so are told apart by their fields' table. */
static void remember_place(const struct field *list, void *element, const struct yaml_node *node) {
    if (strcmp(list->name, "offices") == 0) {
        ((struct scenario_office *)element)->line = node->line;
        ((struct scenario_office *)element)->column = node->column;
    } else if (strcmp(list->name, "runbook") == 0) {
        ((struct scenario_step *)element)->line = node->line;
        ((struct scenario_step *)element)->column = node->column;
    } else if (strcmp(list->name, "faults") == 0) {
        ((struct scenario_fault *)element)->line = node->line;
        ((struct scenario_fault *)element)->column = node->column;
    }
}

static enum status read_list(const struct scenario_reader *reader, const struct yaml_node *node,
                             const struct field *field, struct scenario_list *list) {
    for (const struct yaml_node *child = node->first_child; child != NULL; child = child->next)
        list->count++;
    list->items = arena_take(reader->arena, list->count, field->size);
    char *element = list->items;
    for (const struct yaml_node *child = node->first_child; child != NULL;
         child = child->next, element += field->size) {
        if (child->kind != YAML_MAPPING)
            return complain(reader, child->line, child->column, "keys with values",
                            str_of(kind_of_node(child)));
        enum status status = read_section(reader, child, field->fields, element);
        if (status != STATUS_OK)
            return status;
        remember_place(field, element, child);
    }
    return STATUS_OK;
}

static enum status read_promises(const struct scenario_reader *reader, const struct yaml_node *node,
                                 struct scenario_list *list) {
    for (const struct yaml_node *child = node->first_child; child != NULL; child = child->next)
        list->count++;
    struct scenario_promise *promise = list->items =
        arena_take(reader->arena, list->count, sizeof *promise);
    for (const struct yaml_node *child = node->first_child; child != NULL;
         child = child->next, promise++) {
        if (child->kind != YAML_SCALAR)
            return complain(reader, child->line, child->column, "a single value",
                            str_of(kind_of_node(child)));
        *promise = (struct scenario_promise){
            .name = arena_text(reader->arena, child->key),
            .value = arena_text(reader->arena, child->text),
            .line = child->key_line,
            .column = child->key_column,
        };
    }
    return STATUS_OK;
}

static enum status read_field(const struct scenario_reader *reader, const struct yaml_node *node,
                              const struct field *field, void *place) {
    enum yaml_kind wanted = field->kind == FIELD_LIST ? YAML_SEQUENCE
                            : field->kind == FIELD_SECTION || field->kind == FIELD_PROMISES
                                ? YAML_MAPPING
                                : YAML_SCALAR;
    if (node->kind != wanted) {
        struct yaml_node example = {.kind = wanted};
        return complain(reader, node->line, node->column, kind_of_node(&example),
                        node->kind == YAML_SCALAR ? node->text : str_of(kind_of_node(node)));
    }
    if (field->kind == FIELD_SECTION)
        return read_section(reader, node, field->fields, place);
    if (field->kind == FIELD_LIST)
        return read_list(reader, node, field, place);
    if (field->kind == FIELD_PROMISES)
        return read_promises(reader, node, place);
    struct buffer expected = {0};
    enum status status = STATUS_OK;
    if (!scenario_value_read(reader->arena, field, node->text, place, &expected))
        status = complain(reader, node->line, node->column, buffer_text(&expected), node->text);
    buffer_release(&expected);
    return status;
}

/* What stands there when the file says nothing. */
static void set_preset(const struct scenario_reader *reader, const struct field *field,
                       void *place) {
    struct buffer expected = {0};
    switch (field->kind) {
    case FIELD_SECTION:
        for (const struct field *inner = field->fields; inner->name != NULL; inner++)
            if (inner->preset != NULL)
                set_preset(reader, inner, (char *)place + inner->offset);
        break;
    case FIELD_LIST:
    case FIELD_PROMISES:
        break; /* empty */
    case FIELD_TEXT:
    case FIELD_COUNT:
    case FIELD_SPAN:
    case FIELD_SIZE:
    case FIELD_RATE:
    case FIELD_SHARE:
    case FIELD_DATE:
    case FIELD_CLOCK:
    case FIELD_SWITCH:
    case FIELD_CHOICE:
        check(scenario_value_read(reader->arena, field, str_of(field->preset), place, &expected));
        break;
    }
    buffer_release(&expected);
}

static enum status complain_unknown(const struct scenario_reader *reader,
                                    const struct field *fields, const struct yaml_node *child) {
    return error_set(reader->error, STATUS_INVALID,
                     "%s:%d:%d: \"%.*s\" is not known here; did you mean \"%s\"?", reader->path,
                     child->key_line, child->key_column, STR_ARG(child->key),
                     nearest_field(fields, child->key)->name);
}

static enum status read_section(const struct scenario_reader *reader, const struct yaml_node *node,
                                const struct field *fields, void *place) {
    for (const struct yaml_node *child = node->first_child; child != NULL; child = child->next) {
        const struct field *field = fields;
        while (field->name != NULL && !str_equal_text(child->key, field->name))
            field++;
        if (field->name == NULL)
            return complain_unknown(reader, fields, child);
    }
    for (const struct field *field = fields; field->name != NULL; field++) {
        const struct yaml_node *child = yaml_child(node, field->name);
        void *inside = (char *)place + field->offset;
        if (child == NULL && field->preset == NULL)
            return error_set(reader->error, STATUS_INVALID,
                             "%s:%d:%d: expected \"%s\" (%s), found nothing", reader->path,
                             node->line, node->column, field->name, field->sentence);
        /* A section that stands there may still leave out some of its fields. */
        if (child == NULL)
            set_preset(reader, field, inside);
        enum status status = child == NULL ? STATUS_OK : read_field(reader, child, field, inside);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status check_attempts(const struct scenario_reader *reader,
                                  const struct scenario *scenario) {
    for (uint32_t i = 0; i < scenario->runbook.count; i++) {
        const struct scenario_step *step = scenario_step(scenario, i);
        if (step->attempt == 0 || step->attempt > scenario->attempts.count + 1)
            return error_set(reader->error, STATUS_INVALID,
                             "%s:%d:%d: attempt %llu has no plan: there are %u", reader->path,
                             step->line, step->column, (unsigned long long)step->attempt,
                             scenario->attempts.count + 1);
    }
    return STATUS_OK;
}

/* What no single field can say. */
static enum status check_whole(const struct scenario_reader *reader, struct scenario *scenario) {
    uint64_t batch = 0;
    for (uint32_t i = 0; i < scenario->world.offices.count; i++) {
        const struct scenario_office *office = scenario_office(scenario, i);
        uint64_t all = office->people + office->functional + office->resources;
        batch += office->batch;
        if (office->batch > all)
            return error_set(reader->error, STATUS_INVALID,
                             "%s:%d:%d: %llu mailboxes of %s are in the batch, but it has %llu",
                             reader->path, office->line, office->column,
                             (unsigned long long)office->batch, office->name,
                             (unsigned long long)all);
    }
    if (batch == 0)
        return error_set(reader->error, STATUS_INVALID,
                         "%s:1:1: no office puts a mailbox in the batch", reader->path);
    const struct scenario_world *world = &scenario->world;
    if (world->scale == 0 || world->databases == 0 || world->nodes == 0 || world->years == 0 ||
        world->messages < 4 || scenario->plan.workers == 0 || scenario->plan.batch_size == 0)
        return error_set(
            reader->error, STATUS_INVALID,
            "%s:1:1: scale, databases, nodes, years, workers and batch_size must be at "
            "least 1, messages at least 4",
            reader->path);
    return check_attempts(reader, scenario);
}

/* "scenarios/incidents/2025-08-07.yaml" is called "incidents/2025-08-07". */
static const char *name_of_path(struct arena *arena, const char *path) {
    const char *last = strrchr(path, '/');
    const char *start = path;
    for (const char *at = path; last != NULL && at < last; at++)
        if (*at == '/')
            start = at + 1;
    struct str name = str_of(start);
    static const char ending[] = ".yaml";
    if (name.length > strlen(ending) &&
        strcmp(name.data + name.length - strlen(ending), ending) == 0)
        name.length -= strlen(ending);
    return arena_text(arena, name);
}

/* A path in a scenario counts from where the scenario lies. */
static const char *beside(struct arena *arena, const char *scenario, const char *path) {
    const char *slash = strrchr(scenario, '/');
    if (path == NULL || path[0] == '\0' || path[0] == '/' || slash == NULL)
        return path;
    struct buffer joined = {0};
    buffer_printf(&joined, "%.*s/%s", (int)(slash - scenario), scenario, path);
    const char *kept = arena_text(arena, buffer_str(&joined));
    buffer_release(&joined);
    return kept;
}

enum status scenario_read(struct arena *arena, const char *path, const struct scenario **scenario_r,
                          struct error *error) {
    struct yaml_node *root;
    struct scenario_reader reader = {arena, path, error};
    enum status status = yaml_read(arena, path, &root, error);
    if (status != STATUS_OK)
        return status;
    if (root->kind != YAML_MAPPING)
        return complain(&reader, root->line, root->column, "keys with values",
                        str_of(kind_of_node(root)));
    struct scenario *scenario = arena_take(arena, 1, sizeof *scenario);
    status = read_section(&reader, root, scenario_fields, scenario);
    if (status == STATUS_OK)
        status = check_whole(&reader, scenario);
    scenario->path = arena_text(arena, str_of(path));
    scenario->name = name_of_path(arena, path);
    scenario->world.import = beside(arena, path, scenario->world.import);
    scenario->world.shapes = beside(arena, path, scenario->world.shapes);
    *scenario_r = scenario;
    return status;
}

struct str scenario_step_phase(const struct scenario_step *step) {
    struct str rest = str_of(step->run);
    while (rest.length > 0) {
        struct str word = str_cut(&rest, ' ');
        if (word.length > 0 && word.data[0] != '-')
            return word;
        str_cut(&rest, ' ');
    }
    return STR("");
}

instant scenario_instant(const struct scenario *scenario, int64_t clock) {
    instant local = scenario->world.day + clock;
    /* The offset is that of the instant itself; one hour off is near enough to look it up. */
    return local - instant_german_offset(local - HOUR);
}

static void explain_field(const struct field *field, const char *indent, struct buffer *out) {
    buffer_printf(out, "%s%s — %s", indent, field->name, field->sentence);
    if (field->choices != NULL)
        buffer_printf(out, "; one of: %s", field->choices);
    if (field->preset == NULL)
        buffer_append_text(out, "; must be given");
    else if (field->preset[0] != '\0')
        buffer_printf(out, "; %s if not given", field->preset);
    buffer_append_byte(out, '\n');
}

static void explain_all(const struct field *fields, const char *indent, struct buffer *out) {
    char deeper[16];
    check(strlen(indent) + 3 < sizeof deeper);
    strcpy(deeper, indent);
    strcat(deeper, "  ");
    for (const struct field *field = fields; field->name != NULL; field++) {
        explain_field(field, indent, out);
        if (field->fields != NULL)
            explain_all(field->fields, deeper, out);
    }
}

void scenario_reference(struct buffer *out) {
    explain_all(scenario_fields, "", out);
}

static bool explain_in(const struct field *fields, const char *word, const char *where,
                       struct buffer *out) {
    bool found = false;
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (strcmp(field->name, word) == 0) {
            buffer_printf(out, "%s: ", where);
            explain_field(field, "", out);
            if (field->fields != NULL)
                explain_all(field->fields, "  ", out);
            found = true;
        }
        if (field->fields != NULL && explain_in(field->fields, word, field->name, out))
            found = true;
    }
    return found;
}

bool scenario_explain(const char *word, struct buffer *out) {
    return explain_in(scenario_fields, word, "scenario", out);
}
