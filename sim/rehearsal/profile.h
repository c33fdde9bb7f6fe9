/*
 * Where the time of one rehearsal went: by stage (engine/base/stages.h) and by phase of the day.
 * Switched on from outside, read afterwards; nothing in a world depends on it.
 */
#ifndef SIM_REHEARSAL_PROFILE_H
#define SIM_REHEARSAL_PROFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { PROFILE_PHASES_MAX = 24 };

struct profile {
    struct profile_phase {
        char name[32];
        uint64_t began, taken;
    } phases[PROFILE_PHASES_MAX];
    uint32_t phase_count;
    bool in_phase;
    double wall_began, cpu_began;
};

/* What is printed beside the stages. */
struct profile_of {
    const char *what; /* borrows */
    int64_t mailboxes, messages, simulated_seconds;
    const char *history_path; /* borrows */
};

void profile_begin(struct profile *profile);
/* A phase began (`exit_code` −1) or ended. */
void profile_phase(struct profile *profile, const char *phase, int exit_code);
void profile_print(struct profile *profile, const struct profile_of *of, FILE *out);

#endif
