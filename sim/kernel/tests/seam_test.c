/*
 * Claims about the seam: unmodified libraries run in the world, on its clock, with its sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <libetpan/libetpan.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../network.h"
#include "../seam.h"

#define START (1754539200 * SECOND)

static const struct network_place PLACE = {NETWORK_IP(10, 0, 0, 1), 80};

struct world {
    struct clock clock;
    struct kernel *kernel;
    struct process *program, *server;
    const char *greeting; /* what the server says first; NULL: nothing */
    const char *answer;   /* what the server says to each piece it gets; NULL: nothing */
    int64_t seen;
    long code, error;
    size_t bytes;
    uint64_t drawn;
    int number;
    bool done;
};

struct service {
    struct world *world;
    struct stream *stream;
};

static void service_run(void *of) {
    struct service *service = of;
    const char *answer = service->world->answer;
    char bytes[1000];
    const char *greeting = service->world->greeting;
    size_t length;
    if (greeting != NULL)
        assert_int_equal(stream_write(service->stream, greeting, strlen(greeting)), STATUS_OK);
    while (stream_read(service->stream, bytes, sizeof bytes, INSTANT_NEVER, &length) == STATUS_OK &&
           length > 0)
        if (answer != NULL && stream_write(service->stream, answer, strlen(answer)) != STATUS_OK)
            break;
    stream_close(&service->stream);
    free(service);
}

static void world_accepts(void *of, struct stream *stream, struct process *peer) {
    struct service *service = malloc(sizeof *service);
    assert_int_equal(process_number(peer), 1);
    *service = (struct service){.world = of, .stream = stream};
    task_start(((struct world *)of)->server, "service", service_run, service);
}

static void world_open(struct world *world, uint64_t seed, int64_t latency) {
    struct link link = {.latency = latency};
    *world = (struct world){.answer = NULL};
    world->kernel = kernel_new(seed, START, &world->clock);
    world->program = process_new(world->kernel, "program", 1);
    world->server = process_new(world->kernel, "server", 2);
    seam_enter(world->program);
    network_listen(world->server, PLACE, &link, world_accepts, world);
}

static void world_play(struct world *world, void (*run)(void *of)) {
    task_start(world->program, "main", run, world);
    assert_int_equal(kernel_run(world->kernel, INSTANT_NEVER), KERNEL_IDLE);
    assert_int_equal(process_tasks(world->program), 0);
    assert_int_equal(seam_descriptors(), 0);
    kernel_close(&world->kernel);
}

/* ---- libcurl --------------------------------------------------------------------------------- */

static size_t count_bytes(char *bytes, size_t size, size_t count, void *of) {
    (void)bytes;
    ((struct world *)of)->bytes += size * count;
    return size * count;
}

static CURL *curl_for(struct world *world, const char *url) {
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, world);
    return curl;
}

static void curl_run(void *of) {
    struct world *world = of;
    CURL *curl = curl_for(world, "http://10.0.0.1/EWS/Exchange.asmx");
    world->error = (long)curl_easy_perform(curl);
    world->seen = kernel_age(world->kernel);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &world->code);
    curl_easy_cleanup(curl);
}

static void curl_gives_up_after_exactly_thirty_virtual_seconds(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world_play(&world, curl_run);
    assert_int_equal(world.error, CURLE_OPERATION_TIMEDOUT);
    assert_int_equal(world.seen, 30 * SECOND);
}

static void curl_gets_an_answer_after_two_round_trips(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, 10 * MILLISECOND);
    world.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    world_play(&world, curl_run);
    assert_int_equal(world.error, CURLE_OK);
    assert_int_equal(world.code, 200);
    assert_int_equal(world.bytes, 5);
    assert_int_equal(world.seen, 40 * MILLISECOND);
}

static void curl_meets_a_refusal(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    network_set_answer(world.kernel, PLACE, NETWORK_REFUSES);
    world_play(&world, curl_run);
    assert_int_equal(world.error, CURLE_COULDNT_CONNECT);
    assert_int_equal(world.seen, 2 * MILLISECOND);
}

