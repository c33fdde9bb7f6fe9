/* See evidence_file.h. */
#include "evidence_file.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"

#define EVIDENCE_FILE "evidence.jsonl"
#define EVIDENCE_KEY  "\"previous\":\""

static_assert((int)LEDGER_DIGEST_MAX == (int)SEAL_HEX_MAX, "a digest fits where it is noted");

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

static enum status evidence_broken(struct engine *engine, const char *path, uint64_t line,
                                   const char *what, struct error *error) {
    engine->artefact = path;
    return error_set(error, STATUS_REFUSED,
                     "%s:%llu: %s: the evidence was changed; nothing is removed until that is "
                     "cleared up",
                     path, (unsigned long long)line, what);
}

/* Goes through the lines of `text`, which is sealed as `sealed` says; NULL: as far as it goes. */
static enum status evidence_follow(struct engine *engine, const char *path, struct str text,
                                   const struct ledger_evidence *sealed,
                                   struct ledger_evidence *found_r, struct error *error) {
    *found_r = (struct ledger_evidence){.bytes = text.length};
    while (text.length > 0) {
        struct str line = str_cut(&text, '\n');
        found_r->lines++;
        if (measure_on(engine, MEASURE_AUDIT_CHAIN) && !evidence_follows(line, found_r->last))
            return evidence_broken(engine, path, found_r->lines,
                                   "this line does not follow from the one before", error);
        evidence_digest(line, found_r->last);
    }
    if (sealed != NULL && measure_on(engine, MEASURE_AUDIT_CHAIN) &&
        (found_r->lines != sealed->lines || strcmp(found_r->last, sealed->last) != 0))
        return evidence_broken(engine, path, found_r->lines, "this is not the line that was sealed",
                               error);
    return STATUS_OK;
}

static enum status evidence_cut_off(struct engine *engine, const char *path, struct str text,
                                    struct error *error) {
    engine_say(engine, "%s: a line that was never finished is cut off", path);
    return engine->platform->type->file_replace(engine->platform, path, text, error);
}

enum status evidence_file_open(struct engine *engine, struct evidence_file *file_r,
                               struct error *error) {
    struct buffer bytes = {0};
    struct ledger_evidence sealed;
    const char *path = engine_state_path(engine, EVIDENCE_FILE);
    *file_r = (struct evidence_file){.sealed = {0}};
    enum status status = engine->platform->type->file_read(engine->platform, path, &bytes, error);
    if (status == STATUS_NOT_FOUND)
        status = STATUS_OK;
    if (status == STATUS_OK)
        status = ledger_evidence(engine->ledger, &sealed, error);
    bool noted = status == STATUS_OK;
    struct str text = buffer_str(&bytes);
    if (noted && text.length < sealed.bytes && measure_on(engine, MEASURE_AUDIT_CHAIN))
        status = evidence_broken(engine, path, sealed.lines,
                                 "this line was sealed and is not whole", error);
    if (status == STATUS_OK && text.length > sealed.bytes) {
        text.length = (size_t)sealed.bytes;
        status = evidence_cut_off(engine, path, text, error);
    }
    if (status == STATUS_OK || status == STATUS_NOT_FOUND)
        status =
            evidence_follow(engine, path, text, noted ? &sealed : NULL, &file_r->sealed, error);
    /* Evidence older than the ledger, or none: from here on it is known how far it goes. */
    if (status == STATUS_OK && !noted)
        status = ledger_evidence_store(engine->ledger, &file_r->sealed, error);
    buffer_release(&bytes);
    return engine_heed(engine, status);
}

static void evidence_instant(struct json *json, const char *key, instant at) {
    char text[INSTANT_TEXT_MAX];
    json_key_text(json, key, str_of(instant_text(at, text)));
}

static void evidence_begin(const struct engine *engine, const struct evidence_file *file,
                           const struct exposure *exposure, struct json *json) {
    json_object(json);
    json_key_integer(json, "schema", 1);
    if (measure_on(engine, MEASURE_AUDIT_CHAIN))
        json_key_text(json, "previous", str_of(file->sealed.last));
    json_key_text(json, "mailbox", str_of(exposure->mailbox));
    json_key_text(json, "login", str_of(exposure->login));
}

static enum status evidence_end(struct engine *engine, struct evidence_file *file,
                                struct buffer *line, struct error *error) {
    struct platform *platform = engine->platform;
    evidence_digest(buffer_str(line), file->sealed.last);
    buffer_append_byte(line, '\n');
    enum status status = platform->type->file_append(
        platform, engine_state_path(engine, EVIDENCE_FILE), buffer_str(line), true, error);
    file->sealed.lines++;
    file->sealed.bytes += line->length;
    buffer_release(line);
    if (status == STATUS_OK)
        status = ledger_evidence_store(engine->ledger, &file->sealed, error);
    return engine_heed(engine, status);
}

enum status evidence_file_gone(struct engine *engine, struct evidence_file *file,
                               const struct exposure *exposure, struct error *error) {
    struct buffer line = {0};
    struct json json = json_to(&line);
    evidence_begin(engine, file, exposure, &json);
    json_key_integer(&json, "removed", (int64_t)exposure->messages);
    evidence_instant(&json, "until", exposure->until);
    json_object_end(&json);
    return evidence_end(engine, file, &line, error);
}

enum status evidence_file_add(struct engine *engine, struct evidence_file *file,
                              const struct exposure *exposure, struct error *error) {
    struct buffer line = {0};
    struct json json = json_to(&line);
    evidence_begin(engine, file, exposure, &json);
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
    return evidence_end(engine, file, &line, error);
}
