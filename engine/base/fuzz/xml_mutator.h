/*
 * Changes documents so that they stay documents: elements are removed, doubled, moved and renamed,
 * texts and attributes get values that programs stumble over. Bytes changed at random hardly ever
 * come past the XML parser, and nothing behind it would be met.
 */
#ifndef ENGINE_BASE_FUZZ_XML_MUTATOR_H
#define ENGINE_BASE_FUZZ_XML_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* Changes the document in `data`, which has `size` of `capacity` bytes, and returns its new size.
 * Every fourth time, and whenever it is no document, its bytes are changed as libFuzzer would. */
size_t xml_mutate(uint8_t *data, size_t size, size_t capacity, unsigned seed);

/* The same for one of several documents with a byte 0xff, which is in no UTF-8, between them. */
size_t xml_mutate_one(uint8_t *data, size_t size, size_t capacity, unsigned seed);

#endif
