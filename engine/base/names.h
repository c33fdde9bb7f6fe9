/*
 * Texts and their numbers: each text gets the next number, from 1, the first time it is seen, so
 * the numbers depend on nothing but the order of arrival. 0 stands for "no name".
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "str.h"

struct names;

struct names *names_new(void);
void names_close(struct names **names);

/* The number of `text`; gives it one when it is new. */
uint32_t names_number(struct names *names, struct str text);
/* The number of `text`, or 0 when it has none. */
uint32_t names_find(const struct names *names, struct str text);
/* The text of a number that was given out; terminated, owned by `names`, never moves. */
struct str names_text(const struct names *names, uint32_t number);
uint32_t names_count(const struct names *names);

#endif
