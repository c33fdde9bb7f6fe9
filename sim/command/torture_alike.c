/* See torture_alike.h. */
#include "torture_alike.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/check.h"
#include "../../engine/base/table.h"
#include "../fault/fault.h"
#include "../world.h"

#define JOURNAL       "-journal"
#define ASIDE         "alike.db"
#define ASIDE_JOURNAL ASIDE JOURNAL

struct alike {
    struct table *first; /* owns; what is left → the case's index, plus 1 */
    struct disk *aside;  /* owns; where SQLite recovers; made when it is needed */
    uint64_t foretold;   /* of the files */
};

bool alike_can_tell(const struct scenario *scenario) {
    for (uint32_t i = 0; i < scenario->faults.count; i++)
        if (fault_type(scenario_fault(scenario, i)->name)->durable_step != NULL)
            return false;
    return true;
}

struct alike *alike_new(void) {
    struct alike *alike = memory_new(1, sizeof *alike);
    alike->first = table_new();
    return alike;
}

void alike_close(struct alike **alike) {
    if (*alike == NULL)
        return;
    disk_close(&(*alike)->aside);
    table_close(&(*alike)->first);
    free(*alike);
    *alike = NULL;
}

size_t alike_first(struct alike *alike, uint64_t left, size_t index) {
    uint64_t *first = table_at(alike->first, left);
    if (*first == 0)
        *first = index + 1;
    return (size_t)*first - 1;
}

/* ---- what is left ---- */

struct left_file { /* owns both */
    char *name;
    struct buffer bytes;
};

struct left {
    struct left_file *files; /* owns */
    size_t count, capacity;
};

static void left_see(void *of, const char *name, struct str bytes) {
    struct left *left = of;
    if (left->count == left->capacity) {
        left->capacity = left->capacity > 0 ? 2 * left->capacity : 16;
        left->files = memory_grow(left->files, left->capacity, sizeof *left->files);
    }
    struct left_file *file = &left->files[left->count++];
    *file = (struct left_file){.name = memory_copy_text(name)};
    buffer_append_str(&file->bytes, bytes);
}

static struct left_file *left_database(struct left *left, const char *journal) {
    size_t length = strlen(journal) - strlen(JOURNAL);
    for (size_t i = 0; i < left->count; i++)
        if (strncmp(left->files[i].name, journal, length) == 0 &&
            left->files[i].name[length] == '\0')
            return &left->files[i];
    return NULL;
}

/* Lets SQLite do, aside, what it will do when the database is opened. */
static void left_recover(struct disk *disk, struct left_file *database,
                         const struct left_file *journal) {
    sqlite3 *aside = NULL;
    check(disk_replace(disk, ASIDE, buffer_str(&database->bytes)) == STATUS_OK);
    check(disk_replace(disk, ASIDE_JOURNAL, buffer_str(&journal->bytes)) == STATUS_OK);
    if (sqlite3_open_v2(ASIDE, &aside, SQLITE_OPEN_READWRITE, disk_vfs_name(disk)) == SQLITE_OK &&
        sqlite3_exec(aside, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) == SQLITE_OK) {
        buffer_clear(&database->bytes);
        check(disk_read(disk, ASIDE, &database->bytes) == STATUS_OK);
    }
    sqlite3_close(aside);
    check(disk_delete(disk, ASIDE, true) == STATUS_OK);
    if (disk_has(disk, ASIDE_JOURNAL))
        check(disk_delete(disk, ASIDE_JOURNAL, true) == STATUS_OK);
}

static bool left_is_journal(const struct left_file *file) {
    size_t length = strlen(file->name);
    return length > strlen(JOURNAL) && strcmp(file->name + length - strlen(JOURNAL), JOURNAL) == 0;
}

static void left_recover_all(struct left *left, struct disk *aside) {
    for (size_t i = 0; i < left->count; i++) {
        struct left_file *journal = &left->files[i];
        struct left_file *database =
            left_is_journal(journal) ? left_database(left, journal->name) : NULL;
        if (database != NULL && journal->bytes.length > 0)
            left_recover(aside, database, journal);
    }
}

/* Of the files; they are released. */
static uint64_t left_print(struct left *left) {
    struct digest_stream *stream = digest_stream_new();
    for (size_t i = 0; i < left->count; i++) {
        struct left_file *file = &left->files[i];
        uint64_t length = file->bytes.length;
        if (!left_is_journal(file)) { /* what a journal was good for is done */
            digest_stream_add(stream, file->name, strlen(file->name) + 1);
            digest_stream_add(stream, &length, sizeof length);
            digest_stream_add(stream, buffer_text(&file->bytes), length);
        }
        free(file->name);
        buffer_release(&file->bytes);
    }
    free(left->files);
    *left = (struct left){0};
    struct digest digest = digest_stream_end(stream);
    digest_stream_close(&stream);
    return digest.low;
}

static struct disk *alike_aside(struct alike *alike, struct world *world) {
    if (alike->aside == NULL)
        alike->aside = disk_new_aside(world->kernel, "alike");
    return alike->aside;
}

uint64_t alike_files(struct alike *alike, struct world *world) {
    struct left left = {0};
    disk_each(world->disk, left_see, &left);
    left_recover_all(&left, alike_aside(alike, world));
    return left_print(&left);
}

uint64_t alike_foretell(struct alike *alike, const struct incarnation *incarnation,
                        enum disk_crash crash) {
    struct world *world = incarnation->world;
    struct left left = {0};
    struct chance chance = incarnation_chance(world->seed, world->disk);
    struct digest history = history_digest(world->history);
    disk_crash_foretell(world->disk, INCARNATION_FILES, crash, &chance, left_see, &left);
    left_recover_all(&left, alike_aside(alike, world));
    alike->foretold = left_print(&left);
    uint64_t print = chance_mix(kernel_fingerprint(world->kernel), history.high);
    return chance_mix(chance_mix(print, history.low), alike->foretold);
}

uint64_t alike_foretold_files(const struct alike *alike) {
    return alike->foretold;
}
