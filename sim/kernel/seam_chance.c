/*
 * Random numbers, the process's own number and the host's name: from the world's seed, so that the
 * same world sees the same.
 */
#include "seam_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

#include "../../engine/base/check.h"

enum { GETENTROPY_MAX = 256, RANDOM_MASK = 0x7fffffff };

int __gethostname_chk(char *name, size_t size, size_t room);

static void draw(struct process *process, void *bytes, size_t size) {
    char *into = bytes;
    while (size > 0) {
        uint64_t drawn = chance_next(&process->kernel->random);
        size_t length = size < sizeof drawn ? size : sizeof drawn;
        memcpy(into, &drawn, length);
        into += length;
        size -= length;
    }
}

static uint64_t draw_number(struct process *process) {
    uint64_t number;
    draw(process, &number, sizeof number);
    return number;
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags) {
    struct process *process = seam_process();
    if (process == NULL)
        return syscall(SYS_getrandom, bytes, size, flags);
    draw(process, bytes, size);
    return (ssize_t)size;
}

int getentropy(void *bytes, size_t size) {
    if (size > GETENTROPY_MAX) {
        errno = EIO;
        return -1;
    }
    for (size_t done = 0; done < size;) {
        ssize_t length = getrandom((char *)bytes + done, size - done, 0);
        if (length < 0 && errno != EINTR)
            return -1;
        done += length > 0 ? (size_t)length : 0;
    }
    return 0;
}

void arc4random_buf(void *bytes, size_t size) {
    struct process *process = seam_process();
    void (*next)(void *, size_t);
    if (process != NULL) {
        draw(process, bytes, size);
        return;
    }
    seam_next("arc4random_buf", &next);
    next(bytes, size);
}

uint32_t arc4random(void) {
    uint32_t number;
    arc4random_buf(&number, sizeof number);
    return number;
}

uint32_t arc4random_uniform(uint32_t bound) {
    struct process *process = seam_process();
    uint32_t (*next)(uint32_t);
    if (process != NULL)
        return (uint32_t)chance_below(&process->kernel->random, bound);
    seam_next("arc4random_uniform", &next);
    return next(bound);
}

long random(void) {
    struct process *process = seam_process();
    long (*next)(void);
    if (process != NULL)
        return (long)(draw_number(process) & RANDOM_MASK);
    seam_next("random", &next);
    return next();
}

int rand(void) {
    struct process *process = seam_process();
    int (*next)(void);
    if (process != NULL)
        return (int)(draw_number(process) & RANDOM_MASK);
    seam_next("rand", &next);
    return next();
}

pid_t getpid(void) {
    const struct process *process = seam_process();
    return process == NULL ? (pid_t)syscall(SYS_getpid) : process->pid;
}

int gethostname(char *name, size_t size) {
    struct utsname system = {.nodename = "umzug.landesmail.example"};
    if (seam_process() == NULL && uname(&system) != 0)
        return -1;
    if (strlen(system.nodename) >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(name, size, "%s", system.nodename);
    return 0;
}

int __gethostname_chk(char *name, size_t size, size_t room) {
    check_compare(size, <=, room);
    return gethostname(name, size);
}
