/* See memory_file.h. */
#include "memory_file.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../check.h"

const char *memory_file(unsigned slot, const void *bytes, size_t length) {
    static int files[MEMORY_FILES_MAX]; /* one more than the descriptor: 0 is none yet */
    static char paths[MEMORY_FILES_MAX][32];
    check_compare(slot, <, MEMORY_FILES_MAX);
    if (files[slot] == 0) {
        int file = memfd_create("fuzz", 0);
        check_compare(file, >=, 0);
        files[slot] = file + 1;
        snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", file);
    }
    int file = files[slot] - 1;
    check_compare(ftruncate(file, 0), ==, 0);
    check_compare(pwrite(file, bytes, length, 0), ==, (ssize_t)length);
    return paths[slot];
}
