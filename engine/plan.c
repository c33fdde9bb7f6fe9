/* One table of keys drives reading, defaults and complaints. See plan.h. */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "settings.h"

enum plan_kind { PLAN_TEXT, PLAN_PATH, PLAN_PASSWORD, PLAN_NUMBER, PLAN_SPAN, PLAN_INSTANT };

struct plan_field {
    const char *key;
    enum plan_kind kind;
    bool needed;
    size_t offset;
    int64_t otherwise, lowest, highest; /* of numbers and spans */
};

#define PLAN_AT(member) offsetof(struct plan, member)

static const struct plan_field plan_fields[] = {
    {"campaign", PLAN_TEXT, true, PLAN_AT(campaign), 0, 0, 0},
    {"day", PLAN_TEXT, false, PLAN_AT(day), 0, 0, 0},
    {"batch", PLAN_TEXT, true, PLAN_AT(batch), 0, 0, 0},
    {"attempt", PLAN_NUMBER, false, PLAN_AT(attempt), 1, 1, 1000},
    {"cut_off", PLAN_INSTANT, false, PLAN_AT(cut_off), INSTANT_NEVER, 0, 0},
    {"core_age", PLAN_SPAN, false, PLAN_AT(core_age), 7 * DAY, DAY, 365 * DAY},
    {"mapping", PLAN_PATH, true, PLAN_AT(mapping), 0, 0, 0},
    {"mailboxes", PLAN_NUMBER, false, PLAN_AT(mailboxes), 0, 1, 1000000},
    {"state", PLAN_PATH, true, PLAN_AT(state), 0, 0, 0},
    {"source_url", PLAN_TEXT, true, PLAN_AT(source_url), 0, 0, 0},
    {"source_user", PLAN_TEXT, true, PLAN_AT(source_user), 0, 0, 0},
    {"source_password", PLAN_PASSWORD, true, PLAN_AT(source_password), 0, 0, 0},
    {"target_host", PLAN_TEXT, true, PLAN_AT(target_host), 0, 0, 0},
    {"target_port", PLAN_NUMBER, false, PLAN_AT(target_port), 143, 1, 65535},
    {"target_master", PLAN_TEXT, true, PLAN_AT(target_master), 0, 0, 0},
    {"target_password", PLAN_PASSWORD, true, PLAN_AT(target_password), 0, 0, 0},
    {"directory_url", PLAN_TEXT, false, PLAN_AT(directory_url), 0, 0, 0},
    {"directory_user", PLAN_TEXT, false, PLAN_AT(directory_user), 0, 0, 0},
    {"directory_password", PLAN_PASSWORD, false, PLAN_AT(directory_password), 0, 0, 0},
    {"provisioning_url", PLAN_TEXT, false, PLAN_AT(provisioning_url), 0, 0, 0},
    {"provisioning_context", PLAN_NUMBER, false, PLAN_AT(provisioning_context), 1, 1, 1 << 30},
    {"provisioning_admin", PLAN_TEXT, false, PLAN_AT(provisioning_admin), 0, 0, 0},
    {"provisioning_password", PLAN_PASSWORD, false, PLAN_AT(provisioning_password), 0, 0, 0},
    {"gateway_table", PLAN_PATH, false, PLAN_AT(gateway_table), 0, 0, 0},
    {"outside_login", PLAN_TEXT, false, PLAN_AT(outside_login), 0, 0, 0},
    {"outside_address", PLAN_TEXT, false, PLAN_AT(outside_address), 0, 0, 0},
    {"measures", PLAN_TEXT, false, PLAN_AT(measures), 0, 0, 0},
    {"workers", PLAN_NUMBER, false, PLAN_AT(workers), 8, 1, 256},
    {"canary", PLAN_NUMBER, false, PLAN_AT(canary), 5, 1, 10000},
    {"cap", PLAN_NUMBER, false, PLAN_AT(cap), 50, 1, 100000},
    {"batch_size", PLAN_NUMBER, false, PLAN_AT(batch_size), 64, 1, 64},
    {"batch_bytes", PLAN_NUMBER, false, PLAN_AT(batch_bytes), 8 << 20, 1 << 10, 256 << 20},
    {"one_by_one", PLAN_NUMBER, false, PLAN_AT(one_by_one), 0, 0, 1},
    {"hold_max", PLAN_SPAN, false, PLAN_AT(hold_max), 4 * HOUR, SECOND, 5 * DAY},
    {"settling", PLAN_SPAN, false, PLAN_AT(settling), 10 * MINUTE, 0, DAY},
    {"timeout", PLAN_SPAN, false, PLAN_AT(timeout), 60 * SECOND, SECOND, DAY},
    {"patience", PLAN_SPAN, false, PLAN_AT(patience), 30 * MINUTE, SECOND, DAY},
};

