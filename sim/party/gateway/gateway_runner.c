#include "gateway_runner.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../../engine/base/check.h"
#include "../carrier.h"
#include "../mail_client.h"

#define GATEWAY_RUNNER_PAUSE (1 * SECOND) /* when its file is locked */

struct gateway_worker {
    struct gateway_runner *runner;
    struct task *task; /* while it waits; NULL while it works */
};

/* Freed by the last of its tasks, since those may outlive the process by some unwinding. */
struct gateway_runner {
    struct gateway_party *gateway; /* borrows */
    struct process *process;       /* borrows */
    struct gateway_runner_options options;
    unsigned tasks;      /* that still use this */
    struct task *looker; /* while it waits for a change */
    bool is_changed;     /* the table, since the last look began */
    struct gateway_worker workers[GATEWAY_WORKERS_MAX];
};

static void gateway_runner_leave(struct gateway_runner *runner) {
    if (--runner->tasks > 0)
        return;
    gateway_party_end(runner->gateway, runner);
    free(runner);
}

/* Something may be due: those who wait look. */
static void gateway_runner_call(void *of) {
    struct gateway_runner *runner = of;
    for (unsigned i = 0; i < runner->options.workers; i++)
        if (runner->workers[i].task != NULL)
            task_wake(runner->workers[i].task);
}

/* ---- One letter ---- */

static enum status gateway_runner_send(struct gateway_runner *runner,
                                       const struct gateway_errand *errand,
                                       struct mail_reply *reply_r) {
    if (errand->system == SYSTEM_OUTSIDE) {
        *reply_r = (struct mail_reply){.code = 250};
        return STATUS_OK;
    }
    bool local = errand->system == SYSTEM_OPENXCHANGE;
    struct mail_client client = {
        .process = runner->process,
        .place = local ? runner->options.openxchange : runner->options.exchange,
        .patience = runner->options.patience,
    };
    struct mail_letter letter = {
        .protocol = local ? MAIL_PROTOCOL_LMTP : MAIL_PROTOCOL_SMTP,
        .hello = errand->hello,
        .sender = errand->sender,
        .recipients = &errand->recipient,
        .recipient_count = 1,
        .bytes = buffer_str(&errand->bytes),
    };
    struct error error = {.text = ""};
    enum status status = mail_client_send(&client, &letter, reply_r, &error);
    if (status != STATUS_OK && reply_r->code == 0)
        snprintf(reply_r->text, sizeof reply_r->text, "%.*s", (int)sizeof reply_r->text - 1,
                 error.text);
    return status;
}

static void gateway_runner_deliver(struct gateway_runner *runner, struct gateway_errand *errand) {
    struct mail_reply reply;
    enum status status = gateway_runner_send(runner, errand, &reply);
    buffer_release(&errand->bytes);
    while (status != STATUS_KILLED && !process_is_dead(runner->process)) {
        if (gateway_party_settle(runner->gateway, errand->id, &reply, NULL) == STATUS_OK)
            return;
        status = task_sleep(GATEWAY_RUNNER_PAUSE);
    }
}

static void gateway_runner_work(void *of) {
    struct gateway_worker *worker = of;
    struct gateway_runner *runner = worker->runner;
    enum status status = STATUS_OK;
    while (status != STATUS_KILLED && !process_is_dead(runner->process)) {
        struct gateway_errand errand;
        if (gateway_party_take(runner->gateway, &errand)) {
            gateway_runner_deliver(runner, &errand);
            continue;
        }
        worker->task = task_current();
        status = task_park(gateway_party_next(runner->gateway));
        worker->task = NULL;
    }
    gateway_runner_leave(runner);
}

/* ---- Its life ---- */

static void gateway_runner_open(struct gateway_runner *runner) {
    for (unsigned i = 0; i < runner->options.workers; i++) {
        runner->workers[i].runner = runner;
        runner->tasks++;
        task_start(runner->process, "delivery", gateway_runner_work, &runner->workers[i]);
    }
    carrier_listen(runner->process, runner->options.place, &runner->options.link,
                   gateway_party_session, runner->gateway);
}

static void gateway_runner_changed(void *of) {
    struct gateway_runner *runner = of;
    runner->is_changed = true;
    if (runner->looker != NULL)
        task_wake(runner->looker);
}

/* Until the next beat at which there may be something to see; beats are counted from `began`. */
static enum status gateway_runner_rest(struct gateway_runner *runner, instant began) {
    const struct gateway_runner_options *options = &runner->options;
    enum status status = STATUS_OK;
    while (options->disk != NULL && status == STATUS_OK && !runner->is_changed) {
        runner->looker = task_current();
        status = task_park(INSTANT_NEVER);
        runner->looker = NULL;
    }
    int64_t past = (kernel_now(process_kernel(runner->process)) - began) % options->look_span;
    return status == STATUS_OK ? task_sleep(options->look_span - past) : status;
}

static void gateway_runner_live(void *of) {
    struct gateway_runner *runner = of;
    enum status status = STATUS_OK;
    while (status != STATUS_KILLED && !process_is_dead(runner->process) &&
           gateway_party_begin(runner->gateway, process_number(runner->process),
                               gateway_runner_call, runner, NULL) != STATUS_OK)
        status = task_sleep(GATEWAY_RUNNER_PAUSE);
    if (status != STATUS_KILLED && !process_is_dead(runner->process))
        gateway_runner_open(runner);
    if (runner->options.disk != NULL)
        disk_watch_changes(runner->options.disk, runner->options.table, gateway_runner_changed,
                           runner);
    instant began = kernel_now(process_kernel(runner->process));
    while (status != STATUS_KILLED && !process_is_dead(runner->process)) {
        runner->is_changed = false; /* what is written while it looks is for the next time */
        if (gateway_party_look(runner->gateway, NULL) != STATUS_OK)
            runner->is_changed = true;
        status = gateway_runner_rest(runner, began);
    }
    if (runner->options.disk != NULL)
        disk_leave_changes(runner->options.disk, runner->options.table, runner);
    gateway_runner_leave(runner);
}

void gateway_runner_start(struct gateway_party *gateway, struct process *process,
                          const struct gateway_runner_options *options) {
    check_compare(options->workers, >, 0);
    check_compare(options->workers, <=, GATEWAY_WORKERS_MAX);
    check(options->look_span > 0 && options->patience > 0);
    struct gateway_runner *runner = memory_new(1, sizeof *runner);
    runner->gateway = gateway;
    runner->process = process;
    runner->options = *options;
    runner->tasks = 1;
    task_start(process, "gateway", gateway_runner_live, runner);
}
