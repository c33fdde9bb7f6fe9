/* See plain_platform.h. */
#include "plain_platform.h"

#include <stddef.h>

static struct platform_lock *plain_lock_new(struct platform *platform) {
    return (struct platform_lock *)platform;
}

static void plain_lock(struct platform *platform, struct platform_lock *lock) {
    (void)platform;
    (void)lock;
}

static enum status plain_sleep(struct platform *platform, int64_t span) {
    struct plain_platform *plain = (struct plain_platform *)platform;
    plain->slept += span;
    plain->last = span;
    plain->sleeps++;
    if (plain->on_sleep != NULL)
        plain->on_sleep(plain->of);
    return plain->sleep_status;
}

static bool plain_stopped(struct platform *platform) {
    return ((struct plain_platform *)platform)->stopped;
}

static instant plain_monotonic(struct platform *platform) {
    return ((struct plain_platform *)platform)->slept;
}

static const struct platform_type plain_type = {
    .sleep = plain_sleep,
    .monotonic = plain_monotonic,
    .lock_new = plain_lock_new,
    .lock = plain_lock,
    .unlock = plain_lock,
    .lock_free = plain_lock,
    .stopped = plain_stopped,
};

struct plain_platform plain_platform(void) {
    return (struct plain_platform){.platform.type = &plain_type};
}
