/* Platform, files and the day's frame; the servers are in double_servers.c. See doubles.h. */
#include "doubles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/check.h"
#include "double_servers.h"

struct world *world_now; /* the adapters have no other way to it */

static struct world *world_of(struct platform *platform) {
    return (struct world *)platform;
}

/* ---- Platform ---- */

struct platform_thread {
    int nothing;
};

struct platform_lock {
    bool held;
};

static struct platform_thread *world_spawn(struct platform *platform, const char *name,
                                           void (*run)(void *), void *of) {
    (void)platform;
    (void)name;
    run(of);
    return memory_new(1, sizeof(struct platform_thread));
}

static void world_join(struct platform *platform, struct platform_thread *thread) {
    (void)platform;
    free(thread);
}

static enum status world_sleep(struct platform *platform, int64_t span) {
    struct world *world = world_of(platform);
    world->now += span;
    if (world->on_sleep != NULL)
        world->on_sleep(world);
    return world->dead ? STATUS_KILLED : STATUS_OK;
}

static struct platform_lock *world_lock_new(struct platform *platform) {
    (void)platform;
    return memory_new(1, sizeof(struct platform_lock));
}

static void world_lock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    check(!lock->held);
    lock->held = true;
}

static void world_unlock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    check(lock->held);
    lock->held = false;
}

static void world_lock_free(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    check(!lock->held);
    free(lock);
}

static instant world_clock(struct platform *platform) {
    return world_of(platform)->now;
}

static struct world_file *world_file(struct world *world, const char *path, bool make) {
    struct world_file *free_place = NULL;
    for (size_t i = 0; i < WORLD_FILES_MAX; i++) {
        if (strcmp(world->files[i].path, path) == 0)
            return &world->files[i];
        if (world->files[i].path[0] == '\0' && free_place == NULL)
            free_place = &world->files[i];
    }
    if (!make)
        return NULL;
    check(free_place != NULL);
    snprintf(free_place->path, sizeof free_place->path, "%s", path);
    return free_place;
}

static enum status world_file_read(struct platform *platform, const char *path, struct buffer *out,
                                   struct error *error) {
    struct world_file *file = world_file(world_of(platform), path, false);
    if (file == NULL)
        return error_set(error, STATUS_NOT_FOUND, "%s: there is no such file", path);
    buffer_append_str(out, buffer_str(&file->bytes));
    return STATUS_OK;
}

static enum status world_file_replace(struct platform *platform, const char *path, struct str bytes,
                                      struct error *error) {
    struct world *world = world_of(platform);
    enum status status = world_call(world, error);
    if (status != STATUS_OK)
        return status;
    struct world_file *file = world_file(world, path, true);
    buffer_clear(&file->bytes);
    buffer_append_str(&file->bytes, bytes);
    return STATUS_OK;
}

static enum status world_file_append(struct platform *platform, const char *path, struct str bytes,
                                     bool sync, struct error *error) {
    struct world *world = world_of(platform);
    (void)sync;
    enum status status = world_call(world, error);
    if (status == STATUS_NETWORK)
        status = STATUS_OK; /* only servers lose connections */
    if (status != STATUS_OK)
        return status;
    struct buffer *file = &world_file(world, path, true)->bytes;
    if (bytes.length > 0 && file->length > 0 && file->data[file->length - 1] != '\n')
        buffer_append_byte(file, '\n');
    buffer_append_str(file, bytes);
    return STATUS_OK;
}

static void world_line(struct world *world, struct buffer *out, struct str line) {
    if (world->dead)
        return;
    buffer_append_str(out, line);
    buffer_append_byte(out, '\n');
}

static void world_say(struct platform *platform, struct str line) {
    world_line(world_of(platform), &world_of(platform)->said, line);
}

static void world_alarm(struct platform *platform, struct str line) {
    world_line(world_of(platform), &world_of(platform)->alarms, line);
}

static bool world_stopped(struct platform *platform) {
    return world_of(platform)->dead;
}

static const struct platform_type world_platform = {
    .spawn = world_spawn,
    .join = world_join,
    .sleep = world_sleep,
    .lock_new = world_lock_new,
    .lock = world_lock,
    .unlock = world_unlock,
    .lock_free = world_lock_free,
    .now = world_clock,
    .monotonic = world_clock,
    .file_read = world_file_read,
    .file_replace = world_file_replace,
    .file_append = world_file_append,
    .say = world_say,
    .alarm = world_alarm,
    .stopped = world_stopped,
};

