/* SQLite's VFS (version 1: no shared memory, so no WAL) over the files of a disk. */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "disk_inside.h"

struct vfs_file {
    sqlite3_file base; /* first, as SQLite wants it */
    struct disk *disk;
    struct disk_node *node;
    char name[DISK_NAME_MAX + 1];
    int lock; /* SQLITE_LOCK_… held by this handle */
    bool delete_on_close;
};

static int vfs_close(sqlite3_file *base) {
    struct vfs_file *file = (struct vfs_file *)base;
    base->pMethods->xUnlock(base, SQLITE_LOCK_NONE);
    if (file->delete_on_close && disk_alive())
        disk_unlink(file->disk, file->name, false);
    disk_node_release(file->node);
    return SQLITE_OK;
}

static int vfs_read(sqlite3_file *base, void *bytes, int length, sqlite3_int64 offset) {
    struct vfs_file *file = (struct vfs_file *)base;
    if (!disk_alive())
        return SQLITE_IOERR_READ;
    const struct buffer *now = &file->node->now;
    size_t there = (size_t)offset >= now->length ? 0 : now->length - (size_t)offset;
    size_t taken = there < (size_t)length ? there : (size_t)length;
    if (taken > 0)
        memcpy(bytes, now->data + offset, taken);
    if (taken == (size_t)length)
        return SQLITE_OK;
    memset((char *)bytes + taken, 0, (size_t)length - taken);
    return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset) {
    struct vfs_file *file = (struct vfs_file *)base;
    if (offset + length > DISK_FILE_BYTES_MAX)
        return SQLITE_FULL;
    if (!disk_room(file->disk, file->name, (uint64_t)(offset + length)))
        return disk_alive() ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    if (!disk_step(file->disk, "write", file->name))
        return SQLITE_IOERR_WRITE;
    disk_node_write(file->node, (uint64_t)offset, str_bytes(bytes, (size_t)length));
    return SQLITE_OK;
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 length) {
    struct vfs_file *file = (struct vfs_file *)base;
    if (!disk_step(file->disk, "truncate", file->name))
        return SQLITE_IOERR_TRUNCATE;
    disk_node_truncate(file->node, (uint64_t)length);
    return SQLITE_OK;
}

static int vfs_sync(sqlite3_file *base, int flags) {
    struct vfs_file *file = (struct vfs_file *)base;
    (void)flags;
    if (!disk_step(file->disk, "sync", file->name))
        return SQLITE_IOERR_FSYNC;
    disk_node_sync(file->disk, file->node, file->name);
    return SQLITE_OK;
}

static int vfs_file_size(sqlite3_file *base, sqlite3_int64 *size) {
    *size = (sqlite3_int64)((struct vfs_file *)base)->node->now.length;
    return SQLITE_OK;
}

