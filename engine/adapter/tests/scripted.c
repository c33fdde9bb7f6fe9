/* See scripted.h. */
#include "scripted.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../base/check.h"

enum { SCRIPTED_WAIT_MS = 10 * 1000, SCRIPTED_ANSWERS = 16 };

struct scripted {
    const struct scripted_step *steps; /* borrows */
    size_t piece, played;
    int listener, quit[2];
    uint16_t port;
    pthread_t thread;
    struct buffer heard;
    size_t used; /* of `heard`, by steps that are done */
};

/* Readable before the test ends it and before the patience is over? */
static bool scripted_ready(const struct scripted *scripted, int fd) {
    struct pollfd ready[2] = {{.fd = fd, .events = POLLIN},
                              {.fd = scripted->quit[0], .events = POLLIN}};
    return poll(ready, 2, SCRIPTED_WAIT_MS) > 0 && ready[0].revents != 0;
}

static bool scripted_hear(struct scripted *scripted, int fd) {
    char bytes[4096];
    if (!scripted_ready(scripted, fd))
        return false;
    ssize_t length = recv(fd, bytes, sizeof bytes, 0);
    if (length <= 0)
        return false;
    buffer_append(&scripted->heard, bytes, (size_t)length);
    return true;
}

static bool scripted_wait(struct scripted *scripted, int fd, const char *text) {
    while (*text != '\0') {
        const char *found = NULL;
        if (scripted->heard.length > scripted->used)
            found = memmem(scripted->heard.data + scripted->used,
                           scripted->heard.length - scripted->used, text, strlen(text));
        if (found != NULL) {
            scripted->used = (size_t)(found - scripted->heard.data) + strlen(text);
            return true;
        }
        if (!scripted_hear(scripted, fd))
            return false;
    }
    return true;
}

static void scripted_say(const struct scripted *scripted, int fd, const char *text) {
    size_t length = strlen(text), piece = scripted->piece > 0 ? scripted->piece : length;
    for (size_t at = 0; at < length; at += piece) {
        size_t count = length - at < piece ? length - at : piece;
        if (send(fd, text + at, count, MSG_NOSIGNAL) < 0)
            return;
    }
}

static void *scripted_play(void *of) {
    struct scripted *scripted = of;
    int fd = -1;
    for (const struct scripted_step *step = scripted->steps; step->wait != NULL; step++) {
        if (fd < 0 && !scripted_ready(scripted, scripted->listener))
            break;
        if (fd < 0)
            fd = accept(scripted->listener, NULL, NULL);
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &yes, sizeof yes);
        if (!scripted_wait(scripted, fd, step->wait))
            break;
        if (step->say != NULL)
            scripted_say(scripted, fd, step->say);
        scripted->played++;
        if (step->then == SCRIPTED_SILENT)
            while (scripted_hear(scripted, fd))
                continue;
        if (step->then == SCRIPTED_RESET) {
            struct linger linger = {.l_onoff = 1};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        }
        if (step->then == SCRIPTED_HANG_UP || step->then == SCRIPTED_RESET) {
            close(fd);
            fd = -1;
        }
    }
    while (fd >= 0 && scripted_hear(scripted, fd))
        continue;
    if (fd >= 0)
        close(fd);
    return NULL;
}

struct scripted *scripted_start(const struct scripted_step *steps, size_t piece) {
    struct scripted *scripted = memory_new(1, sizeof *scripted);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    scripted->steps = steps;
    scripted->piece = piece;
    scripted->listener = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(scripted->listener, (struct sockaddr *)&address, sizeof address) == 0);
    check(listen(scripted->listener, 4) == 0);
    check(getsockname(scripted->listener, (struct sockaddr *)&address, &length) == 0);
    scripted->port = ntohs(address.sin_port);
    check(pipe(scripted->quit) == 0);
    check(pthread_create(&scripted->thread, NULL, scripted_play, scripted) == 0);
    return scripted;
}

uint16_t scripted_port(const struct scripted *scripted) {
    return scripted->port;
}

bool scripted_end(struct scripted **scripted, struct buffer *heard) {
    struct scripted *gone = *scripted;
    close(gone->quit[1]);
    pthread_join(gone->thread, NULL);
    const struct scripted_step *missed = &gone->steps[gone->played];
    bool whole = missed->wait == NULL;
    if (!whole)
        printf("the script waits for \"%s\"\n", missed->wait);
    if (heard != NULL)
        buffer_append_str(heard, buffer_str(&gone->heard));
    buffer_release(&gone->heard);
    close(gone->quit[0]);
    close(gone->listener);
    free(gone);
    *scripted = NULL;
    return whole;
}

const char *scripted_http(int code, const char *type, const char *headers, const char *body) {
    static struct buffer answers[SCRIPTED_ANSWERS];
    static size_t next;
    struct buffer *out = &answers[next++ % SCRIPTED_ANSWERS];
    buffer_clear(out);
    buffer_printf(out, "HTTP/1.1 %d Answer\r\n", code);
    if (type != NULL)
        buffer_printf(out, "Content-Type: %s\r\n", type);
    buffer_printf(out, "%sContent-Length: %zu\r\n\r\n%s", headers, strlen(body), body);
    return buffer_text(out);
}
