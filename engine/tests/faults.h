/*
 * What the tests of measures share: faults that are planted before a command, and the table's loop.
 * A row is one fault: the measure alone, all others off, must refuse, naming whom or what.
 */
#ifndef ENGINE_TESTS_FAULTS_H
#define ENGINE_TESTS_FAULTS_H

#include "doubles.h"

#define STATE "/dev/shm/umzug-test" /* where the seal lies */

struct fault {
    const char *measure;
    const char *before[4]; /* what goes well */
    void (*plant)(struct world *);
    const char *then; /* what has to be refused */
    const char *subject;
    size_t foreign_max; /* messages that may have gone astray before it was noticed */
};

/* The test fails at the first row that is not refused. */
void faults_are_stopped(const struct fault *faults, size_t count);

/* Types a line with that list of measures. */
int run_with(struct world *world, const char *measures, const char *words);

/* Faults that several families notice. */
void night_list(struct world *world); /* night.csv: each target has slipped by a row */
void night_list_with_keys(struct world *world);
void wrong_mapping(struct world *world); /* the same in mapping.csv */
void other_cut_off(struct world *world);
void other_version(struct world *world);

/* Adds a line to the plan. */
void plan_adds(struct world *world, const char *line);

#endif
