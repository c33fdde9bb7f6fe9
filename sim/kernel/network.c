/*
 * A connection begins when the client opens it, reaches its listener after one latency, and is open
 * to the client after two. All connections of the world stand in one list in order of opening, so
 * that faults can find them; pairs without a place stand there under 0.0.0.0:0.
 */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../engine/base/check.h"
#include "stream_inside.h"

enum { LATENCY_TO_NOWHERE = 500 }; /* microseconds until a place without listener refuses */

struct listener {
    struct network_place place;
    struct process *process; /* borrows; NULL while nobody listens there */
    struct link link;
    network_accept *accept;
    void *of; /* borrows */
    enum network_answer answer;
};

struct network {
    struct listener listeners[NETWORK_LISTENERS_MAX];
    size_t count;
    struct connection *first, *last; /* owns */
    network_watcher *watcher;
    void *watcher_of; /* borrows */
};

struct network *network_new(void) {
    return memory_new(1, sizeof(struct network));
}

void network_close(struct network **network) {
    while ((*network)->first != NULL) {
        struct connection *connection = (*network)->first;
        network_forget(connection);
        connection_free(connection);
    }
    free(*network);
    *network = NULL;
}

/* ---- who listens ----------------------------------------------------------------------------- */

static struct listener *network_find(struct network *network, struct network_place place) {
    for (size_t i = 0; i < network->count; i++)
        if (network->listeners[i].place.ip == place.ip &&
            network->listeners[i].place.port == place.port)
            return &network->listeners[i];
    return NULL;
}

static struct listener *network_make(struct network *network, struct network_place place) {
    struct listener *listener = network_find(network, place);
    if (listener != NULL)
        return listener;
    check_compare(network->count, <, NETWORK_LISTENERS_MAX);
    listener = &network->listeners[network->count++];
    *listener = (struct listener){.place = place, .link = {.latency = LATENCY_TO_NOWHERE}};
    return listener;
}

void network_listen(struct process *process, struct network_place place, const struct link *link,
                    network_accept *accept, void *of) {
    struct listener *listener = network_make(process->kernel->network, place);
    check(listener->process == NULL || listener->process->dead);
    listener->process = process;
    listener->link = *link;
    listener->accept = accept;
    listener->of = of;
}

void network_set_answer(struct kernel *kernel, struct network_place place,
                        enum network_answer answer) {
    network_make(kernel->network, place)->answer = answer;
}

void network_set_link(struct kernel *kernel, struct network_place place, const struct link *link) {
    network_make(kernel->network, place)->link = *link;
}

/* ---- connecting ------------------------------------------------------------------------------ */

void network_remember(struct connection *connection) {
    struct network *network = connection->kernel->network;
    connection->previous = network->last;
    if (network->last == NULL)
        network->first = connection;
    else
        network->last->next = connection;
    network->last = connection;
}

void network_forget(struct connection *connection) {
    struct network *network = connection->kernel->network;
    if (connection->previous == NULL)
        network->first = connection->next;
    else
        connection->previous->next = connection->next;
    if (connection->next == NULL)
        network->last = connection->previous;
    else
        connection->next->previous = connection->previous;
}

static void network_opened(void *of) {
    struct connection *connection = of;
    connection->called = false;
    connection->end[CLIENT].opening = false;
    end_wake(&connection->end[CLIENT]);
    connection_release(connection);
}

/* The request has arrived at the place. */
static void network_arrived(void *of) {
    struct connection *connection = of;
    struct kernel *kernel = connection->kernel;
    struct network *network = kernel->network;
    struct stream *client = &connection->end[CLIENT];
    instant now = kernel->clock->now;
    struct listener *listener = network_find(network, connection->place);
    connection->called = false;
    if (!client->open || client->deaf || client->process->dead ||
        (listener != NULL && listener->answer == NETWORK_SILENT)) {
        connection_release(connection);
        return;
    }
    if (listener == NULL || listener->process == NULL || listener->process->dead ||
        listener->answer == NETWORK_REFUSES) {
        end_break(client, now + connection->link.latency, STATUS_NETWORK);
        return;
    }
    client->break_at = INSTANT_NEVER;
    connection_take(connection, SERVER, listener->process);
    connection->called = true;
    kernel_at(kernel, now + connection->link.latency, network_opened, connection);
    if (network->watcher != NULL)
        network->watcher(network->watcher_of, connection->place, client, &connection->end[SERVER]);
    listener->accept(listener->of, &connection->end[SERVER], client->process);
}

struct stream *network_open(struct process *process, struct network_place place) {
    struct kernel *kernel = process->kernel;
    const struct listener *listener = network_find(kernel->network, place);
    struct link nowhere = {.latency = LATENCY_TO_NOWHERE};
    struct connection *connection =
        connection_new(process, listener == NULL ? &nowhere : &listener->link);
    struct stream *client = &connection->end[CLIENT];
    connection->place = place;
    connection->called = true;
    client->opening = true;
    end_break(client, kernel->clock->now + NETWORK_CONNECT_SPAN, STATUS_TIMEOUT);
    kernel_at(kernel, kernel->clock->now + connection->link.latency, network_arrived, connection);
    return client;
}

enum status network_connect(struct process *process, struct network_place place, instant until,
                            struct stream **stream_r, struct error *error) {
    struct stream *stream = network_open(process, place);
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (stream_ready(stream) & STREAM_OPENING) != 0)
        status = stream_await(stream, until);
    if (status == STATUS_OK && !stream_is_established(stream))
        status = stream_failure(stream);
    *stream_r = stream;
    if (status == STATUS_OK)
        return STATUS_OK;
    stream_close(stream_r);
    char text[NETWORK_TEXT_MAX];
    return error_set(error, status, "%s did not take the connection of '%s': %s",
                     network_text(place, text), process->name, status_sentence(status));
}

/* ---- faults ---------------------------------------------------------------------------------- */

void network_watch(struct kernel *kernel, network_watcher *watcher, void *of) {
    kernel->network->watcher = watcher;
    kernel->network->watcher_of = of;
}

void network_each(struct kernel *kernel, struct network_place place, network_watcher *visit,
                  void *of) {
    for (struct connection *connection = kernel->network->first; connection != NULL;
         connection = connection->next)
        if (connection->place.ip == place.ip && connection->place.port == place.port &&
            connection->end[CLIENT].open && connection->end[SERVER].open)
            visit(of, place, &connection->end[CLIENT], &connection->end[SERVER]);
}

char *network_text(struct network_place place, char text[NETWORK_TEXT_MAX]) {
    snprintf(text, NETWORK_TEXT_MAX, "%u.%u.%u.%u:%u", place.ip >> 24, place.ip >> 16 & 255,
             place.ip >> 8 & 255, place.ip & 255, place.port);
    return text;
}
