/*
 * What the kernel costs, in real time: one line a figure. Not a test: figures depend on the
 * machine. On a shared 2-core machine: 18 ns a switch, 80 to 200 ns an event up to 1,000 tasks and
 * 1.2 µs with 10,000 (memory), 15 µs a request through libcurl, of which 2 µs are ours.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../../engine/base/check.h"
#include "../coroutine.h"
#include "../network.h"
#include "../seam.h"

enum { SWITCHES = 10 * 1000 * 1000, SLEEPS = 2 * 1000 * 1000, REQUESTS = 20 * 1000 };

static int64_t bench_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Prints tenths of a unit without floating point. */
static void bench_say(const char *what, int64_t nanoseconds, int64_t count, int64_t unit,
                      const char *unit_name) {
    int64_t tenths = nanoseconds * 10 / count / unit;
    printf("%-48s %8" PRId64 ".%" PRId64 " %s\n", what, tenths / 10, tenths % 10, unit_name);
}

/* ---- switches -------------------------------------------------------------------------------- */

static void yield_for_ever(void *of) {
    (void)of;
    for (;;)
        coroutine_yield();
}

static void bench_switches(size_t coroutines) {
    struct coroutine **all = memory_new(coroutines, sizeof(struct coroutine *));
    for (size_t i = 0; i < coroutines; i++) {
        all[i] = coroutine_new(yield_for_ever, NULL);
        check(all[i] != NULL);
        coroutine_resume(all[i]);
    }
    size_t rounds = SWITCHES / coroutines;
    int64_t begin = bench_nanoseconds();
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < coroutines; i++)
            coroutine_resume(all[i]);
    int64_t spent = bench_nanoseconds() - begin;
    char what[64];
    snprintf(what, sizeof what, "resume and yield, %zu coroutines", coroutines);
    bench_say(what, spent, (int64_t)(rounds * coroutines), 1, "ns");
    for (size_t i = 0; i < coroutines; i++)
        coroutine_close(&all[i]);
    free(all);
}

/* ---- events ---------------------------------------------------------------------------------- */

struct sleeper {
    struct kernel *kernel;
    int sleeps;
};

static void sleeper_run(void *of) {
    const struct sleeper *sleeper = of;
    for (int i = 0; i < sleeper->sleeps; i++)
        check(task_sleep((int64_t)chance_below(kernel_chance(sleeper->kernel), SECOND)) ==
              STATUS_OK);
}

static void bench_events(int tasks) {
    struct clock clock;
    struct sleeper sleeper = {.kernel = kernel_new(1, 0, &clock), .sleeps = SLEEPS / tasks};
    struct process *process = process_new(sleeper.kernel, "bench", 0);
    for (int i = 0; i < tasks; i++)
        task_start(process, "sleeper", sleeper_run, &sleeper);
    int64_t begin = bench_nanoseconds();
    check(kernel_run(sleeper.kernel, INSTANT_NEVER) == KERNEL_IDLE);
    int64_t spent = bench_nanoseconds() - begin;
    char what[64];
    snprintf(what, sizeof what, "event with switch, %d tasks", tasks);
    bench_say(what, spent, (int64_t)kernel_counts(sleeper.kernel).events, 1, "ns");
    kernel_close(&sleeper.kernel);
}

/* ---- requests -------------------------------------------------------------------------------- */

static const struct network_place PLACE = {NETWORK_IP(10, 0, 0, 1), 80};

struct service {
    struct process *process;
    size_t body;
    char *answer;
    size_t length;
};

struct exchange {
    const struct service *service;
    struct stream *stream;
};

static void exchange_run(void *of) {
    struct exchange *exchange = of;
    struct str request;
    while (stream_peek(exchange->stream, INSTANT_NEVER, &request) == STATUS_OK &&
           request.length > 0) {
        stream_consume(exchange->stream, request.length);
        if (stream_write(exchange->stream, exchange->service->answer, exchange->service->length) !=
            STATUS_OK)
            break;
    }
    stream_close(&exchange->stream);
    free(exchange);
}

static void service_accept(void *of, struct stream *stream, struct process *peer) {
    const struct service *service = of;
    struct exchange *exchange = memory_new(1, sizeof *exchange);
    (void)peer;
    *exchange = (struct exchange){.service = service, .stream = stream};
    task_start(service->process, "exchange", exchange_run, exchange);
}

static size_t swallow(char *bytes, size_t size, size_t count, void *of) {
    (void)bytes, (void)of;
    return size * count;
}

static void requests_run(void *of) {
    const int *count = of;
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, "http://10.0.0.1/EWS/Exchange.asmx");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    for (int i = 0; i < *count; i++)
        check(curl_easy_perform(curl) == CURLE_OK);
    curl_easy_cleanup(curl);
}

static void bench_requests(size_t body, int count) {
    struct clock clock;
    struct link link = {.latency = MILLISECOND};
    struct kernel *kernel = kernel_new(1, 1754539200 * SECOND, &clock);
    struct process *program = process_new(kernel, "program", 1);
    struct service service = {.process = process_new(kernel, "server", 2), .body = body};
    service.answer = memory_new(body + 100, 1);
    int head =
        snprintf(service.answer, 100, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body);
    memset(service.answer + head, 'x', body);
    service.length = (size_t)head + body;
    seam_enter(program);
    network_listen(service.process, PLACE, &link, service_accept, &service);
    task_start(program, "requests", requests_run, &count);
    int64_t begin = bench_nanoseconds();
    check(kernel_run(kernel, INSTANT_NEVER) == KERNEL_IDLE);
    int64_t spent = bench_nanoseconds() - begin;
    char what[64];
    snprintf(what, sizeof what, "curl_easy_perform, answer of %zu bytes", body);
    bench_say(what, spent, count, 1000, "us");
    kernel_close(&kernel);
    free(service.answer);
}

int main(void) {
    struct error error = {.text = ""};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (seam_prove(&error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    bench_switches(1);
    bench_switches(10 * 1000);
    bench_events(1);
    bench_events(100);
    bench_events(1000);
    bench_events(10 * 1000);
    bench_requests(10 * 1000, REQUESTS);
    bench_requests(2700 * 1000, REQUESTS / 20);
    coroutine_forget_pool();
    curl_global_cleanup();
    return 0;
}