static void world_kills(void *of) {
    process_kill(((struct world *)of)->program);
}

static void curl_unwinds_when_its_process_is_killed(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    kernel_at(world.kernel, START + 7 * SECOND, world_kills, &world);
    world_play(&world, curl_run);
    assert_int_not_equal(world.error, CURLE_OK);
    assert_int_equal(world.seen, 7 * SECOND);
}

static void world_resets(void *of, struct network_place place, struct stream *client,
                         struct stream *server) {
    (void)of, (void)place, (void)client;
    stream_disturb(server, (struct stream_fault){.kind = STREAM_FAULT_CUT, .after = 42});
}

static void curl_sees_a_connection_cut_in_the_body(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    network_watch(world.kernel, world_resets, &world);
    world_play(&world, curl_run);
    assert_int_equal(world.error, CURLE_RECV_ERROR);
    assert_int_equal(world.code, 200);
    assert_int_equal(world.bytes, 4);
}

/* ---- libetpan -------------------------------------------------------------------------------- */

static void etpan_run(void *of) {
    struct world *world = of;
    mailimap *imap = mailimap_new(0, NULL);
    mailimap_set_timeout(imap, 5);
    world->error = mailimap_socket_connect(imap, "10.0.0.1", 80);
    world->bytes = (size_t)mailimap_noop(imap);
    world->seen = kernel_age(world->kernel);
    mailimap_free(imap);
}

static void etpan_s_own_sockets_wait_in_virtual_time(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world.greeting = "* OK hello\r\n";
    world_play(&world, etpan_run);
    assert_int_equal(world.error, MAILIMAP_NO_ERROR_NON_AUTHENTICATED);
    assert_int_equal(world.bytes, MAILIMAP_ERROR_STREAM); /* nobody answers NOOP */
    assert_int_equal(world.seen, 5 * SECOND + 2 * MILLISECOND);
}

/* ---- plain sockets --------------------------------------------------------------------------- */

static int program_connects(int flags) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    address.sin_addr.s_addr = htonl(PLACE.ip);
    int number = socket(AF_INET, SOCK_STREAM | flags, 0);
    assert_true(number >= SEAM_DESCRIPTOR_FIRST);
    int connected = connect(number, (struct sockaddr *)&address, sizeof address);
    if (flags == 0)
        assert_int_equal(connected, 0);
    else
        assert_true(connected == -1 && errno == EINPROGRESS);
    return number;
}

