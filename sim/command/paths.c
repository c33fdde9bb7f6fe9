/* Finds scenario files below a folder, in order of name on every machine. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../engine/base/check.h"
#include "command.h"

enum { PATHS_DEPTH_MAX = 8 };

static void paths_append(struct paths *paths, const char *path) {
    if (paths->count == paths->capacity) {
        paths->capacity = paths->capacity == 0 ? 16 : paths->capacity * 2;
        paths->list = memory_grow(paths->list, paths->capacity, sizeof *paths->list);
    }
    paths->list[paths->count++] = memory_copy_text(path);
}

static bool is_scenario(const char *name) {
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void paths_walk(struct paths *paths, const char *folder, int depth) {
    struct dirent **entries;
    int count = depth > PATHS_DEPTH_MAX ? -1 : scandir(folder, &entries, NULL, by_bytes);
    for (int i = 0; i < count; i++) {
        struct buffer path = {0};
        struct stat about;
        const char *name = entries[i]->d_name;
        buffer_printf(&path, "%s/%s", folder, name);
        if (name[0] != '.' && stat(buffer_text(&path), &about) == 0) {
            if (S_ISDIR(about.st_mode))
                paths_walk(paths, buffer_text(&path), depth + 1);
            else if (is_scenario(name))
                paths_append(paths, buffer_text(&path));
        }
        buffer_release(&path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* A scenario may be called by its name alone. */
static bool paths_add_name(struct paths *paths, const char *name) {
    struct buffer path = {0};
    struct stat about;
    buffer_printf(&path, "scenarios/%s.yaml", name);
    bool there = stat(buffer_text(&path), &about) == 0;
    if (there)
        paths_append(paths, buffer_text(&path));
    buffer_release(&path);
    return there;
}

bool paths_add(struct paths *paths, const char *path) {
    struct stat about;
    if (stat(path, &about) != 0)
        return paths_add_name(paths, path);
    if (!S_ISDIR(about.st_mode)) {
        paths_append(paths, path);
        return true;
    }
    struct buffer folder = {0};
    buffer_append_text(&folder, path);
    while (folder.length > 1 && folder.data[folder.length - 1] == '/')
        buffer_truncate(&folder, folder.length - 1);
    size_t before = paths->count;
    paths_walk(paths, buffer_text(&folder), 0);
    buffer_release(&folder);
    return paths->count > before;
}

/* "scenarios/smoke/clean-day.yaml" and "smoke/clean-day" are the same to whoever types. */
static struct str path_name(const char *path) {
    struct str name = str_of(path);
    if (str_starts_with(name, "scenarios/"))
        name = (struct str){name.data + strlen("scenarios/"), name.length - strlen("scenarios/")};
    if (name.length > 5 && memcmp(name.data + name.length - 5, ".yaml", 5) == 0)
        name.length -= 5;
    return name;
}

int paths_unknown(const char *command, const char *path) {
    struct paths all = {0};
    struct str nearest = {0};
    size_t nearest_distance = 1 + path_name(path).length / 3;
    paths_walk(&all, "scenarios", 0);
    for (size_t i = 0; i < all.count; i++) {
        struct str name = path_name(all.list[i]);
        size_t distance = str_distance(path_name(path), name, 100);
        if (distance >= nearest_distance)
            continue;
        nearest = name;
        nearest_distance = distance;
    }
    int result =
        nearest.length == 0
            ? usage_error(command, "there is no scenario at \"%s\"", path)
            : usage_error(command, "there is no scenario at \"%s\"; did you mean \"%.*s\"?", path,
                          STR_ARG(nearest));
    paths_release(&all);
    return result;
}

void paths_release(struct paths *paths) {
    for (size_t i = 0; i < paths->count; i++)
        free(paths->list[i]);
    free(paths->list);
    *paths = (struct paths){0};
}
