/* The child's half of a job: plays, judges, reports, and leaves. */
#ifndef SIM_COMMAND_JOB_CHILD_H
#define SIM_COMMAND_JOB_CHILD_H

#include "job.h"

/* Writes row, JSON and text into `pipe`. Does not return. */
_Noreturn void job_child(struct job *job, const struct job_options *options, int pipe);

#endif
