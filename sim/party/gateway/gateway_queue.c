#include "gateway_queue.h"

#include <stdlib.h>

#include "../../../engine/base/check.h"

struct gateway_due {
    instant at;
    uint64_t id;
};

struct gateway_queue {
    struct gateway_letter *letters; /* owns; number − 1 is the index */
    size_t count, capacity;
    struct gateway_due *heap; /* owns; the first is due first */
    size_t heap_count, heap_capacity;
};

struct gateway_queue *gateway_queue_new(void) {
    return memory_new(1, sizeof(struct gateway_queue));
}

void gateway_queue_close(struct gateway_queue **queue) {
    if (*queue == NULL)
        return;
    free((*queue)->letters);
    free((*queue)->heap);
    free(*queue);
    *queue = NULL;
}

struct gateway_letter *gateway_queue_add(struct gateway_queue *queue,
                                         const struct gateway_letter *letter) {
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity * 2 + 64;
        queue->letters = memory_grow(queue->letters, queue->capacity, sizeof *queue->letters);
    }
    struct gateway_letter *place = &queue->letters[queue->count++];
    *place = *letter;
    place->id = queue->count;
    return place;
}

void gateway_queue_take_back(struct gateway_queue *queue, size_t count) {
    check_compare(count, <=, queue->count);
    queue->count -= count;
}

struct gateway_letter *gateway_queue_letter(struct gateway_queue *queue, uint64_t id) {
    check_compare(id, >, 0);
    check_compare(id, <=, queue->count);
    return &queue->letters[id - 1];
}

uint64_t gateway_queue_count(const struct gateway_queue *queue) {
    return queue->count;
}

/* ---- The order: a binary heap ---- */

static bool gateway_due_before(struct gateway_due left, struct gateway_due right) {
    return left.at < right.at || (left.at == right.at && left.id < right.id);
}

void gateway_queue_put(struct gateway_queue *queue, const struct gateway_letter *letter) {
    if (queue->heap_count == queue->heap_capacity) {
        queue->heap_capacity = queue->heap_capacity * 2 + 64;
        queue->heap = memory_grow(queue->heap, queue->heap_capacity, sizeof *queue->heap);
    }
    struct gateway_due due = {letter->due, letter->id};
    size_t at = queue->heap_count++;
    for (; at > 0 && gateway_due_before(due, queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = due;
}

instant gateway_queue_next(const struct gateway_queue *queue) {
    return queue->heap_count > 0 ? queue->heap[0].at : INSTANT_NEVER;
}

struct gateway_letter *gateway_queue_take(struct gateway_queue *queue, instant now) {
    if (queue->heap_count == 0 || queue->heap[0].at > now)
        return NULL;
    uint64_t id = queue->heap[0].id;
    struct gateway_due last = queue->heap[--queue->heap_count];
    size_t at = 0;
    for (size_t child = 1; child < queue->heap_count; child = 2 * at + 1) {
        if (child + 1 < queue->heap_count &&
            gateway_due_before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!gateway_due_before(queue->heap[child], last))
            break;
        queue->heap[at] = queue->heap[child];
        at = child;
    }
    queue->heap[at] = last;
    struct gateway_letter *letter = gateway_queue_letter(queue, id);
    letter->in_hand = true;
    return letter;
}

void gateway_queue_forget(struct gateway_queue *queue) {
    queue->heap_count = 0;
    for (size_t i = 0; i < queue->count; i++)
        queue->letters[i].in_hand = false;
}