/* Readers share; one may reserve; a writer waits for readers to leave. www.sqlite.org/lockingv3 */
static int vfs_lock(sqlite3_file *base, int wanted) {
    struct vfs_file *file = (struct vfs_file *)base;
    struct disk_node *node = file->node;
    if (file->lock >= wanted)
        return SQLITE_OK;
    if (wanted == SQLITE_LOCK_SHARED) {
        if (node->exclusive > 0 || node->waiting > 0)
            return SQLITE_BUSY;
        node->shared++;
        file->lock = wanted;
        return SQLITE_OK;
    }
    if (wanted == SQLITE_LOCK_RESERVED) {
        if (node->reserved > 0)
            return SQLITE_BUSY;
        node->reserved++;
        file->lock = wanted;
        return SQLITE_OK;
    }
    if (file->lock < SQLITE_LOCK_RESERVED) { /* a hot journal is rolled back from SHARED */
        if (node->reserved > 0)
            return SQLITE_BUSY;
        node->reserved++;
        file->lock = SQLITE_LOCK_RESERVED;
    }
    if (file->lock < SQLITE_LOCK_PENDING) {
        node->waiting++;
        file->lock = SQLITE_LOCK_PENDING;
    }
    if (wanted == SQLITE_LOCK_PENDING)
        return SQLITE_OK;
    if (node->shared > 1)
        return SQLITE_BUSY;
    node->exclusive++;
    file->lock = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

static int vfs_unlock(sqlite3_file *base, int wanted) {
    struct vfs_file *file = (struct vfs_file *)base;
    struct disk_node *node = file->node;
    if (file->lock >= SQLITE_LOCK_EXCLUSIVE && wanted < SQLITE_LOCK_EXCLUSIVE)
        node->exclusive -= node->exclusive > 0;
    if (file->lock >= SQLITE_LOCK_PENDING && wanted < SQLITE_LOCK_PENDING)
        node->waiting -= node->waiting > 0;
    if (file->lock >= SQLITE_LOCK_RESERVED && wanted < SQLITE_LOCK_RESERVED)
        node->reserved -= node->reserved > 0;
    if (file->lock >= SQLITE_LOCK_SHARED && wanted < SQLITE_LOCK_SHARED)
        node->shared -= node->shared > 0;
    if (file->lock > wanted)
        file->lock = wanted;
    return SQLITE_OK;
}

static int vfs_check_reserved(sqlite3_file *base, int *reserved) {
    *reserved = ((struct vfs_file *)base)->node->reserved > 0;
    return SQLITE_OK;
}

static int vfs_control(sqlite3_file *base, int operation, void *argument) {
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int vfs_sector_size(sqlite3_file *base) {
    (void)base;
    return 512;
}

static int vfs_characteristics(sqlite3_file *base) {
    (void)base;
    return 0; /* nothing is atomic, nothing is in order */
}

static const sqlite3_io_methods vfs_methods = {
    .iVersion = 1,
    .xClose = vfs_close,
    .xRead = vfs_read,
    .xWrite = vfs_write,
    .xTruncate = vfs_truncate,
    .xSync = vfs_sync,
    .xFileSize = vfs_file_size,
    .xLock = vfs_lock,
    .xUnlock = vfs_unlock,
    .xCheckReservedLock = vfs_check_reserved,
    .xFileControl = vfs_control,
    .xSectorSize = vfs_sector_size,
    .xDeviceCharacteristics = vfs_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                    int *out_flags) {
    struct vfs_file *file = (struct vfs_file *)base;
    struct disk *disk = vfs->pAppData;
    char temporary[32];
    base->pMethods = NULL;
    if (!disk_alive())
        return SQLITE_CANTOPEN;
    if (name == NULL) {
        sqlite3_snprintf(sizeof temporary, temporary, "temporary-%lld",
                         (long long)(disk->steps + 1));
        name = temporary;
    }
    struct disk_node *node = disk_node_find(disk, name);
    if (node == NULL) {
        if (!(flags & SQLITE_OPEN_CREATE) || !disk_step(disk, "create", name))
            return SQLITE_CANTOPEN;
        node = disk_node_make(disk, name);
    }
    *file = (struct vfs_file){.disk = disk, .node = node};
    file->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    strcpy(file->name, name);
    node->references++;
    base->pMethods = &vfs_methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    struct disk *disk = vfs->pAppData;
    if (disk_node_find(disk, name) == NULL)
        return SQLITE_IOERR_DELETE_NOENT;
    if (!disk_step(disk, "delete", name))
        return SQLITE_IOERR_DELETE;
    disk_unlink(disk, name, sync != 0);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    struct disk *disk = vfs->pAppData;
    (void)flags;
    *result = disk_node_find(disk, name) != NULL;
    return disk_alive() ? SQLITE_OK : SQLITE_IOERR_ACCESS;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *full) {
    (void)vfs;
    if (strlen(name) + 1 > (size_t)size || strlen(name) > DISK_NAME_MAX - 16)
        return SQLITE_CANTOPEN;
    strcpy(full, name);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int length, char *bytes) {
    struct disk *disk = vfs->pAppData;
    for (int i = 0; i < length; i++)
        bytes[i] = (char)chance_next(kernel_chance(disk->kernel));
    return length;
}

/* A lock that is held is never given up while waiting here, since nobody else runs: give up. */
static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds;
}

static int vfs_now(sqlite3_vfs *vfs, double *julian_day) {
    struct disk *disk = vfs->pAppData;
    *julian_day = 2440587.5 + (double)kernel_now(disk->kernel) / (double)DAY;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text) {
    (void)vfs;
    if (size > 0)
        text[0] = '\0';
    return 0;
}

void disk_vfs_register(struct disk *disk, bool by_default) {
    check(sqlite3_vfs_find(disk->vfs_name) == NULL);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = DISK_NAME_MAX,
        .zName = disk->vfs_name,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_now,
        .xGetLastError = vfs_last_error,
    };
    /* SQLite seeds its random numbers from the default VFS, once; ours is it from now on. */
    check(sqlite3_vfs_register(&disk->vfs, by_default) == SQLITE_OK);
    disk->by_default = by_default;
    if (by_default)
        sqlite3_randomness(0, NULL);
}

void disk_vfs_unregister(struct disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    if (disk->by_default)
        sqlite3_randomness(0, NULL);
}