enum { PLAN_FIELDS = sizeof plan_fields / sizeof plan_fields[0], PLAN_SECRET_MAX = 4096 };

struct plan_reader {
    struct platform *platform;
    struct arena *arena;
    const struct settings *settings;
    struct plan *plan;
};

bool plan_span(struct str text, int64_t *span_r) {
    static const struct {
        const char *unit;
        int64_t span;
    } units[] = {
        {"ms", MILLISECOND}, {"s", SECOND}, {"min", MINUTE}, {"h", HOUR}, {"d", DAY},
    };
    struct str unit = text;
    uint64_t number = 0;
    if (!str_to_u64(str_cut(&unit, ' '), &number) || number > 100000)
        return false;
    unit = str_trim(unit);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!str_equal_text(unit, units[i].unit))
            continue;
        *span_r = (int64_t)number * units[i].span;
        return true;
    }
    return false;
}

const char *plan_path(struct arena *arena, const char *plan_file, const char *path) {
    const char *slash = strrchr(plan_file, '/');
    if (path[0] == '/' || path[0] == '\0' || slash == NULL)
        return arena_text(arena, str_of(path));
    struct buffer joined = {0};
    buffer_append(&joined, plan_file, (size_t)(slash - plan_file) + 1);
    buffer_append_text(&joined, path);
    const char *kept = arena_text(arena, buffer_str(&joined));
    buffer_release(&joined);
    return kept;
}

static enum status plan_bad(const struct plan_reader *reader, const struct setting *setting,
                            const char *expected, struct error *error) {
    return error_set(error, STATUS_INVALID, "%s:%u:%u: %.*s: expected %s, found \"%.*s\"",
                     reader->settings->file, setting->line, setting->value_column,
                     STR_ARG(setting->key), expected, STR_ARG(setting->value));
}

static void plan_set_text(const struct plan_reader *reader, const struct plan_field *field,
                          const char *text) {
    memcpy((char *)reader->plan + field->offset, &text, sizeof text);
}

static enum status plan_set_number(const struct plan_reader *reader, const struct plan_field *field,
                                   const struct setting *setting, struct error *error) {
    int64_t number = 0;
    uint64_t plain = 0;
    if (field->kind == PLAN_INSTANT) {
        if (!instant_parse(setting->value, &number))
            return plan_bad(reader, setting, "an instant like 2025-07-31T06:00:00Z", error);
    } else if (field->kind == PLAN_SPAN) {
        if (!plan_span(setting->value, &number))
            return plan_bad(reader, setting, "a number and a unit like \"30 min\"", error);
    } else {
        if (!str_to_u64(setting->value, &plain) || plain > INT64_MAX)
            return plan_bad(reader, setting, "a whole number", error);
        number = (int64_t)plain;
    }
    if (field->kind != PLAN_INSTANT && (number < field->lowest || number > field->highest)) {
        char range[80];
        bool span = field->kind == PLAN_SPAN;
        snprintf(range, sizeof range, "from %lld to %lld%s",
                 (long long)(field->lowest / (span ? SECOND : 1)),
                 (long long)(field->highest / (span ? SECOND : 1)), span ? " seconds" : "");
        return plan_bad(reader, setting, range, error);
    }
    memcpy((char *)reader->plan + field->offset, &number, sizeof number);
    return STATUS_OK;
}

