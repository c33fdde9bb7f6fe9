/*
 * `--surplus remove`: what mirroring tools do (imapsync --delete2, doveadm backup). Once a folder
 * was copied, whatever lies in it at the target and not at the source is removed there. At a live
 * target that is the mail since the switch, and all that people have sorted. The measure
 * no_delete_path refuses the wish, and takes away the means.
 *
 * Messages are compared by digest; one at the source answers for one at the target. A folder is
 * read whole on both sides; anything that fails on the way leaves it as it is.
 */
#include <stdlib.h>

#include "base/check.h"
#include "mover_inside.h"

struct mirror {
    struct mover *mover;
    const char **ids; /* in the arena of the folder's listing */
    size_t id_count, id_capacity;
    struct table *left; /* owns; digest → how many at the source nobody answered for yet */
    uint32_t *surplus;  /* owns; UIDs */
    size_t count, capacity;
};

static uint64_t *mirror_left(struct mirror *mirror, struct digest digest) {
    return table_at(mirror->left, digest.low ^ digest.high);
}

static enum status mirror_see_item(void *of, const struct source_item *item) {
    struct mirror *mirror = of;
    if (mirror->id_count == mirror->id_capacity) {
        mirror->id_capacity = mirror->id_capacity > 0 ? mirror->id_capacity * 2 : 64;
        mirror->ids = memory_grow(mirror->ids, mirror->id_capacity, sizeof *mirror->ids);
    }
    mirror->ids[mirror->id_count++] = arena_text(mirror->mover->listing->arena, str_of(item->id));
    return STATUS_OK;
}

static enum status mirror_see_bytes(void *of, size_t index, enum status status, struct str bytes,
                                    const char *sentence) {
    (void)index;
    (void)sentence;
    if (status == STATUS_OK)
        ++*mirror_left(of, digest_of(bytes.data, bytes.length));
    return status;
}

static enum status mirror_see_seen(void *of, const struct target_seen *seen) {
    struct mirror *mirror = of;
    uint64_t *left = mirror_left(mirror, seen->digest);
    if (*left > 0) {
        --*left;
        return STATUS_OK;
    }
    if (mirror->count == mirror->capacity) {
        mirror->capacity = mirror->capacity > 0 ? mirror->capacity * 2 : 64;
        mirror->surplus = memory_grow(mirror->surplus, mirror->capacity, sizeof *mirror->surplus);
    }
    mirror->surplus[mirror->count++] = seen->uid;
    return STATUS_OK;
}

static enum status mirror_read_source(struct mirror *mirror, struct error *error) {
    struct mover *mover = mirror->mover;
    const struct source_type *type = mover->engine->source->type;
    const struct source_query all = {.range = {-INSTANT_NEVER, INSTANT_NEVER}};
    enum status status =
        type->list(mover->sessions.source, mover->place->id, &all, mirror_see_item, mirror, error);
    for (size_t i = 0; i < mirror->id_count && status == STATUS_OK; i += SOURCE_FETCH_MAX) {
        size_t left = mirror->id_count - i;
        status = type->fetch(mover->sessions.source, mirror->ids + i,
                             left < SOURCE_FETCH_MAX ? left : SOURCE_FETCH_MAX, mirror_see_bytes,
                             mirror, error);
    }
    return status;
}

static enum status mirror_remove(struct mirror *mirror, uint32_t uid_validity,
                                 struct error *error) {
    struct mover *mover = mirror->mover;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < mirror->count && status == STATUS_OK; i += TARGET_REMOVE_MAX) {
        size_t left = mirror->count - i;
        status = mover->engine->target->type->remove(
            mover->sessions.target, buffer_text(&mover->folder), uid_validity, mirror->surplus + i,
            left < TARGET_REMOVE_MAX ? left : TARGET_REMOVE_MAX, error);
    }
    return status;
}

enum status mover_mirror(struct mover *mover, struct error *error) {
    struct mirror mirror = {.mover = mover, .left = table_new()};
    const struct target_type *type = mover->engine->target->type;
    const char *folder = buffer_text(&mover->folder);
    struct target_folder_state state = {0};
    enum status status = mirror_read_source(&mirror, error);
    if (status == STATUS_OK)
        status = type->state(mover->sessions.target, folder, &state, error);
    if (status == STATUS_OK && state.messages > 0)
        status = type->survey(mover->sessions.target, folder, 1, 0, true, mirror_see_seen, &mirror,
                              error);
    if (status == STATUS_OK)
        status = mirror_remove(&mirror, state.uid_validity, error);
    table_close(&mirror.left);
    free(mirror.ids);
    free(mirror.surplus);
    return engine_heed(mover->engine, status);
}
