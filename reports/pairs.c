/* Rows in blocks that never move, and an index by open addressing, at most 3/4 full. */
#include "pairs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../engine/base/chance.h"
#include "../engine/base/check.h"

enum {
    BLOCK_BITS = 13, /* 8,192 rows, 192 KiB */
    BLOCK_ROWS = 1 << BLOCK_BITS,
    INDEX_FIRST = 1024,
};

static_assert(sizeof(struct pair) == 24, "the memory of a judgement is counted in these");
static_assert(sizeof(struct item) == 24, "the memory of a judgement is counted in these");

struct blocks {
    char **list; /* owns, as each block */
    size_t row_bytes;
    uint32_t count; /* rows */
};

struct pairs {
    struct blocks pairs, items; /* item 0 is unused */
    uint32_t free_item;         /* head of a list */
    uint32_t *index;            /* owns; pair index plus one, 0: empty */
    uint32_t index_capacity;    /* a power of two */
};

static void *blocks_row(const struct blocks *blocks, uint32_t row) {
    return blocks->list[row >> BLOCK_BITS] + (row & (BLOCK_ROWS - 1)) * blocks->row_bytes;
}

static uint32_t blocks_add(struct blocks *blocks) {
    check_compare(blocks->count, <, UINT32_MAX - BLOCK_ROWS);
    uint32_t row = blocks->count++;
    uint32_t block = row >> BLOCK_BITS;
    if ((row & (BLOCK_ROWS - 1)) == 0) {
        blocks->list = memory_grow(blocks->list, block + 1, sizeof *blocks->list);
        blocks->list[block] = memory_new(BLOCK_ROWS, blocks->row_bytes);
    }
    return row;
}

static void blocks_release(struct blocks *blocks) {
    for (uint32_t row = 0; row < blocks->count; row += BLOCK_ROWS)
        free(blocks->list[row >> BLOCK_BITS]);
    free(blocks->list);
}

struct pairs *pairs_new(void) {
    struct pairs *pairs = memory_new(1, sizeof *pairs);
    pairs->pairs.row_bytes = sizeof(struct pair);
    pairs->items.row_bytes = sizeof(struct item);
    blocks_add(&pairs->items);
    pairs->index_capacity = INDEX_FIRST;
    pairs->index = memory_new(pairs->index_capacity, sizeof *pairs->index);
    return pairs;
}

void pairs_close(struct pairs **pairs) {
    if (*pairs == NULL)
        return;
    blocks_release(&(*pairs)->pairs);
    blocks_release(&(*pairs)->items);
    free((*pairs)->index);
    free(*pairs);
    *pairs = NULL;
}

uint32_t pairs_count(const struct pairs *pairs) {
    return pairs->pairs.count;
}

struct pair *pairs_index(const struct pairs *pairs, uint32_t index) {
    return blocks_row(&pairs->pairs, index);
}

/* The slot that holds the pair, or the empty one where it belongs. */
static uint32_t *pairs_slot(const struct pairs *pairs, uint32_t mailbox, uint32_t content) {
    uint32_t mask = pairs->index_capacity - 1;
    uint32_t at = (uint32_t)chance_mix(mailbox, content) & mask;
    for (; pairs->index[at] != 0; at = (at + 1) & mask) {
        const struct pair *pair = pairs_index(pairs, pairs->index[at] - 1);
        if (pair->content == content && pair->mailbox == mailbox)
            break;
    }
    return &pairs->index[at];
}

static void pairs_grow(struct pairs *pairs) {
    free(pairs->index);
    pairs->index_capacity *= 2;
    pairs->index = memory_new(pairs->index_capacity, sizeof *pairs->index);
    for (uint32_t i = 0; i < pairs->pairs.count; i++) {
        const struct pair *pair = pairs_index(pairs, i);
        *pairs_slot(pairs, pair->mailbox, pair->content) = i + 1;
    }
}

struct pair *pairs_find(const struct pairs *pairs, uint32_t mailbox, uint32_t content) {
    uint32_t found = *pairs_slot(pairs, mailbox, content);
    return found == 0 ? NULL : pairs_index(pairs, found - 1);
}

struct pair *pairs_at(struct pairs *pairs, uint32_t mailbox, uint32_t content) {
    uint32_t *slot = pairs_slot(pairs, mailbox, content);
    if (*slot != 0)
        return pairs_index(pairs, *slot - 1);
    check_compare(mailbox, <, 1u << 20);
    uint32_t index = blocks_add(&pairs->pairs);
    struct pair *pair = pairs_index(pairs, index);
    pair->mailbox = mailbox & 0xfffff;
    pair->content = content;
    *slot = index + 1;
    if (pairs->pairs.count / 3 >= pairs->index_capacity / 4)
        pairs_grow(pairs);
    return pair;
}

size_t pairs_bytes(const struct pairs *pairs) {
    size_t blocks = (pairs->pairs.count + BLOCK_ROWS - 1) / BLOCK_ROWS +
                    (pairs->items.count + BLOCK_ROWS - 1) / BLOCK_ROWS;
    return blocks * BLOCK_ROWS * sizeof(struct pair) + pairs->index_capacity * sizeof *pairs->index;
}

struct item *pairs_item(const struct pairs *pairs, uint32_t number) {
    check(number != 0 && number < pairs->items.count);
    return blocks_row(&pairs->items, number);
}

uint32_t pairs_item_new(struct pairs *pairs, struct item item) {
    uint32_t number = pairs->free_item;
    if (number != 0)
        pairs->free_item = pairs_item(pairs, number)->next;
    else
        number = blocks_add(&pairs->items);
    *pairs_item(pairs, number) = item;
    return number;
}

void pairs_item_free(struct pairs *pairs, uint32_t number) {
    *pairs_item(pairs, number) = (struct item){.next = pairs->free_item};
    pairs->free_item = number;
}

void pairs_link(struct pairs *pairs, uint32_t *head, uint32_t number) {
    pairs_item(pairs, number)->next = *head;
    *head = number;
}

void pairs_unlink(struct pairs *pairs, uint32_t *head, uint32_t number) {
    while (*head != number)
        head = &pairs_item(pairs, *head)->next;
    *head = pairs_item(pairs, number)->next;
}

uint32_t pairs_lying(const struct pairs *pairs, uint32_t head, enum side side, uint32_t folder,
                     uint32_t uid) {
    for (uint32_t number = head; number != 0; number = pairs_item(pairs, number)->next) {
        const struct item *item = pairs_item(pairs, number);
        if (item->uid[side] == uid && item->folder == folder)
            return number;
    }
    return 0;
}
