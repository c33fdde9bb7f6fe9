/* See evidence_file.h. */
#include "evidence_file.h"

#include <string.h>

#include "base/json.h"

#define EVIDENCE_FILE "evidence.jsonl"
#define EVIDENCE_KEY  "\"previous\":\""

static void evidence_digest(struct str line, char hex[SEAL_HEX_MAX]) {
    struct seal_digest digest = seal_digest_of(line);
    seal_digest_hex(&digest, hex);
}

static bool evidence_follows(struct str line, const char *last) {
    struct buffer key = {0};
    buffer_printf(&key, EVIDENCE_KEY "%s\"", last);
    bool found = false;
    for (size_t i = 0; i + key.length <= line.length && !found; i++)
        found = memcmp(line.data + i, key.data, key.length) == 0;
    buffer_release(&key);
    return found;
}

enum status evidence_file_open(struct engine *engine, struct evidence_file *file_r,
                               struct error *error) {
    struct platform *platform = engine->platform;
    struct buffer bytes = {0};
    const char *path = engine_state_path(engine, EVIDENCE_FILE);
    *file_r = (struct evidence_file){.lines = 0};
    enum status status = platform->type->file_read(platform, path, &bytes, error);
    if (status == STATUS_NOT_FOUND)
        status = STATUS_OK;
    struct str rest = buffer_str(&bytes);
    while (rest.length > 0 && status == STATUS_OK) {
        struct str line = str_cut(&rest, '\n');
        file_r->lines++;
        if (measure_on(engine, MEASURE_AUDIT_CHAIN) && !evidence_follows(line, file_r->last)) {
            engine->artefact = path;
            status = error_set(error, STATUS_REFUSED,
                               "%s:%llu: this line does not follow from the one before: the "
                               "evidence was changed; nothing is removed until that is cleared up",
                               path, (unsigned long long)file_r->lines);
        }
        evidence_digest(line, file_r->last);
    }
    buffer_release(&bytes);
    return engine_heed(engine, status);
}

static void evidence_instant(struct json *json, const char *key, instant at) {
    char text[INSTANT_TEXT_MAX];
    json_key_text(json, key, str_of(instant_text(at, text)));
}

enum status evidence_file_add(struct engine *engine, struct evidence_file *file,
                              const struct exposure *exposure, struct error *error) {
    struct platform *platform = engine->platform;
    struct buffer line = {0};
    struct json json = json_to(&line);
    json_object(&json);
    json_key_integer(&json, "schema", 1);
    if (measure_on(engine, MEASURE_AUDIT_CHAIN))
        json_key_text(&json, "previous", str_of(file->last));
    json_key_text(&json, "mailbox", str_of(exposure->mailbox));
    json_key_text(&json, "login", str_of(exposure->login));
    json_key_text(&json, "owner", str_of(exposure->owner));
    json_key_integer(&json, "messages", (int64_t)exposure->messages);
    json_key_integer(&json, "seen", (int64_t)exposure->seen);
    evidence_instant(&json, "from", exposure->from);
    evidence_instant(&json, "until", exposure->until);
    json_key(&json, "digests");
    json_array(&json);
    for (uint64_t i = 0; i < exposure->messages; i++) {
        char hex[DIGEST_HEX_MAX];
        json_text(&json, str_of(digest_hex(exposure->items[i], hex)));
    }
    json_array_end(&json);
    json_object_end(&json);
    evidence_digest(buffer_str(&line), file->last);
    buffer_append_byte(&line, '\n');
    enum status status = platform->type->file_append(
        platform, engine_state_path(engine, EVIDENCE_FILE), buffer_str(&line), true, error);
    file->lines++;
    buffer_release(&line);
    return engine_heed(engine, status);
}
