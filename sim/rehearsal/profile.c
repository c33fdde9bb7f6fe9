/* See profile.h. A printer: here alone the stages' units become seconds, as shares of the
 * processor's time. */
#include "profile.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "../../engine/base/stages.h"
#include "wall_clock.h"

static double cpu_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void profile_begin(struct profile *profile) {
    *profile = (struct profile){.wall_began = wall_clock_seconds(), .cpu_began = cpu_seconds()};
    stages_begin();
}

void profile_phase(struct profile *profile, const char *phase, int exit_code) {
    if (exit_code >= 0 && profile->in_phase) {
        struct profile_phase *last = &profile->phases[profile->phase_count - 1];
        last->taken = stages_total() - last->began;
        profile->in_phase = false;
    } else if (exit_code < 0 && profile->phase_count < PROFILE_PHASES_MAX) {
        struct profile_phase *next = &profile->phases[profile->phase_count++];
        snprintf(next->name, sizeof next->name, "%s", phase);
        next->began = stages_total();
        profile->in_phase = true;
    }
}

static void print_row(FILE *out, const char *name, double seconds, double share, double each) {
    fprintf(out, "  %-20s %8.2f s %5.1f %% %9.1f µs a message", name, seconds, 100 * share, each);
}

static void print_head(const struct profile *profile, const struct profile_of *of, double cpu,
                       FILE *out) {
    double wall = wall_clock_seconds() - profile->wall_began;
    struct rusage usage = {0};
    struct stat history = {0};
    getrusage(RUSAGE_SELF, &usage);
    if (of->history_path == NULL || stat(of->history_path, &history) != 0)
        history.st_size = 0;
    double messages = of->messages > 0 ? (double)of->messages : 1;
    fprintf(out, "PROFILE %s: %lld mailboxes, %lld messages\n", of->what, (long long)of->mailboxes,
            (long long)of->messages);
    fprintf(out, "  %.2f s wall, %.2f s of processor, %.1f µs a message, %ld MB at most\n", wall,
            cpu, cpu * 1e6 / messages, usage.ru_maxrss / 1024);
    fprintf(out,
            "  %.0f h simulated, %.0f times as fast as life; history %lld bytes, %.0f a message\n",
            (double)of->simulated_seconds / 3600, (double)of->simulated_seconds / wall,
            (long long)history.st_size, (double)history.st_size / messages);
}

void profile_print(struct profile *profile, const struct profile_of *of, FILE *out) {
    double cpu = cpu_seconds() - profile->cpu_began;
    double total = (double)stages_total(), messages = of->messages > 0 ? (double)of->messages : 1;
    print_head(profile, of, cpu, out);
    for (int i = 0; i < STAGE_COUNT; i++) {
        double share = (double)stage_taken((enum stage)i) / total;
        print_row(out, stage_name((enum stage)i), cpu * share, share, cpu * share * 1e6 / messages);
        fprintf(out, "  %9llu times: %s\n", (unsigned long long)stage_entries((enum stage)i),
                stage_sentence((enum stage)i));
    }
    for (uint32_t i = 0; i < profile->phase_count; i++) {
        double share = (double)profile->phases[i].taken / total;
        char name[48];
        snprintf(name, sizeof name, "phase %s", profile->phases[i].name);
        print_row(out, name, cpu * share, share, cpu * share * 1e6 / messages);
        fputc('\n', out);
    }
}
