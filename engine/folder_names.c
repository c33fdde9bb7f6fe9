/* See folder_names.h for the rule. */
#include "folder_names.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/check.h"
#include "base/utf8.h"

struct folder_list {
    struct arena *arena; /* borrows */
    struct folder_place *places;
    uint32_t count, capacity;
};

static const char *const folder_role_names[] = {
    [SOURCE_PLAIN] = NULL,        [SOURCE_INBOX] = "INBOX", [SOURCE_SENT] = "Sent",
    [SOURCE_DRAFTS] = "Drafts",   [SOURCE_TRASH] = "Trash", [SOURCE_JUNK] = "Junk",
    [SOURCE_ARCHIVE] = "Archive",
};

static_assert((int)SOURCE_ARCHIVE == (int)TARGET_ARCHIVE && (int)SOURCE_INBOX == (int)TARGET_INBOX,
              "roles have the same numbers on both sides");

struct folder_list *folder_list_new(struct arena *arena) {
    struct folder_list *list = arena_take(arena, 1, sizeof *list);
    list->arena = arena;
    return list;
}

const struct folder_place *folder_list_places(const struct folder_list *list, uint32_t *count_r) {
    *count_r = list->count;
    return list->places;
}

/* Step 2 of the rule. */
static void folder_clean(struct str name, struct buffer *out) {
    struct buffer replaced = {0};
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.data[i];
        bool bad = byte == '/' || (unsigned char)byte < 0x20 || byte == 0x7F;
        buffer_append_byte(&replaced, bad ? '_' : byte);
    }
    struct str rest = buffer_str(&replaced);
    while (rest.length > 0 && rest.data[0] == ' ')
        rest = str_bytes(rest.data + 1, rest.length - 1);
    while (rest.length > 0 && rest.data[rest.length - 1] == ' ')
        rest.length--;
    if (str_equal_text(rest, ".") || str_equal_text(rest, ".."))
        rest = rest.length == 1 ? STR("_") : STR("__");
    size_t begin = out->length;
    buffer_append_str(out, rest.length > 0 ? rest : STR("_"));
    if (out->data[begin] == '~')
        out->data[begin] = '_';
    buffer_release(&replaced);
}

static uint32_t folder_lower(uint32_t code) {
    if ((code >= 'A' && code <= 'Z') || code == 0xC4 || code == 0xD6 || code == 0xDC)
        return code + 0x20;
    return code;
}

static bool folder_equal_caseless(struct str left, struct str right) {
    uint32_t one, other;
    while (left.length > 0 && right.length > 0) {
        if (!utf8_take(&left, &one) || !utf8_take(&right, &other))
            return str_equal(left, right);
        if (folder_lower(one) != folder_lower(other))
            return false;
    }
    return left.length == right.length;
}

/* Whether a folder below `parent` (NULL: at the top) may not be called `name` any more. */
static bool folder_taken(const struct folder_list *list, const struct folder_place *parent,
                         struct str name) {
    uint32_t depth = parent != NULL ? parent->level_count : 0;
    if (parent == NULL)
        for (size_t i = SOURCE_INBOX; i <= SOURCE_ARCHIVE; i++)
            if (folder_equal_caseless(str_of(folder_role_names[i]), name))
                return true;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct folder_place *other = &list->places[i];
        bool sibling = other->level_count == depth + 1 &&
                       (parent == NULL ||
                        memcmp(other->levels, parent->levels, depth * sizeof *other->levels) == 0);
        if (sibling && folder_equal_caseless(str_of(other->levels[depth]), name))
            return true;
    }
    return false;
}

static const char *folder_name(struct folder_list *list, const struct folder_place *parent,
                               const char *name) {
    struct buffer clean = {0};
    folder_clean(str_of(name), &clean);
    size_t length = clean.length;
    for (uint32_t number = 2; folder_taken(list, parent, buffer_str(&clean)); number++) {
        buffer_truncate(&clean, length);
        buffer_printf(&clean, " (%u)", number);
    }
    const char *kept = arena_text(list->arena, buffer_str(&clean));
    buffer_release(&clean);
    return kept;
}

static void folder_list_grow(struct folder_list *list) {
    if (list->count < list->capacity)
        return;
    uint32_t capacity = list->capacity > 0 ? list->capacity * 2 : 32;
    struct folder_place *places = arena_take(list->arena, capacity, sizeof *places);
    if (list->count > 0)
        memcpy(places, list->places, list->count * sizeof *places);
    list->places = places;
    list->capacity = capacity;
}

enum status folder_list_add(struct folder_list *list, const struct source_folder *folder,
                            struct error *error) {
    if (list->count == FOLDERS_MAX)
        return error_set(error, STATUS_LIMIT, "more than %d folders in one mailbox", FOLDERS_MAX);
    folder_list_grow(list);
    struct folder_place *parent = NULL;
    if (folder->parent_id[0] != '\0')
        for (uint32_t i = 0; i < list->count && parent == NULL; i++)
            if (strcmp(list->places[i].id, folder->parent_id) == 0)
                parent = &list->places[i];
    uint32_t depth = parent != NULL ? parent->level_count : 0;
    if (depth == FOLDER_DEPTH_MAX)
        return error_set(error, STATUS_LIMIT, "folders are nested deeper than %d levels",
                         FOLDER_DEPTH_MAX);
    bool by_role = parent == NULL && folder->role != SOURCE_PLAIN;
    const char **levels = arena_take(list->arena, depth + 1, sizeof *levels);
    if (depth > 0)
        memcpy(levels, parent->levels, depth * sizeof *levels);
    levels[depth] =
        by_role ? folder_role_names[folder->role] : folder_name(list, parent, folder->name);

    struct buffer path = {0};
    for (uint32_t i = 0; i <= depth; i++)
        buffer_printf(&path, "%s%s", i > 0 ? "/" : "", levels[i]);
    list->places[list->count++] = (struct folder_place){
        .id = arena_text(list->arena, str_of(folder->id)),
        .levels = levels,
        .level_count = depth + 1,
        .role = by_role ? (enum target_role)folder->role : TARGET_PLAIN,
        .path = arena_text(list->arena, buffer_str(&path)),
        .items = folder->items,
    };
    buffer_release(&path);
    return STATUS_OK;
}
