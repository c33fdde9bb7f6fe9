/* XML from anybody: what the plain reader accepts libxml2 accepts too, and reads the same way. */
#include <stdint.h>
#include <stdlib.h>

#include "../../../engine/base/check.h"
#include "../../../engine/base/fuzz/exact.h"
#include "../xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_compare(const struct xml_node *left, const struct xml_node *right) {
    for (; left != NULL && right != NULL; left = left->next, right = right->next) {
        check(str_equal(left->name, right->name) && str_equal(left->space, right->space));
        check(str_equal(left->text, right->text) && left->has_text_only == right->has_text_only);
        check_compare(left->line, ==, right->line);
        const struct xml_attribute *one = left->attributes, *other = right->attributes;
        for (; one != NULL && other != NULL; one = one->next, other = other->next)
            check(str_equal(one->name, other->name) && str_equal(one->value, other->value));
        check(one == NULL && other == NULL);
        fuzz_compare(left->first, right->first);
    }
    check(left == NULL && right == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int line;
    struct arena *arena = arena_new();
    struct str bytes = str_bytes(exact_copy(EXACT_PIECE, data, size), size);
    struct xml_node *any = xml_read_any(arena, bytes, &line);
    struct xml_node *plain = xml_read_plain(arena, bytes);
    if (plain != NULL)
        fuzz_compare(plain, any);
    arena_close(&arena);
    return 0;
}
