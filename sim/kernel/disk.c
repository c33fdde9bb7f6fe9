/* Nodes hold bytes, names lead to nodes; both exist as they are now and as they are durable. A
 * write goes into the node and into its list of pending writes, which a sync empties. See disk.h.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "disk_inside.h"
#include "task.h"

enum { SECTOR = 512 };

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

static void names_remove(struct disk_names *names, const char *text) {
    bool found;
    size_t at = names_place(names, text, &found);
    if (!found)
        return;
    free(names->list[at].text);
    disk_node_release(names->list[at].node);
    memmove(names->list + at, names->list + at + 1, (names->count - at - 1) * sizeof *names->list);
    names->count--;
}

static void names_set(struct disk_names *names, const char *text, struct disk_node *node) {
    node->references++;
    names_remove(names, text);
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

static void names_release(struct disk_names *names) {
    while (names->count > 0)
        names_remove(names, names->list[names->count - 1].text);
    free(names->list);
    *names = (struct disk_names){0};
}

static void names_copy(struct disk_names *to, const struct disk_names *from) {
    struct disk_names copy = {0};
    for (size_t i = 0; i < from->count; i++)
        names_set(&copy, from->list[i].text, from->list[i].node);
    names_release(to);
    *to = copy;
}

/* ---- nodes ---- */

static void node_forget_pending(struct disk_node *node) {
    for (size_t i = 0; i < node->pending_count; i++)
        buffer_release(&node->pending[i].bytes);
    node->pending_count = 0;
}

void disk_node_release(struct disk_node *node) {
    check(node->references > 0);
    if (--node->references > 0)
        return;
    node_forget_pending(node);
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
        names_set(&disk->now, name, node);
    }
    return node;
}

