/*
 * libc's clocks and sleeps. CLOCK_REALTIME is the world's clock; all other clocks begin a day
 * before the world, so that no program meets a monotonic clock at zero.
 */
#include "seam_inside.h"

#include <errno.h>
#include <sys/time.h>
#include <time.h>

static instant clock_of(const struct process *process, clockid_t clock) {
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)
        return kernel_now(process->kernel);
    return kernel_age(process->kernel) + DAY;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    const struct process *process = seam_process();
    if (process == NULL)
        return (int)syscall(SYS_clock_gettime, clock, at);
    instant now = clock_of(process, clock);
    *at = (struct timespec){.tv_sec = now / SECOND, .tv_nsec = now % SECOND * 1000};
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL)
        *at = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    (void)zone; /* obsolete, and never more than zero */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *at = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

/* An error number, as clock_nanosleep() returns it: 0 or, for a killed process, EINTR. */
static int sleep_until(instant at) {
    return task_sleep_until(at) == STATUS_OK ? 0 : EINTR;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *span,
                    struct timespec *left) {
    const struct process *process = seam_process();
    if (process == NULL)
        return syscall(SYS_clock_nanosleep, clock, flags, span, left) == 0 ? 0 : errno;
    if (span->tv_sec < 0 || span->tv_nsec < 0 || span->tv_nsec >= 1000000000L)
        return EINVAL;
    instant now = kernel_now(process->kernel);
    /* Rounded up, since nobody may wake too early. */
    instant wanted = span->tv_sec * SECOND + (span->tv_nsec + 999) / 1000;
    if ((flags & TIMER_ABSTIME) != 0)
        return sleep_until(now + wanted - clock_of(process, clock));
    if (left != NULL)
        *left = (struct timespec){0};
    return sleep_until(now + wanted);
}

int nanosleep(const struct timespec *span, struct timespec *left) {
    int number = clock_nanosleep(CLOCK_REALTIME, 0, span, left);
    if (number == 0)
        return 0;
    errno = number;
    return -1;
}

int usleep(useconds_t microseconds) {
    struct timespec span = {.tv_sec = microseconds / 1000000,
                            .tv_nsec = microseconds % 1000000 * 1000L};
    return nanosleep(&span, NULL);
}

unsigned sleep(unsigned seconds) {
    struct timespec span = {.tv_sec = seconds}, left = {0};
    return nanosleep(&span, &left) == 0 ? 0 : (unsigned)left.tv_sec;
}