/* A password stands in the plan, or in the file that `<key>_file` names. */
static enum status plan_set_password(const struct plan_reader *reader,
                                     const struct plan_field *field, struct error *error) {
    char key[64];
    snprintf(key, sizeof key, "%s_file", field->key);
    const struct setting *plain = settings_find(reader->settings, field->key);
    const struct setting *file = settings_find(reader->settings, key);
    if (plain != NULL && file != NULL)
        return error_set(error, STATUS_INVALID, "%s:%u:%u: %s stands in line %u already",
                         reader->settings->file, file->line, file->key_column, field->key,
                         plain->line);
    if (plain != NULL)
        plan_set_text(reader, field, arena_text(reader->arena, plain->value));
    if (file == NULL)
        return STATUS_OK;
    const char *path =
        plan_path(reader->arena, reader->settings->file, arena_text(reader->arena, file->value));
    struct buffer secret = {0};
    enum status status = reader->platform->type->file_read(reader->platform, path, &secret, error);
    if (status != STATUS_OK)
        error_context(error, "%s:%u:%u: %s", reader->settings->file, file->line, file->value_column,
                      key);
    else if (secret.length > PLAN_SECRET_MAX)
        status = plan_bad(reader, file, "a file of at most 4096 bytes", error);
    else
        plan_set_text(reader, field, arena_text(reader->arena, str_trim(buffer_str(&secret))));
    buffer_release(&secret);
    return status;
}

static enum status plan_set(const struct plan_reader *reader, const struct plan_field *field,
                            struct error *error) {
    if (field->kind == PLAN_PASSWORD)
        return plan_set_password(reader, field, error);
    const struct setting *setting = settings_find(reader->settings, field->key);
    if (setting == NULL)
        return STATUS_OK;
    if (field->kind != PLAN_TEXT && field->kind != PLAN_PATH)
        return plan_set_number(reader, field, setting, error);
    if (setting->value.length == 0)
        return plan_bad(reader, setting, "a value", error);
    const char *text = arena_text(reader->arena, setting->value);
    if (field->kind == PLAN_PATH)
        text = plan_path(reader->arena, reader->settings->file, text);
    plan_set_text(reader, field, text);
    return STATUS_OK;
}

static void plan_set_default(const struct plan_reader *reader, const struct plan_field *field) {
    bool text =
        field->kind == PLAN_TEXT || field->kind == PLAN_PATH || field->kind == PLAN_PASSWORD;
    if (text)
        plan_set_text(reader, field, "");
    else
        memcpy((char *)reader->plan + field->offset, &field->otherwise, sizeof field->otherwise);
}

static enum status plan_check_keys(const struct settings *settings, struct error *error) {
    const char *known[2 * PLAN_FIELDS];
    char files[PLAN_FIELDS][64];
    size_t count = 0;
    for (size_t i = 0; i < PLAN_FIELDS; i++) {
        known[count++] = plan_fields[i].key;
        if (plan_fields[i].kind != PLAN_PASSWORD)
            continue;
        snprintf(files[i], sizeof files[i], "%s_file", plan_fields[i].key);
        known[count++] = files[i];
    }
    return settings_known(settings, known, count, error);
}

static enum status plan_check_needed(const struct plan_reader *reader, struct error *error) {
    for (size_t i = 0; i < PLAN_FIELDS; i++) {
        const struct plan_field *field = &plan_fields[i];
        const char *text = NULL;
        if (!field->needed)
            continue;
        memcpy(&text, (const char *)reader->plan + field->offset, sizeof text);
        if (text[0] == '\0')
            return error_set(error, STATUS_INVALID, "%s: expected a line \"%s = …\", found none",
                             reader->settings->file, field->key);
    }
    return STATUS_OK;
}

enum status plan_read(struct platform *platform, struct arena *arena, const char *path,
                      struct plan *plan_r, struct buffer *bytes, struct error *error) {
    struct settings settings;
    struct plan_reader reader = {platform, arena, &settings, plan_r};
    enum status status = platform->type->file_read(platform, path, bytes, error);
    if (status != STATUS_OK)
        return status;
    status = settings_read(path, buffer_str(bytes), &settings, error);
    if (status == STATUS_OK)
        status = plan_check_keys(&settings, error);
    for (size_t i = 0; i < PLAN_FIELDS; i++)
        plan_set_default(&reader, &plan_fields[i]);
    for (size_t i = 0; i < PLAN_FIELDS && status == STATUS_OK; i++)
        status = plan_set(&reader, &plan_fields[i], error);
    return status == STATUS_OK ? plan_check_needed(&reader, error) : status;
}
