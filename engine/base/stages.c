/* See stages.h. */
#include "stages.h"

#include "check.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#else
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#endif

bool stages_on;

static enum stage present;
static uint64_t since, taken[STAGE_COUNT], entries[STAGE_COUNT];

/* Not through libc: within a rehearsal its clock is the world's. */
static uint64_t counter(void) {
#if defined(__x86_64__)
    return __rdtsc();
#else
    struct timespec now = {0};
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

enum stage stages_change(enum stage stage) {
    enum stage before = present;
    uint64_t now = counter();
    taken[before] += now - since;
    since = now;
    entries[stage]++;
    present = stage;
    return before;
}

void stages_begin(void) {
    for (int i = 0; i < STAGE_COUNT; i++)
        taken[i] = entries[i] = 0;
    stages_on = true;
    present = STAGE_REST;
    since = counter();
}

const char *stage_name(enum stage stage) {
    static const char *const names[] = {
#define X(constant, name, sentence) name,
        STAGE_LIST(X)
#undef X
    };
    check_compare(stage, <, STAGE_COUNT);
    return names[stage];
}

const char *stage_sentence(enum stage stage) {
    static const char *const sentences[] = {
#define X(constant, name, sentence) sentence,
        STAGE_LIST(X)
#undef X
    };
    check_compare(stage, <, STAGE_COUNT);
    return sentences[stage];
}

enum stage stages_present(void) {
    return present;
}

uint64_t stages_total(void) {
    uint64_t total = 0;
    (void)stages_change(present);
    entries[present]--;
    for (int i = 0; i < STAGE_COUNT; i++)
        total += taken[i];
    return total;
}

uint64_t stage_taken(enum stage stage) {
    return taken[stage];
}

uint64_t stage_entries(enum stage stage) {
    return entries[stage];
}
