/* See chance.h. */
#include "chance.h"

#include <string.h>
#include <xxhash.h>

#include "check.h"

static uint64_t chance_splitmix(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

struct chance chance_of(uint64_t seed, const char *label) {
    uint64_t state = chance_mix(seed, XXH3_64bits(label, strlen(label)));
    struct chance chance;
    for (int i = 0; i < 4; i++)
        chance.state[i] = chance_splitmix(&state);
    return chance;
}

static uint64_t chance_rotate(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
}

uint64_t chance_next(struct chance *chance) {
    uint64_t *s = chance->state;
    uint64_t result = chance_rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = chance_rotate(s[3], 45);
    return result;
}

uint64_t chance_below(struct chance *chance, uint64_t bound) {
    if (bound == 0)
        return 0;
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)chance_next(chance) * bound >> 64);
}

int64_t chance_between(struct chance *chance, int64_t lowest, int64_t highest) {
    check_compare(lowest, <=, highest);
    return lowest + (int64_t)chance_below(chance, (uint64_t)(highest - lowest) + 1);
}

int chance_is(struct chance *chance, uint64_t part, uint64_t whole) {
    return chance_below(chance, whole) < part;
}

void chance_shuffle(struct chance *chance, uint32_t *order, size_t count) {
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)chance_below(chance, i);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

uint64_t chance_mix(uint64_t one, uint64_t two) {
    uint64_t state = one ^ (two + 0x9E3779B97F4A7C15ULL + (one << 6) + (one >> 2));
    return chance_splitmix(&state);
}
