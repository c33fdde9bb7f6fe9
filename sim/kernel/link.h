/*
 * What lies between the two ends of a stream, the same in both directions. A zeroed link takes no
 * time at all and has the default window.
 */
#ifndef SIM_KERNEL_LINK_H
#define SIM_KERNEL_LINK_H

#include <stddef.h>
#include <stdint.h>

enum { LINK_WINDOW_DEFAULT = 256 * 1024 };

struct link {
    int64_t latency;           /* one way, microseconds */
    int64_t jitter;            /* up to this much is added at random; bytes stay in order */
    uint64_t bytes_per_second; /* 0: as fast as may be */
    size_t window;             /* bytes on the way and unread, at most; 0: the default */
};

#endif
