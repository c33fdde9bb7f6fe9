/* The power goes under a machine: what a crash leaves of its files. See disk.h. */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "disk_inside.h"

enum { SECTOR = 512 };

/* ---- writes ---- */

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
            disk_bytes_put(bytes, write->offset + at,
                           str_bytes(garbage ? noise : write->bytes.data + at, length));
        } else if (fate > 3) {
            disk_bytes_put(bytes, write->offset + at, str_bytes(write->bytes.data + at, length));
        }
        at += length;
    }
}

static void crash_by_sectors(struct disk_node *node, bool garbage, struct chance *chance) {
    for (size_t i = 0; i < node->pending_count; i++) {
        const struct disk_write *write = &node->pending[i];
        if (!write->truncates)
            crash_sectors(&node->durable, write, garbage, chance);
        else if (chance_is(chance, 1, 2))
            disk_write_apply(&node->durable, write);
    }
}

/* One that arrived, and before it one that did not; of the others any. */
static void crash_reordered(struct disk_node *node, struct chance *chance) {
    size_t count = node->pending_count;
    size_t lost = count < 2 ? count : (size_t)chance_below(chance, count - 1);
    size_t there =
        count < 2 ? count : (size_t)chance_between(chance, (int64_t)lost + 1, (int64_t)count - 1);
    for (size_t i = 0; i < count; i++) {
        bool arrived = chance_is(chance, 1, 2);
        if (i != lost && (arrived || i == there))
            disk_write_apply(&node->durable, &node->pending[i]);
    }
}

static void crash_torn(struct disk_node *node, struct chance *chance) {
    size_t kept = (size_t)chance_below(chance, node->pending_count + 1);
    for (size_t i = 0; i < kept; i++) {
        struct disk_write *write = &node->pending[i];
        if (i + 1 == kept && !write->truncates)
            buffer_truncate(&write->bytes, (size_t)chance_below(chance, write->bytes.length + 1));
        disk_write_apply(&node->durable, write);
    }
}

static void crash_writes(struct disk_node *node, enum disk_crash crash, struct chance *chance) {
    switch (crash) {
    case DISK_KEPT:
        for (size_t i = 0; i < node->pending_count; i++)
            disk_write_apply(&node->durable, &node->pending[i]);
        return;
    case DISK_LOST:
    case DISK_CRASH_COUNT:
        return;
    case DISK_TORN:
        crash_torn(node, chance);
        return;
    case DISK_SECTORS:
    case DISK_GARBAGE:
        crash_by_sectors(node, crash == DISK_GARBAGE, chance);
        return;
    case DISK_REORDERED:
        crash_reordered(node, chance);
        return;
    }
}

static void crash_node(struct disk_node *node, enum disk_crash crash, struct chance *chance) {
    crash_writes(node, crash, chance);
    disk_node_forget_pending(node);
    buffer_clear(&node->now);
    buffer_append_str(&node->now, buffer_str(&node->durable));
    node->shared = node->reserved = node->waiting = node->exclusive = 0;
}

/* ---- names ---- */

static bool is_below(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Names that were not synced may have become durable, each alone: directories reorder. */
static struct disk_names crash_names(const struct disk *disk, const char *prefix,
                                     enum disk_crash crash, struct chance *chance) {
    struct disk_names after = {0};
    for (size_t i = 0; i < disk->durable.count; i++)
        if (is_below(disk->durable.list[i].text, prefix))
            disk_names_set(&after, disk->durable.list[i].text, disk->durable.list[i].node);
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct disk_name *name = &disk->now.list[i];
        if (!is_below(name->text, prefix) || crash == DISK_KEPT ||
            (crash != DISK_LOST && chance_is(chance, 1, 2)))
            disk_names_set(&after, name->text, name->node);
    }
    for (size_t i = 0; i < disk->durable.count; i++) {
        const char *text = disk->durable.list[i].text;
        bool gone = is_below(text, prefix) && disk_node_find(disk, text) == NULL;
        if (gone && (crash == DISK_KEPT || (crash != DISK_LOST && chance_is(chance, 1, 2))))
            disk_names_remove(&after, text);
    }
    return after;
}

void disk_crash(struct disk *disk, const char *prefix, enum disk_crash crash,
                struct chance *chance) {
    struct disk_names after = crash_names(disk, prefix, crash, chance);
    disk_names_release(&disk->now);
    disk->now = after;
    struct disk_names durable = {0};
    for (size_t i = 0; i < disk->durable.count; i++)
        if (!is_below(disk->durable.list[i].text, prefix))
            disk_names_set(&durable, disk->durable.list[i].text, disk->durable.list[i].node);
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct disk_name *name = &disk->now.list[i];
        if (!is_below(name->text, prefix))
            continue;
        crash_node(name->node, crash, chance);
        name->node->named_durably = true;
        disk_names_set(&durable, name->text, name->node);
    }
    disk_names_release(&disk->durable);
    disk->durable = durable;
}

/* ---- foretelling ---- */

struct copied { /* nodes of a disk and their copies; names share them */
    struct {
        const struct disk_node *from;
        struct disk_node *to;
    } * nodes; /* owns */
    size_t count, capacity;
};

static struct disk_node *copied_node(struct copied *copied, const struct disk_node *from) {
    for (size_t i = 0; i < copied->count; i++)
        if (copied->nodes[i].from == from)
            return copied->nodes[i].to;
    if (copied->count == copied->capacity) {
        copied->capacity = copied->capacity > 0 ? 2 * copied->capacity : 16;
        copied->nodes = memory_grow(copied->nodes, copied->capacity, sizeof *copied->nodes);
    }
    struct disk_node *to = memory_new(1, sizeof *to);
    copied->nodes[copied->count].from = from;
    copied->nodes[copied->count++].to = to;
    buffer_append_str(&to->now, buffer_str(&from->now));
    buffer_append_str(&to->durable, buffer_str(&from->durable));
    to->pending = memory_new(from->pending_count + 1, sizeof *to->pending);
    to->pending_capacity = from->pending_count + 1;
    to->named_durably = from->named_durably;
    for (size_t i = 0; i < from->pending_count; i++) {
        struct disk_write *write = &to->pending[to->pending_count++];
        *write = (struct disk_write){.offset = from->pending[i].offset,
                                     .truncates = from->pending[i].truncates};
        buffer_append_str(&write->bytes, buffer_str(&from->pending[i].bytes));
    }
    return to;
}

static void copied_names(struct copied *copied, const struct disk_names *from,
                         struct disk_names *to) {
    for (size_t i = 0; i < from->count; i++)
        disk_names_set(to, from->list[i].text, copied_node(copied, from->list[i].node));
}

void disk_crash_foretell(const struct disk *disk, const char *prefix, enum disk_crash crash,
                         struct chance *chance,
                         void (*see)(void *of, const char *name, struct str bytes), void *of) {
    struct disk copy = {0};
    struct copied copied = {0};
    copied_names(&copied, &disk->now, &copy.now);
    copied_names(&copied, &disk->durable, &copy.durable);
    disk_crash(&copy, prefix, crash, chance);
    disk_each(&copy, see, of);
    disk_names_release(&copy.now);
    disk_names_release(&copy.durable);
    free(copied.nodes);
}

const char *disk_crash_name(enum disk_crash crash) {
    static const char *const names[DISK_CRASH_COUNT] = {
        [DISK_KEPT] = "kept",       [DISK_LOST] = "lost",       [DISK_TORN] = "torn",
        [DISK_SECTORS] = "sectors", [DISK_GARBAGE] = "garbage", [DISK_REORDERED] = "reordered",
    };
    return names[crash];
}
