/* What disk.c and its SQLite VFS share. */
#ifndef SIM_KERNEL_DISK_INSIDE_H
#define SIM_KERNEL_DISK_INSIDE_H

#include <sqlite3.h>

#include "disk.h"
#include "process.h"

struct disk_write { /* since the last sync */
    uint64_t offset;
    struct buffer bytes;
    bool truncates; /* to `offset`; no bytes */
};

struct disk_node {
    struct buffer now, durable;
    struct disk_write *pending; /* owns */
    size_t pending_count, pending_capacity;
    unsigned references; /* names and open handles */
    bool named_durably;
    int shared, reserved, waiting, exclusive; /* SQLite's locks, counted */
    disk_changed *changed;                    /* NULL: nobody watches */
    void *changed_of;
};

struct disk_name {
    char *text; /* owns */
    struct disk_node *node;
};

struct disk_names {
    struct disk_name *list; /* owns; sorted by text */
    size_t count, capacity;
};

struct disk {
    struct kernel *kernel;
    struct disk_names now, durable;
    char **unsynced; /* owns: names that may differ between the two */
    size_t unsynced_count, unsynced_capacity;
    uint64_t steps;
    disk_watcher *watcher;
    void *watcher_of;
    disk_reader *reader;
    void *reader_of;
    disk_has_room *has_room;
    void *has_room_of;
    sqlite3_vfs vfs;
    char *vfs_name; /* owns */
    bool by_default;
};

/* True when whoever runs now may have an effect, after the watcher was told of the step. */
bool disk_step(struct disk *disk, const char *what, const char *name);
/* True while the process that runs now is alive, or nobody runs. */
bool disk_alive(void);
/* Whether the file may be as long as that. */
bool disk_room(const struct disk *disk, const char *name, uint64_t length);

void disk_names_set(struct disk_names *names, const char *text, struct disk_node *node);
void disk_names_remove(struct disk_names *names, const char *text);
void disk_names_release(struct disk_names *names);
void disk_bytes_put(struct buffer *buffer, uint64_t offset, struct str bytes);
void disk_write_apply(struct buffer *bytes, const struct disk_write *write);
void disk_node_forget_pending(struct disk_node *node);

struct disk_node *disk_node_find(const struct disk *disk, const char *name);
struct disk_node *disk_node_make(struct disk *disk, const char *name); /* found or new */
void disk_node_write(struct disk_node *node, uint64_t offset, struct str bytes);
void disk_node_truncate(struct disk_node *node, uint64_t length);
void disk_node_sync(struct disk *disk, struct disk_node *node, const char *name);
void disk_node_release(struct disk_node *node);
void disk_unlink(struct disk *disk, const char *name, bool sync);

void disk_vfs_register(struct disk *disk, bool by_default);
void disk_vfs_unregister(struct disk *disk);

#endif
