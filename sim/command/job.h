/*
 * One rehearsal as a job: played and judged in a child process of its own, so that several run at a
 * time, and one that breaks takes nothing with it. What the parent needs comes back in a report.
 */
#ifndef SIM_COMMAND_JOB_H
#define SIM_COMMAND_JOB_H

#include <sys/types.h>

#include "../../engine/base/buffer.h"
#include "../../reports/report.h"
#include "../scenario.h"

struct job_options {
    const char *measures;           /* NULL: as the scenario says */
    uint64_t size_part, size_whole; /* 1/1: as it is */
    bool keep;                      /* the history, whatever is found */
    bool verbose;                   /* the operator's terminal on standard error */
    bool progress;                  /* phases on standard error */
    bool animate;                   /* … with simulated time, on a terminal */
    bool twin;                      /* also play the same seed with all measures off */
    bool colour;
    bool profile; /* where the time went, on standard error; no twin then */
};

struct job_row { /* what a table shows; sent as it is through a pipe within one program */
    char scenario[96], failure[240];
    uint64_t seed;
    int exit_code;
    enum verdict verdict;
    bool kept;
    int64_t numbers[NUMBER_COUNT];
    int64_t simulated_seconds, wall_millis;
};

struct job {
    const char *path; /* borrows */
    uint64_t seed;
    char seed_text[24];
    pid_t pid; /* 0: not begun */
    int pipe;  /* its report comes here */
    bool ended;
    struct job_row row;
    struct buffer json, text;
};

/* Begins it; false when the system has no more processes. */
bool job_begin(struct job *job, const struct job_options *options);
/* Waits until it has ended and takes its report. A child that died gives exit code 70. */
void job_end(struct job *job);
/* Appends the command line that plays this again and nothing else, variants included. */
void job_again(const struct job *job, const struct job_options *options, struct buffer *out);
void job_release(struct job *job);
/* The same as a row of the table; texts are borrowed from the job. */
struct report_row job_report_row(const struct job *job);

#endif
