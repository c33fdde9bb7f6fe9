/* See job.h. The child's half is job_child.c. */
#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "job_child.h"

bool job_begin(struct job *job, const struct job_options *options) {
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    fflush(NULL);
    job->pid = fork();
    if (job->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        job->pid = 0;
        return false;
    }
    if (job->pid == 0) {
        close(ends[0]);
        job_child(job, options, ends[1]);
    }
    close(ends[1]);
    job->pipe = ends[0];
    return true;
}

/* Reads `length` bytes; false when the child has not sent that many. */
static bool job_read(const struct job *job, void *bytes, size_t length) {
    char *at = bytes;
    while (length > 0) {
        ssize_t got = read(job->pipe, at, length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

static bool job_read_buffer(const struct job *job, struct buffer *buffer) {
    uint64_t length;
    if (!job_read(job, &length, sizeof length) || length > (uint64_t)1 << 30)
        return false;
    buffer_reserve(buffer, (size_t)length);
    if (!job_read(job, buffer->data, (size_t)length))
        return false;
    buffer->length = (size_t)length;
    buffer->data[length] = '\0';
    return true;
}

void job_end(struct job *job) {
    int status;
    bool whole = job_read(job, &job->row, sizeof job->row) && job_read_buffer(job, &job->json) &&
                 job_read_buffer(job, &job->text);
    close(job->pipe);
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
        ;
    job->ended = true;
    if (whole)
        return;
    job->row = (struct job_row){.seed = job->seed, .exit_code = EXIT_OUR_BUG};
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        job->row.exit_code = WEXITSTATUS(status);
    snprintf(job->row.scenario, sizeof job->row.scenario, "%s", job->path);
    job->row.verdict = VERDICT_INCONCLUSIVE;
    for (int i = 0; i < NUMBER_COUNT; i++)
        job->row.numbers[i] = NUMBER_UNKNOWN;
    if (WIFSIGNALED(status))
        snprintf(job->row.failure, sizeof job->row.failure,
                 "the rehearsal itself died of signal %d", WTERMSIG(status));
    else
        snprintf(job->row.failure, sizeof job->row.failure, "%s",
                 job->row.exit_code == EXIT_BAD_INPUT ? "was not played" : "broke down");
}

void job_again(const struct job *job, const struct job_options *options, struct buffer *out) {
    buffer_printf(out, "generalprobe run %s --seed %s", job->path, job->seed_text);
    if (options->size_part != options->size_whole)
        buffer_printf(out, " --size %llu/%llu", (unsigned long long)options->size_part,
                      (unsigned long long)options->size_whole);
    if (options->measures != NULL)
        buffer_printf(out, " --measures \"%s\"", options->measures);
}

struct report_row job_report_row(const struct job *job) {
    const struct job_row *row = &job->row;
    return (struct report_row){
        .scenario = str_of(row->scenario),
        .seed = str_of(job->seed_text),
        .verdict = row->verdict,
        .kept = row->kept,
        .foreign_max = row->numbers[NUMBER_FOREIGN_AT_REST_MAX],
        .foreign_end = row->numbers[NUMBER_FOREIGN_AT_REST_END],
        .missing = row->numbers[NUMBER_MISSING],
        .lost = row->numbers[NUMBER_LOST],
        .doubled = row->numbers[NUMBER_DOUBLED],
        .altered = row->numbers[NUMBER_ALTERED],
        .alarms = row->numbers[NUMBER_ALARMS],
        .simulated_seconds = row->simulated_seconds,
        .wall_millis = row->wall_millis,
        .failure = str_of(row->failure),
        .details = buffer_str(&job->text),
    };
}

void job_release(struct job *job) {
    buffer_release(&job->json);
    buffer_release(&job->text);
}