/* ---- The frame of the day ---- */

void world_write(struct world *world, const char *path, const char *text) {
    struct world_file *file = world_file(world, path, true);
    buffer_clear(&file->bytes);
    buffer_append_text(&file->bytes, text);
}

const char *world_read(struct world *world, const char *path) {
    struct world_file *file = world_file(world, path, false);
    return file == NULL ? "" : buffer_text(&file->bytes);
}

const char *world_claims(struct world *world) {
    char path[80];
    snprintf(path, sizeof path, "%s/claims.jsonl", world->ledger);
    return world_read(world, path);
}

void world_write_mapping(struct world *world, const char *path, size_t shift, bool rotate_keys) {
    struct buffer text = {0};
    buffer_append_text(&text, "source_address;target_login;key\n");
    for (size_t i = 0; i < world->count; i++) {
        const struct world_mailbox *source = &world->mailboxes[i];
        const struct world_mailbox *target = &world->mailboxes[(i + shift) % world->count];
        buffer_printf(&text, "%s;%s;%s\n", source->address, target->login,
                      rotate_keys ? target->key : source->key);
    }
    world_write(world, path, buffer_text(&text));
    buffer_release(&text);
}

static void world_add(struct world_store *store, const struct world_message *message) {
    check_compare(store->count, <, WORLD_MESSAGES_MAX);
    store->messages[store->count++] = *message;
}

/* Two recent ones, four old ones; the old ones hold twins, and two with equal headers. */
static void world_fill(struct world_mailbox *mailbox, size_t number) {
    static const struct {
        const char *folder;
        int days;
        uint32_t flags;
        const char *body;
    } messages[] = {
        {"inbox", 1, SOURCE_SEEN, "recent"},
        {"projects", 2, SOURCE_FLAGGED, "recent too"},
        {"inbox", 30, SOURCE_SEEN, "old"},
        {"sent", 400, SOURCE_SEEN, "sent long ago"},
        {"projects", 50, 0, "twin"},
        {"projects", 50, 0, "twin"},
        {"projects", 60, SOURCE_ANSWERED, "body A"},
        {"projects", 60, SOURCE_ANSWERED, "body B"},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct world_message message = {.flags = messages[i].flags,
                                        .received = WORLD_NOW - messages[i].days * DAY};
        snprintf(message.id, sizeof message.id, "item-%zu-%zu", number, i);
        snprintf(message.folder, sizeof message.folder, "%s", messages[i].folder);
        snprintf(message.bytes, sizeof message.bytes, "Subject: to %zu\r\n\r\n%s\r\n", number,
                 messages[i].body);
        snprintf(message.keywords, sizeof message.keywords, "%s", i == 0 ? "R\u00FCckfrage" : "");
        world_add(&mailbox->source, &message);
    }
    mailbox->target.uid_next = 1;
}

void world_add_old(struct world *world, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct world_message message = {.folder = "inbox", .received = WORLD_NOW - 90 * DAY};
        snprintf(message.id, sizeof message.id, "old-%zu", i);
        snprintf(message.bytes, sizeof message.bytes, "Subject: old\r\n\r\n%zu\r\n", i);
        world_add(&world->mailboxes[0].source, &message);
    }
}

