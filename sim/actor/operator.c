/* See operator.h. */
#include "operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/buffer.h"
#include "../../engine/base/check.h"
#include "../kernel/task.h"

enum { OPERATOR_RESTARTS_MAX = 8 };

#define EXIT_KILLED (-1)

struct operator{
    struct operator_options options;
    bool done;
    uint32_t beside; /* commands running at other terminals */
};

/* One command taken apart at blanks. */
struct operator_command {
    struct buffer text;
    const char *words[OPERATOR_WORDS_MAX + 1];
};

static void command_split(struct operator_command *command, const char *typed) {
    buffer_append_text(&command->text, typed);
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(command->text.data, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        check_compare(count, <, OPERATOR_WORDS_MAX);
        command->words[count++] = word;
    }
    command->words[count] = NULL;
}

/* The phase is the first word that is no option and no option's value. */
static const char *command_phase(const struct operator_command *command) {
    for (size_t i = 0; command->words[i] != NULL; i++) {
        if (command->words[i][0] != '-')
            return command->words[i];
        if (command->words[i + 1] != NULL)
            i++;
    }
    return "?";
}

static struct fact operator_fact(const struct operator* operator, enum fact_kind kind) {
    struct process *process = operator->options.process;
    return (struct fact){
        .at = kernel_now(process_kernel(process)),
        .kind = (uint8_t)kind,
        .process = process_number(process),
    };
}

static void operator_record_alarm(struct operator* operator, struct str line) {
    struct history *history = operator->options.history;
    struct str rest = {line.data + strlen("ALARM "), line.length - strlen("ALARM ")};
    struct str measure = str_cut(&rest, ' ');
    struct str subject = str_cut(&rest, ' ');
    if (str_starts_with(rest, ": "))
        rest = (struct str){rest.data + 2, rest.length - 2};
    struct fact fact = operator_fact(operator, FACT_ALARM);
    fact.name = history_name(history, measure);
    fact.mailbox = population_find_address(operator->options.population, subject);
    if (fact.mailbox == 0 && !str_equal_text(subject, "-"))
        fact.folder = history_name(history, subject);
    fact.content = history_name(history, rest);
    history_fact(history, &fact);
}

static void operator_read_line(void *of, bool alarm, struct str line) {
    struct operator* operator= of;
    if (operator->options.line != NULL)
        operator->options.line(operator->options.of, alarm, line);
    if (alarm && str_starts_with(line, "ALARM "))
        operator_record_alarm(operator, line);
}

static int operator_type(struct operator* operator, const struct scenario_step * step,
                         const char *typed) {
    struct operator_command command = {0};
    command_split(&command, typed);
    const char *phase = command_phase(&command);
    struct history *history = operator->options.history;
    struct fact fact = operator_fact(operator, FACT_PHASE_BEGUN);
    fact.name = history_name(history, str_of(phase));
    history_fact(history, &fact);
    if (operator->options.progress != NULL)
        operator->options.progress(operator->options.of, phase, -1);
    char process[80], attempt[24] = "";
    if (step->attempt > 1)
        snprintf(attempt, sizeof attempt, " attempt %u", (unsigned)step->attempt);
    snprintf(process, sizeof process, "%.30s%s %.20s", step->process, attempt, phase);
    struct engine_run run = {.process = process,
                             .words = command.words,
                             .old_script = step->engine == ENGINE_OLD_SCRIPT,
                             .attempt = (uint32_t)step->attempt,
                             .line = operator_read_line,
                             .of = operator, };
    int exit_code = operator->options.door->type->run(operator->options.door, &run);
    fact = operator_fact(operator, FACT_PHASE_ENDED);
    fact.name = history_name(history, str_of(phase));
    fact.a = exit_code;
    history_fact(history, &fact);
    if (operator->options.progress != NULL)
        operator->options.progress(operator->options.of, phase, exit_code);
    buffer_release(&command.text);
    return exit_code;
}

/* Types it again as long as it was killed; a machine that dies every time is left alone. */
static int operator_insist(struct operator* operator, const struct scenario_step * step,
                           const char *typed) {
    int exit_code = operator_type(operator, step, typed);
    for (int again = 0; exit_code == EXIT_KILLED && again < OPERATOR_RESTARTS_MAX; again++) {
        if (task_sleep(step->restart_after) != STATUS_OK)
            break;
        exit_code = operator_type(operator, step, typed);
    }
    return exit_code;
}

static void operator_do(struct operator* operator, const struct scenario_step * step) {
    int exit_code = operator_insist(operator, step, step->run);
    if (exit_code != 0 && step->if_refused[0] != '\0')
        operator_insist(operator, step, step->if_refused);
}

/* ---- another terminal ---- */

struct operator_beside {
    struct operator* operator;
    const struct scenario_step *step;
};

static void operator_work_beside(void *of) {
    struct operator_beside *beside = of;
    operator_do(beside->operator, beside->step);
    beside->operator->beside--;
    free(beside);
}

static void operator_go_beside(struct operator* operator, const struct scenario_step * step) {
    struct operator_beside *beside = memory_new(1, sizeof *beside);
    *beside = (struct operator_beside){operator, step };
    operator->beside++;
    task_start(operator->options.process, "another terminal", operator_work_beside, beside);
}

/* ---- the runbook ---- */

static void operator_work(void *of) {
    struct operator* operator= of;
    const struct scenario *scenario = operator->options.scenario;
    for (uint32_t i = 0; i < scenario->runbook.count; i++) {
        const struct scenario_step *step = scenario_step(scenario, i);
        if (task_sleep_until(scenario_instant(scenario, step->at)) != STATUS_OK)
            return;
        if (operator->options.typing != NULL)
            operator->options.typing(operator->options.of, step);
        if (step->engine == ENGINE_BY_HAND)
            check(operator->options.by_hand(operator->options.of, step->run));
        else if (step->beside != 0)
            operator_go_beside(operator, step);
        else
            operator_do(operator, step);
        if (process_is_dead(operator->options.process))
            return;
    }
    operator->done = true;
}

struct operator* operator_start(const struct operator_options *options) {
    struct operator* operator= memory_new(1, sizeof *operator);
    operator->options = * options;
    task_start(options->process, "runbook", operator_work, operator);
    return operator;
}

void operator_free(struct operator** operator) {
    free(*operator);
    *operator= NULL;
}

bool operator_is_done(const struct operator* operator) {
    return operator->done && operator->beside == 0;
}
