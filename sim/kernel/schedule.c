/*
 * The heap holds what decides the order and the number of a slot; the slot holds what is to happen
 * and where its entry lies in the heap, so that cancelling finds it. A slot's generation goes up
 * whenever it is freed, which makes old tickets void.
 */
#include "schedule.h"

#include <stdlib.h>

#include "../../engine/base/check.h"

enum { CHILDREN = 4, NO_SLOT = 0 };

struct entry {
    instant at;
    uint64_t tie;
    uint64_t number;
    uint32_t slot;
};

struct slot {
    void (*happen)(void *of);
    void *of; /* borrows */
    uint32_t generation;
    uint32_t place; /* in the heap; of a free slot: the next free one */
    bool used;
};

struct schedule {
    struct entry *heap; /* owns */
    struct slot *slots; /* owns; the first is never used */
    size_t count, capacity;
    uint32_t slots_used, slots_capacity;
    uint32_t free; /* first of the free slots */
};

struct schedule *schedule_new(void) {
    struct schedule *schedule = memory_new(1, sizeof *schedule);
    schedule->slots_used = 1;
    return schedule;
}

void schedule_close(struct schedule **schedule) {
    if (*schedule == NULL)
        return;
    free((*schedule)->heap);
    free((*schedule)->slots);
    free(*schedule);
    *schedule = NULL;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static uint32_t slot_take(struct schedule *schedule) {
    uint32_t number = schedule->free;
    if (number != NO_SLOT) {
        schedule->free = schedule->slots[number].place;
        return number;
    }
    if (schedule->slots_used >= schedule->slots_capacity) {
        schedule->slots_capacity = schedule->slots_capacity * 2 + 64;
        schedule->slots =
            memory_grow(schedule->slots, schedule->slots_capacity, sizeof *schedule->slots);
    }
    number = schedule->slots_used++;
    schedule->slots[number] = (struct slot){.generation = 1};
    return number;
}

static void slot_give_back(struct schedule *schedule, uint32_t number) {
    struct slot *slot = &schedule->slots[number];
    slot->used = false;
    slot->generation++;
    slot->place = schedule->free;
    schedule->free = number;
}

/* ---- the heap -------------------------------------------------------------------------------- */

static bool entry_before(const struct entry *left, const struct entry *right) {
    if (left->at != right->at)
        return left->at < right->at;
    if (left->tie != right->tie)
        return left->tie < right->tie;
    return left->number < right->number;
}

static void heap_put(struct schedule *schedule, size_t place, struct entry entry) {
    schedule->heap[place] = entry;
    schedule->slots[entry.slot].place = (uint32_t)place;
}

static void heap_rise(struct schedule *schedule, size_t place, struct entry entry) {
    while (place > 0) {
        size_t parent = (place - 1) / CHILDREN;
        if (!entry_before(&entry, &schedule->heap[parent]))
            break;
        heap_put(schedule, place, schedule->heap[parent]);
        place = parent;
    }
    heap_put(schedule, place, entry);
}

static void heap_sink(struct schedule *schedule, size_t place, struct entry entry) {
    for (;;) {
        size_t first = place * CHILDREN + 1;
        if (first >= schedule->count)
            break;
        size_t least = first;
        size_t end = first + CHILDREN < schedule->count ? first + CHILDREN : schedule->count;
        for (size_t child = first + 1; child < end; child++)
            if (entry_before(&schedule->heap[child], &schedule->heap[least]))
                least = child;
        if (!entry_before(&schedule->heap[least], &entry))
            break;
        heap_put(schedule, place, schedule->heap[least]);
        place = least;
    }
    heap_put(schedule, place, entry);
}

/* Fills the hole at `place` with the last entry. */
static void heap_remove(struct schedule *schedule, size_t place) {
    struct entry last = schedule->heap[--schedule->count];
    if (place == schedule->count)
        return;
    if (place > 0 && entry_before(&last, &schedule->heap[(place - 1) / CHILDREN]))
        heap_rise(schedule, place, last);
    else
        heap_sink(schedule, place, last);
}

/* ---- use ------------------------------------------------------------------------------------- */

uint64_t schedule_add(struct schedule *schedule, const struct happening *happening) {
    check(happening->happen != NULL);
    if (schedule->count == schedule->capacity) {
        schedule->capacity = schedule->capacity * 2 + 64;
        schedule->heap = memory_grow(schedule->heap, schedule->capacity, sizeof *schedule->heap);
    }
    uint32_t number = slot_take(schedule);
    struct slot *slot = &schedule->slots[number];
    slot->happen = happening->happen;
    slot->of = happening->of;
    slot->used = true;
    struct entry entry = {happening->at, happening->tie, happening->number, number};
    heap_rise(schedule, schedule->count++, entry);
    return (uint64_t)slot->generation << 32 | number;
}

bool schedule_cancel(struct schedule *schedule, uint64_t ticket) {
    uint32_t number = (uint32_t)ticket;
    if (number == NO_SLOT || number >= schedule->slots_used)
        return false;
    struct slot *slot = &schedule->slots[number];
    if (!slot->used || slot->generation != (uint32_t)(ticket >> 32))
        return false;
    heap_remove(schedule, slot->place);
    slot_give_back(schedule, number);
    return true;
}

size_t schedule_count(const struct schedule *schedule) {
    return schedule->count;
}

instant schedule_next(const struct schedule *schedule) {
    return schedule->count == 0 ? INSTANT_NEVER : schedule->heap[0].at;
}

bool schedule_take(struct schedule *schedule, struct happening *happening_r) {
    if (schedule->count == 0)
        return false;
    const struct entry *first = &schedule->heap[0];
    const struct slot *slot = &schedule->slots[first->slot];
    *happening_r = (struct happening){.at = first->at,
                                      .tie = first->tie,
                                      .number = first->number,
                                      .happen = slot->happen,
                                      .of = slot->of};
    uint32_t number = first->slot;
    heap_remove(schedule, 0);
    slot_give_back(schedule, number);
    return true;
}
