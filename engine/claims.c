/* See claims.h. */
#include "claims.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"

struct claims {
    struct platform *platform;  /* borrows */
    struct platform_lock *lock; /* owns */
    const char *path, *run, *phase;
    struct buffer lines; /* owns; claimed, not yet in the file */
    struct json json;
    atomic_bool silent;
};

static const char *const claim_names[] = {
#define X(kind, name, sentence) [CLAIM_##kind] = name,
#include "base/claims.def"
#undef X
};

struct claims *claims_open(struct platform *platform, const char *path) {
    struct claims *claims = memory_new(1, sizeof *claims);
    claims->platform = platform;
    claims->lock = platform->type->lock_new(platform);
    claims->path = path;
    claims->run = claims->phase = "";
    return claims;
}

void claims_run(struct claims *claims, const char *run, const char *phase) {
    claims->run = run;
    claims->phase = phase;
}

void claims_close(struct claims **claims) {
    if (*claims == NULL)
        return;
    buffer_release(&(*claims)->lines);
    (*claims)->platform->type->lock_free((*claims)->platform, (*claims)->lock);
    free(*claims);
    *claims = NULL;
}

void claims_silence(struct claims *claims) {
    claims->silent = true;
}

struct json *claim_begin(struct claims *claims, enum claim_kind kind) {
    struct platform *platform = claims->platform;
    char at[INSTANT_TEXT_MAX];
    platform->type->lock(platform, claims->lock);
    claims->json = json_to(&claims->lines);
    json_object(&claims->json);
    json_key_integer(&claims->json, "schema", 1);
    json_key_text(&claims->json, "claim", str_of(claim_names[kind]));
    json_key_text(&claims->json, "at", str_of(instant_text(platform->type->now(platform), at)));
    json_key_text(&claims->json, "run", str_of(claims->run));
    json_key_text(&claims->json, "phase", str_of(claims->phase));
    return &claims->json;
}

/* Takes the lines out before the file is written, for that may yield to other workers. What the
 * disk does not take is kept for the next time. */
static enum status claims_flush(struct claims *claims, bool sync, struct error *error) {
    struct buffer lines = claims->lines;
    claims->lines = (struct buffer){0};
    enum status status = STATUS_OK;
    if (!claims->silent && (lines.length > 0 || sync))
        status = claims->platform->type->file_append(claims->platform, claims->path,
                                                     buffer_str(&lines), sync, error);
    if (status == STATUS_STORAGE) {
        buffer_append_str(&lines, buffer_str(&claims->lines));
        buffer_release(&claims->lines);
        claims->lines = lines;
        return status;
    }
    buffer_release(&lines);
    return status;
}

void claim_end(struct claims *claims) {
    struct platform *platform = claims->platform;
    struct error error;
    json_object_end(&claims->json);
    buffer_append_byte(&claims->lines, '\n');
    /* A disk that fails here fails again at the next sync, which is answered for; or it takes then
     * what it did not take now. */
    if (claims->lines.length > CLAIMS_COLLECTED_MAX &&
        claims_flush(claims, false, &error) == STATUS_KILLED)
        claims->silent = true;
    platform->type->unlock(platform, claims->lock);
}

enum status claims_sync(struct claims *claims, struct error *error) {
    struct platform *platform = claims->platform;
    platform->type->lock(platform, claims->lock);
    enum status status = claims_flush(claims, true, error);
    if (claims->silent)
        status = error_set(error, STATUS_KILLED, "%s is closed to a killed run", claims->path);
    platform->type->unlock(platform, claims->lock);
    return status;
}
