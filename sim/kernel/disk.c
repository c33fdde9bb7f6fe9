/* Nodes hold bytes, names lead to nodes; both exist as they are now and as they are durable. A
 * write goes into the node and into its list of pending writes, which a sync empties. See disk.h.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "disk_inside.h"
#include "task.h"

bool disk_alive(void) {
    struct task *task = task_current();
    return task == NULL || !process_is_dead(task_process(task));
}

bool disk_step(struct disk *disk, const char *what, const char *name) {
    if (!disk_alive())
        return false;
    disk->steps++;
    if (disk->watcher != NULL)
        disk->watcher(disk->watcher_of, disk->steps, what, name);
    return disk_alive();
}

bool disk_room(const struct disk *disk, const char *name, uint64_t length) {
    const struct disk_node *node = disk_node_find(disk, name);
    if (disk->has_room == NULL || length <= (node != NULL ? node->now.length : 0))
        return true;
    return disk->has_room(disk->has_room_of, name);
}

/* ---- names ---- */

/* Where `text` stands, or would stand. */
static size_t names_place(const struct disk_names *names, const char *text, bool *found_r) {
    size_t low = 0, high = names->count;
    *found_r = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(names->list[middle].text, text);
        if (order == 0) {
            *found_r = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void disk_names_remove(struct disk_names *names, const char *text) {
    bool found;
    size_t at = names_place(names, text, &found);
    if (!found)
        return;
    free(names->list[at].text);
    disk_node_release(names->list[at].node);
    memmove(names->list + at, names->list + at + 1, (names->count - at - 1) * sizeof *names->list);
    names->count--;
}

void disk_names_set(struct disk_names *names, const char *text, struct disk_node *node) {
    node->references++;
    disk_names_remove(names, text);
    bool found;
    size_t at = names_place(names, text, &found);
    if (names->count == names->capacity) {
        names->capacity = names->capacity == 0 ? 16 : names->capacity * 2;
        names->list = memory_grow(names->list, names->capacity, sizeof *names->list);
    }
    memmove(names->list + at + 1, names->list + at, (names->count - at) * sizeof *names->list);
    names->list[at] = (struct disk_name){memory_copy_text(text), node};
    names->count++;
}

void disk_names_release(struct disk_names *names) {
    while (names->count > 0)
        disk_names_remove(names, names->list[names->count - 1].text);
    free(names->list);
    *names = (struct disk_names){0};
}

/* ---- the directory as it is now, and what of it waits for a sync ---- */

static void directory_note(struct disk *disk, const char *name) {
    for (size_t i = 0; i < disk->unsynced_count; i++)
        if (strcmp(disk->unsynced[i], name) == 0)
            return;
    if (disk->unsynced_count == disk->unsynced_capacity) {
        disk->unsynced_capacity = disk->unsynced_capacity == 0 ? 16 : disk->unsynced_capacity * 2;
        disk->unsynced =
            memory_grow(disk->unsynced, disk->unsynced_capacity, sizeof *disk->unsynced);
    }
    disk->unsynced[disk->unsynced_count++] = memory_copy_text(name);
}

static void directory_set(struct disk *disk, const char *name, struct disk_node *node) {
    disk_names_set(&disk->now, name, node);
    directory_note(disk, name);
}

static void directory_remove(struct disk *disk, const char *name) {
    disk_names_remove(&disk->now, name);
    directory_note(disk, name);
}

/* A directory may hold a quarantine of ten thousands: only what has changed is gone through. */
static void directory_sync(struct disk *disk) {
    for (size_t i = 0; i < disk->unsynced_count; i++) {
        struct disk_node *node = disk_node_find(disk, disk->unsynced[i]);
        if (node != NULL)
            disk_names_set(&disk->durable, disk->unsynced[i], node);
        else
            disk_names_remove(&disk->durable, disk->unsynced[i]);
        free(disk->unsynced[i]);
    }
    disk->unsynced_count = 0;
}

/* ---- nodes ---- */

void disk_node_forget_pending(struct disk_node *node) {
    for (size_t i = 0; i < node->pending_count; i++)
        buffer_release(&node->pending[i].bytes);
    node->pending_count = 0;
}

void disk_node_release(struct disk_node *node) {
    check(node->references > 0);
    if (--node->references > 0)
        return;
    disk_node_forget_pending(node);
    free(node->pending);
    buffer_release(&node->now);
    buffer_release(&node->durable);
    free(node);
}

struct disk_node *disk_node_find(const struct disk *disk, const char *name) {
    bool found;
    size_t at = names_place(&disk->now, name, &found);
    return found ? disk->now.list[at].node : NULL;
}

struct disk_node *disk_node_make(struct disk *disk, const char *name) {
    check_compare(strlen(name), <=, DISK_NAME_MAX);
    struct disk_node *node = disk_node_find(disk, name);
    if (node == NULL) {
        node = memory_new(1, sizeof *node);
        directory_set(disk, name, node);
    }
    return node;
}

void disk_bytes_put(struct buffer *buffer, uint64_t offset, struct str bytes) {
    check_compare(offset + bytes.length, <=, DISK_FILE_BYTES_MAX);
    size_t end = (size_t)offset + bytes.length;
    if (buffer->length < end) {
        size_t former = buffer->length;
        buffer_reserve(buffer, end - former);
        memset(buffer->data + former, 0, end - former + 1);
        buffer->length = end;
    }
    if (bytes.length > 0)
        memcpy(buffer->data + offset, bytes.data, bytes.length);
}

static void bytes_cut(struct buffer *buffer, uint64_t length) {
    if (buffer->length > length)
        buffer_truncate(buffer, (size_t)length);
}

void disk_write_apply(struct buffer *bytes, const struct disk_write *write) {
    if (write->truncates)
        bytes_cut(bytes, write->offset);
    else
        disk_bytes_put(bytes, write->offset, buffer_str(&write->bytes));
}

/* Nobody can keep everything from the disk by never syncing: when much waits, an operating system
 * writes the oldest of it back. Else a file whose owner never syncs would be kept as all its
 * writes. */
static void node_write_back(struct disk_node *node) {
    size_t count = node->pending_count / 2;
    for (size_t i = 0; i < count; i++) {
        disk_write_apply(&node->durable, &node->pending[i]);
        buffer_release(&node->pending[i].bytes);
    }
    node->pending_count -= count;
    memmove(node->pending, node->pending + count, node->pending_count * sizeof *node->pending);
}

static struct disk_write *node_pend(struct disk_node *node) {
    if (node->pending_count == DISK_PENDING_MAX)
        node_write_back(node);
    if (node->pending_count == node->pending_capacity) {
        node->pending_capacity = node->pending_capacity == 0 ? 16 : node->pending_capacity * 2;
        node->pending = memory_grow(node->pending, node->pending_capacity, sizeof *node->pending);
    }
    struct disk_write *write = &node->pending[node->pending_count++];
    *write = (struct disk_write){0};
    return write;
}

static void node_tell(struct disk_node *node) {
    if (node->changed != NULL)
        node->changed(node->changed_of);
}

void disk_node_write(struct disk_node *node, uint64_t offset, struct str bytes) {
    disk_bytes_put(&node->now, offset, bytes);
    struct disk_write *write = node_pend(node);
    write->offset = offset;
    buffer_append_str(&write->bytes, bytes);
    node_tell(node);
}

void disk_node_truncate(struct disk_node *node, uint64_t length) {
    bytes_cut(&node->now, length);
    struct disk_write *write = node_pend(node);
    write->offset = length;
    write->truncates = true;
    node_tell(node);
}

/* Like ext4: syncing a new file makes its name durable too. */
void disk_node_sync(struct disk *disk, struct disk_node *node, const char *name) {
    for (size_t i = 0; i < node->pending_count; i++)
        disk_write_apply(&node->durable, &node->pending[i]);
    disk_node_forget_pending(node);
    if (!node->named_durably && disk_node_find(disk, name) == node) {
        disk_names_set(&disk->durable, name, node);
        node->named_durably = true;
    }
}

void disk_unlink(struct disk *disk, const char *name, bool sync) {
    directory_remove(disk, name);
    if (sync)
        directory_sync(disk);
}

/* ---- whole files ---- */

enum status disk_read(struct disk *disk, const char *name, struct buffer *out) {
    if (!disk_alive())
        return STATUS_KILLED;
    struct disk_node *node = disk_node_find(disk, name);
    if (node == NULL)
        return STATUS_NOT_FOUND;
    if (disk->reader != NULL && task_current() != NULL)
        disk->reader(disk->reader_of, name);
    buffer_append_str(out, buffer_str(&node->now));
    return STATUS_OK;
}

bool disk_ends_in_half_a_line(const struct disk *disk, const char *name) {
    const struct disk_node *node = disk_node_find(disk, name);
    return node != NULL && node->now.length > 0 && node->now.data[node->now.length - 1] != '\n';
}

enum status disk_append(struct disk *disk, const char *name, struct str bytes, bool sync) {
    const struct disk_node *before = disk_node_find(disk, name);
    uint64_t length = before != NULL ? before->now.length : 0;
    if (!disk_room(disk, name, length + bytes.length))
        return disk_alive() ? STATUS_STORAGE : STATUS_KILLED;
    if (!disk_step(disk, "append", name))
        return STATUS_KILLED;
    struct disk_node *node = disk_node_make(disk, name);
    disk_node_write(node, node->now.length, bytes);
    if (!sync)
        return STATUS_OK;
    if (!disk_step(disk, "sync", name))
        return STATUS_KILLED;
    disk_node_sync(disk, node, name);
    return STATUS_OK;
}

enum status disk_replace(struct disk *disk, const char *name, struct str bytes) {
    char aside[DISK_NAME_MAX + 8];
    check_compare(strlen(name), <=, DISK_NAME_MAX - 7);
    strcpy(aside, name);
    strcat(aside, ".new");
    if (!disk_room(disk, aside, bytes.length))
        return disk_alive() ? STATUS_STORAGE : STATUS_KILLED;
    if (!disk_step(disk, "write", aside))
        return STATUS_KILLED;
    disk_unlink(disk, aside, false);
    struct disk_node *node = disk_node_make(disk, aside);
    disk_node_write(node, 0, bytes);
    if (!disk_step(disk, "sync", aside))
        return STATUS_KILLED;
    disk_node_sync(disk, node, aside);
    if (!disk_step(disk, "rename", name))
        return STATUS_KILLED;
    directory_set(disk, name, node);
    directory_remove(disk, aside);
    if (!disk_step(disk, "sync directory", name))
        return STATUS_KILLED;
    directory_sync(disk);
    return STATUS_OK;
}

enum status disk_delete(struct disk *disk, const char *name, bool sync) {
    if (disk_node_find(disk, name) == NULL)
        return STATUS_NOT_FOUND;
    if (!disk_step(disk, "delete", name))
        return STATUS_KILLED;
    disk_unlink(disk, name, sync);
    return STATUS_OK;
}

bool disk_has(const struct disk *disk, const char *name) {
    return disk_node_find(disk, name) != NULL;
}

void disk_each(const struct disk *disk, void (*see)(void *of, const char *name, struct str bytes),
               void *of) {
    for (size_t i = 0; i < disk->now.count; i++)
        see(of, disk->now.list[i].text, buffer_str(&disk->now.list[i].node->now));
}

/* ---- the whole ---- */

static struct disk *disk_make(struct kernel *kernel, const char *vfs_name, bool by_default) {
    struct disk *disk = memory_new(1, sizeof *disk);
    disk->kernel = kernel;
    disk->vfs_name = memory_copy_text(vfs_name);
    disk_vfs_register(disk, by_default);
    return disk;
}

struct disk *disk_new(struct kernel *kernel, const char *vfs_name) {
    return disk_make(kernel, vfs_name, true);
}

struct disk *disk_new_aside(struct kernel *kernel, const char *vfs_name) {
    return disk_make(kernel, vfs_name, false);
}

void disk_close(struct disk **disk) {
    if (*disk == NULL)
        return;
    disk_vfs_unregister(*disk);
    for (size_t i = 0; i < (*disk)->unsynced_count; i++)
        free((*disk)->unsynced[i]);
    free((*disk)->unsynced);
    disk_names_release(&(*disk)->now);
    disk_names_release(&(*disk)->durable);
    free((*disk)->vfs_name);
    free(*disk);
    *disk = NULL;
}

const char *disk_vfs_name(const struct disk *disk) {
    return disk->vfs_name;
}

void disk_watch(struct disk *disk, disk_watcher *watcher, void *of) {
    disk->watcher = watcher;
    disk->watcher_of = of;
}

void disk_watch_reads(struct disk *disk, disk_reader *reader, void *of) {
    disk->reader = reader;
    disk->reader_of = of;
}

void disk_watch_changes(struct disk *disk, const char *name, disk_changed *changed, void *of) {
    struct disk_node *node = disk_node_make(disk, name);
    node->changed = changed;
    node->changed_of = of;
}

void disk_leave_changes(struct disk *disk, const char *name, const void *of) {
    struct disk_node *node = disk_node_find(disk, name);
    if (node != NULL && node->changed_of == of)
        node->changed = NULL;
}

void disk_watch_room(struct disk *disk, disk_has_room *has_room, void *of) {
    disk->has_room = has_room;
    disk->has_room_of = of;
}

uint64_t disk_steps(const struct disk *disk) {
    return disk->steps;
}

struct digest disk_digest(const struct disk *disk) {
    struct digest_stream *stream = digest_stream_new();
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct disk_name *name = &disk->now.list[i];
        digest_stream_add(stream, name->text, strlen(name->text) + 1);
        uint64_t length = name->node->now.length;
        digest_stream_add(stream, &length, sizeof length);
        digest_stream_add(stream, buffer_text(&name->node->now), name->node->now.length);
    }
    struct digest digest = digest_stream_end(stream);
    digest_stream_close(&stream);
    return digest;
}
