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
    const char *sentence;
};

#define PLAN_AT(member) offsetof(struct plan, member)

static const struct plan_field plan_fields[] = {
    {"campaign", PLAN_TEXT, true, PLAN_AT(campaign), 0, 0, 0,
     "the whole move; with batch and attempt it keys the ledger"},
    {"day", PLAN_TEXT, false, PLAN_AT(day), 0, 0, 0,
     "the migration day, like 2025-08-07; for people"},
    {"batch", PLAN_TEXT, true, PLAN_AT(batch), 0, 0, 0,
     "its name, which backfill, rollback and cleanup may be told"},
    {"attempt", PLAN_NUMBER, false, PLAN_AT(attempt), 1, 1, 1000,
     "1, or the number of a further try after a rollback"},
    {"cut_off", PLAN_INSTANT, false, PLAN_AT(cut_off), INSTANT_NEVER, 0, 0,
     "the instant that parts core from backfill, like 2025-07-31T06:00:00Z"},
    {"core_age", PLAN_SPAN, false, PLAN_AT(core_age), 7 * DAY, DAY, 365 * DAY,
     "where nothing says a cut-off: days back from today"},
    {"mapping", PLAN_PATH, true, PLAN_AT(mapping), 0, 0, 0,
     "the list of pairs: columns source_address, target_login, key"},
    {"mailboxes", PLAN_NUMBER, false, PLAN_AT(mailboxes), 0, 1, 1000000,
     "how many pairs the list must have"},
    {"state", PLAN_PATH, true, PLAN_AT(state), 0, 0, 0,
     "a folder for ledger, claims, seal and evidence, made if need be"},
    {"source_url", PLAN_TEXT, true, PLAN_AT(source_url), 0, 0, 0,
     "Exchange Web Services, like https://mail.example/EWS/Exchange.asmx"},
    {"source_user", PLAN_TEXT, true, PLAN_AT(source_user), 0, 0, 0,
     "the account that may impersonate the mailboxes of the batch"},
    {"source_password", PLAN_PASSWORD, true, PLAN_AT(source_password), 0, 0, 0,
     "or source_password_file, which names a file that holds it"},
    {"target_host", PLAN_TEXT, true, PLAN_AT(target_host), 0, 0, 0,
     "the IMAP server of Open-Xchange"},
    {"target_port", PLAN_NUMBER, false, PLAN_AT(target_port), 143, 1, 65535, "its port"},
    {"target_master", PLAN_TEXT, true, PLAN_AT(target_master), 0, 0, 0,
     "the master user: logins go as LOGIN*MASTER"},
    {"target_password", PLAN_PASSWORD, true, PLAN_AT(target_password), 0, 0, 0,
     "or target_password_file"},
    {"directory_url", PLAN_TEXT, false, PLAN_AT(directory_url), 0, 0, 0,
     "SCIM; needed to switch, to set back and to clean up"},
    {"directory_user", PLAN_TEXT, false, PLAN_AT(directory_user), 0, 0, 0, "its user"},
    {"directory_password", PLAN_PASSWORD, false, PLAN_AT(directory_password), 0, 0, 0,
     "or directory_password_file"},
    {"provisioning_url", PLAN_TEXT, false, PLAN_AT(provisioning_url), 0, 0, 0,
     "the SOAP services of Open-Xchange; needed like the directory"},
    {"provisioning_context", PLAN_NUMBER, false, PLAN_AT(provisioning_context), 1, 1, 1 << 30,
     "the context of the mailboxes"},
    {"provisioning_admin", PLAN_TEXT, false, PLAN_AT(provisioning_admin), 0, 0, 0,
     "the context's administrator"},
    {"provisioning_password", PLAN_PASSWORD, false, PLAN_AT(provisioning_password), 0, 0, 0,
     "or provisioning_password_file"},
    {"gateway_table", PLAN_PATH, false, PLAN_AT(gateway_table), 0, 0, 0,
     "the SQLite file that Postfix reads; to hold, switch, release, set back"},
    {"outside_login", PLAN_TEXT, false, PLAN_AT(outside_login), 0, 0, 0,
     "a login outside of the batch, which must stay closed to us"},
    {"outside_address", PLAN_TEXT, false, PLAN_AT(outside_address), 0, 0, 0,
     "the same at the source"},
    {"measures", PLAN_TEXT, false, PLAN_AT(measures), 0, 0, 0,
     "as in --measures; all if not given"},
    {"workers", PLAN_NUMBER, false, PLAN_AT(workers), 8, 1, 256, "mailboxes at the same time"},
    {"canary", PLAN_NUMBER, false, PLAN_AT(canary), 5, 1, 10000, "mailboxes of the first wave"},
    {"cap", PLAN_NUMBER, false, PLAN_AT(cap), 50, 1, 100000,
     "mailboxes written between two independent checks"},
    {"batch_size", PLAN_NUMBER, false, PLAN_AT(batch_size), 64, 1, 64,
     "messages between two commits of the ledger"},
    {"batch_bytes", PLAN_NUMBER, false, PLAN_AT(batch_bytes), 8 << 20, 1 << 10, 256 << 20,
     "and bytes"},
    {"one_by_one", PLAN_NUMBER, false, PLAN_AT(one_by_one), 0, 0, 1,
     "1: no APPEND goes out before the last one was answered"},
    {"hold_max", PLAN_SPAN, false, PLAN_AT(hold_max), 4 * HOUR, SECOND, 5 * DAY,
     "how old held mail may become before that is an alarm"},
    {"settling", PLAN_SPAN, false, PLAN_AT(settling), 10 * MINUTE, 0, DAY,
     "until a change of homes has reached everybody"},
    {"timeout", PLAN_SPAN, false, PLAN_AT(timeout), 60 * SECOND, SECOND, DAY,
     "how long a server may be silent; whole requests may take thirty times that"},
    {"patience", PLAN_SPAN, false, PLAN_AT(patience), 30 * MINUTE, SECOND, DAY,
     "with a server that is away, a mailbox"},
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

static void plan_explain_default(const struct plan_field *field, struct buffer *out) {
    char span[INSTANT_TEXT_MAX];
    if (field->needed)
        buffer_append_text(out, "; needed");
    else if (field->kind == PLAN_SPAN)
        buffer_printf(out, "; %s if not given", span_text(field->otherwise, span));
    else if (field->kind == PLAN_NUMBER && field->otherwise != 0)
        buffer_printf(out, "; %lld if not given", (long long)field->otherwise);
}

void plan_explain(struct buffer *out) {
    for (size_t i = 0; i < PLAN_FIELDS; i++) {
        buffer_printf(out, "  %-21s  %s", plan_fields[i].key, plan_fields[i].sentence);
        plan_explain_default(&plan_fields[i], out);
        buffer_append_byte(out, '\n');
    }
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
