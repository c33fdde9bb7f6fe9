/*
 * Chance that can be played again: xoshiro256** (Blackman and Vigna) seeded by splitmix64.
 *
 * Each user of chance has a stream of its own, named by a label, so that removing one fault does
 * not reshuffle the rest. The order in which C evaluates arguments is open: never draw twice in
 * one call.
 */
#ifndef BASE_CHANCE_H
#define BASE_CHANCE_H

#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state[4];
};

struct chance chance_of(uint64_t seed, const char *label);

uint64_t chance_next(struct chance *chance);
/* Even over 0 … bound−1; 0 for bound 0. */
uint64_t chance_below(struct chance *chance, uint64_t bound);
/* Even over lowest … highest, both possible. */
int64_t chance_between(struct chance *chance, int64_t lowest, int64_t highest);
/* True in `part` of `whole` cases. */
int chance_is(struct chance *chance, uint64_t part, uint64_t whole);
/* Puts 0 … count−1 into `order` in random order (Fisher–Yates). */
void chance_shuffle(struct chance *chance, uint32_t *order, size_t count);

/* A pure function: the same two numbers always give the same third, evenly spread. */
uint64_t chance_mix(uint64_t one, uint64_t two);

#endif
