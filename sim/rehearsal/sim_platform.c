/* See sim_platform.h. A dead process says nothing and writes nothing: the disk and the tasks see to
 * the rest, the terminal is guarded here. */
#include "sim_platform.h"

#include <stdlib.h>

#include "../../engine/base/check.h"
#include "../kernel/kernel.h"

struct platform_thread {
    struct task *task;
};

struct platform_lock {
    struct task_lock lock;
};

static struct sim_platform *sim_of(struct platform *platform) {
    return (struct sim_platform *)platform;
}

static struct platform_thread *sim_spawn(struct platform *platform, const char *name,
                                         void (*run)(void *), void *of) {
    struct platform_thread *thread = memory_new(1, sizeof *thread);
    thread->task = task_spawn(sim_of(platform)->process, name, run, of);
    return thread;
}

static void sim_join(struct platform *platform, struct platform_thread *thread) {
    (void)platform;
    task_join(&thread->task);
    free(thread);
}

/* What was killed says nothing: the disk and the terminal see to that. But that it tries, once it
 * knows, is a fault of the program: outside of a simulator it might get through. */
static void sim_speaks(struct sim_platform *sim, const char *to) {
    if (task_was_told() && process_is_dead(sim->process) && sim->spoke_dead != NULL)
        sim->spoke_dead(sim->of, to);
}

static enum status sim_hears(enum status status) {
    if (status == STATUS_KILLED)
        task_tell();
    return status;
}

static enum status sim_sleep(struct platform *platform, int64_t span) {
    (void)platform;
    return sim_hears(task_sleep(span));
}

static struct platform_lock *sim_lock_new(struct platform *platform) {
    (void)platform;
    return memory_new(1, sizeof(struct platform_lock));
}

static void sim_lock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    task_lock(&lock->lock);
}

static void sim_unlock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    task_unlock(&lock->lock);
}

static void sim_lock_free(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    check(lock->lock.holder == NULL);
    free(lock);
}

static instant sim_now(struct platform *platform) {
    return kernel_now(process_kernel(sim_of(platform)->process));
}

static enum status sim_failed(const char *path, enum status status, struct error *error) {
    return error_set(error, status, "%s: %s", path,
                     status == STATUS_STORAGE ? "no space left on the disk"
                                              : status_sentence(status));
}

static enum status sim_file_read(struct platform *platform, const char *path, struct buffer *out,
                                 struct error *error) {
    enum status status = sim_hears(disk_read(sim_of(platform)->disk, path, out));
    if (status != STATUS_OK)
        return sim_failed(path, status, error);
    return STATUS_OK;
}

static enum status sim_file_replace(struct platform *platform, const char *path, struct str bytes,
                                    struct error *error) {
    sim_speaks(sim_of(platform), path);
    enum status status = sim_hears(disk_replace(sim_of(platform)->disk, path, bytes));
    if (status == STATUS_OK)
        status = task_sleep(sim_of(platform)->sync_time);
    if (status != STATUS_OK)
        return sim_failed(path, status, error);
    return STATUS_OK;
}

static enum status sim_file_append(struct platform *platform, const char *path, struct str bytes,
                                   bool sync, struct error *error) {
    struct sim_platform *sim = sim_of(platform);
    if (bytes.length > 0)
        sim_speaks(sim, path);
    struct buffer lines = {0};
    if (bytes.length > 0 && disk_ends_in_half_a_line(sim->disk, path))
        buffer_append_byte(&lines, '\n');
    buffer_append_str(&lines, bytes);
    enum status status = sim_hears(disk_append(sim->disk, path, buffer_str(&lines), sync));
    buffer_release(&lines);
    if (status == STATUS_OK && sim->appended != NULL)
        sim->appended(sim->of, path, bytes);
    if (status != STATUS_OK)
        return sim_failed(path, status, error);
    return STATUS_OK;
}

static void sim_line(struct sim_platform *sim, bool alarm, struct str line) {
    sim_speaks(sim, "terminal");
    if (!process_is_dead(sim->process))
        sim->line(sim->of, alarm, line);
}

static void sim_say(struct platform *platform, struct str line) {
    sim_line(sim_of(platform), false, line);
}

static void sim_alarm(struct platform *platform, struct str line) {
    sim_line(sim_of(platform), true, line);
}

static bool sim_stopped(struct platform *platform) {
    bool dead = process_is_dead(sim_of(platform)->process);
    if (dead)
        task_tell();
    return dead;
}

static const struct platform_type sim_functions = {
    .spawn = sim_spawn,
    .join = sim_join,
    .sleep = sim_sleep,
    .lock_new = sim_lock_new,
    .lock = sim_lock,
    .unlock = sim_unlock,
    .lock_free = sim_lock_free,
    .now = sim_now,
    .monotonic = sim_now,
    .file_read = sim_file_read,
    .file_replace = sim_file_replace,
    .file_append = sim_file_append,
    .say = sim_say,
    .alarm = sim_alarm,
    .stopped = sim_stopped,
};

void sim_platform_begin(struct sim_platform *platform) {
    platform->platform.type = &sim_functions;
    platform->platform.sqlite_vfs = disk_vfs_name(platform->disk);
}
