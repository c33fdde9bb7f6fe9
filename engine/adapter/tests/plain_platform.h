/* A platform for tests: nothing is locked, and sleeping takes no time but is remembered. */
#ifndef ENGINE_ADAPTER_TESTS_PLAIN_PLATFORM_H
#define ENGINE_ADAPTER_TESTS_PLAIN_PLATFORM_H

#include "../../platform.h"

struct plain_platform {
    struct platform platform;
    int64_t slept; /* microseconds in all */
    int64_t last;
    unsigned sleeps;
    bool stopped;
    enum status sleep_status;
    void (*on_sleep)(void *of); /* may be NULL */
    void *of;
};

struct plain_platform plain_platform(void);

#endif