struct world *world_new(size_t count) {
    struct world *world = memory_new(1, sizeof *world);
    char plan[1024];
    check_compare(count, <=, WORLD_MAILBOXES);
    world_now = world;
    world->platform.type = &world_platform;
    world->now = WORLD_NOW;
    world->count = count;
    world->kill_in = world->lose_answer_in = world->cut_in = -1;
    for (size_t i = 0; i < count; i++) {
        struct world_mailbox *mailbox = &world->mailboxes[i];
        snprintf(mailbox->address, sizeof mailbox->address, "person%zu@%s.example", i,
                 i % 2 == 0 ? "im" : "fa");
        snprintf(mailbox->login, sizeof mailbox->login, "p%zu", i);
        snprintf(mailbox->key, sizeof mailbox->key, "00000000-0000-4000-8000-0000000000%02zx", i);
        mailbox->oldest_held = INSTANT_NEVER;
        world_fill(mailbox, i);
    }
    snprintf(world->ledger, sizeof world->ledger, "/dev/shm/umzug-test-XXXXXX");
    check(mkdtemp(world->ledger) != NULL);
    snprintf(plan, sizeof plan,
             "campaign = test\nbatch = 17\nday = 2025-08-07\nmapping = mapping.csv\nstate = %s\n"
             "cut_off = 2025-07-31T06:00:00Z\nmailboxes = %zu\nworkers = 2\ncanary = 4\ncap = 3\n"
             "batch_size = 2\n"
             "source_url = http://10.0.0.1/EWS\nsource_user = svc\nsource_password = kranich\n"
             "target_host = 10.0.0.2\ntarget_master = umzug\ntarget_password = x\n"
             "directory_url = http://10.0.0.3\nprovisioning_url = http://10.0.0.2\n"
             "gateway_table = gateway.db\n",
             world->ledger, count);
    world_write(world, "plan", plan);
    world_write_mapping(world, "mapping.csv", 0, false);
    return world;
}

void world_free(struct world **world) {
    char path[128];
    static const char *const names[] = {"ledger.db", "ledger.db-journal"};
    for (size_t i = 0; i < WORLD_FILES_MAX; i++)
        buffer_release(&(*world)->files[i].bytes);
    buffer_release(&(*world)->said);
    buffer_release(&(*world)->alarms);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", (*world)->ledger, names[i]);
        unlink(path);
    }
    rmdir((*world)->ledger);
    free(*world);
    *world = NULL;
}

int world_run(struct world *world, const char *line) {
    char copy[256];
    const char *words[16] = {"--plan", "plan"};
    size_t count = 2;
    snprintf(copy, sizeof copy, "%s", line);
    buffer_clear(&world->said);
    buffer_clear(&world->alarms);
    for (char *rest = NULL, *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    return command_run(&world->platform, &world_adapters, world->version, words);
}

void world_wake(struct world *world) {
    world->dead = false;
    world->kill_in = -1;
}

/* ---- Judging ---- */

static size_t world_times(const struct world_store *store, const struct world_message *message,
                          bool exactly) {
    size_t times = 0;
    for (size_t i = 0; i < store->count; i++) {
        const struct world_message *other = &store->messages[i];
        times +=
            strcmp(other->bytes, message->bytes) == 0 &&
            (!exactly || (other->received == message->received && other->flags == message->flags));
    }
    return times;
}

bool world_is_right(const struct world *world, bool all) {
    bool right = true;
    for (size_t i = 0; i < world->count; i++) {
        const struct world_mailbox *mailbox = &world->mailboxes[i];
        size_t expected = 0;
        for (size_t k = 0; k < mailbox->source.count; k++) {
            const struct world_message *message = &mailbox->source.messages[k];
            if (!all && message->received < WORLD_CUT_OFF)
                continue;
            expected++;
            size_t wanted = world_times(&mailbox->source, message, true);
            size_t found = world_times(&mailbox->target, message, true);
            if (wanted != found)
                printf("%s: %s is there %zu times, expected %zu\n", mailbox->address, message->id,
                       found, wanted);
            right &= wanted == found;
        }
        if (expected != mailbox->target.count)
            printf("%s: %zu messages at the target, expected %zu\n", mailbox->address,
                   mailbox->target.count, expected);
        right &= expected == mailbox->target.count;
    }
    return right;
}

size_t world_foreign(const struct world *world) {
    size_t foreign = 0;
    for (size_t i = 0; i < world->count; i++)
        for (size_t k = 0; k < world->mailboxes[i].target.count; k++)
            foreign += world_times(&world->mailboxes[i].source,
                                   &world->mailboxes[i].target.messages[k], false) == 0;
    return foreign;
}

size_t world_at_target(const struct world *world) {
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++)
        count += world->mailboxes[i].target.count;
    return count;
}

bool world_alarmed(const struct world *world, const char *measure, const char *subject) {
    char wanted[128];
    snprintf(wanted, sizeof wanted, "ALARM %s %s", measure, subject != NULL ? subject : "");
    return strstr(buffer_text(&world->alarms), wanted) != NULL;
}
