/*
 * What the world cannot answer: names, threads, processes. A task that asks for them would leave
 * the world, so the program stops with a sentence instead. Outside of tasks they pass.
 */
#include "seam_inside.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../../engine/base/check.h"

/* getaddrinfo() with an address in numbers; one block of memory, as freeaddrinfo() expects. */
static int numeric_address(const char *node, const char *service, const struct addrinfo *hints,
                           struct addrinfo **list_r) {
    uint64_t port = 0;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (node == NULL || inet_pton(AF_INET, node, &address.sin_addr) != 1 ||
        (service != NULL && (!str_to_u64(str_of(service), &port) || port > UINT16_MAX)))
        seam_refuse("getaddrinfo", "there are no names in the world; use an address in numbers");
    if (hints != NULL && hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET)
        return EAI_FAMILY;
    address.sin_port = htons((uint16_t)port);
    struct block {
        struct addrinfo info;
        struct sockaddr_in address;
    } *block = memory_new(1, sizeof *block);
    block->address = address;
    block->info = (struct addrinfo){.ai_family = AF_INET,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_protocol = IPPROTO_TCP,
                                    .ai_addrlen = sizeof block->address,
                                    .ai_addr = (struct sockaddr *)&block->address};
    *list_r = &block->info;
    return 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list) {
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (seam_process() != NULL)
        return numeric_address(node, service, hints, list);
    seam_next("getaddrinfo", &next);
    return next(node, service, hints, list);
}

struct hostent *gethostbyname(const char *name) {
    struct hostent *(*next)(const char *);
    if (seam_process() != NULL)
        seam_refuse("gethostbyname", "there are no names in the world");
    seam_next("gethostbyname", &next);
    return next(name);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict of) {
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (seam_process() != NULL)
        seam_refuse("pthread_create", "a thread would run outside the schedule; spawn a task");
    seam_next("pthread_create", &next);
    return next(thread, attributes, run, of);
}

pid_t fork(void) {
    pid_t (*next)(void);
    if (seam_process() != NULL)
        seam_refuse("fork", "a second process would share the world");
    seam_next("fork", &next);
    return next();
}

pid_t seam_fork(void) {
    pid_t (*next)(void);
    seam_next("fork", &next);
    return next();
}

int system(const char *command) {
    int (*next)(const char *);
    if (seam_process() != NULL)
        seam_refuse("system", "a second process would share the world");
    seam_next("system", &next);
    return next(command);
}
