/*
 * The commands of `generalprobe`, one file each. A command gets its own words (words[0] is its
 * name) and returns the program's exit code.
 */
#ifndef SIM_COMMAND_COMMAND_H
#define SIM_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "../../engine/base/buffer.h"

/* sysexits where there is one; the rest as the README says. */
enum exit_code {
    EXIT_KEPT = 0,         /* every promise and expectation was kept */
    EXIT_FINDING = 1,      /* something was found */
    EXIT_INCONCLUSIVE = 2, /* inconclusive or vacuous */
    EXIT_WRONG_USAGE = 64,
    EXIT_BAD_INPUT = 65, /* a broken scenario, plan or history */
    EXIT_OUR_BUG = 70,
    EXIT_INTERRUPTED = 130,
};

struct command {
    const char *name;
    const char *usage; /* what follows the name */
    const char *sentence;
    const char *help; /* more, beginning with an example */
    int (*run)(int count, char **words);
};

extern const struct command commands[]; /* ends with a NULL name */

int run_command(int count, char **words);
int plan_command(int count, char **words);
int judge_command(int count, char **words);
int report_command(int count, char **words);
int list_command(int count, char **words);
int explain_command(int count, char **words);
int lint_command(int count, char **words);
int torture_command(int count, char **words);
int fixtures_command(int count, char **words);
int world_command(int count, char **words);

/* Says on standard error what is wrong with how a command was called; returns EXIT_WRONG_USAGE. */
int usage_error(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);

/* True, and the value in `value_r`, when words[*at] is that option ("--seed 7" or "--seed=7");
 * moves *at past it. An option that lacks its value gives NULL there. */
bool option_value(int count, char **words, int *at, const char *name, const char **value_r);
/* Says that words[at] is no option of this command, with the nearest of `known` (NULL-terminated).
 */
int option_unknown(const char *command, const char *word, const char *const *known);

struct judgement;
/* What a judged rehearsal means to whoever called: kept, a finding, or inconclusive. */
int exit_code_of_judgement(const struct judgement *judgement);

struct scenario;
/* Whether all promises, measures and faults that the scenario names exist; says on standard error
 * which do not. */
bool lint_names(const struct scenario *scenario);

/* The scenario files at `path`: itself, or all *.yaml below it in order of name. */
struct paths {
    char **list; /* owns */
    size_t count, capacity;
};
bool paths_add(struct paths *paths, const char *path); /* false: there is nothing at `path` */
/* Says that there is nothing, with the nearest of the scenarios below "scenarios". */
int paths_unknown(const char *command, const char *path);
void paths_release(struct paths *paths);

#endif
