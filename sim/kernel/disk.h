/*
 * The disk under one machine of the world: files in memory, and what a crash may leave of them.
 * Each write is seen at once by every reader, but is durable only after a sync; names are durable
 * after the sync of a new file, or of the directory (rename and delete with `sync`). There is one
 * flat directory.
 *
 * Every change is a step, and steps are numbered from 1, so that a run can be killed before each.
 * Who changes files is the running task's process: once that is dead, nothing has an effect.
 *
 * The SQLite VFS of the disk (disk_vfs.c) works on the same files. Rollback journals are supported,
 * WAL is not (no shared memory).
 */
#ifndef SIM_KERNEL_DISK_H
#define SIM_KERNEL_DISK_H

#include "../../engine/base/buffer.h"
#include "../../engine/base/digest.h"
#include "kernel.h"

struct disk;

/* What a loss of power leaves of the writes since the last sync of each file. */
enum disk_crash {
    DISK_KEPT,    /* all of them: only the process died */
    DISK_LOST,    /* none */
    DISK_TORN,    /* the first few, the last of those cut short */
    DISK_SECTORS, /* any sectors of 512 bytes, in any order */
    DISK_GARBAGE, /* the same, and some sectors hold noise */
    /* Any writes, each whole; where there are two, one is there and an earlier one is not. */
    DISK_REORDERED,
    DISK_CRASH_COUNT
};

enum {
    DISK_NAME_MAX = 255,
    DISK_FILE_BYTES_MAX = 1 << 30,
    DISK_PENDING_MAX = 1024 /* writes to one file that wait for a sync */
};

/* Registers the SQLite VFS under `vfs_name`, which must be new; times come from `kernel`, which is
 * borrowed. */
struct disk *disk_new(struct kernel *kernel, const char *vfs_name);
/* The same, but SQLite's default VFS, and with it the source of its chance, stays what it is. */
struct disk *disk_new_aside(struct kernel *kernel, const char *vfs_name);
void disk_close(struct disk **disk);
const char *disk_vfs_name(const struct disk *disk);

/* Whole files, from outside of the world or by a process. NOT_FOUND, KILLED, STORAGE when there is
 * no room. */
NODISCARD enum status disk_read(struct disk *disk, const char *name, struct buffer *out);
/* Whether the file ends in a byte that is no end of a line. */
bool disk_ends_in_half_a_line(const struct disk *disk, const char *name);
NODISCARD enum status disk_append(struct disk *disk, const char *name, struct str bytes, bool sync);
/* Atomically: written aside, synced, renamed, directory synced (four steps). */
NODISCARD enum status disk_replace(struct disk *disk, const char *name, struct str bytes);
NODISCARD enum status disk_delete(struct disk *disk, const char *name, bool sync);
bool disk_has(const struct disk *disk, const char *name);
/* All files as they are now, in order of their names. */
void disk_each(const struct disk *disk, void (*see)(void *of, const char *name, struct str bytes),
               void *of);

/* Called before each change is made, with its number and what it is ("write ledger"); may kill the
 * running process, whose change is then not made. NULL for none. */
typedef void disk_watcher(void *of, uint64_t step, const char *what, const char *name);
void disk_watch(struct disk *disk, disk_watcher *watcher, void *of);
/* Called when a process reads a whole file. */
typedef void disk_reader(void *of, const char *name);
void disk_watch_reads(struct disk *disk, disk_reader *reader, void *of);
/* Called after each change to the bytes of that file, whoever made it; one watcher a file, who must
 * leave before `of` goes. Leaving does nothing when another one watches by now. */
typedef void disk_changed(void *of);
void disk_watch_changes(struct disk *disk, const char *name, disk_changed *changed, void *of);
void disk_leave_changes(struct disk *disk, const char *name, const void *of);
/* Asked before a file grows or a new one gets its first bytes; what is there already can be written
 * over. SQLite hears of it as SQLITE_FULL. */
typedef bool disk_has_room(void *of, const char *name);
void disk_watch_room(struct disk *disk, disk_has_room *has_room, void *of);
uint64_t disk_steps(const struct disk *disk);

/* The power goes under one machine: the files whose names begin with `prefix` (its part of the
 * disk; "" for all) become what `crash` leaves of them. SQLite handles on those must be closed. */
void disk_crash(struct disk *disk, const char *prefix, enum disk_crash crash,
                struct chance *chance);
/* What disk_crash() would leave of all files, without doing it. */
void disk_crash_foretell(const struct disk *disk, const char *prefix, enum disk_crash crash,
                         struct chance *chance,
                         void (*see)(void *of, const char *name, struct str bytes), void *of);
const char *disk_crash_name(enum disk_crash crash); /* "kept", "lost", … */

/* Stands for all names and bytes as they are now. */
struct digest disk_digest(const struct disk *disk);

#endif
