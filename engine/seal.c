/* See seal.h. */
#include "seal.h"

#include <stdio.h>
#include <string.h>

#include "settings.h"

static const char *const seal_keys[] = {
    "schema", "campaign", "batch", "attempt",     "plan_sha256", "mapping_sha256",
    "pairs",  "cut_off",  "by",    "approved_by", "version",
};

enum { SEAL_KEYS = sizeof seal_keys / sizeof seal_keys[0] };

enum status seal_write(struct engine *engine, const struct seal *seal, struct error *error) {
    struct platform *platform = engine->platform;
    char at[INSTANT_TEXT_MAX];
    struct buffer text = {0};
    buffer_printf(&text,
                  "# Frozen by umzug: do not edit. To change plan or mapping, seal again.\n"
                  "schema = 1\ncampaign = %s\nbatch = %s\nattempt = %lld\n"
                  "plan_sha256 = %s\nmapping_sha256 = %s\npairs = %llu\n",
                  engine->plan.campaign, engine->plan.batch, (long long)engine->plan.attempt,
                  seal->plan_digest, seal->mapping_digest, (unsigned long long)seal->pairs);
    if (seal->cut_off != INSTANT_NEVER)
        buffer_printf(&text, "cut_off = %s\n", instant_text(seal->cut_off, at));
    buffer_printf(&text, "by = %s\napproved_by = %s\nversion = %s\n", seal->by, seal->approved_by,
                  seal->version);
    /* The copies first: a seal without them could name no difference. */
    enum status status =
        platform->type->file_replace(platform, engine_state_path(engine, "sealed-mapping"),
                                     buffer_str(&engine->mapping_bytes), error);
    if (status == STATUS_OK)
        status = platform->type->file_replace(platform, engine_state_path(engine, "sealed-plan"),
                                              buffer_str(&engine->plan_bytes), error);
    if (status == STATUS_OK)
        status = platform->type->file_replace(platform, engine_state_path(engine, "seal"),
                                              buffer_str(&text), error);
    buffer_release(&text);
    return engine_heed(engine, status);
}

static enum status seal_bad(const struct settings *settings, const char *key, struct error *error) {
    return error_set(error, STATUS_INVALID, "%s: \"%s\" is missing or damaged", settings->file,
                     key);
}

static enum status seal_take(struct engine *engine, const struct settings *settings,
                             struct seal *seal, struct error *error) {
    const char *values[SEAL_KEYS] = {0};
    for (size_t i = 0; i < SEAL_KEYS; i++) {
        const struct setting *setting = settings_find(settings, seal_keys[i]);
        bool optional = strcmp(seal_keys[i], "cut_off") == 0;
        if (setting == NULL && !optional)
            return seal_bad(settings, seal_keys[i], error);
        values[i] = setting == NULL ? NULL : arena_text(engine->arena, setting->value);
    }
    if (strcmp(values[0], "1") != 0)
        return seal_bad(settings, "schema", error);
    if (strlen(values[4]) != SEAL_HEX_MAX - 1 || strlen(values[5]) != SEAL_HEX_MAX - 1)
        return seal_bad(settings, "plan_sha256 or mapping_sha256", error);
    if (!str_to_u64(str_of(values[6]), &seal->pairs))
        return seal_bad(settings, "pairs", error);
    seal->cut_off = INSTANT_NEVER;
    if (values[7] != NULL && !instant_parse(str_of(values[7]), &seal->cut_off))
        return seal_bad(settings, "cut_off", error);
    seal->plan_digest = values[4];
    seal->mapping_digest = values[5];
    seal->by = values[8];
    seal->approved_by = values[9];
    seal->version = values[10];
    return STATUS_OK;
}

enum status seal_read(struct engine *engine, struct seal *seal_r, struct error *error) {
    struct buffer text = {0};
    struct settings settings;
    const char *path = engine_state_path(engine, "seal");
    enum status status = engine->platform->type->file_read(engine->platform, path, &text, error);
    if (status == STATUS_OK)
        status = settings_read(path, buffer_str(&text), &settings, error);
    if (status == STATUS_OK)
        status = settings_known(&settings, seal_keys, SEAL_KEYS, error);
    if (status == STATUS_OK)
        status = seal_take(engine, &settings, seal_r, error);
    buffer_release(&text);
    return status;
}

enum status seal_mapping(struct engine *engine, const struct seal *seal, struct mapping *mapping_r,
                         struct error *error) {
    struct buffer bytes = {0}, complaints = {0};
    char hex[SEAL_HEX_MAX];
    const char *path = engine_state_path(engine, "sealed-mapping");
    enum status status = engine->platform->type->file_read(engine->platform, path, &bytes, error);
    if (status == STATUS_OK) {
        struct seal_digest digest = seal_digest_of(buffer_str(&bytes));
        if (strcmp(seal_digest_hex(&digest, hex), seal->mapping_digest) != 0)
            status =
                error_set(error, STATUS_INVALID, "%s is not the mapping that was sealed", path);
    }
    if (status == STATUS_OK)
        status =
            mapping_read(engine->arena, path, buffer_str(&bytes), mapping_r, &complaints, error);
    buffer_release(&bytes);
    buffer_release(&complaints);
    return status;
}

/* ---- What is another setting now ---- */

static bool seal_setting_differs(const struct setting *now, const struct setting *sealed) {
    return now == NULL || sealed == NULL || !str_equal(now->value, sealed->value);
}

static void seal_say_value(const struct setting *setting, struct buffer *out) {
    if (setting == NULL)
        buffer_append_text(out, "not set");
    else
        buffer_printf(out, "\"%.*s\"", STR_ARG(setting->value));
}

static void seal_say_setting(const struct setting *now, const struct setting *sealed,
                             struct buffer *out) {
    struct str key = now != NULL ? now->key : sealed->key;
    bool secret = key.length >= 8 && memmem(key.data, key.length, "password", 8) != NULL;
    buffer_printf(out, "%.*s is ", STR_ARG(key));
    if (secret) {
        buffer_append_text(out, "another one");
        return;
    }
    seal_say_value(now, out);
    buffer_append_text(out, ", sealed was ");
    seal_say_value(sealed, out);
}

bool seal_plan_difference(struct engine *engine, const struct seal *seal, struct buffer *out) {
    struct buffer bytes = {0};
    struct settings now, sealed;
    struct error error;
    char hex[SEAL_HEX_MAX];
    const char *path = engine_state_path(engine, "sealed-plan");
    bool said = false;
    enum status status = engine->platform->type->file_read(engine->platform, path, &bytes, &error);
    struct seal_digest digest = seal_digest_of(buffer_str(&bytes));
    if (status == STATUS_OK && strcmp(seal_digest_hex(&digest, hex), seal->plan_digest) == 0 &&
        settings_read(path, buffer_str(&bytes), &sealed, &error) == STATUS_OK &&
        settings_read(engine->request->plan, buffer_str(&engine->plan_bytes), &now, &error) ==
            STATUS_OK) {
        for (uint32_t i = 0; i < sealed.count + now.count && !said; i++) {
            bool of_sealed = i < sealed.count;
            struct str key = of_sealed ? sealed.items[i].key : now.items[i - sealed.count].key;
            char name[64];
            snprintf(name, sizeof name, "%.*s", STR_ARG(key));
            const struct setting *here = settings_find(&now, name);
            const struct setting *there = settings_find(&sealed, name);
            said = seal_setting_differs(here, there);
            if (said)
                seal_say_setting(here, there, out);
        }
    }
    buffer_release(&bytes);
    return said;
}
