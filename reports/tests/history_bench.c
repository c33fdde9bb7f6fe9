/*
 * How long a history takes to write and to judge: make
 * build/<configuration>/reports/tests/history_bench, then history_bench [messages [file]]. Each
 * message makes four facts: it lay at the source, was read there, written at the target and read
 * back. Prints microseconds a fact and bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "../judge.h"

enum { MAILBOXES = 800 };

static double seconds_now(void) {
    struct timespec now; /* of the processor: other programs may run beside this one */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_round(struct history *history, uint32_t messages, enum fact_kind kind,
                        enum system system, enum how how) {
    uint32_t process = history_name(history, STR("umzug backfill"));
    uint32_t folders[16];
    for (uint32_t i = 0; i < 16; i++) {
        char name[32];
        snprintf(name, sizeof name, "Projekte/%u", i);
        folders[i] = history_name(history, str_of(name));
    }
    for (uint32_t i = 0; i < messages; i++) {
        struct fact fact = {.at = (1754546400 + 36000 * (int64_t)kind) * SECOND + i * 9000,
                            .a = (1754546400 - (int64_t)i * 60) * SECOND,
                            .b = i % 4,
                            .process = process,
                            .mailbox = 1 + i % MAILBOXES,
                            .folder = folders[i / MAILBOXES % 16],
                            .content = i + 1,
                            .uid = i / MAILBOXES + 1,
                            .kind = (uint8_t)kind,
                            .system = (uint8_t)system,
                            .how = (uint8_t)how};
        if (how == HOW_FIXTURE)
            fact.at = 1754546400 * SECOND;
        else if (system == SYSTEM_EXCHANGE)
            fact.at = 1754550000 * SECOND;
        else
            fact.at = (1754553600 + (kind == FACT_ITEM_STORED ? 0 : 40000)) * SECOND;
        history_fact(history, &fact);
    }
}

int main(int count, char **words) {
    uint32_t messages = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : 250000;
    const char *path = count > 2 ? words[2] : "/tmp/history-bench.db";
    struct history *history = NULL;
    struct error error = {0};
    double began = seconds_now();
    if (history_create(path, &history, &error) != STATUS_OK)
        return fprintf(stderr, "%s\n", error.text), 1;
    for (uint32_t i = 1; i <= MAILBOXES; i++)
        history_mailbox_add(history, &(struct history_mailbox){.number = i, .principals = 1});
    history_set(history, "ended", STR("2025-08-08T18:00:00Z"));
    history_set(history, "cut_off", STR("2025-07-31T06:00:00Z"));
    write_round(history, messages, FACT_ITEM_STORED, SYSTEM_EXCHANGE, HOW_FIXTURE);
    write_round(history, messages, FACT_ITEM_DOWNLOADED, SYSTEM_EXCHANGE, HOW_NONE);
    write_round(history, messages, FACT_ITEM_STORED, SYSTEM_OPENXCHANGE, HOW_APPENDED);
    write_round(history, messages, FACT_ITEM_DOWNLOADED, SYSTEM_OPENXCHANGE, HOW_NONE);
    history_sync(history);
    double written = seconds_now();
    double facts = 4.0 * messages;
    struct judgement *judgement = NULL;
    if (judge(history, NULL, &judgement, &error) != STATUS_OK)
        return fprintf(stderr, "%s\n", error.text), 1;
    double judged = seconds_now();
    struct stat file;
    struct rusage usage;
    stat(path, &file);
    getrusage(RUSAGE_SELF, &usage);
    printf("%.0f facts: written %.3f µs each, judged %.3f µs each (%.2f s), %.1f bytes each\n",
           facts, (written - began) / facts * 1e6, (judged - written) / facts * 1e6,
           judged - written, (double)file.st_size / facts);
    printf("%s%s; %u pairs, %.1f bytes a pair, %ld MB at the most\n",
           verdict_name(judgement->verdict), judgement->trial.lacking,
           pairs_count(rest_pairs(judgement->trial.rest)),
           (double)pairs_bytes(rest_pairs(judgement->trial.rest)) /
               pairs_count(rest_pairs(judgement->trial.rest)),
           usage.ru_maxrss / 1024);
    judgement_close(&judgement);
    history_close(&history);
    remove(path);
    return 0;
}