static void bytes_put(struct buffer *buffer, uint64_t offset, struct str bytes) {
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

static void write_apply(struct buffer *bytes, const struct disk_write *write) {
    if (write->truncates)
        bytes_cut(bytes, write->offset);
    else
        bytes_put(bytes, write->offset, buffer_str(&write->bytes));
}

/* Nobody can keep everything from the disk by never syncing: when much waits, an operating system
 * writes the oldest of it back. Else a file whose owner never syncs would be kept as all its
 * writes. */
static void node_write_back(struct disk_node *node) {
    size_t count = node->pending_count / 2;
    for (size_t i = 0; i < count; i++) {
        write_apply(&node->durable, &node->pending[i]);
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
    bytes_put(&node->now, offset, bytes);
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
        write_apply(&node->durable, &node->pending[i]);
    node_forget_pending(node);
    if (!node->named_durably && disk_node_find(disk, name) == node) {
        names_set(&disk->durable, name, node);
        node->named_durably = true;
    }
}

void disk_unlink(struct disk *disk, const char *name, bool sync) {
    names_remove(&disk->now, name);
    if (sync)
        names_copy(&disk->durable, &disk->now);
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

enum status disk_append(struct disk *disk, const char *name, struct str bytes, bool sync) {
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
    names_set(&disk->now, name, node);
    names_remove(&disk->now, aside);
    if (!disk_step(disk, "sync directory", name))
        return STATUS_KILLED;
    names_copy(&disk->durable, &disk->now);
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

/* ---- the power goes ---- */

/* One write arrives in sectors, each of which may be lost or hold noise. */
static void crash_sectors(struct buffer *bytes, const struct disk_write *write, bool garbage,
                          struct chance *chance) {
    for (size_t at = 0; at < write->bytes.length;) {
        size_t length = SECTOR - (size_t)((write->offset + at) % SECTOR);
        if (length > write->bytes.length - at)
            length = write->bytes.length - at;
        uint64_t fate = chance_below(chance, garbage ? 8 : 2);
        if (fate == 1) {
            char noise[SECTOR];
            for (size_t i = 0; i < length; i++)
                noise[i] = (char)chance_next(chance);
            bytes_put(bytes, write->offset + at,
                      str_bytes(garbage ? noise : write->bytes.data + at, length));
        } else if (fate > 3) {
            bytes_put(bytes, write->offset + at, str_bytes(write->bytes.data + at, length));
        }
        at += length;
    }
}

static void crash_node(struct disk_node *node, enum disk_crash crash, struct chance *chance) {
    size_t kept = crash == DISK_KEPT   ? node->pending_count
                  : crash == DISK_LOST ? 0
                                       : (size_t)chance_below(chance, node->pending_count + 1);
    if (crash == DISK_SECTORS || crash == DISK_GARBAGE)
        kept = node->pending_count;
    for (size_t i = 0; i < kept; i++) {
        struct disk_write *write = &node->pending[i];
        bool last = i + 1 == kept;
        if (crash == DISK_TORN && last && !write->truncates)
            buffer_truncate(&write->bytes, (size_t)chance_below(chance, write->bytes.length + 1));
        if ((crash == DISK_SECTORS || crash == DISK_GARBAGE) && !write->truncates)
            crash_sectors(&node->durable, write, crash == DISK_GARBAGE, chance);
        else
            write_apply(&node->durable, write);
    }
    node_forget_pending(node);
    buffer_clear(&node->now);
    buffer_append_str(&node->now, buffer_str(&node->durable));
    node->shared = node->reserved = node->waiting = node->exclusive = 0;
}

static bool is_below(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Names that were not synced may have become durable, each alone: directories reorder. */
static struct disk_names crash_names(const struct disk *disk, const char *prefix,
                                     enum disk_crash crash, struct chance *chance) {
    struct disk_names after = {0};
    for (size_t i = 0; i < disk->durable.count; i++)
        if (is_below(disk->durable.list[i].text, prefix))
            names_set(&after, disk->durable.list[i].text, disk->durable.list[i].node);
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct disk_name *name = &disk->now.list[i];
        if (!is_below(name->text, prefix) || crash == DISK_KEPT ||
            (crash != DISK_LOST && chance_is(chance, 1, 2)))
            names_set(&after, name->text, name->node);
    }
    for (size_t i = 0; i < disk->durable.count; i++) {
        const char *text = disk->durable.list[i].text;
        bool gone = is_below(text, prefix) && disk_node_find(disk, text) == NULL;
        if (gone && (crash == DISK_KEPT || (crash != DISK_LOST && chance_is(chance, 1, 2))))
            names_remove(&after, text);
    }
    return after;
}

void disk_crash(struct disk *disk, const char *prefix, enum disk_crash crash,
                struct chance *chance) {
    struct disk_names after = crash_names(disk, prefix, crash, chance);
    names_release(&disk->now);
    disk->now = after;
    struct disk_names durable = {0};
    for (size_t i = 0; i < disk->durable.count; i++)
        if (!is_below(disk->durable.list[i].text, prefix))
            names_set(&durable, disk->durable.list[i].text, disk->durable.list[i].node);
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct disk_name *name = &disk->now.list[i];
        if (!is_below(name->text, prefix))
            continue;
        crash_node(name->node, crash, chance);
        name->node->named_durably = true;
        names_set(&durable, name->text, name->node);
    }
    names_release(&disk->durable);
    disk->durable = durable;
}

const char *disk_crash_name(enum disk_crash crash) {
    static const char *const names[DISK_CRASH_COUNT] = {
        [DISK_KEPT] = "kept",       [DISK_LOST] = "lost",       [DISK_TORN] = "torn",
        [DISK_SECTORS] = "sectors", [DISK_GARBAGE] = "garbage",
    };
    return names[crash];
}

/* ---- the whole ---- */

struct disk *disk_new(struct kernel *kernel, const char *vfs_name) {
    struct disk *disk = memory_new(1, sizeof *disk);
    disk->kernel = kernel;
    disk->vfs_name = memory_copy_text(vfs_name);
    disk_vfs_register(disk);
    return disk;
}

void disk_close(struct disk **disk) {
    if (*disk == NULL)
        return;
    disk_vfs_unregister(*disk);
    names_release(&(*disk)->now);
    names_release(&(*disk)->durable);
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
