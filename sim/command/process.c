/* See process.h. */
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../engine/adapter/adapters.h"

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#define TUNABLES "GLIBC_TUNABLES"

void process_prepare_heap(char **words) {
    if (getenv(TUNABLES) != NULL || RUNNING_ON_VALGRIND)
        return; /* the second start, somebody's own wishes, or one that valgrind would not follow */
    setenv(TUNABLES,
           "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=33554432:"
           "glibc.malloc.trim_threshold=268435456:glibc.malloc.mmap_threshold=33554432",
           1);
    execv("/proc/self/exe", words); /* where that cannot be: slower, not wrong */
}

void process_prepare(void) {
    setenv("TZ", "UTC", 1);
    adapters_begin();
}

void process_end(int code) {
#ifdef END_BY_EXIT /* builds for tools that look or count at the end */
    exit(code);
#else
    fflush(NULL);
    _exit(code);
#endif
}