static void blocking_run(void *of) {
    struct world *world = of;
    char bytes[10] = "";
    int number = program_connects(0);
    assert_int_equal(send(number, "hello", 5, MSG_NOSIGNAL), 5);
    assert_int_equal(recv(number, bytes, sizeof bytes, MSG_PEEK), 2);
    assert_int_equal(read(number, bytes, sizeof bytes), 2);
    assert_string_equal(bytes, "ok");
    struct timeval patience = {.tv_sec = 5};
    assert_int_equal(setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    instant before = kernel_now(world->kernel);
    assert_true(recv(number, bytes, 1, 0) == -1 && errno == EAGAIN);
    assert_int_equal(kernel_now(world->kernel) - before, 5 * SECOND);
    assert_int_equal(shutdown(number, SHUT_WR), 0);
    assert_int_equal(recv(number, bytes, 1, 0), 0);
    assert_int_equal(close(number), 0);
}

static void blocking_sockets_wait_in_virtual_time(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world.answer = "ok";
    world_play(&world, blocking_run);
}

static void polling_run(void *of) {
    struct world *world = of;
    int number = program_connects(SOCK_NONBLOCK);
    struct pollfd set[2] = {{.fd = number, .events = POLLOUT}, {.fd = -1}};
    assert_int_equal(poll(set, 2, 1), 0); /* the answer takes two milliseconds */
    assert_int_equal(kernel_age(world->kernel), MILLISECOND);
    assert_int_equal(poll(set, 2, -1), 1);
    assert_int_equal(set[0].revents, POLLOUT);
    assert_int_equal(kernel_age(world->kernel), 2 * MILLISECOND);
    int error = -1;
    socklen_t length = sizeof error;
    assert_int_equal(getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    assert_int_equal(error, 0);
    char byte;
    assert_true(recv(number, &byte, 1, 0) == -1 && errno == EAGAIN);
    fd_set read_set;
    FD_ZERO(&read_set);
    FD_SET(number, &read_set);
    struct timeval span = {.tv_sec = 3, .tv_usec = 5};
    assert_int_equal(select(number + 1, &read_set, NULL, NULL, &span), 0);
    assert_false(FD_ISSET(number, &read_set));
    assert_int_equal(kernel_age(world->kernel), 2 * MILLISECOND + 3 * SECOND + 5);
    assert_int_equal(send(number, "x", 1, 0), 1);
    FD_SET(number, &read_set);
    assert_int_equal(select(number + 1, &read_set, NULL, NULL, NULL), 1);
    assert_true(FD_ISSET(number, &read_set));
    assert_int_equal(close(number), 0);
}

static void poll_and_select_keep_their_deadlines(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world.answer = "ok";
    world_play(&world, polling_run);
}

static void closing_run(void *of) {
    struct world *world = of;
    close(world->number);
}

static void reading_run(void *of) {
    struct world *world = of;
    char byte;
    world->number = program_connects(0);
    task_start(world->program, "closer", closing_run, world);
    assert_int_equal(recv(world->number, &byte, 1, 0), -1);
    assert_int_equal(errno, EBADF);
}

static void a_descriptor_closed_under_a_reader_is_no_crash(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world_play(&world, reading_run);
}

static void leaking_run(void *of) {
    struct world *world = of;
    for (int i = 0; i < 100; i++)
        program_connects(0);
    world->done = true;
    assert_int_equal(sleep(100), 0);
    assert_int_equal(socket(AF_INET, SOCK_STREAM, 0), -1);
}

static void a_killed_process_leaves_no_descriptor_behind(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    kernel_at(world.kernel, START + 10 * SECOND, world_kills, &world);
    world_play(&world, leaking_run);
    assert_true(world.done);
}

static void many_run(void *of) {
    (void)of;
    int first = -1, number = -1, count = 0;
    while ((number = socket(AF_INET, SOCK_STREAM, 0)) >= 0) {
        first = first < 0 ? number : first;
        count++;
    }
    assert_int_equal(errno, EMFILE);
    assert_int_equal(count, SEAM_DESCRIPTORS_MAX);
    while (count-- > 0)
        close(first + count);
}

static void virtual_descriptors_are_bounded(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, MILLISECOND);
    world_play(&world, many_run);
}

/* ---- clocks and chance ----------------------------------------------------------------------- */

static void clock_run(void *of) {
    struct world *world = of;
    struct timeval now;
    struct timespec before, after, nap = {.tv_nsec = 1500};
    assert_int_equal(time(NULL), START / SECOND);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    assert_int_equal(sleep(7), 0);
    assert_int_equal(usleep(250 * 1000), 0);
    assert_int_equal(nanosleep(&nap, NULL), 0);
    assert_int_equal(kernel_age(world->kernel), 7 * SECOND + 250 * MILLISECOND + 2);
    assert_int_equal(gettimeofday(&now, NULL), 0);
    assert_int_equal(now.tv_sec * SECOND + now.tv_usec, world->clock.now);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    assert_int_equal(after.tv_sec - before.tv_sec, 7);
    after.tv_sec += 3;
    assert_int_equal(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &after, NULL), 0);
    assert_int_equal(kernel_age(world->kernel), 10 * SECOND + 250 * MILLISECOND + 2);
    assert_int_equal(getrandom(&world->drawn, sizeof world->drawn, 0), sizeof world->drawn);
    world->number = rand();
    assert_int_not_equal(world->number, random());
}

