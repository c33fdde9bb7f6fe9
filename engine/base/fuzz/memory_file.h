/* A file in memory for readers that want a path: written anew for each input, one for each slot. */
#ifndef ENGINE_BASE_FUZZ_MEMORY_FILE_H
#define ENGINE_BASE_FUZZ_MEMORY_FILE_H

#include <stddef.h>

enum { MEMORY_FILES_MAX = 8 };

/* The path, which holds until the process ends. */
const char *memory_file(unsigned slot, const void *bytes, size_t length);

#endif