static void clocks_and_chance_are_the_world_s(void **state) {
    (void)state;
    struct world one, again, other;
    world_open(&one, 1, 0);
    world_play(&one, clock_run);
    world_open(&again, 1, 0);
    world_play(&again, clock_run);
    world_open(&other, 2, 0);
    world_play(&other, clock_run);
    assert_int_equal(one.drawn, again.drawn);
    assert_int_equal(one.number, again.number);
    assert_int_not_equal(one.drawn, other.drawn);
}

static void spinning_run(void *of) {
    struct world *world = of;
    time_t until = time(NULL) + 10;
    while (time(NULL) < until)
        world->bytes++;
}

static void waiting_by_asking_the_clock_is_found_to_be_endless(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, 0);
    kernel_set_patience(world.kernel, 10 * 1000);
    task_start(world.program, "spinner", spinning_run, &world);
    assert_int_equal(kernel_run(world.kernel, INSTANT_NEVER), KERNEL_ENDLESS);
    assert_string_equal(kernel_endless(world.kernel), "task 'spinner' of process 'program'");
    assert_in_range(world.bytes, 9000, 10 * 1000);
    kernel_close(&world.kernel);
}

/* ---- what passes, what is refused ------------------------------------------------------------ */

static void passing_run(void *of) {
    char bytes[5] = "";
    (void)of;
    int number = open("/dev/zero", O_RDONLY);
    assert_in_range(number, 0, SEAM_DESCRIPTOR_FIRST - 1);
    assert_int_equal(read(number, bytes, 4), 4);
    struct pollfd set = {.fd = number, .events = POLLIN};
    assert_int_equal(poll(&set, 1, 1000), 1);
    assert_int_equal(close(number), 0);
    struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM};
    assert_int_equal(getaddrinfo("10.0.0.1", "143", &hints, &list), 0);
    struct sockaddr_in address;
    memcpy(&address, list->ai_addr, sizeof address);
    assert_int_equal(ntohs(address.sin_port), 143);
    assert_int_equal(ntohl(address.sin_addr.s_addr), PLACE.ip);
    freeaddrinfo(list);
}

static void real_descriptors_pass_through(void **state) {
    (void)state;
    struct world world;
    world_open(&world, 1, 0);
    world_play(&world, passing_run);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* outside of tasks the clock is real */
    assert_int_not_equal(now.tv_sec, START / SECOND);
}

static void names_run(void *of) {
    struct addrinfo *list;
    (void)of;
    getaddrinfo("exchange.landesmail.example", "80", NULL, &list);
}

static void names_stop_the_program(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct world world;
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        world_open(&world, 1, 0);
        task_start(world.program, "namer", names_run, &world);
        kernel_run(world.kernel, INSTANT_NEVER);
        _exit(0);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), 70);
}

static int set_up(void **state) {
    (void)state;
    struct error error = {.text = ""};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (seam_prove(&error) == STATUS_OK)
        return 0;
    print_error("%s\n", error.text);
    return -1;
}

static int tear_down(void **state) {
    (void)state;
    curl_global_cleanup();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curl_gives_up_after_exactly_thirty_virtual_seconds),
        cmocka_unit_test(curl_gets_an_answer_after_two_round_trips),
        cmocka_unit_test(curl_meets_a_refusal),
        cmocka_unit_test(curl_unwinds_when_its_process_is_killed),
        cmocka_unit_test(curl_sees_a_connection_cut_in_the_body),
        cmocka_unit_test(etpan_s_own_sockets_wait_in_virtual_time),
        cmocka_unit_test(blocking_sockets_wait_in_virtual_time),
        cmocka_unit_test(poll_and_select_keep_their_deadlines),
        cmocka_unit_test(a_descriptor_closed_under_a_reader_is_no_crash),
        cmocka_unit_test(a_killed_process_leaves_no_descriptor_behind),
        cmocka_unit_test(virtual_descriptors_are_bounded),
        cmocka_unit_test(clocks_and_chance_are_the_world_s),
        cmocka_unit_test(waiting_by_asking_the_clock_is_found_to_be_endless),
        cmocka_unit_test(real_descriptors_pass_through),
        cmocka_unit_test(names_stop_the_program),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
